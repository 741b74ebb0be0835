"""A new SQLite store is made without Alembic, and is what Alembic would have made."""

import sqlite3
import subprocess
import sys
from contextlib import closing

from headway.store import revision
from headway.store.newest import FILE, make_new, script_of, script_of_migrations
from headway.store.store import Store


def test_the_written_statements_are_what_the_migrations_come_to():
    assert FILE.read_text(encoding="utf-8") == script_of_migrations(), "run: python -m headway.store.newest"


def test_a_new_store_is_exactly_that_at_the_newest_revision(tmp_path):
    Store.open(f"sqlite:///{tmp_path / 'store.db'}").close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        assert script_of(connection) == script_of_migrations()
        assert connection.execute(revision.SELECT).fetchall() == [(revision.HEAD,)]


def test_a_store_that_is_there_already_is_left_alone(tmp_path):
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as connection:
        assert make_new(connection)
        assert not make_new(connection)


def test_making_a_new_store_imports_neither_alembic_nor_sqlalchemy(tmp_path):
    code = (
        "import sys; from headway.store.store import Store; "
        f"Store.open('sqlite:///{tmp_path / 'store.db'}').close(); "
        "print({'alembic', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
