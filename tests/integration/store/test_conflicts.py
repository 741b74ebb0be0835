"""What stands against each other, and what settles it, as the store keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from headway.errors import LeaseLost
from headway.nouns import (
    Conflict,
    ConflictRecord,
    ConflictState,
    Decision,
    Escalation,
    EscalationState,
    Fence,
    LeaseState,
    Order,
    OrderOf,
    Resolution,
    ResolutionState,
    ResourceLease,
)
from headway.store.reader import Reader, open_reader
from headway.store.store import Store
from tests.integration.store.processes import other

DECISION = Decision(topic="http client", choice="httpx", at=1.0)
ESCALATION = Escalation(id="E-1", run="r1", state=EscalationState.OPEN, question="Which?", opened_at=1.0)


def record(
    id_: str, formed_at: float, state: ConflictState = ConflictState.STANDING, run: str = "r1"
) -> ConflictRecord:
    return ConflictRecord(
        run=run,
        conflict=Conflict(
            conflict_id=id_,
            conflict_type="edit",
            involved_agents=("A", "B"),
            severity="high",
            timestamp=datetime(2025, 1, 2, tzinfo=UTC),
        ),
        state=state,
        formed_at=formed_at,
        since=formed_at,
    )


def resolution(conflict: str, number: int) -> Resolution:
    return Resolution(
        run="r1",
        conflict=conflict,
        number=number,
        strategy="order",
        state=ResolutionState.TRYING,
        started_at=1.0,
    )


@pytest.fixture(params=["store", "reader"])
def reading(request: pytest.FixtureRequest, store: Store, url: str) -> Iterator[Reader]:
    """The two that can read: the store itself, and the light reader beside it."""
    if request.param == "store":
        yield store
    else:
        with open_reader(url) as reader:
            yield reader


def test_conflicts_come_as_they_were_seen_first_and_by_state(store: Store, reading: Reader) -> None:
    first = record("c-b", 1.0, ConflictState.GONE)
    second = record("c-c", 2.0)
    third = record("c-a", 3.0, ConflictState.FORMING)
    with store.write(None) as writer:
        for each in (third, second, first, record("c-b", 0.0, run="r2")):
            writer.save_conflict(each)
    assert reading.conflicts("r1") == [first, second, third]
    assert reading.conflicts("r1", {ConflictState.STANDING, ConflictState.FORMING}) == [second, third]
    assert reading.conflicts("r1", ()) == []
    assert reading.conflict("r1", "c-b") == first


def test_a_conflict_is_one_row_however_often_it_changes(store: Store, reading: Reader) -> None:
    for state in ConflictState:
        with store.write(None) as writer:
            writer.save_conflict(record("c-a", 1.0, state))
    assert reading.conflicts("r1") == [record("c-a", 1.0, list(ConflictState)[-1])]


def test_resolutions_come_by_conflict_and_number(store: Store, reading: Reader) -> None:
    wanted = [resolution("c-a", 1), resolution("c-a", 2), resolution("c-a", 10), resolution("c-b", 1)]
    with store.write(None) as writer:
        for each in reversed(wanted):
            writer.save_resolution(each)
    assert reading.resolutions("r1") == wanted
    assert reading.resolutions("r1", "c-b") == wanted[3:]
    assert reading.resolutions("r2") == []


def test_orders_are_there_until_they_are_deleted(store: Store, reading: Reader) -> None:
    start = Order(run="r1", first="A", then="B", of=OrderOf.START, at=2.0)
    land = replace(start, of=OrderOf.LAND, at=1.0)
    with store.write(None) as writer:
        writer.save_order(start)
        writer.save_order(land)
    assert reading.orders("r1") == [land, start]
    with store.write(None) as writer:
        writer.delete_order("r1", "A", "B", OrderOf.START)
        writer.delete_order("r1", "B", "A", OrderOf.LAND)
    assert reading.orders("r1") == [land]


def test_who_waits_for_a_resource_comes_in_the_order_of_the_queue(store: Store, reading: Reader) -> None:
    held = ResourceLease(run="r1", resource="port:80", ticket="B", state=LeaseState.HELD, since=1.0)
    waiting = ResourceLease(run="r1", resource="port:80", ticket="A", state=LeaseState.WAITING, since=2.0)
    with store.write(None) as writer:
        writer.save_lease(waiting)
        writer.save_lease(held)
    assert reading.resource_leases("r1") == [held, waiting]
    with store.write(None) as writer:
        writer.delete_lease("r1", "port:80", "B")
        writer.delete_lease("r1", "port:80", "C")
        writer.save_lease(replace(waiting, state=LeaseState.HELD))
    assert reading.resource_leases("r1") == [replace(waiting, state=LeaseState.HELD)]


def test_escalations_come_by_their_number_over_all_runs(store: Store, reading: Reader) -> None:
    wanted = [replace(ESCALATION, id=f"E-{number}", run=f"r{number % 2}") for number in (1, 2, 9, 10)]
    wanted[1] = replace(wanted[1], state=EscalationState.ANSWERED)
    with store.write(None) as writer:
        for each in reversed(wanted):
            writer.save_escalation(each)
    assert reading.escalations() == wanted
    assert reading.escalations("r0") == [wanted[1], wanted[3]]
    assert reading.escalations("r0", {EscalationState.OPEN}) == [wanted[3]]
    assert reading.escalation("E-9") == wanted[2]


def test_an_escalations_number_is_given_once(store: Store) -> None:
    given = []
    for _ in range(11):
        with store.write(None) as writer:
            given.append(writer.next_escalation_id())
            writer.save_escalation(replace(ESCALATION, id=given[-1]))
    assert given == [f"E-{number}" for number in range(1, 12)]


def test_the_ledger_is_read_from_any_place_on(store: Store, reading: Reader) -> None:
    first = store.add_decision(DECISION)
    with store.write(None) as writer:
        second = writer.add_decision(replace(DECISION, run="r1"))
        third = writer.add_decision(replace(DECISION, run="r2"))
    assert [first.id, second.id, third.id] == [1, 2, 3]
    assert reading.decisions() == [first, second, third]
    assert reading.decisions(after=1) == [second, third]
    assert reading.decisions(limit=2) == [first, second]
    assert reading.decisions("r2") == [third]
    assert reading.decisions("r1", after=2) == []


def test_any_process_may_add_to_the_ledger_whoever_has_the_lease(
    store: Store, fence: Fence, url: str
) -> None:
    code = """
from headway.nouns import Decision
with Store.open(url) as store:
    say(store.add_decision(Decision(topic="http client", choice="requests", at=2.0)).id)
"""
    before = store.change_counter()
    with other(url, code) as agent:
        assert agent.said() == "1"
    assert store.change_counter() == before + 1
    with store.write(fence) as writer:
        assert writer.add_decision(DECISION).id == 2
    assert [decision.choice for decision in store.decisions()] == ["requests", "httpx"]


def test_a_coordinator_that_was_overtaken_settles_nothing(store: Store, fence: Fence) -> None:
    with pytest.raises(LeaseLost), store.write(Fence(token=fence.token - 1)) as writer:
        writer.save_conflict(record("c-a", 1.0))
    assert store.conflicts("r1") == []


def test_what_is_not_there_is_none_or_empty(reading: Reader) -> None:
    assert reading.conflict("r1", "c-a") is reading.escalation("E-1") is None
    assert reading.conflicts("r1") == reading.resolutions("r1") == reading.orders("r1") == []
    assert reading.resource_leases("r1") == reading.decisions() == reading.escalations() == []
