"""The four versions that a question is about (base, left, right, both), and what each side did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from headway.conflicts.symbols.cache import IndexCache
from headway.conflicts.symbols.delta import Delta, delta, weave
from headway.conflicts.symbols.index import FileIndex
from headway.conflicts.symbols.nouns import Side, TwoSided
from headway.conflicts.symbols.overlaps import lines_in_conflict
from headway.conflicts.symbols.program import Program
from headway.conflicts.symbols.resolve import Resolver


class Comparison:
    """One change of two sides, with everything that is read from it."""

    def __init__(self, change: TwoSided, cache: IndexCache) -> None:
        self.change = change
        self.cache = cache
        #: Paths that git cannot merge.
        self.conflicted: set[str] = set()
        self._overlaps: dict[str, tuple[frozenset[int], frozenset[int]]] = {}
        overlay: dict[str, bytes | FileIndex | None] = {}
        for path, each in change.changed.items():
            if each.left in (each.right, each.base):
                overlay[path] = each.right
            elif each.right == each.base:
                overlay[path] = each.left
            elif path in change.merged:
                overlay[path] = change.merged[path]
            else:
                self.conflicted.add(path)
                overlay[path] = self._woven(path)
        self.base = Resolver(Program(change.base, {p: v.base for p, v in change.changed.items()}, cache))
        self.sides = {
            side: Resolver(Program(change.base, {p: v.of(side) for p, v in change.changed.items()}, cache))
            for side in Side
        }
        self.merged = Resolver(Program(change.base, overlay, cache))

    def _woven(self, path: str) -> bytes | FileIndex | None:
        """What stands for a file in conflict. Deleted here and changed there: as if it stayed."""
        each = self.change.changed[path]
        if each.left is None or each.right is None:
            return each.left if each.left is not None else each.right
        left, right = self.cache.index(path, each.left), self.cache.index(path, each.right)
        if left is None or right is None:
            return None
        before = self.cache.index(path, each.base) if each.base is not None else None
        return weave(before, left, right)

    def paths_of(self, side: Side) -> list[str]:
        """The paths that a side changed, and not the other one in the same way."""
        return [
            path
            for path, each in self.change.changed.items()
            if each.of(side) != each.base and each.left != each.right
        ]

    def index(self, path: str, side: Side | None) -> FileIndex | None:
        """What a changed file says on a side, or in the base."""
        return (self.sides[side] if side is not None else self.base).program.index(path)

    @cached_property
    def deltas(self) -> Mapping[Side, Mapping[str, Delta]]:
        """What each side did to the names of each file that it changed."""
        return {side: dict(self._deltas(side)) for side in Side}

    def _deltas(self, side: Side) -> Iterator[tuple[str, Delta]]:
        moved = self.moved[side]
        gone = set(moved.values())
        for path in self.paths_of(side):
            if path in moved or path in gone:
                # Nothing in it is another: who imports it is all that can break, and ten thousand need no reading.
                yield path, Delta(is_file_gone=path in gone, is_file_new=path in moved)
            elif not self.is_unreadable(path, side) and not self.is_unreadable(path, None):
                yield path, delta(self.index(path, None), self.index(path, side))

    @cached_property
    def moved(self) -> Mapping[Side, Mapping[str, str]]:
        """The files that each side moved and left as they were: new path → old one."""
        found: dict[Side, dict[str, str]] = {}
        for side in Side:
            paths = self.paths_of(side)
            changed = self.change.changed
            gone = {changed[p].base: p for p in paths if changed[p].of(side) is None and changed[p].base}
            found[side] = {
                path: gone[content]
                for path in paths
                if changed[path].base is None and (content := changed[path].of(side)) in gone
            }
        return found

    def lines_in_conflict(self, path: str, side: Side) -> frozenset[int]:
        """The lines of a side's version of a file that lie where text conflicts."""
        if path not in self.conflicted:
            return frozenset()
        if path not in self._overlaps:
            each = self.change.changed[path]
            texts = [
                (content or b"").decode("utf-8", "replace") for content in (each.base, each.left, each.right)
            ]
            self._overlaps[path] = lines_in_conflict(*texts)
        return self._overlaps[path][0 if side is Side.LEFT else 1]

    def is_unreadable(self, path: str, side: Side | None) -> bool:
        """Whether there is a file on a side (or in the base) that nothing can be said of."""
        program = (self.sides[side] if side is not None else self.base).program
        return program.has(path) and program.index(path) is None
