"""Other processes at the same store: each a real one, told what to do line by line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: What each of them begins with. ``say`` tells the test something, ``hear`` waits for its next line.
_PROLOGUE = """
import os, sys
from headway.errors import HeadwayError, LeaseHeld, LeaseLost, StoreError
from headway.nouns import Fence, Holder, ProcessId, RequestKind, Run, RunState
from headway.store.reader import open_reader
from headway.store.store import Store

url = sys.argv[1]
me = Holder(host="here", process=ProcessId(boot_id="boot", pid=os.getpid(), start_time=1), command="headway run")
run = Run(id=f"r{os.getpid()}", target="refs/heads/main", base="0" * 40, state=RunState.RUNNING, started_at=1.0)

def say(*words):
    print(*words, flush=True)

def hear():
    return sys.stdin.readline().strip()
"""


class Other:
    """A process that runs a piece of Python."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def tell(self, line: str = "go") -> None:
        """Give it a line that it ``hear``s."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def said(self) -> str:
        """The next line that it ``say``s; empty where it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        """End it without its doing anything about it."""
        self._process.kill()
        self._process.wait()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)


@contextmanager
def other(url: str, code: str) -> Iterator[Other]:
    """A process that runs ``code`` with ``url``; killed at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROLOGUE + code, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Other(process)
    finally:
        process.kill()
        process.communicate()
