"""What is an answer, and what a question's package says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.cli.answering import read_answer, whose
from headway.cli.escalating import how_it_ended, said, told, ways
from headway.errors import HeadwayError
from headway.nouns import Escalation, EscalationState

ASKED = Escalation(
    id="E-1",
    run="r1",
    state=EscalationState.OPEN,
    question="Which?",
    opened_at=1.0,
    conflict="c-1",
    tickets=("T-1", "T-2", "T-3"),
)
SIDES = ("T-1", "target")


def answer(of: Escalation = ASKED, sides: tuple[str, ...] = SIDES, **given: str | None) -> dict[str, Any]:
    return read_answer(of, sides, **{"text": None, "keep": None, "order": None} | given)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"text": "  use cents "}, {"text": "use cents"}),
        ({"keep": "both"}, {"keep": "both"}),
        ({"order": "T-3, T-1"}, {"order": ["T-3", "T-1"]}),
    ],
)
def test_an_answer_is_one_of_three(given: dict[str, str], taken: dict[str, Any]) -> None:
    assert answer(**given) == taken


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "nothing is answered"),
        ({"text": "x", "keep": "left"}, "TEXT and --keep are two answers"),
        ({"keep": "left", "order": "T-1,T-2"}, "--keep and --order are two answers"),
        ({"text": " \n"}, "the answer is empty"),
        ({"order": "T-1"}, "two different tickets"),
        ({"order": "T-1,T-1"}, "two different tickets"),
        ({"order": "T-1,T-2,T-3"}, "two different tickets"),
        ({"order": "T-1,T-9"}, "not about 'T-9'"),
        ({"order": ","}, "not about ''"),
        ({"order": "T-1,target"}, "not about 'target'"),
    ],
)
def test_what_is_no_answer_is_refused_with_the_reason(given: dict[str, str], why: str) -> None:
    with pytest.raises(HeadwayError, match=why) as raised:
        answer(**given)
    assert raised.value.mend
    assert raised.value.exit_status == 2


def test_where_there_is_no_conflict_there_are_no_sides_to_keep() -> None:
    with pytest.raises(HeadwayError, match="about no conflict"):
        answer(replace(ASKED, conflict=None), (), keep="left")


def test_how_it_can_be_answered_fits_the_question() -> None:
    assert ways(ASKED) == "headway answer E-1 'what to do' | --keep left|right|both | --order T-1,T-2"
    assert ways(replace(ASKED, conflict=None, tickets=("T-1",))) == "headway answer E-1 'what to do'"


def test_whose_work_is_kept_is_told_by_name() -> None:
    two = ("T-1", "T-2")
    assert whose({"keep": "left"}, two) == " (T-1)"
    assert whose({"keep": "right"}, two) == " (T-2)"
    assert whose({"keep": "both"}, two) == whose({"text": "x"}, two) == whose({"keep": "left"}, ()) == ""
    assert whose({"keep": "left"}, SIDES) == ""


def test_one_that_is_over_says_how_it_ended() -> None:
    answered = replace(
        ASKED, state=EscalationState.ANSWERED, answer={"keep": "left", "by": "kim"}, ended_at=2.0
    )
    assert how_it_ended(answered).startswith("answered by kim at ")
    assert how_it_ended(answered).endswith(": keep left")
    assert "without an answer" in how_it_ended(replace(ASKED, state=EscalationState.CLOSED))


def test_an_answer_in_a_few_words() -> None:
    assert said({"order": ["B", "A"]}) == "B, then A"
    assert said({"text": "x" * 200}) == "x" * 59 + "…"
    assert said({}) == ""


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("one\n\ntwo", ["one", "two"]),
        (["one", "two"], ["• one", "• two"]),
        ([{"what": "keep left", "cost": "5m"}], ["• keep left", "    cost: 5m"]),
        ({"left": "T-1", "right": ["a", "b"]}, ["left: T-1", "right:", "  • a", "  • b"]),
        (7, ["7"]),
        ({"a": None, "b": ""}, []),
        (None, []),
    ],
)
def test_a_part_of_a_package_is_told_whatever_its_shape(value: object, lines: list[str]) -> None:
    assert list(told(value)) == lines


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab \n", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_any_package_can_be_told(value: object) -> None:
    assert all("\n" not in line for line in told(value))
