"""Headway: many coding agents, one repository, no collision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.version import __version__

if TYPE_CHECKING:
    from headway.coordination.api import RunHandle, RunResult, resume_run, start_run
    from headway.errors import HeadwayError
    from headway.nouns import Event, Priority, Ticket, TicketState

__all__ = [
    "Event",
    "HeadwayError",
    "Priority",
    "RunHandle",
    "RunResult",
    "Ticket",
    "TicketState",
    "__version__",
    "resume_run",
    "start_run",
]

_HOME = {
    "RunHandle": "headway.coordination.api",
    "RunResult": "headway.coordination.api",
    "resume_run": "headway.coordination.api",
    "start_run": "headway.coordination.api",
    "HeadwayError": "headway.errors",
    "Event": "headway.nouns",
    "Priority": "headway.nouns",
    "Ticket": "headway.nouns",
    "TicketState": "headway.nouns",
}


def __getattr__(name: str) -> Any:
    # Late, because `headway --help` must not pay for the database and the workflow engine.
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'headway' has no attribute {name!r}")
