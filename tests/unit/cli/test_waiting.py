"""Who has what: leases, worktrees and the landing queue in one list."""

from __future__ import annotations

from headway.cli.waiting import rights
from headway.conflicts.waiting import Waiting
from headway.nouns import (
    Landing,
    LandingState,
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

HELD, WAITING = LeaseState.HELD, LeaseState.WAITING


def progress(id_: str, state: TicketState, priority: Priority = Priority.MEDIUM) -> Progress:
    return Progress(run="r1", ticket=Ticket(id=id_, title="t", priority=priority), state=state, since=5.0)


def landing(ticket: str, at: float, state: LandingState = LandingState.QUEUED) -> Landing:
    return Landing(run="r1", ticket=ticket, attempt=1, state=state, queued_at=at)


def slot(id_: int, ticket: str, run: str = "r1") -> Slot:
    return Slot(id=id_, path=f"/w/{id_}", state=SlotState.BUSY, holder=(run, ticket, 1))


def had(waiting: Waiting) -> list[tuple[str, str, LeaseState]]:
    return [(each.resource, each.ticket, each.state) for each in rights(waiting, waiting.build())]


def test_worktrees_are_had_by_those_who_are_in_them_and_waited_for_by_who_could_start() -> None:
    waiting = Waiting(
        run="r1",
        progress=[progress("A", TicketState.RUNNING), progress("B", TicketState.WAITING)],
        slots=[slot(1, "A"), slot(2, "Z", run="r0")],
        agents=2,
    )
    assert had(waiting) == [("slot", "r0/Z", HELD), ("slot", "A", HELD), ("slot", "B", WAITING)]


def test_the_next_to_land_has_the_landing_queue_and_the_others_wait_for_it() -> None:
    waiting = Waiting(
        run="r1",
        progress=[
            progress("A", TicketState.LANDING),
            progress("B", TicketState.LANDING, Priority.HIGH),
            progress("C", TicketState.LANDED),
        ],
        landings=[landing("A", 1.0), landing("B", 2.0), landing("C", 0.5, LandingState.LANDED)],
    )
    assert had(waiting) == [("landing", "B", HELD), ("landing", "A", WAITING)]


def test_who_is_held_back_by_an_order_is_not_in_the_queue() -> None:
    waiting = Waiting(
        run="r1",
        progress=[progress("A", TicketState.RUNNING), progress("B", TicketState.LANDING)],
        orders=[Order(run="r1", first="A", then="B", of=OrderOf.LAND, at=1.0)],
        landings=[landing("B", 2.0)],
    )
    assert had(waiting) == []


def test_what_the_store_says_of_a_resource_counts() -> None:
    lease = ResourceLease(run="r1", resource="slot", ticket="A", state=HELD, since=1.0)
    port = ResourceLease(run="r1", resource="port:80", ticket="A", state=HELD, since=2.0)
    waiting = Waiting(
        run="r1", progress=[progress("A", TicketState.RUNNING)], leases=[lease, port], slots=[slot(1, "A")]
    )
    assert rights(waiting, waiting.build()) == [port, lease]
