"""One side as the event loop has it: what was written and not looked at yet, and when. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from headway.conflicts.watching.desk import Sheet
from headway.conflicts.watching.pair_state import places
from headway.nouns import Conflict

#: Most ignored paths of a side that are remembered.
_MOST_IGNORED = 50_000

#: So many times of writing are kept before those that are long over go.
_MOST_WRITTEN = 1000

NEVER, ALWAYS = float("-inf"), float("inf")


@dataclass(slots=True)
class Side:
    """A ticket's worktree, or its finished work."""

    name: str
    #: Commit of the target that it began from.
    base: str
    #: Top of the worktree; None for finished work.
    top: Path | None
    sheet: Sheet
    #: Paths whose events were not looked into yet, and those that are being looked into.
    dirty: set[str] = field(default_factory=set)
    at_work: set[str] = field(default_factory=set)
    new_directories: set[str] = field(default_factory=set)
    #: Path → when it was written last, by the monotonic clock; only of the last moments.
    written: dict[str, float] = field(default_factory=dict)
    #: When anything was.
    written_at: float = NEVER
    ignored: set[str] = field(default_factory=set)
    #: All of it is to be looked at: events were lost, or what is ignored has changed.
    wants_scan: bool = False
    is_deleted: bool = False
    is_watched: bool = False
    #: Path → size and times, as the last scan saw them.
    marks: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def write(self, path: str, now: float) -> None:
        """Something was written at a path."""
        self.dirty.add(path)
        self.written[path] = self.written_at = now
        if len(self.written) > _MOST_WRITTEN:
            self.written = {path: at for path, at in self.written.items() if at > now - 60}

    def rest(self) -> None:
        """What was written so far is still."""
        self.written.clear()
        self.written_at = NEVER

    def still_at(self, conflict: Conflict, still_after: float) -> float:
        """When the files of a conflict will have been still for so long, if nothing more is written."""
        paths, is_wide = places(conflict)
        still = NEVER
        if is_wide:
            if self.dirty or self.at_work:
                return ALWAYS
            still = self.written_at + still_after
        for path in paths:
            if path in self.dirty or path in self.at_work:
                return ALWAYS
            still = max(still, self.written.get(path, NEVER) + still_after)
        return still

    def ignore(self, paths: Iterable[str]) -> None:
        """Remember paths that cause nothing."""
        if len(self.ignored) > _MOST_IGNORED:
            self.ignored.clear()
        self.ignored.update(paths)
