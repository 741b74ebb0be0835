"""One short-lived child process: its output, its end, bounded in time. Not for: agents, which outlive us.

asyncio's own subprocesses cost 0.5 ms of this process's CPU each (pipes, transports, before Python 3.12 a
thread), this 0.17 ms: output goes to memory files that are read once the child is gone, and one descriptor
says when that is. Landing a ticket takes a dozen children, so it counts.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

#: How long a child may take to clean up after SIGTERM (git removes its lock files), in seconds.
GRACE = 2.0

#: Named once: 64 enum members are made anew each time that Python is asked for them.
_HANDLED = frozenset(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})


@dataclass(frozen=True, slots=True)
class Ran:
    """How a child ended, and what it wrote."""

    #: Exit status; minus the signal's number where one ended it; None where its time was up.
    status: int | None
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output without the line break at its end; bytes that are no UTF-8 as surrogates."""
        return self.out.decode("utf-8", "surrogateescape").removesuffix("\n")


async def run_child(
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    stdin: bytes | None = None,
    timeout: float,
    hold: int | None = None,
) -> Ran:
    """Run ``argv`` (the first is a path) in a process group of its own and wait for its end.

    Its group is ended when ``timeout`` seconds are over or the wait is cancelled. ``hold`` is a descriptor
    that it keeps open as its number 3: a lock that is held for as long as it lives, even where we are killed.
    Raises OSError where it cannot be started.
    """
    out, err = _memory("out"), _memory("err")
    given = None if stdin is None else _memory("in")
    try:
        actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = []
        if given is None:
            actions.append((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0))
        else:
            _fill(given, stdin or b"")
            actions.append((os.POSIX_SPAWN_DUP2, given, 0))
        actions += [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
        if hold is not None:
            actions.append((os.POSIX_SPAWN_DUP2, hold, 3))
        pid = os.posix_spawn(  # noqa: ASYNC221 (0.3 ms)
            argv[0],
            list(argv),
            env,
            file_actions=actions,
            setpgroup=0,
            setsigmask=(),
            setsigdef=_HANDLED,
        )
        status = await _wait(pid, timeout)
        return Ran(status, _content(out), _content(err))
    finally:
        for fd in (out, err, given):
            if fd is not None:
                os.close(fd)


async def _wait(pid: int, timeout: float) -> int | None:
    """The exit status, or None where the time was up. The child is gone afterwards, whatever happens."""
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    pidfd = -1
    by_itself = timed_out = False
    try:
        pidfd = os.pidfd_open(pid)
        loop.add_reader(pidfd, gone.set)
        try:
            async with asyncio.timeout(timeout):
                await gone.wait()
            by_itself = True
        except TimeoutError:
            timed_out = True
            await _terminate(pid, gone)
    except asyncio.CancelledError:
        await _terminate(pid, gone)
        raise
    finally:
        if pidfd >= 0:
            loop.remove_reader(pidfd)
            os.close(pidfd)
        if not by_itself:
            # Its group may hold more than itself, a filter's process. Before waitpid its id is nobody else's.
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)  # noqa: ASYNC222 (it has ended, or was just killed)
    return None if timed_out else os.waitstatus_to_exitcode(status)


async def _terminate(pid: int, gone: asyncio.Event) -> None:
    """Ask the group to end, and give it a moment to clean up."""
    os.killpg(pid, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await gone.wait()


def _memory(name: str) -> int:
    """A file in memory. Its number is none of a child's own, even if we were started without 0, 1 and 2."""
    fd = os.memfd_create(f"headway-{name}", os.MFD_CLOEXEC)
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    finally:
        os.close(fd)


def _fill(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)


def _content(fd: int) -> bytes:
    size = os.fstat(fd).st_size
    parts: list[bytes] = []
    read = 0
    while read < size and (part := os.pread(fd, size - read, read)):
        parts.append(part)
        read += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
