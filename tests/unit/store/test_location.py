from pathlib import Path

import pytest

from headway.errors import StoreError
from headway.store.location import PostgresServer, SqliteFile, locate


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/store.db", "/srv/store.db"),
        ("sqlite+pysqlite:////srv/store.db", "/srv/store.db"),
        ("sqlite:////srv/a b?c#d%20/store.db", "/srv/a b?c#d%20/store.db"),
    ],
)
def test_the_rest_of_a_sqlite_url_is_the_path_as_it_stands(url: str, path: str) -> None:
    assert locate(url) == SqliteFile(Path(path))


def test_a_relative_path_is_made_absolute_at_once() -> None:
    location = locate("sqlite:///store.db")
    assert isinstance(location, SqliteFile)
    assert location.path == Path.cwd() / "store.db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
def test_every_name_of_postgresql_means_the_same(scheme: str) -> None:
    assert locate(f"{scheme}://me@host/db") == PostgresServer("postgresql://me@host/db")


@pytest.mark.parametrize(
    "url",
    ["postgresql://me:s3cret@host:5432/db?sslmode=require", "postgresql://host/db?user=me&password=s3cret"],
)
def test_a_password_is_not_shown(url: str) -> None:
    shown = str(locate(url))
    assert "s3cret" not in shown
    assert "host" in shown
    assert "me" in shown


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_store_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="memory") as raised:
        locate(url)
    assert "sqlite:///PATH" in raised.value.mend


@pytest.mark.parametrize("url", ["mysql://u:p@host/db", "/srv/store.db", "", "postgresql+asyncpg://host/db"])
def test_another_database_is_refused_with_what_can_be_used(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        locate(url)
    assert "sqlite:///PATH" in raised.value.mend
    assert ":p@" not in str(raised.value)
