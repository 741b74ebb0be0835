"""What a file says, with the line that says it: the common form of YAML and JSON before anything is understood.

Scalars are text, as written: ``010``, ``1e3``, ``no`` and ``2024-01-01`` are what they look like. What hurts a
reader that trusts its input (nesting without end, aliases that multiply, a file of gigabytes) ends here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

#: Most bytes of a tickets file: 10,000 tickets of 3 KiB.
MOST_BYTES = 32 * 2**20
#: Deepest nesting of lists and mappings. Tickets need three; Python's own JSON writer gives up near 1,000.
DEEPEST = 64

#: Shown of a text in a message.
MOST_SHOWN = 60


class Malformed(Exception):
    """The file cannot be taken apart any further than this."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what
        #: Entries of the list of tickets that were read whole before.
        self.before: list[Node] = []


@dataclass(slots=True)
class Report:
    """What is to be said about one file."""

    #: Name of the file, as the user gave it.
    file: str
    #: Line and what is wrong there.
    problems: list[tuple[int, str]] = field(default_factory=list)
    #: Line and what the user may want to know.
    notes: list[tuple[int, str]] = field(default_factory=list)

    def problem(self, line: int, what: str) -> None:
        """Something is wrong."""
        self.problems.append((line, what))

    def note(self, line: int, what: str) -> None:
        """Something is worth a look."""
        self.notes.append((line, what))


class Kind(Enum):
    """What a scalar was written as."""

    #: In quotes, or a block of text.
    QUOTED = "quoted"
    #: YAML without quotes: what it is depends on what is expected.
    PLAIN = "plain"
    #: JSON only.
    NUMBER = "number"
    #: JSON only.
    BOOLEAN = "boolean"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value."""

    line: int
    kind: Kind
    #: As written; without the quotes.
    text: str


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys and values, in the order of the file; no key twice."""

    line: int
    entries: dict[str, Entry] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping."""

    key: str
    line: int
    value: Node


Node = Scalar | Sequence | Mapping


def kind_of(node: Node) -> str:
    """What a node is, for a person: ``a list``, ``a number``."""
    if isinstance(node, Scalar):
        return _KINDS.get(node.kind, "a text")
    return "a list" if isinstance(node, Sequence) else "a mapping"


_KINDS = {Kind.NUMBER: "a number", Kind.BOOLEAN: "true or false", Kind.NULL: "nothing"}


def is_null(node: Node) -> bool:
    """Whether a value says nothing."""
    return isinstance(node, Scalar) and node.kind is Kind.NULL


def add_entry(node: Mapping, entry: Entry, report: Report) -> None:
    """Put a key into a mapping; the first stays where it stands twice."""
    there = node.entries.get(entry.key)
    if there is None:
        node.entries[entry.key] = entry
    else:
        report.problem(entry.line, f"the key {shown(entry.key)} stands twice: here and on line {there.line}")


def shown(text: str) -> str:
    """A text in quotes, invisible characters spelt out, cut where it is long."""
    return repr(text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…")


def as_plain(node: Node) -> Any:
    """The value as JSON would hold it. Numbers and booleans are such only where their text would come back."""
    if isinstance(node, Sequence):
        return [as_plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {entry.key: as_plain(entry.value) for entry in node}
    if node.kind is Kind.NULL:
        return None
    if node.kind is Kind.BOOLEAN or (node.kind is Kind.PLAIN and node.text in ("true", "false")):
        return node.text == "true"
    if node.kind is Kind.NUMBER or node.kind is Kind.PLAIN:
        return _number(node.text)
    return node.text


def scalars(node: Node) -> Iterator[Scalar]:
    """All values of a tree; its keys too."""
    todo: list[Node] = [node]
    while todo:
        node = todo.pop()
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Sequence):
            todo += reversed(node.items)
        else:
            for entry in node:
                yield Scalar(entry.line, Kind.QUOTED, entry.key)
            todo += reversed([entry.value for entry in node])


_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_REAL = re.compile(r"-?[0-9]{1,17}(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,3})?")


def _number(text: str) -> int | float | str:
    """``3`` and ``2.5``; what would not come back as it was written (``1.10``, ``007``, 40 digits) stays a text."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _REAL.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return text
