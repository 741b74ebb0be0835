"""What to do next: plain functions from a snapshot of the fleet to decisions. No I/O, no clock, no process.

Everything that the coordinator *decides* stands here, so that it can be tested with thousands of generated
fleets; what it *does* stands in :mod:`headway.coordination.steps`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from headway.coordination.foresight import Chances, price
from headway.nouns import (
    Attempt,
    Cause,
    Landing,
    LandingState,
    Order,
    OrderOf,
    Outcome,
    Progress,
    TicketState,
)

#: An attempt that was ended from outside (machine restarted, launcher killed) is not the agent's failure, so it
#: is simply made again; this bounds it, because something that dies this often is not cured by one more try.
MOST_LOST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much may be tried."""

    #: Most agents at once.
    agents: int
    #: Attempts without usable work before a ticket has failed.
    attempts: int
    #: Redos (after a conflict or failed verification) before a person is asked.
    redos: int
    #: Whether "nothing left to do" after a conflict counts as landed.
    accept_nothing_left: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """A snapshot of a run."""

    progress: Sequence[Progress]
    #: How many tickets lie on the longest chain of open tickets that wait for this one, itself included.
    chain: Mapping[str, int] = field(default_factory=dict)
    #: Tickets that have an agent, or were admitted and will have one.
    admitted: frozenset[str] = frozenset()
    limits: Limits
    #: Nothing new may start.
    draining: bool = False
    #: Who may collide with whom.
    chances: Chances = field(default_factory=dict)
    #: Who goes before whom.
    orders: Sequence[Order] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """What becomes of a ticket after a step."""

    state: TicketState
    reason: str = ""
    failures: int = 0
    redos: int = 0


@dataclass(frozen=True, slots=True)
class Starts:
    """Who starts now, and who could and waits for others all the same."""

    #: In order.
    now: Sequence[str] = ()
    #: Ticket → for whom it waits: by an order, or because it is cheaper than doing the work again.
    waits: Mapping[str, str] = field(default_factory=dict)


def starts(fleet: Fleet) -> Starts:
    """Which tickets start now: by priority, then by the chain behind them, then by place.

    Work that goes again comes before new work of the same priority: others may be waiting for it already, and
    what it collides with next only grows. Those that may collide with others come last in their priority: the
    others may be done by then.
    """
    free = 0 if fleet.draining else max(0, fleet.limits.agents - len(fleet.admitted))
    if not free and not fleet.chances and not fleet.orders:
        return Starts()  # asked at every change of a full fleet
    queue = _Queue.of(fleet)
    meeting = {id_: ahead for id_ in queue.ready if (ahead := queue.ahead(id_))}
    cheaper = {id_: next(iter(ahead)) for id_, ahead in meeting.items() if _pays_to_wait(queue, id_, ahead)}
    apart = [id_ for id_ in queue.ready if id_ not in meeting]
    dared = [id_ for id_ in meeting if id_ not in cheaper]
    chosen = sorted(apart + dared, key=lambda id_: -queue.ready[id_][1].ticket.priority)
    return Starts(chosen[:free], {**cheaper, **queue.ordered})


def tickets_to_start(fleet: Fleet) -> list[str]:
    """Ids of the tickets to start now, in order: see :func:`starts`."""
    return list(starts(fleet).now)


def waiting_for_others(fleet: Fleet) -> dict[str, str]:
    """Tickets that could start and wait for others all the same → for whom: see :func:`starts`."""
    return dict(starts(fleet).waits)


@dataclass(frozen=True, slots=True)
class _Queue:
    """Who could start, and who goes before whom."""

    #: Tickets that may start but for what they may collide with → their place and their progress, in order.
    ready: Mapping[str, tuple[int, Progress]]
    #: Tickets that have an agent or work that is on its way to the target.
    busy: Set[str]
    #: Tickets that an order holds back → for whom.
    ordered: Mapping[str, str]
    chances: Chances

    @staticmethod
    def of(fleet: Fleet) -> _Queue:
        landed = {p.ticket.id for p in fleet.progress if p.state is TicketState.LANDED}
        state = {p.ticket.id: p.state for p in fleet.progress}
        waiting = [
            p
            for p in fleet.progress
            if p.state is TicketState.WAITING
            and p.ticket.id not in fleet.admitted
            and all(d in landed or d not in state for d in p.ticket.depends_on)
        ]
        waiting.sort(
            key=lambda p: (-p.ticket.priority, p.attempt == 0, -fleet.chain.get(p.ticket.id, 1), p.position)
        )
        before = {
            order.then: order.first
            for order in fleet.orders
            if order.of is OrderOf.START and order.first in state and not state[order.first].is_over
        }
        return _Queue(
            # One that an order holds back goes before nobody: else two could wait for each other.
            ready={p.ticket.id: (n, p) for n, p in enumerate(waiting) if p.ticket.id not in before},
            busy=fleet.admitted | {id_ for id_, each in state.items() if each.is_active},
            ordered={p.ticket.id: before[p.ticket.id] for p in waiting if p.ticket.id in before},
            chances=fleet.chances,
        )

    def ahead(self, ticket: str) -> dict[str, float]:
        """Those that go before a ticket and may collide with it, with the chance."""
        place, _ = self.ready[ticket]
        return {
            other: chance
            for other, chance in self.chances.get(ticket, {}).items()
            if other in self.busy or (other in self.ready and self.ready[other][0] < place)
        }


def _pays_to_wait(queue: _Queue, ticket: str, ahead: Mapping[str, float]) -> bool:
    return price(queue.ready[ticket][1].ticket.priority, ahead.values()).pays_to_wait


def stuck_tickets(progress: Sequence[Progress]) -> dict[str, str]:
    """Open tickets that cannot land in this run as things stand → the ticket at the root of it."""
    roots = {
        p.ticket.id: p.ticket.id
        for p in progress
        if p.state in (TicketState.FAILED, TicketState.NEEDS_HUMAN, TicketState.CANCELLED)
    }
    stuck: dict[str, str] = {}
    waiting = [p for p in progress if p.state in (TicketState.WAITING, TicketState.BLOCKED)]
    grew = True
    while grew:
        grew = False
        for p in waiting:
            root = next((roots[d] for d in p.ticket.depends_on if d in roots), None)
            if root is not None and p.ticket.id not in roots:
                roots[p.ticket.id] = stuck[p.ticket.id] = root
                grew = True
    return stuck


def tickets_to_block(progress: Sequence[Progress]) -> dict[str, str]:
    """Waiting tickets that cannot start in this run any more → the ticket at the root of it."""
    waiting = {p.ticket.id for p in progress if p.state is TicketState.WAITING}
    return {id_: root for id_, root in stuck_tickets(progress).items() if id_ in waiting}


def tickets_to_unblock(progress: Sequence[Progress]) -> list[str]:
    """Blocked tickets whose way is open again, because a person had what blocked them tried again."""
    stuck = stuck_tickets(progress)
    return [p.ticket.id for p in progress if p.state is TicketState.BLOCKED and p.ticket.id not in stuck]


def is_run_over(progress: Sequence[Progress]) -> bool:
    """Whether nothing is left that the run could do by itself."""
    return all(p.state.is_over for p in progress)


def is_drained(progress: Sequence[Progress], admitted: Set[str], hindered: Set[str]) -> bool:
    """Whether a run in which nothing new starts has come as far as it can by itself.

    ``hindered``: tickets whose landing waits until its user has cleared something away.
    """
    return admitted | {p.ticket.id for p in progress if p.state.is_active} <= hindered


def after_attempt(
    progress: Progress, attempts: Sequence[Attempt], limits: Limits, *, overtaken: bool = False
) -> Next:
    """What becomes of a ticket whose latest attempt was collected. ``attempts``: all of it, in order.

    ``overtaken``: whether other work landed, since the run began, where the ticket may have its own; only then can
    "nothing left to do" be true. It must be said twice in a row, because an agent that is broken says it too.
    """
    last = attempts[-1]
    kept = any(a.work for a in attempts)
    match last.outcome:
        case Outcome.CANCELLED:
            return Next(state=TicketState.CANCELLED, reason=_kept("cancelled", kept), redos=progress.redos)
        case Outcome.WORK:
            return Next(state=TicketState.LANDING, reason="in the landing queue", redos=progress.redos)
        case Outcome.NOTHING if overtaken and len(attempts) > 1 and attempts[-2].outcome is Outcome.NOTHING:
            return _after_nothing_left(progress, last, limits)
        case Outcome.YIELDED:
            reason = "was stopped in a conflict; goes again from the other's work"
            return replace(_as_before(progress), reason=reason)
        case Outcome.LOST:
            return _after_loss(progress, attempts, kept)
        case _:
            return _after_failure(progress, last, kept, limits)


def _after_nothing_left(progress: Progress, last: Attempt, limits: Limits) -> Next:
    reason = f"twice nothing was left to do on top of what landed meanwhile ({last.base[:10]})"
    state = TicketState.LANDED if limits.accept_nothing_left else TicketState.NEEDS_HUMAN
    return Next(state=state, reason=reason, redos=progress.redos)


def _after_loss(progress: Progress, attempts: Sequence[Attempt], kept: bool) -> Next:
    lost = sum(1 for a in attempts if a.outcome is Outcome.LOST)
    if lost >= MOST_LOST:
        return Next(state=_given_up(kept), reason=f"its agent was ended from outside {lost} times")
    return replace(_as_before(progress), reason="its agent was ended from outside; goes again")


def _as_before(progress: Progress) -> Next:
    """To go again, and nothing was the agent's fault."""
    return Next(state=TicketState.WAITING, failures=progress.failures, redos=progress.redos)


def _after_failure(progress: Progress, last: Attempt, kept: bool, limits: Limits) -> Next:
    failures = progress.failures + 1
    why = why_no_work(last)
    again = last.outcome is not Outcome.UNSTARTABLE and failures < limits.attempts
    return Next(
        state=TicketState.WAITING if again else _given_up(kept),
        reason=f"{why}; goes again" if again else _kept(why, kept),
        failures=failures,
        redos=progress.redos,
    )


def after_landing(progress: Progress, landing: Landing, limits: Limits) -> Next:
    """What becomes of a ticket whose landing came to an end."""
    if landing.state is LandingState.LANDED:
        return Next(state=TicketState.LANDED, redos=progress.redos)
    if landing.state is LandingState.REFUSED:
        return Next(state=TicketState.NEEDS_HUMAN, reason=landing.reason, redos=progress.redos)
    redos = progress.redos + 1
    if redos <= limits.redos:
        return Next(state=TicketState.WAITING, reason=f"{landing.reason}; goes again", redos=redos)
    return Next(
        state=TicketState.NEEDS_HUMAN,
        reason=f"{landing.reason}, after {limits.redos} redos; its work is kept",
        redos=progress.redos,
    )


def cause_of_next(
    attempts: Sequence[Attempt], landings: Sequence[Landing], *, asked_at: float | None = None
) -> Cause:
    """Why a ticket's next attempt is started. Both in order, all of the ticket.

    ``asked_at``: when a person asked last for another try of it.
    """
    if not attempts:
        return Cause.FIRST
    if asked_at is not None and asked_at > (attempts[-1].ended_at or attempts[-1].started_at):
        return Cause.RETRY
    last = attempts[-1]
    landing = next((x for x in landings if x.attempt == last.number), None)
    if landing is not None:
        causes = {LandingState.CONFLICT: Cause.CONFLICT, LandingState.UNVERIFIED: Cause.VERIFY}
        return causes.get(landing.state, Cause.RETRY)
    causes_of_end = {
        Outcome.LOST: Cause.LOST,
        Outcome.YIELDED: Cause.CONFLICT,
        Outcome.CANCELLED: Cause.RETRY,
        Outcome.WORK: Cause.RETRY,
    }
    return causes_of_end.get(last.outcome, Cause.FAILED) if last.outcome else Cause.FAILED


def why_no_work(attempt: Attempt) -> str:
    """Why an attempt brought nothing that could land, for a person."""
    exit_ = attempt.exit
    match attempt.outcome:
        case Outcome.NOTHING:
            return "the agent left with exit status 0 and had changed nothing"
        case Outcome.TIMEOUT:
            return f"the agent was ended at its time limit after {exit_.seconds if exit_ else 0:.0f} s"
        case Outcome.UNSTARTABLE:
            return f"the agent could not be started: {exit_.message if exit_ else 'unknown reason'}"
        case Outcome.ERROR if exit_ is not None and exit_.status is not None and exit_.status < 0:
            return f"the agent was ended by signal {-exit_.status}"
        case Outcome.ERROR:
            return f"the agent left with exit status {exit_.status if exit_ else 'unknown'}"
        case _:
            return exit_.message if exit_ and exit_.message else "the agent brought nothing"


def next_to_land(queued: Sequence[tuple[Landing, Progress]], held: Set[str] = frozenset()) -> Landing | None:
    """Which queued landing is next: the highest priority, then the one that waits longest. ``held``: tickets that
    land only after others (:func:`held_back`)."""
    free = [pair for pair in queued if pair[0].ticket not in held]
    if not free:
        return None
    return min(free, key=lambda pair: (-pair[1].ticket.priority, pair[0].queued_at, pair[1].position))[0]


def goes_before(first: str, then: str, progress: Sequence[Progress], orders: Sequence[Order]) -> bool:
    """Whether ``then`` waits for ``first`` already, by dependencies and orders, directly or through others."""
    needs: dict[str, list[str]] = {p.ticket.id: list(p.ticket.depends_on) for p in progress}
    for order in orders:
        needs.setdefault(order.then, []).append(order.first)
    seen: set[str] = set()
    open_ = [then]
    while open_:
        ticket = open_.pop()
        if ticket == first:
            return True
        if ticket not in seen:
            seen.add(ticket)
            open_ += needs.get(ticket, [])
    return False


def held_back(orders: Sequence[Order], progress: Sequence[Progress]) -> frozenset[str]:
    """Tickets that land only once others have landed, or will not."""
    open_ = {p.ticket.id for p in progress if not p.state.is_over}
    return frozenset(order.then for order in orders if order.of is OrderOf.LAND and order.first in open_)


def exit_status(progress: Sequence[Progress]) -> int:
    """Exit status of a run: 0 all landed, 1 some did not, 3 where only people can take the rest on."""
    open_ = [p for p in progress if p.state is not TicketState.LANDED]
    if not open_:
        return 0
    state = {p.ticket.id: p.state for p in progress}
    root = stuck_tickets(progress)
    people = all(state[root.get(p.ticket.id, p.ticket.id)] is TicketState.NEEDS_HUMAN for p in open_)
    return 3 if people else 1


def _given_up(kept: bool) -> TicketState:
    return TicketState.NEEDS_HUMAN if kept else TicketState.FAILED


def _kept(reason: str, kept: bool) -> str:
    return f"{reason}; its work is kept" if kept else reason
