"""Rows of what a run works with: runs, tickets and where they stand, attempts, landings, slots."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Exit,
    Landing,
    LandingState,
    Outcome,
    Priority,
    Progress,
    Run,
    RunState,
    Slot,
    SlotState,
    Ticket,
    TicketState,
    Usage,
)
from headway.store.codec import decode_json, decode_text, encode_json, encode_text
from headway.store.rows.shape import Row, Shape, mapping, maybe, quoted, text_or_none, texts

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
        id=decode_text(id_),
        target=decode_text(target),
        base=base,
        state=RunState(state),
        started_at=started_at,
        ended_at=ended_at,
        options=mapping(options),
        trace_id=decode_text(trace_id),
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
        text_or_none(ticket.agent),
        text_or_none(ticket.role),
        text_or_none(ticket.verify),
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
        id=decode_text(id_),
        title=decode_text(title),
        description=decode_text(description),
        priority=Priority(priority),
        depends_on=texts(depends_on),
        paths=texts(paths),
        agent=maybe(agent),
        role=maybe(role),
        verify=maybe(verify),
        timeout=timeout,
        labels=texts(labels),
        source=decode_text(source),
        extra=mapping(extra),
    )
    return RunTicket(decode_text(run), ticket)


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
        run=decode_text(run),
        ticket=_ticket_from_row(row[len(_PROGRESS) :]).ticket,
        state=TicketState(state),
        reason=decode_text(reason),
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
        text_or_none(attempt.session),
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
        run=decode_text(run),
        ticket=decode_text(ticket),
        number=number,
        state=AttemptState(state),
        cause=Cause(cause),
        profile=decode_text(profile),
        slot=slot,
        base=base,
        directory=decode_text(directory),
        started_at=started_at,
        ended_at=ended_at,
        outcome=None if outcome is None else Outcome(outcome),
        exit=_exit_from_json(exit_),
        work=work,
        files=texts(files),
        session=maybe(session),
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
        run=decode_text(run),
        ticket=decode_text(ticket),
        attempt=attempt,
        state=LandingState(state),
        queued_at=queued_at,
        onto=onto,
        commit=commit,
        ended_at=ended_at,
        reason=decode_text(reason),
        paths=texts(paths),
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
        path=decode_text(path),
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
