"""A fleet on a held clock: agents that work, want resources, wait and land; who waits too long is helped by the rules
under test and by nothing else. Whatever must hold is asserted at every step.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.waiting.fleets import Fleet, Job, Ordering, Question
from headway.conflicts.waiting import (
    MOST_TIMES,
    Cycle,
    Facts,
    Release,
    ReleaseOf,
    Victim,
    Waiting,
    boosts,
    deadlocks,
    facts_of,
    inversions,
    lease,
    stakes,
)
from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Escalation,
    EscalationState,
    Landing,
    LandingState,
    LeaseState,
    Order,
    Priority,
    Progress,
    ResourceLease,
    Slot,
    SlotState,
    Ticket,
    TicketState,
)

RUN = "r1"

#: Seconds until an agent that was started is at work.
START = 2.0

#: Beyond this a fleet hangs, in seconds.
FOREVER = 10_000_000.0

_EPSILON = 1e-6


@dataclass
class Seen:
    """What happened in a fleet."""

    deadlocks: int = 0
    #: Deadlocks through slots, where one holder of many would have been enough.
    by_slots: int = 0
    victims: int = 0
    inversions: int = 0
    given_up: int = 0
    orders_dropped: int = 0
    places_given: int = 0
    #: Most rounds of looking and giving up at one moment, until nobody was stuck.
    rounds: int = 0
    #: Most times that one ticket's work went again, and the most times as the victim of deadlocks alone.
    times: int = 0
    times_victim: int = 0
    #: Longest time that a critical ticket waited for something that a lower one had.
    longest: float = 0.0
    patience: float = 0.0
    seconds: float = 0.0


@dataclass
class _At:
    """Where a ticket stands."""

    job: Job
    position: int
    state: TicketState = TicketState.WAITING
    since: float = 0.0
    #: Seconds of work that are a commit, or that the agent at work has done.
    done: float = 0.0
    #: Whether ``done`` went up by a commit alone: what an agent has done must be collected when it ends.
    kept: float = 0.0
    attempts: int = 0
    #: When the agent is at work, and not still starting.
    ready_at: float = 0.0
    #: When its work was counted last.
    counted_at: float = 0.0
    has: set[str] = field(default_factory=set)
    wants: ResourceLease | None = None
    times: int = 0
    queued_at: float = 0.0
    lands_at: float = math.inf

    @property
    def id(self) -> str:
        return self.job.id

    @property
    def next_want(self) -> tuple[float, str] | None:
        return next((want for want in self.job.wants if want[1] not in self.has), None)

    @property
    def is_at_work(self) -> bool:
        return self.state is TicketState.RUNNING and self.wants is None


class Simulator:
    """Runs one fleet to its end."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.now = 0.0
        self.at = {job.id: _At(job, n) for n, job in enumerate(fleet.jobs)}
        self.tickets = {
            job.id: Ticket(id=job.id, title=job.id, priority=job.priority, depends_on=job.depends_on)
            for job in fleet.jobs
        }
        self.orders: list[Order] = []
        self.held: dict[str, ResourceLease] = {}
        self.queue: list[str] = []
        self.asked: dict[str, Question] = {}
        self.seen = Seen(patience=fleet.patience)
        self.to_come: list[tuple[float, int, Ordering | Question]] = sorted(
            ((each.at, n, each) for n, each in enumerate((*fleet.orderings, *fleet.questions))),
            key=lambda each: each[:2],
        )
        self.victims: Counter[str] = Counter()
        #: (critical ticket, what it waits for) → since when a lower one has it.
        self.waits_lower: dict[tuple[str, str], float] = {}

    def run(self) -> Seen:
        """To the end. Raises AssertionError where something does not hold."""
        self._pass(0.0)
        while any(each.state is not TicketState.LANDED for each in self.at.values()):
            self._settle()
            self._watch_critical()
            moment = self._next_moment()
            assert moment < FOREVER, f"nobody gets on: {self._told()}"
            self._pass(moment)
        self.seen.seconds = self.now
        self.seen.times = max(each.times for each in self.at.values())
        return self.seen

    # The world

    def _next_moment(self) -> float:
        moments = [each[0] for each in self.to_come[:1]]
        for each in self.at.values():
            if each.is_at_work:
                want = each.next_want
                goal = min(each.job.seconds, want[0]) if want else each.job.seconds
                moments.append(max(each.ready_at, self.now) + max(0.0, goal - each.done))
            if each.state is TicketState.LANDING:
                moments.append(each.lands_at)
        moments += [asked.at + asked.answered_after for asked in self.asked.values()]
        moments += [since + self.fleet.patience for since in self.waits_lower.values()]
        return min((m for m in moments if m > self.now + _EPSILON / 2), default=math.inf)

    def _pass(self, moment: float) -> None:
        self.now = moment
        for each in self.at.values():
            self._work(each)
        while self.to_come and self.to_come[0][0] <= self.now:
            self._happen(self.to_come.pop(0)[2])
        for ticket, asked in list(self.asked.items()):
            if asked.at + asked.answered_after <= self.now:
                del self.asked[ticket]
        for each in self.at.values():
            if each.state is TicketState.LANDING and each.lands_at <= self.now + _EPSILON:
                self._landed(each)

    def _work(self, each: _At) -> None:
        if not each.is_at_work:
            each.counted_at = self.now
            return
        begun = max(each.counted_at, each.ready_at)
        worked = max(0.0, self.now - begun)
        each.counted_at = self.now
        each.done = min(each.job.seconds, each.done + worked)
        self._get_on(each)

    def _get_on(self, each: _At) -> bool:
        """Whether an agent asks for something or is done."""
        if self._want(each):
            return True
        is_done = each.is_at_work and self.now >= each.ready_at and each.done >= each.job.seconds - _EPSILON
        if is_done:
            self._collected(each)
        return is_done

    def _want(self, each: _At) -> bool:
        """Whether an agent asks for something now."""
        want = each.next_want
        if not each.is_at_work or want is None or self.now < each.ready_at or each.done < want[0] - _EPSILON:
            return False
        each.wants = ResourceLease(
            run=RUN, resource=want[1], ticket=each.id, state=LeaseState.WAITING, since=self.now
        )
        return True

    def _collected(self, each: _At) -> None:
        each.done = each.kept = each.job.seconds
        self._go(each, TicketState.LANDING)
        each.queued_at = self.now
        for what in [w for w in each.has if w.startswith("port:")]:
            self._free(each, what)
        before = [t for t in self.queue if self._rank(t) <= self._rank(each.id)]
        self.queue.insert(len(before), each.id)

    def _rank(self, ticket: str) -> tuple[int, float]:
        return (-self.at[ticket].job.priority, self.at[ticket].queued_at)

    def _landed(self, each: _At) -> None:
        assert each.kept == each.job.seconds, "lands with all of its work"
        self._go(each, TicketState.LANDED)
        each.lands_at = math.inf
        self.queue.remove(each.id)
        for what in list(each.has):
            self._free(each, what)
        self.orders = [order for order in self.orders if each.id not in (order.first, order.then)]

    def _happen(self, what: Ordering | Question) -> None:
        if isinstance(what, Question):
            if self.at[what.ticket].state is not TicketState.LANDED and what.ticket not in self.asked:
                self.asked[what.ticket] = what
            return
        ends = (self.at[what.first], self.at[what.then])
        if not any(each.state is TicketState.LANDED for each in ends):
            first, then = (each.id for each in ends)
            order = Order(run=RUN, first=first, then=then, of=what.of, at=self.now)
            if not any((o.first, o.then, o.of) == (first, then, order.of) for o in self.orders):
                self.orders.append(order)

    def _free(self, each: _At, what: str) -> None:
        each.has.discard(what)
        del self.held[what]

    def _go(self, each: _At, state: TicketState) -> None:
        each.state, each.since = state, self.now

    # The rules at work

    def _settle(self) -> None:
        rounds = 0
        while True:
            self._give_out()
            while sum(self._get_on(each) for each in self.at.values()):  # each of them, not only the first
                self._give_out()
            waiting = self._snapshot()
            facts = self._facts(waiting)
            releases = [*self._break(waiting, facts)] or [*self._help_critical(waiting, facts)]
            if not releases:
                break
            for release in releases:
                self._give_up(release)
            rounds += 1
            # Each round takes at least one wait out; a ticket that went again wants nothing before it is at work.
            assert rounds <= 3 * len(self.at) + len(self.orders) + len(releases), f"no end: {self._told()}"
        self.seen.rounds = max(self.seen.rounds, rounds)
        assert not self._snapshot().build().cycles(), "every cycle is broken"

    def _break(self, waiting: Waiting, facts: Facts) -> Iterator[Release]:
        for deadlock in deadlocks(waiting.build(), facts):
            self.seen.deadlocks += 1
            self.seen.by_slots += any(w.kind.is_counted for w in deadlock.cycle.waits)
            assert deadlock.victim is not None, "a cycle of dependencies alone is not made here"
            if deadlock.victim.counts:
                self._is_fair(deadlock.cycle, deadlock.victim, facts)
            yield deadlock.victim.release
            if deadlock.victim.counts:
                return  # the next one is looked for when this one has gone

    def _is_fair(self, cycle: Cycle, victim: Victim, facts: Facts) -> None:
        self.seen.victims += 1
        self.victims[victim.ticket] += 1
        self.seen.times_victim = max(self.victims.values())
        chosen = facts[victim.ticket]
        others = [
            facts[w.holder] for w in cycle.waits if w.kind.is_breakable and not facts[w.holder].is_moving
        ]
        critical = [
            o for o in others if (o.stake is Priority.CRITICAL) == (chosen.stake is Priority.CRITICAL)
        ]
        if chosen.stake is Priority.CRITICAL:
            assert all(o.stake is Priority.CRITICAL for o in others), (
                "a critical one only among critical ones"
            )
        if chosen.times >= MOST_TIMES:
            assert all(o.times >= MOST_TIMES for o in critical), "not the same one for ever"

    def _help_critical(self, waiting: Waiting, facts: Facts) -> Iterator[Release]:
        for inversion in inversions(
            waiting.build(), facts, self.now + _EPSILON, patience=self.fleet.patience
        ):
            if inversion.release is not None:
                self.seen.inversions += 1
                yield inversion.release
                return

    def _give_up(self, release: Release) -> None:
        each = self.at[release.ticket]
        match release.of:
            case ReleaseOf.ORDER:
                gone = [order for order in self.orders if release.is_about(order)]
                assert len(gone) == 1, "an order is dropped that is there"
                self.orders.remove(gone[0])
                self.seen.orders_dropped += 1
            case ReleaseOf.PLACE:
                self.seen.places_given += 1
                self.queue.remove(each.id)
                self.queue.insert(self.queue.index(release.to) + 1, each.id)
                each.lands_at = math.inf
            case _:
                assert release.wait.what in release.resources
                self._go_again(each, release)

    def _go_again(self, each: _At, release: Release) -> None:
        before = each.done
        assert release.goes_again == (each.state is not TicketState.LANDING), "what is done is not done again"
        assert release.collects == (each.state is TicketState.RUNNING), "an agent at work is collected first"
        if not release.goes_again:
            for what in release.resources:
                self._free(each, what)
            return
        each.kept = each.done
        assert each.kept >= before, "no victim loses work"
        each.times += 1
        self.seen.given_up += 1
        for what in list(each.has):
            self._free(each, what)
        each.wants = None
        self._go(each, TicketState.WAITING)

    def _give_out(self) -> None:
        waiting = self._snapshot()
        facts = self._facts(waiting)
        effective = boosts(waiting.build(), facts)
        running = [each for each in self.at.values() if each.state is TicketState.RUNNING]
        slots = [
            ResourceLease(run=RUN, resource="slot", ticket=x.id, state=LeaseState.HELD, since=x.since)
            for x in running
        ]
        asks = [
            ResourceLease(run=RUN, resource="slot", ticket=x.id, state=LeaseState.WAITING, since=x.since)
            for x in self.at.values()
            if self._can_start(x)
        ]
        wants = [each.wants for each in running if each.wants is not None]
        given = lease(
            [*wants, *asks],
            [*self.held.values(), *slots],
            now=self.now,
            effective=effective,
            facts=facts,
            most={"slot": self.fleet.agents},
        )
        for grant in given:
            self._give(self.at[grant.lease.ticket], grant.lease)
        self._begin_landing()

    def _give(self, each: _At, given: ResourceLease) -> None:
        if given.resource == "slot":
            self._go(each, TicketState.RUNNING)
            each.attempts += 1
            each.done = each.kept
            each.ready_at = self.now + START
            each.counted_at = self.now
            assert sum(1 for x in self.at.values() if x.state is TicketState.RUNNING) <= self.fleet.agents
            return
        assert given.resource not in self.held, "never given twice"
        self.held[given.resource] = given
        each.has.add(given.resource)
        each.wants = None
        each.counted_at = self.now

    def _can_start(self, each: _At) -> bool:
        return (
            each.state is TicketState.WAITING
            and each.id not in self.asked
            and all(self.at[d].state is TicketState.LANDED for d in each.job.depends_on)
            and not any(o.then == each.id and o.of.value == "start" for o in self.orders)
        )

    def _held_back(self, ticket: str) -> bool:
        return ticket in self.asked or any(o.then == ticket and o.of.value == "land" for o in self.orders)

    def _head(self) -> str | None:
        under_way = next((t for t in self.queue if self.at[t].lands_at < math.inf), None)
        if under_way is not None or not self.queue:
            return under_way
        if self.fleet.is_strict:
            return self.queue[0]
        return next((t for t in self.queue if not self._held_back(t)), None)

    def _landing_order(self) -> list[str]:
        head = self._head()
        behind = [t for t in self.queue if t != head and (self.fleet.is_strict or not self._held_back(t))]
        return behind if head is None else [head, *behind]

    def _begin_landing(self) -> None:
        head = self._head()
        if head is not None and self.at[head].lands_at == math.inf and not self._held_back(head):
            self.at[head].lands_at = self.now + self.at[head].job.verify

    # What the rules are shown

    def _snapshot(self) -> Waiting:
        return Waiting(
            run=RUN,
            progress=[
                Progress(
                    run=RUN,
                    ticket=self.tickets[each.id],
                    state=each.state,
                    since=each.since,
                    attempt=each.attempts,
                    position=each.position,
                )
                for each in self.at.values()
            ],
            leases=[*self.held.values(), *(each.wants for each in self.at.values() if each.wants)],
            orders=self.orders,
            landings=[
                Landing(
                    run=RUN,
                    ticket=ticket,
                    attempt=self.at[ticket].attempts,
                    state=LandingState.QUEUED,
                    queued_at=self.at[ticket].queued_at,
                )
                for ticket in self.queue
            ],
            slots=[
                Slot(id=n, path=str(n), state=SlotState.BUSY, holder=(RUN, each.id, each.attempts))
                for n, each in enumerate(self.at.values())
                if each.state is TicketState.RUNNING
            ],
            escalations=[
                Escalation(
                    id=f"E-{ticket}",
                    run=RUN,
                    state=EscalationState.OPEN,
                    question="?",
                    opened_at=asked.at,
                    tickets=(ticket,),
                )
                for ticket, asked in self.asked.items()
            ],
            agents=self.fleet.agents,
            queue=self._landing_order(),
        )

    def _facts(self, waiting: Waiting) -> Facts:
        attempts = [
            Attempt(
                run=RUN,
                ticket=each.id,
                number=each.attempts,
                state=AttemptState.RUNNING,
                cause=Cause.FIRST,
                profile="p",
                slot=each.position,
                base="0" * 40,
                directory="/",
                started_at=each.since,
            )
            for each in self.at.values()
            if each.state is TicketState.RUNNING
        ]
        times = {each.id: each.times for each in self.at.values()}
        return facts_of(waiting, attempts, now=self.now, times=times)

    # What must hold of critical tickets, told without the rules' own graph

    def _watch_critical(self) -> None:
        at_stake = stakes(self._snapshot().progress)
        found: dict[tuple[str, str], float] = {}
        for ticket, what, lower in self._behind(at_stake):
            if lower:
                found[ticket, what] = self.waits_lower.get((ticket, what), self.now)
        for (ticket, what), since in found.items():
            waited = self.now - since
            self.seen.longest = max(self.seen.longest, waited)
            assert waited <= self.fleet.patience + _EPSILON, f"{ticket} waits too long for {what}"
        self.waits_lower = found

    def _behind(self, at_stake: dict[str, Priority]) -> Iterator[tuple[str, str, bool]]:
        """Every critical ticket that waits, for what, and whether a lower one has it."""
        running = [each for each in self.at.values() if each.state is TicketState.RUNNING]
        head = self._head()
        for id_, each in self.at.items():
            if at_stake.get(id_) is not Priority.CRITICAL:
                continue

            def is_lower(other: str) -> bool:
                return at_stake[other] < Priority.CRITICAL

            if each.wants is not None and each.wants.resource in self.held:
                yield id_, each.wants.resource, is_lower(self.held[each.wants.resource].ticket)
            if self._can_start(each):
                yield id_, "slot", any(is_lower(x.id) for x in running)
            if (
                each.state is TicketState.LANDING
                and head is not None
                and head != id_
                and not self._held_back(id_)
            ):
                yield id_, "landing", is_lower(head)
            open_ = [d for d in each.job.depends_on if self.at[d].state is not TicketState.LANDED]
            for order in self.orders:
                counts = each.state is (
                    TicketState.WAITING if order.of.value == "start" else TicketState.LANDING
                )
                if order.then == id_ and counts and not open_:
                    yield id_, f"{order.of.value} after {order.first}", is_lower(order.first)

    def _told(self) -> str:
        graph = self._snapshot().build()
        return "; ".join(wait.sentence for wait in graph)
