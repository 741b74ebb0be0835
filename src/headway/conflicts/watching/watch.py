"""Conflicts while they are typed: the door to this room, for the coordinator's event loop.

A file event makes its path dirty and its side ready. Ready sides are worked through one after the other: what stands at
the dirty paths is read, the side becomes a tree, and it is held against those that it could meet. That is done by one
thread (:mod:`.desk`); git is asked from the loop, where the thread could not decide. A side that changes again before
its turn is looked at once. Symbols come after edits. What stands is told when the files have been still.

Not for: what becomes of a conflict (:mod:`.life`), starting git (:class:`.nouns.Tools`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from headway.conflicts.pairs import edit_conflicts, symbol_conflicts
from headway.conflicts.watching.desk import Desk, Outcome, Sheet
from headway.conflicts.watching.intake import BROKEN, Intake
from headway.conflicts.watching.news import News, Pair
from headway.conflicts.watching.nouns import TARGET, Look, Tell, Tools, WatchSettings
from headway.conflicts.watching.side import NEVER, Side
from headway.conflicts.watching.worker import Worker
from headway.nouns import Conflict

_K = TypeVar("_K")

#: How long a side waits for more of a burst before it is looked at, in seconds.
GATHER = 0.01

#: How often it is seen how much was written, in seconds.
_RENEW_EVERY = 60.0

#: How many git processes are asked at once.
_ASKED_AT_ONCE = 2

#: When what went wrong is tried again, in seconds.
_AGAIN_AFTER = 1.0


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
        self._worker = Worker()
        self._news = News(self._still_at, clock)
        self._desk: Desk | None = None
        self._intake: Intake | None = None
        self._opening = asyncio.Lock()
        #: Held while edits are looked at, and while symbols are: no object of theirs may go meanwhile.
        self._looking = asyncio.Lock()
        self._searching = asyncio.Lock()
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)
        #: Sides to look at; sides whose symbols may meet others' by now; pairs to search.
        self._ready: dict[str, None] = {}
        self._reaching: dict[str, None] = {}
        self._searches: dict[Pair, None] = {}
        self._has_ready = asyncio.Event()
        self._has_searches = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # What the coordinator calls

    async def add(self, side: str, worktree: Path, base: str, *, fresh: bool = True) -> None:
        """Watch a worktree from now on; what is written after this returns is seen.

        ``base``: the commit that it stands at. ``fresh``: nothing in it differs from that yet; else it is looked
        through once. Raises GitError, OSError.
        """
        desk, intake = await self._open()
        await self.remove(side)
        sheet = await self._worker.do(desk.begin, side, base, top=str(worktree))
        new = Side(side, base, worktree, sheet, wants_scan=not fresh)
        await intake.begin(new, desk)
        self._make_ready(new)

    async def add_work(self, side: str, commit: str, base: str) -> None:
        """Take finished work in place of a side's worktree. Raises GitError, OSError."""
        desk, intake = await self._open()
        await intake.end(side)
        sheet = await self._worker.do(desk.begin, side, base, commit=commit)
        new = Side(side, base, None, sheet)
        await intake.begin(new, desk)
        self._make_ready(new)

    async def remove(self, side: str) -> None:
        """It landed, was cancelled or given back: nothing of it counts any more."""
        desk, intake = await self._open()
        if await intake.end(side) is None:
            return
        await self._worker.do(desk.end, side)
        for pair in [pair for pair in self._searches if side in pair]:
            del self._searches[pair]
        for state in self._news.of(side):
            self._news.set(state.sides, edits=(), symbols=(), is_searching=False)

    async def target(self, commit: str) -> None:
        """The target is at this commit now. Raises GitError, OSError."""
        desk, intake = await self._open()
        await self._worker.do(desk.begin, TARGET, commit)
        for side in intake.sides.values():
            self._make_ready(side)

    def touched(self, side: str, paths: Iterable[str]) -> None:
        """An agent said that it wrote these paths of its worktree, relative to its top."""
        found = self._side(side)
        if found is not None and found.top is not None and self._intake is not None:
            self._intake.touched(found, paths)

    def ended(self, side: str) -> None:
        """The agent's tool call has ended: what it wrote is still at once."""
        if self._intake is not None:
            self._intake.read_events()
        found = self._side(side)
        if found is not None:
            found.rest()
            self._say_all(found)

    def settled(self, side: str) -> None:
        """The agent has ended: the same."""
        self.ended(side)

    def looks(self) -> AsyncIterator[Look]:
        """What is between pairs, whenever it changes: of each pair the newest, in the order in which they changed.
        Ends when the watch is closed. For one reader."""
        return self._news.looks()

    async def quiet(self) -> None:
        """Wait until all that happened before is looked at (not until it is still)."""
        while True:
            if self._intake is not None:
                self._intake.read_events()
            async with self._looking, self._searching:
                if not (self._ready or self._searches or self._reaching):
                    return
            await asyncio.sleep(0.002)

    async def renew(self) -> None:
        """Throw away what was written for looks that are over."""
        desk, _ = await self._open()
        async with self._looking, self._searching:
            try:
                await self._tools.renew()
                await self._worker.do(desk.renew)
                await self._tools.drop_old()
            except BROKEN as error:
                self._tell(f"what was written for conflicts cannot be made smaller: {error}")

    async def close(self) -> None:
        """Watch nothing any more; :meth:`looks` ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._intake is not None:
            self._intake.close()
        if self._desk is not None:
            await self._worker.do(self._desk.close)
        self._worker.close()
        self._news.close()

    @property
    def watches(self) -> int:
        """How many directories are watched."""
        return self._intake.watches if self._intake is not None else 0

    # Work

    async def _open(self) -> tuple[Desk, Intake]:
        async with self._opening:
            if self._desk is None or self._intake is None:
                self._desk = await self._worker.do(Desk, self._tools, symbols=self._settings.symbols)
                self._intake = Intake(
                    self._tools, self._settings, self._worker, ready=self._make_ready, tell=self._tell
                )
                self._tasks = [
                    asyncio.create_task(self._look(self._desk, self._intake), name="conflicts of edits"),
                    asyncio.create_task(self._search(self._desk), name="conflicts of symbols"),
                    asyncio.create_task(self._intake.scan_unwatched(), name="conflicts scan"),
                    asyncio.create_task(self._renew_when_large(), name="conflicts scratch"),
                ]
            return self._desk, self._intake

    def _make_ready(self, side: Side) -> None:
        self._ready.setdefault(side.name)
        self._has_ready.set()

    async def _look(self, desk: Desk, intake: Intake) -> None:
        """Look at sides that were written, for ever."""
        while True:
            if not self._ready:
                self._has_ready.clear()
                await self._has_ready.wait()
                await asyncio.sleep(GATHER)
            name = next(iter(self._ready))
            del self._ready[name]
            side = intake.sides.get(name)
            if side is None:
                continue
            try:
                async with self._looking:
                    await self._look_at(side, desk, intake)
            except BROKEN as error:
                self._tell(f"conflicts of {name} cannot be seen now: {error}")
                self._again_later(side)

    async def _search(self, desk: Desk) -> None:
        """Search for broken symbols where they could be, for ever: beside the looks at edits, which have the thread
        between any two files and any two pairs."""
        while True:
            if not (self._reaching or self._searches):
                self._has_searches.clear()
                await self._has_searches.wait()
            try:
                async with self._searching:
                    if self._reaching:
                        await self._reach(_first(self._reaching), desk)
                    if self._searches:
                        await self._search_pair(_first(self._searches), desk)
            except BROKEN as error:
                self._tell(f"conflicts of symbols cannot be seen now: {error}")

    def _again_later(self, side: Side) -> None:
        """What could not be looked at is not forgotten."""
        side.dirty |= side.at_work
        side.at_work = set()
        asyncio.get_running_loop().call_later(_AGAIN_AFTER, self._make_ready, side)

    async def _look_at(self, side: Side, desk: Desk, intake: Intake) -> None:
        if side.top is not None:
            await intake.take_in(side, desk)
        for state in self._news.of(side.name):
            state.is_searching = state.is_searching or bool(state.symbols)
        await self._judge(side, desk)
        if self._settings.symbols:
            self._reaching.setdefault(side.name)
            self._has_searches.set()
        self._say_all(side)

    async def _judge(self, side: Side, desk: Desk) -> None:
        """Hold a side against those that it could meet."""
        await self._write_big(await self._worker.do(desk.big, side.name), desk)
        outcomes = await self._worker.do(desk.survey_side, side.name)
        asked = [each for each in outcomes if each.wants_git]
        await asyncio.gather(*(self._ask(each, desk) for each in asked))
        met: set[Pair] = set()
        side.at_work = set()
        for outcome, own in await self._worker.do(desk.own_of_all, outcomes):
            pair = (outcome.left.name, outcome.right.name)
            met.add(pair)
            if self._is_known(pair):
                self._news.set(pair, edits=edit_conflicts(own, pair, datetime.now(UTC)))
        for state in self._news.of(side.name):
            if state.sides not in met:
                self._news.set(state.sides, edits=())

    async def _ask(self, outcome: Outcome, desk: Desk) -> None:
        async with self._asking:
            await self._write_big(desk.unwritten(outcome), desk)
            names = (outcome.left.name, outcome.right.name)
            verdict = await self._tools.ask(outcome.base, *outcome.trees, names)
        await self._worker.do(desk.answer, outcome, verdict)

    async def _write_big(self, wanted: Sequence[tuple[Sheet, list[str]]], desk: Desk) -> None:
        for sheet, paths in wanted:
            entries = await self._tools.read(Path(sheet.top), sheet.base, paths)
            await self._worker.do(desk.written, sheet, entries)

    async def _reach(self, name: str, desk: Desk) -> None:
        """Find the pairs of a side that are worth a search for symbols."""
        for path, change in await self._worker.do(desk.unread, name):
            await self._worker.do(desk.read_reach, path, change)
        pairs = set(await self._worker.do(desk.met_by, name))
        for pair in pairs:
            self._searches[pair] = None
        for state in self._news.of(name):
            if state.sides not in pairs:
                self._searches.pop(state.sides, None)
                self._news.set(state.sides, symbols=(), is_searching=False)

    async def _search_pair(self, pair: Pair, desk: Desk) -> None:
        """Search one pair for what merges as text and breaks as a program."""
        outcome = await self._worker.do(desk.survey_pair, pair)
        if outcome is not None and outcome.wants_git:
            await self._ask(outcome, desk)
        found = await self._worker.do(desk.symbols, outcome) if outcome is not None else []
        if pair not in self._searches and self._is_known(pair):
            is_old = any(name in self._ready or name in self._reaching for name in pair)
            symbols = symbol_conflicts(found, pair, datetime.now(UTC))
            self._news.set(pair, symbols=symbols, is_searching=is_old)

    async def _renew_when_large(self) -> None:
        """Begin a new place for objects when what was written for looks that are over fills the disk."""
        while True:
            await asyncio.sleep(_RENEW_EVERY)
            if await asyncio.to_thread(self._tools.size) > self._settings.most_scratch:
                await self.renew()

    # Telling

    def _side(self, name: str) -> Side | None:
        return self._intake.sides.get(name) if self._intake is not None else None

    def _is_known(self, pair: Pair) -> bool:
        return all(name == TARGET or self._side(name) is not None for name in pair)

    def _say_all(self, side: Side) -> None:
        for state in self._news.of(side.name):
            self._news.say(state)

    def _still_at(self, conflict: Conflict) -> float:
        sides = [side for name in conflict.involved_agents if (side := self._side(name)) is not None]
        return max((side.still_at(conflict, self._settings.still_after) for side in sides), default=NEVER)

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell_person(text)


def _first(waiting: dict[_K, None]) -> _K:
    """The one that waits the longest; it waits no more."""
    first = next(iter(waiting))
    del waiting[first]
    return first
