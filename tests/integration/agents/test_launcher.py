"""One launcher: that it is the only one, that it costs little, and that a full disk does not silence it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from headway.agents import process, records
from headway.agents.process import LaunchState
from headway.errors import AgentError
from tests.integration.agents.launching import (
    LAUNCHER,
    end_all,
    ended,
    launcher_pid,
    printed,
    record_of,
    run,
    shell,
    start_launcher,
    started,
    until,
)

#: Modules that would each cost 42 launchers some milliseconds and some hundred KiB.
DEAR = {
    "asyncio",
    "contextlib",
    "enum",
    "json",
    "pathlib",
    "re",
    "signal",
    "subprocess",
    "tempfile",
    "typing",
}


@pytest.mark.parametrize("number", [2, 10])
async def test_of_launchers_that_race_for_an_attempt_one_runs_the_agent(attempt, number, tmp_path):
    process.prepare(attempt, shell(f"echo run >>{tmp_path}/runs; sleep 0.3; exit 3"))
    launchers = [start_launcher(attempt) for _ in range(number)]
    exit_ = await process.wait(attempt)
    told = [launcher.communicate()[1] for launcher in launchers]
    assert exit_.status == 3
    assert (tmp_path / "runs").read_text() == "run\n"
    assert sorted(launcher.returncode for launcher in launchers) == [0] + [records.CLAIMED_BY_ANOTHER] * (
        number - 1
    )
    assert set(told) == {b""}
    assert [file.name for file in attempt.iterdir() if "tmp" in file.name] == []


async def test_the_claim_names_the_launcher_that_won(attempt):
    process.prepare(attempt, shell("sleep 1000"))
    launchers = [start_launcher(attempt) for _ in range(3)]
    await started(attempt)
    winner = launcher_pid(attempt)
    await process.stop_and_wait(attempt, "enough")
    for launcher in launchers:
        launcher.communicate()
    assert [launcher.pid for launcher in launchers if launcher.returncode == 0] == [winner]


async def test_a_launcher_after_the_end_runs_nothing(attempt, tmp_path):
    await run(attempt, shell(f"echo run >>{tmp_path}/runs"))
    before = record_of(attempt)
    launcher = start_launcher(attempt)
    launcher.communicate()
    assert launcher.returncode == records.CLAIMED_BY_ANOTHER
    assert record_of(attempt) == before
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_launcher_without_a_directory_says_so(tmp_path):
    launcher = start_launcher(tmp_path / "gone")
    assert b"FileNotFoundError" in launcher.communicate()[1]
    assert launcher.returncode == 1


async def test_a_specification_that_lacks_something_ends_the_attempt_and_says_so(attempt):
    attempt.mkdir()
    records.write(str(attempt / records.SPEC), {"argv": ["true"]})
    process.relaunch(attempt)
    exit_ = await process.wait(attempt)
    assert (exit_.how, exit_.message) == ("lost", "its launcher failed: KeyError('log_cap')")
    assert "Traceback" in (attempt / "launcher.log").read_text()


async def test_it_inherits_no_descriptor(attempt, gate):
    process.prepare(attempt, shell(f"read line <{gate.path}; exec ls /proc/$PPID/fd"))
    held, other = os.pipe()
    launcher = start_launcher(attempt, pass_fds=[held, other])
    os.close(held)
    os.close(other)
    await started(attempt)
    gate.open()
    launcher.communicate()
    numbers = printed(attempt).split()
    # Standard streams, two for signals, an output file and a pipe for either stream.
    assert len(numbers) == 9


async def test_it_runs_in_a_session_of_its_own(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    pid = launcher_pid(attempt)
    assert os.getsid(pid) == os.getpgid(pid) == pid != os.getsid(0)


def test_it_imports_little(attempt):
    process.prepare(attempt, shell("true"))
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "importtime", LAUNCHER, str(attempt)],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    modules = {line.split("|")[2].strip() for line in told.splitlines() if line.startswith("import time:")}
    assert "headway.agents.supervisor" in modules
    assert modules & DEAR == set()
    assert {module for module in modules if module.startswith("headway.") and "agents" not in module} == set()


async def test_it_has_little_memory_of_its_own(attempt):
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    rollup = Path(f"/proc/{launcher_pid(attempt)}/smaps_rollup").read_text()
    private = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))
    assert private < 8 * 1024  # KiB


async def test_any_directory_of_python_files_will_do(attempt, tmp_path):
    """Nothing but its own folder is read: no site-packages, no environment, no current directory."""
    (tmp_path / "select.py").write_text("raise SystemExit('the wrong one')")
    process.prepare(attempt, shell("exit 3"))
    subprocess.run(
        [sys.executable, "-I", "-S", LAUNCHER, str(attempt)],
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere"},
    )
    assert record_of(attempt)["status"] == 3


# A disk that is full


@pytest.fixture
def disk(attempts):
    """A file system of 256 KiB."""
    path = attempts / "disk"
    path.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", str(path)],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small file system cannot be mounted here: {error}")
    yield path
    end_all(path)
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(disk, *, leaving: int = 0):
    """Fill a disk but for so many bytes; what fills it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(file.tell() - leaving)
    return filler


def test_on_a_full_disk_an_attempt_cannot_be_prepared(disk):
    fill(disk)
    with pytest.raises(AgentError, match="No space left on device") as caught:
        process.prepare(disk / "T-1", shell("true"))
    assert "space" in caught.value.mend


async def test_on_a_full_disk_no_launcher_claims(disk):
    process.prepare(disk / "T-1", shell("true"))
    filler = fill(disk)
    process.relaunch(disk / "T-1")
    with pytest.raises(AgentError, match="no launcher claims it"):
        await process.wait(disk / "T-1")
    filler.unlink()
    process.relaunch(disk / "T-1")
    assert (await process.wait(disk / "T-1")).status == 0


async def test_a_disk_that_is_full_meanwhile_costs_output_but_not_the_end(disk):
    attempt = disk / "T-1"
    exit_ = await run(attempt, shell(f"echo first; cat /dev/zero >{disk}/filler; echo second; exit 3"))
    assert (exit_.status, exit_.how) == (3, "exited")
    assert "No space left on device" in exit_.message
    assert process.state_of(attempt) is LaunchState.ENDED


async def test_output_goes_on_when_there_is_room_again(disk, tmp_path):
    attempt, filled, go = disk / "T-1", tmp_path / "filled", tmp_path / "go"
    much = 200_000  # more than the pipe holds: once it is printed, some of it was found to have no room
    process.launch(
        attempt,
        shell(f"""
            cat /dev/zero >{disk}/filler 2>/dev/null; head -c {much} /dev/zero; touch {filled}
            until [ -e {go} ]; do sleep 0.02; done
            echo last; exit 3
        """),
    )
    await until(filled.exists)
    (disk / "filler").unlink()
    go.touch()
    exit_ = await process.wait(attempt)
    assert printed(attempt).endswith(b"last\n")
    assert 0 < record_of(attempt)["output"]["out"]["dropped"] <= much
    assert "stdout could not be kept" in exit_.message


async def test_an_end_that_could_not_be_written_is_written_when_there_is_room(disk):
    attempt = disk / "T-1"
    process.prepare(attempt, shell("exit 3"))
    filler = fill(disk, leaving=4096)  # enough for the claim, too little for the reserve
    process.relaunch(attempt)
    await until(lambda: process.state_of(attempt) is LaunchState.RUNNING)
    waiting = asyncio.create_task(process.wait(attempt))
    await asyncio.sleep(0.2)
    assert not (attempt / records.EXIT).exists()
    filler.unlink()
    assert (await waiting).status == 3
    await ended(attempt)


async def test_an_attempt_that_is_lost_on_a_full_disk_is_written_down_in_the_reserve(disk):
    attempt = disk / "T-1"
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    fill(disk)
    os.kill(launcher_pid(attempt), signal.SIGKILL)
    assert (await process.wait(attempt)).how == "lost"
    assert process.state_of(attempt) is LaunchState.ENDED


async def test_a_stop_that_cannot_be_written_down_is_an_error(disk):
    attempt = disk / "T-1"
    process.launch(attempt, shell("sleep 1000"))
    await started(attempt)
    filler = fill(disk)
    with pytest.raises(AgentError, match="No space left on device"):
        process.stop(attempt, "enough")
    filler.unlink()
    assert (await process.stop_and_wait(attempt, "enough")).how == "stopped"
