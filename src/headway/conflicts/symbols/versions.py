"""Whether two version specifiers can be met by one version. Pure. Python's (PEP 440) and npm's, release parts only."""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, ...]

#: As many parts as are compared.
_PARTS = 6
_TOP: Version = (1 << 60,)
_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~|=)?\s*v?(\d+(?:\.\d+)*)((?:\.[*xX])+)?([^,\s]*)")


@dataclass(frozen=True, slots=True)
class Range:
    """The versions from ``low`` (included) to ``high`` (excluded)."""

    low: Version = ()
    high: Version = _TOP

    def meets(self, other: Range) -> bool:
        """Whether both hold a version."""
        return max(_padded(self.low), _padded(other.low)) < min(_padded(self.high), _padded(other.high))

    def within(self, other: Range) -> Range:
        """What both hold."""
        return Range(
            max(self.low, other.low, key=_padded),
            min(self.high, other.high, key=_padded),
        )


def exclude_each_other(one: str, other: str, *, npm: bool = False) -> bool | None:
    """Whether no version meets both; None where that cannot be said."""
    if one == other:
        return False
    first, second = parse(one, npm=npm), parse(other, npm=npm)
    if first is None or second is None:
        return None
    return not first.meets(second)


def parse(text: str, *, npm: bool = False) -> Range | None:
    """The range of a specifier; None where it is not a plain one (``||``, URLs, tags)."""
    text = text.strip()
    if text in ("", "*", "x", "latest"):
        return Range()
    if "||" in text or ":" in text or " - " in text or "@" in text:
        return None
    found = Range()
    at = 0
    for part in re.split(r"\s*,\s*|\s+(?=[<>=~^!\d])", text):
        if not part:
            continue
        match = _CLAUSE.fullmatch(re.sub(r"\s+", "", part))
        if match is None:
            return None
        clause = _clause(match, npm=npm)
        if clause is None:
            return None
        found = found.within(clause)
        at += 1
    return found if at else None


def _clause(match: re.Match[str], *, npm: bool) -> Range | None:
    operator, digits, star, rest = match[1] or ("" if npm else "=="), match[2], match[3], match[4]
    version = tuple(int(part) for part in digits.split("."))
    if rest and not re.fullmatch(r"[-.+_a-zA-Z0-9]*", rest):
        return None
    if operator in ("==", "===", "=", ""):
        if star or (npm and len(version) < 3):
            return Range(version, _next(version))
        # Pre- and local versions of one release are told apart by their text, not here.
        return Range(version, (*version, *([0] * (_PARTS - len(version))), 1))
    if operator == "!=":
        return Range()
    if operator == ">=":
        return Range(low=version)
    if operator == ">":
        return Range(low=(*version, *([0] * (_PARTS - len(version))), 1))
    if operator == "<":
        return Range(high=version)
    if operator == "<=":
        return Range(high=(*version, *([0] * (_PARTS - len(version))), 1))
    if operator == "~=":
        return Range(version, _next(version[:-1])) if len(version) > 1 else None
    if operator == "~":
        return Range(version, _next(version[:2]))
    return Range(
        version, _next(version[: next((n for n, p in enumerate(version) if p), len(version) - 1) + 1])
    )


def _next(version: Version) -> Version:
    return (*version[:-1], version[-1] + 1)


def _padded(version: Version) -> Version:
    return version + (0,) * (_PARTS + 1 - len(version))
