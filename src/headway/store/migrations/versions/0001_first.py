"""The tables of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# INSERT OR REPLACE deletes the row that it replaces without asking the trigger of deletion, hence the third.
_SQLITE = (
    """CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are written once and never changed'); END""",
    """CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are written once and never deleted'); END""",
    """CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'events are written once and never changed'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION headway_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are written once and never changed or deleted'; END $$""",
    """CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION headway_refuse()""",
    """CREATE TRIGGER events_are_not_deleted BEFORE DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION headway_refuse()""",
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("id", Id, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tickets",
        sa.Column("run", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("depends_on", sa.JSON, nullable=False),
        sa.Column("paths", sa.JSON, nullable=False),
        sa.Column("agent", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("verify", sa.Text),
        sa.Column("timeout", sa.Double),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("run", "id"),
    )
    op.create_table(
        "progress",
        sa.Column("run", Id, nullable=False),
        sa.Column("ticket", Id, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("redos", sa.Integer, nullable=False),
        sa.Column("landed", sa.Text),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("run", "ticket"),
    )
    op.create_table(
        "attempts",
        sa.Column("run", Id, nullable=False),
        sa.Column("ticket", Id, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("slot", sa.Integer),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("directory", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("outcome", sa.Text),
        sa.Column("exit", sa.JSON),
        sa.Column("work", sa.Text),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("session", sa.Text),
        sa.Column("usage", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("run", "ticket", "number"),
    )
    op.create_table(
        "landings",
        sa.Column("run", Id, nullable=False),
        sa.Column("ticket", Id, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queued_at", sa.Double, nullable=False),
        sa.Column("onto", sa.Text),
        sa.Column("commit", sa.Text),
        sa.Column("ended_at", sa.Double),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("paths", sa.JSON, nullable=False),
        sa.Column("verify_seconds", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("run", "ticket", "attempt"),
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("base", sa.Text),
        sa.Column("holder", sa.JSON),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "events",
        sa.Column("seq", Serial, nullable=False, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("run", Id, nullable=False),
        sa.Column("ticket", Id),
        sa.Column("attempt", sa.Integer),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_of_ticket", "events", ["run", "ticket", "seq"])
    op.create_table(
        "requests",
        sa.Column("id", Serial, nullable=False, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("ticket", Id),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leases",
        sa.Column("token", Serial, nullable=False, autoincrement=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("boot_id", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("start_time", sa.BigInteger, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("acquired_at", sa.Double, nullable=False),
        sa.Column("renewed_at", sa.Double, nullable=False),
        sa.Column("released_at", sa.Double),
        sa.PrimaryKeyConstraint("token"),
    )
    changes = op.create_table(
        "changes",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.bulk_insert(changes, [{"id": 1, "counter": 0}])
    for statement in _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.text(statement))
