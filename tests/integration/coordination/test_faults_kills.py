"""kill -9 of the coordinator between any two steps of a ticket's way costs nothing: the next one goes on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

import headway
from tests.integration.coordination.conftest import Place
from tests.integration.coordination.dying import POINTS, Order

DYING = Path(__file__).with_name("dying.py")


@pytest.fixture(scope="module")
def dying() -> Iterator["subprocess.Popen[str]"]:
    """Starts coordinators that are killed."""
    # Of a group of its own: what it forks would hear the terminal's signals.
    process = subprocess.Popen(
        [sys.executable, str(DYING)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        yield process


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_coordinator_costs_no_work_and_no_second_agent(
    place: Place, dying: "subprocess.Popen[str]", point: str
) -> None:
    told = place.folder / "began.txt"
    agent = f"echo $HEADWAY_TICKET/$HEADWAY_ATTEMPT >> {told}; sleep 0.2; echo done > $HEADWAY_TICKET.txt"
    order = Order(
        point=point,
        repository=str(place.root),
        command=place.command({"A": agent, "B": agent}),
        environment=dict(os.environ),
    )
    assert dying.stdin is not None
    assert dying.stdout is not None
    print(json.dumps(asdict(order)), file=dying.stdin, flush=True)
    assert dying.stdout.readline() == "-9\n", f"it was not killed {point}"

    result = await headway.resume_run(place.root)

    assert (result.landed, result.attempts, result.exit_status) == (2, 2, 0)
    assert sorted(told.read_text().split()) == ["A/1", "B/1"], "an agent was started twice"
    trailers = place.git("log", "--first-parent", "--format=%(trailers:key=Headway-Ticket,valueonly)", "main")
    assert sorted(trailers.split()) == ["A", "B"], "each lands once"
    place.assert_sound()
