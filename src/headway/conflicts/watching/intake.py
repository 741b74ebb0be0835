"""From events to files that were read: which paths of which side were written, and what stands there now.

Not for: what is between sides (:mod:`.watch`), reading a file (:mod:`.taking`).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pygit2

from headway.conflicts.trees import Entry
from headway.conflicts.watching import inotify
from headway.conflicts.watching.desk import Desk
from headway.conflicts.watching.nouns import Tell, Tools, WatchSettings
from headway.conflicts.watching.roots import Roots, Touch
from headway.conflicts.watching.side import Side
from headway.conflicts.watching.worker import Worker
from headway.errors import GitError

#: What an agent, a full disk or a broken object can bring about.
BROKEN = (GitError, OSError, pygit2.GitError, KeyError, ValueError)


class Intake:
    """Takes in what is written to worktrees."""

    def __init__(
        self,
        tools: Tools,
        settings: WatchSettings,
        worker: Worker,
        *,
        ready: Callable[[Side], None],
        tell: Tell,
    ) -> None:
        """``ready`` is called for a side that has something to look at. To be made within the event loop."""
        self._tools = tools
        self._settings = settings
        self._worker = worker
        self._ready = ready
        self._tell = tell
        self._roots: Roots | None = None
        self._has_unwatched = asyncio.Event()
        self.sides: dict[str, Side] = {}
        try:
            self._roots = Roots(most=settings.most_watches)
            asyncio.get_running_loop().add_reader(self._roots.fd, self.read_events)
        except OSError as error:
            tell(f"worktrees are scanned, not watched: {error.strerror}")

    @property
    def watches(self) -> int:
        """How many directories are watched."""
        return self._roots.used if self._roots is not None else 0

    async def begin(self, side: Side, desk: Desk) -> None:
        """Watch a side's worktree, or scan it now and then where watches have run out."""
        self.sides[side.name] = side
        if self._roots is not None and side.top is not None:
            directories = await self._worker.do(desk.directories, side.sheet.base_tree)
            side.is_watched = await self._worker.do(self._roots.add, side.name, str(side.top), directories)
            if not side.is_watched:
                self._tell_limit()
        if side.top is not None and not side.is_watched:
            self._has_unwatched.set()

    async def end(self, side: str) -> Side | None:
        """Forget a side; it, if it was known."""
        found = self.sides.pop(side, None)
        if found is not None and self._roots is not None:
            await self._worker.do(self._roots.remove, side)
        return found

    def read_events(self) -> None:
        """Take in what the kernel has to say by now."""
        if self._roots is None:
            return
        touches, is_lost = self._roots.read()
        now = time.monotonic()
        for touch in touches:
            side = self.sides.get(touch.side)
            if side is not None and touch.path not in side.ignored:
                self._take_touch(side, touch, now)
        if is_lost:
            for side in self.sides.values():
                if side.top is not None:
                    side.wants_scan = True
                    self._ready(side)

    def _take_touch(self, side: Side, touch: Touch, now: float) -> None:
        if touch.is_top_gone:
            side.is_deleted = True
        else:
            side.write(touch.path, now)
            if touch.is_new_directory:
                side.new_directories.add(touch.path)
        self._ready(side)

    def touched(self, side: Side, paths: Iterable[str]) -> None:
        """Somebody says that these paths were written."""
        now = time.monotonic()
        for path in paths:
            if is_within(path):
                side.write(path, now)
        self._ready(side)

    async def take_in(self, side: Side, desk: Desk) -> None:
        """Read what stands at the paths of a worktree that were written. Raises what :data:`BROKEN` names."""
        top = side.top
        assert top is not None
        side.at_work, side.dirty = side.dirty, set()
        if side.is_deleted or not await self._worker.do(_is_there, top):
            await self._worker.do(desk.forget_changes, side.sheet)
            return
        if side.new_directories:
            await self._enter_directories(side, top, desk)
        if any(path.rpartition("/")[2] == ".gitignore" for path in side.at_work):
            side.ignored.clear()
            side.wants_scan = True
        if side.wants_scan:
            await self._scan(side, top)
        side.at_work -= side.ignored
        side.at_work -= await self._ignored(side, top, desk, side.at_work)
        if not side.at_work:
            return
        taken = await self._worker.do(desk.take, side.sheet, sorted(side.at_work))
        by_git: dict[str, Entry] = {}
        if taken.by_git:
            by_git = dict(await self._tools.read(top, side.base, taken.by_git))
        await self._worker.do(desk.apply, side.sheet, taken, by_git)

    async def _enter_directories(self, side: Side, top: Path, desk: Desk) -> None:
        """Watch directories that came, level by level, without those that are ignored."""
        open_, side.new_directories = side.new_directories, set()
        while open_ and self._roots is not None and self.sides.get(side.name) is side:
            open_ -= await self._ignored(side, top, desk, open_)
            files, open_ = await self._worker.do(self._roots.enter, side.name, str(top), sorted(open_))
            side.at_work |= files

    async def _ignored(self, side: Side, top: Path, desk: Desk, paths: set[str]) -> set[str]:
        unknown = await self._worker.do(desk.untracked, side.sheet, paths)
        ignored = await self._tools.ignored(top, unknown) if unknown else set()
        side.ignore(ignored)
        return ignored

    async def _scan(self, side: Side, top: Path) -> None:
        """Look at the whole worktree, as ``git status`` does."""
        side.wants_scan = False
        found = set(await self._tools.changed(top, side.base))
        side.at_work |= found | side.sheet.known.keys()
        above = {directory for path in found for directory in _directories_above(path)}
        if self._roots is not None and side.is_watched and above:
            await self._worker.do(self._roots.enter, side.name, str(top), sorted(above))

    async def scan_unwatched(self) -> None:
        """Look at the worktrees that cannot be watched one after the other, for a small share of a core, for ever."""
        while True:
            unwatched = [side for side in self.sides.values() if side.top is not None and not side.is_watched]
            if not unwatched:
                self._has_unwatched.clear()
                await self._has_unwatched.wait()
                continue
            began = time.monotonic()
            for side in unwatched:
                since = time.monotonic()
                if self.sides.get(side.name) is side and side.top is not None:
                    with suppress(*BROKEN):
                        await self._scan_once(side, side.top)
                # The share counts git's time as well, which is nearly all of it.
                await asyncio.sleep((time.monotonic() - since) / self._settings.scan_share)
            await asyncio.sleep(max(0.0, self._settings.scan_every - (time.monotonic() - began)))

    async def _scan_once(self, side: Side, top: Path) -> None:
        found = await self._tools.changed(top, side.base)
        marks = await self._worker.do(_marks, top, [*found, *side.sheet.known])
        other = [path for path, mark in marks.items() if side.marks.get(path) != mark]
        side.marks = marks
        if not await self._worker.do(_is_there, top):
            side.is_deleted = True
            self._ready(side)
        elif other:
            self.touched(side, other)

    def _tell_limit(self) -> None:
        limit = inotify.most_watches() if self._settings.most_watches is None else self._settings.most_watches
        self._tell(
            f"not all worktrees can be watched with {limit:,} file watches: the others are scanned now and then, and "
            f"conflicts in them are seen later. As root: sysctl fs.inotify.max_user_watches={_enough(limit)}"
        )

    def close(self) -> None:
        """Watch nothing any more."""
        if self._roots is not None:
            asyncio.get_running_loop().remove_reader(self._roots.fd)
            self._roots.close()


def is_within(path: str) -> bool:
    """Whether a path is one of a worktree's, relative to its top, that git could take."""
    parts = path.split("/")
    return bool(path) and not {"", ".", "..", ".git"}.intersection(parts) and "\0" not in path


def _marks(top: Path, paths: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """What tells a file that was written from one that was not."""
    found: dict[str, tuple[int, ...]] = {}
    for path in paths:
        try:
            at = os.lstat(f"{top}/{path}")
        except OSError:
            found[path] = ()
        else:
            found[path] = (at.st_mtime_ns, at.st_ctime_ns, at.st_size, at.st_ino, at.st_mode)
    return found


def _enough(limit: int) -> int:
    """At least twice as many, and a round number."""
    return max(2**19, 1 << (2 * limit - 1).bit_length())


def _is_there(top: Path) -> bool:
    """Whether there is a worktree: something else in it than ``.git``."""
    try:
        return any(each.name != ".git" for each in top.iterdir())
    except OSError:
        return False


def _directories_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
