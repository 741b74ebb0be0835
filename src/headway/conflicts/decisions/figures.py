"""Figures in a choice: durations, sizes, rates, counts, versions; and whether two of them can both hold. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from headway.conflicts.symbols.versions import exclude_each_other

_SECONDS = {
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds", "millis"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604800.0),
    **dict.fromkeys(("month", "months"), 2592000.0),
    **dict.fromkeys(("y", "year", "years"), 31536000.0),
}
_BYTES = {
    **dict.fromkeys(("b", "byte", "bytes"), 1.0),
    **{f"{u}{tail}": 1000.0**n for n, u in enumerate("kmgt", 1) for tail in ("b", "")},
    **{f"{u}ib": 1024.0**n for n, u in enumerate("kmgt", 1)},
    **{f"{u}byte{s}": 1000.0**n for n, u in enumerate(("kilo", "mega", "giga"), 1) for s in ("", "s")},
}
_NUMBERS = {
    word: str(n)
    for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())  # noqa: SIM905
} | {
    "once": "1",
    "twice": "2",
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "sixty": "60",
    "hundred": "100",
}
_NUMBER = re.compile(
    r"(?P<bound><=|>=|<|>|≤|≥)?\s*(?<![\w.])(?P<number>\d+(?:[._ ]?\d{3})*(?:[.,]\d+)?|\d+)"
    r"\s*(?P<unit>%|(?!(?:per|an?|each|every)\b)[a-zA-Z]+)?"
    r"(?:\s*(?:/|\bper\b|\ba\b|\ban\b|\beach\b|\bevery\b)\s*(?P<per>[a-zA-Z]+))?"
)
_AT_MOST = re.compile(
    r"\b(at most|up to|no more than|not more than|maximum of|max\.? of|never more than)\s*$"
)
_AT_LEAST = re.compile(r"\b(at least|no less than|minimum of|or more|min\.? of)\s*$")
_NEVER_ENDS = re.compile(
    r"\b(unlimited|infinite|no limit|without limit|never expires?|forever|no time ?out|without a? ?time ?out)"
    r"\b"
)

_VERSION = re.compile(
    r"(?P<operator>>=|<=|==|~=|!=|<|>|\^|~)?\s*(?<![\w.])v?(?P<version>\d+(?:\.(?:\d+|[xX*]))*)"
    r"(?P<plus>\+| or (?:newer|later|higher|above))?(?![\w%]|\.\d)"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity: what kind, and from where to where in seconds, bytes, per second, per cent or pieces."""

    kind: str
    low: float
    high: float
    #: How it was bounded: "", "at most" or "at least".
    bound: str = ""


def read_figures(text: str, kind: str | None) -> frozenset[Figure]:
    """The figures of a text. ``kind``: which one is wanted; a number without a unit is then one."""
    text = text.casefold()
    text = re.sub(r"\b[a-z]+\b", lambda m: _NUMBERS.get(m[0], m[0]), text)
    if kind in (None, "count", "duration", "size", "rate") and _NEVER_ENDS.search(text):
        return frozenset({Figure(kind or "count", math.inf, math.inf)})
    found: set[Figure] = set()
    for match in _NUMBER.finditer(text):
        number = _number(match["number"])
        if number is None:
            continue
        figure = _figure(number, match["unit"] or "", match["per"] or "", kind)
        if figure is None:
            continue
        before = text[max(0, match.start() - 20) : match.start()]
        sign = match["bound"] or ""
        if sign in ("<", "<=", "≤") or _AT_MOST.search(before):
            figure = Figure(figure.kind, 0.0, figure.high, "at most")
        elif sign in (">", ">=", "≥") or _AT_LEAST.search(before):
            figure = Figure(figure.kind, figure.low, math.inf, "at least")
        found.add(figure)
    if not found and kind == "count" and re.search(r"\b(never|none|no|without|not)\b", text):
        found.add(Figure("count", 0.0, 0.0))
    return frozenset(found)


def _number(text: str) -> float | None:
    text = re.sub(r"[_ ](?=\d{3})", "", text)
    if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        text = text.replace(",", "")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _figure(number: float, unit: str, per: str, kind: str | None) -> Figure | None:  # noqa: PLR0911 (one unit after the other)
    def exactly(of: str, value: float) -> Figure:
        return Figure(of, value, value)

    if unit in ("rps", "qps"):
        return exactly("rate", number)
    if per in _SECONDS and unit not in _SECONDS:
        return exactly("rate", number / _SECONDS[per])
    if unit in ("%", "percent", "pct"):
        return exactly("percent", number)
    if kind == "rate" and per:
        return None
    if unit in _SECONDS and kind in (None, "duration") and not (unit == "m" and kind is None):
        return exactly("duration", number * _SECONDS[unit])
    if unit in _BYTES and kind in (None, "size") and (len(unit) > 1 or kind == "size"):
        return exactly("size", number * _BYTES[unit])
    if kind in ("count", "percent"):
        return exactly(kind, number) if unit not in _SECONDS or unit in ("s", "m", "d", "w") else None
    if unit and unit in (*_SECONDS, *_BYTES):
        return None
    if kind == "duration":
        return exactly("duration", number) if not unit else None
    if kind == "size":
        return exactly("size", number) if not unit else None
    return exactly("count", number) if kind is None else None


def figures_exclude(one: frozenset[Figure], other: frozenset[Figure]) -> bool | None:
    """Whether no figure of one can be one of the other; None where they are of different kinds, or there are none."""
    kinds = {each.kind for each in one} & {each.kind for each in other}
    if not kinds:
        return None
    return not any(
        _agree(a, b) for kind in kinds for a in one for b in other if a.kind == kind and b.kind == kind
    )


def _agree(one: Figure, other: Figure) -> bool:
    near = 0.06 if one.kind == "size" else 1e-6  # 10 MB and 10 MiB are meant to be the same
    if one.bound and one.bound == other.bound:
        at = (one.high, other.high) if one.bound == "at most" else (one.low, other.low)
        return at[0] == at[1] or abs(at[0] - at[1]) <= near * max(at)
    if math.isinf(one.low) or math.isinf(other.low):
        return one.low == other.low
    return one.low <= other.high * (1 + near) and other.low <= one.high * (1 + near)


def read_versions(text: str) -> str | None:
    """The versions that a text allows, as a specifier; None where it names none."""
    found = []
    for match in _VERSION.finditer(text):
        version = match["version"].rstrip(".")
        if match["plus"]:
            found.append(">=" + re.sub(r"\.[xX*]", "", version))
        elif match["operator"]:
            found.append(f"{match['operator']}{version}")
        else:
            found.append(version)
    if not found or len(found) > 4:
        return None
    plain = [each for each in found if each[0].isdigit()]
    if len(plain) > 1:  # "3.11 and 3.12": all of them
        return " || ".join(plain)
    return ", ".join(found)


def is_version(text: str) -> bool:
    """Whether a text can only mean a version: it has an operator, ``.x``, two dots or a ``v`` before a digit."""
    return bool(re.search(r"(>=|<=|==|~=|!=|\^|~)\s*v?\d|\d\.[xX*]|\d+\.\d+\.\d|\bv\d|\d\+(\s|$)", text))


def versions_exclude(one: str, other: str, *, lowest: bool) -> bool | None:
    """Whether no version is allowed by both. ``lowest``: both say the lowest one that is supported."""
    if lowest and all(each.startswith(">=") and "," not in each for each in (one, other)):
        return one[2:] != other[2:]
    results = [exclude_each_other(a, b, npm=True) for a in one.split(" || ") for b in other.split(" || ")]
    if any(each is None for each in results):
        return None
    return all(results)
