"""Numbers from what was observed: plain functions without I/O."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """From when to when something was alive, in seconds since the epoch."""

    start: float
    end: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """A set of durations in a few numbers, in seconds."""

    count: int
    p50: float
    p99: float
    most: float


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that ``percent`` of the values do not exceed (nearest rank); NaN without values."""
    if not values:
        return math.nan
    rank = max(1, math.ceil(percent / 100 * len(values)))
    return sorted(values)[rank - 1]


def spread(values: Sequence[float]) -> Spread:
    """A set of durations in a few numbers; NaN without any."""
    return Spread(
        count=len(values),
        p50=percentile(values, 50),
        p99=percentile(values, 99),
        most=max(values, default=math.nan),
    )


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the middle two; NaN without values."""
    return statistics.median(values) if values else math.nan


def most_at_once(intervals: Iterable[Interval]) -> int:
    """How many of the intervals share a moment, at the most. One that ends when another begins shares none."""
    edges = sorted(edge for each in intervals for edge in ((each.start, 1), (each.end, -1)))
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def overlapping(intervals: Sequence[Interval]) -> list[tuple[Interval, Interval]]:
    """Pairs of neighbours (by their start) of which the second begins before an earlier one has ended."""
    found: list[tuple[Interval, Interval]] = []
    longest: Interval | None = None
    for each in sorted(intervals, key=lambda each: (each.start, each.end)):
        if longest is not None and each.start < longest.end:
            found.append((longest, each))
        if longest is None or each.end > longest.end:
            longest = each
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Phases:
    """How long the parts of the tickets' ways took, in seconds, one value an attempt."""

    #: From the moment at which a ticket could have an agent to the moment at which that ran.
    ready_to_running: Sequence[float]
    #: From the decision to start the agent to its process.
    launch: Sequence[float]
    #: From the agent's end to the coordinator's knowledge of it.
    noticed: Sequence[float]
    #: From there until everything that it wrote was a commit.
    collected: Sequence[float]
    #: From there until it was landed, or told to go again.
    queued: Sequence[float]
    #: From the agent's end to its work on the branch, for those that landed.
    landing: Sequence[float]


def phases(
    events: Sequence[Mapping[str, Any]],
    alive: Mapping[tuple[str, int], Interval],
    depends_on: Mapping[str, Sequence[str]],
) -> Phases:
    """Parts of the tickets' ways from one run's events and its launchers' records (ticket, attempt → interval).

    A ticket is ready for its first agent when the run has begun and all that it depends on has landed, and for
    the next when its landing or the agent before came to an end. Meant for runs in which no ticket waits for a
    free place.
    """
    at = {(e["event"], e.get("ticket"), e.get("attempt")): float(e["at"]) for e in events}
    begun = min((float(e["at"]) for e in events), default=math.nan)
    landed = {str(e["ticket"]): float(e["at"]) for e in events if e["event"] == "landing.landed"}
    parts: dict[str, list[float]] = {name: [] for name in Phases.__slots__}
    for (ticket, number), interval in alive.items():
        before = [
            at.get((f"landing.{end}", ticket, number - 1)) for end in ("conflict", "unverified", "refused")
        ]
        before.append(at.get(("attempt.collected", ticket, number - 1)))
        needs = [landed[d] for d in depends_on.get(ticket, ()) if d in landed]
        ready = next((t for t in before if t is not None), max([begun, *needs]))
        parts["ready_to_running"].append(interval.start - ready)
        started = at.get(("attempt.started", ticket, number))
        ended = at.get(("attempt.ended", ticket, number))
        collected = at.get(("attempt.collected", ticket, number))
        done = at.get(("landing.landed", ticket, number)) or at.get(("landing.conflict", ticket, number))
        if started is not None:
            parts["launch"].append(interval.start - started)
        if ended is not None:
            parts["noticed"].append(ended - interval.end)
        if ended is not None and collected is not None:
            parts["collected"].append(collected - ended)
        if collected is not None and done is not None:
            parts["queued"].append(done - collected)
        if ("landing.landed", ticket, number) in at:
            parts["landing"].append(at["landing.landed", ticket, number] - interval.end)
    return Phases(**parts)
