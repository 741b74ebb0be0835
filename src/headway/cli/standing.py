"""Says how a run stands, and finds what a person names in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli import conflict_text, render
from headway.cli.places import find_place, the_run
from headway.cli.text import count, duration, safe
from headway.errors import RunError
from headway.nouns import RunState, TicketState

if TYPE_CHECKING:
    from headway.coordination.view import RunView
    from headway.nouns import Attempt, Run
    from headway.store.reader import Reader


def print_status(repo: Path, run: str | None, *, as_json: bool) -> None:
    """Print how a run stands, the latest where none is named. Raises RepositoryError, StoreError, RunError."""
    place = find_place(repo)
    with place.reader() as reader:
        view = place.view(reader, the_run(reader, run))
    if as_json:
        render.print_json(render.view_json(view))
        return
    run_ = view.run
    print(f"run {run_.id} onto {safe(render.target_name(run_.target))}: {_state(view)}")
    parts = (render.progress_line(view, view.at), render.counts_line(view), render.usage_line(view.usage))
    print("; ".join(part for part in parts if part))
    for line in _collisions(view):
        render.put(line)
    print()
    render.print_table(
        render.HEAD, (render.row_cells(row, view.at) for row in view.rows), right=render.FIGURES
    )
    hint = _hint(view)
    if hint:
        print(f"\n{hint}")


def the_ticket(reader: Reader, run: Run, ticket: str) -> None:
    """Make sure that a ticket is part of a run. Raises RunError, with the ids that are near to it."""
    import difflib

    known = [p.ticket.id for p in reader.progress(run.id)]
    if ticket not in known:
        near = difflib.get_close_matches(ticket, known, 3, 0.5)
        raise RunError(
            f"run {run.id} has no ticket {ticket!r}",
            mend=f"did you mean {' or '.join(near)}?" if near else "see: headway status",
        )


def the_attempt(reader: Reader, run: Run, ticket: str, number: int | None) -> Attempt:
    """An attempt of a ticket, the latest where no number is given. Raises RunError."""
    the_ticket(reader, run, ticket)
    attempts = reader.attempts(run.id, ticket)
    if not attempts:
        raise RunError(f"no agent has begun with {ticket} yet", mend="see: headway status")
    found = next((a for a in attempts if a.number == number), None) if number else attempts[-1]
    if found is None:
        raise RunError(f"{ticket} has no attempt {number}", mend=f"it has 1 to {attempts[-1].number}")
    return found


def _state(view: RunView) -> str:
    state, coordinator = view.run.state, view.coordinator
    if state is RunState.ENDED:
        return f"ended after {duration(view.seconds())}"
    if state is RunState.STOPPED:
        return "stopped"
    if view.is_kept_going and coordinator is not None:
        holder = coordinator.holder
        return f"goes on (coordinator: pid {holder.process.pid} on {safe(holder.host)})"
    return "no coordinator is alive"


def _collisions(view: RunView) -> Iterator[str]:
    """What stands against each other, and what is asked."""
    if told := conflict_text.counts(view.conflicts):
        yield f"{told} (headway conflicts)"
    if view.escalations:
        asked = count(view.escalations, "question waits", "questions wait")
        yield f"{asked} for you (headway escalations)"


def _hint(view: RunView) -> str:
    """What the user can do next."""
    if view.is_kept_going:
        return ""
    open_ = sum(not row.progress.state.is_over for row in view.rows)
    if view.run.state is not RunState.ENDED and open_:
        alive = view.agents_alive()
        found = f" (it finds {count(alive, 'agent')} still at work)" if alive else ""
        return f"to go on: headway resume{found}"
    stuck = [row for row in view.rows if row.progress.state in (TicketState.NEEDS_HUMAN, TicketState.FAILED)]
    if stuck:
        id_ = stuck[0].progress.ticket.id
        return f"look: headway logs {id_}, headway diff {id_}; once more: headway retry {id_}, then headway resume"
    return ""
