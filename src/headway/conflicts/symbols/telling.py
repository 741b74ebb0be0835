"""Conflicts from what was found, with the sides where they belong. Pure."""

from __future__ import annotations

from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict

#: A path, and a line in it.
Spot = tuple[str, int | None]


def make(
    breaker: Side,
    kind: Kind,
    severity: Severity,
    at_breaker: Spot,
    at_other: Spot,
    symbol: str,
    detail: str,
    score: float,
) -> SymbolConflict:
    """A conflict that one side made."""
    left, right = (at_breaker, at_other) if breaker is Side.LEFT else (at_other, at_breaker)
    return SymbolConflict(
        kind=kind,
        severity=severity,
        path=left[0],
        other_path=right[0],
        symbol=symbol,
        line=left[1],
        other_line=right[1],
        detail=detail[0].upper() + detail[1:] + ".",
        score=score,
        breaker=breaker,
    )


def both(
    kind: Kind, severity: Severity, left: Spot, right: Spot, symbol: str, detail: str, score: float
) -> SymbolConflict:
    """A conflict that both sides made."""
    return SymbolConflict(
        kind=kind,
        severity=severity,
        path=left[0],
        other_path=right[0],
        symbol=symbol,
        line=left[1],
        other_line=right[1],
        detail=detail[0].upper() + detail[1:] + ".",
        score=score,
    )


def qualified(holder: tuple[str, ...], name: str) -> str:
    """A name with what holds it."""
    return ".".join((*holder, name))
