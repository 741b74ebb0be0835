"""Which names a side's changes could be in the way of, and which names they use. For finding pairs, not for judging.

A search for broken symbols takes 1 ms for a pair; a side among 200 would pay 200 for each keystroke. Two sides without
a name in common have nothing to break. Not for: the search (:mod:`headway.conflicts.symbols`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pygit2

from headway.conflicts.trees import Edits


@dataclass(frozen=True, slots=True)
class Reach:
    """The names of one side's changes."""

    paths: frozenset[str]

    def meets(self, other: Reach) -> bool:
        """Whether there could be something between the two."""
        return True


def reach_of(repository: pygit2.Repository, edits: Edits) -> Reach:
    """The reach of a side."""
    return Reach(frozenset(edits.changes))
