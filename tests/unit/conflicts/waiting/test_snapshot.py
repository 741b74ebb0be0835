"""The wait-for graph of a run as the store has it."""

from headway.conflicts.waiting import Waiting, WaitKind, deadlock_conflict, deadlocks, facts_of
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
    OrderOf,
    Priority,
    ResourceLease,
    Slot,
    SlotState,
    TicketState,
)
from tests.unit.coordination.fleets import progress

RUN = "r1"
RUNNING, WAITING, LANDING = TicketState.RUNNING, TicketState.WAITING, TicketState.LANDING


def edges(**fields: object) -> set[tuple[str, str, WaitKind]]:
    return {(w.waiter, w.holder, w.kind) for w in Waiting(run=RUN, **fields).build()}


def held(ticket: str, resource: str = "path:a", state: LeaseState = LeaseState.HELD) -> ResourceLease:
    return ResourceLease(run=RUN, resource=resource, ticket=ticket, state=state, since=1.0)


def asked(ticket: str, resource: str = "path:a") -> ResourceLease:
    return held(ticket, resource, LeaseState.WAITING)


def order(first: str, then: str, of: OrderOf) -> Order:
    return Order(run=RUN, first=first, then=then, of=of, at=5.0, reason="both change a.py")


def queued(ticket: str, at: float, state: LandingState = LandingState.QUEUED) -> Landing:
    return Landing(run=RUN, ticket=ticket, attempt=1, state=state, queued_at=at)


def test_a_ticket_waits_for_dependencies_that_have_not_landed():
    found = edges(
        progress=[progress("A", TicketState.LANDED), progress("B", RUNNING), progress("C", WAITING, "A", "B")]
    )
    assert found == {("C", "B", WaitKind.DEPENDENCY)}


def test_an_order_to_start_holds_who_has_not_started_and_one_to_land_everybody():
    orders = [order("A", "B", OrderOf.START), order("A", "C", OrderOf.START), order("A", "C", OrderOf.LAND)]
    found = Waiting(
        run=RUN, progress=[progress("A", RUNNING), progress("B"), progress("C", RUNNING)], orders=orders
    ).build()
    assert {(w.waiter, w.kind, w.to_come) for w in found} == {
        ("B", WaitKind.START_ORDER, False),
        ("C", WaitKind.LAND_ORDER, True),
    }
    assert (
        next(w for w in found if w.waiter == "B").sentence == "B starts when A has landed (both change a.py)"
    )


def test_an_order_whose_first_is_over_holds_nobody():
    assert (
        edges(
            progress=[progress("A", TicketState.FAILED), progress("B")],
            orders=[order("A", "B", OrderOf.START)],
        )
        == set()
    )


def test_who_asks_for_a_lease_waits_for_its_holder_and_who_has_it_does_not():
    found = edges(
        progress=[progress("A", RUNNING), progress("B", RUNNING)],
        leases=[held("A"), asked("A"), asked("B"), asked("B", "path:free")],
    )
    assert found == {("B", "A", WaitKind.LEASE)}


def test_landings_wait_for_the_one_before_and_pass_over_those_that_an_order_holds_back():
    names = ["A", "B", "C", "D"]
    at = [progress(n, LANDING, priority=Priority.HIGH if n == "C" else Priority.LOW) for n in names]
    landings = [queued(n, float(k)) for k, n in enumerate(names)]
    found = edges(
        progress=[*at, progress("Z", RUNNING)], landings=landings, orders=[order("Z", "A", OrderOf.LAND)]
    )
    assert {e for e in found if e[2] is WaitKind.LANDING} == {
        ("B", "C", WaitKind.LANDING),
        ("D", "B", WaitKind.LANDING),
    }


def test_a_queue_that_is_known_is_taken_as_it_is():
    at = [progress(n, LANDING) for n in "AB"]
    found = edges(progress=at, landings=[queued("A", 1.0), queued("B", 2.0)], queue=["B", "A"])
    assert found == {("A", "B", WaitKind.LANDING)}


def test_who_could_start_waits_for_a_slot_when_all_are_taken():
    slots = [Slot(id=1, path="1", state=SlotState.BUSY, holder=(RUN, "A", 1))]
    at = [progress("A", RUNNING), progress("B"), progress("C", WAITING, "A")]
    assert ("B", "", WaitKind.SLOT) in edges(progress=at, slots=slots, agents=1)
    assert not any(kind is WaitKind.SLOT for _, _, kind in edges(progress=at, slots=slots, agents=2))
    free = [*slots, Slot(id=2, path="2", state=SlotState.FREE)]
    assert not any(kind is WaitKind.SLOT for _, _, kind in edges(progress=at, slots=free))


def test_a_slot_of_another_run_comes_back_whatever_happens_here():
    slots = [
        Slot(id=1, path="1", state=SlotState.BUSY, holder=(RUN, "A", 1)),
        Slot(id=2, path="2", state=SlotState.BUSY, holder=("r0", "A", 1)),
    ]
    waiting = Waiting(
        run=RUN,
        progress=[progress("A", RUNNING), progress("B")],
        slots=slots,
        leases=[held("B"), asked("A")],
    )
    assert waiting.build().cycles() == []
    assert [
        c.tickets
        for c in Waiting(run=RUN, progress=waiting.progress, slots=slots[:1], leases=waiting.leases)
        .build()
        .cycles()
    ] == [("A", "B")]


def test_tickets_that_are_asked_about_wait_for_a_person_unless_their_agents_are_at_work():
    question = Escalation(
        id="E-1",
        run=RUN,
        state=EscalationState.OPEN,
        question="Which?",
        opened_at=2.0,
        tickets=("A", "B", "C"),
    )
    at = [progress("A", RUNNING), progress("B", LANDING), progress("C", TicketState.NEEDS_HUMAN)]
    assert edges(progress=at, escalations=[question]) == {
        ("B", "E-1", WaitKind.ANSWER),
        ("C", "E-1", WaitKind.ANSWER),
    }


def test_a_deadlock_of_a_run_is_told_with_its_ring_and_who_breaks_it():
    waiting = Waiting(
        run=RUN,
        progress=[progress("A", RUNNING), progress("B", RUNNING, position=1)],
        leases=[held("A", "path:a"), held("B", "path:b"), asked("A", "path:b"), asked("B", "path:a")],
        slots=[Slot(id=1, path="1", state=SlotState.BUSY, holder=(RUN, "B", 1))],
    )
    attempts = [attempt("A", 0.0), attempt("B", 90.0)]
    facts = facts_of(waiting, attempts, now=100.0, times={"A": 1})
    assert facts["B"].holds == ("path:b", "slot")
    [deadlock] = deadlocks(waiting.build(), facts)
    told = deadlock_conflict(deadlock, facts, at=100.0)
    assert told.conflict_type == "deadlock"
    assert told.severity == "high"
    assert told.involved_agents == ("A", "B")
    assert told.context["cycle"] == ["A", "B"]
    assert told.context["waits"] == [
        "A waits for path:b, which B has",
        "B waits for path:a, which A has",
    ]
    assert told.context["victim"] == "B"
    assert told.context["release"]["collects"]
    assert "B gives up path:b for A" in told.context["detail"]
    later = deadlock_conflict(deadlock, facts, at=900.0)
    assert later.conflict_id == told.conflict_id


def test_dependencies_that_go_round_are_told_to_a_person():
    waiting = Waiting(run=RUN, progress=[progress("A", WAITING, "B"), progress("B", WAITING, "A")])
    facts = facts_of(waiting, now=0.0)
    [deadlock] = deadlocks(waiting.build(), facts)
    told = deadlock_conflict(deadlock, facts, at=0.0)
    assert (told.severity, told.context["type"], told.context["victim"]) == ("critical", "dependencies", None)
    assert "A → B → A" in told.context["detail"]


def attempt(ticket: str, started_at: float) -> Attempt:
    return Attempt(
        run=RUN,
        ticket=ticket,
        number=1,
        state=AttemptState.RUNNING,
        cause=Cause.FIRST,
        profile="p",
        slot=1,
        base="0" * 40,
        directory="/",
        started_at=started_at,
    )
