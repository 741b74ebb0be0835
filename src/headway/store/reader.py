"""Reading the store, light enough for a command that only answers, and beside a coordinator that writes.

Not for: anything that changes the store; that is :mod:`headway.store.store`, which reads with the same methods.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from headway.errors import StoreError, StoreMissing
from headway.nouns import (
    Attempt,
    ConflictRecord,
    ConflictState,
    Decision,
    Escalation,
    EscalationState,
    Event,
    Landing,
    Lease,
    Order,
    Progress,
    Request,
    Resolution,
    ResourceLease,
    Run,
    Slot,
)
from headway.store import revision
from headway.store.codec import encode_text
from headway.store.database import PATIENCE, Database, connect
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
    SELECT_PROGRESS,
    SHAPES,
    SLOTS,
    Shape,
)

Noun = TypeVar("Noun")

#: What refuses to change an event or a decision, by its name in the database.
TRIGGERS = (
    "events_are_not_updated",
    "events_are_not_deleted",
    "decisions_are_not_updated",
    "decisions_are_not_deleted",
)


def open_reader(url: str, *, patience: float = PATIENCE) -> Reader:
    """The store at ``url``, to be read. Raises StoreMissing where there is none, StoreError where it is of another
    version, or cannot be read."""
    database = connect(url, patience=patience, read_only=True)
    try:
        found = database.revision()
        if found is None:
            raise StoreMissing(
                f"{database.where}: there is no store here, so nothing was run yet",
                mend="headway run TICKETS",
            )
        if revision.needs_migration(found, database.where):
            raise StoreError(
                f"{database.where}: made by an older version of Headway (its schema is {found})",
                mend="the next coordinator brings it up to date: headway resume",
            )
    except BaseException:
        database.close()
        raise
    return Reader(database)


class Reader:
    """Everything that can be read of a store. All methods raise StoreError.

    Each call sees what was committed when it was made (a :class:`~headway.store.store.Store` within its own write:
    also what that wrote).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def where(self) -> str:
        """What is read, for messages: a path, or a URL without its password."""
        return self._database.where

    def runs(self) -> list[Run]:
        """All runs, in the order of their start."""
        # Ids are r1, r2, … in the order of start; times are a clock's, which can be set back.
        return self._all(RUNS, 'ORDER BY length("id"), "id"')

    def run(self, id: str) -> Run | None:
        """One run."""
        return self._one(RUNS, 'WHERE "id" = ?', encode_text(id))

    def latest_run(self) -> Run | None:
        """The run that was started last."""
        return self._one(RUNS, 'ORDER BY length("id") DESC, "id" DESC LIMIT 1')

    def progress(self, run: str) -> list[Progress]:
        """Where all tickets of a run stand, in the order of the tickets file."""
        rows = self._database.query(
            f'{SELECT_PROGRESS} WHERE p."run" = ? ORDER BY p."position", p."ticket"', (encode_text(run),)
        )
        return [PROGRESS.from_row(row) for row in rows]

    def progress_of(self, run: str, ticket: str) -> Progress | None:
        """Where one ticket stands."""
        rows = self._database.query(
            f'{SELECT_PROGRESS} WHERE p."run" = ? AND p."ticket" = ?', (encode_text(run), encode_text(ticket))
        )
        return PROGRESS.from_row(rows[0]) if rows else None

    def attempts(self, run: str, ticket: str | None = None) -> list[Attempt]:
        """The attempts of a run or of one of its tickets, by ticket and number."""
        where, parameters = _where({"run": run, "ticket": ticket})
        return self._all(ATTEMPTS, f'{where} ORDER BY "ticket", "number"', *parameters)

    def attempt(self, run: str, ticket: str, number: int) -> Attempt | None:
        """One attempt."""
        where, parameters = _where({"run": run, "ticket": ticket})
        return self._one(ATTEMPTS, f'{where} AND "number" = ?', *parameters, number)

    def landings(self, run: str, ticket: str | None = None) -> list[Landing]:
        """The landings of a run or of one of its tickets, in the order in which they were queued."""
        where, parameters = _where({"run": run, "ticket": ticket})
        return self._all(LANDINGS, f'{where} ORDER BY "queued_at", "ticket", "attempt"', *parameters)

    def landing(self, run: str, ticket: str, attempt: int) -> Landing | None:
        """The landing of one attempt's work."""
        where, parameters = _where({"run": run, "ticket": ticket})
        return self._one(LANDINGS, f'{where} AND "attempt" = ?', *parameters, attempt)

    def slots(self) -> list[Slot]:
        """The worktrees of the pool, by id."""
        return self._all(SLOTS, 'ORDER BY "id"')

    def events(
        self,
        run: str | None = None,
        ticket: str | None = None,
        after: int = 0,
        kinds: Collection[str] | None = None,
        limit: int | None = None,
    ) -> list[Event]:
        """Events in the order in which they were written, at most ``limit`` of those after place ``after`` in the log.

        Places are given in the order of commits: whoever goes on after the last one that it saw misses none.
        """
        conditions, parameters = ['"seq" > ?'], list[object]([after])
        for column, value in (("run", run), ("ticket", ticket)):
            if value is not None:
                conditions.append(f'"{column}" = ?')
                parameters.append(encode_text(value))
        if kinds is not None:
            if not kinds:
                return []
            conditions.append(f'"kind" IN ({", ".join("?" for _ in kinds)})')
            parameters.extend(encode_text(kind) for kind in kinds)
        rest = f'WHERE {" AND ".join(conditions)} ORDER BY "seq"'
        if limit is not None:
            rest += " LIMIT ?"
            parameters.append(limit)
        return self._all(EVENTS, rest, *parameters)

    def requests(self) -> list[Request]:
        """What was asked of the coordinator and not taken up yet, first first."""
        return self._all(REQUESTS, 'ORDER BY "id"')

    def lease(self) -> Lease | None:
        """The newest lease, held or given back."""
        return self._one(LEASES, 'ORDER BY "token" DESC LIMIT 1')

    def conflicts(self, run: str, states: Collection[ConflictState] | None = None) -> list[ConflictRecord]:
        """The conflicts of a run, or those of them in one of ``states``, in the order in which they were seen first."""
        where, parameters = _where({"run": run}, states)
        return self._all(CONFLICTS, f'{where} ORDER BY "formed_at", "id"', *parameters)

    def conflict(self, run: str, id: str) -> ConflictRecord | None:
        """One conflict."""
        where, parameters = _where({"run": run, "id": id})
        return self._one(CONFLICTS, where, *parameters)

    def decisions(self, run: str | None = None, after: int = 0, limit: int | None = None) -> list[Decision]:
        """The ledger in the order in which it was written, at most ``limit`` of those after place ``after``; of all
        runs and of none, unless ``run`` names one."""
        where, parameters = _where({"run": run})
        rest = f'{where} {"AND" if where else "WHERE"} "id" > ? ORDER BY "id"'
        parameters.append(after)
        if limit is not None:
            rest += " LIMIT ?"
            parameters.append(limit)
        return self._all(DECISIONS, rest, *parameters)

    def resolutions(self, run: str, conflict: str | None = None) -> list[Resolution]:
        """The tries to settle a run's conflicts or one of them, by conflict and number."""
        where, parameters = _where({"run": run, "conflict": conflict})
        return self._all(RESOLUTIONS, f'{where} ORDER BY "conflict", "number"', *parameters)

    def orders(self, run: str) -> list[Order]:
        """Which of two tickets goes first, in the order in which that was said."""
        where, parameters = _where({"run": run})
        return self._all(ORDERS, f'{where} ORDER BY "at", "first", "then", "of"', *parameters)

    def resource_leases(self, run: str) -> list[ResourceLease]:
        """What tickets hold and wait for, the longest first."""
        where, parameters = _where({"run": run})
        return self._all(RESOURCE_LEASES, f'{where} ORDER BY "since", "resource", "ticket"', *parameters)

    def escalations(
        self, run: str | None = None, states: Collection[EscalationState] | None = None
    ) -> list[Escalation]:
        """The escalations of all runs or of one, or those of them in one of ``states``, by their number."""
        where, parameters = _where({"run": run}, states)
        return self._all(ESCALATIONS, f'{where} ORDER BY length("id"), "id"', *parameters)

    def escalation(self, id: str) -> Escalation | None:
        """One escalation."""
        where, parameters = _where({"id": id})
        return self._one(ESCALATIONS, where, *parameters)

    def change_counter(self) -> int:
        """A number that grows whenever something was written (but for the lease's renewals): the cheapest way to see
        whether there is anything new. Takes about 10 µs on SQLite."""
        rows = self._database.query('SELECT "counter" FROM "changes"')
        return int(rows[0][0]) if rows else 0

    def check(self) -> None:
        """Read everything that is there. Raises StoreError with what is wrong; tables of others are none of ours."""
        wanted = {shape.table for shape in SHAPES} | {"changes", *TRIGGERS}
        found = self._database.check()
        found += [f"{name} is missing" for name in sorted(wanted - self._database.objects())]
        if not found:
            found = [problem for shape in SHAPES for problem in self._unreadable(shape)]
        if found:
            raise StoreError(
                f"{self.where}: damaged: " + "; ".join(found),
                mend="put a backup in its place; what agents wrote is in git all the same:"
                " git for-each-ref refs/headway",
            )

    def close(self) -> None:
        """Give the connection back. Safe to do twice."""
        self._database.close()

    def _unreadable(self, shape: Shape[Any]) -> Iterator[str]:
        select = SELECT_PROGRESS if shape is PROGRESS else shape.select
        for row in self._database.query(select):
            try:
                shape.from_row(row)
            except (ValueError, TypeError, KeyError) as error:
                key = "/".join(str(value) for value in row[: len(shape.key)])
                yield f"{shape.table} {key}: {error!r}"

    def _all(self, shape: Shape[Noun], rest: str, *parameters: object) -> list[Noun]:
        rows = self._database.query(f"{shape.select} {rest}", parameters)
        return [shape.from_row(row) for row in rows]

    def _one(self, shape: Shape[Noun], rest: str, *parameters: object) -> Noun | None:
        rows = self._database.query(f"{shape.select} {rest}", parameters)
        return shape.from_row(rows[0]) if rows else None


def _where(
    values: Mapping[str, str | None], states: Collection[str] | None = None
) -> tuple[str, list[object]]:
    """The condition that columns have these values (None: any), with its parameters; empty where all is wanted."""
    given = {column: value for column, value in values.items() if value is not None}
    conditions = [f'"{column}" = ?' for column in given]
    parameters: list[object] = [encode_text(value) for value in given.values()]
    if states is not None:
        # Neither database takes an empty list.
        conditions.append(f'"state" IN ({", ".join("?" for _ in states)})' if states else "1 = 0")
        parameters += [encode_text(state) for state in states]
    return (f"WHERE {' AND '.join(conditions)}" if conditions else ""), parameters
