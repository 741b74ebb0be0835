"""Making a store, and finding one of another version."""

import subprocess
import sys
from contextlib import ExitStack

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from headway.errors import StoreError
from headway.store import revision
from headway.store.database import connect
from headway.store.location import SqliteFile, locate
from headway.store.migrate import configuration
from headway.store.reader import open_reader
from headway.store.schema import is_ours, metadata
from headway.store.store import Store
from tests.integration.store.nouns_at_hand import RUN
from tests.integration.store.processes import other


def sqlalchemy_url(url: str) -> str:
    return (
        url if isinstance(locate(url), SqliteFile) else url.replace("postgresql://", "postgresql+psycopg://")
    )


def test_the_revisions_that_the_program_knows_are_those_of_the_migrations() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(revision.KNOWN)


def test_migrations_and_schema_make_the_same_tables(url: str) -> None:
    Store.open(url).close()
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_object": is_ours, "version_table": revision.TABLE},
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.fixture
def newer(url: str) -> str:
    """A store that a newer version of Headway migrated."""
    with Store.open(url) as store, store._database.transaction():
        store._database.execute(f"UPDATE {revision.TABLE} SET version_num = '9999'")
    return url


def test_a_store_of_a_newer_version_is_not_touched(newer: str) -> None:
    with pytest.raises(StoreError, match="newer version of Headway") as raised:
        Store.open(newer)
    assert "pip install --upgrade" in raised.value.mend


def test_a_store_of_a_newer_version_is_not_read_either(newer: str) -> None:
    with pytest.raises(StoreError, match="newer version of Headway"):
        open_reader(newer)


def test_a_reader_leaves_an_older_store_to_the_next_coordinator(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(url).close()
    monkeypatch.setattr(revision, "KNOWN", (*revision.KNOWN, "next"))
    monkeypatch.setattr(revision, "HEAD", "next")
    with pytest.raises(StoreError, match="older version") as raised:
        open_reader(url)
    assert "headway resume" in raised.value.mend


def test_a_migration_that_fails_leaves_nothing(url: str) -> None:
    database = connect(url)
    database.execute(
        "CREATE TABLE requests (theirs INTEGER)"
    )  # of somebody else, and one of the last to be made
    with pytest.raises(StoreError, match="requests"):
        Store.open(url)
    assert database.objects() == {"requests"}
    database.close()


def test_several_processes_that_make_the_store_at_once_make_it_once(url: str) -> None:
    code = """
say("ready")
hear()
with Store.open(url) as store, store.write(None) as writer:
    writer.save_run(run)
say("done")
"""
    with ExitStack() as stack:
        makers = [stack.enter_context(other(url, code)) for _ in range(3)]
        assert [maker.said() for maker in makers] == ["ready"] * 3
        for maker in makers:
            maker.tell()
        assert [maker.said() for maker in makers] == ["done"] * 3
    with Store.open(url) as store:
        store.check()
        assert len(store.runs()) == 3


def test_a_store_that_is_there_is_opened_and_read_without_sqlalchemy_and_alembic(url: str) -> None:
    Store.open(url).close()
    code = """
import sys
from headway.store.reader import open_reader
from headway.store.store import Store
with Store.open(sys.argv[1]) as store, store.write(None) as writer:
    pass
with open_reader(sys.argv[1]) as reader:
    reader.latest_run()
assert not {"sqlalchemy", "alembic"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code, url], check=True)


def test_the_tables_of_others_are_left_alone(url: str) -> None:
    database = connect(url)
    database.execute("CREATE TABLE checkpoints (thread_id TEXT)")
    database.execute("INSERT INTO checkpoints VALUES ('theirs')")
    with Store.open(url) as store:
        store.check()
        with store.write(None) as writer:
            writer.save_run(RUN)
    assert database.query("SELECT * FROM checkpoints") == [("theirs",)]
    database.close()
