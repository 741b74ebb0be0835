"""Tables that SQL makes: their columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from headway.conflicts.decisions.fact import Fact
from headway.conflicts.decisions.words import word_set

_CREATE = re.compile(
    r"\bcreate\s+(?:temp(?:orary)?\s+)?table\s+(?:if\s+not\s+exists\s+)?([\w.\"`\[\]]+)\s*\(", re.IGNORECASE
)
_NO_COLUMN = word_set(
    "primary foreign unique constraint check index key exclude like period fulltext spatial"
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
#: Longest definition of one table that is read, in characters, and most tables of one file.
_LONGEST = 20_000
_MOST = 200


def sql_facts(path: str, text: str) -> Iterator[Fact]:
    """The columns of each table that a file makes, SQL in other languages' strings included."""
    if not _CREATE.search(text):
        return
    text = (
        _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text) if path.endswith(".sql") else text
    )
    for match in islice(_CREATE.finditer(text), _MOST):
        body = _body(text, match.end())
        columns = [name for part in _parts(body) if (name := _column(part))]
        if columns:
            line = text.count("\n", 0, match.start()) + 1
            yield table_fact(re.sub(r"[\"`\[\]]", "", match[1]).rpartition(".")[2], columns, line)


def table_fact(table: str, columns: Iterable[str], line: int) -> Fact:
    """That a table has these columns; their order does not count."""
    return Fact(
        f"columns of `{table.lower()}`", ", ".join(sorted({each.lower() for each in columns})), line=line
    )


def _body(text: str, start: int) -> str:
    depth = 1
    for at in range(start, min(len(text), start + _LONGEST)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return ""


def _parts(body: str) -> Iterator[str]:
    depth, begin = 0, 0
    for at, char in enumerate(body):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            yield body[begin:at]
            begin = at + 1
    yield body[begin:]


def _column(part: str) -> str:
    match = re.match(r"\s*[\"`\[]?(\w+)[\"`\]]?\s+\w", part)
    return "" if match is None or match[1].lower() in _NO_COLUMN else match[1]
