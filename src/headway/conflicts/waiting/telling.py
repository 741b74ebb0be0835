"""Deadlocks and inversions as conflicts, told so that a person understands them. Pure.

A conflict has one id as long as it is between the same tickets about the same thing, however often it is seen.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from headway.conflicts.waiting.facts import UNKNOWN, Facts
from headway.conflicts.waiting.priorities import Inversion
from headway.conflicts.waiting.victims import Deadlock, Release
from headway.conflicts.waiting.waits import Wait
from headway.nouns import Conflict, Priority, conflict_id


def deadlock_conflict(deadlock: Deadlock, facts: Facts, *, at: float) -> Conflict:
    """A deadlock as a conflict of kind ``deadlock``. ``at``: when it was seen first, seconds since the epoch.

    ``context``: ``type`` (``cycle``, or ``dependencies`` where only a person can break it), ``detail``, ``score``,
    ``cycle`` (tickets), ``waits`` (a sentence each), ``since`` (when the last wait began), ``victim`` (a ticket, or
    None), ``release`` (what it gives up, or None).
    """
    cycle, victim = deadlock.cycle, deadlock.victim
    at_stake = max(facts.get(ticket, UNKNOWN).stake for ticket in cycle.tickets)
    if victim is None:
        severity, end = "critical", "; nobody can give way: a person has to say what comes first"
    else:
        severity, end = "critical" if at_stake is Priority.CRITICAL else "high", f"; {victim.sentence}"
    sentences = [wait.sentence for wait in cycle.waits]
    return Conflict(
        conflict_id=conflict_id("deadlock", [_about(w) for w in cycle.waits], (), cycle.tickets),
        conflict_type="deadlock",
        involved_agents=cycle.tickets,
        severity=severity,
        context={
            "type": "cycle" if victim is not None or cycle.is_breakable else "dependencies",
            "detail": f"{cycle} wait for each other{end}",
            "score": 1.0,
            "cycle": list(cycle.tickets),
            "waits": sentences,
            "since": max(wait.since for wait in cycle.waits),
            "victim": victim.ticket if victim is not None else None,
            "release": _released(victim.release) if victim is not None else None,
        },
        timestamp=datetime.fromtimestamp(at, UTC),
    )


def inversion_conflict(inversion: Inversion, *, at: float) -> Conflict:
    """An inversion as a conflict of kind ``priority``. ``at``: when it was seen first, seconds since the epoch.

    ``context``: ``type`` (``inversion``), ``detail``, ``score``, ``chain`` (tickets, at its end perhaps an
    escalation), ``waits`` (a sentence each), ``since``, ``waited`` (seconds), ``release`` (what the lower one gives
    up now, or None).
    """
    critical = inversion.waiter_priority is Priority.CRITICAL
    severity = "high" if inversion.release is not None else "medium" if critical else "low"
    release = inversion.release
    end = f"; {release.sentence}" if release is not None else ""
    return Conflict(
        conflict_id=conflict_id(
            "priority", [_about(inversion.wait)], (), (inversion.wait.waiter, inversion.holder)
        ),
        conflict_type="priority",
        involved_agents=(inversion.waiter, inversion.holder),
        severity=severity,
        context={
            "type": "inversion",
            "detail": f"{inversion.sentence}{end}",
            "score": 1.0,
            "chain": list(inversion.tickets),
            "waits": [wait.sentence for wait in inversion.chain],
            "since": inversion.wait.since,
            "waited": round(inversion.waited, 3),
            "release": _released(release) if release is not None else None,
        },
        timestamp=datetime.fromtimestamp(at, UTC),
    )


def _about(wait: Wait) -> str:
    return wait.what or wait.kind.value


def _released(release: Release) -> dict[str, Any]:
    return {
        "of": release.of.value,
        "ticket": release.ticket,
        "to": release.to,
        "resources": list(release.resources),
        "order": release.order_of.value if release.order_of is not None else None,
        "collects": release.collects,
        "goes_again": release.goes_again,
    }
