"""``headway`` as a user types it: in a process of its own, in a repository of the test's own."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADWAY = [str(Path(sys.executable).with_name("headway"))]

#: Longest that anything here may take, in seconds; only a defect comes near to it.
PATIENCE = 150.0

AGENT = '''\
"""Runs, for its ticket and attempt, the shell script that the test wrote down."""
import json, os, subprocess, sys
plan = json.load(open(sys.argv[1]))[sys.argv[2]]
script = plan[min(int(os.environ["HEADWAY_ATTEMPT"]), len(plan)) - 1]
sys.exit(subprocess.run(["sh", "-ec", script]).returncode)
'''

#: An escape sequence that sets colours.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Ran:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; every line has to be one."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Desk:
    """A user's place of work: a repository, tickets, agents that do what the test says."""

    root: Path
    folder: Path
    environment: dict[str, str]
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.root, env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def plan(self, plan: Mapping[str, str | Sequence[str]], **tickets: Mapping[str, Any]) -> list[str]:
        """Write a tickets file with the plan's tickets, and an agent that runs the plan's scripts (one for each
        attempt); what to say to ``headway run`` for it. ``tickets``: more keys of a ticket."""
        scripts = {id_: [each] if isinstance(each, str) else list(each) for id_, each in plan.items()}
        told = [{"id": id_, "title": f"Do {id_}", **tickets.get(id_, {})} for id_ in plan]
        (self.folder / "plan.json").write_text(json.dumps(scripts))
        (self.folder / "agent.py").write_text(AGENT)
        (self.folder / "tickets.json").write_text(json.dumps(told))
        command = shlex.join([sys.executable, str(self.folder / "agent.py"), str(self.folder / "plan.json")])
        return [
            "run",
            str(self.folder / "tickets.json"),
            "--agents",
            "8",
            "--agent-command",
            f"{command} {{id}}",
        ]

    def run(self, *args: str, status: int | None = 0, **environment: str) -> Ran:
        """Run ``headway`` to its end and hold its exit status against ``status``."""
        done = subprocess.run(
            [*HEADWAY, *args],
            cwd=self.root,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert status in (None, ran.status), f"exit status {ran.status}\n{ran.out}\n{ran.err}"
        return ran

    def start(self, *args: str, name: str = "out", **options: Any) -> subprocess.Popen[bytes]:
        """Start ``headway`` with its output in ``NAME.txt`` and ``err.txt``; ended with the test."""
        with (self.folder / f"{name}.txt").open("wb") as out, (self.folder / "err.txt").open("wb") as err:
            given = {"stdout": out, "stderr": err, "start_new_session": True, "preexec_fn": hear_hangup}
            options = given | options
            process = subprocess.Popen(
                [*HEADWAY, *args], cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL, **options
            )
        self._started.append(process)
        return process

    def out(self, name: str = "out") -> str:
        """What the command that was started printed so far."""
        return (self.folder / f"{name}.txt").read_text()

    def err(self) -> str:
        """The same of its standard error."""
        return (self.folder / "err.txt").read_text()

    def gate(self, name: str) -> str:
        """A script that says that it is there (``NAME.here``) and waits until it may go on (:meth:`open`)."""
        here, go = (shlex.quote(str(self.folder / f"{name}.{end}")) for end in ("here", "go"))
        return f"touch {here}; while [ ! -e {go} ]; do sleep 0.05; done"

    def open(self, *names: str) -> None:
        """Let those who wait at a gate go on."""
        for name in names:
            (self.folder / f"{name}.go").touch()

    def wait_for(self, *names: str) -> None:
        """Wait until somebody is at each of these gates."""
        for name in names:
            until((self.folder / f"{name}.here").exists, f"nobody came to {name}: {self._told()}")

    def status(self) -> dict[str, Any]:
        """What ``headway status --json`` says."""
        told: dict[str, Any] = json.loads(self.run("status", "--json").out)
        return told

    def states(self) -> dict[str, str]:
        """Ticket → its state."""
        return {row["ticket"]: row["state"] for row in self.status()["rows"]}

    def close(self) -> None:
        """End what the test left running."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()
        if (self.root / ".git" / "headway" / "store.db").exists():
            subprocess.run(
                [*HEADWAY, "stop", "--kill"],
                cwd=self.root,
                env=self.environment,
                capture_output=True,
                timeout=PATIENCE,
            )

    def _told(self) -> str:
        files = [self.folder / "out.txt", self.folder / "err.txt", self.root / ".git/headway/coordinator.log"]
        return "\n".join(f"{file.name}: {file.read_text()}" for file in files if file.exists())


def hear_hangup() -> None:
    """As under a shell: tests that run under nohup would hand on that SIGHUP is ignored, which is respected."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Terminal:
    """A terminal with ``headway`` in it."""

    def __init__(self, desk: Desk, *args: str, rows: int = 24, columns: int = 80, **environment: str) -> None:
        import fcntl
        import struct
        import termios

        self.desk = desk
        self.text = ""
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            hear_hangup()
            os.chdir(desk.root)
            variables = {"TERM": "xterm-256color"} | desk.environment | environment
            os.execve(HEADWAY[0], [*HEADWAY, *args], variables)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._status: int | None = None

    def read(self) -> None:
        """Take in what was printed."""
        while self._fd >= 0 and select.select([self._fd], [], [], 0)[0]:
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # EIO: nobody has the other end any more
                return
            if not data:
                return
            self.text += data.decode("utf-8", "replace")

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._fd, keys)

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self._fd)
        self._fd = -1

    def wait_for(self, text: str) -> None:
        """Wait until something was printed."""

        def there() -> bool:
            self.read()
            return text in self.text

        until(there, f"{text!r} was not printed: {self.text!r}")

    def wait(self) -> int:
        """Wait for the end; the exit status, or minus the signal's number."""

        def ended() -> bool:
            self.read()
            if self._status is None:
                pid, status = os.waitpid(self._pid, os.WNOHANG)
                self._status = os.waitstatus_to_exitcode(status) if pid else None
            return self._status is not None

        until(ended, f"it does not end: {self.text!r}")
        self.read()
        assert self._status is not None
        return self._status

    def close(self) -> None:
        """End it, if it has not ended."""
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        if self._fd >= 0:
            os.close(self._fd)


def until(condition: Callable[[], bool], failure: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, failure
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process runs, zombies not counted."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
