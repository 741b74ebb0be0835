from __future__ import annotations

from dataclasses import replace

import pytest

from headway.config import ResolutionSettings
from headway.nouns import Escalation, EscalationState, OrderOf, Resolution, ResolutionState
from headway.resolution.effects import Redo, Reorder, Rule, Tell
from headway.resolution.escalation import (
    Level,
    Trouble,
    close_those_over,
    due,
    escalate,
    level,
    take_answer,
    trigger,
)

from .samples import HIGH, conflict, record, side

SETTINGS = ResolutionSettings()


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, Level.AUTOMATIC),
        (29, Level.AUTOMATIC),
        (30, Level.MEDIATION),
        (119, Level.MEDIATION),
        (120, Level.PERSON),
    ],
)
def test_the_level_goes_by_how_long_it_has_stood(minutes: int, expected: Level) -> None:
    assert level(record(conflict("edit")), 100.0 + minutes * 60, SETTINGS) is expected


def test_a_technical_disagreement_is_a_persons_after_one_hour() -> None:
    assert level(record(conflict("decision")), 100.0 + 3600, SETTINGS) is Level.PERSON


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        (Trouble(exhausted="memory"), "memory"),
        (Trouble(security_issue="a key in the log"), "security"),
        (Trouble(silent={"A": 1800.0}), "no sign of life of A"),
        (Trouble(quality_failures={"A": 3}), "verification"),
        (Trouble(asked="agent A: I cannot tell"), "asked for"),
    ],
)
def test_what_makes_a_person_needed_at_once(trouble: Trouble, word: str) -> None:
    assert word in trigger(trouble, SETTINGS)
    assert level(record(conflict("edit")), 101.0, SETTINGS, trouble) is Level.PERSON


@pytest.mark.parametrize(
    "trouble", [Trouble(), Trouble(silent={"A": 1799.0}), Trouble(quality_failures={"A": 2})]
)
def test_what_does_not(trouble: Trouble) -> None:
    assert trigger(trouble, SETTINGS) == ""


def escalation(**more: object) -> Escalation:
    tried = Resolution(
        run="r1",
        conflict="c-edit",
        number=1,
        strategy="redo_strategy",
        state=ResolutionState.FAILED,
        started_at=100.0,
        ended_at=105.0,
        message="B was done again as often as it may",
    )
    sides = (side("A", priority=HIGH, intent="limits", chain=3), side("B", intent="retries"))
    made = escalate(
        record(conflict("edit", path="a.py")), sides, [tried], now=200.0, why="no strategy settled it"
    )
    return replace(made, id="E-1", **more)  # type: ignore[arg-type]


def test_a_package_holds_all_that_is_needed_to_answer() -> None:
    package = escalation().package
    assert "a.py" in package["summary"]
    assert [each["intent"] for each in package["sides"]] == ["limits", "retries"]
    assert package["tried"][0]["message"] == "B was done again as often as it may"
    assert any("--keep left" in each for each in package["recommendations"])
    assert package["impact"] == {"waiting": 4, "seconds_spent": 20.0, "highest_priority": "high"}


def test_it_is_told_again_at_most_every_so_often() -> None:
    open_ = escalation()
    assert due([open_], 200.0 + 599, 600.0) == []
    (again,) = due([open_], 200.0 + 600, 600.0)
    assert (again.times_told, again.told_at) == (2, 800.0)
    assert due([again], 801.0, 600.0) == []
    assert due([replace(open_, state=EscalationState.ANSWERED)], 10_000.0, 600.0) == []


def test_one_whose_conflict_is_over_is_closed() -> None:
    (closed,) = close_those_over([escalation()], {"c-edit": True}, 300.0)
    assert closed.state is EscalationState.CLOSED
    assert close_those_over([escalation()], {"c-edit": False}, 300.0) == []


@pytest.mark.parametrize(
    ("keep", "first", "again"), [("left", "A", "B"), ("right", "B", "A"), ("both", "A", "B")]
)
def test_who_yields_goes_again_on_the_others_work(keep: str, first: str, again: str) -> None:
    taken = take_answer(escalation(), {"keep": keep, "by": "ann"}, now=300.0)
    order, redo = taken.effects
    assert isinstance(order, Reorder)
    assert (order.first, order.then, order.of) == (first, again, OrderOf.START)
    assert isinstance(redo, Redo)
    assert redo.ticket == again
    assert taken.escalation.state is EscalationState.ANSWERED
    assert taken.escalation.answer["by"] == "ann"


def test_an_order_is_an_order() -> None:
    effects = take_answer(escalation(), {"order": ["B", "A"]}, now=300.0).effects
    assert [type(each) for each in effects] == [Reorder, Redo]


def test_words_are_told_to_both_and_kept_as_a_decision() -> None:
    effects = take_answer(escalation(), {"text": "limits go first"}, now=300.0).effects
    assert [type(each) for each in effects] == [Rule, Tell, Tell, Redo]


@pytest.mark.parametrize(
    "told",
    [{}, {"text": "  "}, {"keep": "mine"}, {"order": ["A"]}, {"order": ["A", "A"]}, {"order": ["A", "Z"]}],
)
def test_what_is_no_answer_changes_nothing_and_says_why(told: dict[str, object]) -> None:
    taken = take_answer(escalation(), told, now=300.0)
    assert taken.refused
    assert taken.effects == ()
    assert taken.escalation == escalation()


def test_of_two_answers_the_first_counts() -> None:
    first = take_answer(escalation(), {"keep": "left", "by": "ann"}, now=300.0)
    second = take_answer(first.escalation, {"keep": "right", "by": "bob"}, now=301.0)
    assert second.refused == "E-1 was answered already, by ann"
    assert second.effects == ()
    assert second.escalation == first.escalation


def test_an_answer_to_something_over_changes_nothing() -> None:
    taken = take_answer(escalation(), {"keep": "left"}, now=300.0, conflict_is_over=True)
    assert taken.refused == "what E-1 asks about is over"
    assert taken.escalation.state is EscalationState.CLOSED
    assert taken.effects == ()


@pytest.mark.parametrize("sides", [("target", "B"), ("B", "target")])
@pytest.mark.parametrize(
    ("keep", "words"), [("target", "target's way holds"), ("B", "your way holds"), ("both", "both")]
)
def test_against_the_target_the_ticket_goes_again(sides: tuple[str, str], keep: str, words: str) -> None:
    said = keep if keep == "both" else ("left" if sides[0] == keep else "right")
    (redo,) = take_answer(escalation(tickets=("B",)), {"keep": said}, now=300.0, sides=sides).effects
    assert isinstance(redo, Redo)
    assert redo.ticket == "B"
    assert words in redo.reason
