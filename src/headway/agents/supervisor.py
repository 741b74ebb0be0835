"""One agent from its start to its end: its process, its output, its time, and everything that it leaves behind.

It runs inside the launcher, so it imports little. Not for: which launcher may run the agent and how its end is
written down (:mod:`.launcher`), where output is kept (:mod:`.segments`), how a process is made (:mod:`.spawn`).
"""

from __future__ import annotations

import os
import resource
import select
import time

from headway.agents import procfs, records
from headway.agents.segments import STREAMS, SegmentWriter
from headway.agents.spawn import Unstartable, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence
    from typing import Any
else:
    from headway.agents.procfs import signal

#: How often it looks for a request to stop, in seconds. Who asks also sends SIGTERM, which wakes it at once; this
#: is for an asker that died in between. 42 launchers that look every second would use 0.6 % of a core.
LOOK_EVERY = 5.0

#: What an agent left behind has this long between SIGTERM and SIGKILL, in seconds.
LEFT_BEHIND_GRACE = 1.0

#: How long processes that SIGKILL does not end are waited for, in seconds. Such a one hangs inside the kernel (a
#: dead network file system) and never again runs an instruction of its own, or belongs to another user (sudo).
KILL_PATIENCE = 10.0

#: How long output is taken in after everything has ended, in seconds: a process that is not ours may hold the pipe.
DRAIN_PATIENCE = 1.0

#: Bytes taken from a pipe at once: what a pipe holds.
CHUNK = 65536


class Supervisor:
    """Runs the agent of one attempt. Made before the claim, so that no signal is missed after it."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._agent = 0
        self._status: int | None = None
        self._began = self._ended = 0.0
        self._terminated = False
        #: (pid, start time) of what was still there when the agent itself had ended, and had to be ended.
        self._swept: set[tuple[int, int]] = set()
        self._pipes: dict[int, SegmentWriter] = {}
        self._writers: dict[str, SegmentWriter] = {}
        self._buffer = memoryview(bytearray(CHUNK))
        self._poll = select.poll()
        self._wake = self._listen_to_signals()

    def run(self, spec: dict[str, Any], mark: int | None) -> dict[str, Any]:
        """Run the agent of ``spec`` to its end and return what exit.json says of it."""
        for stream in STREAMS:
            self._writers[stream] = SegmentWriter(self._directory, stream, spec["log_cap"])
        if (reason := self._reason_to_stop()) is not None:
            return self._record("stopped", reason)
        try:
            self._start(spec, mark)
        except Unstartable as error:
            return self._record("unstartable", str(error))
        except OSError as error:
            return self.abandon(f"no process could be made for it: {error.strerror}")
        how, message = self._watch(spec["timeout"])
        grace = spec["stop_grace"]
        left = self._end_everything(min(grace, LEFT_BEHIND_GRACE) if how == "exited" else grace)
        self._drain()
        return self._record(how, message, left)

    def abandon(self, message: str) -> dict[str, Any]:
        """After a failure that is not the agent's: end it at once and return what exit.json says of it."""
        return self._record("lost", message, self._end_everything(0))

    def _listen_to_signals(self) -> int:
        wake, woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_sigterm)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._poll.register(wake, select.POLLIN)
        return wake

    def _on_sigterm(self, number: int, frame: object) -> None:
        self._terminated = True

    def _start(self, spec: dict[str, Any], mark: int | None) -> None:
        self._agent, pipes = spawn(spec, self._directory, mark)
        self._began = time.monotonic()
        for stream, fd in zip(STREAMS, pipes, strict=True):
            os.set_blocking(fd, False)
            self._pipes[fd] = self._writers[stream]
            self._poll.register(fd, select.POLLIN)
        process = procfs.stat(self._agent)
        started = {
            "boot_id": procfs.boot_id(),
            "pid": self._agent,
            "start_time": process.start_time if process else 0,
            "started_at": time.time(),
        }
        # The environment's values may be secrets, and are of no more use: the attempt is never started again.
        for name, value in ((records.STARTED, started), (records.SPEC, {**spec, "env": sorted(spec["env"])})):
            try:
                records.write(os.path.join(self._directory, name), value)
            except OSError as error:
                tell(f"{name}: {error}")  # the agent runs all the same, and its end will be told

    def _watch(self, timeout: float) -> tuple[str, str]:
        """Until the agent has ended, its time is up, or somebody asks for its end."""
        # The monotonic clock stands still while the machine sleeps, and nobody sets it.
        deadline = self._began + timeout
        look = self._began
        while self._status is None:
            now = time.monotonic()
            if now >= deadline:
                return "timeout", f"its time limit of {timeout:g} s"
            if self._terminated or now >= look:
                look = now + LOOK_EVERY
                if (reason := self._reason_to_stop()) is not None:
                    return "stopped", reason
            self._turn(min(deadline, look))
        return "exited", ""

    def _reason_to_stop(self) -> str | None:
        path = os.path.join(self._directory, records.STOP)
        try:
            asked = records.read(path)
        except (OSError, ValueError) as error:
            return f"{path}: {error}"  # somebody asked, even if we cannot read why
        if asked is not None:
            return str(asked.get("reason", "")) if isinstance(asked, dict) else str(asked)
        return "SIGTERM to its launcher" if self._terminated else None

    def _turn(self, until: float) -> None:
        """Take in output and ended children; return when something happened, or at ``until``."""
        wait = max(0.0, until - time.monotonic())
        for fd, _ in self._poll.poll(wait * 1000):
            if fd == self._wake:
                os.read(fd, 4096)
                self._reap()
            else:
                self._copy(fd)

    def _copy(self, fd: int) -> None:
        writer = self._pipes[fd]
        for _ in range(16):  # then the clock and the other stream have their turn
            try:
                size = os.readv(fd, [self._buffer])
            except BlockingIOError:
                return
            if size == 0:
                self._poll.unregister(fd)
                del self._pipes[fd]
                os.close(fd)
                return
            writer.write(self._buffer[:size])
            if size < CHUNK:
                return

    def _reap(self) -> bool:
        """Take the status of every child that has ended; whether there are children left.

        As a subreaper we inherit each descendant whose parent ends. So having no child means that nothing is left.
        """
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self._agent:
                    self._status = os.waitstatus_to_exitcode(status)
                    self._ended = time.monotonic()
        except ChildProcessError:
            return False

    def _end_everything(self, grace: float) -> list[int]:
        """End all that descends from us: SIGTERM, ``grace``, SIGKILL until nothing is left; what is left then."""
        if not self._reap():
            return []
        if grace > 0:
            self._signal_all(signal.SIGTERM)
            self._signal_all(signal.SIGCONT)  # a stopped process does not act on SIGTERM
            until = time.monotonic() + grace
            while self._reap() and time.monotonic() < until:
                self._turn(until)
        patience = time.monotonic() + KILL_PATIENCE
        pause = 0.001
        while self._reap():
            # Again and again, because a process may fork between our look and our signal.
            left = self._signal_all(signal.SIGKILL)
            if time.monotonic() > patience:
                return left
            self._turn(time.monotonic() + pause)
            pause = min(pause * 2, 0.1)
        return []

    def _signal_all(self, number: int) -> list[int]:
        found = [p for p in procfs.descendants(os.getpid()).values() if not p.is_dead]
        for process in found:
            if self._status is not None:
                self._swept.add((process.pid, process.start_time))
            try:
                procfs.send(process.pid, process.start_time, number)
            except PermissionError:
                continue  # another user's; those that stay are named in the end
        return [process.pid for process in found]

    def _drain(self) -> None:
        until = time.monotonic() + DRAIN_PATIENCE
        while self._pipes and time.monotonic() < until:
            ready = [fd for fd, _ in self._poll.poll(0) if fd in self._pipes]
            if not ready:
                return
            for fd in ready:
                self._copy(fd)

    def _record(self, how: str, message: str, left: Sequence[int] = ()) -> dict[str, Any]:
        said = [message] if message else []
        if left:
            said.append(f"SIGKILL did not end {', '.join(map(str, left))}")
        for stream, writer in self._writers.items():
            writer.close()
            if writer.trouble:
                said.append(f"std{stream} could not be kept: {writer.trouble}")
        if self._agent and self._status is None:
            self._ended = time.monotonic()
        # Everything that was waited for, by us or by a child of ours.
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "status": self._status,
            "how": how,
            "seconds": round(self._ended - self._began, 6),
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 6),
            "peak_memory": usage.ru_maxrss * 1024,
            "swept": len(self._swept),
            "message": records.shorten("; ".join(said)),
            "ended_at": time.time(),
            "output": {s: {"bytes": w.bytes, "dropped": w.dropped} for s, w in self._writers.items()},
        }


def tell(what: str) -> None:
    """Put a line into launcher.log."""
    try:
        os.write(2, what.encode("utf-8", "backslashreplace") + b"\n")
    except OSError:
        return  # the disk is full or the log is gone: there is nobody left to tell
