"""What the rules cost a coordinator: a graph of 200 tickets, and one look at the machine."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from headway.conflicts.waiting import (
    PressureReader,
    Waiting,
    WaitKind,
    boosts,
    compute_conflicts,
    deadlocks,
    facts_of,
    inversions,
)
from headway.conflicts.waiting.waits import Wait
from headway.nouns import (
    LeaseState,
    Order,
    OrderOf,
    Priority,
    Progress,
    ResourceLease,
    Slot,
    SlotState,
    Ticket,
    TicketState,
)

RUN = "r1"


def crowd(count: int, agents: int, number: int = 1) -> Waiting:
    """A run in full swing: ``agents`` at work on files that others wait for, the rest waiting."""
    rng = random.Random(number)
    names = [f"T-{n}" for n in range(count)]
    progress = []
    for n, name in enumerate(names):
        needs = (
            tuple(sorted({names[rng.randrange(n)] for _ in range(rng.choice((0, 0, 1, 2)))}))
            if n > agents
            else ()
        )
        progress.append(
            Progress(
                run=RUN,
                ticket=Ticket(id=name, title=name, priority=rng.choice(list(Priority)), depends_on=needs),
                state=TicketState.RUNNING if n < agents else TicketState.WAITING,
                position=n,
            )
        )
    leases = [
        ResourceLease(run=RUN, resource=f"path:{n}.py", ticket=names[n], state=LeaseState.HELD, since=0.0)
        for n in range(agents)
    ]
    leases += [
        ResourceLease(
            run=RUN,
            resource=f"path:{rng.randrange(agents)}.py",
            ticket=name,
            state=LeaseState.WAITING,
            since=1.0,
        )
        for name in names[agents:]
        if rng.random() < 0.5
    ]
    orders = []
    for _ in range(count // 2):
        first, then = sorted(rng.sample(range(count), 2))
        orders.append(
            Order(run=RUN, first=names[first], then=names[then], of=rng.choice(list(OrderOf)), at=0.0)
        )
    slots = [Slot(id=n, path=str(n), state=SlotState.BUSY, holder=(RUN, names[n], 1)) for n in range(agents)]
    return Waiting(run=RUN, progress=progress, leases=leases, orders=orders, slots=slots, agents=agents)


def micro(tickets: int = 200, agents: int = 42) -> dict[str, float]:
    """Medians, in microseconds."""
    waiting = crowd(tickets, agents)
    graph = waiting.build()
    facts = facts_of(waiting, now=10.0)
    rng = random.Random(2)
    names = [p.ticket.id for p in waiting.progress]
    pairs = [sorted(rng.sample(range(tickets), 2)) for _ in range(500)]
    new = [
        Wait(waiter=names[then], holder=names[first], kind=WaitKind.LAND_ORDER, what=str(n))
        for n, (first, then) in enumerate(pairs)
    ]
    reader = PressureReader({"worktrees": "/"})
    pressure = reader.read(0.0)
    return {
        "waits_of_graph": float(len(graph)),
        "build_us": _median(waiting.build, 50),
        "facts_us": _median(lambda: facts_of(waiting, now=10.0), 50),
        "add_us": _median_of([_timed(lambda w=w: graph.closes(w)) for w in new]),  # type: ignore[misc]
        "deadlocks_us": _median(lambda: deadlocks(graph, facts), 50),
        "inversions_us": _median(lambda: inversions(graph, facts, 20.0, patience=120.0), 50),
        "boosts_us": _median(lambda: boosts(graph, facts), 50),
        "pressure_us": _median(lambda: reader.read(0.0), 200),
        "compute_us": _median(lambda: compute_conflicts(pressure, ()), 200),
    }


def _median(what: Callable[[], object], count: int) -> float:
    return _median_of([_timed(what) for _ in range(count)])


def _median_of(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1e6, 1)


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
