"""The places of a file that git could not merge, apart from what it could: read from what git wrote.

Only these places are settled; all else stays as git's own merge has it. Where git's text is not at hand, lines are
compared here, by the same rule (changes that leave no line between them conflict). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from headway.conflicts.lines import split
from headway.resolution.aligning import Change, changes

Lines = tuple[bytes, ...]

_BEGIN = re.compile(rb"<{7} [^\n]*\n")
_BASE = re.compile(rb"\|{7} [^\n]*\n")
_END = re.compile(rb">{7} [^\n]*\n?")
_MIDDLE = re.compile(rb"={7}\r?\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hunk:
    """One place that both sides changed, and what stands around it."""

    base: Lines
    left: Lines
    right: Lines
    #: All lines of the merged file before it, with other hunks left out.
    before: Lines = ()
    #: All lines after it.
    after: Lines = ()

    @property
    def only_grows(self) -> bool:
        """Whether both sides insert and neither touches what was there."""
        return not self.base


@dataclass(frozen=True, slots=True)
class Text:
    """A file that git merged but for some places: ``parts`` holds lines that are merged, and hunks, in order."""

    parts: tuple[Lines | Hunk, ...]

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """The places that are open."""
        return tuple(part for part in self.parts if isinstance(part, Hunk))


def parse(conflicted: bytes, base: bytes, left: bytes, right: bytes) -> Text | None:
    """What git wrote with ``merge.conflictStyle=diff3``; None where it cannot be told what is whose.

    A row of seven ``=`` is a headline too: of several, the one counts with which each piece stands in its side.
    """
    texts = split(base), split(left), split(right)
    parts: list[Lines | Hunk] = []
    plain: list[bytes] = []
    lines = iter(split(conflicted))
    for line in lines:
        if not _BEGIN.fullmatch(line):
            plain.append(line)
            continue
        ours = _until(lines, _BASE)
        rest = None if ours is None else _until(lines, _END)
        hunk = None if ours is None or rest is None else _hunk(ours, rest, texts)
        if hunk is None:
            return None
        parts += [tuple(plain), hunk]
        plain = []
    return Text(_with_surroundings([*parts, tuple(plain)]))


def compare(base: bytes, left: bytes, right: bytes) -> Text:
    """The same without git."""
    old, ours, theirs = split(base), split(left), split(right)
    open_ = [(True, each) for each in changes(old, ours)] + [(False, each) for each in changes(old, theirs)]
    open_.sort(key=lambda each: (each[1].start, each[1].end))
    parts: list[Lines | Hunk] = []
    at, index = 0, 0
    while index < len(open_):
        group = [open_[index]]
        end = open_[index][1].end
        index += 1
        while index < len(open_) and open_[index][1].start <= end:
            group.append(open_[index])
            end = max(end, open_[index][1].end)
            index += 1
        start = group[0][1].start
        parts.append(tuple(old[at:start]))
        before = tuple(old[start:end])
        mine = _applied(old, ours, [c for is_left, c in group if is_left], start, end)
        others = _applied(old, theirs, [c for is_left, c in group if not is_left], start, end)
        if others in (mine, before):
            parts.append(mine)
        elif mine == before:
            parts.append(others)
        else:
            parts.append(Hunk(base=before, left=mine, right=others))
        at = end
    return Text(_with_surroundings([*parts, tuple(old[at:])]))


def tighten(hunk: Hunk) -> list[Lines | Hunk]:
    """A hunk without the lines that all have in common at its ends, and, where nothing of the base is left of it,
    without those that both sides inserted alike."""
    sides = [hunk.base, hunk.left, hunk.right]
    head = _common(sides)
    sides = [each[head:] for each in sides]
    tail = _common([each[::-1] for each in sides])
    sides = [each[: len(each) - tail] for each in sides]
    first = last = 0
    if not sides[0]:
        first = _common(sides[1:])
        while first and not sides[1][first - 1].strip():
            first -= 1  # blank lines belong to what they part
        sides[1:] = [each[first:] for each in sides[1:]]
        last = _common([each[::-1] for each in sides[1:]])
        while last and not sides[1][len(sides[1]) - last].strip():
            last -= 1
        sides[1:] = [each[: len(each) - last] for each in sides[1:]]
    start = hunk.left[: head + first]
    end = hunk.left[len(hunk.left) - tail - last :]
    core = Hunk(
        base=sides[0],
        left=sides[1],
        right=sides[2],
        before=hunk.before + start,
        after=end + hunk.after,
    )
    if core.right in (core.left, core.base):
        return [start + core.left + end]
    if core.left == core.base:
        return [start + core.right + end]
    return [start, core, end]


def loosen(hunk: Hunk) -> list[Lines | Hunk]:
    """A hunk taken apart where the sides' changes only touch: for lists, whose lines do not depend on each other."""
    ours = [(True, each) for each in changes(hunk.base, hunk.left)]
    theirs = [(False, each) for each in changes(hunk.base, hunk.right)]
    open_ = sorted([*ours, *theirs], key=lambda each: (each[1].start, each[1].end))
    parts: list[Lines | Hunk] = []
    at, index = 0, 0
    while index < len(open_):
        group = [open_[index]]
        start, end = open_[index][1].start, open_[index][1].end
        index += 1
        while index < len(open_) and (
            open_[index][1].start < end or open_[index][1].start == open_[index][1].end == start == end
        ):
            group.append(open_[index])
            end = max(end, open_[index][1].end)
            index += 1
        parts.append(hunk.base[at:start])
        before = hunk.base[start:end]
        mine = _applied(hunk.base, hunk.left, [c for is_left, c in group if is_left], start, end)
        others = _applied(hunk.base, hunk.right, [c for is_left, c in group if not is_left], start, end)
        if others in (mine, before):
            parts.append(mine)
        elif mine == before:
            parts.append(others)
        else:
            parts.append(Hunk(base=before, left=mine, right=others, before=hunk.before, after=hunk.after))
        at = end
    return [*parts, hunk.base[at:]]


def _applied(
    old: Sequence[bytes], new: Sequence[bytes], made: Sequence[Change], start: int, end: int
) -> Lines:
    """What became of the lines ``start`` up to ``end`` by some changes."""
    found: list[bytes] = []
    at = start
    for change in made:
        found += [*old[at : change.start], *new[change.new_start : change.new_end]]
        at = change.end
    return (*found, *old[at:end])


def _until(lines: Iterator[bytes], end: re.Pattern[bytes]) -> list[bytes] | None:
    found: list[bytes] = []
    for line in lines:
        if end.fullmatch(line):
            return found
        found.append(line)
    return None


def _hunk(ours: list[bytes], rest: list[bytes], texts: tuple[list[bytes], ...]) -> Hunk | None:
    middles = [at for at, line in enumerate(rest) if _MIDDLE.fullmatch(line)]
    base, left, right = texts
    for at in middles:
        old, theirs = rest[:at], rest[at + 1 :]
        if len(middles) == 1 or all(
            _stands_in(*each) for each in ((old, base), (theirs, right), (ours, left))
        ):
            return Hunk(base=tuple(old), left=tuple(ours), right=tuple(theirs))
    return None


def _stands_in(piece: Sequence[bytes], text: Sequence[bytes]) -> bool:
    return any(list(text[at : at + len(piece)]) == list(piece) for at in range(len(text) - len(piece) + 1))


def _with_surroundings(parts: list[Lines | Hunk]) -> tuple[Lines | Hunk, ...]:
    found: list[Lines | Hunk] = []
    for at, part in enumerate(parts):
        if isinstance(part, Hunk):
            before = tuple(line for each in parts[:at] if not isinstance(each, Hunk) for line in each)
            after = tuple(line for each in parts[at + 1 :] if not isinstance(each, Hunk) for line in each)
            found.append(replace(part, before=before, after=after))
        else:
            found.append(part)
    return tuple(found)


def _common(sides: Sequence[Sequence[bytes]]) -> int:
    """How many lines all begin with."""
    count = 0
    for lines in zip(*sides, strict=False):
        if len(set(lines)) > 1:
            break
        count += 1
    return count
