"""Who gives up what, so that others can go on. Pure.

A deadlock is broken by one ticket, the *victim*, that gives up what the one before it in the cycle waits for: a place
in the landing queue, its right to go first, a lease or a slot. Which one:

1. who gives up its place in the landing queue, because that costs nothing;
2. nobody who matters critically, itself or by what depends on it, as long as another one can;
3. nobody who was the victim :data:`MOST_TIMES` times as long as another one can that was not;
4. the cheapest by :func:`price`: the agent's seconds that would be spent again, times what a second of that priority
   is worth, times one more than it has been the victim already;
5. the lowest priority; the last in the tickets file.

From rule 3 on those who are protected by it are chosen among by rule 5 alone, that is by standing order and no longer
by price. Otherwise two could take turns for ever: each time the price of the one has risen over the other's. As it
is, the one that stands highest never gives anything up any more, so it gets on, and then the next one does (the
argument of *wound-wait*: Rosenkrantz, Stearns and Lewis, "System Level Concurrency Control for Distributed Database
Systems", ACM Transactions on Database Systems 3(2), 1978). For the same reason a victim whose work goes again gives
up everything that it has, not only what is waited for.

A dependency is never broken. A cycle of dependencies alone is a mistake in the tickets, and a person's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from headway.conflicts.waiting.facts import UNKNOWN, Facts, TicketFacts
from headway.conflicts.waiting.graph import WaitGraph
from headway.conflicts.waiting.waits import Cycle, Wait, WaitKind
from headway.nouns import Order, OrderOf, Priority

#: How often a ticket's work goes again for others while another one could give way that did so less often.
MOST_TIMES = 3

#: What a second of an agent is worth, by its ticket's priority: the same scale as for tickets that wait for others
#: that touch the same files.
WORTH = {Priority.LOW: 0.25, Priority.MEDIUM: 0.5, Priority.HIGH: 1.0, Priority.CRITICAL: 2.0}

#: Share of an agent's time that is spent again where the next one goes on from a commit of what it wrote: to read
#: itself in again. Not measured.
SPENT_AGAIN = 0.25

#: What it costs to start an agent again, in seconds: a worktree, a prompt, the first answers of a model. Not measured.
START_AGAIN = 15.0

#: What it costs to give up the right to go first, or a path before the work on it has landed, in agent-seconds: with
#: the chance of two tickets of one file (21 of 56, measured on the workloads) the other's work has to be done again, a
#: run of five minutes (not measured).
ORDER_GIVEN_UP = 21 / 56 * 300.0


class ReleaseOf(StrEnum):
    """What is given up."""

    #: Something that only one may have. An agent at work is ended, its work collected first, and the ticket goes
    #: again; one that is landing goes on landing without it.
    LEASE = "lease"
    #: A slot, or memory and CPU: the same.
    SLOT = "slot"
    #: The right to go first: the order is deleted.
    ORDER = "order"
    #: The place in the landing queue: it goes behind the other.
    PLACE = "place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What a ticket gives up for another one. Doing so loses no work, whatever it is."""

    of: ReleaseOf
    #: Who gives it up.
    ticket: str
    #: Who waits for it; who gets it is for the rules of whoever gives it out (:func:`.leases.lease`).
    to: str
    #: The wait that is over by it.
    wait: Wait
    #: Resources that it gives up: everything that it has where it goes again.
    resources: tuple[str, ...] = ()
    #: Whether an agent is at work, which is ended first, and what it wrote made a commit.
    collects: bool = False
    #: Whether the ticket has to ask for all that again, and its agent goes again from what was collected.
    goes_again: bool = False

    @property
    def order_of(self) -> OrderOf | None:
        """Which order is deleted: that of this kind in which ``ticket`` is first and ``to`` comes then."""
        if self.of is not ReleaseOf.ORDER:
            return None
        return OrderOf.START if self.wait.kind is WaitKind.START_ORDER else OrderOf.LAND

    def is_about(self, order: Order) -> bool:
        """Whether this is the order that is deleted."""
        return order.of is self.order_of and (order.first, order.then) == (self.ticket, self.to)

    @property
    def sentence(self) -> str:
        """What happens, for a person, without a full stop."""
        match self.of:
            case ReleaseOf.ORDER:
                verb = "start" if self.order_of is OrderOf.START else "land"
                return f"{self.to} may {verb} before {self.ticket}"
            case ReleaseOf.PLACE:
                return f"{self.to} lands before {self.ticket}"
            case _:
                what = "its slot" if self.of is ReleaseOf.SLOT else self.wait.what
                kept = "; what its agent wrote is kept and it goes again from there" if self.collects else ""
                return f"{self.ticket} gives up {what} for {self.to}{kept}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Victim:
    """The ticket that breaks a cycle, and by what."""

    ticket: str
    release: Release
    #: See :func:`price`.
    price: float
    #: Agent-seconds that are spent again.
    lost: float
    #: How often its work had gone again before for such a reason.
    times: int

    @property
    def counts(self) -> bool:
        """Whether it counts as one more time."""
        return self.release.goes_again

    @property
    def sentence(self) -> str:
        """Who and why, for a person, without a full stop."""
        lost = f"{self.lost:.0f} s of an agent are spent again" if self.lost else "nothing is lost by it"
        before = f", {self.times}× before" if self.times else ""
        return f"{self.release.sentence} ({lost}{before})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadlock:
    """A cycle and who breaks it; None where nobody can, and a person must."""

    cycle: Cycle
    victim: Victim | None


def choose_victim(cycle: Cycle, facts: Facts) -> Victim | None:
    """Who breaks a cycle. None where it is made of dependencies alone, or of what cannot be stopped."""
    nexts = (*cycle.waits[1:], cycle.waits[0])
    can = [
        (wait, after)
        for wait, after in zip(cycle.waits, nexts, strict=True)
        if wait.kind.is_breakable and not _at(facts, wait.holder).is_moving
    ]
    # One that is itself only behind another one in the queue: its place would not help who waits for it.
    helps = [wait for wait, after in can if not wait.kind is after.kind is WaitKind.LANDING]
    chosen = cheapest(helps or [wait for wait, _ in can], facts)
    return None if chosen is None else victim(chosen, facts)


def deadlocks(graph: WaitGraph, facts: Facts) -> list[Deadlock]:
    """All deadlocks of a graph, each with its victim, as if each were broken before the next one is looked for.

    At most as many as there are waits: each one takes a wait out. The graph is left as it is.
    """
    left = graph.copy()
    found: list[Deadlock] = []
    while cycles := left.cycles():
        for cycle in cycles:
            deadlock = Deadlock(cycle=cycle, victim=choose_victim(cycle, facts))
            found.append(deadlock)
            if deadlock.victim is None:
                left.remove(cycle.waits[0])  # a person's; what else there is, is seen without it
            else:
                apply(left, deadlock.victim.release)
                if deadlock.victim.counts:
                    facts = {**facts, deadlock.victim.ticket: _once_more(facts, deadlock.victim.ticket)}
    return found


def apply(graph: WaitGraph, release: Release) -> None:
    """Take out of a graph what a release ends."""
    graph.remove(release.wait)
    for what in release.resources:
        graph.release(release.ticket, what)
    if release.collects:
        # Its agent is gone, and with it what that waited for; the next one asks anew.
        for wait in graph.waits_of(release.ticket):
            if wait.kind is WaitKind.LEASE:
                graph.remove(wait)


def price(wait: Wait, facts: TicketFacts) -> float:
    """What it costs that the holder gives up what is waited for, in agent-seconds of a ticket of high priority."""
    return lost(wait, facts) * WORTH[facts.stake] * (1 + facts.times)


def lost(wait: Wait, facts: TicketFacts) -> float:
    """Agent-seconds that are spent again when the holder gives up what is waited for."""
    match wait.kind:
        case WaitKind.LANDING:
            return 0.0
        case WaitKind.START_ORDER | WaitKind.LAND_ORDER:
            return ORDER_GIVEN_UP
        case _:
            if facts.is_landing:
                return ORDER_GIVEN_UP
            if not facts.is_running:
                return 0.0
            share = SPENT_AGAIN if facts.is_kept else 1.0
            return START_AGAIN + facts.agent_seconds * share


def victim(wait: Wait, facts: Facts) -> Victim:
    """The holder of what is waited for, as the one who gives it up."""
    at = _at(facts, wait.holder)
    return Victim(
        ticket=wait.holder,
        release=release(wait, facts),
        price=price(wait, at),
        lost=lost(wait, at),
        times=at.times,
    )


def release(wait: Wait, facts: Facts) -> Release:
    """What the holder gives up so that the wait is over. Raises ValueError for a dependency or a person's answer."""
    if not wait.kind.is_breakable:
        raise ValueError(f"nobody gives up a {wait.kind.value}")
    kinds = {
        WaitKind.LANDING: ReleaseOf.PLACE,
        WaitKind.START_ORDER: ReleaseOf.ORDER,
        WaitKind.LAND_ORDER: ReleaseOf.ORDER,
        WaitKind.LEASE: ReleaseOf.LEASE,
    }
    of = kinds.get(wait.kind, ReleaseOf.SLOT)
    at = _at(facts, wait.holder)
    takes = of in (ReleaseOf.LEASE, ReleaseOf.SLOT)
    goes_again = takes and not at.is_landing
    return Release(
        of=of,
        ticket=wait.holder,
        to=wait.waiter,
        wait=wait,
        resources=tuple(sorted({wait.what, *at.holds})) if goes_again else (wait.what,) if takes else (),
        collects=goes_again and at.is_running,
        goes_again=goes_again,
    )


def cheapest(waits: Iterable[Wait], facts: Facts) -> Wait | None:
    """The wait of these whose holder gives up what is waited for at the lowest price."""
    return min(waits, key=lambda wait: (_rank(wait, facts), wait.holder, wait.what), default=None)


def _rank(wait: Wait, facts: Facts) -> tuple[bool, bool, bool, float, int, int]:
    at = _at(facts, wait.holder)
    is_free = wait.kind is WaitKind.LANDING
    protected = at.times >= MOST_TIMES
    return (
        not is_free,
        at.stake is Priority.CRITICAL,
        protected,
        0.0 if protected else price(wait, at),
        at.stake,
        -at.position,
    )


def _at(facts: Facts, ticket: str) -> TicketFacts:
    return facts.get(ticket, UNKNOWN)


def _once_more(facts: Facts, ticket: str) -> TicketFacts:
    at = _at(facts, ticket)
    return replace(at, times=at.times + 1, is_running=False, agent_seconds=0.0, holds=())
