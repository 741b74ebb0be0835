"""Where the lines of a file changed at the most, and the merge of two changes that are surely apart. Pure.

Which lines count as changed depends on the algorithm that compares them, and git's and libgit2's differ: of 276
generated files that both sides changed, they disagree on one. So nothing is compared here. A *reach* is the span of
the base outside of which no algorithm can see a change, and two changes whose reaches leave a line between them merge,
whatever algorithm says so; about all others git is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class Undecided(Exception):
    """Only git knows; the text says why."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The lines ``start`` up to but not ``end`` of the base: all that a side can be said to have changed.

    ``new`` lines stand there on that side."""

    start: int
    end: int
    new: tuple[bytes, ...]


def split(content: bytes) -> list[bytes]:
    """Lines with their line breaks; a carriage return alone ends none."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def reach(base: Sequence[bytes], side: Sequence[bytes]) -> Reach | None:
    """How far a side's changes reach; None where it changed nothing.

    What stands between the common beginning and the common end has changed. A group of changed lines can be said to
    stand higher or lower as long as the lines that it passes are equal to its own; so the reach goes on over lines that
    occur in what changed.
    """
    most = min(len(base), len(side))
    start = 0
    while start < most and base[start] == side[start]:
        start += 1
    if start == len(base) == len(side):
        return None
    tail = 0
    while tail < most - start and base[-1 - tail] == side[-1 - tail]:
        tail += 1
    end = len(base) - tail
    touched = {*base[start:end], *side[start : len(side) - tail]}
    while start > 0 and base[start - 1] in touched:
        start -= 1
    while tail > 0 and base[end] in touched:
        end, tail = end + 1, tail - 1
    return Reach(start, end, tuple(side[start : len(side) - tail]))


def merge(base: Sequence[bytes], left: Reach | None, right: Reach | None) -> list[bytes]:
    """The merge of two changes. Raises Undecided where they are not surely apart."""
    changes = sorted((each for each in (left, right) if each is not None), key=lambda each: each.start)
    if len(changes) == 2 and changes[0].end >= changes[1].start:
        raise Undecided("edits close to each other")
    merged: list[bytes] = []
    at = 0
    for change in changes:
        merged += [*base[at : change.start], *change.new]
        at = change.end
    return [*merged, *base[at:]]
