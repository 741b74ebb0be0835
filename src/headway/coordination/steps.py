"""The effects of a ticket's way: worktree, agent, commit. Each step asks the store first and is safe to run twice.

Not for: what is done next (:mod:`.decide`), the landing queue (:mod:`.landing_queue`), life signs (:mod:`.signs`).
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from headway.agents import process
from headway.agents.environment import build_environment
from headway.agents.process import LaunchSpec
from headway.agents.profiles import Profile, build_argv
from headway.agents.prompt import Earlier, load_template, render_prompt
from headway.agents.streams import StreamReader
from headway.coordination.context import RunContext
from headway.coordination.decide import after_attempt, cause_of_next
from headway.coordination.landing_queue import LandingQueue
from headway.coordination.signs import Signs
from headway.coordination.slots import Slots
from headway.coordination.subprocess_state import SubprocessCoordinationState
from headway.errors import AgentError, GitError
from headway.landing.snapshot import Snapshot, diff, take_snapshot
from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Exit,
    Landing,
    LandingState,
    Outcome,
    Ticket,
    TicketState,
)

#: Most bytes of an earlier attempt's diff that a prompt carries: some 10,000 tokens.
MOST_DIFF = 40_000

#: What a launcher is told when a person cancels the ticket; any other reason leaves the ticket open.
CANCELLED = "cancelled"


class TicketSteps:
    """The effects behind :mod:`headway.coordination.workflow`."""

    def __init__(
        self,
        context: RunContext,
        slots: Slots,
        queue: LandingQueue,
        signs: Signs,
        admitted: Callable[[str], Awaitable[None]],
        released: Callable[[str], None],
    ) -> None:
        self._context = context
        self._slots = slots
        self._queue = queue
        self._signs = signs
        self._admitted = admitted
        self._released = released

    def where(self, ticket: str) -> TicketState:
        """The ticket's state by the store's row."""
        return self._context.board[ticket].state

    def question(self, ticket: str) -> dict[str, Any]:
        """What a person is asked about a ticket that needs one."""
        return {"ticket": ticket, "reason": self._context.board[ticket].reason}

    async def admit(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the ticket may have an agent."""
        context, ticket = self._context, self._ticket(state)
        await self._admitted(ticket.id)
        return {
            "context": f"{ticket.title}\n\n{ticket.description}",
            "requirements": ticket.verify or context.verify,
            "resource_constraints": {"timeout": self._timeout(ticket), "agents": context.limits.agents},
            "escalation_status": None,
        }

    async def prepare(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Move a worktree to the target as it is now."""
        context, ticket = self._context, self._ticket(state)
        progress = context.board[ticket.id]
        number = progress.attempt + 1
        if progress.state is not TicketState.PREPARING:
            with context.write() as writer:
                context.save(writer, ticket.id, TicketState.PREPARING, "a worktree is being prepared")
        base = await context.target.read_tip(context.git)
        slot = await self._slots.take((context.run.id, ticket.id, number), base)
        return {"resource_allocations": {_name(ticket.id, number): {"slot": slot.id, "worktree": slot.path}}}

    async def start(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Start the agent under its launcher, once: the launcher's claim makes a second start do nothing."""
        context, ticket = self._context, self._ticket(state)
        number = context.board[ticket.id].attempt + 1
        slot = next(s for s in context.store.slots() if s.holder == (context.run.id, ticket.id, number))
        assert slot.base is not None
        earlier = context.store.attempts(context.run.id, ticket.id)
        landings = context.store.landings(context.run.id, ticket.id)
        directory = context.home.attempt(context.run.id, ticket.id, number)
        cause = cause_of_next(earlier, landings)
        profile = context.profiles[ticket.agent or context.profile]
        attempt = Attempt(
            run=context.run.id,
            ticket=ticket.id,
            number=number,
            state=AttemptState.STARTING,
            cause=cause,
            profile=profile.name,
            slot=slot.id,
            base=slot.base,
            directory=str(directory),
            started_at=context.clock(),
        )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        prompt = await self._prompt(ticket, attempt, slot.path, earlier, landings)
        (directory / "prompt.md").write_text(prompt, encoding="utf-8")
        unstartable = None
        try:
            spec = self._spec(ticket, attempt, profile, slot.path, prompt, earlier)
        except AgentError as error:
            unstartable = Exit(status=None, how="unstartable", message=f"{error}. {error.mend}".rstrip(". "))
        with context.write() as writer:
            writer.save_attempt(attempt)
            context.save(writer, ticket.id, TicketState.RUNNING, "", attempt=number)
            context.record(
                writer,
                "attempt.started",
                ticket.id,
                number,
                profile=profile.name,
                cause=cause.value,
                base=slot.base,
                slot=slot.id,
                worktree=slot.path,
            )
        if unstartable is None:
            process.launch(directory, spec)
        else:
            self._save_end(attempt, unstartable, StreamReader("none"))
        assignment = {"profile": profile.name, "base": slot.base, "cause": cause.value}
        return {
            "active_subprocesses": [_name(ticket.id, number)],
            "agent_assignments": {_name(ticket.id, number): assignment},
        }

    async def watch(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the agent has ended, by itself or not."""
        context, ticket = self._context, self._ticket(state)
        attempt = self._latest(ticket)
        if attempt.state in (AttemptState.STARTING, AttemptState.RUNNING):
            directory = Path(attempt.directory)
            if process.state_of(directory) is process.LaunchState.UNCLAIMED:
                # Recorded, and the coordinator died before or while it started the launcher.
                process.relaunch(directory)
            stream = self._signs.follow(attempt, context.profiles.get(attempt.profile))
            try:
                exit_ = await process.wait(directory)
            finally:
                stream.read_to_end()
                self._signs.forget(attempt)
            self._save_end(attempt, exit_, stream.events)
        self._released(ticket.id)
        return {"active_subprocesses": []}

    async def collect(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Make everything that the agent wrote a commit under ``refs/headway``, and decide what becomes of it."""
        context, ticket = self._context, self._ticket(state)
        attempt = self._latest(ticket)
        if attempt.state is not AttemptState.COLLECTED:
            snapshot = await self._snapshot(ticket, attempt)
            slot = attempt.slot
            attempt = replace(
                attempt,
                state=AttemptState.COLLECTED,
                outcome=_outcome(attempt, snapshot),
                work=snapshot.commit,
                files=snapshot.files,
                slot=None,
            )
            attempts = [*context.store.attempts(context.run.id, ticket.id)[:-1], attempt]
            next_ = after_attempt(context.board[ticket.id], attempts, context.limits)
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
                    self._queue.enqueue(writer, attempt)
                landed = attempt.base if next_.state is TicketState.LANDED else None
                context.follow(writer, ticket.id, next_, **({"landed": landed} if landed else {}))
            if slot is not None:
                await self._slots.give_back(slot)
            self._queue.wake()
        return self._told(ticket)

    async def land(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the landing queue is done with the latest attempt's work."""
        context, ticket = self._context, self._ticket(state)
        number = context.board[ticket.id].attempt
        landing = await self._queue.result(ticket.id, number)
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
        return self._context.board[state["task"]].ticket

    def _latest(self, ticket: Ticket) -> Attempt:
        number = self._context.board[ticket.id].attempt
        attempt = self._context.store.attempt(self._context.run.id, ticket.id, number)
        assert attempt is not None, f"{ticket.id} is said to run without an attempt"
        return attempt

    def _timeout(self, ticket: Ticket) -> float:
        profile = self._context.profiles[ticket.agent or self._context.profile]
        settings = self._context.settings.run
        return ticket.timeout or self._context.timeout or profile.timeout or settings.timeout

    async def _prompt(
        self,
        ticket: Ticket,
        attempt: Attempt,
        worktree: str,
        earlier: list[Attempt],
        landings: list[Landing],
    ) -> str:
        context = self._context
        told = None
        if earlier and attempt.cause is not Cause.FIRST:
            with_work = next((a for a in reversed(earlier) if a.work), None)
            landing = landings[-1] if landings and with_work and landings[-1].attempt == with_work.number else None
            told = Earlier(
                cause=attempt.cause,
                reason=context.board[ticket.id].reason,
                diff=(
                    await diff(context.git, with_work.base, with_work.work, limit=MOST_DIFF)
                    if with_work and with_work.work
                    else ""
                ),
                paths=landing.paths if landing else (),
                landed=(
                    await context.git.log_between(with_work.base, attempt.base, landing.paths)
                    if landing and with_work
                    else ""
                ),
                verify_output=(
                    self._queue.verify_output(landing)
                    if landing and landing.state is LandingState.UNVERIFIED
                    else ""
                ),
            )
        return render_prompt(
            load_template(context.settings, context.git.root),
            ticket=ticket,
            worktree=worktree,
            verify=ticket.verify or context.verify,
            attempt=attempt.number,
            earlier=told,
        )

    def _spec(
        self,
        ticket: Ticket,
        attempt: Attempt,
        profile: Profile,
        worktree: str,
        prompt: str,
        earlier: list[Attempt],
    ) -> LaunchSpec:
        context = self._context
        directory = Path(attempt.directory)
        session = next((a.session for a in reversed(earlier) if a.session and a.profile == profile.name), None)
        environment = build_environment(
            context.settings.agents,
            profile,
            os.environ,
            {
                "HEADWAY_TICKET": ticket.id,
                "HEADWAY_ATTEMPT": str(attempt.number),
                "HEADWAY_RUN": context.run.id,
                "TRACEPARENT": _traceparent(context.run.trace_id, attempt),
            },
        )
        argv = build_argv(
            profile,
            id=ticket.id,
            title=ticket.title,
            prompt=prompt,
            prompt_file=str(directory / "prompt.md"),
            worktree=worktree,
            repo=str(context.git.root),
            attempt=attempt.number,
            session=session,
            environment=environment,
        )
        return LaunchSpec(
            argv=argv,
            cwd=worktree,
            env=environment,
            stdin=str(directory / "prompt.md"),
            timeout=self._timeout(ticket),
            log_cap=context.settings.agents.log_cap,
        )

    def _save_end(self, attempt: Attempt, exit_: Exit, events: StreamReader) -> None:
        context = self._context
        ended = replace(
            attempt,
            state=AttemptState.ENDED,
            ended_at=context.clock(),
            exit=exit_,
            outcome=_outcome_of_exit(exit_, is_error=events.is_error),
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

    async def _snapshot(self, ticket: Ticket, attempt: Attempt) -> Snapshot:
        context = self._context
        assert attempt.slot is not None
        try:
            return await take_snapshot(
                context.git,
                attempt.slot,
                Path(self._slots[attempt.slot].path),
                base=attempt.base,
                ref=f"refs/headway/{context.run.id}/{ticket.id}/{attempt.number}",
                message=commit_message(ticket, context.run.id),
            )
        except (GitError, OSError):
            self._slots.keep(attempt.slot)
            raise

    def _told(self, ticket: Ticket) -> SubprocessCoordinationState:
        attempts = self._context.store.attempts(self._context.run.id, ticket.id)
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


def commit_message(ticket: Ticket, run: str) -> str:
    """The message of a ticket's commit, with the trailers that name it."""
    return f"{ticket.title}\n\nHeadway-Ticket: {ticket.id}\nHeadway-Run: {run}\n"


def _name(ticket: str, number: int) -> str:
    return f"{ticket}/{number}"


def _traceparent(trace_id: str, attempt: Attempt) -> str:
    """W3C trace context; the span's id is made of the attempt's name, so that it is the same after a restart."""
    import hashlib

    span = hashlib.sha256(f"{attempt.run}/{attempt.ticket}/{attempt.number}".encode()).hexdigest()[:16]
    return f"00-{trace_id}-{span}-01"


def _outcome_of_exit(exit_: Exit, *, is_error: bool) -> Outcome:
    match exit_.how:
        case "timeout":
            return Outcome.TIMEOUT
        case "unstartable":
            return Outcome.UNSTARTABLE
        case "stopped":
            return Outcome.CANCELLED if exit_.message == CANCELLED else Outcome.LOST
        case "exited" if exit_.status == 0 and not is_error:
            return Outcome.WORK
        case "exited":
            return Outcome.ERROR
        case _:
            return Outcome.LOST


def _outcome(attempt: Attempt, snapshot: Snapshot) -> Outcome:
    assert attempt.outcome is not None
    if attempt.outcome is Outcome.WORK and snapshot.commit is None:
        return Outcome.NOTHING
    return attempt.outcome
