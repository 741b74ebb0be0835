"""Ends what an attempt started when its launcher can no longer do it: it was killed, or the machine lost it.

Not for: an attempt whose launcher runs (:func:`headway.agents.process.stop`); that one misses nothing, because
whatever descends from a subreaper stays below it. Here the tree is broken, and what is left of it is found by two
marks that every descendant inherits: ``HEADWAY_ATTEMPT_DIR`` in its environment, and the limit of
:func:`headway.agents.spawn.draw_mark`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from headway.agents import procfs
from headway.agents.claims import read_claim
from headway.agents.records import ATTEMPT_DIR
from headway.errors import AgentError

#: How long processes that SIGKILL does not end are waited for, in seconds; as the launcher does.
PATIENCE = 10.0


def sweep(directory: Path) -> int:
    """Kill every process that carries a mark of the attempt in ``directory``, and all that descends from one.

    Looks again until there is none; never kills the caller, and never a process that was given a pid again.
    Returns how many it killed. Blocks for some milliseconds, 10 s at the worst. Raises AgentError when some live on,
    because they belong to another user or hang inside the kernel, or fork faster than they can be killed.
    """
    killed: set[tuple[int, int]] = set()
    search = _Search(directory)
    until = time.monotonic() + PATIENCE
    pause = 0.001
    while True:
        left = []
        for process in search.look():
            left.append(process.pid)
            try:
                if procfs.send(process.pid, process.start_time, signal.SIGKILL):
                    killed.add((process.pid, process.start_time))
            except PermissionError:
                continue  # named below if it stays
        if not left and search.is_complete:
            return len(killed)
        if time.monotonic() > until:
            raise _survived(directory, left)
        if left:
            time.sleep(pause)
            pause = min(pause * 2, 0.1)


def members(directory: Path) -> list[procfs.Stat]:
    """The living processes with a mark of the attempt, and all that descends from one; without the caller.

    One look: a process that forks and ends meanwhile can pass by it.
    """
    return list(_Search(directory).look())


class _Search:
    """Looks for an attempt's processes, again and again; strangers are looked at once."""

    def __init__(self, directory: Path) -> None:
        claim = read_claim(directory)
        self._limit = str(claim.mark).encode() if claim and claim.mark else None
        self._variable = os.fsencode(f"\0{ATTEMPT_DIR}={directory.resolve()}\0")
        self._strangers = {os.getpid()}
        #: Whether nothing can have passed by the last look. One process did when it was listed, then forked and ended
        #: before its turn came: its child is in no list yet. Daemons begin in that very way.
        self.is_complete = False

    def look(self) -> Iterator[procfs.Stat]:
        """Those that live, each as soon as it is found."""
        self.is_complete = True
        found: set[int] = set()
        # The newest first: of those that fork and end again and again, it is the one that still lives.
        for pid in sorted(procfs.pids(), reverse=True):
            if pid in self._strangers or pid in found:
                continue
            process = procfs.stat(pid)
            if process is not None and not process.is_dead and self._is_marked(pid):
                for member in [process, *procfs.descendants(pid).values()]:
                    if member.pid not in found and member.pid != os.getpid() and not member.is_dead:
                        found.add(member.pid)
                        yield member
                continue
            after = procfs.stat(pid)
            if after is None or after.is_dead:
                self.is_complete = False
            if after is not None:
                self._strangers.add(pid)  # no pid is given again within the milliseconds of a search

    def _is_marked(self, pid: int) -> bool:
        if self._limit is not None:
            _, _, limits = procfs.read_or_nothing(pid, "limits").partition(b"\nMax realtime timeout")
            if limits.split(maxsplit=1)[:1] == [self._limit]:
                return True
        return self._variable in b"\0" + procfs.read_or_nothing(pid, "environ") + b"\0"


def _survived(directory: Path, left: list[int]) -> AgentError:
    if not left:
        return AgentError(
            f"{directory}: processes came and went too fast to tell whether all of the agent's have ended",
            mend="look at what runs: ps -e f",
        )
    names = " ".join(map(str, left))
    return AgentError(f"{directory}: SIGKILL did not end {names}", mend=f"end them yourself: kill -9 {names}")
