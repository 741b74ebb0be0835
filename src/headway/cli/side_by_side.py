"""Two sides' changes of one text next to each other, line by line of what both began from. Pure.

Not for: where the texts come from (:mod:`.sides`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

#: Unchanged lines that are shown around a change.
CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Change:
    """Lines ``start`` up to but not ``end`` of the base (from 0) became ``lines``."""

    start: int
    end: int
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of one side."""

    #: ``" "`` as it was, ``"-"`` removed, ``"+"`` added.
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of both sides; None where one has none."""

    left: Cell | None
    right: Cell | None

    @property
    def is_changed(self) -> bool:
        """Whether a side changes something here."""
        return any(cell is not None and cell.mark != " " for cell in (self.left, self.right))


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that nobody changes are left out; the next one is line ``line`` of the base (from 1)."""

    line: int


def side_by_side(
    base: Sequence[str], left: Sequence[Change], right: Sequence[Change], *, context: int = CONTEXT
) -> list[Row | Gap]:
    """Both sides' changes of one base. What a side adds stands below what it removed."""
    rows: list[tuple[int, Row]] = []
    removed = [_removed(changes) for changes in (left, right)]
    added = [_added(changes) for changes in (left, right)]
    for place in range(len(base) + 1):
        for one, two in zip_longest(added[0].get(place, ()), added[1].get(place, ())):
            rows.append((place, Row(_plus(one), _plus(two))))
        if place < len(base):
            cells = [Cell("-" if place in gone else " ", base[place]) for gone in removed]
            rows.append((place, Row(*cells)))
    return _near_changes(rows, context)


def one_by_one(left: Sequence[Row | Gap], right: Sequence[Row | Gap]) -> list[Row | Gap]:
    """Changes of two different bases, each side's from its top: their lines have no places in common."""
    ours = [_only(row, "left") for row in left]
    theirs = [_only(row, "right") for row in right]
    return [Row(one, two) for one, two in zip_longest(ours, theirs)]


def _only(row: Row | Gap, side: str) -> Cell | None:
    if isinstance(row, Gap):
        return Cell("@", f"line {row.line}")
    cell: Cell | None = getattr(row, side)
    return cell


def _removed(changes: Sequence[Change]) -> set[int]:
    return {line for change in changes for line in range(change.start, change.end)}


def _added(changes: Sequence[Change]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for change in changes:
        found.setdefault(change.end, []).extend(change.lines)
    return found


def _plus(text: str | None) -> Cell | None:
    return None if text is None else Cell("+", text)


def _near_changes(rows: Sequence[tuple[int, Row]], context: int) -> list[Row | Gap]:
    kept: set[int] = set()
    for index, (_, row) in enumerate(rows):
        if row.is_changed:
            kept.update(range(max(0, index - context), min(len(rows), index + context + 1)))
    found: list[Row | Gap] = []
    for index in sorted(kept):
        if index and index - 1 not in kept:
            found.append(Gap(rows[index][0] + 1))
        found.append(rows[index][1])
    return found
