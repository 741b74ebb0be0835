"""Refs of ours: what keeps an agent's commits from ever being collected. Not for: the user's branches."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

import pygit2

from headway.errors import GitError
from headway.landing.git import Git

#: All of them begin so.
OURS = "refs/headway/"

#: How long another process, a ``git pack-refs``, may hold one of them, in seconds.
PATIENCE = 2.0


def keep(git: Git, wanted: Mapping[str, str]) -> None:
    """Let these refs point at these commits, whatever they point at. Blocks for milliseconds. Raises GitError."""
    for name, commit in wanted.items():
        if not name.startswith(OURS):
            raise ValueError(f"{name} is not one of ours")
        _set(git, name, commit)


def kept(git: Git, name: str) -> str | None:
    """The commit that one of our refs points at."""
    with suppress(KeyError, ValueError, pygit2.GitError):
        return str(git.repository.references[name].target)
    return None


def _set(git: Git, name: str, commit: str) -> None:
    until = time.monotonic() + PATIENCE
    while kept(git, name) != commit:
        try:
            git.repository.references.create(name, commit, force=True)
        except (pygit2.GitError, ValueError, OSError) as error:
            lock = git.common_dir / f"{name}.lock"
            if time.monotonic() < until:
                time.sleep(0.02)
            elif lock.exists():
                # Nobody but us writes this ref, so it is ours, from before a kill.
                lock.unlink(missing_ok=True)
                until = time.monotonic() + PATIENCE
            else:
                raise GitError(f"update-ref {name} {commit}", 128, str(error)) from error
