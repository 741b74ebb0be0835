"""Runs the command line as a user types it and watches the coordinator from outside.

Not for: what its figures mean.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.workloads import Workload

#: The command as it is installed beside this interpreter.
HEADWAY = str(Path(sys.executable).with_name("headway"))

#: How often the peak memory is looked at, in seconds: the kernel keeps it, so this loses the last moment only.
LOOK_EVERY = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a command of ours came to its end."""

    status: int
    #: From its start to its end, interpreter and imports included.
    seconds: float
    cpu: processes.Cpu
    #: Greatest resident size, in bytes.
    peak_memory: int
    #: What it told, one object a line.
    lines: tuple[Mapping[str, Any], ...]
    errors: str

    @property
    def last(self) -> Mapping[str, Any]:
        """The last line: what the run came to."""
        return self.lines[-1] if self.lines else {}


class Coordinator:
    """A running ``headway run`` or ``headway resume``, in a session of its own."""

    def __init__(self, folder: Path, argv: Sequence[str], *, name: str = "run") -> None:
        self.out = folder / f"{name}.out"
        self._err = folder / f"{name}.err"
        self._counted = 0
        self._events = 0
        self._peak = 0
        with self.out.open("wb") as out, self._err.open("wb") as err:
            self.began = time.monotonic()
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment(folder),
                start_new_session=True,
            )
        self._fd = os.pidfd_open(self._process.pid)

    @property
    def pid(self) -> int:
        """Its pid, which stays its own until :meth:`end`."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return bool(select.select([self._fd], [], [], 0)[0])

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, ``seconds`` at the most; whether it has."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            if select.select([self._fd], [], [], max(0.0, min(LOOK_EVERY, left)))[0]:
                return True
            self._peak = max(self._peak, processes.peak_memory(self.pid))
            if left <= 0:
                return False

    def events(self) -> int:
        """How many lines it has printed so far."""
        with self.out.open("rb") as file:
            file.seek(self._counted)
            new = file.read()
        self._counted += len(new)
        self._events += new.count(b"\n")
        return self._events

    def kill(self) -> None:
        """SIGKILL, to it alone."""
        self._process.send_signal(signal.SIGKILL)

    def abort(self) -> None:
        """End one that hangs so that it says where: Python prints its stacks on SIGABRT."""
        self._process.send_signal(signal.SIGABRT)

    def end(self) -> Ended:
        """How it ended; waits for that."""
        while not self.wait(3600):
            pass
        seconds = time.monotonic() - self.began
        cpu = processes.cpu(self.pid)  # before it is waited for: then it is gone
        status = self._process.wait()
        os.close(self._fd)
        text = self.out.read_text(encoding="utf-8", errors="replace")
        return Ended(
            status=status,
            seconds=seconds,
            cpu=cpu,
            peak_memory=self._peak,
            lines=tuple(json.loads(line) for line in text.splitlines() if line.startswith("{")),
            errors=self._err.read_text(encoding="utf-8", errors="replace"),
        )


def run_argv(
    workload: Workload, repository: Path, agent: str, *, agents: int = 42, tickets: Path | None = None
) -> list[str]:
    """``headway run`` of a workload; ``tickets``: of another file than its own."""
    return [
        HEADWAY,
        *(
            "run",
            str(tickets or workload.tickets_file),
            "--repo",
            str(repository),
            "--agents",
            str(agents),
            "--agent-command",
            agent,
            "--json",
        ),
    ]


def resume_argv(repository: Path) -> list[str]:
    """``headway resume``."""
    return [HEADWAY, "resume", "--repo", str(repository), "--json"]


def read_log(folder: Path, repository: Path) -> list[Mapping[str, Any]]:
    """The run's events. Raises CalledProcessError."""
    argv = [HEADWAY, "log", "--json", "--repo", str(repository)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, env=environment(folder))
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def environment(folder: Path) -> dict[str, str]:
    """The user's environment, with a state directory of the benchmark's own: the worktrees lie there."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "HEADWAY_"))}
    state = folder / "state"
    return {**mine, "XDG_STATE_HOME": str(state), "PYTHONFAULTHANDLER": "1"}
