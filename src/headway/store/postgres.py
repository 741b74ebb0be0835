"""One connection to a PostgreSQL store (12 or newer), by psycopg 3.

Writers take turns as they do on SQLite, by one advisory lock: so the lease that was read within a transaction is the
newest until it commits, and events get their places in the order of commits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.string import TextLoader

from headway.errors import StoreError
from headway.store import revision
from headway.store.location import PostgresServer

#: Key of the writers' lock, with the schema's name for the other half: a number of ours, so that nobody else waits.
_LOCK = 0x68656164  # "head"

_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema()))"

#: A process that was stopped within a write (SIGSTOP, its network gone) must not hold up all others for ever: after
#: so many seconds the server ends its connection, and with it the transaction.
_LONGEST_PAUSE = 30.0

#: What libpq is told unless the URL says otherwise. Without the last four, a server whose machine is gone holds the
#: coordinator for a quarter of an hour.
_DEFAULTS = {
    "connect_timeout": "10",
    "fallback_application_name": "headway",
    "client_encoding": "utf8",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


class PostgresDatabase:
    """See :class:`headway.store.database.Database`."""

    def __init__(self, server: PostgresServer, *, patience: float, read_only: bool) -> None:
        """Connect. Raises StoreError."""
        self.where = str(server)
        self._url = server.url
        self._patience = patience
        self._read_only = read_only
        self._lock = threading.RLock()
        self._in_transaction = False
        self._connection = self._connect()

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a ``SELECT``."""
        with self._lock:
            return self._run(sql, parameters).fetchall()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; how many rows it changed."""
        with self._lock:
            return self._run(sql, parameters).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Holds the writers' lock from the start, so that nothing that is read within can be overtaken."""
        with self._lock:
            if self._in_transaction:
                raise RuntimeError("a write within a write: finish the first before anything is awaited")
            try:
                self._run(_BEGIN)
                self._in_transaction = True
                yield
                self._run("COMMIT")
            except BaseException:
                if self._connection.info.transaction_status != TransactionStatus.IDLE:
                    with suppress(psycopg.Error):
                        self._connection.rollback()
                raise
            finally:
                self._in_transaction = False

    def revision(self) -> str | None:
        """The schema's revision; None where there is no schema of ours."""
        there = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = ?"
        if not self.query(there, (revision.TABLE,)):
            return None
        rows = self.query(revision.SELECT)
        return str(rows[0][0]) if rows else None

    def objects(self) -> set[str]:
        """Names of the tables and triggers that are there."""
        rows = self.query(
            "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
            " UNION SELECT tgname FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid"
            " WHERE c.relnamespace = current_schema()::regnamespace AND g.tgenabled <> 'D'"
        )
        return {str(name) for (name,) in rows}

    def check(self) -> list[str]:
        """Nothing: a PostgreSQL server watches over its own files (``pg_amcheck`` looks at them)."""
        return []

    def backup(self, path: Path) -> None:
        """Not ours to do: a server's data is backed up by the server's own tool, with its version and rights."""
        raise StoreError(
            f"{self.where}: a PostgreSQL store is backed up by PostgreSQL's own tool",
            mend=f"pg_dump --format=custom --file={path} '{self.where}'",
        )

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        from headway.store.migrate import migrate

        with self._lock:
            migrate("postgresql+psycopg", self._connect, _BEGIN, self._fault)

    def close(self) -> None:
        """Close the connection. Safe to do twice."""
        with self._lock:
            self._connection.close()

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        try:
            given = conninfo_to_dict(self._url)
            connection = psycopg.connect(
                make_conninfo(self._url, **{k: v for k, v in _DEFAULTS.items() if k not in given}),
                autocommit=True,  # transactions begin where we say so
            )
        except psycopg.Error as error:
            raise self._fault(error) from error
        try:
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise StoreError(
                    f"{self.where}: the database's encoding is {encoding}, and Headway needs UTF8",
                    mend="make one: createdb --encoding=UTF8 --template=template0 NAME",
                )
            # JSON as its text, as SQLite has it, so that one place makes values of it.
            connection.adapters.register_loader("json", TextLoader)
            connection.execute(
                f"SET lock_timeout = {max(1, round(self._patience * 1000))};"
                f" SET idle_in_transaction_session_timeout = {round(_LONGEST_PAUSE * 1000)};"
                + (" SET default_transaction_read_only = on" if self._read_only else "")
            )
        except psycopg.Error as error:
            connection.close()
            raise self._fault(error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _run(self, sql: str, parameters: Sequence[object] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        statement = sql.replace("?", "%s").encode()
        try:
            return self._connection.execute(statement, parameters or None)
        except psycopg.Error as error:
            if self._in_transaction or not self._connection.closed:
                raise self._fault(error) from error
        # The server was restarted, or ended an idle connection. Nothing is lost: nothing was begun.
        self._connection = self._connect()
        try:
            return self._connection.execute(statement, parameters or None)
        except psycopg.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> StoreError:
        """The error as a person needs it: what is wrong with which store, and what to do."""
        if isinstance(error, StoreError):
            return error
        what, mend = self._told(error)
        return StoreError(f"{self.where}: {what}", mend=mend)

    def _told(self, error: Exception) -> tuple[str, str]:
        """What is wrong, and what to do about it."""
        text = " ".join(str(error).split())
        what, mend = text, "headway doctor"
        match error:
            case errors.LockNotAvailable():
                what = f"locked: another process has been writing to it for more than {self._patience:g} s"
                activity = "SELECT pid, application_name, state FROM pg_stat_activity"
                mend = f"see what it is, and end it if it hangs: psql -c '{activity}' '{self.where}'"
            case errors.ReadOnlySqlTransaction() | errors.InsufficientPrivilege():
                what = f"cannot be written ({text})"
                mend = "let the user of store.url write (GRANT), and name the primary server, not a standby"
            case errors.DiskFull():
                what = f"the server's disk is full ({text})"
                mend = "free some space there, then: headway resume"
            case errors.UndefinedTable() | errors.UndefinedColumn() | errors.UndefinedObject():
                what = f"damaged: {text}"
                mend = "put a backup in its place (pg_restore), or name another database"
            case errors.DataCorrupted() | errors.IndexCorrupted():
                what, mend = f"corrupt ({text})", "put a backup in its place (pg_restore)"
            case errors.InvalidSchemaName():
                mend = "make the schema that search_path names: CREATE SCHEMA NAME"
            case psycopg.OperationalError():
                mend = (
                    f"is the server up, and are user, password and database right? Try: psql '{self.where}'"
                )
        return what, mend
