"""Processes as ``/proc`` shows them, and signals that never hit another process than the one that was meant.

A pid is used again; (boot id, pid, start time) is not. The launcher imports this, so it imports little. Not for:
which processes belong to an attempt (:mod:`.sweep`), what is done with them.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator
else:
    try:
        # The C half: signal.py adds enums to it, which cost a launcher 4 ms and 0.7 MiB.
        import _signal as signal
    except ImportError:
        import signal

#: Clock ticks a second, the unit of times in ``/proc/PID/stat``.
TICKS = os.sysconf("SC_CLK_TCK")


class Stat:
    """One reading of ``/proc/PID/stat``."""

    __slots__ = ("children_ticks", "parent", "pid", "start_time", "state", "ticks")

    def __init__(self, pid: int, fields: list[bytes]) -> None:
        self.pid = pid
        #: One letter: ``R``, ``S``, ``D``, ``T``, ``Z``, ``X``, …
        self.state = fields[0].decode()
        self.parent = int(fields[1])
        #: CPU time used, in ticks.
        self.ticks = int(fields[11]) + int(fields[12])
        #: CPU time of children that it waited for, in ticks.
        self.children_ticks = int(fields[13]) + int(fields[14])
        #: Ticks after boot.
        self.start_time = int(fields[19])

    @property
    def is_dead(self) -> bool:
        """Whether it runs no more, though its parent may not have asked for its status yet."""
        return self.state in "ZX"


def boot_id() -> str:
    """The kernel's name for this boot. Raises OSError where there is no ``/proc``."""
    return _read("/proc/sys/kernel/random/boot_id").decode().strip()


def stat(pid: int) -> Stat | None:
    """The process with this pid, if there is one."""
    try:
        data = _read(f"/proc/{pid}/stat")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name between the parentheses may hold blanks, parentheses and any other byte.
    return Stat(pid, data[data.rindex(b")") + 2 :].split())


def pids() -> Iterator[int]:
    """Every process that is shown to us."""
    for name in os.listdir("/proc"):
        if name.isdecimal():
            yield int(name)


def descendants(root: int) -> dict[int, Stat]:
    """Everything that descends from ``root``, without itself, dead ones that nobody waited for included.

    One look while they run: one that is born or handed to another parent meanwhile may be missing. Who needs
    all of them looks again until there is none.
    """
    of = _children if os.path.exists(f"/proc/self/task/{os.getpid()}/children") else _family()
    found: dict[int, Stat] = {}
    parents = [root]
    while parents:
        for pid in of(parents.pop()):
            if pid not in found and (process := stat(pid)) is not None:
                found[pid] = process
                parents.append(pid)
    return found


def send(pid: int, start_time: int, number: int) -> bool:
    """Send a signal to the process that began at ``start_time``; whether it was still there.

    Raises PermissionError. The pidfd is what makes it safe: it is opened first, so that once the start time was
    right it cannot come to mean another process.
    """
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    except (AttributeError, OSError):
        fd = -1  # a kernel before 5.3, or a sandbox that forbids the call
    try:
        process = stat(pid)
        if process is None or process.start_time != start_time:
            return False
        if fd >= 0:
            signal.pidfd_send_signal(fd, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return False
    finally:
        if fd >= 0:
            os.close(fd)
    return True


def read_or_nothing(pid: int, name: str) -> bytes:
    """A file of ``/proc/PID``; nothing where the process has ended or hides it from us."""
    try:
        return _read(f"/proc/{pid}/{name}")
    except OSError:
        return b""


def _children(pid: int) -> list[int]:
    # A file for each thread: a child belongs to the thread that forked it.
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    except (FileNotFoundError, ProcessLookupError):
        pass  # it ended while we looked; its children have another parent now
    return found


def _family() -> Callable[[int], list[int]]:
    # A kernel without CONFIG_PROC_CHILDREN: everybody is asked for their parent.
    children: dict[int, list[int]] = {}
    for pid in pids():
        process = stat(pid)
        if process is not None:
            children.setdefault(process.parent, []).append(pid)
    return lambda pid: children.get(pid, [])


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(fd, 65536)
        while more := os.read(fd, 65536):
            data += more
        return data
    finally:
        os.close(fd)
