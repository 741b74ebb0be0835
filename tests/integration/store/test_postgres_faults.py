"""What can go wrong with a PostgreSQL server: each ends in an error that says which store and what to do."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headway.errors import StoreError
from headway.nouns import RequestKind
from headway.store import postgres
from headway.store.reader import open_reader
from headway.store.store import Store
from tests.integration.store.nouns_at_hand import RUN
from tests.integration.store.processes import other

psycopg = pytest.importorskip("psycopg")

MakeUrl = Callable[[], str]


@pytest.fixture
def url(make_postgres_url: MakeUrl) -> str:
    return make_postgres_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as store:
        yield store


def run_sql(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def end_connection(store: Store, url: str) -> Callable[[], None]:
    """Has the server end the store's connection, as a restart does."""
    ((pid,),) = store._database.query("SELECT pg_backend_pid()")
    return lambda: run_sql(url, f"SELECT pg_terminate_backend({pid}, 5000)")


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory") as raised:
        Store.open(f"postgresql://me:s3cret@/db?host={tmp_path}")
    assert "is the server up" in raised.value.mend
    assert "s3cret" not in str(raised.value) + raised.value.mend


def test_a_database_that_is_not_there_is_told(postgres_server: str) -> None:
    with pytest.raises(StoreError, match="no_such_database"):
        open_reader(postgres_server.replace("/postgres?", "/no_such_database?"))


def test_a_url_that_is_none_is_told() -> None:
    with pytest.raises(StoreError):
        Store.open("postgresql://host/db?no_such_option=1")


def test_a_driver_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "headway.store.postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="psycopg") as raised:
        Store.open("postgresql://host/db")
    assert "headway-agents[postgres]" in raised.value.mend


def test_a_database_that_cannot_hold_every_text_is_refused(postgres_server: str) -> None:
    run_sql(
        postgres_server,
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    )
    with pytest.raises(StoreError, match="LATIN1") as raised:
        Store.open(postgres_server.replace("/postgres?", "/latin?"))
    assert "createdb --encoding=UTF8" in raised.value.mend
    run_sql(postgres_server, "DROP DATABASE latin")


def test_a_store_that_another_process_writes_to_for_too_long_is_told(store: Store, url: str) -> None:
    code = """
with Store.open(url) as store, store.write(None):
    say("in the middle")
    hear()
"""
    with other(url, code) as writer, Store.open(url, patience=0.1) as hasty:
        assert writer.said() == "in the middle"
        with pytest.raises(StoreError, match="locked") as raised:
            hasty.ask(RequestKind.DRAIN, at=1.0)
        assert "pg_stat_activity" in raised.value.mend
        writer.kill()
        assert store.ask(RequestKind.DRAIN, at=1.0).id == 1


def test_a_writer_that_stands_still_in_the_middle_holds_up_nobody_for_ever(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_LONGEST_PAUSE", 0.1)
    with Store.open(url) as still, pytest.raises(StoreError), still.write(None) as writer:
        writer.save_run(RUN)
        store.ask(RequestKind.DRAIN, at=1.0)  # waits until the server has ended the other's connection
        writer.save_run(RUN)
    assert store.runs() == []


def test_who_may_only_read_reads_and_is_told_when_writing(store: Store, url: str) -> None:
    run_sql(
        url,
        "DROP ROLE IF EXISTS hw_reader",
        "CREATE ROLE hw_reader LOGIN",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO hw_reader",
    )
    readers = url.replace("postgres:@", "hw_reader:@")
    with open_reader(readers) as reader:
        assert reader.runs() == []
    with Store.open(readers) as writing, pytest.raises(StoreError, match="cannot be written") as raised:
        writing.ask(RequestKind.DRAIN, at=1.0)
    assert "GRANT" in raised.value.mend
    run_sql(url, "DROP OWNED BY hw_reader", "DROP ROLE hw_reader")


def test_a_reader_cannot_write(store: Store, url: str) -> None:
    with open_reader(url) as reader, pytest.raises(StoreError, match="cannot be written"):
        reader._database.execute("DELETE FROM requests")


def test_a_connection_that_the_server_ended_is_made_again(
    store: Store, end_connection: Callable[[], None]
) -> None:
    end_connection()
    assert store.runs() == []


def test_a_write_after_the_server_ended_the_connection_is_written(
    store: Store, end_connection: Callable[[], None]
) -> None:
    end_connection()
    with store.write(None) as writer:
        writer.save_run(RUN)
    assert store.runs() == [RUN]


def test_a_write_that_loses_its_connection_writes_nothing(
    store: Store, end_connection: Callable[[], None]
) -> None:
    with pytest.raises(StoreError), store.write(None) as writer:
        writer.save_run(RUN)
        end_connection()
        writer.save_run(RUN)
    assert store.runs() == []
    with store.write(None) as writer:
        writer.save_run(RUN)
    assert store.runs() == [RUN]


def test_a_check_finds_what_is_missing(store: Store) -> None:
    store._database.execute("ALTER TABLE events DISABLE TRIGGER events_are_not_deleted")
    store._database.execute("DROP TABLE slots")
    with pytest.raises(StoreError, match="events_are_not_deleted is missing; slots is missing"):
        store.check()


def test_a_table_that_is_gone_is_told(store: Store) -> None:
    store._database.execute("DROP TABLE slots")
    with pytest.raises(StoreError, match="damaged") as raised:
        store.slots()
    assert "pg_restore" in raised.value.mend


def test_a_backup_is_left_to_postgresql(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        store.backup(tmp_path / "copy")
    assert "pg_dump" in raised.value.mend


def test_two_schemas_of_one_database_are_two_stores(url: str) -> None:
    run_sql(url, "CREATE SCHEMA one", "CREATE SCHEMA two")
    first, second = (f"{url}&options=-csearch_path%3D{schema},public" for schema in ("one", "two"))
    with Store.open(first) as one, Store.open(second) as two:
        with one.write(None) as writer:
            writer.save_run(RUN)
            two.ask(RequestKind.DRAIN, at=1.0)  # does not wait for the other's write
        assert (one.runs(), two.runs()) == ([RUN], [])
        assert (one.requests() == [], len(two.requests())) == (True, 1)


def test_a_schema_that_is_not_there_is_told(url: str) -> None:
    with pytest.raises(StoreError, match="schema") as raised:
        Store.open(f"{url}&options=-csearch_path%3Dnone")
    assert "CREATE SCHEMA" in raised.value.mend
