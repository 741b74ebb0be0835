"""Rows of what is told and asked: events, requests, and the coordinator's leases."""

from __future__ import annotations

from headway.nouns import Event, Holder, Lease, ProcessId, Request, RequestKind
from headway.store.codec import decode_text, encode_json, encode_text
from headway.store.rows.shape import Row, Shape, mapping, maybe, text_or_none

# Events


def _event_to_row(event: Event) -> Row:
    return (
        event.seq,
        encode_text(event.kind),
        event.at,
        encode_text(event.run),
        text_or_none(event.ticket),
        event.attempt,
        encode_json(event.data),
    )


def _event_from_row(row: Row) -> Event:
    seq, kind, at, run, ticket, attempt, data = row
    return Event(
        seq=seq,
        kind=decode_text(kind),
        at=at,
        run=decode_text(run),
        ticket=maybe(ticket),
        attempt=attempt,
        data=mapping(data),
    )


EVENTS = Shape(
    table="events",
    key=("seq",),
    columns=("seq", "kind", "at", "run", "ticket", "attempt", "data"),
    to_row=_event_to_row,
    from_row=_event_from_row,
)


# Requests


def _request_to_row(request: Request) -> Row:
    return (
        request.id,
        request.kind.value,
        request.at,
        text_or_none(request.ticket),
        encode_json(request.data),
    )


def _request_from_row(row: Row) -> Request:
    id_, kind, at, ticket, data = row
    return Request(id=id_, kind=RequestKind(kind), at=at, ticket=maybe(ticket), data=mapping(data))


REQUESTS = Shape(
    table="requests",
    key=("id",),
    columns=("id", "kind", "at", "ticket", "data"),
    to_row=_request_to_row,
    from_row=_request_from_row,
)


# Leases


def _lease_to_row(lease: Lease) -> Row:
    holder = lease.holder
    return (
        lease.token,
        encode_text(holder.host),
        encode_text(holder.process.boot_id),
        holder.process.pid,
        holder.process.start_time,
        encode_text(holder.command),
        lease.acquired_at,
        lease.renewed_at,
        lease.released_at,
    )


def _lease_from_row(row: Row) -> Lease:
    token, host, boot_id, pid, start_time, command, acquired_at, renewed_at, released_at = row
    process = ProcessId(boot_id=decode_text(boot_id), pid=pid, start_time=start_time)
    return Lease(
        token=token,
        holder=Holder(host=decode_text(host), process=process, command=decode_text(command)),
        acquired_at=acquired_at,
        renewed_at=renewed_at,
        released_at=released_at,
    )


LEASES = Shape(
    table="leases",
    key=("token",),
    columns=(
        "token",
        "host",
        "boot_id",
        "pid",
        "start_time",
        "command",
        "acquired_at",
        "renewed_at",
        "released_at",
    ),
    to_row=_lease_to_row,
    from_row=_lease_from_row,
)
