"""Attributes of objects whose class is not known: told only where one class alone can be meant.

``order.total_price()`` says nothing of what ``order`` is. But where ``total_price`` was a method of one class of the
program and of nothing else, and nobody but the side that renamed it ever wrote it, no other can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.index import CALLED, Binding, BindingKind, Shape
from headway.conflicts.symbols.known import COMMON
from headway.conflicts.symbols.languages import language_of
from headway.conflicts.symbols.likeness import renamed
from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict
from headway.conflicts.symbols.resolve import TRANSPARENT, last_name
from headway.conflicts.symbols.signatures import objection, without_first
from headway.conflicts.symbols.telling import make, qualified

if TYPE_CHECKING:
    from headway.conflicts.symbols.breaks import Site

#: Most files that are searched for a name; where there are more, only those of the same folder.
MOST_FILES = 3000

#: Shortest name that means one thing by itself.
DISTINCTIVE = 8


def guess(comparison: Comparison, breaker: Side, site: Site, place: int) -> Iterator[SymbolConflict]:
    """What the other side did to the attribute after ``place`` of a chain, if only one class has it."""
    chain = site.use.chain
    name = next((part for part in chain[place + 1 :] if part not in (CALLED, "[]")), "")
    if len(name) < 3 or name in COMMON or name[:2] == "__":
        return
    at = chain.index(name, place + 1)
    shape = next((s for n, s in site.use.calls if n == at + 1), None)
    for path, changes in comparison.deltas[breaker].items():
        for (holder, each), bindings in changes.vanished.items():
            if each == name and _is_of_class(comparison, path, holder, bindings[0]):
                yield from _gone(comparison, breaker, site, name, path, holder, bindings[-1])
        for (holder, each), bindings in changes.changed.items():
            if each == name and shape is not None and _is_of_class(comparison, path, holder, bindings[0]):
                yield from _changed(comparison, breaker, site, name, path, holder, bindings[-1], shape)


def _is_of_class(comparison: Comparison, path: str, holder: tuple[str, ...], binding: Binding) -> bool:
    index = comparison.index(path, None)
    if index is None or not holder or binding.kind is BindingKind.PARAMETER:
        return False
    return any(index.scopes[n].kind == "class" for n in index.by_qualname.get(holder, ()))


def _gone(
    comparison: Comparison,
    breaker: Side,
    site: Site,
    name: str,
    path: str,
    holder: tuple[str, ...],
    gone: Binding,
) -> Iterator[SymbolConflict]:
    if _is_elsewhere(comparison, breaker, site, name, path):
        return
    before, after = comparison.index(path, None), comparison.index(path, breaker)
    new = None
    if before is not None and after is not None:
        new = renamed(before, gone, after, comparison.deltas[breaker][path], holder)
    is_telling = "_" in name.strip("_") or len(name) >= DISTINCTIVE
    used_before = _was_used(comparison, breaker, name)
    symbol = qualified(holder, name)
    if new is not None:
        score = 0.9 if used_before else 0.85 if is_telling else 0.6
        text = f"{breaker} renames {symbol} to {new.name}; {breaker.other} begins to use {name!r}"
        kind = Kind.RENAMED
    else:
        score = 0.85 if used_before and is_telling else 0.6
        text = f"{breaker} removes {symbol}; {breaker.other} begins to use {name!r}, which nothing else has"
        kind = Kind.REMOVED
    yield make(
        breaker,
        kind,
        Severity.HIGH,
        (path, new.line if new is not None else None),
        (site.path, site.use.lines[-1]),
        symbol,
        text,
        score,
    )


def _changed(
    comparison: Comparison,
    breaker: Side,
    site: Site,
    name: str,
    path: str,
    holder: tuple[str, ...],
    new: Binding,
    shape: Shape,
) -> Iterator[SymbolConflict]:
    before = comparison.index(path, None)
    olds = [b for s, b in before.definitions() if s.qualname == holder and b.name == name] if before else []
    if not olds or olds[-1].signature is None or new.signature is None:
        return
    if any(last_name(d) not in TRANSPARENT or last_name(d) == "staticmethod" for d in new.decorators):
        return
    old_signature, new_signature = without_first(olds[-1].signature), without_first(new.signature)
    reason = objection(shape, new_signature)
    if objection(shape, old_signature) is not None or reason is None:
        return
    if _is_elsewhere(comparison, breaker, site, name, path, defined_only=True):
        return
    is_telling = "_" in name.strip("_") or len(name) >= DISTINCTIVE
    symbol = qualified(holder, name)
    text = f"{breaker} changes {symbol}, which now {reason}; {breaker.other} begins to call it as it was"
    yield make(
        breaker,
        Kind.SIGNATURE,
        Severity.HIGH,
        (path, new.line),
        (site.path, site.use.lines[-1]),
        symbol,
        text,
        0.85 if is_telling else 0.6,
    )


def _was_used(comparison: Comparison, breaker: Side, name: str) -> bool:
    """Whether the breaker's files used it in the base, so that it looked after its uses."""
    for path in comparison.paths_of(breaker):
        index = comparison.index(path, None)
        if index is not None and any(name in use.chain[1:] for use in index.uses):
            return True
    return False


def _is_elsewhere(
    comparison: Comparison, breaker: Side, site: Site, name: str, here: str, *, defined_only: bool = False
) -> bool:
    """Whether anything else in the program has an attribute of this name, or is asked for one.

    ``defined_only``: uses do not count.
    """
    count = 0
    if len(comparison.change.changed) > MOST_FILES:
        return True  # it cannot be said
    for path in comparison.change.changed:
        for side in Side:
            index = comparison.index(path, side)
            if index is None:
                continue
            if defined_only:
                count = max(count, sum(1 for _, b in index.definitions() if b.name == name))
                if count > 1 or (
                    count and path != here and any(b.name == name for _, b in index.definitions())
                ):
                    return True
                continue
            if side is breaker and any(name in use.chain[1:] for use in index.uses):
                return True
            if side is breaker and any(b.name == name for _, b in index.definitions()):
                return True
            if side is not breaker:
                base = comparison.index(path, None)
                known = {b.name for _, b in base.definitions()} if base is not None else set()
                if name not in known and any(b.name == name for _, b in index.definitions()):
                    return True
    pattern = re.compile(
        (r"(?:\bdef\s+|\bfunction\s+|\bfunc\s[^\n]*?)" if defined_only else r"\b").encode()
        + re.escape(name.encode())
        + rb"\b"
    )
    paths = [p for p in comparison.change.base.files if p not in comparison.change.changed and language_of(p)]
    if len(paths) > MOST_FILES:
        folders = {here.partition("/")[0], site.path.partition("/")[0]}
        paths = [p for p in paths if p.partition("/")[0] in folders]
    wanted = name.encode()
    for path in paths:
        content = comparison.change.base.read(path)
        if content is not None and wanted in content and pattern.search(content):
            return True
    return False
