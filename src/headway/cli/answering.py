"""Hands a person's answers on to the coordinator, once they make sense."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.cli.asking import ask_and_tell, living_coordinator
from headway.cli.conflicting import the_conflict
from headway.cli.escalating import how_it_ended, said, the_escalation, ways
from headway.cli.places import find_place, the_run
from headway.cli.text import count
from headway.errors import HeadwayError, RunError
from headway.nouns import Escalation, EscalationState, RequestKind, ResolutionState

if TYPE_CHECKING:
    from headway.nouns import Request
    from headway.store.reader import Reader

LATER = "the next headway resume takes it up"


def ask_to_answer(
    repo: Path, id_: str, *, text: str | None, keep: str | None, order: str | None, as_json: bool
) -> None:
    """Answer an escalation. Raises HeadwayError where that makes no sense."""
    place = find_place(repo)
    with place.reader() as reader:
        escalation = the_escalation(reader, id_)
        run = the_run(reader, None)
        if escalation.state is not EscalationState.OPEN:
            raise RunError(
                f"{escalation.id} is over: {how_it_ended(escalation)}",
                mend="what is asked still: headway escalations",
            )
        if escalation.run != run.id:
            raise RunError(
                f"{escalation.id} is of run {escalation.run}, and {run.id} has begun since: nobody would act on it",
                mend=f"what its agents did is kept: headway status --run {escalation.run}",
            )
        sides = sides_of(reader, escalation)
        answer = read_answer(escalation, sides, text=text, keep=keep, order=order)
        earlier = _asked(reader, RequestKind.ANSWER, "escalation", escalation.id)
        if earlier is not None:
            raise RunError(
                f"{escalation.id} has an answer already, which waits to be taken up: {said(earlier.data)}",
                mend="to have it taken up: headway resume",
            )
        coordinator = living_coordinator(reader)
    data = {"escalation": escalation.id, **answer, "by": user_name()}
    about = f"{escalation.id}: {said(answer)}{whose(answer, sides)}"
    ask_and_tell(place, RequestKind.ANSWER, about, coordinator, data=data, as_json=as_json, later=LATER)


def ask_to_undo(repo: Path, id_: str, *, as_json: bool) -> None:
    """Have taken back what settled a conflict. Raises HeadwayError where nothing did."""
    place = find_place(repo)
    with place.reader() as reader:
        run = the_run(reader, None)
        record = the_conflict(reader, run, id_)
        tried = reader.resolutions(run.id, record.id)
        if not any(each.state is ResolutionState.SUCCEEDED for each in tried):
            was = "what settled it was taken back already"
            undone = any(each.state is ResolutionState.UNDONE for each in tried)
            none = f"nothing has settled it ({count(len(tried), 'try', 'tries')} so far)"
            raise RunError(
                f"{record.id} is {record.state.value}: {was if undone else none}, so there is nothing to undo",
                mend=f"what was tried: headway conflicts {record.id}",
            )
        if _asked(reader, RequestKind.UNDO, "conflict", record.id) is not None:
            raise RunError(
                f"{record.id}: somebody has asked for that already, and it waits to be taken up",
                mend="to have it taken up: headway resume",
            )
        coordinator = living_coordinator(reader)
    data = {"conflict": record.id}
    ask_and_tell(place, RequestKind.UNDO, record.id, coordinator, data=data, as_json=as_json, later=LATER)


def read_answer(
    escalation: Escalation,
    sides: tuple[str, ...],
    *,
    text: str | None,
    keep: str | None,
    order: str | None,
) -> dict[str, Any]:
    """The answer as the coordinator takes it: ``text``, ``keep`` or ``order``, one of them.

    ``sides``: those of its conflict, the left one first; empty where it is about none. Raises HeadwayError.
    """
    given = [
        name for name, value in (("TEXT", text), ("--keep", keep), ("--order", order)) if value is not None
    ]
    if len(given) != 1:
        what = f"{' and '.join(given)} are two answers" if given else "nothing is answered"
        raise HeadwayError(f"{what}: give one", mend=ways(escalation))
    if keep is not None:
        if not sides:
            raise HeadwayError(
                f"{escalation.id} is about no conflict, so there are no sides to keep", mend=ways(escalation)
            )
        return {"keep": str(keep)}
    if order is not None:
        return {"order": _two_tickets(escalation, sides, order)}
    assert text is not None, "one of the three is given"
    if not text.strip():
        raise HeadwayError("the answer is empty", mend=ways(escalation))
    return {"text": text.strip()}


def sides_of(reader: Reader, escalation: Escalation) -> tuple[str, ...]:
    """The sides of an escalation's conflict, the left one first; empty where it is about none."""
    if escalation.conflict is None:
        return ()
    record = reader.conflict(escalation.run, escalation.conflict)
    return record.conflict.involved_agents if record is not None else escalation.tickets[:2]


def whose(answer: Mapping[str, Any], sides: tuple[str, ...]) -> str:
    """`` (T-2)``: the side that is kept, by its name; empty where it is not one of two tickets."""
    if answer.get("keep") not in ("left", "right") or len(sides) != 2 or "target" in sides:
        return ""
    return f" ({sides[0] if answer['keep'] == 'left' else sides[1]})"


def user_name() -> str:
    """Who is at this terminal."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without an entry for this user
        return str(os.getuid())


def _two_tickets(escalation: Escalation, sides: tuple[str, ...], order: str) -> list[str]:
    named = [each.strip() for each in order.split(",")]
    known = [each for each in dict.fromkeys((*escalation.tickets, *sides)) if each != "target"]
    strange = [each for each in named if each not in known]
    if strange:
        raise HeadwayError(
            f"{escalation.id} is not about {' or '.join(repr(each) for each in strange)}",
            mend=f"it is about {', '.join(known) or 'no ticket'}",
        )
    if len(named) != 2 or named[0] == named[1]:
        raise HeadwayError(
            "an order names two different tickets, the one that goes first before the other",
            mend=f"headway answer {escalation.id} --order {','.join(known[:2]) or 'A,B'}",
        )
    return named


def _asked(reader: Reader, kind: RequestKind, key: str, value: str) -> Request | None:
    """What was asked already and not taken up yet."""
    return next(
        (each for each in reader.requests() if each.kind is kind and each.data.get(key) == value), None
    )
