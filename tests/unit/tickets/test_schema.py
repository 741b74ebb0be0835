"""The published schema and the reader say the same of the same files."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.errors import TicketsError
from headway.nouns import Ticket
from headway.tickets.drafts import KEYS
from headway.tickets.schema import ticket_schema
from tests.unit.tickets.reader import read_json

VALIDATOR = jsonschema.Draft202012Validator(ticket_schema())

BIDI = "\u202e"


def schema_takes(document: Any) -> bool:
    return bool(VALIDATOR.is_valid(document))


def reader_takes(document: Any) -> bool:
    try:
        read_json(json.dumps(document))
    except TicketsError:
        return False
    return True


def ticket(**fields: Any) -> list[dict[str, Any]]:
    return [{"id": "A", "title": "a", **fields}]


GOOD = [
    ticket(),
    {"tickets": ticket(), "name": "x", "pairs": [1]},
    [{"id": "A", "description": "only this"}],
    [{"id": "A", "title": None, "description": "only this"}],
    [{"id": "A", "title": " ", "description": "only this"}],
    ticket(description=None),
    ticket(description=""),
    ticket(id=12),
    ticket(id="x" * 100),
    ticket(id="v1.lock.x"),
    ticket(title="x" * 500),
    ticket(title="  a\n"),
    ticket(title="Añadir 限速 👩\u200d💻"),
    *[ticket(priority=priority) for priority in ("critical", "high", "medium", "low", None, "")],
    ticket(depends_on=[], blocked_by=None, blocks=[]),
    ticket(paths=["src/**", "a b", "./x", "..x", "grün/[a-z]*"]),
    ticket(paths="src/**"),
    ticket(paths=[]),
    ticket(agent="claude", role="engineer", verify="make\nmake test"),
    ticket(agent=None, role="", verify=" "),
    *[
        ticket(timeout=timeout)
        for timeout in (1, 0.5, "90", "90s", " 1H30m ", "1h 30m", "0.5h", "1.5 s", None, "")
    ],
    ticket(labels=["a", "b c"]),
    ticket(labels="a"),
    ticket(anything={"goes": [1, None]}, status="open"),
]

BAD = [
    [],
    {},
    {"tickets": []},
    {"tickets": None},
    {"tickets": {"A": {}}},
    "text",
    3,
    None,
    ["text"],
    [None],
    [[]],
    [{}],
    [{"title": "a"}],
    [{"id": "A"}],
    [{"id": "A", "title": "", "description": " "}],
    *[ticket(id=id_) for id_ in (None, "", "../x", "-rf", "a..b", ".a", "a.", "a.lock", "a.LOCK", "a\n", "a b")],
    *[ticket(id=id_) for id_ in ("é", "x" * 101, "a/b", "a@{1}", "a\u200b")],
    *[ticket(id=id_) for id_ in (-1, 1.5, True, [], {})],
    *[
        ticket(title=title)
        for title in ("a\nb", "a\x00", f"a{BIDI}b", "a\u200bb", "a\U000e0041", "x" * 501, 3, [], True)
    ],
    *[ticket(description=text) for text in ("a\x00b", 3, [], {})],
    *[ticket(priority=priority) for priority in ("High", "P0", "urgent", 1, [], " high")],
    *[ticket(**{key: value}) for key in ("depends_on", "blocks") for value in ({}, True, [None], [[]])],
    *[ticket(**{key: value}) for key in ("paths", "labels") for value in ({}, True, [None], [[]])],
    *[ticket(paths=[path]) for path in ("", "/a", "../a", "a/..", "a/../b", "..", "a\nb", "x" * 4097)],
    *[ticket(**{key: value}) for key in ("agent", "role") for value in ("a\nb", "x" * 101, f"a{BIDI}", 3, [])],
    ticket(verify="a\x00"),
    ticket(verify=["make"]),
    *[ticket(labels=[label]) for label in ("", " ", "a\nb", "x" * 101, 3)],
    *[ticket(timeout=timeout) for timeout in (0, -1, "0", "0s", "0h0m", "0.0s", "soon", "1w", "1e3", "-5s")],
    *[ticket(timeout=timeout) for timeout in (True, [], {}, 366 * 86400, "1h30")],
]  # fmt: skip


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(ticket_schema())


@pytest.mark.parametrize("document", GOOD)
def test_both_take_what_is_good(document: Any) -> None:
    assert (schema_takes(document), reader_takes(document)) == (True, True)


@pytest.mark.parametrize("document", BAD)
def test_both_refuse_what_is_bad(document: Any) -> None:
    assert (schema_takes(document), reader_takes(document)) == (False, False)


texts = st.text(st.sampled_from("aZ09._-/ \n\t*@\u202e\x00é👩lock"), max_size=12)
values = st.none() | st.booleans() | st.integers(-2, 10) | texts | st.lists(texts | st.none(), max_size=2)
fields = st.fixed_dictionaries(
    {}, optional={key: values for key in KEYS if key not in ("depends_on", "blocked_by", "blocks")}
)


@given(fields)
def test_both_say_the_same_of_any_ticket(said: dict[str, Any]) -> None:
    assert schema_takes([said]) == reader_takes([said])


def test_every_field_of_a_ticket_is_in_the_schema() -> None:
    known = set(ticket_schema()["$defs"]["ticket"]["properties"])
    made_by_the_reader = {"source", "extra"}
    assert {field.name for field in dataclasses.fields(Ticket)} - made_by_the_reader <= known


def test_every_key_of_the_schema_says_what_it_is_for() -> None:
    assert all(key["description"] for key in ticket_schema()["$defs"]["ticket"]["properties"].values())


def test_the_schema_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(ticket_schema())) == ticket_schema()
