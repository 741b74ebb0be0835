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
    Returns how many it killed. Blocks for some milliseconds, 10 s at the worst. Raises AgentError when some live
    on, because they belong to another user or hang inside the kernel.
    """
    killed: set[tuple[int, int]] = set()
    until = time.monotonic() + PATIENCE
    pause = 0.001
    while left := members(directory):
        for process in left:
            try:
                if procfs.send(process.pid, process.start_time, signal.SIGKILL):
                    killed.add((process.pid, process.start_time))
            except PermissionError:
                continue  # named below if it stays
        if time.monotonic() > until:
            names = ", ".join(str(p.pid) for p in left)
            raise AgentError(
                f"{directory}: SIGKILL did not end {names}", mend=f"end them yourself: kill -9 {names}"
            )
        time.sleep(pause)
        pause = min(pause * 2, 0.1)
    return len(killed)


def members(directory: Path) -> list[procfs.Stat]:
    """The living processes with a mark of the attempt, and all that descends from one; without the caller."""
    claim = read_claim(directory)
    limit = str(claim.mark).encode() if claim and claim.mark else None
    variable = os.fsencode(f"\0{ATTEMPT_DIR}={directory.resolve()}\0")
    found: dict[int, procfs.Stat] = {}
    for pid in procfs.pids():
        if pid not in found and _is_marked(pid, limit, variable) and (process := procfs.stat(pid)):
            found[pid] = process
            found.update(procfs.descendants(pid))
    found.pop(os.getpid(), None)
    return [process for process in found.values() if not process.is_dead]


def _is_marked(pid: int, limit: bytes | None, variable: bytes) -> bool:
    if limit is not None:
        _, _, limits = procfs.read_or_nothing(pid, "limits").partition(b"\nMax realtime timeout")
        if limits.split(maxsplit=1)[:1] == [limit]:
            return True
    return variable in b"\0" + procfs.read_or_nothing(pid, "environ") + b"\0"
