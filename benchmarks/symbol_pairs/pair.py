"""A pair of sides, and the edits that make one."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.symbol_pairs.merge import merge_lines
from benchmarks.symbol_pairs.projects import Project, Target
from headway.conflicts.symbols import BaseTree, Kind, TwoSided, Versions


@dataclass(kw_only=True)
class Pair:
    """Two sides of a project."""

    maker: str
    project: str
    base: dict[str, str]
    #: What each side changed: new text, or None for a file that it removed.
    left: dict[str, str | None]
    right: dict[str, str | None]
    #: The kinds of which one has to be told; empty where nothing breaks.
    kinds: frozenset[Kind] = frozenset()
    #: The name that has to be told.
    name: str = ""
    merged: dict[str, str | None] = field(default_factory=dict)

    def merge(self) -> bool:
        """Merges as text what both sides changed; whether it can be."""
        for path in self.left.keys() & self.right.keys():
            left, right, base = self.left[path], self.right[path], self.base.get(path, "")
            if left == right:
                self.merged[path] = left
                continue
            merged = merge_lines(base, left, right) if left is not None and right is not None else None
            if merged is None or path not in self.base:
                return False
            self.merged[path] = merged
        return True

    def question(self) -> TwoSided:
        """What is asked of the detector."""
        base = {path: text.encode() for path, text in self.base.items()}
        changed = {
            path: Versions(
                base=base.get(path),
                left=_bytes(self.left[path]) if path in self.left else base.get(path),
                right=_bytes(self.right[path]) if path in self.right else base.get(path),
            )
            for path in self.left.keys() | self.right.keys()
        }
        merged = {path: _bytes(text) for path, text in self.merged.items()}
        return TwoSided(base=BaseTree(base, base.get), changed=changed, merged=merged)

    def turned(self) -> Pair:
        """With the sides changed over."""
        return Pair(
            maker=self.maker,
            project=self.project,
            base=self.base,
            left=self.right,
            right=self.left,
            kinds=self.kinds,
            name=self.name,
            merged=self.merged,
        )


Maker = Callable[[random.Random, Project], "Pair | None"]


def _bytes(text: str | None) -> bytes | None:
    return text.encode() if text is not None else None


class Sides:
    """The two sides of a project while they are being made."""

    def __init__(self, project: Project, extra: dict[str, str] | None = None) -> None:
        self.project = project
        self.base = {**project.files, **(extra or {})}
        self.left: dict[str, str | None] = {}
        self.right: dict[str, str | None] = {}

    def pair(self, maker: str, *kinds: Kind, name: str = "") -> Pair | None:
        """The pair, if it merges as text and both sides changed something."""
        pair = Pair(
            maker=maker,
            project=self.project.name,
            base=self.base,
            left=self.left,
            right=self.right,
            kinds=frozenset(kinds),
            name=name,
        )
        parses = all(_parses(path, text) for side in (self.left, self.right) for path, text in side.items())
        return pair if self.left and self.right and parses and pair.merge() else None

    # -- edits of the left side -----------------------------------------------------------------------------------

    def rename(self, old: str, new: str) -> None:
        """Renames a name that is unique in the project, wherever it is written."""
        pattern = re.compile(rf"\b{re.escape(old)}\b")
        for path in self.project.mentions(old):
            self.left[path] = pattern.sub(new, self.text(path, self.left))

    def replace_lines(
        self, path: str, first: int, last: int, new: list[str], side: dict[str, str | None]
    ) -> None:
        """Puts lines in place of others (from 0, the last excluded)."""
        lines = self.text(path, side).splitlines(keepends=True)
        lines[first:last] = [line + "\n" for line in new]
        side[path] = "".join(lines)

    def remove(self, target: Target, keep: list[str] | None = None) -> None:
        """Takes a definition away, with every statement of the project that mentions it; False where that is too many."""
        first, last = target.lines
        self.replace_lines(target.path, first, last, keep or [], self.left)

    def text(self, path: str, side: dict[str, str | None]) -> str:
        """A file as a side has it."""
        text = side.get(path, self.base.get(path))
        return text or ""

    # -- edits of the right side ----------------------------------------------------------------------------------

    def append(self, path: str, text: str, side: dict[str, str | None] | None = None) -> None:
        """Adds text at the end of a file, or makes it."""
        side = self.right if side is None else side
        before = self.text(path, side)
        side[path] = before + ("" if before.endswith("\n") or not before else "\n") + text

    def insert_into_class(
        self, path: str, name: str, text: str, side: dict[str, str | None] | None = None
    ) -> bool:
        """Adds a method at the end of a class; whether there is such a class."""
        side = self.right if side is None else side
        source = self.text(path, side)
        node = next(
            (n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == name), None
        )
        if node is None:
            return False
        column = node.body[0].col_offset
        lines = source.splitlines(keepends=True)
        at = node.end_lineno or node.lineno
        if at <= len(lines) and not lines[at - 1].endswith("\n"):
            lines[at - 1] += "\n"
        lines[at:at] = ["\n", *(" " * column + line + "\n" if line else "\n" for line in text.splitlines())]
        side[path] = "".join(lines)
        return True


def _parses(path: str, text: str | None) -> bool:
    if text is None or not path.endswith(".py"):
        return True
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def arguments(node: ast.FunctionDef, *, skip: int = 0) -> str:
    """Arguments that a call of a function needs."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][skip:]
    needed = len(names) - len(node.args.defaults)
    given = ["None"] * max(needed, 0)
    given += [
        f"{a.arg}=None" for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is None
    ]
    return ", ".join(given)
