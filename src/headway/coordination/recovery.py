"""What a coordinator does first: take in what earlier ones left, whatever killed them when.

No agent is started here and nothing is landed. Not for: tickets of this run, whose workflows go on from the store's
rows by themselves (:mod:`.workflow`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from headway.agents import process
from headway.coordination.context import RunContext
from headway.coordination.messages import commit_message
from headway.coordination.slots import Slots
from headway.coordination.steps import work_ref
from headway.coordination.verification import Verifier
from headway.errors import AgentError, GitError, HeadwayError
from headway.landing.snapshot import take_snapshot
from headway.nouns import Attempt, AttemptState, Exit, Outcome, TicketState

#: What launchers of earlier runs are told.
OVER = "its run is over"


async def recover(context: RunContext, slots: Slots, verifier: Verifier) -> None:
    """Bring the pool, verifications and attempts of earlier runs to a known state; nothing is lost."""
    await verifier.clear_leftovers()
    left = [
        attempt
        for run in context.store.runs()
        if run.id != context.run.id
        for attempt in context.store.attempts(run.id)
        if attempt.state is not AttemptState.COLLECTED and attempt.slot is not None
    ]
    for attempt in left:
        if attempt.state is not AttemptState.ENDED:
            with suppress(AgentError):  # met again below
                process.stop(Path(attempt.directory), OVER)  # all at once: each may take some seconds to go
    for attempt in left:
        await _salvage(context, slots, attempt)
    slots.release_stale(_holders(context))


def _holders(context: RunContext) -> set[tuple[str, str, int]]:
    """Who of this run has a worktree: attempts whose work is not collected yet, and those about to begin."""
    run = context.run.id
    preparing = {
        (run, p.ticket.id, p.attempt + 1) for p in context.board.all() if p.state is TicketState.PREPARING
    }
    uncollected = {
        (run, a.ticket, a.number)
        for a in context.store.attempts(run)
        if a.state is not AttemptState.COLLECTED
    }
    return preparing | uncollected


async def _salvage(context: RunContext, slots: Slots, attempt: Attempt) -> None:
    """End what is left of an attempt of an earlier run and keep its work: the run that wanted it is over."""
    assert attempt.slot is not None
    exit_ = attempt.exit
    if attempt.state is not AttemptState.ENDED:
        try:
            exit_ = await process.stop_and_wait(Path(attempt.directory), OVER)
        except AgentError as error:
            exit_ = Exit(status=None, how="lost", message=str(error))  # it was never started
    progress = context.store.progress_of(attempt.run, attempt.ticket)
    assert progress is not None, "an attempt belongs to a ticket"
    try:
        snapshot = await take_snapshot(
            context.git,
            attempt.slot,
            slots.where(attempt.slot),
            base=attempt.base,
            ref=work_ref(attempt),
            message=commit_message(progress.ticket, attempt.run),
            keep=Path(attempt.directory) / "kept",
        )
    except (GitError, OSError) as error:
        slots.keep(attempt.slot)
        raise HeadwayError(
            f"the work of {attempt.ticket}/{attempt.number} of run {attempt.run} cannot be taken out of "
            f"{slots[attempt.slot].path}: {error}",
            mend="look at that folder; what you need of it is yours to copy; then: headway clean",
        ) from error
    collected = replace(
        attempt,
        state=AttemptState.COLLECTED,
        outcome=attempt.outcome or Outcome.LOST,
        exit=exit_,
        ended_at=attempt.ended_at or context.clock(),
        work=snapshot.commit,
        files=snapshot.files,
        slot=None,
    )
    with context.write() as writer:
        writer.save_attempt(collected)
    await slots.give_back(attempt.slot)
