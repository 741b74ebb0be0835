"""What a launcher and its coordinator tell each other through an attempt's directory, as types.

Not for: how the files are written (:mod:`.records`), acting on them (:mod:`.process`).
"""

from __future__ import annotations

import functools
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headway.agents import procfs, records
from headway.errors import AgentError
from headway.nouns import Exit, ProcessId

#: What ``Exit.how`` can be.
ENDINGS = ("exited", "timeout", "stopped", "unstartable", "lost")


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Which launcher has an attempt."""

    #: Nobody (pid 0) where the claim cannot be read: something else than a launcher wrote it.
    launcher: ProcessId
    #: The limit that marks what the agent starts (:func:`headway.agents.spawn.draw_mark`).
    mark: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """The agent's own process."""

    agent: ProcessId
    #: Seconds since the epoch.
    started_at: float


NOBODY = ProcessId(boot_id="", pid=0, start_time=0)

#: What reading a file raises that was cut short, or that somebody else than a launcher wrote.
_NOT_OURS = (ValueError, TypeError, KeyError, OverflowError)


def process_id(pid: int) -> ProcessId | None:
    """The process that has this pid now; None where there is none, or only its unasked exit status."""
    process = procfs.stat(pid)
    if process is None or process.is_dead:
        return None
    return ProcessId(boot_id=boot_id(), pid=pid, start_time=process.start_time)


def own_process_id() -> ProcessId:
    """The calling process. Raises AgentError where there is no ``/proc``."""
    boot = boot_id()
    process = procfs.stat(os.getpid())
    assert process is not None, "a process that asks is there"
    return ProcessId(boot_id=boot, pid=process.pid, start_time=process.start_time)


def is_alive(process: ProcessId) -> bool:
    """Whether this very process still runs: no other with its pid, none of an earlier boot, no zombie."""
    found = procfs.stat(process.pid) if process.pid > 0 else None
    if found is None or found.is_dead or found.start_time != process.start_time:
        return False
    return process.boot_id == boot_id()


@functools.cache  # looked at for every sign of life
def boot_id() -> str:
    """The kernel's name for this boot. Raises AgentError where there is no Linux ``/proc``."""
    try:
        return procfs.boot_id()
    except OSError as error:
        raise AgentError(
            f"agents are kept by means of Linux's /proc, and here it is missing: {error}",
            mend="run Headway on Linux (a container or WSL 2 will do) with /proc mounted",
        ) from error


def read_claim(directory: Path) -> Claim | None:
    """Which launcher has the attempt; None before any. Raises AgentError where the file cannot be opened."""
    try:
        data = _read(directory / records.CLAIM)
        if data is None:
            return None
        return Claim(launcher=_process(data), mark=None if data["mark"] is None else int(data["mark"]))
    except _NOT_OURS:
        return Claim(launcher=NOBODY, mark=None)


def read_started(directory: Path) -> Started | None:
    """The agent's process; None before it runs. Raises AgentError where the file cannot be opened."""
    try:
        data = _read(directory / records.STARTED)
        if data is None:
            return None
        return Started(agent=_process(data), started_at=_finite(data["started_at"]))
    except _NOT_OURS:
        return None


def read_exit(directory: Path) -> Exit | None:
    """How the agent ended; None before. Raises AgentError where the file cannot be opened.

    It is final once the launcher has ended: before that, the agent could have written it.
    """
    path = directory / records.EXIT
    try:
        data = _read(path)
        return None if data is None else _exit(data)
    except _NOT_OURS as error:
        return Exit(status=None, how="lost", message=f"{path} cannot be understood: {error!r}")


def _read(path: Path) -> Any:
    try:
        return records.read(str(path))
    except OSError as error:
        raise AgentError(f"{path}: {error.strerror}", mend="see to it that the file can be read") from error


def _process(data: Any) -> ProcessId:
    return ProcessId(boot_id=str(data["boot_id"]), pid=int(data["pid"]), start_time=int(data["start_time"]))


def _finite(figure: Any) -> float:
    if not math.isfinite(figure):
        raise ValueError(f"{figure} is no time")
    return float(figure)


def _exit(data: Any) -> Exit:
    if data["how"] not in ENDINGS:
        raise ValueError(f"how = {data['how']!r}")
    return Exit(
        status=None if data["status"] is None else int(data["status"]),
        how=data["how"],
        seconds=_finite(data["seconds"]),
        cpu_seconds=_finite(data["cpu_seconds"]),
        peak_memory=int(data["peak_memory"]),
        swept=int(data["swept"]),
        message=str(data["message"]),
    )
