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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from headway.conflicts.pairs import edit_conflicts, symbol_conflicts
from headway.conflicts.watching.desk import Desk, Outcome, Sheet
from headway.conflicts.watching.intake import BROKEN, Intake
from headway.conflicts.watching.news import News, Pair
from headway.conflicts.watching.nouns import TARGET, Look, Tell, Tools, WatchSettings
from headway.conflicts.watching.side import NEVER, Side
from headway.conflicts.watching.worker import Worker
from headway.nouns import Conflict

#: How long a side waits for more of a burst before it is looked at, in seconds.
GATHER = 0.01

#: How often it is seen how much was written, in seconds.
_RENEW_EVERY = 60.0

#: How many git processes are asked at once.
_ASKED_AT_ONCE = 2

#: When what went wrong is tried again, in seconds.
_AGAIN_AFTER = 1.0

#: So often one pair is searched for symbols while sides wait.
_SEARCH_EVERY = 8


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
        #: Held while something is looked at: no object of it may go meanwhile.
        self._looking = asyncio.Lock()
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)
        #: Sides to look at; sides whose symbols may meet others' by now; pairs to search.
        self._ready: dict[str, None] = {}
        self._reaching: dict[str, None] = {}
        self._searches: dict[Pair, None] = {}
        self._has_work = asyncio.Event()
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
            async with self._looking:
                if not (self._ready or self._searches or self._reaching):
                    return
            await asyncio.sleep(0.002)

    async def renew(self) -> None:
        """Throw away what was written for looks that are over."""
        desk, _ = await self._open()
        async with self._looking:
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
                    asyncio.create_task(self._work(self._desk, self._intake), name="conflicts"),
                    asyncio.create_task(self._intake.scan_unwatched(), name="conflicts scan"),
                    asyncio.create_task(self._renew_when_large(), name="conflicts scratch"),
                ]
            return self._desk, self._intake

    def _make_ready(self, side: Side) -> None:
        self._ready.setdefault(side.name)
        self._has_work.set()

    async def _work(self, desk: Desk, intake: Intake) -> None:
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
                side = intake.sides.get(name)
                if side is not None and not await self._guarded(self._look_at(side, desk, intake), name):
                    self._again_later(side)
            elif self._searches and (not self._reaching or rounds % 2):
                pair = next(iter(self._searches))
                del self._searches[pair]
                await self._guarded(self._search(pair, desk), " and ".join(pair))
            elif self._reaching:
                name = next(iter(self._reaching))
                del self._reaching[name]
                await self._guarded(self._reach(name, desk), name)

    async def _guarded(self, work: Awaitable[None], what: str) -> bool:
        """Whether it could be done; one side's trouble is told and holds nobody else up."""
        try:
            async with self._looking:
                await work
        except BROKEN as error:
            self._tell(f"conflicts of {what} cannot be seen now: {error}")
            return False
        return True

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
        pairs = set(await self._worker.do(desk.met_by, name))
        for pair in pairs:
            self._searches[pair] = None
        for state in self._news.of(name):
            if state.sides not in pairs:
                self._searches.pop(state.sides, None)
                self._news.set(state.sides, symbols=(), is_searching=False)

    async def _search(self, pair: Pair, desk: Desk) -> None:
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
