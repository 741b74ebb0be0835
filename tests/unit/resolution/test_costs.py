from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headway.nouns import Priority
from headway.resolution.costs import Way, cheapest, in_order, prices
from headway.resolution.facts import TARGET, Facts, Side

from .samples import side

SECONDS = st.floats(0, 10_000)


def sides(name: str) -> st.SearchStrategy[Side]:
    return st.builds(
        Side,
        ticket=st.just(name),
        priority=st.sampled_from(Priority),
        elapsed=SECONDS,
        rest=SECONDS,
        share=st.floats(0, 1),
        since=SECONDS,
        is_running=st.booleans(),
    )


def facts(left: Side, right: Side, wanted: bool = True) -> Facts:
    return Facts(sides=(left, right), slots_are_wanted=wanted)


@given(sides("A"), sides("B"))
def test_exactly_one_yields(left: Side, right: Side) -> None:
    choice = cheapest(facts(left, right))
    assert choice is not None
    assert {choice.yields, choice.first} == {"A", "B"}


@given(sides("A"), sides("B"))
def test_who_is_more_important_never_yields(left: Side, right: Side) -> None:
    choice = cheapest(facts(left, right))
    assert choice is not None
    by_name = {"A": left, "B": right}
    assert by_name[choice.yields].priority <= by_name[choice.first].priority


@given(sides("A"), sides("B"), st.sampled_from(Priority))
def test_between_equals_at_work_the_one_that_lost_more_is_not_stopped(
    left: Side, right: Side, priority: Priority
) -> None:
    from dataclasses import replace

    left, right = (replace(each, priority=priority, is_running=True) for each in (left, right))
    choice = cheapest(facts(left, right))
    assert choice is not None
    by_name = {"A": left, "B": right}
    assert by_name[choice.yields].elapsed <= by_name[choice.first].elapsed


@given(sides("A"), sides("B"))
def test_the_choice_is_the_same_whichever_side_is_named_first(left: Side, right: Side) -> None:
    assert cheapest(facts(left, right)) == cheapest(facts(right, left))


@given(sides("A"), sides("B"), st.booleans())
def test_nothing_else_would_be_cheaper(left: Side, right: Side, wanted: bool) -> None:
    choice = cheapest(facts(left, right, wanted))
    assert choice is not None
    assert choice.costs[choice.way] <= min(choice.costs.values()) + 1e-5


@given(sides("A"), sides("B"))
def test_what_is_not_running_is_never_stopped(left: Side, right: Side) -> None:
    first, later = in_order(left, right)
    if not later.is_running:
        assert set(prices(first, later, slots_are_wanted=True)) == {Way.GO_ON}


@given(sides("A"), SECONDS)
def test_the_target_never_yields(other: Side, elapsed: float) -> None:
    choice = cheapest(facts(Side(ticket=TARGET, elapsed=elapsed, is_running=False), other))
    assert choice is not None
    assert choice.yields == "A"


def test_a_critical_ticket_does_not_wait_for_a_low_one_that_landed() -> None:
    landed = side("A", priority=Priority.LOW, has_landed=True, is_running=False)
    choice = cheapest(facts(landed, side("B", priority=Priority.CRITICAL)))
    assert choice is not None
    assert choice.way not in (Way.WAIT, Way.BEHIND)


def test_who_has_only_begun_goes_behind() -> None:
    choice = cheapest(facts(side("A", elapsed=100.0), side("B", elapsed=1.0, rest=100.0)))
    assert choice is not None
    assert (choice.way, choice.yields) == (Way.BEHIND, "B")


def test_who_is_almost_done_and_shares_little_goes_on() -> None:
    choice = cheapest(facts(side("A", elapsed=100.0), side("B", elapsed=99.0, rest=1.0, share=0.05)))
    assert choice is not None
    assert choice.way in (Way.GO_ON, Way.TELL)


def test_where_no_slot_is_wanted_waiting_costs_nothing_but_the_overlap() -> None:
    first, later = side("A", rest=1000.0), side("B", share=0.1)
    assert prices(first, later, slots_are_wanted=False)[Way.WAIT] < 1.0
    assert prices(first, later, slots_are_wanted=True)[Way.WAIT] > 1000.0
