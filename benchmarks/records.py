"""What the launchers wrote down of their agents, read without the coordinator's store.

Not for: what it proves (:mod:`benchmarks.proofs`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Interval
from benchmarks.processes import Process, is_alive
from headway.agents import records


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRecord:
    """One attempt, by the files of its directory."""

    run: str
    ticket: str
    number: int
    directory: Path
    #: Which launcher claimed it; None before.
    launcher: Process | None = None
    #: The agent; None where none was started.
    agent: Process | None = None
    #: Seconds since the epoch.
    started_at: float | None = None
    #: When its end was written down; where the launcher was killed, when that was found out and swept.
    ended_at: float | None = None
    #: ``exited``, ``timeout``, ``stopped``, ``unstartable``, ``lost``; None before its end.
    how: str | None = None
    status: int | None = None
    #: CPU seconds of the agent and what it started.
    cpu_seconds: float = 0.0
    #: How often an agent said that it began.
    begins: int = 0
    #: How many files it said that it wrote.
    edits: int = 0

    @property
    def name(self) -> str:
        """``TICKET/NUMBER``."""
        return f"{self.ticket}/{self.number}"

    @property
    def has_finished(self) -> bool:
        """Whether its agent came to its own end with success."""
        return self.how == "exited" and self.status == 0

    @property
    def interval(self) -> Interval | None:
        """From when to when the agent was alive; None where it never was, or still is."""
        if self.started_at is None or self.ended_at is None:
            return None
        return Interval(start=self.started_at, end=self.ended_at)


def read_attempts(repository: Path, run: str | None = None) -> list[AttemptRecord]:
    """All attempts under a repository's git directory, by run, ticket and number."""
    root = common_dir(repository) / "headway" / "attempts"
    found = [
        read_attempt(path)
        for path in root.glob(f"{run or '*'}/*/*")
        if path.name.isdecimal() and path.is_dir()
    ]
    return sorted(found, key=lambda each: (each.run, each.ticket, each.number))


def read_attempt(directory: Path) -> AttemptRecord:
    """One attempt's record."""
    claim = _read(directory / records.CLAIM)
    started = _read(directory / records.STARTED)
    exit_ = _read(directory / records.EXIT)
    said = b"".join(path.read_bytes() for path in sorted(directory.glob("out.*.log")))
    return AttemptRecord(
        run=directory.parent.parent.name,
        ticket=directory.parent.name,
        number=int(directory.name),
        directory=directory,
        launcher=_process(claim),
        agent=_process(started),
        started_at=started["started_at"] if started else None,
        ended_at=exit_["ended_at"] if exit_ else None,
        how=exit_["how"] if exit_ else None,
        status=exit_["status"] if exit_ else None,
        cpu_seconds=exit_["cpu_seconds"] if exit_ else 0.0,
        begins=said.count(b'{"event": "start"'),
        edits=said.count(b'{"event": "edit"'),
    )


def by_ticket(attempts: Iterable[AttemptRecord]) -> dict[tuple[str, str], list[AttemptRecord]]:
    """The attempts of each (run, ticket), in order."""
    found: dict[tuple[str, str], list[AttemptRecord]] = {}
    for each in attempts:
        found.setdefault((each.run, each.ticket), []).append(each)
    return found


def at_work(attempts: Iterable[AttemptRecord]) -> list[AttemptRecord]:
    """Those whose launcher and agent both live."""
    return [a for a in attempts if a.launcher and a.agent and is_alive(a.launcher) and is_alive(a.agent)]


def common_dir(repository: Path) -> Path:
    """A repository's git directory."""
    inside = repository / ".git"
    return inside if inside.is_dir() else repository


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return value


def _process(told: dict[str, Any] | None) -> Process | None:
    if told is None:
        return None
    return Process(pid=told["pid"], start_time=told["start_time"])
