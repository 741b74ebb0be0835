"""What the store needs of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from headway.errors import StoreError
from headway.store.location import SqliteFile, locate

#: How long another writer is waited for, in seconds. A write takes about a millisecond.
PATIENCE = 10.0


class Database(Protocol):
    """One connection. All its methods raise StoreError, with what to do about it; threads take turns."""

    #: For messages: a path, or a URL without its password.
    where: str

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a ``SELECT``; outside a transaction as of now, inside with what it wrote."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; how many rows it changed."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Alone among all writers of the store, whatever the process: all or nothing of what is written within."""
        ...

    def revision(self) -> str | None:
        """The schema's revision; None where there is no schema of ours."""
        ...

    def objects(self) -> set[str]:
        """Names of the tables and triggers that are there."""
        ...

    def check(self) -> list[str]:
        """What the database itself finds wrong with its files."""
        ...

    def backup(self, path: Path) -> None:
        """Copy everything to a new file while others write."""
        ...

    def migrate(self) -> None:
        """Bring the schema to the newest revision. Several processes may do it at once."""
        ...

    def close(self) -> None:
        """Give the connection back. Safe to do twice."""
        ...


def connect(url: str, *, patience: float = PATIENCE, read_only: bool = False) -> Database:
    """A connection to the store at ``url``; a SQLite file is made where missing, unless ``read_only``.

    ``patience``: how long another writer is waited for, in seconds. Raises StoreError.
    """
    location = locate(url)
    if isinstance(location, SqliteFile):
        from headway.store.sqlite import SqliteDatabase

        return SqliteDatabase(location.path, patience=patience, read_only=read_only)
    try:
        from headway.store.postgres import PostgresDatabase
    except ImportError as error:
        raise StoreError(
            f"{location}: PostgreSQL needs psycopg, which is not installed ({error})",
            mend="pip install 'headway-agents[postgres]'",
        ) from error
    return PostgresDatabase(location, patience=patience, read_only=read_only)
