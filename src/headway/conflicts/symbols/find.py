"""The door: what breaks when both sides of a change are in."""

from __future__ import annotations

from collections.abc import Iterable

from headway.conflicts.symbols.breaks import find_breaks
from headway.conflicts.symbols.cache import IndexCache
from headway.conflicts.symbols.claims import find_claims
from headway.conflicts.symbols.classes import (
    find_lost_overrides,
    find_missing_abstract,
    find_unmet_interfaces,
)
from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.dependencies import find_dependencies
from headway.conflicts.symbols.duplicates import find_duplicates
from headway.conflicts.symbols.migrations import find_migrations
from headway.conflicts.symbols.nouns import Kind, Side, SymbolConflict, TwoSided

_CACHE = IndexCache()


def find_symbol_conflicts(change: TwoSided, cache: IndexCache | None = None) -> list[SymbolConflict]:
    """What merges as text and breaks as a program, the surest first; each thing once.

    ``cache``: where indices of file versions are kept; the process's own by default. Not for several threads at once.
    """
    comparison = Comparison(change, cache or _CACHE)
    found: list[SymbolConflict] = []
    for side in Side:
        found += find_breaks(comparison, side)
        found += find_lost_overrides(comparison, side)
        found += find_missing_abstract(comparison, side)
        found += find_unmet_interfaces(comparison, side)
    found += find_duplicates(comparison)
    found += find_claims(comparison)
    found += find_migrations(comparison)
    found += find_dependencies(change)
    return once(each for each in found if not _lies_in_text_conflict(comparison, each))


def _lies_in_text_conflict(comparison: Comparison, conflict: SymbolConflict) -> bool:
    """Whether the use (or both definitions) stand where both sides wrote: that is a conflict of the text already.

    Two pins of a dependency stand there as a rule, and that they exclude each other is worth saying.
    """
    if conflict.kind in (Kind.DEPENDENCY, Kind.MIGRATION):
        return False
    spots = {
        Side.LEFT: (conflict.path, conflict.line),
        Side.RIGHT: (conflict.other_path, conflict.other_line),
    }
    asked = [conflict.breaker.other] if conflict.breaker is not None else list(Side)
    return all(
        line is not None and line in comparison.lines_in_conflict(path, side)
        for side, (path, line) in spots.items()
        if side in asked
    )


def once(conflicts: Iterable[SymbolConflict]) -> list[SymbolConflict]:
    """The conflicts in order, of those that say the same of the same files only the surest."""
    kept: dict[tuple[object, ...], SymbolConflict] = {}
    for each in conflicts:
        key = (each.kind, each.path, each.other_path, each.symbol)
        known = kept.get(key)
        if known is None or _rank(each) < _rank(known):
            kept[key] = each
    return sorted(kept.values(), key=lambda c: (-c.score, c.kind, c.path, c.other_path, c.symbol))


def _rank(conflict: SymbolConflict) -> tuple[object, ...]:
    """Which of several that say the same is told: the surest, then the first, whichever side is which."""
    spots = [(conflict.path, conflict.line or 0), (conflict.other_path, conflict.other_line or 0)]
    return (-conflict.score, sorted(spots))
