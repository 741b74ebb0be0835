"""Takes one run from where it stands to its end, while it holds the lease.

It may be killed at any moment: whatever it does is in the store before it has an effect, agents outlive it, and the
next coordinator goes on. This is the shell; what is decided stands in :mod:`.decide`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headway.coordination.checkpoints import open_saver
from headway.coordination.context import RunContext
from headway.coordination.landing_queue import LOOK_AGAIN, LandingQueue
from headway.coordination.messages import told_with_mend
from headway.coordination.recovery import recover
from headway.coordination.requests import Requests
from headway.coordination.result import RunResult, result_of
from headway.coordination.scheduler import Scheduler
from headway.coordination.seeing import Seeing
from headway.coordination.settling import Settling
from headway.coordination.signs import Signs
from headway.coordination.slots import Slots
from headway.coordination.steps import TicketSteps
from headway.coordination.verification import Verifier
from headway.errors import AgentError, GitError, HeadwayError, TargetMissing
from headway.landing.pool import WorktreePool
from headway.nouns import RunState, TicketState

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

#: How often the lease is renewed, in seconds.
RENEW_EVERY = 5.0

#: After this long without a renewal a coordinator that cannot be seen dead is presumed so, in seconds.
LEASE_PATIENCE = 60.0

#: How often a ticket's step is tried again after git, the disk or the process table failed it, before a person is
#: asked; the pauses between double from one second.
TROUBLES = 5

#: Slots beyond one for each agent: a worktree is still being collected while the next agent wants one, and
#: verification has its own.
MORE_SLOTS = 4


class Coordinator:
    """One run's coordinator. Make one, ``await`` its :meth:`run`."""

    def __init__(self, context: RunContext, store_url: str) -> None:
        self._context = context
        self._store_url = store_url
        self._scheduler = Scheduler(context, hindered=lambda: self._queue.hindered())  # noqa: PLW0108 (made below)
        self._slots = Slots(context, WorktreePool(context.git), most=context.limits.agents + MORE_SLOTS)
        self._verifier = Verifier(context, self._slots)
        self._queue = LandingQueue(context, self._verifier)
        self._signs = Signs(context)
        self._seeing = Seeing(context=context, settle=lambda record: self._settling.settle(record))  # noqa: PLW0108
        self._settling = Settling(context=context, seeing=self._seeing)
        self._requests = Requests(
            context=context,
            scheduler=self._scheduler,
            queue=self._queue,
            begin=self._begin,
            end=self._end,
            leave=self.leave,
            undo=self._settling.undo,
        )
        self._leaving = asyncio.Event()
        self._carriers: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._graph: Any = None
        self._saver: BaseCheckpointSaver[Any] | None = None

    def drain(self) -> None:
        """Nothing new starts; when what runs has ended and landed, the run stops."""
        self._scheduler.drain()

    def leave(self) -> None:
        """Go now and leave the agents at work; the next coordinator finds them."""
        self._leaving.set()

    def kill(self) -> None:
        """End the agents with everything that they started, keep their work, and stop."""
        self._requests.kill()

    async def run(self) -> RunResult:
        """Carry every open ticket as far as it goes. Raises HeadwayError (LeaseLost, StoreError, …)."""
        try:
            async with open_saver(self._store_url) as saver:
                self._saver = saver
                await self._run()
        except* HeadwayError as group:
            error = _first(group)
            error.exit_status = 1  # a failure on the way, whatever it would be before a run
            raise error from None
        return result_of(self._context.store, self._context.run.id)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            services = [group.create_task(self._renew())]
            # Ending what earlier runs left can take longer than a lease may be silent.
            await recover(self._context, self._slots, self._verifier)
            await self._queue.catch_up()
            services += [group.create_task(service) for service in (self._signs.watch(), self._warm())]
            # A second of imports, while git fills worktrees beside it.
            await asyncio.to_thread(_import_langgraph)
            self._graph = self._build()
            services += [
                # Before the scheduler looks whether the run is over: somebody may have asked for another try.
                group.create_task(self._requests.serve()),
                group.create_task(self._scheduler.serve()),
                group.create_task(self._queue.serve()),
                group.create_task(self._seeing.serve()),
            ]
            for progress in self._context.board.all():
                if not progress.state.is_over or progress.state is TicketState.BLOCKED:
                    self._begin(progress.ticket.id)
            over = group.create_task(self._until_over())
            leaving = group.create_task(self._leaving.wait())
            await asyncio.wait((over, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not self._leaving.is_set():
                with suppress(TargetMissing):
                    await self._queue.catch_up()
                self._end_run()
            for task in (*services, *self._carriers.values(), over, leaving):
                task.cancel()

    async def _until_over(self) -> None:
        over = self._scheduler.over
        while True:
            await over.wait()
            self._requests.look()  # what was asked in the last moment
            self._scheduler.decide()
            if over.is_set():
                return

    def _build(self) -> Any:
        from headway.coordination.workflow import build_workflow

        steps = TicketSteps(
            context=self._context,
            slots=self._slots,
            queue=self._queue,
            signs=self._signs,
            seeing=self._seeing,
            admitted=self._scheduler.wait_for_admission,
            released=self._scheduler.release,
            draining=lambda: self._scheduler.draining,
        )
        return build_workflow(steps, self._saver)

    def _begin(self, ticket: str) -> None:
        """Carry a ticket from where the store says it stands."""
        assert self._group is not None, "a ticket is carried within a run"
        running = self._carriers.get(ticket)
        if running is None or running.done():
            self._carriers[ticket] = self._group.create_task(self._carry(ticket), name=ticket)

    def _end(self, ticket: str) -> None:
        carrier = self._carriers.pop(ticket, None)
        if carrier is not None:
            carrier.cancel()

    async def _carry(self, ticket: str) -> None:
        from headway.coordination.workflow import thread_of

        thread = thread_of(self._context.run.id, ticket)
        troubles = 0
        while True:
            try:
                await self._graph.ainvoke({"task": ticket}, thread)
                break
            except TargetMissing as error:
                if troubles == 0:
                    self._tell_trouble(ticket, error)
                troubles = 1
                await asyncio.sleep(LOOK_AGAIN)  # for as long as it takes: only its user can bring it back
            except (GitError, AgentError, OSError) as error:
                troubles += 1
                if troubles > TROUBLES:
                    await self._give_up(ticket, error)
                    break
                self._tell_trouble(ticket, error)
                await asyncio.sleep(2.0 ** (troubles - 1))
        if self._context.board[ticket].state is TicketState.LANDED and self._saver is not None:
            await self._saver.adelete_thread(thread["configurable"]["thread_id"])

    def _tell_trouble(self, ticket: str, error: Exception) -> None:
        with self._context.write() as writer:
            self._context.record(writer, "ticket.trouble", ticket, reason=told_with_mend(error))

    async def _give_up(self, ticket: str, error: Exception) -> None:
        reason = f"{told_with_mend(error)}; tried {TROUBLES + 1} times, its work is kept"
        attempt = self._context.board[ticket].attempt
        with self._context.write() as writer:
            self._context.save(writer, ticket, TicketState.NEEDS_HUMAN, reason)
            self._context.record(writer, "ticket.needs_human", ticket, reason=reason)
        self._scheduler.release(ticket)
        prepared = self._slots.held_by((self._context.run.id, ticket, attempt + 1))
        if prepared is not None:  # for an agent that does not come any more
            await self._slots.give_back(prepared.id)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            self._context.store.renew_lease(self._context.fence, now=self._context.clock())

    async def _warm(self) -> None:
        """Fill worktrees for the tickets that start first, before anybody asks for them."""
        context = self._context
        waiting = sum(1 for p in context.board.all() if p.state is TicketState.WAITING)
        count = min(waiting, context.limits.agents - len(self._scheduler.admitted))
        with suppress(GitError, OSError):  # who needs one will meet the same trouble, and tell it
            await self._slots.warm(await context.target.read_tip(context.git), count)

    def _end_run(self) -> None:
        context = self._context
        stopped = any(not p.state.is_over for p in context.board.all())
        state = RunState.STOPPED if stopped else RunState.ENDED
        context.run = replace(context.run, state=state, ended_at=context.clock())
        with context.write() as writer:
            writer.save_run(context.run)
            counts = result_of(context.store, context.run.id, ended_at=context.run.ended_at).counts()
            context.record(writer, f"run.{state.value}", **counts)


def _import_langgraph() -> None:
    import importlib

    for name in ("langgraph.graph", "langgraph.types"):
        importlib.import_module(name)


def _first(group: BaseExceptionGroup[HeadwayError]) -> HeadwayError:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, HeadwayError), "only such were let through"
    return found
