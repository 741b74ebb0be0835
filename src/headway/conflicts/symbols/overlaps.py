"""Which lines of two sides lie where text conflicts: people look at these anyway. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

#: (first line, line after the last), from 0, in the base and on the side.
Block = tuple[int, int, int, int]

#: Lines between two changes that git takes for one conflict when they are fewer.
NEAR = 1


def lines_in_conflict(base: str, left: str, right: str) -> tuple[frozenset[int], frozenset[int]]:
    """The lines (from 1) of either side that lie in or right beside what both changed."""
    lines = base.splitlines()
    lefts, rights = _blocks(lines, left.splitlines()), _blocks(lines, right.splitlines())
    own: set[int] = set()
    theirs: set[int] = set()
    for a in lefts:
        for b in rights:
            if a[0] <= b[1] + NEAR - 1 and b[0] <= a[1] + NEAR - 1:
                own.update(range(a[2] + 1, a[3] + 1))
                theirs.update(range(b[2] + 1, b[3] + 1))
    return frozenset(own), frozenset(theirs)


def _blocks(base: Sequence[str], side: Sequence[str]) -> list[Block]:
    """What a side changed. What both begin and end with alike is left out first: most of a file is that."""
    start = 0
    while start < min(len(base), len(side)) and base[start] == side[start]:
        start += 1
    end = 0
    while end < min(len(base), len(side)) - start and base[-1 - end] == side[-1 - end]:
        end += 1
    matcher = SequenceMatcher(
        None, base[start : len(base) - end], side[start : len(side) - end], autojunk=False
    )
    return [
        (i1 + start, i2 + start, j1 + start, j2 + start)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]
