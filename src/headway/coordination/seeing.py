"""Sees conflicts between the tickets of a run while they are typed, and keeps the table of them.

What each agent writes is held against what the others write, the work that waits to land, and the target
(:mod:`headway.conflicts.watching`); what comes of it is written into the store, told once, and handed on to be settled.

Not for: what is done about a conflict (:mod:`.settling`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from headway.conflicts.watching.life import records
from headway.coordination.context import RunContext
from headway.errors import GitError
from headway.nouns import Attempt, ConflictRecord, ConflictState, Event, LandingState

if TYPE_CHECKING:
    from headway.conflicts.watching import ConflictWatch, Look
    from headway.store.store import Writer

#: What says that nothing of a ticket is to be watched any more, until it begins again.
_OVER = frozenset(
    {
        "landing.landed",
        "ticket.waiting",
        "ticket.landed",
        "ticket.failed",
        "ticket.needs_human",
        "ticket.cancelled",
    }
)

#: What is told of a conflict when it comes into a state. Forming is not told: most of it is gone in a moment.
_TOLD = (ConflictState.STANDING, ConflictState.GONE)


@dataclass(kw_only=True)
class Seeing:
    """The watch over one run's agents. Switched off (``conflicts.watch``), it does nothing."""

    context: RunContext
    #: Told of each conflict that begins to stand.
    settle: Callable[[ConflictRecord], None]
    _watch: ConflictWatch | None = None
    _heard: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    #: The newest record of each conflict of the run: the store is the authority, and this its only writer.
    _records: dict[str, ConflictRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.context.settings.conflicts.watch:
            found = self.context.store.conflicts(self.context.run.id)
            self._records = {record.id: record for record in found}
            self.context.listeners.append(self._hear)

    def save(self, record: ConflictRecord) -> None:
        """Take in what a resolution made of a conflict, once it is committed."""
        self._records[record.id] = record

    async def serve(self) -> None:
        """Take in what is seen until cancelled."""
        if not self.context.settings.conflicts.watch:
            return
        watch, context = self._open(), self.context
        following = asyncio.create_task(self._follow())
        try:
            with suppress(GitError, OSError):
                await watch.target(await context.target.read_tip(context.git))
            for landing in context.store.landings(context.run.id):
                attempt = context.store.attempt(context.run.id, landing.ticket, landing.attempt)
                if landing.state is LandingState.QUEUED and attempt is not None:
                    await self.queued(attempt)
            async for look in watch.looks():
                self._take(look)
        finally:
            following.cancel()
            await watch.close()

    async def begin(self, attempt: Attempt, worktree: Path, *, fresh: bool) -> None:
        """An agent comes to work in a worktree (``fresh``: that stands at its base), or is at work there."""
        if self.context.settings.conflicts.watch:
            await self._heard.join()  # of its earlier attempts
            await self._guarded(self._open().add(attempt.ticket, worktree, attempt.base, fresh=fresh))

    def ended(self, attempt: Attempt) -> None:
        """The agent has ended: what it wrote is still."""
        if self._watch is not None:
            self._watch.ended(attempt.ticket)

    async def queued(self, attempt: Attempt) -> None:
        """What it wrote is a commit that waits to land."""
        if self._watch is not None and attempt.work is not None:
            await self._guarded(self._watch.add_work(attempt.ticket, attempt.work, attempt.base))

    async def forget(self, attempt: Attempt) -> None:
        """What it wrote does not count, or its worktree goes to another."""
        if self._watch is not None:
            await self._watch.remove(attempt.ticket)

    async def _guarded(self, step: Awaitable[None]) -> None:
        """What cannot be watched is worked on all the same: conflicts come to light when it lands."""
        try:
            await step
        except (GitError, OSError) as error:
            self._tell(f"conflicts cannot be seen while they are typed: {error}")

    def _open(self) -> ConflictWatch:
        if self._watch is None:
            from headway.conflicts.watching import ConflictWatch, WatchSettings
            from headway.coordination.watch_tools import WatchTools

            context = self.context
            settings = WatchSettings(still_after=context.settings.conflicts.still_after)
            self._watch = ConflictWatch(
                WatchTools(context.git), settings, tell=self._tell, clock=context.clock
            )
        return self._watch

    async def _follow(self) -> None:
        """Do one after the other what events ask for."""
        while True:
            event = await self._heard.get()
            try:
                await self._guarded(self._follow_event(event))
            finally:
                self._heard.task_done()

    async def _follow_event(self, event: Event) -> None:
        watch = self._open()
        if event.kind == "landing.landed":
            await watch.target(event.data["commit"])
        if event.ticket is not None:
            await watch.remove(event.ticket)

    def _hear(self, event: Event) -> None:
        if event.kind in _OVER:
            self._heard.put_nowait(event)

    def _take(self, look: Look) -> None:
        """Write down what a look at a pair changes."""
        context = self.context
        changed = records(list(self._records.values()), look, context.clock(), run=context.run.id)
        if not changed:
            return
        began = [r for r in changed if r.state is not self._state(r.id) and r.state in _TOLD]
        with context.write() as writer:
            for record in changed:
                writer.save_conflict(record)
            for record in began:
                self._record(writer, record)
        for record in changed:
            self._records[record.id] = record
        for record in began:
            if record.state is ConflictState.STANDING:
                self.settle(record)

    def _state(self, id_: str) -> ConflictState | None:
        known = self._records.get(id_)
        return known.state if known is not None else None

    def _record(self, writer: Writer, record: ConflictRecord) -> None:
        conflict = record.conflict
        self.context.record(
            writer,
            f"conflict.{record.state.value}",
            next((side for side in conflict.involved_agents if side in self.context.board), None),
            conflict=record.id,
            type=conflict.conflict_type,
            between=list(conflict.involved_agents),
            severity=conflict.severity,
            path=conflict.context.get("path"),
            symbol=conflict.context.get("symbol"),
            detail=conflict.context.get("detail"),
            score=conflict.context.get("score"),
        )

    def _tell(self, text: str) -> None:
        with self.context.write() as writer:
            self.context.record(writer, "run.note", reason=text)
