"""Ending what is left of an attempt without its launcher: all of it, and nobody else."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from headway.agents import process, procfs, records, sweep
from headway.agents.records import ATTEMPT_DIR
from headway.errors import AgentError
from tests.integration.agents.launching import (
    ENVIRONMENT,
    is_settled,
    launcher_pid,
    living,
    python,
    shell,
    started,
    until,
)

#: The number of the right to raise limits (capabilities(7)).
CAP_SYS_RESOURCE = 24


async def lose_launcher(directory) -> None:
    """Kill the launcher of an attempt and wait until it is gone."""
    os.kill(launcher_pid(directory), signal.SIGKILL)
    await until(lambda: process.state_of(directory) is process.LaunchState.LOST)


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param("setsid sleep 1000 &", id="session"),
        pytest.param("setsid env -i nohup sleep 1000 >/dev/null 2>&1 &", id="no-environment"),
        pytest.param("(setsid sh -c 'env -i setsid sleep 1000 & exit' &)", id="orphan"),
        pytest.param("(trap '' TERM HUP INT; exec setsid env -i sleep 1000) &", id="stubborn"),
        pytest.param("env -i sh -c 'kill -STOP $$' &", id="stopped"),
        pytest.param("cd /; env HEADWAY_ATTEMPT_DIR=/elsewhere setsid sleep 1000 &", id="another-mark"),
    ],
)
async def test_what_hides_is_found(attempt, hide):
    process.launch(attempt, shell(f"{hide}\nexec sleep 1000"))
    await until(lambda: len(living(attempt)) == 3)
    await lose_launcher(attempt)
    assert await asyncio.to_thread(sweep.sweep, attempt) >= 1
    assert living(attempt) == []


async def test_what_raised_its_limit_is_found_by_its_environment(attempt):
    status = Path("/proc/self/status").read_text()
    if not int(status.split("CapEff:")[1].split()[0], 16) >> CAP_SYS_RESOURCE & 1:
        pytest.skip("nobody here may raise a limit")
    process.launch(
        attempt,
        python(
            """
            import os, resource, sys, time
            if os.fork():
                time.sleep(1000)
            os.setsid()
            resource.setrlimit(resource.RLIMIT_RTTIME, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            os.execvp("sleep", ["sleep", "1000"])
            """
        ),
    )
    await until(lambda: is_settled(attempt))
    await lose_launcher(attempt)
    sweep.sweep(attempt)
    assert living(attempt) == []


async def test_what_descends_from_a_marked_process_is_found_without_a_mark_of_its_own(attempt):
    attempt.mkdir()
    marked = subprocess.Popen(
        ["sh", "-c", "env -i sh -c 'sleep 1000 & wait' & wait"],
        env=ENVIRONMENT | {ATTEMPT_DIR: str(attempt)},
    )
    await until(lambda: len(living(attempt)) == 3)
    assert sweep.sweep(attempt) >= 3
    marked.wait()


def test_a_mark_of_an_attempt_whose_name_begins_alike_is_another(attempts):
    one, other = attempts / "T-1", attempts / "T-10"
    for directory in (one, other):
        directory.mkdir()
    stranger = subprocess.Popen(["sleep", "1000"], env={ATTEMPT_DIR: str(other)})
    assert sweep.sweep(one) == 0
    assert stranger.poll() is None
    assert sweep.sweep(other) == 1
    stranger.wait()


def test_a_limit_that_only_begins_alike_is_another(attempt):
    attempt.mkdir()
    mark = 2**62 - 12345
    claim = {"boot_id": "", "pid": 0, "start_time": 0, "mark": mark // 10}
    records.create(str(attempt / records.CLAIM), claim)
    stranger = subprocess.Popen(
        ["sleep", "1000"], preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_RTTIME, (mark, mark))
    )
    try:
        assert sweep.sweep(attempt) == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_caller_is_spared(attempt):
    """A coordinator that an agent started, and that takes that agent's attempt for lost."""
    attempt.mkdir()
    source = """if True:
        import pathlib, sys
        from headway.agents import sweep
        print(sweep.sweep(pathlib.Path(sys.argv[1])))
    """
    caller = subprocess.run(
        [sys.executable, "-c", source, str(attempt)],
        env=ENVIRONMENT | {ATTEMPT_DIR: str(attempt)},
        capture_output=True,
        check=True,
    )
    assert caller.stdout == b"0\n"


async def test_processes_that_are_born_meanwhile_are_found_too(attempt):
    process.launch(
        attempt,
        python("""
            import os, time
            while True:
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() != 0:
                        os._exit(0)
                    time.sleep(1000)
                os.waitpid(-1, 0)
                time.sleep(0.001)
        """),
    )
    await until(lambda: len(living(attempt)) > 20)
    await lose_launcher(attempt)
    sweep.sweep(attempt)
    assert living(attempt) == []


def test_the_child_of_one_that_ended_after_it_was_listed_is_found(attempt, monkeypatch):
    """As daemons begin. Without care it is in the list of nobody: seen by kills of launchers, one in 100."""
    attempt.mkdir()
    parent = subprocess.Popen(
        ["sh", "-c", "read line; setsid sleep 1000 &"],
        stdin=subprocess.PIPE,
        env=ENVIRONMENT | {ATTEMPT_DIR: str(attempt)},
    )
    list_pids = procfs.pids

    def list_then_fork():
        listed = list(list_pids())
        if parent.returncode is None:
            parent.communicate(b"\n")
        return listed

    monkeypatch.setattr(procfs, "pids", list_then_fork)
    assert sweep.sweep(attempt) == 1
    assert living(attempt) == []


async def test_one_that_forks_and_ends_again_and_again_is_caught(attempt):
    process.launch(
        attempt,
        python("""
            import os, time
            if os.fork() == 0:
                while True:
                    os.setsid()
                    if os.fork() != 0:
                        os._exit(0)
            time.sleep(1000)
        """),
    )
    await started(attempt)
    await lose_launcher(attempt)
    sweep.sweep(attempt)
    for _ in range(5):
        assert living(attempt) == []


def test_sweeping_nothing_ends_nothing(attempt):
    attempt.mkdir()
    assert sweep.sweep(attempt) == 0


def test_what_cannot_be_ended_is_named(attempt, monkeypatch):
    attempt.mkdir()
    stubborn = subprocess.Popen(["sleep", "1000"], env={ATTEMPT_DIR: str(attempt)})

    def refuse(pid: int, start_time: int, number: int) -> bool:
        raise PermissionError

    with monkeypatch.context() as patch, pytest.raises(AgentError, match=str(stubborn.pid)) as caught:
        patch.setattr(sweep, "PATIENCE", 0.05)
        patch.setattr(sweep.procfs, "send", refuse)
        sweep.sweep(attempt)
    assert f"kill -9 {stubborn.pid}" in caught.value.mend
    assert sweep.sweep(attempt) == 1
    stubborn.wait()


async def test_the_launcher_of_a_running_attempt_carries_no_mark(attempt):
    """Else a sweep of a lost attempt could take it for one of the agent's processes."""
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    assert launcher_pid(attempt) not in [member.pid for member in sweep.members(attempt)]
