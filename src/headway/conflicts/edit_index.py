"""Which of many sides could be in each other's way: a path leads to the sides that changed it.

So a side that changed again costs what it changed, however many sides and files there are. Not for: whether they are
(:mod:`.edits` decides that for each pair that is found here).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from headway.conflicts.trees import Edits


class EditIndex:
    """Sides of one base by what they changed."""

    def __init__(self) -> None:
        self._edits: dict[str, Edits] = {}
        self._at: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def put(self, side: str, edits: Edits) -> None:
        """Take in what a side has changed by now, in place of what it had before."""
        self.discard(side)
        self._edits[side] = edits
        for place in _places(edits):
            self._at[place].add(side)

    def discard(self, side: str) -> None:
        """Forget a side."""
        edits = self._edits.pop(side, None)
        for place in _places(edits) if edits is not None else ():
            sides = self._at[place]
            sides.discard(side)
            if not sides:
                del self._at[place]

    def near(self, side: str) -> set[str]:
        """The sides that this one could be in conflict with. Raises KeyError for a side that is not known."""
        found: set[str] = set()
        for kind, path in _places(self._edits[side]):
            for other in _MEETS[kind]:
                found |= self._at.get((other, path), set())
        return found - {side}


#: What a place of one side meets on another: the same path, a directory above it, a directory that went.
_MEETS = {
    "changed": ("changed", "above"),
    "above": ("changed",),
    "gone": ("filled",),
    "filled": ("gone",),
}


def _places(edits: Edits) -> Iterator[tuple[str, str]]:
    yield from (("changed", path) for path in edits.changes)
    yield from (("above", path) for path in edits.above)
    yield from (("filled", path) for path in edits.filled)
    if edits.may_rename:
        yield from (("gone", path) for path in edits.gone)
