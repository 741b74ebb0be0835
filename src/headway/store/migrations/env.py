"""Alembic's environment: migrates over the connection that :mod:`headway.store.migrate` hands in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from headway.store import revision
from headway.store.schema import is_ours, metadata


def run() -> None:
    """Migrate, within the caller's transaction."""
    connection = context.config.attributes["connection"]
    assert isinstance(connection, Connection), "migrations run by headway.store.migrate only"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=revision.TABLE,
        include_object=is_ours,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
