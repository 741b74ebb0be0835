"""Starting, finding, awaiting and stopping agents, by whoever comes and whenever."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from headway.agents import process, procfs, records
from headway.agents.process import LaunchState
from headway.errors import AgentError
from headway.nouns import ProcessId
from tests.integration.agents.launching import (
    ended,
    launcher_pid,
    living,
    printed,
    ready,
    record_of,
    run,
    shell,
    spec,
    start_launcher,
    started,
    until,
)

DAEMON = "setsid nohup env -i sleep 1000 >/dev/null 2>&1 </dev/null &"


def claim_as(directory, process_id: ProcessId, mark: int | None = None) -> None:
    records.create(
        str(directory / records.CLAIM),
        {
            "boot_id": process_id.boot_id,
            "pid": process_id.pid,
            "start_time": process_id.start_time,
            "mark": mark,
        },
    )


# Where it stands


async def test_an_attempt_is_unclaimed_then_running_then_ended(attempt, tmp_path):
    go = tmp_path / "go"
    assert process.state_of(attempt) is LaunchState.UNCLAIMED
    process.prepare(attempt, shell(f"until [ -e {go} ]; do sleep 0.02; done"))
    assert process.state_of(attempt) is LaunchState.UNCLAIMED
    process.relaunch(attempt)
    await started(attempt)
    assert process.state_of(attempt) is LaunchState.RUNNING
    go.touch()
    await process.wait(attempt)
    assert process.state_of(attempt) is LaunchState.ENDED


async def test_an_attempt_whose_launcher_was_killed_is_lost_until_it_was_waited_for(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    os.kill(launcher_pid(attempt), signal.SIGKILL)
    await until(lambda: process.state_of(attempt) is LaunchState.LOST)
    await process.wait(attempt)
    assert process.state_of(attempt) is LaunchState.ENDED


def test_a_pid_that_was_given_again_is_not_the_launcher(attempt):
    attempt.mkdir()
    me = process.own_process_id()
    claim_as(attempt, ProcessId(boot_id=me.boot_id, pid=me.pid, start_time=me.start_time - 1))
    assert process.state_of(attempt) is LaunchState.LOST


def test_a_process_of_an_earlier_boot_is_not_the_launcher(attempt):
    attempt.mkdir()
    me = process.own_process_id()
    claim_as(attempt, ProcessId(boot_id="another", pid=me.pid, start_time=me.start_time))
    assert process.state_of(attempt) is LaunchState.LOST


async def test_who_has_the_pid_of_a_dead_launcher_is_left_alone(attempt):
    """We have it ourselves here, so that this test would not survive the mistake."""
    attempt.mkdir()
    me = process.own_process_id()
    claim_as(attempt, ProcessId(boot_id=me.boot_id, pid=me.pid, start_time=me.start_time - 1))
    exit_ = await process.stop_and_wait(attempt, "enough")
    assert (exit_.status, exit_.how) == (None, "stopped")


async def test_after_a_restart_of_the_machine_an_attempt_is_lost_and_says_so(attempt):
    attempt.mkdir()
    me = process.own_process_id()
    claim_as(attempt, ProcessId(boot_id="another", pid=me.pid, start_time=me.start_time))
    exit_ = await process.wait(attempt)
    assert (exit_.how, exit_.message) == ("lost", "the machine was restarted")


async def test_a_claim_that_cannot_be_understood_makes_an_attempt_lost(attempt):
    attempt.mkdir()
    (attempt / records.CLAIM).write_text("{")
    assert (await process.wait(attempt)).how == "lost"


def test_a_zombie_does_not_live():
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    found = procfs.stat(child.pid)
    assert found is not None
    assert process.process_id(child.pid) is None
    assert not process.is_alive(
        ProcessId(boot_id=process.boot_id(), pid=child.pid, start_time=found.start_time)
    )
    child.wait()


def test_we_live():
    me = process.own_process_id()
    assert process.process_id(os.getpid()) == me
    assert process.is_alive(me)


# Starting


async def test_launching_again_runs_nothing_again(attempt, tmp_path):
    what = shell(f"echo run >>{tmp_path}/runs; sleep 0.2")
    for _ in range(3):
        process.launch(attempt, what)
    await process.wait(attempt)
    process.launch(attempt, what)
    assert (await process.wait(attempt)).status == 0
    assert (tmp_path / "runs").read_text() == "run\n"


async def test_preparing_a_claimed_attempt_leaves_what_was_to_be_run(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    process.prepare(attempt, shell("something else"))
    assert record_of(attempt, records.SPEC)["argv"] == ["sh", "-c", "sleep 1000"]


def test_nothing_can_be_started_that_was_not_prepared(attempt):
    attempt.mkdir()
    with pytest.raises(AgentError, match=r"spec\.json"):
        process.relaunch(attempt)


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(AgentError, match=str(tmp_path / "file" / "T-1")):
        process.prepare(tmp_path / "file" / "T-1", shell("true"))


def test_a_time_limit_that_is_no_number_is_refused(attempt):
    with pytest.raises(AgentError, match="inf"):
        process.prepare(attempt, shell("true", timeout=float("inf")))


def test_a_python_that_is_gone_is_named(attempt, monkeypatch):
    process.prepare(attempt, shell("true"))
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(AgentError, match="/no/such/python"):
        process.relaunch(attempt)


# Waiting


async def test_several_can_wait(attempt):
    process.launch(attempt, shell("sleep 0.1; exit 3"))
    exits = await asyncio.gather(*(process.wait(attempt) for _ in range(5)))
    assert {exit_.status for exit_ in exits} == {3}


async def test_several_who_find_an_attempt_lost_agree(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    os.kill(launcher_pid(attempt), signal.SIGKILL)
    exits = await asyncio.gather(*(process.wait(attempt) for _ in range(8)))
    assert len(set(exits)) == 1
    assert [file.name for file in attempt.iterdir() if "tmp" in file.name or "reserve" in file.name] == []


async def test_who_waits_later_is_told_the_same(attempt):
    first = await run(attempt, shell("exit 3"))
    assert await process.wait(attempt) == first


async def test_the_launcher_of_another_is_waited_for(attempt):
    process.prepare(attempt, shell("sleep 0.1; exit 3"))
    launcher = start_launcher(attempt)
    assert (await process.wait(attempt)).status == 3
    launcher.communicate()


async def test_an_attempt_that_no_launcher_claims_is_an_error(attempt, monkeypatch):
    monkeypatch.setattr(process, "CLAIM_PATIENCE", 0.1)
    process.prepare(attempt, shell("true"))
    with pytest.raises(AgentError, match="no launcher claims it: it said nothing"):
        await process.wait(attempt)


async def test_a_launcher_that_failed_before_its_claim_is_quoted(attempt):
    process.prepare(attempt, shell("true"))
    (attempt / records.SPEC).write_text("{")
    process.relaunch(attempt)
    with pytest.raises(AgentError, match="ValueError: not JSON"):
        await process.wait(attempt)


async def test_cancelling_the_wait_leaves_the_agent_running(attempt, tmp_path):
    go = tmp_path / "go"
    process.launch(attempt, shell(f"until [ -e {go} ]; do sleep 0.02; done; exit 3"))
    await started(attempt)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await process.wait(attempt)
    assert process.state_of(attempt) is LaunchState.RUNNING
    go.touch()
    assert (await process.wait(attempt)).status == 3


async def test_waiting_leaves_no_descriptor_and_no_zombie(attempts):
    await run(attempts / "T-0", shell("true"))
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 (numbers)
    for number in range(1, 10):
        await run(attempts / f"T-{number}", shell("true"))
    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208
    assert [child for child in procfs.descendants(os.getpid()).values() if child.is_dead] == []


async def test_without_pidfds_the_end_is_seen_too(attempt, monkeypatch):
    def refuse(pid: int) -> int:
        raise OSError("no such system call")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    waiting = asyncio.create_task(process.wait(attempt))
    await asyncio.sleep(0)
    exit_ = await process.stop_and_wait(attempt, "enough")
    assert (exit_.how, await waiting) == ("stopped", exit_)


async def test_other_children_of_ours_are_left_to_those_who_wait_for_them(attempt):
    child = subprocess.Popen(["sh", "-c", "exit 9"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    await run(attempt, shell("true"))
    assert child.wait() == 9


# Lost


async def test_nothing_outlives_a_killed_launcher_once_it_was_waited_for(attempt):
    process.launch(attempt, shell(f"{DAEMON}\nsleep 1000 & sleep 1000"))
    await until(lambda: len(living(attempt)) == 5)
    os.kill(launcher_pid(attempt), signal.SIGKILL)
    exit_ = await process.wait(attempt)
    assert (exit_.status, exit_.how) == (None, "lost")
    assert exit_.message == f"its launcher (pid {launcher_pid(attempt)}) was killed"
    assert exit_.swept > 0
    assert living(attempt) == []


async def test_an_end_that_was_seen_tells_how_long_the_agent_ran(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    waiting = asyncio.create_task(process.wait(attempt))
    await asyncio.sleep(0.3)
    os.kill(launcher_pid(attempt), signal.SIGKILL)
    killed = time.time()
    began = record_of(attempt, records.STARTED)["started_at"]
    assert killed - began - 0.01 <= (await waiting).seconds <= time.time() - began


async def test_an_end_that_nobody_saw_tells_how_long_there_were_signs_of_the_agent(attempt):
    process.launch(attempt, shell("sleep 0.2; echo sign; exec sleep 1000"))
    await started(attempt)
    await until(lambda: printed(attempt))
    os.kill(launcher_pid(attempt), signal.SIGKILL)
    await ended(attempt)
    began = record_of(attempt, records.STARTED)["started_at"]
    sign = (attempt / "out.000.log").stat().st_mtime
    assert (await process.wait(attempt)).seconds == pytest.approx(sign - began)


async def test_an_agent_that_never_ran_is_lost_after_no_time(attempt):
    attempt.mkdir()
    claim_as(attempt, ProcessId(boot_id="another", pid=1, start_time=1))
    assert (await process.wait(attempt)).seconds == 0.0


async def test_an_agent_goes_on_when_the_coordinator_is_killed_and_another_gets_its_end(attempt, tmp_path):
    go = tmp_path / "go"
    coordinator = subprocess.Popen(
        [
            sys.executable,
            "-c",
            """if True:
            import os, sys, signal, pathlib
            from headway.agents import process
            process.launch(pathlib.Path(sys.argv[1]), process.LaunchSpec(
                argv=["sh", "-c", sys.argv[2]], cwd="/", env={"PATH": os.environ["PATH"]}, timeout=60, log_cap=1000))
            signal.pause()
            """,
            str(attempt),
            f"until [ -e {go} ]; do sleep 0.02; done; exit 5",
        ],
        start_new_session=True,
    )
    agent = await started(attempt)
    os.killpg(coordinator.pid, signal.SIGKILL)
    coordinator.wait()
    assert process.process_id(agent) is not None
    go.touch()
    exit_ = await process.wait(attempt)
    assert (exit_.status, exit_.how) == (5, "exited")


# Stopping


async def test_the_reason_for_a_stop_is_told(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    exit_ = await process.stop_and_wait(attempt, "enough")
    assert (exit_.status, exit_.how, exit_.message) == (-signal.SIGTERM, "stopped", "enough")


async def test_the_first_reason_counts(attempt):
    process.launch(attempt, shell("trap '' TERM; sleep 1000 & wait; sleep 1000", stop_grace=0.2))
    await started(attempt)
    process.stop(attempt, "enough")
    assert (await process.stop_and_wait(attempt, "too much")).message == "enough"


async def test_an_attempt_that_was_stopped_before_its_start_never_runs(attempt, tmp_path):
    process.prepare(attempt, shell(f"touch {tmp_path}/ran"))
    process.stop(attempt, "enough")
    process.relaunch(attempt)
    exit_ = await process.wait(attempt)
    assert (exit_.status, exit_.how, exit_.message, exit_.seconds) == (None, "stopped", "enough", 0.0)
    assert not (tmp_path / "ran").exists()


async def test_an_attempt_that_was_never_started_gets_its_record_when_it_is_stopped(attempt, tmp_path):
    process.prepare(attempt, shell(f"touch {tmp_path}/ran"))
    exit_ = await process.stop_and_wait(attempt, "enough")
    assert (exit_.how, exit_.message) == ("stopped", "enough")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("delay", [0.0, 0.004, 0.008, 0.012, 0.016])
async def test_a_stop_while_the_launcher_starts_is_heard(attempt, delay):
    process.launch(attempt, shell("sleep 1000"))
    await asyncio.sleep(delay)
    exit_ = await process.stop_and_wait(attempt, "enough")
    assert (exit_.how, exit_.message) == ("stopped", "enough")


async def test_stopping_after_the_end_changes_nothing(attempt):
    exit_ = await run(attempt, shell("exit 3"))
    assert await process.stop_and_wait(attempt, "enough") == exit_


def test_an_attempt_without_a_directory_cannot_be_stopped(attempt):
    with pytest.raises(AgentError, match=str(attempt)):
        process.stop(attempt, "enough")


async def test_a_long_reason_is_cut(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    exit_ = await process.stop_and_wait(attempt, "\U0001f4a3" * 10_000)
    assert 0 < len(exit_.message) <= 500


async def test_a_launcher_that_is_itself_stopped_ends_in_good_order(attempt):
    process.launch(attempt, shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done"))
    await ready(attempt)
    os.kill(launcher_pid(attempt), signal.SIGSTOP)
    exit_ = await process.stop_and_wait(attempt, "enough")
    assert (exit_.status, exit_.how, exit_.message) == (5, "stopped", "enough")


async def test_a_launcher_that_does_not_come_to_an_end_is_killed_and_everything_with_it(attempt):
    stubborn = f"{DAEMON}\ntrap '' TERM; echo ready; while :; do sleep 0.02; done"
    process.launch(attempt, shell(stubborn, stop_grace=1000.0))
    await ready(attempt)
    exit_ = await process.stop_and_wait(attempt, "enough", within=0.3)
    assert (exit_.status, exit_.how, exit_.message) == (None, "stopped", "enough")
    assert living(attempt) == []


async def test_stopping_one_attempt_leaves_the_others(attempts):
    one, other = attempts / "T-1", attempts / "T-10"
    for directory in (one, other):
        process.launch(directory, shell("sleep 1000 & sleep 1000"))
    await until(lambda: len(living(one)) == len(living(other)) == 4)
    await process.stop_and_wait(one, "enough")
    assert len(living(other)) == 4


# An attempt within an attempt, as when an agent works on Headway itself


def keeps_an_agent(inner) -> process.LaunchSpec:
    """An agent that is a coordinator of its own."""
    source = """if True:
        import os, pathlib, signal, sys
        from headway.agents import process
        process.launch(pathlib.Path(sys.argv[1]), process.LaunchSpec(
            argv=["sh", "-c", sys.argv[2]], cwd="/", env={"PATH": os.environ["PATH"]}, timeout=60, log_cap=1000))
        signal.pause()
    """
    return spec(sys.executable, "-c", source, str(inner), f"{DAEMON}\nsleep 1000")


async def test_an_agent_can_keep_agents_of_its_own_and_they_end_with_it(attempts):
    outer, inner = attempts / "outer", attempts / "inner"
    process.launch(outer, keeps_an_agent(inner))
    await until(lambda: len(living(inner)) == 4)
    await process.stop_and_wait(outer, "enough")
    assert living(outer) == living(inner) == []


async def test_an_agent_within_a_lost_attempt_is_found(attempts):
    outer, inner = attempts / "outer", attempts / "inner"
    process.launch(outer, keeps_an_agent(inner))
    await until(lambda: len(living(inner)) == 4)
    os.kill(launcher_pid(outer), signal.SIGKILL)
    assert (await process.wait(outer)).how == "lost"
    assert living(outer) == living(inner) == []
