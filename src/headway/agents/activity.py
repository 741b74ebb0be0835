"""Signs of life of an agent's processes: CPU time, their number, their connections.

Not for: what silence means. A peer's 30-second stall check called 126 agents stalled, and 120 of them were at
work.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headway.agents import procfs
from headway.agents.claims import is_alive, read_claim


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """What an agent's process tree has done so far and has now; all zero where it does not run."""

    #: CPU time of all of them, those included that have ended and were waited for.
    cpu_seconds: float
    #: How many live.
    processes: int
    #: Established TCP connections, loopback included; None where that was not asked for.
    connections: int | None


def activity(directory: Path, *, connections: bool = False) -> Activity:
    """Read the signs of life of one attempt: 0.2 ms for an agent of five processes.

    The CPU time can fall: what a process used that nobody waited for is forgotten with it. ``connections`` costs
    ten times as much, so ask for them once the other signs are silent. Raises AgentError where the claim cannot
    be opened.
    """
    claim = read_claim(directory)
    launcher = procfs.stat(claim.launcher.pid) if claim and is_alive(claim.launcher) else None
    if launcher is None:
        return Activity(cpu_seconds=0.0, processes=0, connections=0 if connections else None)
    tree = procfs.descendants(launcher.pid)
    ticks = launcher.children_ticks + sum(p.ticks + p.children_ticks for p in tree.values())
    living = [p.pid for p in tree.values() if not p.is_dead]
    return Activity(
        cpu_seconds=ticks / procfs.TICKS,
        processes=len(living),
        connections=sum(map(_connections, living)) if connections else None,
    )


def _connections(pid: int) -> int:
    import psutil

    try:
        return sum(c.status == psutil.CONN_ESTABLISHED for c in psutil.Process(pid).net_connections("tcp"))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0  # it has ended meanwhile, or hides what it has open
