"""Conflicts while they are typed: the door to this room, for the coordinator's event loop.

A file event makes its path dirty and its side ready. Ready sides are worked through one after the other: what stands at
the dirty paths is read, the side becomes a tree, and it is held against those that it could meet. That is done by one
thread (:mod:`.desk`); git is asked from the loop, where the thread could not decide. A side that changes again before
its turn is looked at once. Symbols come after all edits. What stands is told when the files have been still.

Not for: what becomes of a conflict (:mod:`.life`), starting git (:class:`.nouns.Tools`).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import pygit2

from headway.conflicts.pairs import edit_conflicts, symbol_conflicts
from headway.conflicts.trees import Entry
from headway.conflicts.watching import inotify
from headway.conflicts.watching.desk import Desk, Outcome, Sheet
from headway.conflicts.watching.nouns import TARGET, Look, Tell, Tools, WatchSettings
from headway.conflicts.watching.pair_state import PairState, places
from headway.conflicts.watching.roots import Roots, Touch
from headway.errors import GitError
from headway.nouns import Conflict

_P = ParamSpec("_P")
_R = TypeVar("_R")

#: How long a side waits for more of a burst before it is looked at, in seconds.
GATHER = 0.01

#: How often it is seen how much was written, in seconds.
_RENEW_EVERY = 60.0

#: How many git processes are asked at once.
_ASKED_AT_ONCE = 2

#: So often one pair is searched for symbols while sides wait.
_SEARCH_EVERY = 8

#: Most ignored paths of a side that are remembered.
_MOST_IGNORED = 50_000

_BROKEN = (GitError, OSError, pygit2.GitError, KeyError, ValueError)


@dataclass(slots=True)
class _Side:
    """One side as the event loop has it."""

    name: str
    base: str
    top: Path | None
    sheet: Sheet
    #: Paths whose events were not looked into yet, and those that are being looked into.
    dirty: set[str] = field(default_factory=set)
    at_work: set[str] = field(default_factory=set)
    new_directories: set[str] = field(default_factory=set)
    #: Path → when it was written last, by the monotonic clock; only of the last moment.
    written: dict[str, float] = field(default_factory=dict)
    #: When anything was.
    written_at: float = float("-inf")
    ignored: set[str] = field(default_factory=set)
    #: All of it is to be looked at: events were lost, or what is ignored has changed.
    wants_scan: bool = False
    is_deleted: bool = False
    is_watched: bool = False
    #: Path → size and times, as the last scan saw them.
    marks: dict[str, tuple[int, ...]] = field(default_factory=dict)


class ConflictWatch:
    """Watches sides and tells what is between them. To be used within one event loop; close it in the end."""

    def __init__(
        self,
        tools: Tools,
        settings: WatchSettings | None = None,
        *,
        tell: Tell = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``tell``: tells a person something, each text once. ``clock``: seconds since the epoch."""
        self._tools = tools
        self._settings = settings or WatchSettings()
        self._tell_person = tell
        self._told: set[str] = set()
        self._clock = clock
        self._sides: dict[str, _Side] = {}
        self._pairs: dict[tuple[str, str], PairState] = {}
        self._ready: dict[str, None] = {}
        self._searches: dict[tuple[str, str], None] = {}
        self._reaching: dict[str, None] = {}
        self._news: dict[tuple[str, str], Look] = {}
        self._has_news = asyncio.Event()
        self._has_unwatched = asyncio.Event()
        self._has_work = asyncio.Event()
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="headway-conflicts")
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)
        #: Held while something is looked at: no object of it may go meanwhile.
        self._quiet = asyncio.Lock()
        self._desk: Desk | None = None
        self._roots: Roots | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._opening = asyncio.Lock()
        self._is_closed = False

    # What the coordinator calls

    async def add(self, side: str, worktree: Path, base: str, *, fresh: bool = True) -> None:
        """Watch a worktree from now on; what is written after this returns is seen.

        ``base``: the commit that it stands at. ``fresh``: nothing in it differs from that yet; else it is looked
        through once. Raises GitError, OSError.
        """
        await self._open()
        await self.remove(side)
        desk = self._desk_now()
        sheet = await self._do(desk.begin, side, base, top=str(worktree))
        it = _Side(side, base, worktree, sheet)
        self._sides[side] = it
        it.is_watched = await self._watch(it)
        if not it.is_watched:
            self._tell_limit()
            self._has_unwatched.set()
        it.wants_scan = not fresh
        self._make_ready(it)

    async def add_work(self, side: str, commit: str, base: str) -> None:
        """Take finished work in place of a side's worktree. Raises GitError, OSError."""
        await self._open()
        self._forget_events(side)
        desk = self._desk_now()
        sheet = await self._do(desk.begin, side, base, commit=commit)
        self._sides[side] = it = _Side(side, base, None, sheet)
        self._make_ready(it)

    async def remove(self, side: str) -> None:
        """It landed, was cancelled or given back: nothing of it counts any more."""
        if self._sides.pop(side, None) is None:
            return
        self._forget_events(side)
        await self._do(self._desk_now().end, side)
        for pair in [pair for pair in self._pairs if side in pair]:
            self._set(pair, edits=(), symbols=(), is_searching=False)
            self._searches.pop(pair, None)

    async def target(self, commit: str) -> None:
        """The target is at this commit now. Raises GitError, OSError."""
        await self._open()
        await self._do(self._desk_now().begin, TARGET, commit)
        for it in self._sides.values():
            self._make_ready(it)

    def touched(self, side: str, paths: Iterable[str]) -> None:
        """An agent said that it wrote these paths of its worktree, relative to its top."""
        it = self._sides.get(side)
        if it is not None and it.top is not None:
            for path in paths:
                if _is_within(path):
                    self._dirty(it, path)
            self._make_ready(it)

    def ended(self, side: str) -> None:
        """The agent's tool call has ended: what it wrote is still at once."""
        self._read_events()
        it = self._sides.get(side)
        if it is None:
            return
        it.written.clear()
        it.written_at = float("-inf")
        for pair in [pair for pair in self._pairs if side in pair]:
            self._say(pair)

    def settled(self, side: str) -> None:
        """The agent has ended: the same."""
        self.ended(side)

    async def looks(self) -> AsyncIterator[Look]:
        """What is between pairs, whenever it changes: for each pair the newest, in the order of the first change."""
        while True:
            while self._news:
                pair = next(iter(self._news))
                yield self._news.pop(pair)
            if self._is_closed:
                return
            self._has_news.clear()
            await self._has_news.wait()

    async def quiet(self) -> None:
        """Wait until all that happened before is looked at (not until it is still). For tests and benchmarks."""
        self._read_events()
        while (
            self._ready or self._searches or self._reaching or any(it.at_work for it in self._sides.values())
        ):
            await asyncio.sleep(0.002)
            self._read_events()

    async def close(self) -> None:
        """Watch nothing any more; :meth:`looks` ends."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for timer in self._timers.values():
            timer.cancel()
        if self._roots is not None:
            asyncio.get_running_loop().remove_reader(self._roots.fd)
            self._roots.close()
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._has_news.set()

    @property
    def watches(self) -> int:
        """How many directories are watched."""
        return self._roots.used if self._roots is not None else 0

    # Events

    async def _open(self) -> None:
        async with self._opening:
            if self._desk is not None:
                return
            self._desk = await self._do(Desk, self._tools, symbols=self._settings.symbols)
            try:
                self._roots = Roots(most=self._settings.most_watches)
                asyncio.get_running_loop().add_reader(self._roots.fd, self._read_events)
            except OSError as error:
                self._tell(f"worktrees are scanned, not watched: {error.strerror}")
            self._tasks = [
                asyncio.create_task(self._work(), name="conflicts"),
                asyncio.create_task(self._scan_unwatched(), name="conflicts scan"),
                asyncio.create_task(self._renew_when_large(), name="conflicts scratch"),
            ]

    def _desk_now(self) -> Desk:
        if self._desk is None:
            raise RuntimeError("nothing was added yet")
        return self._desk

    async def _watch(self, it: _Side) -> bool:
        if self._roots is None or it.top is None:
            return False
        directories = await self._do(self._desk_now().directories, it.sheet.base_tree)
        return await self._do(self._roots.add, it.name, str(it.top), directories)

    def _forget_events(self, side: str) -> None:
        self._ready.pop(side, None)
        if self._roots is not None:
            self._roots.remove(side)

    def _read_events(self) -> None:
        if self._roots is None:
            return
        touches, is_lost = self._roots.read()
        for touch in touches:
            it = self._sides.get(touch.side)
            if it is not None:
                self._take_touch(it, touch)
        if is_lost:
            for it in self._sides.values():
                if it.top is not None:
                    it.wants_scan = True
                    self._make_ready(it)

    def _take_touch(self, it: _Side, touch: Touch) -> None:
        if touch.is_top_gone:
            it.is_deleted = True
        elif touch.path in it.ignored:
            return
        elif touch.is_new_directory:
            it.new_directories.add(touch.path)
            it.dirty.add(touch.path)
        else:
            self._dirty(it, touch.path)
        self._make_ready(it)

    def _dirty(self, it: _Side, path: str) -> None:
        it.dirty.add(path)
        it.written[path] = it.written_at = time.monotonic()

    def _make_ready(self, it: _Side) -> None:
        self._ready.setdefault(it.name)
        self._has_work.set()

    # Work

    async def _work(self) -> None:
        rounds = 0
        while True:
            if not (self._ready or self._reaching or self._searches):
                self._has_work.clear()
                await self._has_work.wait()
                await asyncio.sleep(GATHER)
            rounds += 1
            if self._ready and (rounds % _SEARCH_EVERY or not self._searches):
                name = next(iter(self._ready))
                del self._ready[name]
                it = self._sides.get(name)
                if it is not None:
                    await self._guarded(self._look_at(it), it)
            elif self._searches and (not self._reaching or rounds % 2):
                pair = next(iter(self._searches))
                del self._searches[pair]
                await self._guarded(self._search(pair), None)
            elif self._reaching:
                name = next(iter(self._reaching))
                del self._reaching[name]
                await self._guarded(self._reach(name), None)

    async def _guarded(self, work: Awaitable[None], it: _Side | None) -> None:
        """One side's trouble is told and holds nobody else up."""
        try:
            async with self._quiet:
                await work
        except _BROKEN as error:
            self._tell(f"conflicts of {it.name if it else 'a pair'} cannot be seen now: {error}")
        finally:
            if it is not None:
                it.at_work = set()

    async def _look_at(self, it: _Side) -> None:
        if it.top is not None:
            await self._take_in(it)
        if self._sides.get(it.name) is not it:
            return
        await self._judge(it)
        it.at_work = set()
        if self._settings.symbols:
            self._reaching.setdefault(it.name)
        for pair, state in list(self._pairs.items()):
            if it.name in pair:
                state.is_searching = state.is_searching or bool(state.symbols)
                self._say(pair)

    async def _take_in(self, it: _Side) -> None:
        """Read what stands at the dirty paths of a worktree."""
        desk, top = self._desk_now(), it.top
        assert top is not None
        it.at_work, it.dirty = it.dirty, set()
        if it.is_deleted or not await self._do(_is_there, top):
            await self._do(desk.forget_changes, it.sheet)
            return
        if it.new_directories:
            await self._enter_directories(it)
        if any(path.rpartition("/")[2] == ".gitignore" for path in it.at_work):
            it.ignored.clear()
            it.wants_scan = True
        if it.wants_scan:
            await self._scan(it)
        await self._leave_out_ignored(it)
        if not it.at_work:
            return
        taken = await self._do(desk.take, it.sheet, sorted(it.at_work))
        by_git: dict[str, Entry] = {}
        if taken.by_git:
            by_git = dict(await self._tools.read(top, it.base, taken.by_git))
        await self._do(desk.apply, it.sheet, taken, by_git)

    async def _enter_directories(self, it: _Side) -> None:
        """Watch directories that came, level by level, without those that are ignored."""
        open_, it.new_directories = it.new_directories, set()
        while open_ and it.top is not None:
            unknown = await self._do(self._desk_now().untracked, it.sheet, open_)
            ignored = await self._tools.ignored(it.top, unknown) if unknown else set()
            it.at_work -= ignored
            self._remember_ignored(it, ignored)
            if self._roots is None or self._sides.get(it.name) is not it:
                return
            files, open_ = await self._do(self._roots.enter, it.name, sorted(open_ - ignored))
            it.at_work |= files

    async def _leave_out_ignored(self, it: _Side) -> None:
        it.at_work -= it.ignored
        unknown = await self._do(self._desk_now().untracked, it.sheet, it.at_work)
        if unknown and it.top is not None:
            ignored = await self._tools.ignored(it.top, unknown)
            it.at_work -= ignored
            self._remember_ignored(it, ignored)

    @staticmethod
    def _remember_ignored(it: _Side, ignored: set[str]) -> None:
        if len(it.ignored) + len(ignored) > _MOST_IGNORED:
            it.ignored.clear()
        it.ignored |= ignored

    async def _scan(self, it: _Side) -> None:
        """Look at the whole worktree, as ``git status`` does."""
        it.wants_scan = False
        assert it.top is not None
        found = set(await self._tools.changed(it.top, it.base))
        it.at_work |= found | it.sheet.known.keys()
        above = {d for path in found for d in _directories_above(path)}
        if self._roots is not None and it.is_watched and above:
            await self._do(self._roots.enter, it.name, sorted(above))

    async def _scan_unwatched(self) -> None:
        """Look at the worktrees that cannot be watched one after the other, for a small share of a core."""
        while True:
            unwatched = [it for it in self._sides.values() if it.top is not None and not it.is_watched]
            if not unwatched:
                self._has_unwatched.clear()
                await self._has_unwatched.wait()
                continue
            began = time.monotonic()
            for it in unwatched:
                since = time.monotonic()
                if self._sides.get(it.name) is it and it.top is not None:
                    with suppress(*_BROKEN):
                        await self._scan_once(it, it.top)
                # The share counts git's time as well, which is nearly all of it.
                await asyncio.sleep((time.monotonic() - since) / self._settings.scan_share)
            await asyncio.sleep(max(0.0, self._settings.scan_every - (time.monotonic() - began)))

    async def _scan_once(self, it: _Side, top: Path) -> None:
        found = await self._tools.changed(top, it.base)
        marks = await self._do(_marks, top, [*found, *it.sheet.known])
        other = [path for path, mark in marks.items() if it.marks.get(path) != mark]
        it.marks = marks
        for path in other:
            self._dirty(it, path)
        if not await self._do(_is_there, top):
            it.is_deleted = True
        if other or it.is_deleted:
            self._make_ready(it)

    def _tell_limit(self) -> None:
        limit = inotify.most_watches() if self._settings.most_watches is None else self._settings.most_watches
        self._tell(
            f"not all worktrees can be watched with {limit:,} file watches; the others are scanned now and then, and "
            f"conflicts in them are seen later. As root: sysctl fs.inotify.max_user_watches={_enough(limit)}"
        )

    async def _renew_when_large(self) -> None:
        """Begin a new place for objects when what was written for looks that are over fills the disk."""
        while True:
            await asyncio.sleep(_RENEW_EVERY)
            if await asyncio.to_thread(self._tools.size) > self._settings.most_scratch:
                await self.renew()

    async def renew(self) -> None:
        """Throw away what was written for looks that are over."""
        async with self._quiet:
            try:
                await self._tools.renew()
                await self._do(self._desk_now().renew)
                await self._tools.drop_old()
            except _BROKEN as error:
                self._tell(f"what was written for conflicts cannot be made smaller: {error}")

    # Pairs

    async def _judge(self, it: _Side) -> None:
        """Hold a side against those that it could meet."""
        desk = self._desk_now()
        outcomes = await self._do(_survey, desk, it.sheet)
        await asyncio.gather(*(self._ask(each) for each in outcomes if each.wants_git))
        met: set[tuple[str, str]] = set()
        for outcome in outcomes:
            pair = (outcome.left.name, outcome.right.name)
            met.add(pair)
            self._take_outcome(pair, outcome, await self._do(desk.own, outcome))
        for pair in [pair for pair in self._pairs if it.name in pair and pair not in met]:
            self._set(pair, edits=())

    async def _ask(self, outcome: Outcome) -> None:
        desk = self._desk_now()
        async with self._asking:
            await self._write_big(desk.unwritten(outcome))
            names = (outcome.left.name, outcome.right.name)
            verdict = await self._tools.ask(outcome.base, *outcome.trees, names)
        await self._do(desk.answer, outcome, verdict)

    async def _write_big(self, wanted: Sequence[tuple[Sheet, list[str]]]) -> None:
        for sheet, paths in wanted:
            entries = await self._tools.read(Path(sheet.top), sheet.base, paths)
            await self._do(self._desk_now().written, sheet, entries)

    def _take_outcome(self, pair: tuple[str, str], outcome: Outcome, found: Sequence[object]) -> None:
        conflicts = edit_conflicts(found, pair, datetime.now(UTC))  # type: ignore[arg-type]
        self._set(pair, edits=conflicts)

    async def _reach(self, name: str) -> None:
        """Find the pairs of a side that are worth a search for symbols."""
        met = await self._do(self._desk_now().met_by, name)
        pairs = {_pair(name, other) for other in met}
        if name not in self._sides:
            return
        for pair in pairs:
            self._searches[pair] = None
        for pair in [pair for pair in self._pairs if name in pair and pair not in pairs]:
            self._searches.pop(pair, None)
            self._set(pair, symbols=(), is_searching=False)

    async def _search(self, pair: tuple[str, str]) -> None:
        """Search one pair for what merges as text and breaks as a program."""
        outcome = await self._do(_survey_pair, self._desk_now(), pair)
        if outcome is None:
            self._set(pair, symbols=(), is_searching=False)
            return
        if outcome.wants_git:
            await self._ask(outcome)
        found = await self._do(self._desk_now().symbols, outcome)
        if pair not in self._searches and all(name == TARGET or name in self._sides for name in pair):
            is_old = any(name in self._ready or name in self._reaching for name in pair)
            symbols = symbol_conflicts(found, pair, datetime.now(UTC))
            self._set(pair, symbols=symbols, is_searching=is_old)

    # Telling

    def _set(
        self,
        pair: tuple[str, str],
        *,
        edits: tuple[Conflict, ...] | None = None,
        symbols: tuple[Conflict, ...] | None = None,
        is_searching: bool | None = None,
    ) -> None:
        state = self._pairs.get(pair) or PairState(pair)
        state.edits = state.edits if edits is None else edits
        state.symbols = state.symbols if symbols is None else symbols
        state.is_searching = state.is_searching if is_searching is None else is_searching
        self._pairs[pair] = state
        self._say(pair)

    def _say(self, pair: tuple[str, str]) -> None:
        """Tell what is new of a pair, and come back when what moves may be still."""
        state = self._pairs.get(pair)
        if state is None:
            return
        look = state.look(self._is_moving, self._clock())
        if look is not None:
            self._news.pop(pair, None)
            self._news[pair] = look
            self._has_news.set()
        timer = self._timers.pop(pair, None)
        if timer is not None:
            timer.cancel()
        if state.is_moving:
            loop = asyncio.get_running_loop()
            delay = self._still_in(pair)
            self._timers[pair] = loop.call_later(delay, self._say, pair)
        elif state.is_blank:
            del self._pairs[pair]

    def _is_moving(self, conflict: Conflict) -> bool:
        return self._still_at(conflict) > time.monotonic()

    def _still_at(self, conflict: Conflict) -> float:
        """When the files of a conflict will have been still, if nothing more is written."""
        paths, is_wide = places(conflict)
        still = float("-inf")
        for name in conflict.involved_agents:
            it = self._sides.get(name)
            if it is None:
                continue
            if is_wide:
                still = max(still, it.written_at + self._settings.still_after)
                if it.dirty or it.at_work:
                    return float("inf")
            for path in paths:
                if path in it.dirty or path in it.at_work:
                    return float("inf")
                still = max(still, it.written.get(path, float("-inf")) + self._settings.still_after)
        return still

    def _still_in(self, pair: tuple[str, str]) -> float:
        state = self._pairs[pair]
        now = time.monotonic()
        waits = [self._still_at(each) - now for each in (*state.edits, *state.symbols)]
        finite = [each for each in waits if 0 < each < float("inf")]
        return min(finite, default=self._settings.still_after)

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell_person(text)

    async def _do(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """In the thread, after what it was given before."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **kwargs))


def _survey(desk: Desk, sheet: Sheet) -> list[Outcome]:
    """What is known in process of a side and those that it could meet."""
    pairs = [_pair(sheet.name, name) for name in desk.near(sheet.name)]
    if desk.target is not None and desk.target.base != sheet.base:
        pairs.append((sheet.name, TARGET))
    return [outcome for pair in pairs if (outcome := _survey_pair(desk, pair)) is not None]


def _survey_pair(desk: Desk, pair: tuple[str, str]) -> Outcome | None:
    left = desk.sheets.get(pair[0])
    right = desk.target if pair[1] == TARGET else desk.sheets.get(pair[1])
    return desk.survey(left, right) if left is not None and right is not None else None


def _pair(one: str, other: str) -> tuple[str, str]:
    """Two sides, the left one first; the target is the right one of any."""
    if TARGET in (one, other):
        return (other if one == TARGET else one, TARGET)
    return (one, other) if one < other else (other, one)


def _is_there(top: Path) -> bool:
    """Whether there is a worktree: something else in it than ``.git``."""
    try:
        return any(each.name != ".git" for each in top.iterdir())
    except OSError:
        return False


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
    """Twice as many, in a round number."""
    return max(2**19, 2 ** (2 * limit - 1).bit_length())


def _is_within(path: str) -> bool:
    parts = path.split("/")
    return bool(path) and not {"", ".", "..", ".git"}.intersection(parts) and "\0" not in path


def _directories_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
