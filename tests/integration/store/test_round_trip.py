"""Every noun comes back from either database as it was written."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from headway.nouns import (
    Attempt,
    ConflictRecord,
    Decision,
    Escalation,
    Event,
    Fence,
    Holder,
    Landing,
    Order,
    Progress,
    Request,
    Resolution,
    ResourceLease,
    Run,
    Slot,
)
from headway.store.store import Store
from tests.unit.store import strategies as made

# One store for all examples: each takes the place of what it finds there.
bounded = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@bounded
@given(made.runs)
def test_run(store: Store, run: Run) -> None:
    with store.write(None) as writer:
        writer.save_run(run)
    assert store.run(run.id) == run


@bounded
@given(made.progress)
def test_progress_with_its_ticket(store: Store, progress: Progress) -> None:
    with store.write(None) as writer:
        writer.save_progress(progress)
    assert store.progress_of(progress.run, progress.ticket.id) == progress


@bounded
@given(made.attempts)
def test_attempt(store: Store, attempt: Attempt) -> None:
    with store.write(None) as writer:
        writer.save_attempt(attempt)
    assert store.attempt(attempt.run, attempt.ticket, attempt.number) == attempt


@bounded
@given(made.landings)
def test_landing(store: Store, landing: Landing) -> None:
    with store.write(None) as writer:
        writer.save_landing(landing)
    assert store.landing(landing.run, landing.ticket, landing.attempt) == landing


@bounded
@given(made.slots)
def test_slot(store: Store, slot: Slot) -> None:
    with store.write(None) as writer:
        writer.save_slot(slot)
    assert slot in store.slots()


@bounded
@given(made.events)
def test_event(store: Store, event: Event) -> None:
    keys = {"kind", "at", "run", "ticket", "attempt", "self"}
    data = {key: value for key, value in event.data.items() if key not in keys}
    with store.write(None) as writer:
        written = writer.record(
            event.kind, at=event.at, run=event.run, ticket=event.ticket, attempt=event.attempt, **data
        )
    assert store.events(event.run, event.ticket, after=written.seq - 1) == [written]


@bounded
@given(made.requests)
def test_request(store: Store, request_: Request) -> None:
    asked = store.ask(request_.kind, at=request_.at, ticket=request_.ticket, data=request_.data)
    assert store.requests()[-1] == asked


@bounded
@given(made.holders, made.times)
def test_lease(store: Store, holder: Holder, at: float) -> None:
    fence = store.acquire_lease(holder, now=at, is_alive=lambda _: False, patience=0.0)
    lease = store.lease()
    assert lease is not None
    assert (lease.holder, lease.acquired_at, Fence(token=lease.token)) == (holder, at, fence)
    store.release_lease(fence, now=at)


@bounded
@given(made.records)
def test_conflict(store: Store, record: ConflictRecord) -> None:
    with store.write(None) as writer:
        writer.save_conflict(record)
    assert store.conflict(record.run, record.id) == record


@bounded
@given(made.decisions)
def test_decision(store: Store, decision: Decision) -> None:
    written = store.add_decision(decision)
    assert replace(written, id=decision.id) == decision
    assert store.decisions(decision.run, after=written.id - 1) == [written]


@bounded
@given(made.resolutions)
def test_resolution(store: Store, resolution: Resolution) -> None:
    with store.write(None) as writer:
        writer.save_resolution(resolution)
    assert resolution in store.resolutions(resolution.run, resolution.conflict)


@bounded
@given(made.orders)
def test_order(store: Store, order: Order) -> None:
    with store.write(None) as writer:
        writer.save_order(order)
    assert order in store.orders(order.run)
    with store.write(None) as writer:
        writer.delete_order(order.run, order.first, order.then, order.of)
    assert order not in store.orders(order.run)


@bounded
@given(made.resource_leases)
def test_resource_lease(store: Store, lease: ResourceLease) -> None:
    with store.write(None) as writer:
        writer.save_lease(lease)
    assert lease in store.resource_leases(lease.run)
    with store.write(None) as writer:
        writer.delete_lease(lease.run, lease.resource, lease.ticket)
    assert lease not in store.resource_leases(lease.run)


@bounded
@given(made.escalations)
def test_escalation(store: Store, escalation: Escalation) -> None:
    with store.write(None) as writer:
        writer.save_escalation(escalation)
    assert store.escalation(escalation.id) == escalation
