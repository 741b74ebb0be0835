"""A run as far as somebody waits in it, and the wait-for graph of that. Pure, but for :func:`read_waiting`.

All of it is told by the store's rows, so that any process draws the same graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from headway.conflicts.waiting.graph import WaitGraph
from headway.conflicts.waiting.waits import COUNTED, Wait, WaitKind
from headway.nouns import (
    Escalation,
    EscalationState,
    Landing,
    LandingState,
    LeaseState,
    Order,
    OrderOf,
    Progress,
    ResourceLease,
    Slot,
    SlotState,
    TicketState,
)

#: The resource that a ticket has while its work is on its way to the target.
LANDING = "landing"

_AT_WORK = frozenset({TicketState.PREPARING, TicketState.RUNNING, TicketState.COLLECTING})
_GIVEN_UP = frozenset({TicketState.LANDED, TicketState.FAILED, TicketState.CANCELLED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A snapshot of everything in a run that somebody can wait for."""

    run: str
    progress: Sequence[Progress]
    leases: Sequence[ResourceLease] = ()
    orders: Sequence[Order] = ()
    #: All of the run, or those that are not over.
    landings: Sequence[Landing] = ()
    slots: Sequence[Slot] = ()
    #: Those of other runs and those that are over are passed over.
    escalations: Sequence[Escalation] = ()
    #: Most agents at once; None where only the slots tell: then all are taken when none is free.
    agents: int | None = None
    #: Tickets in the order in which their work lands, the one under way first, without those that are passed over.
    #: None where only the store tells: then by priority and time, and those that an order holds back are passed over.
    queue: Sequence[str] | None = None

    def build(self) -> WaitGraph:
        """The wait-for graph."""
        looked = _Look(self)
        graph = WaitGraph()
        for what, holders in looked.shared.items():
            graph.share(what, holders)
        for wait in looked.waits():
            graph.insert(wait)
        return graph


class _Reads(Protocol):
    """What is read of the store."""

    def progress(self, run: str) -> list[Progress]: ...
    def resource_leases(self, run: str) -> list[ResourceLease]: ...
    def orders(self, run: str) -> list[Order]: ...
    def landings(self, run: str) -> list[Landing]: ...
    def slots(self) -> list[Slot]: ...
    def escalations(self, run: str | None = None) -> list[Escalation]: ...


def read_waiting(
    store: _Reads, run: str, *, agents: int | None = None, queue: Sequence[str] | None = None
) -> Waiting:
    """The snapshot of a run, from a store or a reader of it. Six reads; raises what they raise."""
    return Waiting(
        run=run,
        progress=store.progress(run),
        leases=store.resource_leases(run),
        orders=store.orders(run),
        landings=store.landings(run),
        slots=store.slots(),
        escalations=store.escalations(run),
        agents=agents,
        queue=queue,
    )


class _Look:
    """What is gathered on the way from a snapshot to its graph."""

    def __init__(self, waiting: Waiting) -> None:
        self.waiting = waiting
        self.at: Mapping[str, Progress] = {p.ticket.id: p for p in waiting.progress}
        self.orders = [
            order
            for order in waiting.orders
            if order.first in self.at
            and order.then in self.at
            and not self.at[order.first].state.is_over
            and not self.at[order.then].state.is_over
        ]
        self.held: dict[str, list[str]] = defaultdict(list)
        for lease in waiting.leases:
            if lease.state is LeaseState.HELD:
                self.held[lease.resource].append(lease.ticket)
        in_slots = [
            slot.holder[1] if slot.holder[0] == waiting.run else f"{slot.holder[0]}/{slot.holder[1]}"
            for slot in waiting.slots
            if slot.holder is not None and slot.state in (SlotState.BUSY, SlotState.PREPARING)
        ]
        #: Counted resource → who has one.
        self.shared = {what: sorted({*self.held.get(what, ())}) for what in COUNTED}
        self.shared["slot"] = sorted({*self.shared["slot"], *in_slots})
        #: Tickets that are kept from starting by something else than a slot.
        self.kept_back: set[str] = set()

    def waits(self) -> Iterator[Wait]:
        for wait in (*self._dependencies(), *self._orders(), *self._leases(), *self._answers()):
            if not wait.kind.blocks_landing:
                self.kept_back.add(wait.waiter)
            yield wait
        yield from self._landings()
        yield from self._slots()

    def _open_dependencies(self, progress: Progress) -> list[Progress]:
        needed = (self.at.get(id_) for id_ in progress.ticket.depends_on)
        return [each for each in needed if each is not None and each.state is not TicketState.LANDED]

    def _dependencies(self) -> Iterator[Wait]:
        for p in self.at.values():
            if p.state in (TicketState.WAITING, TicketState.BLOCKED):
                for other in self._open_dependencies(p):
                    yield Wait(
                        waiter=p.ticket.id,
                        holder=other.ticket.id,
                        kind=WaitKind.DEPENDENCY,
                        since=p.since,
                        note=_standing(other),
                    )

    def _orders(self) -> Iterator[Wait]:
        for order in self.orders:
            then = self.at[order.then]
            if order.of is OrderOf.LAND:
                kind, to_come = WaitKind.LAND_ORDER, then.state is not TicketState.LANDING
            elif then.state is TicketState.WAITING:
                kind, to_come = WaitKind.START_ORDER, bool(self._open_dependencies(then))
            else:
                continue  # it has started; the order is about its next start, if there is one
            yield Wait(
                waiter=order.then,
                holder=order.first,
                kind=kind,
                since=max(order.at, then.since),
                note=order.reason,
                to_come=to_come,
            )

    def _leases(self) -> Iterator[Wait]:
        for lease in self.waiting.leases:
            if lease.state is not LeaseState.WAITING:
                continue
            if lease.resource in COUNTED:
                if lease.ticket not in self.shared[lease.resource]:
                    yield _counted(lease.ticket, lease.resource, lease.since)
                continue
            kind = WaitKind.LANDING if lease.resource == LANDING else WaitKind.LEASE
            for holder in self.held.get(lease.resource, ()):
                if holder != lease.ticket:
                    yield Wait(
                        waiter=lease.ticket,
                        holder=holder,
                        kind=kind,
                        what=lease.resource,
                        since=lease.since,
                    )

    def _answers(self) -> Iterator[Wait]:
        for asked in self.waiting.escalations:
            if asked.state is not EscalationState.OPEN or asked.run != self.waiting.run:
                continue
            for ticket in asked.tickets:
                p = self.at.get(ticket)
                # An agent at work goes on: whoever stopped it would have ended it.
                if p is not None and p.state not in _GIVEN_UP | _AT_WORK:
                    yield Wait(
                        waiter=ticket,
                        holder=asked.id,
                        kind=WaitKind.ANSWER,
                        since=asked.opened_at,
                        note=asked.question,
                    )

    def _landings(self) -> Iterator[Wait]:
        """Each one waits for the one that is directly before it."""
        queued = {x.ticket: x for x in self.waiting.landings if not x.state.is_over and x.ticket in self.at}
        if self.waiting.queue is not None:
            going = [queued[ticket] for ticket in self.waiting.queue if ticket in queued]
        else:
            going = self._landing_order(queued.values())
        for before, landing in pairwise(going):
            yield Wait(
                waiter=landing.ticket,
                holder=before.ticket,
                kind=WaitKind.LANDING,
                what=LANDING,
                since=landing.queued_at,
            )

    def _landing_order(self, queued: Iterable[Landing]) -> list[Landing]:
        held_back = {order.then for order in self.orders if order.of is OrderOf.LAND}
        going = [x for x in queued if x.state is LandingState.MOVING or x.ticket not in held_back]
        return sorted(
            going,
            key=lambda x: (
                x.state is not LandingState.MOVING,
                -self.at[x.ticket].ticket.priority,
                x.queued_at,
                self.at[x.ticket].position,
            ),
        )

    def _slots(self) -> Iterator[Wait]:
        taken = self.shared["slot"]
        if self.waiting.agents is not None:
            free = self.waiting.agents - len(taken)
        else:
            free = sum(1 for slot in self.waiting.slots if slot.state is SlotState.FREE)
        if free > 0 or not taken:
            return
        for p in self.at.values():
            ticket = p.ticket.id
            if p.state is TicketState.WAITING and ticket not in self.kept_back and ticket not in taken:
                needed = [self.at[id_].since for id_ in p.ticket.depends_on if id_ in self.at]
                yield _counted(ticket, "slot", max([p.since, *needed]))


def _counted(ticket: str, what: str, since: float) -> Wait:
    return Wait(waiter=ticket, holder="", kind=WaitKind(COUNTED[what]), what=what, since=since)


def _standing(progress: Progress) -> str:
    state = progress.state.value.replace("_", " ")
    return f"{state}: {progress.reason}" if progress.reason else state
