"""Lets the first of some agents start alone.

An agent that makes its settings or its database at its very first start on a machine fails when several do so at
once: OpenCode 1.18 with "database is locked", two of ten; others are reported to crash on one settings file.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from headway.agents import process
from headway.agents.output import OutputReader
from headway.agents.process import LaunchState
from headway.agents.profiles import Profile
from headway.errors import AgentError

#: Who has printed nothing for this long has its files by now, in seconds.
PATIENCE = 30.0

_LOOK_EVERY = 0.2


@dataclass
class FirstStarts:
    """Who starts for the first time, in this process."""

    _first: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def wait(self, profile: Profile | None, directory: Path) -> None:
        """To be awaited before the attempt in ``directory`` is started: returns at once for the first."""
        if profile is None or not profile.starts_alone:
            return
        first = self._first.get(profile.name)
        if first is None:
            self._first[profile.name] = asyncio.create_task(_has_begun(directory))
        else:
            await asyncio.shield(first)


async def _has_begun(directory: Path) -> None:
    """Until the agent has printed something, has ended, or has had time enough."""
    until = time.monotonic() + PATIENCE
    output = OutputReader(directory)
    while time.monotonic() < until:
        try:
            if output.read() or process.state_of(directory) in (LaunchState.ENDED, LaunchState.LOST):
                return
        except AgentError:
            return
        await asyncio.sleep(_LOOK_EVERY)
