"""What can be saved within one transaction of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from headway.nouns import (
    Attempt,
    ConflictRecord,
    Decision,
    Escalation,
    Event,
    Landing,
    Order,
    OrderOf,
    Progress,
    Resolution,
    ResourceLease,
    Run,
    Slot,
    Ticket,
)
from headway.store.codec import encode_text
from headway.store.database import Database
from headway.store.rows import (
    ATTEMPTS,
    CONFLICTS,
    DECISIONS,
    ESCALATIONS,
    EVENTS,
    LANDINGS,
    ORDERS,
    PROGRESS,
    RESOLUTIONS,
    RESOURCE_LEASES,
    RUNS,
    SLOTS,
    TICKETS,
    RunTicket,
)

#: What an escalation's id begins with.
_ESCALATION = "E-"


class Writer:
    """Saves take the place of what was saved before; events and decisions are only ever added.

    All methods raise StoreError, and then nothing of the whole transaction is written.
    """

    def __init__(self, database: Database, tickets: Mapping[tuple[str, str], Ticket]) -> None:
        """``tickets``: those that are known to be in the store as they are, so that they need not be saved again."""
        self._database = database
        self._known = tickets
        #: What this transaction saved that its store may remember once it is committed.
        self.tickets: dict[tuple[str, str], Ticket] = {}
        #: Whether anything was written.
        self.has_written = False

    def save_run(self, run: Run) -> None:
        """Save a run."""
        self._write(RUNS.upsert, RUNS.to_row(run))

    def save_progress(self, progress: Progress) -> None:
        """Save where a ticket stands, and the ticket where it is new or differs."""
        key = progress.run, progress.ticket.id
        if self.tickets.get(key, self._known.get(key)) != progress.ticket:
            self._write(TICKETS.upsert, TICKETS.to_row(RunTicket(progress.run, progress.ticket)))
            self.tickets[key] = progress.ticket
        self._write(PROGRESS.upsert, PROGRESS.to_row(progress))

    def save_attempt(self, attempt: Attempt) -> None:
        """Save an attempt."""
        self._write(ATTEMPTS.upsert, ATTEMPTS.to_row(attempt))

    def save_landing(self, landing: Landing) -> None:
        """Save a landing."""
        self._write(LANDINGS.upsert, LANDINGS.to_row(landing))

    def save_slot(self, slot: Slot) -> None:
        """Save a slot."""
        self._write(SLOTS.upsert, SLOTS.to_row(slot))

    def delete_slot(self, id: int) -> None:
        """Forget a slot whose worktree is gone."""
        self._write('DELETE FROM "slots" WHERE "id" = ?', (id,))

    def record(
        self,
        kind: str,
        *,
        at: float,
        run: str,
        ticket: str | None = None,
        attempt: int | None = None,
        **data: object,
    ) -> Event:
        """Add an event; the one that is returned has its place in the log."""
        event = Event(kind=kind, at=at, run=run, ticket=ticket, attempt=attempt, data=data)
        self.has_written = True
        ((seq,),) = self._database.query(EVENTS.append, EVENTS.to_row(event)[1:])
        return replace(event, seq=seq)

    def take_request(self, id: int) -> None:
        """Remove a request that is being followed; one that is not there is no error."""
        self._write('DELETE FROM "requests" WHERE "id" = ?', (id,))

    def save_conflict(self, record: ConflictRecord) -> None:
        """Save a conflict with where it stands."""
        self._write(CONFLICTS.upsert, CONFLICTS.to_row(record))

    def save_resolution(self, resolution: Resolution) -> None:
        """Save one try to settle a conflict."""
        self._write(RESOLUTIONS.upsert, RESOLUTIONS.to_row(resolution))

    def save_order(self, order: Order) -> None:
        """Save which of two tickets goes first."""
        self._write(ORDERS.upsert, ORDERS.to_row(order))

    def delete_order(self, run: str, first: str, then: str, of: OrderOf) -> None:
        """Forget an order; one that is not there is no error."""
        self._write(
            'DELETE FROM "orders" WHERE "run" = ? AND "first" = ? AND "then" = ? AND "of" = ?',
            (encode_text(run), encode_text(first), encode_text(then), of.value),
        )

    def save_lease(self, lease: ResourceLease) -> None:
        """Save a ticket's right to a resource, or its place in the queue for it."""
        self._write(RESOURCE_LEASES.upsert, RESOURCE_LEASES.to_row(lease))

    def delete_lease(self, run: str, resource: str, ticket: str) -> None:
        """Forget a resource lease, held or waited for; one that is not there is no error."""
        self._write(
            'DELETE FROM "resource_leases" WHERE "run" = ? AND "resource" = ? AND "ticket" = ?',
            (encode_text(run), encode_text(resource), encode_text(ticket)),
        )

    def save_escalation(self, escalation: Escalation) -> None:
        """Save an escalation."""
        self._write(ESCALATIONS.upsert, ESCALATIONS.to_row(escalation))

    def next_escalation_id(self) -> str:
        """The id of the escalation to be saved next; the same until that is saved."""
        rows = self._database.query(
            'SELECT "id" FROM "escalations" ORDER BY length("id") DESC, "id" DESC LIMIT 1'
        )
        last = int(str(rows[0][0]).removeprefix(_ESCALATION)) if rows else 0
        return f"{_ESCALATION}{last + 1}"

    def add_decision(self, decision: Decision) -> Decision:
        """Add to the ledger; the one that is returned has its place in it."""
        self.has_written = True
        ((id_,),) = self._database.query(DECISIONS.append, DECISIONS.to_row(decision)[1:])
        return replace(decision, id=id_)

    def _write(self, sql: str, row: tuple[object, ...]) -> None:
        self.has_written = True
        self._database.execute(sql, row)
