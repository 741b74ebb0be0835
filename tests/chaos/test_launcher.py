"""kill -9 of coordinators, launchers and agents at any moment: no two at once, none again, none left."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from headway.agents import process, procfs, records
from headway.agents.process import LaunchState
from headway.nouns import ProcessId
from tests.chaos import small_coordinator
from tests.chaos.small_coordinator import agent, attempts_of
from tests.integration.agents.launching import end_all, living, record_of, start_launcher, started, until

TICKETS = [f"T-{number}" for number in range(8)]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where attempts have their directories; whatever still lives of them in the end is killed."""
    yield tmp_path
    end_all(tmp_path)


@pytest.fixture
def chance() -> random.Random:
    """Randomness that can be had again: HEADWAY_TEST_SEED."""
    seed = int(os.environ.get("HEADWAY_TEST_SEED") or random.SystemRandom().getrandbits(32))
    print(f"HEADWAY_TEST_SEED={seed}")
    return random.Random(seed)


def told(log: Path, what: str) -> Counter[str]:
    """How often agents told of something, by attempt."""
    lines = log.read_text().splitlines() if log.exists() else []
    return Counter(line.split(" ", 1)[1] for line in lines if line.startswith(what))


async def test_whenever_a_launcher_is_killed_its_attempt_ends_once_and_nothing_lives_on(folder, chance):
    log, ends = folder / "log", Counter()
    for number in range(40):
        directory = folder / f"T-1.{number}"
        process.prepare(directory, agent(folder / "T-1.lock", log, 0.01))
        launcher = start_launcher(directory)
        if number % 2:
            await until((directory / records.CLAIM).exists)
        await asyncio.sleep(chance.uniform(0, 0.05))  # it claims after 12 ms, and the agent ends 40 ms later
        launcher.kill()
        launcher.communicate()
        if process.state_of(directory) is LaunchState.UNCLAIMED:
            process.relaunch(directory)
        ends[(await process.wait(directory)).how] += 1
        assert living(directory) == []
        assert process.state_of(directory) is LaunchState.ENDED
    assert told(log, "overlap") == {}
    assert set(told(log, "began").values()) == {1}
    assert ends.total() == ends["exited"] + ends["lost"]


async def test_whenever_an_agent_is_killed_its_end_is_told_and_nothing_lives_on(folder, chance):
    log = folder / "log"
    for number in range(20):
        directory = folder / f"T-1.{number}"
        process.launch(directory, agent(folder / "T-1.lock", log, 1000.0))
        pid = await started(directory)
        await asyncio.sleep(chance.uniform(0, 0.05))
        os.kill(pid, signal.SIGKILL)
        exit_ = await process.wait(directory)
        assert (exit_.status, exit_.how) == (-signal.SIGKILL, "exited")
        assert living(directory) == []
    assert told(log, "overlap") == {}


@pytest.mark.parametrize("whom", ["coordinator", "launchers", "agents", "everything"])
async def test_kills_cost_attempts_but_no_ticket_and_no_order(folder, chance, whom):
    log = folder / "log"
    coordinator = start_coordinator(folder, log)
    try:
        for _ in range(6):
            await asyncio.sleep(chance.uniform(0.05, 0.5))
            victims = find_victims(folder, coordinator, whom)
            chance.shuffle(victims)
            for victim in victims:
                procfs.send(victim.pid, victim.start_time, signal.SIGKILL)
            if whom in ("coordinator", "everything"):
                coordinator.wait()
                coordinator = start_coordinator(folder, log)
        await until(lambda: coordinator.poll() is not None)
        assert coordinator.returncode == 0
    finally:
        coordinator.kill()
        coordinator.wait()
    prove(folder, log)
    if whom == "coordinator":
        assert [len(attempts_of(folder, ticket)) for ticket in TICKETS] == [1] * len(TICKETS)


def start_coordinator(folder: Path, log: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, small_coordinator.__file__, str(folder), str(log), *TICKETS])


def find_victims(folder: Path, coordinator: subprocess.Popen[bytes], whom: str) -> list[ProcessId]:
    attempts = [directory for ticket in TICKETS for directory in attempts_of(folder, ticket)]
    victims = []
    if whom in ("coordinator", "everything") and (found := process.process_id(coordinator.pid)):
        victims.append(found)
    if whom in ("launchers", "everything"):
        victims += [claim.launcher for claim in map(process.read_claim, attempts) if claim]
    if whom in ("agents", "everything"):
        victims += [begun.agent for begun in map(process.read_started, attempts) if begun]
    return [victim for victim in victims if process.is_alive(victim)]


def prove(folder: Path, log: Path) -> None:
    """By the launchers' own records, and by what the agents saw."""
    assert told(log, "overlap") == {}
    assert set(told(log, "began").values()) == {1}
    for ticket in TICKETS:
        attempts = attempts_of(folder, ticket)
        ends = [record_of(attempt) for attempt in attempts]
        assert [(e["how"], e["status"]) == ("exited", 0) for e in ends] == [False] * (len(ends) - 1) + [True]
        for earlier, later in zip(ends, attempts[1:], strict=False):
            if (later / records.STARTED).exists():
                assert record_of(later, records.STARTED)["started_at"] >= earlier["ended_at"]
        assert [living(attempt) for attempt in attempts] == [[]] * len(attempts)
