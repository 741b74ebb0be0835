"""What merges as text and breaks as a program. Not for: text conflicts, git, or settling anything.

The door is :func:`find_symbol_conflicts`; what it takes and answers is in :mod:`.nouns`.
"""

from headway.conflicts.symbols.cache import IndexCache
from headway.conflicts.symbols.find import find_symbol_conflicts
from headway.conflicts.symbols.nouns import BaseTree, Kind, Severity, Side, SymbolConflict, TwoSided, Versions
from headway.conflicts.symbols.tree_index import missing_grammars

__all__ = [
    "BaseTree",
    "IndexCache",
    "Kind",
    "Severity",
    "Side",
    "SymbolConflict",
    "TwoSided",
    "Versions",
    "find_symbol_conflicts",
    "missing_grammars",
]
