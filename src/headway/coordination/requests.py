"""What people ask of a running coordinator from other processes: cancel, retry, drain, leave, kill.

A request lies in the store until its effect is recorded, so that none is lost with a coordinator that dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from headway.agents import process
from headway.coordination.context import RunContext
from headway.coordination.landing_queue import LandingQueue
from headway.coordination.scheduler import Scheduler
from headway.coordination.steps import CANCELLED
from headway.errors import AgentError
from headway.nouns import AttemptState, EscalationState, Request, RequestKind, TicketState

#: How often the store is asked for requests, in seconds; 0.1 ms each.
LOOK_EVERY = 0.3

#: What launchers are told when everything is to end; the tickets stay open.
STOPPED = "headway stop --kill"

#: Where a ticket goes on that was given up before its latest attempt's work was a commit: what failed may work now.
_STATE_OF = {
    AttemptState.STARTING: TicketState.RUNNING,
    AttemptState.RUNNING: TicketState.RUNNING,
    AttemptState.ENDED: TicketState.COLLECTING,
}


@dataclass(kw_only=True)
class Requests:
    """Does what people ask."""

    context: RunContext
    scheduler: Scheduler
    queue: LandingQueue
    #: Begins a ticket's workflow anew.
    begin: Callable[[str], None]
    #: Ends a ticket's workflow where it waits for admission.
    end: Callable[[str], None]
    #: The coordinator is to go and leave the agents.
    leave: Callable[[], None]
    #: Takes back what settled a conflict.
    undo: Callable[[str], None]
    _killing: bool = False
    #: Directories of attempts that were asked to end.
    _asked: set[str] = field(default_factory=set)

    async def serve(self) -> None:
        """Look for requests until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Do what was asked since the last time, as far as it can be done now."""
        for request in self.context.store.requests():
            self._handle(request)
        if self._killing:
            self._stop_agents()

    def _handle(self, request: Request) -> None:
        done = True
        match request.kind:
            case RequestKind.DRAIN:
                self.scheduler.drain()
            case RequestKind.KILL:
                self.kill()
            case RequestKind.LEAVE:
                pass  # once it is taken, below
            case RequestKind.CANCEL:
                done = self._cancel(request.ticket or "")
            case RequestKind.RETRY:
                done = self._retry(request.ticket or "")
            case RequestKind.UNDO:
                self.undo(str(request.data.get("conflict") or ""))
            case RequestKind.ANSWER:
                done = self._answer(request)
        if done:
            with self.context.write() as writer:
                writer.take_request(request.id)
                self.context.record(writer, f"request.{request.kind.value}", request.ticket)
            if request.kind is RequestKind.LEAVE:
                self.leave()

    def kill(self) -> None:
        """End the agents with everything that they started; their work is collected, the tickets stay open."""
        self.scheduler.drain()
        self._killing = True
        self._stop_agents()

    def _stop_agents(self) -> None:
        """Ask all agents to end that were not asked yet; whoever cannot be asked now is asked again in a moment."""
        for attempt in self.context.store.attempts(self.context.run.id):
            at_work = attempt.state in (AttemptState.STARTING, AttemptState.RUNNING)
            if at_work and attempt.directory not in self._asked:
                with suppress(AgentError):
                    process.stop(Path(attempt.directory), STOPPED)
                    self._asked.add(attempt.directory)

    def _cancel(self, ticket: str) -> bool:
        """Whether there is nothing more to do about it."""
        if ticket not in self.context.board:
            return True
        progress = self.context.board[ticket]
        match progress.state:
            case TicketState.WAITING | TicketState.BLOCKED | TicketState.FAILED | TicketState.NEEDS_HUMAN:
                return self._cancel_idle(ticket)
            case TicketState.RUNNING:
                return self._stop_agent(ticket, progress.attempt)
            case TicketState.LANDING:
                return self.queue.withdraw(ticket)
            case _:
                return progress.state.is_over  # else it is between two steps: in a moment it is not

    def _cancel_idle(self, ticket: str) -> bool:
        if ticket in self.scheduler.admitted:
            return False  # on its way to a worktree: in a moment there is an agent to stop
        self.end(ticket)
        with self.context.write() as writer:
            self.context.save(writer, ticket, TicketState.CANCELLED, "cancelled")
            self.context.record(writer, "ticket.cancelled", ticket, reason="cancelled")
        return True

    def _stop_agent(self, ticket: str, number: int) -> bool:
        attempt = self.context.store.attempt(self.context.run.id, ticket, number)
        assert attempt is not None, "a ticket that runs has an attempt"
        try:
            process.stop(Path(attempt.directory), CANCELLED)
        except AgentError:
            return False
        return True

    def _answer(self, request: Request) -> bool:
        """Note the answer with its question, and try the tickets again that it is about."""
        context = self.context
        question = context.store.escalation(str(request.data.get("escalation") or ""))
        if question is None or question.state is not EscalationState.OPEN:
            return True  # somebody was quicker, or it is over
        now = context.clock()
        answered = replace(question, state=EscalationState.ANSWERED, answer=dict(request.data), ended_at=now)
        with context.write() as writer:
            writer.save_escalation(answered)
        for ticket in question.tickets:
            self._retry(ticket)
        return True

    def _retry(self, ticket: str) -> bool:
        context = self.context
        if ticket not in context.board:
            return True
        progress = context.board[ticket]
        if progress.state not in (TicketState.FAILED, TicketState.NEEDS_HUMAN, TicketState.CANCELLED):
            return True
        attempt = context.store.attempt(context.run.id, ticket, progress.attempt)
        state = _STATE_OF.get(attempt.state, TicketState.WAITING) if attempt else TicketState.WAITING
        with context.write() as writer:
            context.save(writer, ticket, state, "a person asked", failures=0, redos=0)
            context.record(writer, "ticket.waiting", ticket, reason="a person asked for another try")
        self.begin(ticket)
        return True
