"""Where LangGraph keeps the checkpoints of the tickets' workflows: in the coordination store's own database.

Not for: facts. A checkpoint says where a workflow stood; the store's rows say where the ticket stands, and win.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from headway.errors import StoreError
from headway.store.database import PATIENCE
from headway.store.location import SqliteFile, locate

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver


@asynccontextmanager
async def open_saver(url: str) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """The saver for the store at ``url``, its tables made where they are missing.

    What the database fails at within is raised as StoreError, alone or in a group as it came.
    """
    where = locate(url)
    if isinstance(where, SqliteFile):
        try:
            connection = sqlite3.connect(where.path, timeout=PATIENCE, check_same_thread=False)
            try:
                connection.execute("PRAGMA synchronous=NORMAL")
                saver = _sqlite_saver(connection)
                saver.setup()
                yield saver
            finally:
                connection.close()
        except* sqlite3.Error as group:
            mend = f"look at the disk and who uses the file (df -h {where.path.parent}; fuser -v {where})"
            raise _told(group, where, mend) from group
    else:
        import psycopg
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        try:
            async with AsyncPostgresSaver.from_conn_string(where.url) as saver:
                await saver.setup()
                yield saver
        except* psycopg.Error as group:
            raise _told(group, where, "look at the server") from group


def _told(group: BaseExceptionGroup[Exception], where: object, mend: str) -> StoreError:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return StoreError(f"{where}: a workflow's checkpoint: {first}", mend=f"{mend}, then: headway resume")


def _sqlite_saver(connection: sqlite3.Connection) -> Any:
    from langgraph.checkpoint.sqlite import SqliteSaver

    class InlineSqliteSaver(SqliteSaver):
        """Saves on the event loop's own thread: 0.2 ms a checkpoint.

        ``AsyncSqliteSaver`` holds its transaction open while the loop turns. A write of the store in between
        waits for SQLite's lock on the loop's thread, so the loop never gets to end that transaction: both stand
        still until the lock times out. Here a transaction begins and ends in one call.
        """

        async def aget_tuple(self, config: Any) -> Any:
            return self.get_tuple(config)

        async def alist(self, config: Any, **options: Any) -> AsyncIterator[Any]:
            for found in self.list(config, **options):
                yield found

        async def aput(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
            return self.put(config, checkpoint, metadata, new_versions)

        async def aput_writes(
            self, config: Any, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
        ) -> None:
            self.put_writes(config, writes, task_id, task_path)

        async def adelete_thread(self, thread_id: str) -> None:
            self.delete_thread(thread_id)

    return InlineSqliteSaver(connection)
