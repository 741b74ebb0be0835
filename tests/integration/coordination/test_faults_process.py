"""Several coordinators at once, as real processes: one works, and the others say who."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from benchmarks.records import read_attempts

from tests.integration.coordination.conftest import Gate, Place

#: Enough for two to lose.
MANY = 3


class Racers:
    """``headway`` typed in several terminals in the same moment."""

    def __init__(self, place: Place, gate: Gate) -> None:
        self.place = place
        self.gate = gate
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "headway.cli.main", *arguments, "--json"]
        for _ in range(MANY):
            self.processes.append(
                subprocess.Popen(
                    command,
                    cwd=self.place.root,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )

    def ends(self) -> list[tuple[int, str, str]]:
        """(exit status, output, errors) of each; the agent may go on once all but one have ended."""
        with ThreadPoolExecutor(MANY) as pool:
            waiting = [pool.submit(process.communicate, timeout=100) for process in self.processes]
            while sum(future.done() for future in waiting) < MANY - 1:
                pass_time(self.processes)
            self.gate.open()
            told = [future.result() for future in waiting]
        return [(p.returncode, *said) for p, said in zip(self.processes, told, strict=True)]


def pass_time(processes: "list[subprocess.Popen[str]]") -> None:
    """Sleep until another one has ended, or for a moment."""
    for process in processes:
        if process.poll() is None:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                return


@pytest.fixture
def racers(place: Place) -> Iterator[Racers]:
    found = Racers(place, place.gate("A"))
    yield found
    for process in found.processes:
        process.kill()
        process.wait()


@pytest.fixture
def tickets(place: Place) -> list[str]:
    """What to type for a run whose one agent waits at the gate."""
    path = place.folder / "tickets.json"
    path.write_text(json.dumps([{"id": "A", "title": "Do A"}]))
    command = place.command({"A": f"{place.gate('A').script}; echo a > a.txt"})
    return ["run", str(path), "--agent-command", command]


def assert_one_worked(place: Place, ends: list[tuple[int, str, str]], pid_of: dict[int, int]) -> None:
    worked = [index for index, (status, _, _) in enumerate(ends) if status == 0]
    assert len(worked) == 1, ends
    told = json.loads(ends[worked[0]][1].splitlines()[-1])
    assert (told["event"], told["landed"], told["attempts"]) == ("run.ended", 1, 1)
    for index, (status, out, err) in enumerate(ends):
        if index not in worked:
            assert (status, out) == (2, "")
            assert f"another coordinator has this repository: process {pid_of[worked[0]]} on" in err
            assert "headway watch" in err
            assert "Traceback" not in err
    assert len(read_attempts(place.root)) == 1
    place.assert_sound()


def test_of_several_runs_started_at_once_one_works(place: Place, racers: Racers, tickets: list[str]) -> None:
    racers.start(*tickets)
    ends = racers.ends()
    assert_one_worked(place, ends, {n: p.pid for n, p in enumerate(racers.processes)})


def test_of_several_that_resume_at_once_one_goes_on(place: Place, racers: Racers, tickets: list[str]) -> None:
    first = subprocess.Popen([sys.executable, "-m", "headway.cli.main", *tickets], cwd=place.root)
    with first:
        while not racers.gate.here.exists():
            assert first.poll() is None
            pass_time([first])
        first.kill()
    racers.start("resume")
    ends = racers.ends()
    assert_one_worked(place, ends, {n: p.pid for n, p in enumerate(racers.processes)})
