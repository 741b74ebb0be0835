"""What was told of one pair, and whether there is something to tell now. Pure but for the clock it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from headway.conflicts.pairs import paths_of
from headway.conflicts.watching.nouns import Look
from headway.nouns import Conflict

#: Types of conflicts that are about the paths that they name, and about nothing else.
PLAIN = frozenset({"content", "add/add", "modify/delete", "binary", "mode", "link"})


@dataclass(slots=True)
class PairState:
    """One pair that has, or had, something to tell."""

    sides: tuple[str, str]
    edits: tuple[Conflict, ...] = ()
    symbols: tuple[Conflict, ...] = ()
    #: Whether the search for symbols is still to come: what was found before may not be so any more.
    is_searching: bool = False
    _told: tuple[tuple[Conflict, ...], frozenset[str]] = ((), frozenset())
    _seen: dict[str, datetime] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether nothing of it is worth keeping."""
        return not (self.edits or self.symbols or self.is_searching or self._told[0])

    def look(self, is_moving: Callable[[Conflict], bool], at: float) -> Look | None:
        """What is to be told now; None where it was told already."""
        conflicts = tuple(self._since(each) for each in self.conflicts)
        moving = frozenset(each.conflict_id for each in conflicts if is_moving(each))
        if self.is_searching:
            moving |= {each.conflict_id for each in self.symbols}
        if (conflicts, moving) == self._told:
            return None
        self._told = (conflicts, moving)
        self._seen = {each.conflict_id: each.timestamp for each in conflicts}
        return Look(sides=self.sides, conflicts=conflicts, moving=moving, at=at)

    @property
    def is_moving(self) -> bool:
        """Whether something that was told does not stand yet."""
        return bool(self._told[1])

    @property
    def conflicts(self) -> Sequence[Conflict]:
        """All of it, each once."""
        return list({each.conflict_id: each for each in (*self.edits, *self.symbols)}.values())

    def _since(self, conflict: Conflict) -> Conflict:
        seen = self._seen.get(conflict.conflict_id)
        return conflict if seen is None else replace(conflict, timestamp=seen)


def places(conflict: Conflict) -> tuple[tuple[str, ...], bool]:
    """(paths that a conflict hangs on, whether on anything else of its sides as well)."""
    type_ = conflict.context.get("type")
    is_plain = conflict.conflict_type == "symbol" or type_ in PLAIN
    return paths_of(conflict), not is_plain
