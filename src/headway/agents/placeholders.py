"""``{name}`` in the commands and templates that users write: one syntax, one pass.

* ``{name}`` becomes the value of a known name. An unknown one is a mistake and is told, never left standing.
* ``{{name}}`` is a literal ``{name}``, whatever the name.
* Any other brace is itself, so JSON such as ``{"key": {"n": 1}}`` stands as it is. (``str.format`` would want each
  of its braces doubled.)

Values are never looked into again, so what a ticket says cannot break or use a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_FORM = re.compile(r"\{\{([A-Za-z_]\w*)\}\}|\{([A-Za-z_]\w*)\}")

#: What no argument and no UTF-8 text can hold.
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")


class UnknownName(ValueError):
    """A placeholder that means nothing here."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(name)
        self.name = name
        #: Where it begins in the text.
        self.position = position


def names_in(text: str) -> list[tuple[str, int]]:
    """Every placeholder of a text with where it begins, in order."""
    return [(found[2], found.start()) for found in _FORM.finditer(text) if found[2] is not None]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced. Raises UnknownName for the first one that ``values`` lacks."""

    def replace(found: re.Match[str]) -> str:
        literal, name = found[1], found[2]
        if literal is not None:
            return "{" + literal + "}"
        if name not in values:
            raise UnknownName(name, found.start())
        return values[name]

    return _FORM.sub(replace, text)


def clean(text: str) -> str:
    """Text that a file and an argument can hold: NUL and halves of surrogate pairs become ``�``."""
    return _UNSPEAKABLE.sub("\ufffd", text)
