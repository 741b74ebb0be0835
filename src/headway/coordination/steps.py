"""The effects of a ticket's way: worktree, agent, commit. Each step asks the store first and is safe to run
twice.

Not for: what is done next (:mod:`.decide`), the landing queue (:mod:`.landing_queue`), life signs (:mod:`.signs`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from headway.agents import process
from headway.agents.lost import reason_to_stop
from headway.agents.streams import StreamReader
from headway.coordination.briefing import launch_spec, timeout_of, write_prompt
from headway.coordination.context import RunContext
from headway.coordination.decide import after_attempt, cause_of_next
from headway.coordination.first_start import FirstStarts
from headway.coordination.landing_queue import LandingQueue
from headway.coordination.messages import commit_message
from headway.coordination.seeing import Seeing
from headway.coordination.signs import Signs
from headway.coordination.slots import Slots
from headway.coordination.subprocess_state import SubprocessCoordinationState
from headway.errors import AgentError, GitError
from headway.landing import objects
from headway.landing.snapshot import Snapshot, take_snapshot
from headway.nouns import (
    Attempt,
    AttemptState,
    Exit,
    LandingState,
    Outcome,
    RequestKind,
    Ticket,
    TicketState,
)
from headway.tickets.overlap import names_path

#: What a launcher is told when a person cancels the ticket; any other reason leaves the ticket open.
CANCELLED = "cancelled"

#: The beginning of what a launcher is told when its agent is to go again from another ticket's work.
YIELDS = "yields to "


@dataclass(kw_only=True)
class TicketSteps:
    """The effects behind :mod:`headway.coordination.workflow`."""

    context: RunContext
    slots: Slots
    queue: LandingQueue
    signs: Signs
    seeing: Seeing
    #: Waits until a ticket may have an agent.
    admitted: Callable[[str], Awaitable[None]]
    #: Told when a ticket's agent has ended, so that another may have its place.
    released: Callable[[str], None]
    #: Directories of attempts whose launcher this process started.
    _launched: set[str] = field(default_factory=set)
    _first_starts: FirstStarts = field(default_factory=FirstStarts)
    #: Whether nothing new may start any more.
    draining: Callable[[], bool]

    def where(self, ticket: str) -> TicketState:
        """The ticket's state by the store's row."""
        return self.context.board[ticket].state

    def question(self, ticket: str) -> dict[str, Any]:
        """What a person is asked about a ticket that needs one."""
        return {"ticket": ticket, "reason": self.context.board[ticket].reason}

    async def admit(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the ticket may have an agent."""
        context, ticket = self.context, self._ticket(state)
        await self.admitted(ticket.id)
        return {
            "context": f"{ticket.title}\n\n{ticket.description}",
            "requirements": ticket.verify or context.verify,
            "resource_constraints": {
                "timeout": timeout_of(context, ticket),
                "agents": context.limits.agents,
            },
            "escalation_status": None,
        }

    async def prepare(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Move a worktree to the target as it is now."""
        context, ticket = self.context, self._ticket(state)
        progress = context.board[ticket.id]
        number = progress.attempt + 1
        if self.draining():
            return await self._put_back(ticket)
        if progress.state is not TicketState.PREPARING:
            with context.write() as writer:
                context.save(writer, ticket.id, TicketState.PREPARING, "a worktree is being prepared")
        base = await context.target.read_tip(context.git)
        slot = await self.slots.take((context.run.id, ticket.id, number), base)
        return {"resource_allocations": {_name(ticket.id, number): {"slot": slot.id, "worktree": slot.path}}}

    async def start(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Start the agent under its launcher, once: the launcher's claim makes a second start do nothing."""
        context, ticket = self.context, self._ticket(state)
        number = context.board[ticket.id].attempt + 1
        slot = self.slots.held_by((context.run.id, ticket.id, number))
        assert slot is not None, f"{ticket.id} is prepared without a slot"
        assert slot.base is not None, f"{ticket.id}'s slot stands nowhere"
        earlier = context.store.attempts(context.run.id, ticket.id)
        landings = context.store.landings(context.run.id, ticket.id)
        attempt = Attempt(
            run=context.run.id,
            ticket=ticket.id,
            number=number,
            state=AttemptState.STARTING,
            cause=cause_of_next(earlier, landings, asked_at=self._asked_at(ticket) if earlier else None),
            profile=ticket.agent or context.profile,
            slot=slot.id,
            base=slot.base,
            directory=str(context.home.attempt(context.run.id, ticket.id, number)),
            started_at=context.clock(),
        )
        prompt = await write_prompt(
            context, self.queue.verifier, ticket, attempt, slot.path, earlier, landings
        )
        unstartable = None
        try:
            # Before the attempt is recorded: whoever finds the record can start the launcher.
            process.prepare(
                Path(attempt.directory), launch_spec(context, ticket, attempt, slot.path, prompt, earlier)
            )
        except AgentError as error:
            unstartable = Exit(status=None, how="unstartable", message=f"{error}: {error.mend}".rstrip(": "))
        if unstartable is None:
            await self._first_starts.wait(context.profiles.get(attempt.profile), Path(attempt.directory))
        if self.draining():
            return await self._put_back(ticket)
        if unstartable is None:
            await self.seeing.begin(attempt, Path(slot.path), fresh=True)
        self._save_start(attempt, slot.path)
        if unstartable is not None:
            self._save_end(attempt, unstartable, StreamReader("none"))
        else:
            self._launch(attempt)
        assignment = {"profile": attempt.profile, "base": attempt.base, "cause": attempt.cause.value}
        return {
            "active_subprocesses": [_name(ticket.id, number)],
            "agent_assignments": {_name(ticket.id, number): assignment},
        }

    async def watch(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the agent has ended, by itself or not."""
        ticket = self._ticket(state)
        attempt = self._latest(ticket)
        if attempt.state in (AttemptState.STARTING, AttemptState.RUNNING):
            directory = Path(attempt.directory)
            # Unclaimed though we did not start it: a coordinator died before or while it did. (Ours takes some
            # milliseconds to claim; a second one would leave again, at the cost of starting Python.)
            missing = (
                attempt.directory not in self._launched
                and process.state_of(directory) is process.LaunchState.UNCLAIMED
            )
            if missing and not self._launch(attempt):
                return {"active_subprocesses": []}
            assert attempt.slot is not None, "an agent at work has a worktree"
            worktree = Path(self.slots[attempt.slot].path)
            if attempt.directory not in self._launched:
                await self.seeing.begin(attempt, worktree, fresh=False)
            earlier = self.context.store.attempts(self.context.run.id, ticket.id)[: attempt.number - 1]
            stream = self.signs.follow(attempt, worktree, earlier)
            try:
                exit_ = await process.wait(directory)
            except AgentError as error:
                exit_ = Exit(status=None, how="lost", message=f"{error}: {error.mend}".rstrip(": "))
            finally:
                self.signs.forget(attempt)
                self.seeing.ended(attempt)
            await stream.read_to_end()
            self._save_end(attempt, exit_, stream.events)
        self.released(ticket.id)
        return {"active_subprocesses": []}

    async def collect(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Make everything that the agent wrote a commit under ``refs/headway``; decide what becomes of it."""
        ticket = self._ticket(state)
        attempt = self._latest(ticket)
        if attempt.state is AttemptState.COLLECTED:
            return self._told(ticket)
        assert attempt.slot is not None, f"{_name(ticket.id, attempt.number)} has no worktree to collect"
        with self.slots.in_hand(attempt.slot):
            await self._collect(ticket, attempt, attempt.slot)
        return self._told(ticket)

    async def _collect(self, ticket: Ticket, attempt: Attempt, slot: int) -> None:
        context = self.context
        snapshot = await self._snapshot(ticket, attempt, slot)
        attempt = replace(
            attempt,
            state=AttemptState.COLLECTED,
            outcome=_outcome(attempt, snapshot),
            work=snapshot.commit,
            files=snapshot.files,
            slot=None,
        )
        attempts = [*context.store.attempts(context.run.id, ticket.id)[:-1], attempt]
        next_ = after_attempt(
            context.board[ticket.id], attempts, context.limits, overtaken=self._overtaken(ticket, attempt)
        )
        landing = None
        with context.write() as writer:
            writer.save_attempt(attempt)
            context.record(
                writer,
                "attempt.collected",
                ticket.id,
                attempt.number,
                outcome=attempt.outcome,
                work=attempt.work,
                files=len(attempt.files),
                notes=list(snapshot.notes),
            )
            if next_.state is TicketState.LANDING:
                landing = self.queue.enqueue(writer, attempt)
            landed = attempt.base if next_.state is TicketState.LANDED else None
            context.follow(writer, ticket.id, next_, **({"landed": landed} if landed else {}))
        # Its launcher has ended all that the agent started; where it was killed itself, something may still write.
        is_swept = attempt.exit is not None and attempt.exit.how != "lost"
        try:
            if landing is not None:
                await self.seeing.queued(attempt)
                self.queue.take_up(landing)
            else:
                await self.seeing.forget(attempt)
        finally:
            # Also where the run is over with this ticket, which ends what waits here.
            await self.slots.give_back(slot, seen=snapshot.seen if is_swept else None)

    async def land(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the landing queue is done with the latest attempt's work."""
        ticket = self._ticket(state)
        number = self.context.board[ticket.id].attempt
        landing = await self.queue.result(ticket.id, number)
        if landing.state is not LandingState.CONFLICT:
            return {}
        met = {
            "attempt": number,
            "onto": landing.onto,
            "paths": list(landing.paths),
            "reason": landing.reason,
        }
        return {"conflict_history": [*state.get("conflict_history", []), met]}

    def _ticket(self, state: SubprocessCoordinationState) -> Ticket:
        return self.context.board[state["task"]].ticket

    def _latest(self, ticket: Ticket) -> Attempt:
        number = self.context.board[ticket.id].attempt
        attempt = self.context.store.attempt(self.context.run.id, ticket.id, number)
        assert attempt is not None, f"{ticket.id} is said to run without an attempt"
        return attempt

    def _asked_at(self, ticket: Ticket) -> float | None:
        """When a person asked last for another try."""
        asked = self.context.store.events(
            run=self.context.run.id, ticket=ticket.id, kinds=(f"request.{RequestKind.RETRY}",)
        )
        return asked[-1].at if asked else None

    def _overtaken(self, ticket: Ticket, attempt: Attempt) -> bool:
        """Whether other work landed, since the run began, where this ticket may have its own; asked only of one
        that brought nothing."""
        begun = self.context.run.base
        if attempt.outcome is not Outcome.NOTHING or attempt.base == begun:
            return False
        if not ticket.paths:
            return True
        repository = self.context.git.repository
        trees = (objects.tree_of(repository, commit) for commit in (begun, attempt.base))
        return any(names_path(ticket.paths, change.path) for change in objects.changes(repository, *trees))

    async def _put_back(self, ticket: Ticket) -> SubprocessCoordinationState:
        """Leave a ticket whose agent is not started yet to a later coordinator."""
        context = self.context
        progress = context.board[ticket.id]
        if progress.state is not TicketState.WAITING:
            with context.write() as writer:
                context.save(writer, ticket.id, TicketState.WAITING, "the run was stopped before it began")
        self.released(ticket.id)
        slot = self.slots.held_by((context.run.id, ticket.id, progress.attempt + 1))
        if slot is not None:
            await self.slots.give_back(slot.id)
        return {}

    def _launch(self, attempt: Attempt) -> bool:
        """Start the launcher of a prepared attempt; False where that cannot be, and then the attempt has ended."""
        try:
            process.relaunch(Path(attempt.directory))
        except AgentError as error:
            # Out of processes or memory: not the agent's fault, so it goes again.
            lost = Exit(status=None, how="lost", message=f"{error}: {error.mend}".rstrip(": "))
            self._save_end(attempt, lost, StreamReader("none"))
            self.released(attempt.ticket)
            return False
        self._launched.add(attempt.directory)
        return True

    def _save_start(self, attempt: Attempt, worktree: str) -> None:
        context = self.context
        with context.write() as writer:
            writer.save_attempt(attempt)
            context.save(writer, attempt.ticket, TicketState.RUNNING, "", attempt=attempt.number)
            context.record(
                writer,
                "attempt.started",
                attempt.ticket,
                attempt.number,
                profile=attempt.profile,
                cause=attempt.cause.value,
                base=attempt.base,
                slot=attempt.slot,
                worktree=worktree,
            )

    def _save_end(self, attempt: Attempt, exit_: Exit, events: StreamReader) -> None:
        context = self.context
        reason = reason_to_stop(Path(attempt.directory)) or ""
        if reason == CANCELLED:
            outcome = Outcome.CANCELLED  # asked for, it counts, even where the agent was quicker
        elif reason.startswith(YIELDS) and exit_.how == "stopped":
            outcome = Outcome.YIELDED
        else:
            outcome = _outcome_of_exit(exit_, is_error=events.is_error)
        ended = replace(
            attempt,
            state=AttemptState.ENDED,
            ended_at=context.clock(),
            exit=exit_,
            outcome=outcome,
            session=events.session,
            usage=events.usage,
            files=tuple(sorted(events.edited)),
        )
        with context.write() as writer:
            writer.save_attempt(ended)
            context.save(writer, attempt.ticket, TicketState.COLLECTING, "its work is being made a commit")
            context.record(
                writer,
                "attempt.ended",
                attempt.ticket,
                attempt.number,
                how=exit_.how,
                status=exit_.status,
                seconds=round(exit_.seconds, 3),
                cpu_seconds=round(exit_.cpu_seconds, 3),
                peak_memory=exit_.peak_memory,
                message=exit_.message,
                input_tokens=events.usage.input_tokens,
                output_tokens=events.usage.output_tokens,
                cost=events.usage.cost,
            )

    async def _snapshot(self, ticket: Ticket, attempt: Attempt, slot: int) -> Snapshot:
        context = self.context
        try:
            return await take_snapshot(
                context.git,
                slot,
                self.slots.where(slot),
                base=attempt.base,
                ref=work_ref(attempt),
                message=commit_message(ticket, context.run.id),
                keep=Path(attempt.directory) / "kept",
            )
        except (GitError, OSError):
            self.slots.keep(slot)
            raise

    def _told(self, ticket: Ticket) -> SubprocessCoordinationState:
        attempts = self.context.store.attempts(self.context.run.id, ticket.id)
        return {
            "execution_metrics": {
                "attempts": len(attempts),
                "agent_seconds": sum(a.exit.seconds for a in attempts if a.exit),
                "cpu_seconds": sum(a.exit.cpu_seconds for a in attempts if a.exit),
            },
            "subprocess_performance": {
                _name(a.ticket, a.number): {
                    "outcome": a.outcome.value if a.outcome else None,
                    "seconds": a.exit.seconds if a.exit else None,
                    "tokens": a.usage.input_tokens + a.usage.output_tokens,
                    "cost": a.usage.cost,
                }
                for a in attempts
            },
        }


def work_ref(attempt: Attempt) -> str:
    """The ref that keeps an attempt's work."""
    return f"refs/headway/{attempt.run}/{attempt.ticket}/{attempt.number}"


def _name(ticket: str, number: int) -> str:
    return f"{ticket}/{number}"


def _outcome_of_exit(exit_: Exit, *, is_error: bool) -> Outcome:
    match exit_.how:
        case "timeout":
            return Outcome.TIMEOUT
        case "unstartable":
            return Outcome.UNSTARTABLE
        case "stopped":
            return Outcome.LOST
        case "exited" if exit_.status == 0 and not is_error:
            return Outcome.WORK
        case "exited":
            return Outcome.ERROR
        case _:
            return Outcome.LOST


def _outcome(attempt: Attempt, snapshot: Snapshot) -> Outcome:
    assert attempt.outcome is not None, "an attempt that has ended has an outcome"
    if attempt.outcome is Outcome.WORK and snapshot.commit is None:
        return Outcome.NOTHING
    return attempt.outcome
