"""Texts and JSON as a database column can hold them. No I/O.

Titles, descriptions and what agents print are data from outside. PostgreSQL refuses U+0000 and neither database
takes a lone surrogate (what Python makes of a file name that is not UTF-8), so those are escaped, and come back as
they were.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

#: U+0010, "data link escape": what it was made for, and in nobody's text.
_ESCAPE = "\x10"
_HOSTILE = re.compile("[\x00\x10\ud800-\udfff]")
_ESCAPED = re.compile("\x10([0-9a-f]{4})")

#: How deep JSON may nest; what lies deeper is kept as its text.
_DEEPEST = 50

_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def encode_text(text: str) -> str:
    """``text`` without U+0000 and lone surrogates; most texts are as they were."""
    if _HOSTILE.search(text) is None:
        return text
    return _HOSTILE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def decode_text(text: str) -> str:
    """The text that :func:`encode_text` was given."""
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def encode_json(value: Any) -> str:
    """``value`` as JSON, in ASCII. Tuples become lists; what JSON does not know (dates, NaN, a cycle) its text."""
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError):
        return _encode(_plain(value, 0))


def decode_json(text: str) -> Any:
    """The value of :func:`encode_json`."""
    return json.loads(text)


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        # Python refuses to write integers of more than 4300 digits in decimal.
        return int(value) if value.bit_length() < 10_000 else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {str(key): _plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [_plain(item, depth + 1) for item in value]
    return str(value)
