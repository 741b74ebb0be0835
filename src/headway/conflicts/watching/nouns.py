"""What the watch answers, how it is set, and what it needs of git. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from headway.conflicts.edits import EditJudge, Verdict
from headway.conflicts.trees import Entry
from headway.nouns import Conflict

#: How the target branch is called where it is one of the two sides.
TARGET = "target"

__all__ = ["TARGET", "Look", "Tools", "WatchSettings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchSettings:
    """How worktrees are watched."""

    #: How long the files of a conflict must have been still before it stands, in seconds.
    still_after: float = 0.3
    #: Whether to look also for what merges as text and breaks as a program.
    symbols: bool = True
    #: Most directories to watch; None for what the kernel allows.
    most_watches: int | None = None
    #: How often a worktree that cannot be watched is scanned at the most, in seconds.
    scan_every: float = 1.0
    #: Most of one core that scanning may take, 0 to 1.
    scan_share: float = 0.02
    #: What is written for a moment's look is made anew when it is larger than this, in bytes.
    most_scratch: int = 2**30


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The whole truth about one pair as of now."""

    #: Two sides by name, the left one first; the second may be ``target``.
    sides: tuple[str, str]
    #: What they cannot both have, suspicions (by ``score``) among it; none where the pair is clean.
    conflicts: tuple[Conflict, ...]
    #: Seconds since the epoch.
    at: float
    #: Ids of those whose files are still being written.
    moving: frozenset[str] = field(default_factory=frozenset)

    @property
    def still(self) -> bool:
        """Whether all of it stands."""
        return not self.moving


class Tools(Protocol):
    """What the watch needs of git. Coroutines are awaited on the event loop and raise GitError or OSError."""

    def open_judge(self) -> EditJudge:
        """A judge on a repository of its own, with all objects and a place for new ones that may go at any time. Used
        by one thread, not the event loop's."""

    async def ask(self, base: str, left: str, right: str, names: tuple[str, str]) -> Verdict:
        """Git's verdict on two trees over the commit ``base``; ``names`` are the sides', for paths like ``f~SIDE``."""

    async def ignored(self, worktree: Path, paths: Sequence[str]) -> set[str]:
        """Those of the paths, none of them tracked, that git would not take."""

    async def read(self, worktree: Path, base: str, paths: Sequence[str]) -> Mapping[str, Entry]:
        """What ``git add`` makes of these files; without those that are gone. ``base`` is a commit."""

    async def changed(self, worktree: Path, base: str) -> list[str]:
        """The paths of a worktree that are not as in the commit ``base``, and new ones that are not ignored."""

    async def renew(self) -> None:
        """Begin a new place for new objects; the next :meth:`open_judge` writes there. What is in the old one can be
        read until :meth:`drop_old`."""

    def size(self) -> int:
        """Bytes that new objects take. Called in any thread."""

    async def drop_old(self) -> None:
        """Remove what :meth:`renew` replaced."""

    @property
    def attributes(self) -> tuple[bytes, ...]:
        """The attributes files of the user, the machine and the repository's ``info/attributes``."""

    @property
    def config(self) -> Mapping[str, str]:
        """Git's configuration, keys in lower case."""


#: Tells a person something once.
Tell = Callable[[str], None]
