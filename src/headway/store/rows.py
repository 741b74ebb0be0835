"""Rows ↔ nouns, in one place, and the statements that move them. No I/O.

Every statement is understood by SQLite and PostgreSQL alike. Parameters are ``?``; names are quoted, because nouns
have fields (``commit``, ``at``) that SQL uses too. That columns, nouns and :mod:`headway.store.schema` agree is held
by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Event,
    Exit,
    Holder,
    Landing,
    LandingState,
    Lease,
    Outcome,
    Priority,
    ProcessId,
    Progress,
    Request,
    RequestKind,
    Run,
    RunState,
    Slot,
    SlotState,
    Ticket,
    TicketState,
    Usage,
)
from headway.store.codec import decode_json, decode_text, encode_json, encode_text

Row = tuple[Any, ...]
Noun = TypeVar("Noun")


def quoted(columns: Iterable[str], prefix: str = "") -> str:
    """A list of column names, as SQL has it."""
    return ", ".join(f'{prefix}"{column}"' for column in columns)


@dataclass(frozen=True, kw_only=True)
class Shape(Generic[Noun]):
    """How one noun lies in its table."""

    table: str
    #: Columns that make a row unique.
    key: tuple[str, ...]
    #: All columns, in the order of ``to_row`` and ``from_row``.
    columns: tuple[str, ...]
    to_row: Callable[[Noun], Row]
    from_row: Callable[[Row], Noun]

    @cached_property
    def select(self) -> str:
        """``SELECT`` all columns, without conditions."""
        return f'SELECT {quoted(self.columns)} FROM "{self.table}"'

    @cached_property
    def insert(self) -> str:
        """``INSERT`` of a whole row."""
        places = ", ".join("?" for _ in self.columns)
        return f'INSERT INTO "{self.table}" ({quoted(self.columns)}) VALUES ({places})'

    @cached_property
    def append(self) -> str:
        """``INSERT`` of a row without its first column, a number that the database gives and returns."""
        columns = self.columns[1:]
        places = ", ".join("?" for _ in columns)
        return (
            f'INSERT INTO "{self.table}" ({quoted(columns)}) VALUES ({places}) RETURNING "{self.columns[0]}"'
        )

    @cached_property
    def upsert(self) -> str:
        """``INSERT`` of a whole row, which takes the place of the one with the same key."""
        changes = ", ".join(f'"{c}" = excluded."{c}"' for c in self.columns if c not in self.key)
        return f"{self.insert} ON CONFLICT ({quoted(self.key)}) DO UPDATE SET {changes}"


def _text(text: str | None) -> str | None:
    return None if text is None else encode_text(text)


def _back(text: str) -> str:
    return decode_text(text)


def _maybe(text: str | None) -> str | None:
    return None if text is None else decode_text(text)


def _mapping(text: str) -> Mapping[str, Any]:
    value: dict[str, Any] = {} if text == "{}" else decode_json(text)
    return value


def _texts(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(decode_json(text))


# Runs


def _run_to_row(run: Run) -> Row:
    return (
        encode_text(run.id),
        encode_text(run.target),
        run.base,
        run.state.value,
        run.started_at,
        run.ended_at,
        encode_json(run.options),
        encode_text(run.trace_id),
    )


def _run_from_row(row: Row) -> Run:
    id_, target, base, state, started_at, ended_at, options, trace_id = row
    return Run(
        id=_back(id_),
        target=_back(target),
        base=base,
        state=RunState(state),
        started_at=started_at,
        ended_at=ended_at,
        options=_mapping(options),
        trace_id=_back(trace_id),
    )


RUNS = Shape(
    table="runs",
    key=("id",),
    columns=("id", "target", "base", "state", "started_at", "ended_at", "options", "trace_id"),
    to_row=_run_to_row,
    from_row=_run_from_row,
)


# Tickets and their progress: the ticket is stored once, a row of progress names it.


@dataclass(frozen=True, slots=True)
class RunTicket:
    """A ticket as one run has it."""

    run: str
    ticket: Ticket


def _ticket_to_row(of: RunTicket) -> Row:
    ticket = of.ticket
    return (
        encode_text(of.run),
        encode_text(ticket.id),
        encode_text(ticket.title),
        encode_text(ticket.description),
        int(ticket.priority),
        encode_json(ticket.depends_on),
        encode_json(ticket.paths),
        _text(ticket.agent),
        _text(ticket.role),
        _text(ticket.verify),
        ticket.timeout,
        encode_json(ticket.labels),
        encode_text(ticket.source),
        encode_json(ticket.extra),
    )


def _ticket_from_row(row: Row) -> RunTicket:
    (
        run,
        id_,
        title,
        description,
        priority,
        depends_on,
        paths,
        agent,
        role,
        verify,
        timeout,
        labels,
        source,
        extra,
    ) = row
    ticket = Ticket(
        id=_back(id_),
        title=_back(title),
        description=_back(description),
        priority=Priority(priority),
        depends_on=_texts(depends_on),
        paths=_texts(paths),
        agent=_maybe(agent),
        role=_maybe(role),
        verify=_maybe(verify),
        timeout=timeout,
        labels=_texts(labels),
        source=_back(source),
        extra=_mapping(extra),
    )
    return RunTicket(_back(run), ticket)


TICKETS = Shape(
    table="tickets",
    key=("run", "id"),
    columns=(
        "run",
        "id",
        "title",
        "description",
        "priority",
        "depends_on",
        "paths",
        "agent",
        "role",
        "verify",
        "timeout",
        "labels",
        "source",
        "extra",
    ),
    to_row=_ticket_to_row,
    from_row=_ticket_from_row,
)

_PROGRESS = (
    "run",
    "ticket",
    "state",
    "reason",
    "since",
    "attempt",
    "failures",
    "redos",
    "landed",
    "position",
)


def _progress_to_row(progress: Progress) -> Row:
    return (
        encode_text(progress.run),
        encode_text(progress.ticket.id),
        progress.state.value,
        encode_text(progress.reason),
        progress.since,
        progress.attempt,
        progress.failures,
        progress.redos,
        progress.landed,
        progress.position,
    )


def _progress_from_row(row: Row) -> Progress:
    """From a row of progress with the ticket's row behind it."""
    run, _, state, reason, since, attempt, failures, redos, landed, position = row[: len(_PROGRESS)]
    return Progress(
        run=_back(run),
        ticket=_ticket_from_row(row[len(_PROGRESS) :]).ticket,
        state=TicketState(state),
        reason=_back(reason),
        since=since,
        attempt=attempt,
        failures=failures,
        redos=redos,
        landed=landed,
        position=position,
    )


PROGRESS = Shape(
    table="progress",
    key=("run", "ticket"),
    columns=_PROGRESS,
    to_row=_progress_to_row,
    from_row=_progress_from_row,
)

#: Progress with its tickets; ``p`` and ``t`` in conditions.
SELECT_PROGRESS = (
    f"SELECT {quoted(_PROGRESS, 'p.')}, {quoted(TICKETS.columns, 't.')} FROM progress p"
    ' JOIN tickets t ON t."run" = p."run" AND t."id" = p."ticket"'
)


# Attempts


def _exit_to_json(exit_: Exit | None) -> str | None:
    return None if exit_ is None else encode_json(asdict(exit_))


def _exit_from_json(text: str | None) -> Exit | None:
    if text is None:
        return None
    told = decode_json(text)
    return Exit(**told | {key: float(told[key]) for key in ("seconds", "cpu_seconds")})


def _usage_to_json(usage: Usage) -> str:
    return "{}" if usage == _NO_USAGE else encode_json(asdict(usage))


def _usage_from_json(text: str) -> Usage:
    if text == "{}":
        return _NO_USAGE
    told = decode_json(text)
    return Usage(**told | {"cost": float(told["cost"])})


_NO_USAGE = Usage()


def _attempt_to_row(attempt: Attempt) -> Row:
    return (
        encode_text(attempt.run),
        encode_text(attempt.ticket),
        attempt.number,
        attempt.state.value,
        attempt.cause.value,
        encode_text(attempt.profile),
        attempt.slot,
        attempt.base,
        encode_text(attempt.directory),
        attempt.started_at,
        attempt.ended_at,
        None if attempt.outcome is None else attempt.outcome.value,
        _exit_to_json(attempt.exit),
        attempt.work,
        encode_json(attempt.files),
        _text(attempt.session),
        _usage_to_json(attempt.usage),
    )


def _attempt_from_row(row: Row) -> Attempt:
    (
        run,
        ticket,
        number,
        state,
        cause,
        profile,
        slot,
        base,
        directory,
        started_at,
        ended_at,
        outcome,
        exit_,
        work,
        files,
        session,
        usage,
    ) = row
    return Attempt(
        run=_back(run),
        ticket=_back(ticket),
        number=number,
        state=AttemptState(state),
        cause=Cause(cause),
        profile=_back(profile),
        slot=slot,
        base=base,
        directory=_back(directory),
        started_at=started_at,
        ended_at=ended_at,
        outcome=None if outcome is None else Outcome(outcome),
        exit=_exit_from_json(exit_),
        work=work,
        files=_texts(files),
        session=_maybe(session),
        usage=_usage_from_json(usage),
    )


ATTEMPTS = Shape(
    table="attempts",
    key=("run", "ticket", "number"),
    columns=(
        "run",
        "ticket",
        "number",
        "state",
        "cause",
        "profile",
        "slot",
        "base",
        "directory",
        "started_at",
        "ended_at",
        "outcome",
        "exit",
        "work",
        "files",
        "session",
        "usage",
    ),
    to_row=_attempt_to_row,
    from_row=_attempt_from_row,
)


# Landings


def _landing_to_row(landing: Landing) -> Row:
    return (
        encode_text(landing.run),
        encode_text(landing.ticket),
        landing.attempt,
        landing.state.value,
        landing.queued_at,
        landing.onto,
        landing.commit,
        landing.ended_at,
        encode_text(landing.reason),
        encode_json(landing.paths),
        landing.verify_seconds,
    )


def _landing_from_row(row: Row) -> Landing:
    run, ticket, attempt, state, queued_at, onto, commit, ended_at, reason, paths, verify_seconds = row
    return Landing(
        run=_back(run),
        ticket=_back(ticket),
        attempt=attempt,
        state=LandingState(state),
        queued_at=queued_at,
        onto=onto,
        commit=commit,
        ended_at=ended_at,
        reason=_back(reason),
        paths=_texts(paths),
        verify_seconds=verify_seconds,
    )


LANDINGS = Shape(
    table="landings",
    key=("run", "ticket", "attempt"),
    columns=(
        "run",
        "ticket",
        "attempt",
        "state",
        "queued_at",
        "onto",
        "commit",
        "ended_at",
        "reason",
        "paths",
        "verify_seconds",
    ),
    to_row=_landing_to_row,
    from_row=_landing_from_row,
)


# Slots


def _slot_to_row(slot: Slot) -> Row:
    return (
        slot.id,
        encode_text(slot.path),
        slot.state.value,
        slot.base,
        None if slot.holder is None else encode_json(slot.holder),
    )


def _slot_from_row(row: Row) -> Slot:
    id_, path, state, base, holder = row
    return Slot(
        id=id_,
        path=_back(path),
        state=SlotState(state),
        base=base,
        holder=None if holder is None else _slot_holder(decode_json(holder)),
    )


def _slot_holder(told: list[Any]) -> tuple[str, str, int]:
    run, ticket, number = told
    return run, ticket, number


SLOTS = Shape(
    table="slots",
    key=("id",),
    columns=("id", "path", "state", "base", "holder"),
    to_row=_slot_to_row,
    from_row=_slot_from_row,
)


# Events


def _event_to_row(event: Event) -> Row:
    return (
        event.seq,
        encode_text(event.kind),
        event.at,
        encode_text(event.run),
        _text(event.ticket),
        event.attempt,
        encode_json(event.data),
    )


def _event_from_row(row: Row) -> Event:
    seq, kind, at, run, ticket, attempt, data = row
    return Event(
        seq=seq,
        kind=_back(kind),
        at=at,
        run=_back(run),
        ticket=_maybe(ticket),
        attempt=attempt,
        data=_mapping(data),
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
    return (request.id, request.kind.value, request.at, _text(request.ticket))


def _request_from_row(row: Row) -> Request:
    id_, kind, at, ticket = row
    return Request(id=id_, kind=RequestKind(kind), at=at, ticket=_maybe(ticket))


REQUESTS = Shape(
    table="requests",
    key=("id",),
    columns=("id", "kind", "at", "ticket"),
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
    process = ProcessId(boot_id=_back(boot_id), pid=pid, start_time=start_time)
    return Lease(
        token=token,
        holder=Holder(host=_back(host), process=process, command=_back(command)),
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

#: Every table that a noun lies in.
SHAPES: tuple[Shape[Any], ...] = (
    RUNS,
    TICKETS,
    PROGRESS,
    ATTEMPTS,
    LANDINGS,
    SLOTS,
    EVENTS,
    REQUESTS,
    LEASES,
)
