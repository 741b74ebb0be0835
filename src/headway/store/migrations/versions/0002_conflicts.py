"""Conflicts, what settles them, and what belongs to a request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# As for events in 0001.
_SQLITE = (
    """CREATE TRIGGER decisions_are_not_updated BEFORE UPDATE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are written once and never changed'); END""",
    """CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are written once and never deleted'); END""",
    """CREATE TRIGGER decisions_are_not_replaced BEFORE INSERT ON decisions
    WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'decisions are written once and never changed'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION headway_refuse_decision() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'decisions are written once and never changed or deleted'; END $$""",
    """CREATE TRIGGER decisions_are_not_updated BEFORE UPDATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION headway_refuse_decision()""",
    """CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE OR TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION headway_refuse_decision()""",
)


def upgrade() -> None:
    """Make the tables, and room for what belongs to a request."""
    op.add_column("requests", sa.Column("data", sa.JSON, nullable=False, server_default="{}"))
    op.create_table(
        "conflicts",
        sa.Column("run", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("conflict_type", sa.Text, nullable=False),
        sa.Column("involved_agents", sa.JSON, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("context", sa.JSON, nullable=False),
        sa.Column("timestamp", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("formed_at", sa.Double, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("stood_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("returns", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("run", "id"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", Serial, nullable=False, autoincrement=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("ticket", Id),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("run", Id),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "resolutions",
        sa.Column("run", Id, nullable=False),
        sa.Column("conflict", Id, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("run", "conflict", "number"),
    )
    op.create_table(
        "orders",
        sa.Column("run", Id, nullable=False),
        sa.Column("first", Id, nullable=False),
        sa.Column("then", Id, nullable=False),
        sa.Column("of", Id, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("conflict", Id),
        sa.PrimaryKeyConstraint("run", "first", "then", "of"),
    )
    op.create_table(
        "resource_leases",
        sa.Column("run", Id, nullable=False),
        sa.Column("resource", Id, nullable=False),
        sa.Column("ticket", Id, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("run", "resource", "ticket"),
    )
    op.create_table(
        "escalations",
        sa.Column("id", Id, nullable=False),
        sa.Column("run", Id, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("conflict", Id),
        sa.Column("tickets", sa.JSON, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("told_at", sa.Double, nullable=False),
        sa.Column("times_told", sa.Integer, nullable=False),
        sa.Column("package", sa.JSON, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.PrimaryKeyConstraint("id"),
    )
    for statement in _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.text(statement))
