"""Rows of what stands against each other and of what settles it."""

from __future__ import annotations

from datetime import datetime

from headway.nouns import (
    Conflict,
    ConflictRecord,
    ConflictState,
    Decision,
    DecisionSource,
    Escalation,
    EscalationState,
    LeaseState,
    Order,
    OrderOf,
    Resolution,
    ResolutionState,
    ResourceLease,
)
from headway.store.codec import decode_text, encode_json, encode_text
from headway.store.rows.shape import Row, Shape, mapping, maybe, text_or_none, texts

# Conflicts: the conflict itself lies in the row of its life.


def _conflict_to_row(record: ConflictRecord) -> Row:
    conflict = record.conflict
    return (
        encode_text(record.run),
        encode_text(conflict.conflict_id),
        encode_text(conflict.conflict_type),
        encode_json(conflict.involved_agents),
        encode_text(conflict.severity),
        encode_json(conflict.context),
        conflict.timestamp.isoformat(),
        record.state.value,
        record.formed_at,
        record.since,
        record.stood_at,
        record.ended_at,
        encode_text(record.reason),
        record.returns,
    )


def _conflict_from_row(row: Row) -> ConflictRecord:
    (
        run,
        id_,
        conflict_type,
        involved_agents,
        severity,
        context,
        timestamp,
        state,
        formed_at,
        since,
        stood_at,
        ended_at,
        reason,
        returns,
    ) = row
    return ConflictRecord(
        run=decode_text(run),
        conflict=Conflict(
            conflict_id=decode_text(id_),
            conflict_type=decode_text(conflict_type),
            involved_agents=texts(involved_agents),
            severity=decode_text(severity),
            context=mapping(context),
            timestamp=datetime.fromisoformat(timestamp),
        ),
        state=ConflictState(state),
        formed_at=formed_at,
        since=since,
        stood_at=stood_at,
        ended_at=ended_at,
        reason=decode_text(reason),
        returns=returns,
    )


CONFLICTS = Shape(
    table="conflicts",
    key=("run", "id"),
    columns=(
        "run",
        "id",
        "conflict_type",
        "involved_agents",
        "severity",
        "context",
        "timestamp",
        "state",
        "formed_at",
        "since",
        "stood_at",
        "ended_at",
        "reason",
        "returns",
    ),
    to_row=_conflict_to_row,
    from_row=_conflict_from_row,
)


# The ledger of decisions


def _decision_to_row(decision: Decision) -> Row:
    return (
        decision.id,
        encode_text(decision.topic),
        encode_text(decision.choice),
        encode_text(decision.scope),
        encode_text(decision.reason),
        encode_text(decision.agent),
        text_or_none(decision.ticket),
        decision.source.value,
        text_or_none(decision.run),
        decision.at,
    )


def _decision_from_row(row: Row) -> Decision:
    id_, topic, choice, scope, reason, agent, ticket, source, run, at = row
    return Decision(
        id=id_,
        topic=decode_text(topic),
        choice=decode_text(choice),
        scope=decode_text(scope),
        reason=decode_text(reason),
        agent=decode_text(agent),
        ticket=maybe(ticket),
        source=DecisionSource(source),
        run=maybe(run),
        at=at,
    )


DECISIONS = Shape(
    table="decisions",
    key=("id",),
    columns=("id", "topic", "choice", "scope", "reason", "agent", "ticket", "source", "run", "at"),
    to_row=_decision_to_row,
    from_row=_decision_from_row,
)


# Resolutions


def _resolution_to_row(resolution: Resolution) -> Row:
    return (
        encode_text(resolution.run),
        encode_text(resolution.conflict),
        resolution.number,
        encode_text(resolution.strategy),
        resolution.state.value,
        resolution.started_at,
        resolution.ended_at,
        encode_text(resolution.message),
        encode_json(resolution.inputs),
        encode_json(resolution.result),
    )


def _resolution_from_row(row: Row) -> Resolution:
    run, conflict, number, strategy, state, started_at, ended_at, message, inputs, result = row
    return Resolution(
        run=decode_text(run),
        conflict=decode_text(conflict),
        number=number,
        strategy=decode_text(strategy),
        state=ResolutionState(state),
        started_at=started_at,
        ended_at=ended_at,
        message=decode_text(message),
        inputs=mapping(inputs),
        result=mapping(result),
    )


RESOLUTIONS = Shape(
    table="resolutions",
    key=("run", "conflict", "number"),
    columns=(
        "run",
        "conflict",
        "number",
        "strategy",
        "state",
        "started_at",
        "ended_at",
        "message",
        "inputs",
        "result",
    ),
    to_row=_resolution_to_row,
    from_row=_resolution_from_row,
)


# Orders


def _order_to_row(order: Order) -> Row:
    return (
        encode_text(order.run),
        encode_text(order.first),
        encode_text(order.then),
        order.of.value,
        order.at,
        encode_text(order.reason),
        text_or_none(order.conflict),
    )


def _order_from_row(row: Row) -> Order:
    run, first, then, of, at, reason, conflict = row
    return Order(
        run=decode_text(run),
        first=decode_text(first),
        then=decode_text(then),
        of=OrderOf(of),
        at=at,
        reason=decode_text(reason),
        conflict=maybe(conflict),
    )


ORDERS = Shape(
    table="orders",
    key=("run", "first", "then", "of"),
    columns=("run", "first", "then", "of", "at", "reason", "conflict"),
    to_row=_order_to_row,
    from_row=_order_from_row,
)


# Resource leases


def _resource_lease_to_row(lease: ResourceLease) -> Row:
    return (
        encode_text(lease.run),
        encode_text(lease.resource),
        encode_text(lease.ticket),
        lease.state.value,
        lease.since,
    )


def _resource_lease_from_row(row: Row) -> ResourceLease:
    run, resource, ticket, state, since = row
    return ResourceLease(
        run=decode_text(run),
        resource=decode_text(resource),
        ticket=decode_text(ticket),
        state=LeaseState(state),
        since=since,
    )


RESOURCE_LEASES = Shape(
    table="resource_leases",
    key=("run", "resource", "ticket"),
    columns=("run", "resource", "ticket", "state", "since"),
    to_row=_resource_lease_to_row,
    from_row=_resource_lease_from_row,
)


# Escalations


def _escalation_to_row(escalation: Escalation) -> Row:
    return (
        encode_text(escalation.id),
        encode_text(escalation.run),
        escalation.state.value,
        encode_text(escalation.question),
        escalation.opened_at,
        text_or_none(escalation.conflict),
        encode_json(escalation.tickets),
        encode_text(escalation.severity),
        escalation.told_at,
        escalation.times_told,
        encode_json(escalation.package),
        encode_json(escalation.answer),
        escalation.ended_at,
    )


def _escalation_from_row(row: Row) -> Escalation:
    (
        id_,
        run,
        state,
        question,
        opened_at,
        conflict,
        tickets,
        severity,
        told_at,
        times_told,
        package,
        answer,
        ended_at,
    ) = row
    return Escalation(
        id=decode_text(id_),
        run=decode_text(run),
        state=EscalationState(state),
        question=decode_text(question),
        opened_at=opened_at,
        conflict=maybe(conflict),
        tickets=texts(tickets),
        severity=decode_text(severity),
        told_at=told_at,
        times_told=times_told,
        package=mapping(package),
        answer=mapping(answer),
        ended_at=ended_at,
    )


ESCALATIONS = Shape(
    table="escalations",
    key=("id",),
    columns=(
        "id",
        "run",
        "state",
        "question",
        "opened_at",
        "conflict",
        "tickets",
        "severity",
        "told_at",
        "times_told",
        "package",
        "answer",
        "ended_at",
    ),
    to_row=_escalation_to_row,
    from_row=_escalation_from_row,
)
