"""Carries out what :mod:`.decide` says about who is next: admits tickets, blocks those that cannot land, sees the
end of the run. Not for: what a ticket does once it is admitted (:mod:`.steps`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from headway.coordination.context import RunContext
from headway.coordination.decide import (
    Fleet,
    is_drained,
    is_run_over,
    starts,
    tickets_to_block,
    tickets_to_unblock,
)
from headway.nouns import TicketState

_WITH_AGENT = (TicketState.PREPARING, TicketState.RUNNING)


@dataclass
class Scheduler:
    """Decides whenever something has changed."""

    context: RunContext
    #: Tickets whose landing waits for its user.
    hindered: Callable[[], Set[str]]
    #: Nothing new starts; the run stops when nothing is active any more.
    draining: bool = False
    #: Set when the run is over, or drained.
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _admitted: set[str] = field(default_factory=set)
    _waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Agents that outlived an earlier coordinator have their places.
        self._admitted = {p.ticket.id for p in self.context.board.all() if p.state in _WITH_AGENT}

    @property
    def admitted(self) -> frozenset[str]:
        """Tickets that have an agent or will have one next."""
        return frozenset(self._admitted)

    async def wait_for_admission(self, ticket: str) -> None:
        """Wait until a ticket may have an agent."""
        if ticket in self._admitted:
            return
        future = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        self.context.board.changed.set()
        try:
            await future
        finally:
            if self._waiting.get(ticket) is future:  # else the ticket was begun anew meanwhile
                del self._waiting[ticket]

    def release(self, ticket: str) -> None:
        """A ticket's agent has ended."""
        self._admitted.discard(ticket)
        self.context.board.changed.set()

    def drain(self) -> None:
        """Start nothing new from now on."""
        self.draining = True
        self.context.board.changed.set()

    async def serve(self) -> None:
        """Decide until cancelled."""
        changed = self.context.board.changed
        while True:
            changed.clear()
            self.decide()
            await changed.wait()

    def decide(self) -> None:
        """Let in who may start, block who cannot land, see whether the run is over."""
        context = self.context
        progress = context.board.all()
        self._move(
            {t: f"waits for {root}, which will not land" for t, root in tickets_to_block(progress).items()},
            TicketState.BLOCKED,
        )
        self._move(dict.fromkeys(tickets_to_unblock(progress), ""), TicketState.WAITING)
        progress = context.board.all()
        fleet = Fleet(
            progress=progress,
            chain=context.board.chain,
            admitted=self.admitted,
            limits=context.limits,
            draining=self.draining,
            orders=context.board.orders,
            chances=context.board.chances if context.settings.conflicts.foresee else {},
        )
        found = starts(fleet)
        for ticket in found.now:
            future = self._waiting.get(ticket)
            # One whose workflow is not at the door yet cannot be let in.
            if future is not None and not future.done():
                self._admitted.add(ticket)
                future.set_result(None)
        if not self.draining:
            self._tell_waits(found.waits)
        drained = self.draining and is_drained(progress, self._admitted, self.hindered())
        if is_run_over(progress) or drained:
            self.over.set()
        else:
            self.over.clear()

    def _tell_waits(self, waits: Mapping[str, str]) -> None:
        """Say of each ticket that could start and does not for whom it waits."""
        reasons = {ticket: f"waits for {other}, to build on its work" for ticket, other in waits.items()}
        changed = [t for t, reason in reasons.items() if self.context.board[t].reason != reason]
        if changed:
            with self.context.write() as writer:
                for ticket in changed:
                    self.context.save(writer, ticket, TicketState.WAITING, reasons[ticket])

    def _move(self, tickets: dict[str, str], state: TicketState) -> None:
        if not tickets:
            return
        with self.context.write() as writer:
            for ticket, reason in tickets.items():
                self.context.save(writer, ticket, state, reason)
                self.context.record(writer, f"ticket.{state.value}", ticket, reason=reason)
