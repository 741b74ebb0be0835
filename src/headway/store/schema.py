"""The tables, as SQLAlchemy Core has them: what Alembic compares a store with.

* A key is what names the noun (``run``, ``ticket``, ``number``), as it stands in messages and refs too.
* Tuples, mappings and what an agent's process told (``exit``, ``usage``) are JSON. An agent's numbers can be of any
  size, and nothing is ever searched by them.
* Times are seconds since the epoch.
* There are no foreign keys: one coordinator writes whole nouns, and a fact must be writable whether or not another is.

To change them: here, in :mod:`headway.store.rows`, and by one more file in ``migrations/versions``, whose number goes
into :mod:`headway.store.revision`. Tests tell where the four differ.

Tables of others (LangGraph's checkpoints) may lie in the same database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

Type = TypeEngine[Any] | type[TypeEngine[Any]]

metadata = MetaData()

#: Text that is ordered as SQLite orders it (by code points), not as the server's language does.
Id = Text().with_variant(Text(collation="C"), "postgresql")
#: SQLite numbers rows by itself only in a column that is declared INTEGER.
Serial = BigInteger().with_variant(Integer(), "sqlite")


def _column(name: str, type_: Type) -> Column[Any]:
    return Column(name, type_, nullable=False)


def _maybe(name: str, type_: Type) -> Column[Any]:
    return Column(name, type_, nullable=True)


runs = Table(
    "runs",
    metadata,
    _column("id", Id),
    _column("target", Text),
    _column("base", Text),
    _column("state", Text),
    _column("started_at", Double),
    _maybe("ended_at", Double),
    _column("options", JSON),
    _column("trace_id", Text),
    PrimaryKeyConstraint("id"),
)

tickets = Table(
    "tickets",
    metadata,
    _column("run", Id),
    _column("id", Id),
    _column("title", Text),
    _column("description", Text),
    _column("priority", Integer),
    _column("depends_on", JSON),
    _column("paths", JSON),
    _maybe("agent", Text),
    _maybe("role", Text),
    _maybe("verify", Text),
    _maybe("timeout", Double),
    _column("labels", JSON),
    _column("source", Text),
    _column("extra", JSON),
    PrimaryKeyConstraint("run", "id"),
)

progress = Table(
    "progress",
    metadata,
    _column("run", Id),
    _column("ticket", Id),
    _column("state", Text),
    _column("reason", Text),
    _column("since", Double),
    _column("attempt", Integer),
    _column("failures", Integer),
    _column("redos", Integer),
    _maybe("landed", Text),
    _column("position", Integer),
    PrimaryKeyConstraint("run", "ticket"),
)

attempts = Table(
    "attempts",
    metadata,
    _column("run", Id),
    _column("ticket", Id),
    _column("number", Integer),
    _column("state", Text),
    _column("cause", Text),
    _column("profile", Text),
    _maybe("slot", Integer),
    _column("base", Text),
    _column("directory", Text),
    _column("started_at", Double),
    _maybe("ended_at", Double),
    _maybe("outcome", Text),
    _maybe("exit", JSON),
    _maybe("work", Text),
    _column("files", JSON),
    _maybe("session", Text),
    _column("usage", JSON),
    PrimaryKeyConstraint("run", "ticket", "number"),
)

landings = Table(
    "landings",
    metadata,
    _column("run", Id),
    _column("ticket", Id),
    _column("attempt", Integer),
    _column("state", Text),
    _column("queued_at", Double),
    _maybe("onto", Text),
    _maybe("commit", Text),
    _maybe("ended_at", Double),
    _column("reason", Text),
    _column("paths", JSON),
    _column("verify_seconds", Double),
    PrimaryKeyConstraint("run", "ticket", "attempt"),
)

slots = Table(
    "slots",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=False),
    _column("path", Text),
    _column("state", Text),
    _maybe("base", Text),
    _maybe("holder", JSON),
    PrimaryKeyConstraint("id"),
)

#: Only ever added to: triggers refuse UPDATE and DELETE (and PostgreSQL's TRUNCATE).
events = Table(
    "events",
    metadata,
    Column("seq", Serial, nullable=False, autoincrement=True),
    _column("kind", Text),
    _column("at", Double),
    _column("run", Id),
    _maybe("ticket", Id),
    _maybe("attempt", Integer),
    _column("data", JSON),
    PrimaryKeyConstraint("seq"),
    Index("events_of_ticket", "run", "ticket", "seq"),
    sqlite_autoincrement=True,
)

#: What was asked and not taken up yet. Numbers are never given twice.
requests = Table(
    "requests",
    metadata,
    Column("id", Serial, nullable=False, autoincrement=True),
    _column("kind", Text),
    _column("at", Double),
    _maybe("ticket", Id),
    # With a default: rows of before it was there have one, and a coordinator of before goes on beside whoever added it.
    Column("data", JSON, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("id"),
    sqlite_autoincrement=True,
)

#: One row for each lease that was ever given; the greatest token is the fence.
leases = Table(
    "leases",
    metadata,
    Column("token", Serial, nullable=False, autoincrement=False),
    _column("host", Text),
    _column("boot_id", Text),
    _column("pid", BigInteger),
    _column("start_time", BigInteger),
    _column("command", Text),
    _column("acquired_at", Double),
    _column("renewed_at", Double),
    _maybe("released_at", Double),
    PrimaryKeyConstraint("token"),
)

conflicts = Table(
    "conflicts",
    metadata,
    _column("run", Id),
    _column("id", Id),
    _column("conflict_type", Text),
    _column("involved_agents", JSON),
    _column("severity", Text),
    _column("context", JSON),
    # ISO 8601 with its time zone, as the noun has it; what is sorted by is formed_at.
    _column("timestamp", Text),
    _column("state", Text),
    _column("formed_at", Double),
    _column("since", Double),
    _maybe("stood_at", Double),
    _maybe("ended_at", Double),
    _column("reason", Text),
    _column("returns", Integer),
    PrimaryKeyConstraint("run", "id"),
)

#: Only ever added to, as events are.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Serial, nullable=False, autoincrement=True),
    _column("topic", Text),
    _column("choice", Text),
    _column("scope", Text),
    _column("reason", Text),
    _column("agent", Text),
    _maybe("ticket", Id),
    _column("source", Text),
    _maybe("run", Id),
    _column("at", Double),
    PrimaryKeyConstraint("id"),
    sqlite_autoincrement=True,
)

resolutions = Table(
    "resolutions",
    metadata,
    _column("run", Id),
    _column("conflict", Id),
    _column("number", Integer),
    _column("strategy", Text),
    _column("state", Text),
    _column("started_at", Double),
    _maybe("ended_at", Double),
    _column("message", Text),
    _column("inputs", JSON),
    _column("result", JSON),
    PrimaryKeyConstraint("run", "conflict", "number"),
)

orders = Table(
    "orders",
    metadata,
    _column("run", Id),
    _column("first", Id),
    _column("then", Id),
    _column("of", Id),
    _column("at", Double),
    _column("reason", Text),
    _maybe("conflict", Id),
    PrimaryKeyConstraint("run", "first", "then", "of"),
)

resource_leases = Table(
    "resource_leases",
    metadata,
    _column("run", Id),
    _column("resource", Id),
    _column("ticket", Id),
    _column("state", Text),
    _column("since", Double),
    PrimaryKeyConstraint("run", "resource", "ticket"),
)

escalations = Table(
    "escalations",
    metadata,
    _column("id", Id),
    _column("run", Id),
    _column("state", Text),
    _column("question", Text),
    _column("opened_at", Double),
    _maybe("conflict", Id),
    _column("tickets", JSON),
    _column("severity", Text),
    _column("told_at", Double),
    _column("times_told", Integer),
    _column("package", JSON),
    _column("answer", JSON),
    _maybe("ended_at", Double),
    PrimaryKeyConstraint("id"),
)

#: One row: how many transactions wrote something, so that whoever looks knows cheaply whether to look closer.
changes = Table(
    "changes",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=False),
    _column("counter", BigInteger),
    PrimaryKeyConstraint("id"),
    CheckConstraint("id = 1", name="one_row"),
)


def is_ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Whether Alembic looks at something that it finds: tables of others are not our business."""
    return kind != "table" or name in metadata.tables
