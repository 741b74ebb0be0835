"""LangGraph's checkpoints lie in the same database, by a connection of their own: neither disturbs the other."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from headway.errors import StoreError
from headway.store.location import SqliteFile, locate
from headway.store.reader import open_reader
from headway.store.store import Store


def work(store: Store, saver: BaseCheckpointSaver) -> None:
    for ticket in range(10):
        config = {"configurable": {"thread_id": f"r1/T-{ticket}", "checkpoint_ns": ""}}
        saved = saver.put(config, empty_checkpoint(), {}, {})
        with store.write(None) as writer:
            writer.record("ticket.waiting", at=1.0, run="r1", ticket=f"T-{ticket}")
        saver.put_writes(saved, [("a", 1), ("b", 2)], "task")
    store.check()
    assert len(store.events()) == len(list(saver.list(None))) == 10


@pytest.mark.parametrize("first", ["store", "saver"])
def test_store_and_saver_write_to_one_database_whoever_made_it(url: str, first: str) -> None:
    location = locate(url)
    if isinstance(location, SqliteFile):
        location.path.parent.mkdir()
    if first == "store":
        Store.open(url).close()
    if isinstance(location, SqliteFile):
        with closing(sqlite3.connect(location.path)) as connection:
            saver = SqliteSaver(connection)
            saver.setup()
            with Store.open(url) as store:
                work(store, saver)
    else:
        with PostgresSaver.from_conn_string(url) as saver:
            saver.setup()
            with Store.open(url) as store:
                work(store, saver)


def test_a_backup_holds_the_checkpoints_too(make_sqlite_url: Callable[[], str], tmp_path: Path) -> None:
    url = make_sqlite_url()
    location = locate(url)
    assert isinstance(location, SqliteFile)
    with Store.open(url) as store, closing(sqlite3.connect(location.path)) as connection:
        work(store, SqliteSaver(connection))
        store.backup(tmp_path / "copy.db")
    with open_reader(f"sqlite:///{tmp_path / 'copy.db'}") as reader:
        assert len(reader.events()) == 10
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert len(list(SqliteSaver(connection).list(None))) == 10


def test_a_lock_that_this_process_holds_itself_is_told_as_such(make_sqlite_url: Callable[[], str]) -> None:
    url = make_sqlite_url()
    location = locate(url)
    assert isinstance(location, SqliteFile)
    with Store.open(url, patience=0.1) as store, closing(sqlite3.connect(location.path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another connection of this process"), store.write(None):
            pass
