"""The price of waiting for others, and of not waiting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.coordination.foresight import CHANCE_OF_GLOBS, WORTH, chances, foresee, price
from headway.nouns import Priority, Ticket

likely = st.lists(st.floats(0.0, 1.0), max_size=8)


def ticket(id_: str, *paths: str, priority: Priority = Priority.MEDIUM) -> Ticket:
    return Ticket(id=id_, title=id_, paths=paths, priority=priority)


@given(st.sampled_from(Priority), likely)
def test_the_more_likely_a_conflict_the_more_waiting_pays(priority, ahead):
    certain = [1.0 for _ in ahead]
    assert price(priority, ahead).start <= price(priority, certain).start
    assert price(priority, ahead).wait == price(priority, certain).wait


@given(likely)
def test_who_waits_at_a_higher_priority_waits_at_a_lower_one_too(ahead):
    pays = [price(priority, ahead).pays_to_wait for priority in sorted(WORTH)]
    assert pays == sorted(pays, reverse=True)


def test_nobody_waits_for_nothing():
    assert not price(Priority.LOW, []).pays_to_wait


@pytest.mark.parametrize(
    ("left", "right", "waits"),
    [
        (["a.py"], ["a.py"], True),
        (["a.py", "b.py"], ["b.py", "a.py"], True),
        (["src/**"], ["src/a.py"], False),
    ],
)
def test_tickets_of_one_file_go_one_after_the_other_and_those_of_wide_globs_at_once(left, right, waits):
    [found] = foresee([ticket("A", *left), ticket("B", *right)])
    assert found.price.pays_to_wait is waits
    assert (found.earlier, found.later) == ("A", "B")


def test_the_lower_priority_waits():
    [found] = foresee([ticket("A", "a.py"), ticket("B", "a.py", priority=Priority.HIGH)])
    assert (found.earlier, found.later) == ("B", "A")


def test_chances_hold_for_both_sides():
    found = chances([ticket("A", "src/*.py"), ticket("B", "src/a.py"), ticket("C", "docs")])
    assert found == {"A": {"B": CHANCE_OF_GLOBS}, "B": {"A": CHANCE_OF_GLOBS}}
