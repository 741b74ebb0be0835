from dataclasses import fields
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.nouns import (
    Attempt,
    Conflict,
    ConflictRecord,
    ConflictState,
    Decision,
    Escalation,
    Event,
    Landing,
    Order,
    Progress,
    Request,
    Resolution,
    ResourceLease,
    Run,
    Slot,
    Ticket,
    Usage,
)
from headway.store.rows import (
    ATTEMPTS,
    CONFLICTS,
    DECISIONS,
    ESCALATIONS,
    EVENTS,
    LANDINGS,
    LEASES,
    ORDERS,
    PROGRESS,
    REQUESTS,
    RESOLUTIONS,
    RESOURCE_LEASES,
    RUNS,
    SHAPES,
    SLOTS,
    TICKETS,
    RunTicket,
    Shape,
)
from headway.store.schema import metadata
from tests.unit.store import strategies as made


@given(st.data())
@pytest.mark.parametrize(
    ("shape", "nouns"),
    [
        (RUNS, made.runs),
        (TICKETS, st.builds(RunTicket, made.hostile, made.tickets)),
        (ATTEMPTS, made.attempts),
        (LANDINGS, made.landings),
        (SLOTS, made.slots),
        (EVENTS, made.events),
        (REQUESTS, made.requests),
        (LEASES, made.leases),
        (CONFLICTS, made.records),
        (DECISIONS, made.decisions),
        (RESOLUTIONS, made.resolutions),
        (ORDERS, made.orders),
        (RESOURCE_LEASES, made.resource_leases),
        (ESCALATIONS, made.escalations),
    ],
    ids=lambda x: x.table if isinstance(x, Shape) else "",
)
def test_a_noun_comes_back_from_its_row(shape: Shape, nouns: st.SearchStrategy, data: st.DataObject) -> None:
    noun = data.draw(nouns)
    row = shape.to_row(noun)
    assert len(row) == len(shape.columns)
    assert shape.from_row(row) == noun


@given(made.progress)
def test_progress_comes_back_with_its_ticket(progress: Progress) -> None:
    ticket = TICKETS.to_row(RunTicket(progress.run, progress.ticket))
    assert PROGRESS.from_row(PROGRESS.to_row(progress) + ticket) == progress


@pytest.mark.parametrize(
    ("shape", "noun"),
    [
        (RUNS, Run),
        (TICKETS, Ticket),
        (PROGRESS, Progress),
        (ATTEMPTS, Attempt),
        (LANDINGS, Landing),
        (SLOTS, Slot),
        (EVENTS, Event),
        (REQUESTS, Request),
        (DECISIONS, Decision),
        (RESOLUTIONS, Resolution),
        (ORDERS, Order),
        (RESOURCE_LEASES, ResourceLease),
        (ESCALATIONS, Escalation),
    ],
    ids=lambda x: x.table if isinstance(x, Shape) else "",
)
def test_each_field_has_the_column_of_its_name(shape: Shape, noun: type) -> None:
    assert set(shape.columns) - {"run"} == {field.name for field in fields(noun)} - {"run"}


def test_a_conflict_and_its_life_are_one_row() -> None:
    named = {field.name for noun in (Conflict, ConflictRecord) for field in fields(noun)}
    assert set(CONFLICTS.columns) == (named - {"conflict", "conflict_id"}) | {"id"}


def test_a_conflict_keeps_the_time_zone_of_its_time() -> None:
    at = datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    conflict = Conflict(
        conflict_id="c-1",
        conflict_type="edit",
        involved_agents=("A", "B"),
        severity="high",
        timestamp=at,
    )
    record = ConflictRecord(
        run="r1", conflict=conflict, state=ConflictState.FORMING, formed_at=0.0, since=0.0
    )
    back = CONFLICTS.from_row(CONFLICTS.to_row(record)).conflict.timestamp
    assert (back, back.utcoffset()) == (at, at.utcoffset())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.table)
def test_rows_and_schema_name_the_same_columns_and_keys(shape: Shape) -> None:
    table = metadata.tables[shape.table]
    assert shape.columns == tuple(column.name for column in table.columns)
    assert shape.key == tuple(column.name for column in table.primary_key.columns)


def test_a_cost_that_is_no_number_comes_back_as_one() -> None:
    usage = Usage(cost=float("inf"), input_tokens=10**30)
    row = ATTEMPTS.to_row(made_attempt(usage))
    assert ATTEMPTS.from_row(row).usage == usage


def made_attempt(usage: Usage) -> Attempt:
    from headway.nouns import AttemptState, Cause

    return Attempt(
        run="r1",
        ticket="T-1",
        number=1,
        state=AttemptState.ENDED,
        cause=Cause.FIRST,
        profile="command",
        slot=None,
        base="0" * 40,
        directory="/d",
        started_at=0.0,
        usage=usage,
    )
