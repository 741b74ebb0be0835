"""What a conflict says to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from headway.cli.conflict_text import (
    OPEN,
    Standing,
    conflict_json,
    counts,
    doing,
    kind,
    paths,
    sides,
    standings,
    where,
)
from headway.nouns import (
    Conflict,
    ConflictRecord,
    ConflictState,
    Escalation,
    EscalationState,
    Resolution,
    ResolutionState,
)


def record(
    id_: str = "c-1", state: ConflictState = ConflictState.STANDING, *, formed_at: float = 1.0, **changes: Any
) -> ConflictRecord:
    conflict = Conflict(
        conflict_id=id_,
        conflict_type="edit",
        involved_agents=("T-1", "T-2"),
        severity="high",
        context={"path": "a.py", "type": "content", "detail": "both change a.py", "score": 1.0},
        timestamp=datetime(2025, 1, 2, tzinfo=UTC),
    )
    return ConflictRecord(
        run="r1", conflict=conflict, state=state, formed_at=formed_at, since=formed_at, **changes
    )


def resolution(number: int, state: ResolutionState, message: str = "", conflict: str = "c-1") -> Resolution:
    return Resolution(
        run="r1",
        conflict=conflict,
        number=number,
        strategy=f"strategy{number}",
        state=state,
        started_at=1.0,
        message=message,
    )


ASKED = Escalation(
    id="E-4", run="r1", state=EscalationState.OPEN, question="Which?", opened_at=1.0, conflict="c-1"
)


def test_those_that_need_somebody_come_first_then_the_oldest() -> None:
    states = list(ConflictState)
    records = [record(f"c-{n}", state, formed_at=9.0 - n) for n, state in enumerate(states)]
    records.append(record("c-9", ConflictState.STANDING, formed_at=0.0))
    listed = standings(records, [], [])
    assert [each.record.state for each in listed] == [
        ConflictState.ESCALATED,
        ConflictState.RESOLVING,
        ConflictState.STANDING,
        ConflictState.STANDING,
        ConflictState.FORMING,
        ConflictState.RESOLVED,
        ConflictState.GONE,
    ]
    assert listed[2].record.id == "c-9"


def test_each_has_what_was_tried_and_asked_about_it() -> None:
    two, one = resolution(2, ResolutionState.TRYING), resolution(1, ResolutionState.FAILED)
    other = resolution(1, ResolutionState.FAILED, conflict="c-2")
    (standing,) = standings([record()], [two, other, one], [replace(ASKED, conflict=None, id="E-5"), ASKED])
    assert (standing.resolutions, standing.escalation) == ((one, two), ASKED)


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing(record=record(reason="T-2 goes behind T-1")), "T-2 goes behind T-1"),
        (Standing(record=record()), "nothing yet"),
        (
            Standing(record=record(state=ConflictState.FORMING)),
            "is being written; stands once the files are still",
        ),
        (
            Standing(
                record=record(state=ConflictState.RESOLVING),
                resolutions=(
                    resolution(1, ResolutionState.FAILED),
                    resolution(2, ResolutionState.TRYING),
                ),
            ),
            "strategy2 is being tried, try 2",
        ),
        (
            Standing(record=record(state=ConflictState.ESCALATED, reason="two hours"), escalation=ASKED),
            "E-4 asks you: Which?",
        ),
        (Standing(record=record(state=ConflictState.ESCALATED)), ""),
        (
            Standing(
                record=record(state=ConflictState.RESOLVED),
                resolutions=(resolution(1, ResolutionState.SUCCEEDED, "T-2 waits"),),
            ),
            "T-2 waits",
        ),
        (
            Standing(
                record=record(state=ConflictState.RESOLVED),
                resolutions=(resolution(1, ResolutionState.SUCCEEDED),),
            ),
            "settled by strategy1",
        ),
        (Standing(record=record(state=ConflictState.GONE)), "went by itself"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_being_done_about_it(standing: Standing, said: str) -> None:
    assert doing(standing) == said


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"path": "a.py"}, "a.py"),
        ({"path": "a.py", "symbol": "total"}, "a.py (total)"),
        ({"path": "a.py", "other_path": "b.py", "paths": ["a.py", "c.py"]}, "a.py +2"),
        ({"path": "", "topic": "http client"}, "http client"),
        ({"paths": "no list"}, ""),
        ({}, ""),
    ],
)
def test_where_it_is(context: dict[str, Any], said: str) -> None:
    assert where(context) == said


def test_a_path_is_named_once() -> None:
    assert paths({"path": "a", "other_path": "a", "paths": ["b", "a"]}) == ("a", "b")


def test_its_kind_is_told_as_git_calls_it() -> None:
    assert kind(record()) == "edit (content)"


@pytest.mark.parametrize(
    ("names", "said"), [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")]
)
def test_who_is_in_it(names: tuple[str, ...], said: str) -> None:
    assert sides(names) == said


def test_how_many_there_are_is_told_by_what_they_need() -> None:
    numbers = {
        ConflictState.ESCALATED: 1,
        ConflictState.RESOLVING: 2,
        ConflictState.STANDING: 1,
        ConflictState.GONE: 7,
    }
    assert counts(numbers) == "1 conflict needs you, 2 are being settled, 1 stands"
    assert counts({ConflictState.FORMING: 2}) == "2 conflicts are forming"
    assert counts({ConflictState.RESOLVED: 2}) == ""


def test_those_that_are_open_are_those_that_are_not_over() -> None:
    assert set(ConflictState) - set(OPEN) == {ConflictState.RESOLVED, ConflictState.GONE}


def test_a_program_is_told_what_check_tells_and_its_life() -> None:
    told = conflict_json(Standing(record=record(returns=2), escalation=ASKED))
    check = ("id", "kind", "type", "severity", "path", "symbol", "detail", "score")
    assert [told[key] for key in check] == [
        "c-1",
        "edit",
        "content",
        "high",
        "a.py",
        None,
        "both change a.py",
        1.0,
    ]
    assert (told["state"], told["returns"], told["escalation"]) == ("standing", 2, "E-4")
