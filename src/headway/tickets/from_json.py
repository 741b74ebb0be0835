"""JSON → tree. Python's own reader for each value, with the lines that it does not tell."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from typing import NoReturn

from headway.tickets.tree import (
    DEEPEST,
    Entry,
    Kind,
    Malformed,
    Mapping,
    Node,
    Report,
    Scalar,
    Sequence,
    add_entry,
    shown,
)


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _NotANumber(Exception):
    """``NaN`` or ``Infinity``."""


_SPACE = re.compile(r"[ \t\r\n]*")


def tree_of_json(text: str, report: Report) -> Node:
    """The tree of a JSON text. Keys that stand twice go to the report; raises Malformed where it is no JSON."""
    return _Reader(text, report).read()


class _Reader:
    def __init__(self, text: str, report: Report) -> None:
        self.text, self.report = text, report
        self.line_ends = [end.start() for end in re.finditer("\n", text)]
        self.decoder = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=self._constant)

    def read(self) -> Node:
        at = self._skip(0)
        node, at = self._value(at, 0)
        at = self._skip(at)
        if at < len(self.text):
            self._fail(at, "something follows the end of the JSON value")
        return node

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        """The value that begins at a place, and where it ends. Recursive, no deeper than DEEPEST."""
        if depth > DEEPEST:
            self._fail(at, f"lists and mappings are nested deeper than {DEEPEST}")
        line = self._line(at)
        opening = self.text[at : at + 1]
        if opening == "{":
            return self._mapping(at, depth, line)
        if opening == "[":
            return self._sequence(at, depth, line)
        value, end = self._scalar(at)
        if isinstance(value, _Number):
            return Scalar(line, Kind.NUMBER, str(value)), end
        if isinstance(value, str):
            return Scalar(line, Kind.QUOTED, value), end
        if value is None:
            return Scalar(line, Kind.NULL, "null"), end
        return Scalar(line, Kind.BOOLEAN, "true" if value else "false"), end

    def _sequence(self, at: int, depth: int, line: int) -> tuple[Sequence, int]:
        node = Sequence(line)
        at = self._skip(at + 1)
        if self.text[at : at + 1] == "]":
            return node, at + 1
        while True:
            item, at = self._value(at, depth + 1)
            node.items.append(item)
            at, ended = self._next(at, "]")
            if ended:
                return node, at

    def _mapping(self, at: int, depth: int, line: int) -> tuple[Mapping, int]:
        node = Mapping(line)
        at = self._skip(at + 1)
        if self.text[at : at + 1] == "}":
            return node, at + 1
        while True:
            if self.text[at : at + 1] != '"':
                self._fail(at, "a key in double quotes is expected here")
            key_line = self._line(at)
            key, at = self._scalar(at)
            at = self._skip(at)
            if self.text[at : at + 1] != ":":
                self._fail(at, f"a colon is expected after the key {shown(str(key))}")
            value, at = self._value(self._skip(at + 1), depth + 1)
            add_entry(node, Entry(str(key), key_line, value), self.report)
            at, ended = self._next(at, "}")
            if ended:
                return node, at

    def _next(self, at: int, closing: str) -> tuple[int, bool]:
        """Past the comma, or past the end of the list or mapping."""
        at = self._skip(at)
        found = self.text[at : at + 1]
        if found == closing:
            return at + 1, True
        if found != ",":
            self._fail(at, f"a comma or {closing} is expected here")
        at = self._skip(at + 1)
        if self.text[at : at + 1] == closing:
            self._fail(at, f"a comma stands before {closing}, and nothing follows it")
        return at, False

    def _scalar(self, at: int) -> tuple[object, int]:
        if at >= len(self.text):
            self._fail(at, "the file ends in the middle of a value")
        try:
            return self.decoder.raw_decode(self.text, at)
        except _NotANumber as error:
            self._fail(at, f"{error} is not a number in JSON")
        except json.JSONDecodeError as error:
            if error.msg == "Expecting value":
                self._fail(at, "a value is expected here (texts stand in double quotes)")
            if error.msg.startswith("Invalid control character"):
                self._fail(error.pos, "a text goes on over the end of the line, or holds a control character")
            self._fail(error.pos, f"not JSON: {error.msg.removesuffix(' at')}")

    def _constant(self, name: str) -> NoReturn:
        raise _NotANumber(name)

    def _skip(self, at: int) -> int:
        space = _SPACE.match(self.text, at)
        return space.end() if space else at

    def _line(self, at: int) -> int:
        return bisect_left(self.line_ends, at) + 1

    def _fail(self, at: int, what: str) -> NoReturn:
        raise Malformed(self._line(at), what)
