"""Conflicts and sides at hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from headway.nouns import Conflict, ConflictRecord, ConflictState, Decision, Priority
from headway.resolution.facts import Side


def conflict(kind: str, *sides: str, **context: Any) -> Conflict:
    """A conflict of a kind between tickets."""
    names = sides or ("A", "B")
    return Conflict(
        conflict_id=f"c-{kind}",
        conflict_type=kind,
        involved_agents=names,
        severity="high",
        context=context,
        timestamp=datetime(2025, 1, 1, tzinfo=UTC),
    )


def record(of: Conflict, **more: Any) -> ConflictRecord:
    """A conflict that stands, since second 100."""
    told = {"state": ConflictState.STANDING, "formed_at": 100.0, "since": 100.0, "stood_at": 100.0, **more}
    return ConflictRecord(run="r1", conflict=of, **told)


def side(ticket: str, **more: Any) -> Side:
    """A ticket at work for 10 seconds, with 10 to go."""
    return Side(**{"ticket": ticket, "elapsed": 10.0, "rest": 10.0, **more})


def decision(choice: str, **more: Any) -> Decision:
    """A decision about where sessions are kept."""
    return Decision(topic="session store", choice=choice, **more)


LOW, MEDIUM, HIGH, CRITICAL = Priority
