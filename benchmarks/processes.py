"""Processes as ``/proc`` shows them: which belong to a benchmark, what they use, how they are ended.

One belongs to a benchmark when its environment, its working directory or its command line names the benchmark's
own temporary folder, whose name nobody else has. Nothing else is ever ended.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process of this boot, never mistaken for another that has its pid later."""

    pid: int
    #: Clock ticks after boot.
    start_time: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cpu:
    """CPU seconds that a process used."""

    own: float
    #: Of its children that it waited for, and of theirs.
    children: float


def find(pid: int) -> Process | None:
    """The process that has this pid now, unless it is dead."""
    fields = _stat(pid)
    if fields is None or fields[0] in "ZX":
        return None
    return Process(pid=pid, start_time=int(fields[19]))


def is_alive(process: Process) -> bool:
    """Whether this very process still runs."""
    return find(process.pid) == process


def cpu(pid: int) -> Cpu:
    """CPU seconds so far; also of one that has ended and was not waited for. Raises ProcessLookupError."""
    fields = _stat(pid)
    if fields is None:
        raise ProcessLookupError(pid)
    own, children = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return Cpu(own=own / TICKS, children=children / TICKS)


def peak_memory(pid: int) -> int:
    """Greatest resident size so far, in bytes; 0 once it has ended."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def belonging_to(folder: Path) -> list[Process]:
    """Living processes of a benchmark's folder, without the caller and those that it descends from."""
    needle = os.fsencode(folder)
    ours = set(_ancestors(os.getpid()))
    found = []
    for path in Path("/proc").iterdir():
        pid = int(path.name) if path.name.isdecimal() else 0
        if not pid or pid in ours or not _names(pid, needle):
            continue
        process = find(pid)
        if process is not None:
            found.append(process)
    return found


def kill(process: Process) -> bool:
    """SIGKILL to exactly this process; whether it was still there."""
    try:
        fd = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        if not is_alive(process):
            return False
        signal.pidfd_send_signal(fd, signal.SIGKILL)
    except ProcessLookupError:
        return False
    finally:
        os.close(fd)
    return True


def end_all(folder: Path, patience: float = 10.0) -> int:
    """SIGKILL to everything that belongs to a benchmark's folder until nothing is left; how many there were."""
    killed: set[Process] = set()
    until = time.monotonic() + patience
    while left := belonging_to(folder):
        killed.update(each for each in left if kill(each))
        if time.monotonic() > until:
            raise RuntimeError(f"SIGKILL did not end {', '.join(str(each.pid) for each in left)}")
        time.sleep(0.002)
    return len(killed)


def describe(process: Process) -> str:
    """For a person: its pid and its command."""
    words = _read(process.pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
    return f"{process.pid} ({words[:160]})"


def _names(pid: int, needle: bytes) -> bool:
    if needle in _read(pid, "environ") or needle in _read(pid, "cmdline"):
        return True
    try:
        return os.fsencode(Path(f"/proc/{pid}/cwd").readlink()).startswith(needle)
    except OSError:
        return False


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 0:
        yield pid
        fields = _stat(pid)
        pid = int(fields[1]) if fields else 0


def _stat(pid: int) -> list[str] | None:
    data = _read(pid, "stat")
    # The name between the parentheses may hold blanks, parentheses and any other byte.
    return data[data.rindex(b")") + 2 :].decode().split() if data else None


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
