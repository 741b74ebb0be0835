"""What can be saved within one transaction of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from headway.nouns import Attempt, Event, Landing, Progress, Run, Slot, Ticket
from headway.store.database import Database
from headway.store.rows import ATTEMPTS, EVENTS, LANDINGS, PROGRESS, RUNS, SLOTS, TICKETS, RunTicket


class Writer:
    """Saves take the place of what was saved before; events are only ever added. All methods raise StoreError, and
    then nothing of the whole transaction is written."""

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

    def _write(self, sql: str, row: tuple[object, ...]) -> None:
        self.has_written = True
        self._database.execute(sql, row)
