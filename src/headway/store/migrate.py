"""Making and migrating a store with Alembic; imported only when that is needed (it takes about 0.5 s)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

_SCRIPTS = Path(__file__).with_name("migrations")


def migrate(
    dialect: str, connect: Callable[[], Any], begin: str, fault: Callable[[Exception], Exception]
) -> None:
    """Bring a store to the newest revision, in one transaction.

    ``connect`` makes a driver's connection without transactions of its own, ``begin`` starts one that waits until no
    other writer is left: of several processes one migrates, and the others then find nothing to do. ``fault`` makes a
    StoreError of a driver's error.
    """
    engine = create_engine(f"{dialect}://", creator=connect, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            command.upgrade(configuration(connection), "head")
            connection.commit()
    except DBAPIError as error:
        raise fault(error.orig if isinstance(error.orig, Exception) else error) from error
    finally:
        engine.dispose()


def configuration(connection: object = None) -> Config:
    """Alembic's configuration for our migrations, over a connection that is in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
