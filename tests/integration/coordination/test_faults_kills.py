"""A coordinator that is killed between any two steps of a ticket's way, or stands still there and comes back, costs
nothing."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import headway
from headway.errors import LeaseHeld
from tests.integration.coordination.conftest import Place
from tests.integration.coordination.dying import OVERTAKEN, POINTS, Order

DYING = Path(__file__).with_name("dying.py")


class Dying:
    """Starts coordinators, one after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, order: Order) -> int:
        """Start one; its pid, once it has ended or stands still."""
        assert self._process.stdin is not None
        print(json.dumps(asdict(order)), file=self._process.stdin, flush=True)
        return int(self._read())

    async def status(self) -> int:
        """Wait until it has ended; its exit status."""
        return int(await asyncio.to_thread(self._read))

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture(scope="module")
def dying() -> Iterator[Dying]:
    # Of a group of its own: what it forks would hear the terminal's signals.
    process = subprocess.Popen(
        [sys.executable, str(DYING)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        yield Dying(process)


def assert_each_landed_once(place: Place) -> None:
    trailers = place.git("log", "--first-parent", "--format=%(trailers:key=Headway-Ticket,valueonly)", "main")
    assert sorted(trailers.split()) == ["A", "B"]
    place.assert_sound()


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_coordinator_costs_no_work_and_no_second_agent(
    place: Place, dying: Dying, point: str
) -> None:
    told = place.folder / "began.txt"
    agent = f"echo $HEADWAY_TICKET/$HEADWAY_ATTEMPT >> {told}; sleep 0.2; echo done > $HEADWAY_TICKET.txt"
    order = Order(
        point=point,
        repository=str(place.root),
        command=place.command({"A": agent, "B": agent}),
        environment=dict(os.environ),
    )
    dying.start(order)
    assert await dying.status() == -signal.SIGKILL, f"it was not killed {point}"

    result = await headway.resume_run(place.root)

    assert (result.landed, result.attempts, result.exit_status) == (2, 2, 0)
    assert sorted(told.read_text().split()) == ["A/1", "B/1"], "an agent was started twice"
    assert_each_landed_once(place)


#: Before A's agent comes to its gate, or while it is there.
EARLY = (
    "before a worktree is filled",
    "after a worktree is filled",
    "before the attempt is recorded",
    "after the attempt is recorded and before its launch",
    "while the agent works",
)

#: Once A's agent has ended.
LATE = (
    "before the agent's end is recorded",
    "before its work is made a commit",
    "after its work is made a commit",
    "before the worktree is given back",
    "before verification",
    "while verification runs",
    "before moving is recorded",
    "after moving is recorded",
    "before the branch is moved",
    "after the branch is moved",
    "before landed is recorded",
)


@pytest.mark.parametrize("point", [*EARLY, *LATE])
async def test_one_that_stood_still_and_comes_back_after_another_took_over_changes_nothing(
    place: Place, dying: Dying, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """It comes back while the other one's agent is at work, perhaps in the worktree that it had in mind."""
    gates = {"A": place.gate("A"), "B": place.gate("B")}
    plan = {t: f"echo half > {t}.half; {gate.script}; echo done > {t}.txt" for t, gate in gates.items()}
    if point in LATE:
        gates["A"].open()
    order = Order(
        point=point,
        repository=str(place.root),
        command=place.command(plan),
        environment=dict(os.environ),
        signal=signal.SIGSTOP,
        agents=1,
        is_chain=True,
    )
    pid = dying.start(order)
    monkeypatch.setattr("headway.coordination.api.LEASE_PATIENCE", 0.2)

    taking_over = asyncio.create_task(take_over(place))
    at_work = gates["A" if point in EARLY else "B"]
    await at_work.reached()
    before = await settled(place)
    os.kill(pid, signal.SIGCONT)
    assert await dying.status() == OVERTAKEN
    assert facts(place) == before
    for gate in gates.values():
        gate.open()
    result = await taking_over

    assert (result.landed, result.attempts, result.exit_status) == (2, 2, 0)
    for ticket in gates:
        assert (place.show(f"{ticket}.half"), place.show(f"{ticket}.txt")) == ("half\n", "done\n")
    assert_each_landed_once(place)


async def take_over(place: Place) -> headway.RunResult:
    while True:
        try:
            return await headway.resume_run(place.root)
        except LeaseHeld:
            await asyncio.sleep(0.1)


async def settled(place: Place) -> dict[str, Any]:
    """The facts once the other one has taken over and waits for its agent."""
    while True:
        before = facts(place)
        await asyncio.sleep(0.2)
        if before["resumed"] and facts(place) == before:
            return before


def facts(place: Place) -> dict[str, Any]:
    """All that a coordinator could have changed."""
    with place.store() as store:
        return {
            "refs": place.git("for-each-ref"),
            "events": len(store.events()),
            "resumed": len(store.events(kinds=["run.resumed"])),
            "slots": store.slots(),
            "progress": store.progress("r1"),
            "attempts": store.attempts("r1"),
            "copy": place.git("status", "--porcelain"),
            "worktrees": {
                str(path): path.read_bytes()
                for slot in store.slots()
                for path in sorted(Path(slot.path).iterdir())
                if path.is_file()
            },
        }
