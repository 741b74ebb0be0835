"""Conflicts between worktrees that are being written, seen as they are typed.

The door is :class:`ConflictWatch`; :func:`records` says what becomes of what it sees. Not for: settling conflicts.
"""

from headway.conflicts.watching.life import records
from headway.conflicts.watching.nouns import TARGET, Look, Tools, WatchSettings
from headway.conflicts.watching.watch import ConflictWatch

__all__ = ["TARGET", "ConflictWatch", "Look", "Tools", "WatchSettings", "records"]
