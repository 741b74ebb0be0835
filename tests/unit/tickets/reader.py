"""Reading a text as a tickets file, for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from headway.errors import TicketsError
from headway.nouns import Ticket
from headway.tickets.imported import Import
from headway.tickets.reading import read_document


def read_yaml(text: str) -> Import:
    return read_document(text, "t.yaml", json=False)


def read_json(text: str) -> Import:
    return read_document(text, "t.json", json=True)


def one(**fields: Any) -> Ticket:
    """The one ticket of a JSON file with these fields; an id and a title are given unless said otherwise."""
    (ticket,) = read_json(json.dumps([{"id": "T-1", "title": "Do it", **fields}])).tickets
    return ticket


def problems(text: str, *, as_json: bool = False) -> list[str]:
    """Every problem of a file, as ``line: what``."""
    with pytest.raises(TicketsError) as caught:
        read_document(text, "f", json=as_json)
    return [str(problem).removeprefix("f:") for problem in caught.value.problems]


def problem(**fields: Any) -> str:
    """The one problem of a file with one such ticket."""
    return problem_of({"id": "T-1", "title": "Do it", **fields})


def problem_of(ticket: Mapping[str, Any]) -> str:
    """The one problem of a file with exactly this ticket."""
    (what,) = problems(json.dumps([ticket]), as_json=True)
    return what.removeprefix("1: ")


def notes(text: str) -> list[str]:
    return [str(note).removeprefix("t.yaml:") for note in read_yaml(text).notes]
