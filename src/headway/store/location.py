"""What a store URL names. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from headway.errors import StoreError

#: How PostgreSQL URLs may begin; all mean psycopg 3.
_POSTGRES = re.compile(r"(?:postgresql(?:\+psycopg)?|postgres)://")
_SQLITE = re.compile(r"sqlite(?:\+pysqlite)?://")


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A SQLite store: one file, with ``-wal`` and ``-shm`` beside it while it is open."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL store: one database, and the schema that its connections see first."""

    #: As libpq reads it: ``postgresql://…``.
    url: str

    def __str__(self) -> str:
        """The URL without its password."""
        without = re.sub(r"(://[^/?@:]*):[^/?@]*@", r"\1:***@", self.url)
        return re.sub(r"([?&]password=)[^&]*", r"\1***", without)


def locate(url: str) -> SqliteFile | PostgresServer:
    """What ``url`` names.

    ``sqlite:///relative/path``, ``sqlite:////absolute/path`` (the rest of the text is the path, as it stands) or
    ``postgresql://user:password@host:port/database?options``. Raises StoreError.
    """
    if found := _SQLITE.match(url):
        path = url[found.end() :].removeprefix("/")
        if path in ("", ":memory:"):
            raise StoreError(
                f"{url}: a store in memory would be lost with the coordinator",
                mend="name a file: sqlite:///PATH",
            )
        return SqliteFile(Path(path).absolute())
    if found := _POSTGRES.match(url):
        return PostgresServer("postgresql://" + url[found.end() :])
    scheme = url.partition(":")[0] if ":" in url else url
    raise StoreError(
        f"store.url: Headway has no driver for {scheme!r}",
        mend="use sqlite:///PATH or postgresql://USER@HOST/DATABASE",
    )
