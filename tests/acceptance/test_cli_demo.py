"""``headway demo`` as a user types it."""

import subprocess
import sys
from pathlib import Path

from tests.acceptance.commandline import Desk


def test_the_demo_lands_everything_and_shows_what_was_done_again(desk: Desk) -> None:
    ran = desk.run("demo", "--json")
    kinds = [event["event"] for event in ran.events]
    last = ran.events[-1]
    assert (last["tickets"], last["landed"]) == (12, 12)
    assert "landing.conflict" in kinds
    assert "landing.unverified" in kinds
    assert last["attempts"] > 12


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


def test_the_demo_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    desk.run("demo", "--json", TMPDIR=str(tmp_path / "temporary"))
    assert list((tmp_path / "temporary").iterdir()) == []
    assert list((tmp_path / "home").iterdir()) == []
    assert not (tmp_path / "state").exists()
