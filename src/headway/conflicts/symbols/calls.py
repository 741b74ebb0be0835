"""Calls that fitted a definition as one side knows it and do not fit it as the other has made it."""

from __future__ import annotations

from dataclasses import dataclass

from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.constructors import signatures
from headway.conflicts.symbols.entities import ClassValue, Found, FunctionValue
from headway.conflicts.symbols.index import CALLED, Shape, Signature, Use
from headway.conflicts.symbols.languages import LANGUAGES
from headway.conflicts.symbols.nouns import Severity, Side
from headway.conflicts.symbols.resolve import is_property
from headway.conflicts.symbols.signatures import objection, swapped
from headway.conflicts.symbols.telling import qualified


@dataclass(frozen=True, slots=True)
class Clash:
    """What is wrong with a call."""

    symbol: str
    path: str
    line: int
    reason: str
    severity: Severity
    score: float


def clash(
    comparison: Comparison, breaker: Side, use: Use, place: int, was: Found, now: Found, *, base: bool = False
) -> Clash | None:
    """What is wrong with the part of a chain at ``place``, as ``now`` stands; None where nothing is, that was right.

    ``base``: ``was`` is of the base and ``now`` of the breaker's side, in place of the user's and the merge's.
    """
    before = comparison.base if base else comparison.sides[breaker.other]
    after = comparison.sides[breaker] if base else comparison.merged
    shape = _shape(use, place)
    symbol = qualified(now.holder, now.bindings[0].name) if now.bindings else ""
    if not was.bindings or not now.bindings or now.index is None:
        return None
    old, new = was.value, now.value
    line = now.bindings[-1].line
    if isinstance(old, FunctionValue) and isinstance(new, FunctionValue):
        symbol = qualified(now.holder, new.bindings[0].name)
        found = _async_clash(use, place, old, new)
        if found is not None:
            return Clash(symbol, new.path, line, found[0], Severity.HIGH, found[1])
    if shape is None:
        if _was_property(was) and isinstance(new, FunctionValue) and not _was_property(now):
            return Clash(symbol, now.path, line, "is a method now, not a property", Severity.HIGH, 0.85)
        return None
    if isinstance(old, FunctionValue) and not _was_property(was) and _was_property(now):
        return Clash(symbol, now.path, line, "is a property now, not a method", Severity.HIGH, 0.9)
    if not isinstance(old, (FunctionValue, ClassValue)) or type(old) is not type(new):
        return None
    first, second = signatures(before, old), signatures(after, new)
    if first is None or second is None:
        return None
    if not any(objection(shape, s) is None for s in first[0]):
        return None
    as_written = is_plain = first[1] and second[1]
    if LANGUAGES[now.index.language].takes_any_call:
        # A call that does not fit goes through. That it has to fit is shown by who changed it: all own calls do.
        as_written = _calls_fit(comparison, breaker, use.chain[place], second[0])
    reasons = [objection(shape, s) for s in second[0]]
    if isinstance(new, ClassValue):
        symbol = new.binding.name
        line = new.binding.line
    path = new.path
    if None not in reasons:
        return Clash(symbol, path, line, f"now {reasons[-1]}", Severity.HIGH, 0.95 if as_written else 0.6)
    if len(first[0]) == 1 == len(second[0]) and not shape.star:
        name = swapped(shape, first[0][0], second[0][0])
        if name is not None:
            reason = f"now takes another argument where {name!r} was"
            return Clash(symbol, path, line, reason, Severity.MEDIUM, 0.9 if is_plain else 0.6)
    return None


def _calls_fit(comparison: Comparison, breaker: Side, name: str, now: list[Signature]) -> bool:
    """Whether the breaker has changed its own calls of a name, so that all of them fit now."""
    has_changed = False
    for path in comparison.paths_of(breaker):
        index, before = comparison.index(path, breaker), comparison.index(path, None)
        if index is None:
            continue
        known = before.use_table if before is not None else {}
        for key, use in index.use_table.items():
            for place, shape in use.calls:
                if use.chain[place - 1] != name:
                    continue
                if all(objection(shape, signature) is not None for signature in now):
                    return False
                has_changed = has_changed or key not in known
    return has_changed


def _shape(use: Use, place: int) -> Shape | None:
    """The call of the part at ``place``; None where it is not called."""
    if place + 1 >= len(use.chain) or use.chain[place + 1] != CALLED:
        return None
    return next((shape for at, shape in use.calls if at == place + 1), None)


def _async_clash(use: Use, place: int, old: FunctionValue, new: FunctionValue) -> tuple[str, float] | None:
    called = place + 1 < len(use.chain) and use.chain[place + 1] == CALLED
    if not called:
        return None
    is_last = place + 2 == len(use.chain)
    was = old.bindings[-1].is_async
    now = new.bindings[-1].is_async
    if now and not was and not (is_last and use.how == "await"):
        return "is async now", 0.6 if is_last and use.how == "passed" else 0.9
    if was and not now and is_last and use.how == "await":
        # It may still give back something to wait for.
        return "is not async any more", 0.9 if new.bindings[-1].chain is not None else 0.7
    return None


def _was_property(found: Found) -> bool:
    return bool(found.bindings) and is_property(found.bindings[0])
