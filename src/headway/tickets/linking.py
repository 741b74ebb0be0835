"""Drafts → tickets: ids that are no one else's, and one dependency graph of all that was said."""

from __future__ import annotations

from collections.abc import Sequence

from headway.errors import Problem
from headway.nouns import Ticket
from headway.tickets.drafts import Draft, Link
from headway.tickets.graph import TicketGraph
from headway.tickets.rules import why_not_id
from headway.tickets.tree import Report, shown

#: Looking for the id that was meant costs a comparison with all ids; the first so many unknown ones get a guess.
_MOST_GUESSES = 20


def link(drafts: Sequence[Draft], report: Report) -> list[Ticket]:
    """The tickets of one file. What cannot be goes to the report; the tickets are of use only where nothing is."""
    by_id = _by_id(drafts, report)
    waits = _waits(drafts, by_id, report)
    _refuse_cycles(waits, report)
    if report.problems:
        return []
    return [draft.ticket(tuple(waits[draft.id])) for draft in drafts]


def _by_id(drafts: Sequence[Draft], report: Report) -> dict[str, Draft]:
    by_id: dict[str, Draft] = {}
    folded: dict[str, Draft] = {}
    for draft in drafts:
        if not draft.id:
            continue
        if draft.id in by_id:
            first = by_id[draft.id].place
            report.problem(draft.id_line, f"the id {shown(draft.id)} stands twice: here and at {first}")
            continue
        by_id[draft.id] = draft
        like = folded.setdefault(draft.id.casefold(), draft)
        if like is not draft:
            what = (
                f"the id {shown(draft.id)} differs only by case from {shown(like.id)} at {like.place}: "
                "on some file systems they are one name"
            )
            report.problem(draft.id_line, what)
    return by_id


def _waits(drafts: Sequence[Draft], by_id: dict[str, Draft], report: Report) -> dict[str, dict[str, int]]:
    """Id → the ids that it waits for, each with the line that says so first."""
    waits: dict[str, dict[str, int]] = {id_: {} for id_ in by_id}
    guesses = _MOST_GUESSES
    for draft in drafts:
        for said in draft.links:
            if said.id == draft.id:
                report.problem(said.line, f"{shown(draft.id)} waits for itself ({said.kind})")
            elif said.id not in by_id:
                guesses -= 1
                guess = (
                    _guess(said.id, [known for known in by_id if known != draft.id]) if guesses >= 0 else ""
                )
                report.problem(said.line, f"{_said(draft, said)}, and no ticket here has that id{guess}")
            elif by_id.get(draft.id) is draft:
                waiting, needed = ends(draft.id, said)
                waits[waiting].setdefault(needed, said.line)
    return waits


def ends(id_: str, said: Link) -> tuple[str, str]:
    """Who waits for whom, by a link of the ticket ``id_``."""
    return (said.id, id_) if said.kind == "blocks" else (id_, said.id)


def _refuse_cycles(waits: dict[str, dict[str, int]], report: Report) -> None:
    for cycle in TicketGraph(waits).cycles():
        line = waits[cycle[0]][cycle[1]]
        report.problem(
            line, f"tickets wait for each other: {' -> '.join(cycle)}; take one of these links out"
        )


def circle(cycle: Sequence[str]) -> str:
    """A cycle, in full."""
    names = (shown(id_) if why_not_id(id_) else id_ for id_ in cycle)
    return "tickets wait for each other: " + " -> ".join(names)


def _said(draft: Draft, said: Link) -> str:
    return f"{shown(draft.id)} {'blocks' if said.kind == 'blocks' else 'waits for'} {shown(said.id)}"


def _guess(id_: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    folded = next((other for other in known if other.casefold() == id_.casefold()), None)
    close = [folded] if folded else get_close_matches(id_[:100], known, n=1)
    return f" (meant is {close[0]}?)" if close else ""


def problems_of(report: Report) -> list[Problem]:
    """What is wrong, in the order of the file."""
    return _as_problems(report.file, report.problems)


def notes_of(report: Report) -> list[Problem]:
    """What is worth a look, in the order of the file."""
    return _as_problems(report.file, report.notes)


def _as_problems(file: str, said: list[tuple[int, str]]) -> list[Problem]:
    return [Problem(f"{file}:{line}", what) for line, what in sorted(said, key=lambda one: one[0])]
