"""``depends_on``, ``blocked_by`` and ``blocks`` are one graph, and its ids are no one else's."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from tests.unit.tickets.reader import problems, read_json, read_yaml


def file_of(**waits: Sequence[str]) -> str:
    """A tickets file, a ticket a line."""
    lines = [json.dumps({"id": id_, "title": id_, "depends_on": needed}) for id_, needed in waits.items()]
    return "[" + ",\n".join(lines) + "]"


def test_three_ways_to_say_it_are_one_graph() -> None:
    tickets = read_yaml(
        "- {id: A, title: a, blocks: [B, C]}\n"
        "- {id: B, title: b, blocked_by: [A], depends_on: C}\n"
        "- {id: C, title: c}\n"
    ).tickets
    assert {ticket.id: ticket.depends_on for ticket in tickets} == {"A": (), "B": ("A", "C"), "C": ("A",)}


def test_a_link_said_twice_is_one() -> None:
    tickets = read_yaml("- {id: A, title: a, depends_on: [B, B]}\n- {id: B, title: b, blocks: A}\n").tickets
    assert tickets[0].depends_on == ("B",)


def test_a_ticket_may_wait_for_one_that_comes_later() -> None:
    assert [ticket.id for ticket in read_json(file_of(A=["B"], B=[])).tickets] == ["A", "B"]


def test_a_cycle_is_shown_in_full_where_its_first_ticket_waits() -> None:
    assert problems(file_of(X=[], A=["B"], B=["C"], C=["A"]), as_json=True) == [
        "2: tickets wait for each other: A -> B -> C -> A; take one of these links out"
    ]


def test_a_cycle_made_of_different_words_is_a_cycle() -> None:
    text = "- {id: A, title: a, blocks: B}\n- {id: B, title: b, blocks: A}\n"
    assert problems(text) == ["2: tickets wait for each other: A -> B -> A; take one of these links out"]


def test_each_cycle_is_told() -> None:
    found = problems(file_of(A=["B"], B=["A"], C=["D"], D=["C"]), as_json=True)
    assert ["A -> B -> A" in found[0], "C -> D -> C" in found[1]] == [True, True]


@pytest.mark.parametrize("key", ["depends_on", "blocked_by", "blocks"])
def test_a_ticket_that_waits_for_itself_is_told(key: str) -> None:
    assert problems(f"- id: A\n  title: a\n  {key}: A\n") == [f"3: 'A' waits for itself ({key})"]


def test_an_unknown_dependency_is_told_with_the_id_that_was_meant() -> None:
    assert problems(file_of(**{"T-10": [], "T-20": ["T-1O"]}), as_json=True) == [
        "2: 'T-20' waits for 'T-1O', and no ticket here has that id (meant is T-10?)"
    ]


def test_an_unknown_dependency_that_differs_by_case_is_told_so() -> None:
    assert "(meant is Login?)" in problems(file_of(Login=[], B=["LOGIN"]), as_json=True)[0]


def test_an_unknown_blocked_ticket_is_told() -> None:
    assert problems("- {id: A, title: a, blocks: [nobody-at-all]}\n") == [
        "1: 'A' blocks 'nobody-at-all', and no ticket here has that id"
    ]


def test_a_dependency_on_a_ticket_with_another_problem_is_not_unknown() -> None:
    assert problems("- {id: A, title: a, priority: x}\n- {id: B, title: b, depends_on: A}\n") == [
        "1: priority 'x': write critical, high, medium or low"
    ]


def test_a_hostile_dependency_is_shown_harmlessly() -> None:
    (found,) = problems(file_of(A=["\x1b[2J\u202e\n"]), as_json=True)
    assert found.isprintable()


def test_an_id_twice_is_told_with_both_places() -> None:
    text = "- id: A\n  title: a\n- title: again\n  id: A\n- {id: A, title: and again}\n"
    assert problems(text) == [
        "4: the id 'A' stands twice: here and at f:1",
        "5: the id 'A' stands twice: here and at f:1",
    ]


def test_ids_that_differ_only_by_case_are_told_with_both_places() -> None:
    (found,) = problems("- {id: Ab, title: a}\n- {id: aB, title: b}\n")
    assert found.startswith("2: the id 'aB' differs only by case from 'Ab' at f:1")


def test_the_words_of_a_second_ticket_with_an_id_make_no_cycle() -> None:
    text = "- {id: A, title: a, depends_on: B}\n- {id: B, title: b}\n- {id: B, title: again, depends_on: A}\n"
    assert problems(text) == ["3: the id 'B' stands twice: here and at f:2"]


def test_a_chain_of_ten_thousand_tickets_is_read() -> None:
    chain = {f"T{n}": [f"T{n + 1}"] if n < 9999 else [] for n in range(10_000)}
    assert len(read_json(file_of(**chain)).tickets) == 10_000


def test_ten_thousand_unknown_dependencies_are_all_told() -> None:
    """A guess for each would compare 100 million pairs of ids: minutes."""
    assert len(problems(file_of(**{f"T{n}": [f"U{n}"] for n in range(10_000)}), as_json=True)) == 10_000
