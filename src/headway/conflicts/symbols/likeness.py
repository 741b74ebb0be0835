"""Whether a definition that came is one that went, under another name or in another file. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from headway.conflicts.symbols.delta import Delta
from headway.conflicts.symbols.index import Binding, BindingKind, FileIndex

_T = TypeVar("_T")

#: Share of equal lines from which two definitions are one and the same (as git says of renamed files).
ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition is now."""

    path: str
    holder: tuple[str, ...]
    binding: Binding


def likeness(one: FileIndex, a: Binding, other: FileIndex, b: Binding) -> float:
    """How alike two definitions are, 0 to 1, their names left out."""
    if a.kind is not b.kind:
        return 0.0
    if a.kind in (BindingKind.FUNCTION, BindingKind.CLASS):
        first, second = _lines(one.body(a), a.name), _lines(other.body(b), b.name)
        if not first and not second:
            # One line each: what it is called with is all there is.
            return 1.0 if a.signature == b.signature and a.signature is not None else 0.0
    else:
        first = _lines(one.statement(a), a.name)
        second = _lines(other.statement(b), b.name)
        return 1.0 if first == second else 0.0
    common = sum(min(n, second.get(line, 0)) for line, n in first.items())
    return common / max(sum(first.values()), sum(second.values()))


def renamed(
    before: FileIndex, gone: Binding, after: FileIndex, changes: Delta, holder: tuple[str, ...]
) -> Binding | None:
    """The definition in the same scope that one has become; None where none is like it."""
    candidates = [
        bindings[-1] for (scope, _), bindings in changes.added.items() if scope == holder and bindings
    ]
    return _most_alike(before, gone, ((after, each) for each in candidates))


def moved(
    before: FileIndex,
    gone: Binding,
    index_of: Callable[[str], FileIndex | None],
    deltas: Mapping[str, Delta],
    here: str,
) -> Place | None:
    """Where a definition has gone under its own name; None where nowhere."""
    best: tuple[float, Place] | None = None
    for path, changes in deltas.items():
        for (holder, name), bindings in changes.added.items():
            if name != gone.name or bindings[0].kind is not gone.kind or (path == here and holder == ()):
                continue
            index = index_of(path)
            if index is None:
                continue
            alike = likeness(before, gone, index, bindings[0])
            if alike >= ALIKE and (best is None or alike > best[0]):
                best = (alike, Place(path, holder, bindings[0]))
    return best[1] if best is not None else None


def moved_file(content: bytes, added: Mapping[str, bytes]) -> str | None:
    """The added file that a removed one has become; None where none is like it."""
    lines = _count(content.split(b"\n"))
    best: tuple[float, str] | None = None
    for other, text in added.items():
        others = _count(text.split(b"\n"))
        common = sum(min(n, others.get(line, 0)) for line, n in lines.items())
        alike = common / max(sum(lines.values()), sum(others.values()), 1)
        if alike >= ALIKE and (best is None or alike > best[0]):
            best = (alike, other)
    return best[1] if best is not None else None


def _most_alike(
    before: FileIndex, gone: Binding, candidates: Iterable[tuple[FileIndex, Binding]]
) -> Binding | None:
    best: tuple[float, Binding] | None = None
    for index, each in candidates:
        alike = likeness(before, gone, index, each)
        if alike >= ALIKE and (best is None or alike > best[0]):
            best = (alike, each)
    return best[1] if best is not None else None


def _lines(lines: Iterable[str], name: str) -> dict[str, int]:
    # Its own name (recursion, a log line) says nothing about whether it is the same.
    own = re.compile(rf"\b{re.escape(name)}\b")
    return _count(own.sub("\0", line) for line in lines)


def _count(things: Iterable[_T]) -> dict[_T, int]:
    found: dict[_T, int] = {}
    for each in things:
        found[each] = found.get(each, 0) + 1
    return found
