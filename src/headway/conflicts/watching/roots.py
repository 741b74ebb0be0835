"""Which directory of which worktree a watch of the kernel's is, and what its events say.

Watches are numbered upwards, and a worktree's directories are watched one after the other: so a run of numbers stands
for a list of directories, which all worktrees of one base share. 121,000 watches take 2 MB that way and 35 MB in a
table. Not for: what stands at a path now (:mod:`.taking`), ignored paths.
"""

from __future__ import annotations

import errno
import os
import threading
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from headway.conflicts.watching import inotify
from headway.conflicts.watching.inotify import Inotify

#: Events of watches that are not known yet are kept, up to so many: they come while a worktree is added.
_MOST_EARLY = 100_000


@dataclass(frozen=True, slots=True)
class Touch:
    """Something happened at a path of a side."""

    side: str
    path: str
    #: A directory came: nothing in it is known.
    is_new_directory: bool = False
    #: The worktree's top itself is gone.
    is_top_gone: bool = False


@dataclass(slots=True)
class _Run:
    """Watches ``first``, ``first + 1``, … of one side."""

    first: int
    side: str
    directories: Sequence[str]
    #: How many of them are watched.
    count: int
    #: Those that the kernel or we have given up, by number.
    gone: set[int] = field(default_factory=set)


class Roots:
    """The watched directories of all sides."""

    def __init__(self, *, most: int | None = None) -> None:
        """``most`` watches; what the kernel allows where None. Raises OSError."""
        self._inotify = Inotify()
        self._most = inotify.most_watches() if most is None else most
        self._firsts: list[int] = []
        self._runs: dict[int, _Run] = {}
        self._of: dict[str, list[int]] = {}
        self._early: list[tuple[int, int, str]] = []
        self._adding = 0
        self._lock = threading.Lock()
        #: Watches used.
        self.used = 0

    @property
    def fd(self) -> int:
        """Readable when there are events."""
        return self._inotify.fd

    def add(self, side: str, top: str, directories: Sequence[str]) -> bool:
        """Watch these directories of a worktree, its top being the empty text; may run in another thread.

        False where there are not enough watches; those that there were are kept. Directories that are not there are
        passed over.
        """
        self._of.setdefault(side, [])
        if self.used + len(directories) > self._most:
            return False
        self._adding += 1
        try:
            return self._add(side, os.fsencode(top), directories)
        finally:
            self._adding -= 1

    def _add(self, side: str, top: bytes, directories: Sequence[str]) -> bool:
        run: _Run | None = None
        for at, directory in enumerate(directories):
            try:
                number = self._inotify.add(top + b"/" + os.fsencode(directory) if directory else top)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.ENOMEM):
                    return False
                run = None
                continue
            if run is None or number != run.first + run.count:
                if self._run_of(number) is not None:
                    run = None
                    continue  # it is watched already
                run = self._begin(side, number, directories if at == 0 else directories[at:])
            else:
                run.count += 1
            self.used += 1
        return True

    def _begin(self, side: str, number: int, directories: Sequence[str]) -> _Run:
        run = _Run(number, side, directories, 1)
        with self._lock:
            self._runs[number] = run
            insort(self._firsts, number)
            self._of.setdefault(side, []).append(number)
        return run

    def remove(self, side: str) -> None:
        """Watch nothing of a side any more."""
        for first in self._of.pop(side, ()):
            run = self._runs[first]
            for number in range(first, first + run.count):
                if number not in run.gone:
                    self._inotify.remove(number)
                    self.used -= 1
            with self._lock:
                del self._runs[first]
                self._firsts.pop(bisect_right(self._firsts, first) - 1)

    def enter(self, side: str, top: str, directories: Iterable[str]) -> tuple[set[str], set[str]]:
        """Watch directories that are new, and list what is in them: (files, directories). For another thread.

        Where watches run out they are listed all the same.
        """
        files: set[str] = set()
        below: set[str] = set()
        for directory in directories:
            self.add(side, top, (directory,))
            try:
                with os.scandir(f"{top}/{directory}") as entries:
                    for entry in entries:
                        if entry.name == ".git":
                            continue
                        is_directory = entry.is_dir(follow_symlinks=False)
                        (below if is_directory else files).add(f"{directory}/{entry.name}".lstrip("/"))
            except OSError:
                continue
        return files, below

    def read(self) -> tuple[list[Touch], bool]:
        """What happened since the last time, and whether events were lost."""
        events = self._early + self._inotify.read() if not self._adding else self._inotify.read()
        if not self._adding:
            self._early = []
        touches: dict[Touch, None] = {}
        is_lost = False
        for event in events:
            number, mask, name = event
            if mask & inotify.OVERFLOW:
                is_lost = True
                continue
            run = self._run_of(number)
            if run is None:
                if self._adding and not mask & inotify.IGNORED and len(self._early) < _MOST_EARLY:
                    self._early.append(event)
                continue
            touch = self._touch(run, number, mask, name)
            if touch is not None:
                touches[touch] = None
        return list(touches), is_lost

    def _touch(self, run: _Run, number: int, mask: int, name: str) -> Touch | None:
        directory = run.directories[number - run.first]
        if mask & inotify.IGNORED:
            if number not in run.gone:
                run.gone.add(number)
                self.used -= 1
            return Touch(run.side, "", is_top_gone=True) if not directory else None
        if not name or name == ".git":
            return None
        path = f"{directory}/{name}" if directory else name
        if not mask & inotify.IS_DIRECTORY:
            return Touch(run.side, path)
        if mask & (inotify.CREATE | inotify.MOVED_TO):
            return Touch(run.side, path, is_new_directory=True)
        if mask & inotify.MOVED_FROM:
            self._leave(run.side, path)
        return Touch(run.side, path) if mask & (inotify.MOVED_FROM | inotify.DELETE) else None

    def _leave(self, side: str, directory: str) -> None:
        """A directory has another name now, here or elsewhere: what lies in it is not where it was."""
        below = f"{directory}/"
        for first in self._of.get(side, ()):
            run = self._runs[first]
            for number in range(first, first + run.count):
                path = run.directories[number - first]
                if number not in run.gone and (path == directory or path.startswith(below)):
                    self._inotify.remove(number)
                    run.gone.add(number)
                    self.used -= 1

    def _run_of(self, number: int) -> _Run | None:
        with self._lock:
            at = bisect_right(self._firsts, number) - 1
            run = self._runs[self._firsts[at]] if at >= 0 else None
        return run if run is not None and number < run.first + run.count else None

    def close(self) -> None:
        """Give all watches up."""
        self._inotify.close()
