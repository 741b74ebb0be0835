"""Who goes again from the other's work, for generated pairs and for each single case."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from headway.coordination.yielding import MOST_YIELDS, Contender, who_yields
from headway.nouns import Priority

contenders = st.builds(
    Contender,
    ticket=st.just("A"),
    priority=st.sampled_from(Priority),
    position=st.integers(0, 99),
    elapsed=st.none() | st.floats(0, 1e4),
    lost=st.floats(0, 1e4),
    yields=st.integers(0, MOST_YIELDS + 1),
)
usual = st.none() | st.floats(1, 1e4)


def contender(ticket: str, elapsed: float | None = 1.0, **changes: object) -> Contender:
    return replace(
        Contender(ticket=ticket, priority=Priority.MEDIUM, position=ord(ticket), elapsed=elapsed), **changes
    )


@given(contenders, contenders, usual)
def test_it_does_not_matter_which_side_is_which(a, b, usual):
    a, b = replace(a, position=0), replace(b, ticket="B", position=1)
    assert who_yields(a, b, usual=usual) == who_yields(b, a, usual=usual)


@given(contenders, contenders, usual)
def test_one_whose_work_is_done_does_not_yield_nor_one_that_did_so_too_often(a, b, usual):
    found = who_yields(a, replace(b, ticket="B"), usual=usual)
    if found is not None:
        loser, winner = found
        assert loser.elapsed is not None
        assert loser.yields < MOST_YIELDS
        assert winner is not None


@given(contenders, contenders)
def test_a_higher_priority_does_not_yield_to_a_lower_one(a, b):
    found = who_yields(a, replace(b, ticket="B"))
    if found is not None and found[1] is not None:
        assert found[0].priority <= found[1].priority


def test_of_equal_priority_the_one_that_has_done_less_yields():
    a, b = contender("A", 5.0), contender("B", 1.0)
    assert who_yields(a, b) == (b, a)


def test_one_that_lost_before_does_not_lose_again_for_a_little():
    a, b = contender("A", 5.0), contender("B", 1.0, lost=9.0, yields=1)
    assert who_yields(a, b) == (a, b)


def test_of_two_alike_the_later_yields():
    a, b = contender("A"), contender("B")
    assert who_yields(a, b) == (b, a)


def test_one_at_work_yields_to_work_that_is_done():
    a, b = contender("A", 50.0), contender("B", None)
    assert who_yields(a, b) == (a, b)


def test_one_that_is_nearly_done_goes_on():
    assert who_yields(contender("A", 95.0), contender("B", 99.0), usual=100.0) is None
    assert who_yields(contender("A", 5.0), contender("B", 99.0), usual=100.0) is not None


def test_one_that_collides_with_what_has_landed_goes_again_from_there():
    a = contender("A", 5.0)
    assert who_yields(a, None) == (a, None)
