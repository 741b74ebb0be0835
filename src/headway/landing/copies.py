"""The user's own working copies: which there are, and what is checked out in them.

Read from the git directory itself, without a process, at every landing. An agent can write there, so nothing is
believed that does not point both ways, and no file is waited for. Not for: moving a copy (:mod:`.following`).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from headway.landing.git import Git

#: Worktrees of the pool; their agents' files are no business of a landing.
OURS = "headway-"

#: What git leaves in a worktree's directory while it is at something → what it is called.
_IN_PROGRESS = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}


@dataclass(frozen=True, slots=True)
class Copy:
    """A working copy of the user's."""

    #: ``main``, or ``linked-NAME`` of a linked worktree.
    name: str
    root: Path
    #: Its own git directory: HEAD, index, what is in progress.
    git_dir: Path


def find_copies(git: Git) -> list[Copy]:
    """The user's working copies: the main one and the linked ones that are there. The pool's are left out.

    An agent can write into ``worktrees/``, so a copy counts only where its ``.git`` points back at us.
    """
    found = []
    main = git.root if git.git_dir == git.common_dir and not git.is_bare else git.common_dir.parent
    if _points_at(main / ".git", git.common_dir):
        found.append(Copy("main", main, git.common_dir))
    worktrees = git.common_dir / "worktrees"
    for git_dir in sorted(worktrees.iterdir()) if worktrees.is_dir() else ():
        if git_dir.name.startswith(OURS):
            continue
        link = Path(read_small(git_dir / "gitdir") or "/")
        link = link if link.is_absolute() else git_dir / link
        if link.name == ".git" and _points_at(link, git_dir):
            found.append(Copy(f"linked-{git_dir.name}", link.parent.resolve(), git_dir))
    return [copy for copy in found if (copy.git_dir / "index").is_file()]


def head_of(copy: Copy) -> str | None:
    """The ref that is checked out in a copy; None where HEAD is detached."""
    head = read_small(copy.git_dir / "HEAD") or ""
    return head.removeprefix("ref:").strip() if head.startswith("ref:") else None


def rebased_in(copy: Copy) -> str | None:
    """The ref that a rebase in a copy is about to move."""
    for name in ("rebase-merge", "rebase-apply"):
        if head := read_small(copy.git_dir / name / "head-name"):
            return head
    return None


def in_progress(copy: Copy) -> str | None:
    """What git was stopped at in a copy (``merge``, …)."""
    return next((what for name, what in _IN_PROGRESS.items() if os.path.lexists(copy.git_dir / name)), None)


def read_small(path: Path) -> str | None:
    """The text of a small file without the white space at its end; None where there is none."""
    try:
        return read_file(path, most=4096).decode("utf-8", "surrogateescape").rstrip()
    except OSError:
        return None


def read_file(path: Path, most: int = 2**31) -> bytes:
    """A file's content. Never waits: somebody may have put a fifo there. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(f"{path} is no file")
        return file.read(most)


def _points_at(link: Path, git_dir: Path) -> bool:
    """Whether a working copy's ``.git`` is this git directory, or a file that names it."""
    if link.is_dir():
        return link.resolve() == git_dir.resolve()
    named = (read_small(link) or "").removeprefix("gitdir:").strip()
    return bool(named) and (link.parent / named).resolve() == git_dir.resolve()
