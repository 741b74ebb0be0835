"""An agent from its start to its end: its time, its output, and that nothing which it started is left."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from headway.agents import process, procfs, records
from headway.agents.segments import head_size, tail_size
from tests.integration.agents.launching import (
    ended,
    is_settled,
    launcher_pid,
    living,
    printed,
    python,
    ready,
    record_of,
    run,
    shell,
    spec,
    started,
    until,
)

#: A process that leaves its parent, its session and its environment, as daemons do.
DAEMON = "setsid nohup env -i sleep 1000 >/dev/null 2>&1 </dev/null &"


async def test_an_agent_that_hangs_is_ended_at_its_time_limit(attempt):
    exit_ = await run(attempt, shell("sleep 1000", timeout=0.2))
    assert (exit_.status, exit_.how, exit_.message) == (-signal.SIGTERM, "timeout", "its time limit of 0.2 s")
    assert exit_.seconds >= 0.2


async def test_the_status_of_one_that_obeys_is_its_own(attempt):
    process.launch(attempt, shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"))
    await ready(attempt)
    assert (await process.stop_and_wait(attempt, "enough")).status == 5


async def test_an_agent_that_ignores_sigterm_is_killed_after_the_grace(attempt):
    process.launch(attempt, shell("trap '' TERM; echo ready; while :; do sleep 0.01; done", stop_grace=0.2))
    await ready(attempt)
    assert (await process.stop_and_wait(attempt, "enough")).status == -signal.SIGKILL


async def test_an_agent_that_is_stopped_is_ended_at_its_time_limit(attempt):
    exit_ = await run(attempt, shell("kill -STOP $$", timeout=0.3, stop_grace=60.0))
    assert (exit_.status, exit_.how) == (-signal.SIGTERM, "timeout")


async def test_a_descendant_that_is_stopped_does_not_stay(attempt):
    exit_ = await run(attempt, shell("sleep 1000 & kill -STOP $!; exit 0"))
    assert (exit_.how, exit_.swept, living(attempt)) == ("exited", 1, [])


@pytest.mark.parametrize(
    "daemon",
    [
        pytest.param("sleep 1000 &", id="background"),
        pytest.param("setsid sleep 1000 &", id="session"),
        pytest.param("nohup sleep 1000 >/dev/null 2>&1 </dev/null &", id="nohup"),
        pytest.param("env -i sleep 1000 &", id="environment"),
        pytest.param("(setsid sh -c 'setsid sleep 1000 & exit' &)", id="orphan"),
        pytest.param(DAEMON, id="daemon"),
        pytest.param("cd /; (trap '' HUP TERM INT; exec setsid sleep 1000) &", id="stubborn"),
    ],
)
async def test_what_the_agent_leaves_behind_is_ended_and_counted(attempt, daemon, gate):
    process.launch(attempt, shell(f"{daemon}\nread line <{gate.path}; exit 7"))
    await until(lambda: is_settled(attempt))
    gate.open()
    exit_ = await process.wait(attempt)
    assert (exit_.status, exit_.how, exit_.swept) == (7, "exited", 1)
    assert living(attempt) == []


async def test_a_daemon_is_ended_with_an_agent_that_is_stopped(attempt):
    process.launch(attempt, shell(f"{DAEMON}\nsleep 1000"))
    await until(lambda: len(living(attempt)) == 4)  # launcher, shell, sleep, daemon
    await process.stop_and_wait(attempt, "enough")
    assert living(attempt) == []


async def test_a_descendant_of_another_process_group_gets_sigterm_before_sigkill(attempt, tmp_path):
    told, ready = tmp_path / "told", tmp_path / "ready"
    await run(
        attempt,
        shell(f"""
            setsid sh -c 'trap "echo bye >{told}; exit" TERM; touch {ready}; while :; do sleep 0.01; done' &
            until [ -e {ready} ]; do sleep 0.01; done
        """),
    )
    assert told.read_text() == "bye\n"


async def test_a_tree_of_processes_that_ignore_sigterm_is_ended(attempt):
    exit_ = await run(
        attempt,
        python(
            """
            import os, signal, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            agent = os.getpid()
            seen, told = os.pipe()
            for _ in range(7):  # 2 ** 7 processes
                if os.fork() == 0:
                    os.setsid()
            if os.getpid() == agent:
                for _ in range(127):
                    os.read(seen, 1)
                os._exit(0)
            os.write(told, b".")
            time.sleep(1000)
            """,
        ),
    )
    assert (exit_.status, exit_.swept, living(attempt)) == (0, 127, [])


async def test_a_process_that_forks_and_ends_again_and_again_is_caught(attempt):
    exit_ = await run(
        attempt,
        python("""
            import os, signal
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if os.fork() == 0:
                while True:
                    os.setsid()
                    if os.fork() != 0:
                        os._exit(0)
        """),
    )
    assert exit_.how == "exited"
    assert living(attempt) == []


async def test_a_child_that_holds_the_pipe_delays_nothing(attempt, tmp_path):
    told = tmp_path / "told"
    wait = f"until [ -e {told} ]; do sleep 0.01; done"
    exit_ = await run(attempt, shell(f"(echo late; touch {told}; exec sleep 1000) & {wait}; echo done"))
    assert (exit_.status, exit_.swept) == (0, 1)
    assert sorted(printed(attempt).split()) == [b"done", b"late"]


async def test_a_stranger_that_holds_the_pipe_delays_nothing(attempt, gate):
    """A pipe can be handed to a process that the agent did not start, through a socket or by root."""
    process.launch(attempt, shell(f"echo one; read line <{gate.path}; echo two"))
    agent = await started(attempt)
    with Path(f"/proc/{agent}/fd/1").open("wb", buffering=0) as held:
        gate.open()
        exit_ = await process.wait(attempt)
        assert exit_.how == "exited"
        with pytest.raises(BrokenPipeError):
            held.write(b"three\n")
    assert printed(attempt) == b"one\ntwo\n"


async def test_the_two_streams_are_kept_apart(attempt):
    await run(attempt, shell("echo out; echo err >&2"))
    assert (printed(attempt, "out"), printed(attempt, "err")) == (b"out\n", b"err\n")


async def test_output_is_kept_byte_by_byte(attempt):
    await run(attempt, python("import os; os.write(1, bytes(range(256)) * 100)"))
    assert printed(attempt) == bytes(range(256)) * 100


async def test_what_was_printed_just_before_the_end_is_kept(attempt):
    await run(attempt, python("import os; os.write(1, b'x' * 60_000); os.kill(os.getpid(), 9)"))
    assert len(printed(attempt)) == 60_000


async def test_an_agent_that_closes_its_output_goes_on_and_costs_nothing(attempt, tmp_path):
    go = tmp_path / "go"
    process.launch(attempt, shell(f"exec >&- 2>&-; until [ -e {go} ]; do sleep 0.05; done; exit 6"))
    await started(attempt)
    await asyncio.sleep(0.5)
    used = procfs.stat(launcher_pid(attempt))
    go.touch()
    assert (await process.wait(attempt)).status == 6
    assert used is not None
    assert used.ticks / procfs.TICKS < 0.3  # a launcher that spins has used all of the time


@pytest.mark.parametrize("stream", ["out", "err"])
async def test_a_flood_keeps_head_and_tail_within_the_cap_and_the_launcher_small(attempt, stream, tmp_path):
    cap, size, done, go = 1 << 20, 1 << 30, tmp_path / "done", tmp_path / "go"
    process.launch(
        attempt,
        python(
            """
            import os, sys, time
            stream, size, done, go = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
            block = b"x" * 65535 + b"\\n"
            os.write(stream, b"first\\n")
            for _ in range(size // len(block)):
                os.write(stream, block)
            os.write(stream, b"last\\n")
            open(done, "w").close()
            while not os.path.exists(go):
                time.sleep(0.01)
            """,
            "1" if stream == "out" else "2",
            str(size),
            str(done),
            str(go),
            log_cap=cap,
        ),
    )
    await until(done.exists)
    peak = _peak_memory(launcher_pid(attempt))
    go.touch()
    assert (await process.wait(attempt)).status == 0
    kept = printed(attempt, stream)
    assert head_size(cap) + tail_size(cap) <= len(kept) <= cap
    assert (kept[:6], kept[-5:]) == (b"first\n", b"last\n")
    told = record_of(attempt)["output"][stream]
    assert told == {"bytes": size + 11, "dropped": size + 11 - len(kept)}
    assert peak < 32 << 20


async def test_a_flood_does_not_keep_an_agent_from_its_time_limit(attempt):
    exit_ = await run(attempt, shell("yes & yes >&2", timeout=0.3, stop_grace=1.0))
    assert (exit_.how, living(attempt)) == ("timeout", [])


async def test_a_request_whose_asker_died_before_the_signal_is_found(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    records.create(str(attempt / records.STOP), {"reason": "enough"})
    exit_ = await process.wait(attempt)
    assert (exit_.how, exit_.message) == ("stopped", "enough")


async def test_a_request_that_cannot_be_read_is_a_request(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    (attempt / records.STOP).mkdir()
    process.stop(attempt, "enough")
    exit_ = await process.wait(attempt)
    assert exit_.how == "stopped"
    assert str(attempt / records.STOP) in exit_.message


async def test_sigterm_to_the_launcher_ends_the_agent_with_everything(attempt):
    process.launch(attempt, shell(f"{DAEMON}\nsleep 1000"))
    await until(lambda: len(living(attempt)) == 4)
    os.kill(launcher_pid(attempt), signal.SIGTERM)
    exit_ = await process.wait(attempt)
    assert (exit_.how, exit_.message) == ("stopped", "SIGTERM to its launcher")
    assert living(attempt) == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
async def test_a_terminal_that_is_closed_or_interrupted_is_no_reason_to_end(attempt, number, tmp_path):
    go = tmp_path / "go"
    process.launch(attempt, shell(f"until [ -e {go} ]; do sleep 0.02; done; exit 6"))
    await started(attempt)
    os.kill(launcher_pid(attempt), number)
    go.touch()
    assert (await process.wait(attempt)).status == 6


async def test_an_agent_killed_from_outside_is_told_and_its_children_are_ended(attempt):
    process.launch(attempt, shell("sleep 1000 & sleep 1000"))
    await until(lambda: len(living(attempt)) == 4)
    os.kill(await started(attempt), signal.SIGKILL)
    exit_ = await process.wait(attempt)
    assert (exit_.status, exit_.how, exit_.swept) == (-signal.SIGKILL, "exited", 2)


async def test_what_it_used_is_told(attempt):
    exit_ = await run(
        attempt,
        python("""
            import subprocess, sys, time
            memory = bytearray(64 << 20)
            while time.process_time() < 0.3: pass
            subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.3: pass"])
        """),
    )
    assert exit_.cpu_seconds >= 0.6
    assert 64 << 20 <= exit_.peak_memory < 1 << 30
    assert exit_.seconds > 0


async def test_an_agent_that_removes_its_attempts_directory_still_gets_its_end_told(attempt):
    process.launch(attempt, shell("sleep 0.1; rm -rf $HEADWAY_ATTEMPT_DIR; exit 3"))
    await started(attempt)
    exit_ = await process.wait(attempt)
    assert (exit_.status, exit_.how) == (3, "exited")
    assert process.state_of(attempt) is process.LaunchState.ENDED


async def test_an_agent_that_writes_its_own_end_is_not_believed(attempt, gate):
    end = '{"status": 0, "how": "exited", "seconds": 0, "cpu_seconds": 0, "peak_memory": 0, "swept": 0, "message": ""}'
    plant = f"echo '{end}' >$HEADWAY_ATTEMPT_DIR/exit.json"
    process.launch(attempt, shell(f"{plant}; echo ready; read line <{gate.path}; exit 3"))
    await ready(attempt)
    assert process.state_of(attempt) is process.LaunchState.RUNNING
    gate.open()
    assert (await process.wait(attempt)).status == 3


async def test_an_agent_that_plants_pipes_and_folders_does_not_hold_its_launcher(attempt):
    planted = "exit.reserve out.001.log started.json"
    exit_ = await run(
        attempt,
        shell(f"""
            cd $HEADWAY_ATTEMPT_DIR
            for name in {planted}; do rm -f $name; mkfifo $name; done
            mkdir exit.json
            head -c 600000 /dev/zero
            exit 3
        """),
    )
    assert (exit_.status, exit_.how) == (3, "exited")
    assert "out.001.log" in exit_.message


async def test_nothing_but_the_records_is_left_in_the_directory(attempt):
    await run(attempt, shell("echo"))
    assert sorted(file.name for file in attempt.iterdir()) == [
        "claim.json",
        "err.000.log",
        "exit.json",
        "launcher.log",
        "out.000.log",
        "spec.json",
        "started.json",
    ]
    assert (attempt / "launcher.log").read_bytes() == b""


async def test_the_records_are_for_the_user_alone(attempt):
    await run(attempt, shell("echo"))
    assert attempt.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in attempt.iterdir()} == {0o600}


async def test_many_at_once_are_each_kept(attempts):
    directories = [attempts / f"T-{number}" for number in range(42)]
    for number, directory in enumerate(directories):
        process.launch(directory, spec("sh", "-c", f"{DAEMON}\nsleep 0.2; exit {number}"))
    exits = await asyncio.gather(*map(process.wait, directories))
    assert [exit_.status for exit_ in exits] == list(range(42))
    assert {exit_.swept for exit_ in exits} == {1}
    for directory in directories:
        await ended(directory)


def _peak_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
