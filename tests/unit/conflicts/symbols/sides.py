"""Two sides of a small program, written as texts."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from benchmarks.symbol_pairs.merge import merge_lines

from headway.conflicts.symbols import (
    BaseTree,
    IndexCache,
    SymbolConflict,
    TwoSided,
    Versions,
    find_symbol_conflicts,
)

Texts = Mapping[str, str | None]

#: From here on a finding is an alarm.
THRESHOLD = 0.8


def two_sided(base: Texts, left: Texts, right: Texts) -> TwoSided:
    """What is asked when one side leaves the files of ``left`` and the other those of ``right``; None removes one.

    What both changed is merged line by line; where that conflicts, nothing is said of the merge.
    """
    files = {path: dedent(text) for path, text in base.items() if text is not None}
    changed: dict[str, Versions] = {}
    merged: dict[str, bytes | None] = {}
    for path in {*left, *right}:
        own, theirs = _text(left, files, path), _text(right, files, path)
        changed[path] = Versions(base=_bytes(files.get(path)), left=_bytes(own), right=_bytes(theirs))
        if path in left and path in right and own is not None and theirs is not None:
            both = merge_lines(files.get(path, ""), own, theirs)
            if both is not None:
                merged[path] = both.encode()
    tree = BaseTree(files, lambda path: _bytes(files.get(path)))
    return TwoSided(base=tree, changed=changed, merged=merged)


def conflicts(base: Texts, left: Texts, right: Texts) -> list[SymbolConflict]:
    """Everything that is found, suspicions included."""
    return find_symbol_conflicts(two_sided(base, left, right), IndexCache())


def alarms(base: Texts, left: Texts, right: Texts) -> list[tuple[str, str]]:
    """(kind, symbol) of what is found and sure enough to be acted on."""
    return [(str(c.kind), c.symbol) for c in conflicts(base, left, right) if c.score >= THRESHOLD]


def _text(side: Texts, files: Mapping[str, str], path: str) -> str | None:
    text = side[path] if path in side else files.get(path)
    return dedent(text) if text is not None else None


def _bytes(text: str | None) -> bytes | None:
    return text.encode("utf-8", "surrogatepass") if text is not None else None
