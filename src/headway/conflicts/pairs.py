"""A pair of trees of one base as a whole: how its conflicts are told, and what the search for symbols wants to know.

Used on commits (``headway check``) and on worktrees as they are written (:mod:`.watching`). Not for: deciding whether
edits merge (:mod:`.edits`), starting git, finding the base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType

import pygit2

from headway.conflicts import trees
from headway.conflicts.edits import EditConflict, EditJudge, Verdict
from headway.conflicts.lines import Undecided
from headway.conflicts.symbols import BaseTree, SymbolConflict, TwoSided, Versions
from headway.nouns import Conflict, conflict_id

#: Files beyond this size are not looked into for symbols, in bytes.
LARGEST_SOURCE = 2 * 2**20

#: How many bases are kept; each is a list of all its paths.
_MOST_BASES = 4

#: Types of edit conflicts where one side's work is lost if nobody looks.
_SEVERE = ("delete", "directory", "rename", "binary", "link", "submodule", "type")


class Sources:
    """What the search for symbols reads of a repository: bases are listed once. Not for several threads at once."""

    def __init__(
        self,
        repository: pygit2.Repository,
        judge: EditJudge,
        is_large: Callable[[trees.Entry], bool] | None = None,
    ) -> None:
        """``is_large``: which files are not looked into; by default those beyond :data:`LARGEST_SOURCE`."""
        self._is_large_file = is_large or (lambda entry: trees.size(repository, entry) > LARGEST_SOURCE)
        self._repository = repository
        self._judge = judge
        self._bases: dict[str, BaseTree] = {}

    def two_sided(
        self,
        base: str,
        left: str,
        right: str,
        verdict: Verdict,
        known: Mapping[str, trees.Entry | None] = MappingProxyType({}),
    ) -> TwoSided | None:
        """What the search for broken symbols wants to know of three trees; None where one side changed nothing.

        ``known``: what some paths merge to, where ``verdict`` has no tree. Raises pygit2.GitError, KeyError where
        objects are missing.
        """
        ours, theirs = self._judge.edits(base, left).changes, self._judge.edits(base, right).changes
        if not ours or not theirs:
            return None
        changed: dict[str, Versions] = {}
        for path in ours.keys() | theirs.keys():
            one, two = ours.get(path), theirs.get(path)
            was = (one or two).old  # type: ignore[union-attr]  # it is one of them
            found = [was, one.new if one else was, two.new if two else was]
            if any(entry is not None and self._is_large(entry) for entry in found):
                continue
            old, new, other = (self._source(entry) for entry in found)
            changed[path] = Versions(base=old, left=new, right=other)
        both = [path for path in ours.keys() & theirs.keys() if path in changed]
        merged: dict[str, bytes | None] = {}
        for path in both:
            if path in verdict.paths:
                continue
            if verdict.tree is not None:
                merged[path] = self._source(trees.entry_at(self._repository, verdict.tree, path))
                continue
            if path in known:
                merged[path] = self._source(known[path])
                continue
            with suppress(Undecided):  # then it counts as in conflict, and nothing is said of its symbols
                merged[path] = self._judge.merged(base, left, right, path)
        return TwoSided(base=self._base(base), changed=changed, merged=merged)

    def _base(self, tree: str) -> BaseTree:
        """The base as the search for symbols reads it; the last few are kept, for they are listed whole."""
        if tree not in self._bases:
            repository = self._repository

            def read(path: str) -> bytes | None:
                entry = trees.entry_at(repository, tree, path)
                return None if entry is None or self._is_large(entry) else self._source(entry)

            while len(self._bases) >= _MOST_BASES:
                del self._bases[next(iter(self._bases))]
            self._bases[tree] = BaseTree((path for path, _ in trees.files(repository, tree)), read)
        return self._bases[tree]

    def _is_large(self, entry: trees.Entry) -> bool:
        is_file = entry.mode in (trees.FILE, trees.EXECUTABLE)
        return is_file and self._is_large_file(entry)

    def _source(self, entry: trees.Entry | None) -> bytes | None:
        if entry is None or entry.mode not in (trees.FILE, trees.EXECUTABLE):
            return None
        return trees.content(self._repository, entry)


def edit_conflicts(
    found: Iterable[EditConflict], sides: tuple[str, str], now: datetime
) -> tuple[Conflict, ...]:
    """Conflicts of edits as everybody speaks of them; ``sides`` by name, the left one first."""
    return tuple(_edit(each, sides, now) for each in found)


def symbol_conflicts(
    found: Iterable[SymbolConflict], sides: tuple[str, str], now: datetime
) -> tuple[Conflict, ...]:
    """The same of symbols."""
    return tuple(_symbol(each, sides, now) for each in found)


def paths_of(conflict: Conflict) -> tuple[str, ...]:
    """The paths that a conflict is about."""
    context: Mapping[str, object] = conflict.context
    named = (context.get("path"), context.get("other_path"))
    return tuple(dict.fromkeys(str(each) for each in named if each))


def _edit(found: EditConflict, sides: tuple[str, str], now: datetime) -> Conflict:
    severity = "high" if any(word in found.type for word in _SEVERE) else "medium"
    context = {"path": found.path, "type": found.type, "symbol": None, "detail": found.detail, "score": 1.0}
    return Conflict(
        conflict_id=conflict_id(f"edit {found.type}", (found.path,), (), sides),
        conflict_type="edit",
        involved_agents=sides,
        severity=severity,
        context=context,
        timestamp=now,
    )


def _symbol(found: SymbolConflict, sides: tuple[str, str], now: datetime) -> Conflict:
    context = {
        "path": found.path,
        "type": str(found.kind),
        "symbol": found.symbol,
        "detail": found.detail,
        "score": found.score,
        "other_path": found.other_path,
        "line": found.line,
        "other_line": found.other_line,
    }
    paths = (found.path, found.other_path)
    return Conflict(
        conflict_id=conflict_id(f"symbol {found.kind}", paths, (found.symbol,), sides),
        conflict_type="symbol",
        involved_agents=sides,
        severity=str(found.severity),
        context=context,
        timestamp=now,
    )
