"""Technical decisions that contradict each other: what agents, hooks and people say, and what edits show.

    catalogue   jobs of which a program has one answer, and the answers that exclude each other; data
    reading     free text → what is decided, what was chosen, what was refused
    scopes      for which part a decision holds, and whether two parts have anything in common
    scoring     two decisions → how surely they contradict each other, and why
    ledger      many decisions: what a new one contradicts, without comparing each with each
    facts       decisions that nobody recorded, read from what an edit brings

All of it is pure but for reading the catalogue's files. Not for: keeping decisions (:mod:`headway.store`), settling a
contradiction.
"""

from headway.conflicts.decisions.catalogue import Catalogue, built_in, read_catalogue
from headway.conflicts.decisions.facts import decisions_from
from headway.conflicts.decisions.ledger import Contradiction, Ledger, find_contradictions
from headway.conflicts.decisions.scoring import Score, contradiction

__all__ = [
    "Catalogue",
    "Contradiction",
    "Ledger",
    "Score",
    "built_in",
    "contradiction",
    "decisions_from",
    "find_contradictions",
    "read_catalogue",
]
