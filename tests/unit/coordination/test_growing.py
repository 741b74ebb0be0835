"""Which worktree the next one gets, for generated pools and for each single case."""

from hypothesis import given
from hypothesis import strategies as st

from headway.coordination.growing import ANOTHER, PoolNow, next_worktree

BASES = ["a" * 40, "b" * 40, None]


@st.composite
def pools(draw: st.DrawFn) -> PoolNow:
    free = draw(st.dictionaries(st.integers(1, 50), st.sampled_from(BASES), max_size=6))
    taken = draw(st.integers(0, 44))
    in_hands = draw(st.integers(0, taken))
    return PoolNow(
        free=free,
        count=len(free) + taken,
        most=draw(st.integers(1, 46)),
        in_hands=in_hands,
        coming=draw(st.integers(0, in_hands)),
        waiting=draw(st.integers(1, 42)),
        at_once=draw(st.integers(1, 8)),
    )


@given(pools())
def test_a_free_worktree_is_given_before_another_is_filled(pool):
    number = next_worktree(pool, BASES[0])
    assert (number in pool.free) == bool(pool.free)


@given(pools())
def test_one_that_stands_there_already_is_given_first(pool):
    number = next_worktree(pool, BASES[0])
    if BASES[0] in pool.free.values():
        assert pool.free[number] == BASES[0]


@given(pools())
def test_the_pool_grows_only_while_there_is_room_and_a_core_for_it(pool):
    if next_worktree(pool, BASES[0]) == ANOTHER:
        assert pool.count < pool.most
        assert pool.in_hands < pool.at_once


@given(pools())
def test_nobody_has_another_filled_while_enough_are_coming(pool):
    if pool.coming >= pool.waiting:
        assert next_worktree(pool, BASES[0]) != ANOTHER


@given(pools())
def test_nobody_waits_unless_something_comes_free_by_itself(pool):
    # What is in hands is let go soon, and what an agent has when it ends; else the wait would have no end.
    if next_worktree(pool, BASES[0]) is None:
        assert pool.in_hands > 0 or pool.count - len(pool.free) >= pool.most


@given(st.integers(1, 46), st.integers(1, 8))
def test_while_nothing_ends_the_pool_grows_to_its_most(most, at_once):
    count, rounds = 0, 0
    while count < most:
        in_hands = 0
        while next_worktree(_pool(count, most, in_hands, at_once), BASES[0]) == ANOTHER:
            count, in_hands = count + 1, in_hands + 1
        assert in_hands > 0
        rounds += 1
    assert rounds == -(-most // at_once)


def _pool(count: int, most: int, in_hands: int, at_once: int) -> PoolNow:
    return PoolNow(
        free={}, count=count, most=most, in_hands=in_hands, coming=0, waiting=most - count, at_once=at_once
    )
