"""Which tickets expect to touch the same files, by the globs of their ``paths``. Pure.

A forecast from what people wrote down, for ``headway plan``. Not for: conflicts of real edits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from headway.nouns import Ticket
from headway.tickets.globs import Glob, can_meet, parse_glob
from headway.tickets.graph import TicketGraph

#: Most pairs of globs kept of one overlap: the first say enough, and two tickets may share a thousand paths.
MOST_GLOBS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """Two tickets that expect to touch the same files, in the order of the file."""

    left: str
    right: str
    #: Pairs of a glob of ``left`` and a glob of ``right`` that can name the same path: the first
    #: :data:`MOST_GLOBS`, as they were written.
    globs: tuple[tuple[str, str], ...]


def expected_overlaps(tickets: Sequence[Ticket]) -> list[Overlap]:
    """All pairs of tickets whose globs meet, but for those that the dependencies order already, as given.

    A path without wildcards that another glob goes through is a folder, so it stands for everything below it:
    ``src`` meets ``src/app.py``. Raises ValueError where tickets wait for each other in a circle.
    """
    written: dict[str, list[int]] = defaultdict(list)
    for place, ticket in enumerate(tickets):
        for text in dict.fromkeys(ticket.paths):
            written[text].append(place)
    ordered = _ordered_pairs(tickets)
    found: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for one, other in _meeting(written):
        for i in written[one]:
            for j in written[other]:
                if i == j or ordered[i] >> j & 1 or (one == other and i > j):
                    continue
                globs = found.setdefault((i, j) if i < j else (j, i), [])
                if len(globs) < MOST_GLOBS:
                    globs.append((one, other) if i < j else (other, one))
    return [
        Overlap(left=tickets[i].id, right=tickets[j].id, globs=tuple(globs))
        for (i, j), globs in sorted(found.items())
    ]


def names_path(globs: Iterable[str], path: str) -> bool:
    """Whether one of the globs names this path, or a folder that it lies in."""
    literal = parse_glob(re.sub(r"([*?\[\\])", r"\\\1", path))
    return any(
        can_meet(glob, literal) or can_meet(glob.with_all_below(), literal) for glob in map(parse_glob, globs)
    )


def _ordered_pairs(tickets: Sequence[Ticket]) -> list[int]:
    """For each ticket the set of those that land before or after it, as a bit mask."""
    before = TicketGraph.of(tickets).everything_before()
    ordered = [before[ticket.id] for ticket in tickets]
    for place, ticket in enumerate(tickets):
        mask = before[ticket.id]
        while mask:
            lowest = mask & -mask
            ordered[lowest.bit_length() - 1] |= 1 << place
            mask ^= lowest
    return ordered


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The globs that lie in one folder."""

    #: Number (in the order of first mention), text, glob.
    globs: list[tuple[int, str, Glob]] = field(default_factory=list)
    #: Those whose last part is a plain name, by that name, and those whose last part is a pattern.
    by_name: dict[str, list[tuple[int, str, Glob]]] = field(default_factory=lambda: defaultdict(list))
    loose: list[tuple[int, str, Glob]] = field(default_factory=list)

    def put(self, number: int, text: str, glob: Glob) -> None:
        entry = (number, text, glob)
        self.globs.append(entry)
        (self.loose if glob.name is None else self.by_name[glob.name]).append(entry)

    def candidates(self, glob: Glob) -> Iterator[tuple[int, str, Glob]]:
        """Those that can have their last part in common with a glob."""
        if glob.name is None:
            yield from self.globs
        else:
            yield from self.by_name.get(glob.name, ())
            yield from self.loose


def _meeting(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of globs that can name the same path, each pair once, a glob with itself included.

    Two globs can only meet where the folder that one lies in is the other's or lies in it. So each is looked up
    along its own folder's way to the root, and 5,000 plain paths cost 5,000 look-ups, not 12 million comparisons.
    """
    shelves: dict[tuple[str, ...], _Shelf] = defaultdict(_Shelf)
    globs = _with_folders({text: parse_glob(text) for text in texts})
    for number, (text, glob) in enumerate(globs.items()):
        shelves[glob.prefix].put(number, text, glob)
    for number, (text, glob) in enumerate(globs.items()):
        for n in range(len(glob.prefix) + 1):
            shelf = shelves.get(glob.prefix[:n])
            if shelf is None:
                continue
            own = n == len(glob.prefix)
            for other_number, other_text, other in shelf.candidates(glob):
                # In its own folder the earlier one has looked already.
                if (not own or other_number >= number) and can_meet(glob, other):
                    yield text, other_text


def _with_folders(globs: dict[str, Glob]) -> dict[str, Glob]:
    """The globs, those that name a folder replaced by what lies below it."""
    folders = {
        glob.prefix[:n]
        for glob in globs.values()
        for n in range(len(glob.prefix) + (0 if glob.is_literal else 1))
    }
    return {
        text: glob.with_all_below() if glob.is_literal and glob.prefix in folders else glob
        for text, glob in globs.items()
    }
