"""The store of a coordinator: opening and migrating it, the lease, and writing.

Not for: processes that only read; :mod:`headway.store.reader` is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from headway.nouns import Decision, Fence, Holder, Lease, Request, RequestKind, Ticket
from headway.store import lease, revision
from headway.store.database import PATIENCE, Database, connect
from headway.store.reader import Reader
from headway.store.rows import LEASES, REQUESTS
from headway.store.writer import Writer

__all__ = ["Store", "Writer"]

_COUNT = 'UPDATE "changes" SET "counter" = "counter" + 1'


class Store(Reader):
    """A store to read and write. Threads may share it: they take turns, a write holds the others up until it ends.

    A write blocks the thread for about a millisecond, and is over before anything is awaited.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        # Tickets that this store saved under the fence below; nobody else writes while it is the newest, so they
        # need not be written again with every change of their progress.
        self._tickets: dict[tuple[str, str], Ticket] = {}
        self._fence: Fence | None = None

    @classmethod
    def open(cls, url: str, *, patience: float = PATIENCE) -> Store:
        """The store at ``url`` (see :func:`headway.store.location.locate`), made or migrated where needed.

        A SQLite file's directory is made (0700) where its parent is there. ``patience``: how long another writer is
        waited for, in seconds. Raises StoreError.
        """
        database = connect(url, patience=patience)
        try:
            if revision.needs_migration(database.revision(), database.where):
                database.migrate()
        except BaseException:
            database.close()
            raise
        return cls(database)

    def acquire_lease(
        self, holder: Holder, *, now: float, is_alive: Callable[[Holder], bool], patience: float
    ) -> Fence:
        """Take the coordinator's lease; of several who try at once, one gets it.

        ``is_alive`` is asked about a holder on the same host; ``patience``: how long any other may be silent, in
        seconds. ``holder.host`` must name its machine apart from all others that use the store. Raises LeaseHeld.
        """
        with self._database.transaction():
            newest = self.lease()
            verdict = lease.judge(newest, holder, now=now, is_alive=is_alive, patience=patience)
            if verdict is lease.Verdict.TAKE:
                token = 1 if newest is None else newest.token + 1
                taken = Lease(token=token, holder=holder, acquired_at=now, renewed_at=now)
                self._database.execute(LEASES.insert, LEASES.to_row(taken))
                self._database.execute(_COUNT)
                return Fence(token=token)
            assert newest is not None
            if verdict is lease.Verdict.HELD_AHEAD:
                newest = replace(newest, renewed_at=now)
                self._database.execute(LEASES.upsert, LEASES.to_row(newest))
        raise lease.held(newest, holder, now=now, patience=patience)

    def renew_lease(self, fence: Fence, *, now: float) -> None:
        """Say that this coordinator is at work. Raises LeaseLost where another took over."""
        with self._database.transaction():
            self._check(fence)
            self._database.execute(
                'UPDATE "leases" SET "renewed_at" = ? WHERE "token" = ?', (now, fence.token)
            )

    def confirm_lease(self, fence: Fence) -> None:
        """Raises LeaseLost where another took over, or it was given back."""
        self._check(fence)

    def release_lease(self, fence: Fence, *, now: float) -> None:
        """Give the lease back; nothing happens where another took over or it was given back before."""
        with self._database.transaction():
            if lease.is_newest(self.lease(), fence):
                self._database.execute(
                    'UPDATE "leases" SET "released_at" = ? WHERE "token" = ?', (now, fence.token)
                )
                self._database.execute(_COUNT)

    @contextmanager
    def write(self, fence: Fence | None) -> Iterator[Writer]:
        """One transaction, committed where the block ends and rolled back where it raises.

        Raises LeaseLost before anything is written where ``fence`` is not the newest lease's or that was given back;
        StoreError where the store cannot be written, and then nothing is.
        """
        with self._database.transaction():
            if fence is not None:
                self._check(fence)
            if fence is None or fence != self._fence:
                self._tickets, self._fence = {}, fence
            writer = Writer(self._database, self._tickets)
            yield writer
            if writer.has_written:
                self._database.execute(_COUNT)
        self._tickets |= writer.tickets

    def ask(
        self,
        kind: RequestKind,
        *,
        at: float,
        ticket: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Request:
        """Ask something of the coordinator, from any process."""
        with self._database.transaction():
            request = Request(id=0, kind=kind, at=at, ticket=ticket, data=data or {})
            ((id_,),) = self._database.query(REQUESTS.append, REQUESTS.to_row(request)[1:])
            self._database.execute(_COUNT)
        return replace(request, id=id_)

    def add_decision(self, decision: Decision) -> Decision:
        """Add to the ledger, from any process; the one that is returned has its place in it."""
        with self.write(None) as writer:
            return writer.add_decision(decision)

    def backup(self, path: Path) -> None:
        """Copy the store to a new file, as it is at one moment, while others go on writing. Raises StoreError."""
        self._database.backup(path)

    def _check(self, fence: Fence) -> None:
        newest = self.lease()
        if not lease.is_newest(newest, fence):
            raise lease.lost(newest, fence)
