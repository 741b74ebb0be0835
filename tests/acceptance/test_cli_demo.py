"""``headway demo`` as a user types it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.commandline import Desk, Ran
from tests.acceptance.conftest import make_desk


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Ran]]:
    """A demo that was not kept."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "temporary").mkdir()
    desk = make_desk(folder)
    yield desk, desk.run("demo", "--json", TMPDIR=str(folder / "temporary"))
    desk.close()


def test_the_demo_lands_everything(shown: tuple[Desk, Ran]) -> None:
    last = shown[1].events[-1]
    assert (last["event"], last["tickets"], last["landed"]) == ("run.ended", 12, 12)


def test_the_demo_shows_work_that_is_done_again(shown: tuple[Desk, Ran]) -> None:
    kinds = [event["event"] for event in shown[1].events]
    assert "conflict.standing" in kinds, "what breaks the merged program was seen while it was typed"
    assert "landing.unverified" in kinds


@pytest.mark.parametrize(("earlier", "later"), [("TILL-5", "TILL-7"), ("TILL-3", "TILL-4")])
def test_tickets_of_the_demo_that_name_the_same_files_go_one_after_the_other(
    shown: tuple[Desk, Ran], earlier: str, later: str
) -> None:
    """They collided when they landed before one waited for the other."""
    told = [(event["event"], event.get("ticket")) for event in shown[1].events]
    assert told.index(("ticket.landed", earlier)) < told.index(("attempt.started", later))
    assert told.count(("attempt.started", later)) == 1


def test_the_demo_leaves_nothing_behind(shown: tuple[Desk, Ran]) -> None:
    folder = shown[0].folder
    assert list((folder / "temporary").iterdir()) == []
    assert list((folder / "home").iterdir()) == []
    assert not (folder / "state").exists()


def test_the_demo_can_be_kept_and_its_project_works(desk: Desk, tmp_path: Path) -> None:
    ran = desk.run("demo", "--keep", str(tmp_path / "demo"))
    assert "12 of 12 landed on main" in ran.out
    till = tmp_path / "demo" / "till"
    tests = subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=till, capture_output=True, text=True)
    assert tests.returncode == 0, tests.stderr
    assert (till / "till" / "loyalty.py").exists()
    assert "12 of 12 landed" in desk.run("status", "--repo", str(till)).out
    again = desk.run("demo", "--keep", str(tmp_path / "demo"), status=2)
    assert "is there and not empty" in again.err
