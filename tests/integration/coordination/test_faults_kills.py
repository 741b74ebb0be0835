"""kill -9 of the coordinator between any two steps of a ticket's way costs nothing: the next one goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

import headway
from tests.integration.coordination.conftest import Place
from tests.integration.coordination.dying import POINTS

DYING = Path(__file__).with_name("dying.py")


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_coordinator_costs_no_work_and_no_second_agent(place: Place, point: str) -> None:
    told = place.folder / "began.txt"
    agent = f"echo $HEADWAY_TICKET/$HEADWAY_ATTEMPT >> {told}; sleep 0.2; echo done > $HEADWAY_TICKET.txt"
    command = place.command({"A": agent, "B": agent})
    # fmt: off
    died = subprocess.run(
        [sys.executable, str(DYING), point, str(place.root), command],
        cwd=place.folder, capture_output=True, text=True, timeout=120,
    )
    # fmt: on
    assert died.returncode == -9, f"it was not killed {point}: {died.stderr}"

    result = await headway.resume_run(place.root)

    assert (result.landed, result.attempts, result.exit_status) == (2, 2, 0)
    assert sorted(told.read_text().split()) == ["A/1", "B/1"], "an agent was started twice"
    trailers = place.git("log", "--first-parent", "--format=%(trailers:key=Headway-Ticket,valueonly)", "main")
    assert sorted(trailers.split()) == ["A", "B"], "each lands once"
    place.assert_sound()
