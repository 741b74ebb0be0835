"""Priorities that stand on their head: a low ticket has what a higher one waits for. Pure.

Two things follow from it. Whoever is waited for by a higher one counts as much as that (*priority inheritance*: Sha,
Rajkumar and Lehoczky, "Priority Inheritance Protocols: An Approach to Real-Time Synchronization", IEEE Transactions
on Computers 39(9), 1990): it starts, lands and is given leases as if it were that one. And where a critical ticket has
waited longer than ``conflicts.inversion_patience``, the lower one gives up what it has.

A dependency is no inversion. It is the author's will that the one comes first, and its work is as much at stake as
what depends on it (:func:`.facts.stakes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from headway.conflicts.waiting.facts import UNKNOWN, Facts
from headway.conflicts.waiting.graph import WaitGraph
from headway.conflicts.waiting.victims import Release, cheapest, release
from headway.conflicts.waiting.waits import Wait, WaitKind
from headway.nouns import Priority

#: More waits than this in a row are not told one by one.
_LONGEST_CHAIN = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Inversion:
    """A higher ticket waits for something that a lower one has."""

    #: The one for whose sake it matters: it waits itself, or depends on who does.
    waiter: str
    #: The lower one.
    holder: str
    #: The wait for what the holder has.
    wait: Wait
    #: From the waiter over the holder to whoever all of them wait for at last.
    chain: tuple[Wait, ...]
    #: What is at stake with the one that waits, and with the holder.
    waiter_priority: Priority
    holder_priority: Priority
    #: How long it has been so, in seconds.
    waited: float
    #: What the holder gives up now; None as long as patience lasts, or where the waiter is not critical, or where it
    #: cannot be stopped and is over at once.
    release: Release | None = None

    @property
    def tickets(self) -> tuple[str, ...]:
        """Everybody in the chain, in its order; at its end there may be a person."""
        return (*(wait.waiter for wait in self.chain), self.chain[-1].holder)

    @property
    def sentence(self) -> str:
        """The inversion, for a person, without a full stop."""
        who = f"{self.waiter} ({self.waiter_priority.name.lower()})"
        holder = f"{self.holder} ({self.holder_priority.name.lower()})"
        return f"{who} waits for {holder}: {'; '.join(wait.sentence for wait in self.chain)}"


def boosts(graph: WaitGraph, facts: Facts) -> dict[str, Priority]:
    """Ticket, or id of an escalation → the highest priority among it and all that wait for it, whatever for.

    Nobody inherits through slots and compute: one holder of many gives one back, and it is not known which.
    """
    own = {ticket: facts.get(ticket, UNKNOWN).priority for ticket in {*facts, *graph.tickets}}
    found: dict[str, Priority] = {}
    for ticket, priority in sorted(own.items(), key=lambda pair: -pair[1]):
        reached = [ticket]
        while reached:
            id_ = reached.pop()
            if id_ not in found:
                found[id_] = priority
                reached += [wait.holder for wait in graph.waits_of(id_) if not wait.kind.is_counted]
    return found


def inversions(graph: WaitGraph, facts: Facts, now: float, *, patience: float) -> list[Inversion]:
    """Every wait of a ticket for a lower one, the most pressing first.

    ``patience``: how long a critical ticket waits so before the lower one gives up what it has, in seconds.
    """
    taken: set[tuple[str, str]] = set()
    found: list[Inversion] = []
    for wait in sorted(_inverted(graph, facts), key=lambda w: (-_stake(facts, w.waiter), w.since, w.waiter)):
        chosen = wait if wait.holder else _one_of(graph, facts, wait, taken)
        if chosen is None or (_is_place(chosen) and (chosen.holder, chosen.what) in taken):
            continue  # it makes way for somebody already
        taken.add((chosen.holder, chosen.what))
        waited = max(0.0, now - chosen.since)
        behalf = _on_behalf_of(graph, facts, chosen.waiter)
        critical = _stake(facts, chosen.waiter) is Priority.CRITICAL
        is_over = critical and waited >= patience and not facts.get(chosen.holder, UNKNOWN).is_moving
        found.append(
            Inversion(
                waiter=behalf[0].waiter if behalf else chosen.waiter,
                holder=chosen.holder,
                wait=chosen,
                chain=(*behalf, chosen, *_onwards(graph, chosen.holder)),
                waiter_priority=_stake(facts, chosen.waiter),
                holder_priority=_stake(facts, chosen.holder),
                waited=waited,
                release=release(chosen, facts) if is_over else None,
            )
        )
    return found


def _inverted(graph: WaitGraph, facts: Facts) -> Iterator[Wait]:
    for wait in graph:
        if not wait.kind.is_breakable or wait.to_come:
            continue
        if _is_place(wait):
            lower = _lower_ahead(graph, facts, wait)
            if lower is not None and not _is_held_back(graph, wait.waiter):
                yield replace(wait, holder=lower)
            continue
        holders = [wait.holder] if wait.holder else graph.holders_of(wait.what)
        if any(_stake(facts, holder) < _stake(facts, wait.waiter) for holder in holders if holder in facts):
            yield wait


def _lower_ahead(graph: WaitGraph, facts: Facts, wait: Wait) -> str | None:
    """The next one that is ahead in the landing queue and lower; between may be others that are as high as it."""
    seen: set[str] = set()
    place: Wait | None = wait
    while place is not None and place.holder not in seen:
        if _stake(facts, place.holder) < _stake(facts, wait.waiter):
            return place.holder
        seen.add(place.holder)
        place = next((w for w in graph.waits_of(place.holder) if _is_place(w)), None)
    return None


def _is_place(wait: Wait) -> bool:
    return wait.kind is WaitKind.LANDING


def _is_held_back(graph: WaitGraph, ticket: str) -> bool:
    """Whether it could not land even if it were the first: then it has no use for another one's place, and one that
    gave it up might have to get it back at once, because others wait for *its* landing."""
    return any(
        not w.to_come and w.kind in (WaitKind.LAND_ORDER, WaitKind.ANSWER) for w in graph.waits_of(ticket)
    )


def _one_of(graph: WaitGraph, facts: Facts, wait: Wait, taken: set[tuple[str, str]]) -> Wait | None:
    """The wait for that holder of a counted resource who gives it up at the lowest price, each for one waiter."""
    return cheapest(
        (
            replace(wait, holder=holder)
            for holder in graph.holders_of(wait.what)
            if holder in facts
            and (holder, wait.what) not in taken
            and _stake(facts, holder) < _stake(facts, wait.waiter)
        ),
        facts,
    )


def _on_behalf_of(graph: WaitGraph, facts: Facts, ticket: str) -> list[Wait]:
    """The dependencies that lead from the ticket that gives another one its weight to that one."""
    chain: list[Wait] = []
    weight = _stake(facts, ticket)
    while facts.get(ticket, UNKNOWN).priority < weight and len(chain) < _LONGEST_CHAIN:
        before = [
            w
            for w in graph.waits_for(ticket)
            if w.kind is WaitKind.DEPENDENCY and _stake(facts, w.waiter) >= weight
        ]
        if not before:
            break
        chain.insert(0, before[0])
        ticket = before[0].waiter
    return chain


def _onwards(graph: WaitGraph, ticket: str) -> list[Wait]:
    """What a ticket itself waits for, and so on: along the wait that has lasted longest."""
    chain: list[Wait] = []
    seen = {ticket}
    while len(chain) < _LONGEST_CHAIN:
        waits = [w for w in graph.waits_of(ticket) if w.holder and not w.to_come]
        if not waits or waits[0].holder in seen:
            break
        chain.append(waits[0])
        ticket = waits[0].holder
        seen.add(ticket)
    return chain


def _stake(facts: Facts, ticket: str) -> Priority:
    return facts.get(ticket, UNKNOWN).stake
