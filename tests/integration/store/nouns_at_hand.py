"""Nouns for tests that care about one thing of them."""

from __future__ import annotations

from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Landing,
    LandingState,
    Progress,
    Run,
    RunState,
    Ticket,
    TicketState,
)

RUN = Run(id="r1", target="refs/heads/main", base="0" * 40, state=RunState.RUNNING, started_at=1000.0)
TICKET = Ticket(id="T-1", title="Add a limit", paths=("src/**",), extra={"points": 3})
PROGRESS = Progress(run="r1", ticket=TICKET, state=TicketState.WAITING, since=1000.0)


def attempt(ticket: str = "T-1", number: int = 1, run: str = "r1") -> Attempt:
    return Attempt(
        run=run,
        ticket=ticket,
        number=number,
        state=AttemptState.RUNNING,
        cause=Cause.FIRST,
        profile="command",
        slot=1,
        base="0" * 40,
        directory=f"/attempts/{run}/{ticket}/{number}",
        started_at=1001.0,
    )


def landing(ticket: str = "T-1", attempt: int = 1, queued_at: float = 1002.0, run: str = "r1") -> Landing:
    return Landing(run=run, ticket=ticket, attempt=attempt, state=LandingState.QUEUED, queued_at=queued_at)
