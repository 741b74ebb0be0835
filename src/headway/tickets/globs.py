"""Globs of paths, and whether two of them can name the same file. Pure.

``*`` and ``?`` stay within one part of a path, ``[a-z]`` and ``[!a-z]`` are one character, ``\\`` takes the next
character as it is, and a part that is ``**`` stands for any number of parts. ``dir/`` and ``dir/**`` are everything
below ``dir``. Names that begin with a dot are names like others. Braces are characters like others, because paths
such as ``{{cookiecutter.name}}/`` exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

#: Characters: sorted, disjoint ranges of code points.
Ranges = tuple[tuple[int, int], ...]
#: What one place of a part can be; None where a ``*`` stands.
Place = Ranges | None

#: Any character of a name: all but NUL and the slash.
ANY: Ranges = ((1, ord("/") - 1), (ord("/") + 1, 0x10FFFF))

DEEP = "**"


@dataclass(frozen=True, slots=True)
class Glob:
    """A glob, taken apart. The last part is never ``**``."""

    parts: tuple[str, ...]
    #: The parts at its beginning that have no wildcard, without their escapes: what it names lies in there.
    prefix: tuple[str, ...]
    #: Its last part where that is a plain name, without its escapes; None where it is a pattern.
    name: str | None

    @property
    def is_literal(self) -> bool:
        """Whether it names exactly one path, which is then its prefix."""
        return len(self.prefix) == len(self.parts)

    def with_all_below(self) -> Glob:
        """What lies below what it names."""
        return Glob((*self.parts, DEEP, "*"), self.prefix, None)


@lru_cache(maxsize=65536)
def parse_glob(text: str) -> Glob:
    """The glob of a text; ``./`` in front, doubled slashes and ``**/**`` make no difference."""
    parts: list[str] = []
    for part in text.split("/"):
        if part not in ("", ".") and not (part == DEEP and parts and parts[-1] == DEEP):
            parts.append(part)
    if not parts or (text.endswith("/") and parts[-1] != DEEP):
        parts.append(DEEP)
    if parts[-1] == DEEP:
        parts.append("*")  # a file that lies below, not the folder itself
    prefix: list[str] = []
    for part in parts:
        name = _name_of(part)
        if name is None:
            break
        prefix.append(name)
    return Glob(tuple(parts), tuple(prefix), _name_of(parts[-1]))


def can_meet(left: Glob, right: Glob) -> bool:
    """Whether some path is named by both. Exact; O(parts of the one × parts of the other)."""
    a, b = left.parts, right.parts
    # The last part of a path is matched by the last parts of both, and most pairs differ there.
    if not _parts_meet(a[-1], b[-1]):
        return False
    if left.is_literal and right.is_literal:
        return left.prefix == right.prefix
    # meets[j]: whether a[i:] and b[j:] can name the same rest of a path, for i from the end to the beginning.
    meets = [False] * len(b) + [True]
    for i in range(len(a) - 1, -1, -1):
        after, meets = meets, [False] * (len(b) + 1)
        for j in range(len(b) - 1, -1, -1):
            if a[i] == DEEP or b[j] == DEEP:
                # A `**` ends here, or takes one more part of the other.
                meets[j] = after[j] or meets[j + 1]
            else:
                meets[j] = after[j + 1] and _parts_meet(a[i], b[j])
    return meets[0] and all(_is_possible(part) for part in a + b)


def _parts_meet(left: str, right: str) -> bool:
    """Whether two possible parts, none of them ``**``, can name the same name."""
    if left == right:
        return True
    # Most pairs differ at their plain beginning or end, and to see that is ten times cheaper than to decide.
    a, b = _ends(left), _ends(right)
    if not (a[0].startswith(b[0]) or b[0].startswith(a[0])):
        return False
    if not (a[1].endswith(b[1]) or b[1].endswith(a[1])):
        return False
    return _decide(left, right)


@lru_cache(maxsize=65536)
def _ends(part: str) -> tuple[str, str]:
    """The plain characters at the beginning and at the end of a part; all of it twice where it is a plain name."""
    places = [place[0][0] if place and place[0][0] == place[-1][1] else 0 for place in _places(part)]
    head, tail = list(takewhile(bool, places)), list(takewhile(bool, reversed(places)))
    return "".join(map(chr, head)), "".join(map(chr, reversed(tail)))


@lru_cache(maxsize=65536)
def _decide(left: str, right: str) -> bool:
    a, b = _places(left), _places(right)
    # As in can_meet: whether a[i:] and b[j:] can be the same rest of a name.
    meets = [False] * len(b) + [True]
    for j in range(len(b) - 1, -1, -1):
        meets[j] = b[j] is None and meets[j + 1]
    for i in range(len(a) - 1, -1, -1):
        after, meets = meets, [False] * (len(b) + 1)
        meets[-1] = a[i] is None and after[-1]
        for j in range(len(b) - 1, -1, -1):
            one, other = a[i], b[j]
            if one is None or other is None:
                meets[j] = after[j] or meets[j + 1]
            else:
                meets[j] = after[j + 1] and _common(one, other) != ()
    return meets[0]


def _name_of(part: str) -> str | None:
    """The one name that a part stands for; None where it is a pattern."""
    name = ""
    for place in _places(part):
        if place is None or len(place) != 1 or place[0][0] != place[0][1]:
            return None
        name += chr(place[0][0])
    return name


def _is_possible(part: str) -> bool:
    """Whether any name fits a part; ``[z-a]`` fits none."""
    return () not in _places(part)


@lru_cache(maxsize=65536)
def _places(part: str) -> tuple[Place, ...]:
    """A part, place by place."""
    places: list[Place] = []
    at = 0
    while at < len(part):
        character = part[at]
        at += 1
        if character == "*":
            if not places or places[-1] is not None:
                places.append(None)
        elif character == "?":
            places.append(ANY)
        elif character == "[" and (end := _end_of_class(part, at)) > 0:
            places.append(_class(part[at:end]))
            at = end + 1
        else:
            if character == "\\" and at < len(part):
                character = part[at]
                at += 1
            places.append(((ord(character), ord(character)),))
    return tuple(places)


def _end_of_class(part: str, at: int) -> int:
    """Where the ``]`` is that ends a class whose inside begins at ``at``; -1 where the ``[`` is just a ``[``."""
    if part[at : at + 1] in ("!", "^"):
        at += 1
    first = True  # a `]` right at the beginning is one of the characters
    while at < len(part):
        if part[at] == "]" and not first:
            return at
        at += 2 if part[at] == "\\" else 1
        first = False
    return -1


def _class(inside: str) -> Ranges:
    """The characters of ``[inside]``."""
    negated = inside[0] in "!^"
    at = 1 if negated else 0
    characters: list[str] = []
    escaped: list[bool] = []
    while at < len(inside):
        escape = inside[at] == "\\" and at + 1 < len(inside)
        at += 1 if escape else 0
        characters.append(inside[at])
        escaped.append(escape)
        at += 1
    ranges: list[tuple[int, int]] = []
    at = 0
    while at < len(characters):
        first = last = ord(characters[at])
        if characters[at + 1 : at + 2] == ["-"] and not escaped[at + 1] and at + 2 < len(characters):
            last = ord(characters[at + 2])
            at += 2
        at += 1
        if first <= last:
            ranges.append((first, last))
    merged = _merged(ranges)
    return _common(ANY, _all_but(merged) if negated else merged)


def _merged(ranges: list[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _all_but(ranges: Ranges) -> Ranges:
    gaps: list[tuple[int, int]] = []
    start = 0
    for first, last in ranges:
        if start < first:
            gaps.append((start, first - 1))
        start = last + 1
    return (*gaps, (start, 0x10FFFF)) if start <= 0x10FFFF else tuple(gaps)


def _common(left: Ranges, right: Ranges) -> Ranges:
    common: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            common.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)
