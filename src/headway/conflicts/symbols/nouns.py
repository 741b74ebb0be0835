"""What is asked here and what is answered: two sides of one base, and what breaks when both are in. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What breaks."""

    #: A definition has a new name; the other side begins to use the old one.
    RENAMED = "renamed"
    #: A definition is gone; the other side begins to use it.
    REMOVED = "removed"
    #: A definition lives in another file now; the other side begins to use it where it was.
    MOVED = "moved"
    #: A call of the other side does not fit the new signature, or its arguments mean something else.
    SIGNATURE = "signature"
    #: Both sides add the same name in one scope.
    DUPLICATE = "duplicate"
    #: A new override overrides nothing, or its ``super()`` call finds nothing.
    OVERRIDE = "override"
    #: The file that an import names, or the import that a use needs, is gone.
    IMPORT = "import"
    #: Both sides ask for versions of a dependency that exclude each other.
    DEPENDENCY = "dependency"
    #: Both sides add a migration at the same place.
    MIGRATION = "migration"
    #: Both sides add the same route, or the same endpoint.
    ROUTE = "route"
    #: Both sides add the same command-line flag or command.
    FLAG = "flag"
    #: Both sides take the same port.
    PORT = "port"
    #: A new class lacks a method that the other side made abstract.
    ABSTRACT = "abstract"


class Severity(StrEnum):
    """How bad it is when nobody looks."""

    #: The whole program or its deployment fails to start.
    CRITICAL = "critical"
    #: What uses it fails when it runs.
    HIGH = "high"
    #: It runs, and may do something else than either side meant.
    MEDIUM = "medium"
    #: Worth a look.
    LOW = "low"


class Side(StrEnum):
    """One of the two."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The other one."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@dataclass(frozen=True, kw_only=True, slots=True)
class Versions:
    """One path in the base and on both sides; None where there is no such file."""

    base: bytes | None
    left: bytes | None
    right: bytes | None

    def of(self, side: Side) -> bytes | None:
        """The content on one side."""
        return self.left if side is Side.LEFT else self.right


class BaseTree:
    """The common base: which paths it has, and a way to read them. Keep one as long as the base is the same.

    ``read`` is called only for files that a change leads to (what is imported, what is inherited), and must answer
    None for what is not there.
    """

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        self.files = frozenset(paths)
        self.read = read

    @cached_property
    def directories(self) -> frozenset[str]:
        """Every directory that holds a file, at any depth; the root is the empty string."""
        found: set[str] = {""}
        for path in self.files:
            while (path := path.rpartition("/")[0]) not in found:
                found.add(path)
        return frozenset(found)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of each file name."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return {name: tuple(sorted(paths)) for name, paths in found.items()}

    @cached_property
    def by_directory(self) -> Mapping[str, tuple[str, ...]]:
        """The files right in each directory."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return {directory: tuple(paths) for directory, paths in found.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoSided:
    """Two sides of one base: the files that either changed, and how they merge as text."""

    base: BaseTree
    #: Every path that either side changed, added or removed.
    changed: Mapping[str, Versions]
    #: What git makes of the paths that both sides changed (None: no such file in the merge). A path that both
    #: changed and that is not here is in conflict as text. Paths that one side changed need not be here.
    merged: Mapping[str, bytes | None] = field(default_factory=dict)

    def turned(self) -> TwoSided:
        """The same, seen from the other side."""
        changed = {
            path: Versions(base=each.base, left=each.right, right=each.left)
            for path, each in self.changed.items()
        }
        return TwoSided(base=self.base, changed=changed, merged=self.merged)


@dataclass(frozen=True, kw_only=True, slots=True)
class SymbolConflict:
    """One thing that merges as text and breaks as a program."""

    kind: Kind
    severity: Severity
    #: Where it is on the left side, and where on the right.
    path: str
    other_path: str
    #: The name that both sides mean, as a person would write it (``Store.open``, ``GET /users``, ``--port``).
    symbol: str
    #: Line in the left side's version of ``path``, from 1; None where nothing of it is left there.
    line: int | None
    #: Line in the right side's version of ``other_path``.
    other_line: int | None
    #: One sentence for a person.
    detail: str
    #: How sure it is, 0 to 1. Below 0.8 it is a suspicion, to be shown and not acted on.
    score: float
    #: The side that took away or changed what the other one needs; None where both did the same.
    breaker: Side | None = None

    def turned(self) -> SymbolConflict:
        """The same, with left and right changed over. ``detail`` stays as it is."""
        return SymbolConflict(
            kind=self.kind,
            severity=self.severity,
            path=self.other_path,
            other_path=self.path,
            symbol=self.symbol,
            line=self.other_line,
            other_line=self.line,
            detail=self.detail,
            score=self.score,
            breaker=self.breaker.other if self.breaker else None,
        )
