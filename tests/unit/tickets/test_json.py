"""JSON, with the line of everything that is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.errors import TicketsError
from headway.tickets.from_json import tree_of_json
from headway.tickets.tree import Report, as_plain
from tests.unit.tickets.reader import one, problems, read_json


def test_tickets_are_a_list_or_stand_under_tickets() -> None:
    listed = '[{"id": "A", "title": "a"}]'
    assert read_json(listed).tickets == read_json(f'{{"name": "x", "tickets": {listed}}}').tickets


def test_a_ticket_knows_its_line() -> None:
    a, b = read_json('[\n{"id": "A",\n"title": "a"},\n\n{"id": "B", "title": "b"}]').tickets
    assert (a.source, b.source) == ("t.json:2", "t.json:5")


def test_keys_that_the_schema_does_not_know_are_kept_and_mean_nothing() -> None:
    answer = {"pairs": [1], "alone": "abc", "after": "T-9", "folder": "flask"}
    ticket = one(**answer)
    assert ticket.extra == answer
    assert (ticket.depends_on, ticket.paths) == ((), ())


def test_an_id_that_is_a_whole_number_is_its_digits() -> None:
    first, second = read_json('[{"id": 7, "title": "a"}, {"id": 8, "title": "b", "blocked_by": [7]}]').tickets
    assert (first.id, second.depends_on) == ("7", ("7",))


def test_a_number_that_would_not_come_back_is_kept_as_text() -> None:
    huge = "9" * 5000
    (ticket,) = read_json(f'[{{"id": "A", "title": "a", "x": [{huge}, 1e999, 1.0, 12]}}]').tickets
    assert ticket.extra == {"x": [huge, "1e999", 1.0, 12]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file is empty"),
        ('{"tickets": null}', "1: tickets are a list, this is nothing"),
        ('{"tickets": 3}', "1: tickets are a list, this is a number"),
        ("[1]", "1: a ticket is a mapping with id and title, this is a number"),
        ('[{"id": "A", "title": "a"},\n]', "2: a comma stands before ]"),
        ('[{"id": "A",\n"title": "a",}]', "2: a comma stands before }"),
        ('[{"id": "A"\n"title": "a"}]', "2: a comma or } is expected"),
        ("[\n{'id': 'A'}]", "2: a key in double quotes is expected"),
        ('[{"id"\n"A"}]', "2: a colon is expected after the key 'id'"),
        ('[{"id": A}]', "1: a value is expected here"),
        ('[{"id": "A", "x":\nNaN}]', "2: NaN is not a number in JSON"),
        ('[{"id": "A",\n"title": "a', "2: not JSON: Unterminated string"),
        ('[{"id": "A",\n"title": "a\nb"}]', "2: a text goes on over the end of the line"),
        ('[{"id": "A", "title": "a"}]\nmore', "2: something follows the end"),
        ('[{"id": "A",', "1: a key in double quotes is expected"),
        ("[", "1: the file ends in the middle of a value"),
        (
            '[{"id": "A",\n"title": "a",\n"title": "b"}]',
            "3: the key 'title' stands twice: here and on line 2",
        ),
        ("[" * 100_000, "1: lists and mappings are nested deeper than 64"),
    ],
)
def test_a_file_that_is_no_list_of_tickets_is_told_where(text: str, expected: str) -> None:
    (problem,) = problems(text, as_json=True)
    assert problem.startswith(expected)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200)
@given(values, st.sampled_from([None, 1, "\t"]))
def test_a_tree_is_what_json_was_written_from(value: object, indent: int | str | None) -> None:
    assert as_plain(tree_of_json(json.dumps(value, indent=indent), Report("f"))) == value


@settings(max_examples=300)
@given(st.text('{}[]:,"\\ \nitd0-1e.nulltrue', max_size=60))
def test_no_text_does_worse_than_problems_with_a_line(text: str) -> None:
    try:
        read_json(text)
    except TicketsError as error:
        for problem in error.problems:
            assert 1 <= int(problem.where.rpartition(":")[2]) <= text.count("\n") + 1
