"""Text for a terminal: nothing that somebody else wrote gets there raw, and figures are short. Pure.

Ticket titles, paths and what agents print are data: an escape sequence in them would move the cursor, a bidirectional
mark would turn a line around, a lone surrogate would end us with an encoding error.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

#: General categories that are shown as an escape: control, format (bidi marks, zero width), surrogate, private use,
#: unassigned, line and paragraph separators.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

#: More accents than any writing needs on one letter: they would pile up over the lines above.
_MOST_MARKS = 3


def safe(text: str, *, lines: bool = False) -> str:
    """``text`` with everything invisible shown as an escape; with ``lines``, line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    told: list[str] = []
    marks = 0
    for char in text:
        if char in "\n\t":
            told.append(char if lines else " ")
            continue
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in _UNSAFE:
            told.append(_escape(ord(char)))
        elif marks <= _MOST_MARKS:
            told.append(char)
    return "".join(told)


def shorten(text: str, most: int) -> str:
    """At most ``most`` characters, the end cut off where it is longer."""
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…"


def width(text: str) -> int:
    """How many columns of a terminal it takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.category(char) in ("Mn", "Me") for char in text)


def fit(text: str, columns: int, *, right: bool = False) -> str:
    """``text`` in exactly so many columns: filled up, or its end cut off."""
    if width(text) > columns:
        kept, used = [], 0
        for char in text:
            used += width(char)
            if used > columns - 1:
                break
            kept.append(char)
        text = "".join(kept) + "…"
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def pieces(text: str, columns: int) -> list[str]:
    """``text`` cut into lines of at most so many columns, wherever they end; one empty line for an empty text."""
    lines, used = [""], 0
    for char in text:
        takes = width(char)
        if used + takes > columns and lines[-1]:
            lines.append("")
            used = 0
        lines[-1] += char
        used += takes
    return lines


def wrapped(text: str, columns: int) -> list[str]:
    """``text`` in lines of at most so many columns, cut between words where it can be."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):  # an empty one is a further blank
        if line and width(line) + 1 + width(word) <= columns:
            line += f" {word}"
            continue
        if line:
            lines.append(line.rstrip())
        *full, line = pieces(word, columns)
        lines += full
    return [*lines, line.rstrip()] if line or not lines else lines


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines in which the cells of ``rows`` stand below each other; nothing is cut off."""
    widths: dict[int, int] = {}
    for row in rows:
        for index, cell in enumerate(row):
            widths[index] = max(widths.get(index, 0), width(cell))
    return [
        "  ".join(cell + " " * (widths[index] - width(cell)) for index, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def duration(seconds: float) -> str:
    """``0.4s``, ``42s``, ``12m05s``, ``3h07m``, ``2d04h``."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02d}h"


def ago(seconds: float) -> str:
    """How long something is past: ``now``, ``4s ago``, ``12m05s ago``."""
    if seconds < 1:
        return "now"
    return f"{int(seconds)}s ago" if seconds < 10 else f"{duration(seconds)} ago"


def size(count: int) -> str:
    """Bytes as ``812 B``, ``3.4 MiB``, ``12 GiB``."""
    return _scaled(float(count), 1024.0, (" B", " KiB", " MiB", " GiB", " TiB"))


def amount(number: int) -> str:
    """A number of tokens as ``812``, ``3.4k``, ``12M``."""
    return _scaled(float(number), 1000.0, ("", "k", "M", "G"))


def _scaled(value: float, step: float, units: Sequence[str]) -> str:
    index = 0
    while value >= step - 0.5 and index < len(units) - 1:
        value /= step
        index += 1
    return f"{value:.0f}{units[index]}" if index == 0 or value >= 9.95 else f"{value:.1f}{units[index]}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 ticket``, ``3 tickets``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def clock(at: float) -> str:
    """A moment as the local time of day."""
    import time

    return time.strftime("%H:%M:%S", time.localtime(at))


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
