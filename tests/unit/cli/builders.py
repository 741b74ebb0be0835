"""Runs, made up for tests of how they are shown."""

from collections import Counter
from typing import Any

from headway.coordination.view import Row, RunView
from headway.nouns import Attempt, AttemptState, Cause, Progress, Run, RunState, Ticket, TicketState, Usage

NOW = 1_000_000.0


def make_run(**changes: Any) -> Run:
    told: dict[str, Any] = {
        "id": "r1",
        "target": "refs/heads/main",
        "base": "0" * 40,
        "state": RunState.RUNNING,
        "started_at": NOW - 100,
    }
    return Run(**told | changes)


def make_attempt(ticket: str, number: int = 1, **changes: Any) -> Attempt:
    told: dict[str, Any] = {
        "run": "r1",
        "ticket": ticket,
        "number": number,
        "state": AttemptState.RUNNING,
        "cause": Cause.FIRST,
        "profile": "claude",
        "slot": 1,
        "base": "0" * 40,
        "directory": "/nowhere",
        "started_at": NOW - 60,
    }
    return Attempt(**told | changes)


def make_row(
    id: str,
    state: TicketState = TicketState.WAITING,
    *,
    title: str = "",
    depends_on: tuple[str, ...] = (),
    began_at: float | None = None,
    since: float = NOW,
    reason: str = "",
    **changes: Any,
) -> Row:
    ticket = Ticket(id=id, title=title or f"Title of {id}", depends_on=depends_on)
    attempt = make_attempt(id, started_at=began_at) if began_at is not None else None
    progress = Progress(
        run="r1", ticket=ticket, state=state, since=since, attempt=1 if attempt else 0, reason=reason
    )
    told: dict[str, Any] = {"attempt": attempt, "attempts": 1 if attempt else 0, "began_at": began_at}
    return Row(progress=progress, **told | changes)


def make_view(rows: list[Row], run: Run | None = None, **changes: Any) -> RunView:
    told: dict[str, Any] = {
        "run": run or make_run(),
        "at": NOW,
        "rows": tuple(rows),
        "counts": Counter(row.progress.state for row in rows),
        "attempts": sum(row.attempts for row in rows),
        "usage": sum((row.usage for row in rows), Usage()),
    }
    return RunView(**told | changes)
