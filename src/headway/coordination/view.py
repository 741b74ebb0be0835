"""A run as it stands now, for whoever shows it: ``status``, ``watch``, the table of ``run``, a dashboard.

Read from the store and from the file of life signs; light, because ``headway status`` answers in a fresh process
within 200 ms. Not for: how it looks, or changing anything.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from headway.agents.claims import is_alive, read_claim
from headway.coordination.host import host_name
from headway.nouns import (
    Attempt,
    AttemptState,
    ConflictState,
    EscalationState,
    Holder,
    Progress,
    Run,
    RunState,
    TicketState,
    Usage,
)

if TYPE_CHECKING:
    from headway.store.reader import Reader

#: A coordinator on another machine cannot be looked at, so it counts as alive while it renews its lease; it does so
#: every few seconds.
RENEWED_WITHIN = 60.0

#: Landings before an estimate is given: fewer say nothing about the rest.
LEAST_LANDED = 3

#: How many of the latest landings say how fast the landing queue is.
LATEST_LANDINGS = 20


_NOTHING = Usage()

_OPEN = tuple(state for state in ConflictState if not state.is_over)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """What was last seen of an agent at work."""

    #: When it last printed, computed or edited something, in seconds since the epoch.
    last_sign: float
    #: What its event stream says that it does.
    doing: str = ""
    files: tuple[str, ...] = ()
    cpu_seconds: float = 0.0
    usage: Usage = _NOTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One ticket of a run."""

    progress: Progress
    #: The latest attempt.
    attempt: Attempt | None = None
    #: All of its attempts so far.
    attempts: int = 0
    #: What was last seen of its agent, while that is at work.
    sign: Sign | None = None
    #: What all its attempts used, the one at work included.
    usage: Usage = _NOTHING
    #: When its first attempt began.
    began_at: float | None = None

    @property
    def agent(self) -> str:
        """Name of the profile that does it, or will."""
        return self.attempt.profile if self.attempt else self.progress.ticket.agent or ""

    @property
    def files(self) -> tuple[str, ...]:
        """Paths that its latest attempt touched."""
        if self.sign is not None and self.sign.files:
            return self.sign.files
        return self.attempt.files if self.attempt else ()

    def elapsed(self, now: float) -> float | None:
        """Seconds of the latest attempt while its agent works, else since the ticket is in its state."""
        state = self.progress.state
        if state is TicketState.RUNNING and self.attempt is not None:
            return max(0.0, now - self.attempt.started_at)
        if state.is_active:
            return max(0.0, now - self.progress.since)
        if state.is_over and self.began_at is not None:
            return max(0.0, self.progress.since - self.began_at)
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Coordinator:
    """The coordinator that holds the repository's lease, or held it last."""

    holder: Holder
    alive: bool
    since: float
    released: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """How long the rest will take, and which of the three bounds says so (:func:`estimate`)."""

    seconds: float
    by: Literal["agents", "chain", "landing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunView:
    """A run as it stood at one moment."""

    run: Run
    #: When it was read, in seconds since the epoch.
    at: float
    #: In the order of the tickets file.
    rows: tuple[Row, ...]
    coordinator: Coordinator | None = None
    estimate: Estimate | None = None
    counts: Mapping[TicketState, int] = field(default_factory=dict)
    #: Conflicts that are not over, by their state.
    conflicts: Mapping[ConflictState, int] = field(default_factory=dict)
    #: Questions that wait for a person.
    escalations: int = 0
    #: Attempts of all tickets.
    attempts: int = 0
    usage: Usage = _NOTHING

    @property
    def is_kept_going(self) -> bool:
        """Whether a living coordinator works on it."""
        return self.run.state is RunState.RUNNING and self.coordinator is not None and self.coordinator.alive

    @property
    def is_over(self) -> bool:
        """Whether nothing is left that the run could do by itself."""
        return all(row.progress.state.is_over for row in self.rows)

    def agents_alive(self) -> int:
        """How many of its agents live right now, whoever keeps the run going. Raises AgentError."""
        at_work = (AttemptState.STARTING, AttemptState.RUNNING)
        attempts = [r.attempt for r in self.rows if r.attempt is not None and r.attempt.state in at_work]
        claims = [read_claim(Path(attempt.directory)) for attempt in attempts]
        return sum(claim is not None and is_alive(claim.launcher) for claim in claims)

    def seconds(self, now: float | None = None) -> float:
        """How long the run took, or takes until ``now`` (default: when this was read)."""
        end = self.run.ended_at if self.run.ended_at is not None else (self.at if now is None else now)
        return max(0.0, end - self.run.started_at)

    def totals(self) -> dict[str, Any]:
        """What ``run.ended`` tells: tickets, how many of them came to which end, attempts, seconds."""
        told = (
            TicketState.LANDED,
            TicketState.FAILED,
            TicketState.NEEDS_HUMAN,
            TicketState.BLOCKED,
            TicketState.CANCELLED,
        )
        return {
            "tickets": len(self.rows),
            **{state.value: self.counts.get(state, 0) for state in told},
            "open": sum(1 for row in self.rows if not row.progress.state.is_over),
            "attempts": self.attempts,
            "seconds": round(self.seconds(), 3),
        }


def read_view(reader: Reader, run: Run, *, signs: Path | None = None, now: float | None = None) -> RunView:
    """How ``run`` stands. ``signs``: the file of life signs (``Home.signs``); absent is fine. Raises StoreError."""
    now = time.time() if now is None else now
    progress = reader.progress(run.id)
    attempts: dict[str, list[Attempt]] = {}
    for attempt in reader.attempts(run.id):
        attempts.setdefault(attempt.ticket, []).append(attempt)
    seen = read_signs(signs)
    rows = tuple(_row(each, attempts.get(each.ticket.id, []), seen) for each in progress)
    coordinator = read_coordinator(reader, now)
    going = run.state is RunState.RUNNING and coordinator is not None and coordinator.alive
    return RunView(
        run=run,
        at=now,
        rows=rows,
        coordinator=coordinator,
        estimate=estimate(rows, agents=most_agents(reader, run), now=now) if going else None,
        counts=Counter(row.progress.state for row in rows),
        conflicts=Counter(record.state for record in reader.conflicts(run.id, _OPEN)),
        escalations=len(reader.escalations(run.id, (EscalationState.OPEN,))),
        attempts=sum(row.attempts for row in rows),
        usage=sum((row.usage for row in rows), Usage()),
    )


def read_coordinator(reader: Reader, now: float) -> Coordinator | None:
    """Who holds the lease or held it last; None where nobody ever did."""
    lease = reader.lease()
    if lease is None:
        return None
    released = lease.released_at is not None
    if lease.holder.host == host_name():
        alive = is_alive(lease.holder.process)
    else:
        alive = now - lease.renewed_at < RENEWED_WITHIN
    return Coordinator(
        holder=lease.holder, alive=alive and not released, since=lease.acquired_at, released=released
    )


def read_signs(path: Path | None) -> dict[str, Sign]:
    """``TICKET/NUMBER`` → what was last seen of that attempt. A file that is absent or broken tells nothing."""
    if path is None:
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["attempts"]
        return {
            name: Sign(
                last_sign=float(each["last_sign"]),
                doing=str(each.get("doing") or ""),
                files=tuple(map(str, each.get("files", ()))),
                cpu_seconds=float(each.get("cpu_seconds", 0.0)),
                usage=Usage(
                    input_tokens=int(each.get("input_tokens", 0)),
                    output_tokens=int(each.get("output_tokens", 0)),
                    cost=float(each.get("cost", 0.0)),
                ),
            )
            for name, each in told.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def estimate(rows: Sequence[Row], *, agents: int | None, now: float) -> Estimate | None:
    """How long the rest of a run will take: the greatest of three bounds; None while too few have landed.

    *Typical* is the median time from a landed ticket's first attempt to its landing, redos included.

    * ``agents``: what all open tickets still need (the typical time, less what one at work has had) shared by the
      agents at once;
    * ``chain``: the same along the longest chain of open tickets that wait for each other;
    * ``landing``: one median gap between the latest landings for each open ticket, because they land one by one.
    """
    landed = [r for r in rows if r.progress.state is TicketState.LANDED and r.began_at is not None]
    open_ = [r for r in rows if not r.progress.state.is_over]
    if not open_ or len(landed) < LEAST_LANDED:
        return None
    typical = _median(max(0.0, r.progress.since - (r.began_at or 0.0)) for r in landed)
    need = {
        r.progress.ticket.id: max(0.0, typical - (now - r.began_at)) if r.began_at is not None else typical
        for r in open_
    }
    at = sorted(r.progress.since for r in landed)[-LATEST_LANDINGS - 1 :]
    gap = _median(b - a for a, b in itertools.pairwise(at))
    bounds = {
        "agents": sum(need.values()) / min(agents or len(open_), len(open_)),
        "chain": _longest_chain(open_, need),
        "landing": gap * len(open_),
    }
    by: Any = max(bounds, key=lambda name: bounds[name])
    return Estimate(seconds=bounds[by], by=by)


def _median(values: Iterable[float]) -> float:
    # Without `statistics`, which imports `random` and `decimal`: 10 ms of the 100 that `headway status` takes.
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _longest_chain(rows: Sequence[Row], need: Mapping[str, float]) -> float:
    depends = {r.progress.ticket.id: [d for d in r.progress.ticket.depends_on if d in need] for r in rows}
    total: dict[str, float] = {}
    for start in depends:
        # Without recursion: a chain may be longer than Python's stack. Reading tickets refuses cycles.
        stack = [start]
        while stack:
            ticket = stack[-1]
            missing = [d for d in depends[ticket] if d not in total]
            if missing and ticket not in total:
                stack.extend(missing)
                continue
            stack.pop()
            total[ticket] = need[ticket] + max((total[d] for d in depends[ticket]), default=0.0)
    return max(total.values(), default=0.0)


def most_agents(reader: Reader, run: Run) -> int | None:
    """Most agents at once, as the coordinator that keeps the run going said when it took it up."""
    begun = reader.events(run=run.id, kinds=("run.started", "run.resumed"))
    agents = begun[-1].data.get("agents") if begun else None
    return agents if isinstance(agents, int) and agents > 0 else None


def _row(progress: Progress, attempts: Sequence[Attempt], signs: Mapping[str, Sign]) -> Row:
    latest = attempts[-1] if attempts else None
    at_work = latest is not None and latest.state in (AttemptState.STARTING, AttemptState.RUNNING)
    sign = signs.get(f"{latest.ticket}/{latest.number}") if latest is not None and at_work else None
    usage = sum((a.usage for a in attempts), Usage())
    return Row(
        progress=progress,
        attempt=latest,
        attempts=len(attempts),
        sign=sign,
        usage=usage + sign.usage if sign else usage,
        began_at=attempts[0].started_at if attempts else None,
    )
