"""Signs of life of the agents at work: what they print, the CPU time that they use, what they edit.

They are shown, and silence is told once; nobody is ended for it. A peer's 30-second stall check called 126 agents
stalled, and 120 of them were at work.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from headway.agents.activity import activity
from headway.agents.output import OutputReader
from headway.agents.profiles import usage_by_session
from headway.agents.streams import StreamReader
from headway.errors import AgentError
from headway.nouns import Attempt

if TYPE_CHECKING:
    from headway.coordination.context import RunContext

#: How often output is read, in seconds. 42 silent agents cost 2 ms a round.
READ_EVERY = 0.5

#: Most time for one agent's output in one round, in seconds: a flood must not hold up the others. A MiB of the
#: shortest events takes 0.6 s.
MOST_A_ROUND = 0.02

#: How often the CPU time of each agent's processes is read, in seconds. 42 agents cost 10 ms a round.
ACTIVITY_EVERY = 5.0


@dataclass(kw_only=True)
class Stream:
    """One attempt's output as far as it was read, and its latest sign of life."""

    attempt: Attempt
    output: OutputReader
    events: StreamReader
    #: Seconds since the epoch, for who looks on.
    last_sign: float
    #: The same by a clock that nobody sets, for deciding.
    heard_at: float
    cpu_seconds: float = 0.0
    told_silent: bool = False
    changed: bool = True

    def read(self) -> bool:
        """Take in what was printed since the last time, as far as there is time for it; whether there was any."""
        got = False
        until = time.monotonic() + MOST_A_ROUND
        while data := self.output.read():
            self.events.feed(data)
            got = True
            if time.monotonic() > until:
                break
        return got

    async def read_to_end(self) -> None:
        """Take in the rest; output that cannot be read costs its facts and nothing else."""
        try:
            while self.read():  # noqa: ASYNC110 (a turn for the others, not a wait)
                await asyncio.sleep(0)
        except AgentError:
            return


@dataclass
class Signs:
    """Follows the output of the agents at work and writes what a viewer wants to know into a file."""

    context: RunContext
    _streams: dict[tuple[str, int], Stream] = field(default_factory=dict)
    _wrote: str = ""

    def follow(self, attempt: Attempt, worktree: Path, earlier: Sequence[Attempt]) -> Stream:
        """Begin to follow an attempt, from the beginning of its output: totals are right after a restart.

        ``earlier``: the ticket's attempts before it; some agents tell a resumed session's whole usage again.
        """
        profile = self.context.profiles.get(attempt.profile)
        stream = Stream(
            attempt=attempt,
            output=OutputReader(Path(attempt.directory)),
            events=StreamReader(profile.events if profile else "none", worktree, usage_by_session(earlier)),
            last_sign=self.context.clock(),
            heard_at=time.monotonic(),
        )
        self._streams[attempt.ticket, attempt.number] = stream
        return stream

    def forget(self, attempt: Attempt) -> None:
        """The agent has ended."""
        self._streams.pop((attempt.ticket, attempt.number), None)

    async def watch(self) -> None:
        """Read the signs until cancelled."""
        rounds = 0
        per_activity = round(ACTIVITY_EVERY / READ_EVERY)
        while True:
            for index, stream in enumerate(list(self._streams.values())):
                # Spread over the rounds, so that no turn of the loop is long.
                self._look(stream, with_activity=(rounds + index) % per_activity == 0)
            self._write()
            rounds += 1
            await asyncio.sleep(READ_EVERY)

    def _look(self, stream: Stream, *, with_activity: bool) -> None:
        now = time.monotonic()
        try:
            alive = stream.read()
            if with_activity:
                used = activity(Path(stream.attempt.directory)).cpu_seconds
                alive = alive or used > stream.cpu_seconds
                stream.cpu_seconds = max(stream.cpu_seconds, used)
                stream.changed = True
        except AgentError:
            return  # its end will tell
        if alive:
            stream.last_sign, stream.heard_at = self.context.clock(), now
            stream.told_silent, stream.changed = False, True
        elif now - stream.heard_at > self.context.settings.agents.silent_after and not stream.told_silent:
            self._tell_silent(stream, now)

    def _tell_silent(self, stream: Stream, now: float) -> None:
        stream.told_silent = True
        connections = activity(Path(stream.attempt.directory), connections=True).connections
        with self.context.write() as writer:
            self.context.record(
                writer,
                "attempt.silent",
                stream.attempt.ticket,
                stream.attempt.number,
                seconds=round(now - stream.heard_at),
                connections=connections,
            )

    def _write(self) -> None:
        if not any(s.changed for s in self._streams.values()) and self._wrote == self._names():
            return
        signs = {
            f"{ticket}/{number}": {
                "last_sign": s.last_sign,
                "doing": s.events.last,
                "files": sorted(s.events.edited),
                "cpu_seconds": s.cpu_seconds,
                "input_tokens": s.events.usage.input_tokens,
                "output_tokens": s.events.usage.output_tokens,
                "cost": s.events.usage.cost,
            }
            for (ticket, number), s in self._streams.items()
        }
        write_json(
            self.context.home.signs(self.context.run.id), {"at": self.context.clock(), "attempts": signs}
        )
        for stream in self._streams.values():
            stream.changed = False
        self._wrote = self._names()

    def _names(self) -> str:
        return " ".join(f"{t}/{n}" for t, n in self._streams)


def write_json(path: Path, value: object) -> None:
    """Put a value where others read it at any time; a disk that is full costs the view and nothing else."""
    beside = path.with_name(path.name + ".tmp")
    try:
        beside.write_text(json.dumps(value), encoding="utf-8")
        os.replace(beside, path)  # noqa: PTH105 (the same, without building two paths twice a second)
    except OSError:
        return
