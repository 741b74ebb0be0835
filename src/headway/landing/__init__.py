"""Worktrees, snapshots, merges, the target branch: all that touches git. Not for: when any of it is done."""
