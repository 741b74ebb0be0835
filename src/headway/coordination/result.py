"""How a run stands or ended, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headway.coordination.decide import exit_status
from headway.nouns import RunState, TicketState

if TYPE_CHECKING:
    from headway.store.reader import Reader
    from headway.store.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """How a run ended; ``seconds`` from its start to its end, resumptions and pauses between included."""

    run: str
    state: RunState
    tickets: int
    landed: int
    failed: int
    needs_human: int
    cancelled: int
    blocked: int
    #: Tickets that are still open, because the run was stopped.
    open: int
    attempts: int
    seconds: float
    #: 0 all landed, 1 some did not, 3 only people can go on.
    exit_status: int

    def counts(self) -> dict[str, Any]:
        """What the event ``run.ended`` carries."""
        return {
            "tickets": self.tickets,
            "landed": self.landed,
            "failed": self.failed,
            "needs_human": self.needs_human,
            "cancelled": self.cancelled,
            "blocked": self.blocked,
            "open": self.open,
            "attempts": self.attempts,
            "seconds": round(self.seconds, 3),
        }


def result_of(store: Store | Reader, run_id: str, *, ended_at: float | None = None) -> RunResult:
    """The result of a run, as far as it has come."""
    run = store.run(run_id)
    assert run is not None, f"run {run_id} is in the store"
    progress = store.progress(run_id)
    counts = Counter(p.state for p in progress)
    until = ended_at or run.ended_at or max([p.since for p in progress] + [run.started_at])
    return RunResult(
        run=run_id,
        state=run.state,
        tickets=len(progress),
        landed=counts[TicketState.LANDED],
        failed=counts[TicketState.FAILED],
        needs_human=counts[TicketState.NEEDS_HUMAN],
        cancelled=counts[TicketState.CANCELLED],
        blocked=counts[TicketState.BLOCKED],
        open=sum(1 for p in progress if not p.state.is_over),
        attempts=len(store.attempts(run_id)),
        seconds=max(0.0, until - run.started_at),  # a clock may have been set back
        exit_status=exit_status(progress),
    )
