"""Which lines of one text stand in another, in order: the longest common subsequence, by Myers' O(ND). Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: More differences than this are left to difflib, which is not the longest but never slow: Myers keeps a row for
#: each difference, 1,000 of them are 8 MB and half a second.
MOST_DIFFERENCES = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """Lines ``start`` up to but not ``end`` of the old text became ``new_start`` up to but not ``new_end``."""

    start: int
    end: int
    new_start: int
    new_end: int

    def touches(self, other: Change) -> bool:
        """Whether no old line stands between the two."""
        return self.start <= other.end and other.start <= self.end


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[int | None]:
    """For each line of ``old`` its place in ``new``, or None where it is not there (any more)."""
    head = 0
    most = min(len(old), len(new))
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    found: list[int | None] = [None] * len(old)
    found[:head] = range(head)
    for back in range(1, tail + 1):
        found[len(old) - back] = len(new) - back
    for at, there in _matches(old[head : len(old) - tail], new[head : len(new) - tail]):
        found[head + at] = head + there
    return found


def changes(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Change]:
    """What became of ``old``, from its beginning to its end."""
    found: list[Change] = []
    at = there = 0
    for place, match in [*enumerate(align(old, new)), (len(old), len(new))]:
        if match is None:
            continue
        if place > at or match > there:
            found.append(Change(at, place, there, match))
        at, there = place + 1, match + 1
    return found


def _matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    rows: list[dict[int, int]] = []
    reach = {1: 0}
    for differences in range(len(old) + len(new) + 1):
        if differences > MOST_DIFFERENCES:
            blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
            return [(block.a + n, block.b + n) for block in blocks for n in range(block.size)]
        rows.append(reach)
        reach = dict(reach)
        for diagonal in range(-differences, differences + 1, 2):
            down = diagonal == -differences or (
                diagonal != differences and reach[diagonal - 1] < reach[diagonal + 1]
            )
            x = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reach[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _walk_back(rows, len(old), len(new))
    return []


def _walk_back(rows: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for differences in range(len(rows) - 1, -1, -1):
        reach = rows[differences]
        diagonal = x - y
        down = diagonal == -differences or (
            diagonal != differences and reach[diagonal - 1] < reach[diagonal + 1]
        )
        before = diagonal + 1 if down else diagonal - 1
        begin_x = reach[before]
        begin_y = begin_x - before
        stop_x, stop_y = (begin_x, begin_y + 1) if down else (begin_x + 1, begin_y)
        if differences == 0:
            stop_x = stop_y = 0
        while x > stop_x and y > stop_y:
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = begin_x, begin_y
    return found[::-1]
