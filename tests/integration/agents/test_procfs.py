"""Processes as /proc shows them, and signals that hit the one that was meant."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from headway.agents import procfs
from tests.integration.agents.launching import until


@pytest.fixture
def sleeper():
    with subprocess.Popen(["sleep", "1000"]) as child:
        yield child
        child.kill()


def found(pid: int) -> procfs.Stat:
    process = procfs.stat(pid)
    assert process is not None
    return process


def test_we_find_ourselves():
    me = found(os.getpid())
    assert (me.pid, me.parent, me.is_dead) == (os.getpid(), os.getppid(), False)


@pytest.mark.parametrize("name", ["a b", "x) R 1 1 (", ") Z 1", "\udcff"])
def test_a_process_may_have_any_name(tmp_path, name):
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "1000"]) as child:
        assert (found(child.pid).parent, found(child.pid).is_dead) == (os.getpid(), False)
        child.kill()


def test_nobody_is_none():
    child = subprocess.Popen(["true"])
    child.wait()
    assert procfs.stat(child.pid) is None
    assert procfs.descendants(child.pid) == {}
    assert procfs.read_or_nothing(child.pid, "limits") == b""


async def test_cpu_time_is_counted_with_that_of_children_that_were_waited_for():
    source = "import os, time\nwhile time.process_time() < 0.2: pass\n"
    burn = [sys.executable, "-c", source]
    with subprocess.Popen(["sh", "-c", '"$@"; read line', "sh", *burn], stdin=subprocess.PIPE) as shell:
        await until(lambda: found(shell.pid).children_ticks > 0.15 * procfs.TICKS)  # whole ticks only
        shell.communicate()


@pytest.mark.parametrize("knows_children", [True, False])
async def test_all_descendants_are_found(monkeypatch, knows_children):
    if not knows_children:
        monkeypatch.setattr(procfs.os.path, "exists", lambda path: False)
    with subprocess.Popen(["sh", "-c", "setsid sh -c 'sleep 1000 & sleep 1000 & wait' & wait"]) as child:
        tree = await until(lambda: (t := procfs.descendants(child.pid)) and len(t) == 3 and t)
        assert child.pid not in tree
        assert set(tree) <= set(procfs.pids())
        assert set(tree) < set(procfs.descendants(os.getpid()))
        for process in [*tree.values(), found(child.pid)]:
            procfs.send(process.pid, process.start_time, signal.SIGKILL)


async def test_a_child_of_another_thread_is_found():
    source = """if True:
        import subprocess, sys, threading, time
        threading.Thread(target=lambda: subprocess.run(["sleep", "1000"])).start()
        time.sleep(1000)
    """
    with subprocess.Popen([sys.executable, "-c", source]) as child:
        tree = await until(lambda: procfs.descendants(child.pid))
        for process in [*tree.values(), found(child.pid)]:
            procfs.send(process.pid, process.start_time, signal.SIGKILL)


def test_a_signal_reaches_the_process_that_was_meant(sleeper):
    assert procfs.send(sleeper.pid, found(sleeper.pid).start_time, signal.SIGTERM) is True
    assert sleeper.wait() == -signal.SIGTERM


def test_a_signal_for_an_earlier_process_with_the_same_pid_reaches_nobody(sleeper):
    assert procfs.send(sleeper.pid, found(sleeper.pid).start_time - 1, signal.SIGKILL) is False
    assert sleeper.poll() is None


def test_a_signal_for_a_process_that_has_ended_reaches_nobody():
    child = subprocess.Popen(["true"])
    child.wait()
    assert procfs.send(child.pid, 1, signal.SIGKILL) is False


def test_without_pidfds_signals_reach_whom_they_should(sleeper, monkeypatch):
    def refuse(pid: int) -> int:
        raise OSError("no such system call")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    start_time = found(sleeper.pid).start_time
    assert procfs.send(sleeper.pid, start_time - 1, signal.SIGKILL) is False
    assert procfs.send(sleeper.pid, start_time, signal.SIGKILL) is True


def test_signals_leave_no_descriptor(sleeper):
    before = len(list(Path("/proc/self/fd").iterdir()))
    start_time = found(sleeper.pid).start_time
    for wrong in (0, 1):
        procfs.send(sleeper.pid, start_time + wrong, 0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_boot_has_a_name():
    assert len(procfs.boot_id()) == 36
