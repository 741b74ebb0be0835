"""What the benchmarks and the chaos tests see of processes is true."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import processes, proofs
from benchmarks.records import at_work, read_attempt
from benchmarks.workloads import PYTHON

from headway.agents import process
from headway.agents.process import LaunchSpec

WITNESS = Path(processes.__file__).with_name("witness.py")


def sleeper(folder: Path, **named: str) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.environ["PATH"], "PLACE": str(folder), **named}
    return subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True)


def test_a_process_belongs_to_the_folder_that_its_environment_names(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    try:
        assert [p.pid for p in processes.belonging_to(tmp_path)] == [child.pid]
    finally:
        child.kill()
        child.wait()


def test_everything_of_a_folder_is_ended_and_nothing_else(tmp_path: Path) -> None:
    inside, outside = sleeper(tmp_path / "inside"), sleeper(tmp_path / "outside")
    try:
        assert processes.end_all(tmp_path / "inside") == 1
        assert inside.wait() == -9
        assert outside.poll() is None
    finally:
        outside.kill()
        outside.wait()


def test_a_process_that_is_left_is_named(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    try:
        assert proofs.nothing_left(tmp_path) == [f"left alive: {child.pid} (sleep 600)"]
    finally:
        child.kill()
        child.wait()


def test_the_cpu_time_of_one_that_has_ended_can_be_read_until_it_is_waited_for() -> None:
    child = subprocess.Popen([sys.executable, "-c", "sum(range(10**7))"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        assert processes.cpu(child.pid).own > 0
        assert processes.find(child.pid) is None
    finally:
        child.wait()


async def test_an_attempt_is_read_as_its_launcher_wrote_it_down(tmp_path: Path) -> None:
    directory = tmp_path / "r1" / "T-1" / "2"
    script = """echo '{"event": "start"}'; exit 3"""
    spec = LaunchSpec(argv=["sh", "-c", script], cwd=tmp_path, env={}, timeout=60.0, log_cap=10**6)
    process.launch(directory, spec)
    await process.wait(directory)
    record = read_attempt(directory)
    assert (record.run, record.name, record.how, record.status) == ("r1", "T-1/2", "exited", 3)
    assert record.begins == 1
    assert record.interval is not None
    assert record.interval.start <= record.interval.end
    assert not record.has_finished
    assert at_work([record]) == []


async def test_an_agent_at_work_is_seen_by_its_record(tmp_path: Path) -> None:
    directory = tmp_path / "r1" / "T-1" / "1"
    spec = LaunchSpec(
        argv=["sh", "-c", "echo begun; read _ < gate"], cwd=tmp_path, env={}, timeout=60.0, log_cap=10**6
    )
    os.mkfifo(tmp_path / "gate")
    process.launch(directory, spec)
    gate = (tmp_path / "gate").open("wb")  # opened when the agent has opened it
    try:
        while not (directory / "started.json").exists():
            os.sched_yield()
        assert at_work([read_attempt(directory)]) == [read_attempt(directory)]
    finally:
        gate.close()
        await process.wait(directory)


def test_an_agent_that_is_not_alone_says_so(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text("import sys\nprint('begun', flush=True)\nsys.stdin.read()\n")
    argv = [PYTHON, str(WITNESS), str(tmp_path), str(agent)]

    def start(attempt: int) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "HEADWAY_TICKET": "T-1", "HEADWAY_ATTEMPT": str(attempt)}
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    first = start(1)
    assert first.stdout is not None
    assert first.stdout.readline() == b"begun\n"
    second = start(2)
    second.communicate()
    first.communicate()
    told = [json.loads(line) for line in (tmp_path / "agents.jsonl").read_text().splitlines()]
    assert [(t["attempt"], t["alone"]) for t in told] == [(1, True), (2, False)]
    assert second.returncode != 0
    assert "T-1/2 found another agent alive" in proofs.witnessed(tmp_path, [])
