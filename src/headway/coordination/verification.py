"""Runs the command that verifies, on exactly the tree that would land, in a worktree of the pool's.

It runs under a launcher like an agent: bounded in time, with everything that it starts ended afterwards, its output
kept. Not for: what a failed verification means (:mod:`.decide`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from headway.agents import process
from headway.agents.environment import build_environment
from headway.agents.output import tail
from headway.agents.process import LaunchSpec, LaunchState
from headway.agents.profiles import Profile
from headway.coordination.context import RunContext
from headway.coordination.slots import Slots
from headway.errors import AgentError
from headway.nouns import Exit, Landing, Ticket

#: Lines of each stream of a failed verification that are shown to the agent that goes again.
OUTPUT_LINES = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What came of one verification."""

    passed: bool
    seconds: float
    reason: str = ""


@dataclass
class Verifier:
    """Verifies one landing at a time."""

    context: RunContext
    slots: Slots
    #: The directory of the verification that runs.
    _running: Path | None = None
    #: Whether the one under way is of no use any more.
    _stopped: bool = False
    #: Trees that passed a command in this process: the same tree is not verified twice.
    _passed: set[tuple[str, str]] = field(default_factory=set)

    def stop(self) -> None:
        """Nobody wants to know any more what the verification under way would say."""
        self._stopped = True
        if self._running is not None:
            with suppress(AgentError):  # a disk that is full: then it comes to its own end
                process.stop(self._running, "cancelled")

    async def verify(self, ticket: Ticket, landing: Landing, command: str, tree: str) -> Verified:
        """Run ``command`` by ``sh -c`` at the landing's commit.

        Raises AgentError where it was ended from outside or could not be started: that says nothing about the work.
        """
        if (command, tree) in self._passed:
            return Verified(passed=True, seconds=0.0)
        assert landing.commit is not None
        self._stopped = False
        slot = await self.slots.take((landing.run, f"{ticket.id}+verify", landing.attempt), landing.commit)
        try:
            if self._stopped:
                return Verified(passed=False, seconds=0.0, reason="cancelled")
            exit_ = await self._run(ticket, landing, command, slot.path)
        finally:
            self._running = None
            await self.slots.give_back(slot.id)
        if exit_.how == "exited" and exit_.status == 0:
            self._passed.add((command, tree))
            return Verified(passed=True, seconds=exit_.seconds)
        if exit_.how not in ("exited", "timeout") and not self._stopped:
            raise AgentError(
                f"`{command}` could not be run to its end on the merged tree: {exit_.message or exit_.how}",
                mend="headway doctor",
            )
        return Verified(passed=False, seconds=exit_.seconds, reason=_reason(command, exit_))

    def output(self, landing: Landing) -> str:
        """The end of what a landing's verification printed."""
        directory = self._directory(landing)
        lines = [*tail(directory, OUTPUT_LINES), *tail(directory, OUTPUT_LINES, "err")]
        return "\n".join(lines)

    async def clear_leftovers(self) -> None:
        """After a crash: end verifications that still run, and forget them. They are made again."""
        for spec in self.context.home.verifications().glob("*/*/*/spec.json"):
            directory = spec.parent
            # Unclaimed: its launcher may be on its way still.
            if process.state_of(directory) is not LaunchState.ENDED:
                await process.stop_and_wait(directory, "its coordinator is gone")

    async def _run(self, ticket: Ticket, landing: Landing, command: str, worktree: str) -> Exit:
        context = self.context
        directory = self._directory(landing)
        if directory.exists():
            await asyncio.to_thread(shutil.rmtree, directory)
        verify = Profile(
            name="verify", argv=("sh", "-c", command), resume_argv=None, events="none", environment={}
        )
        environment = build_environment(
            context.settings.agents,
            verify,
            os.environ,
            {"HEADWAY_TICKET": ticket.id, "HEADWAY_RUN": context.run.id, "HEADWAY_VERIFY": "1"},
        )
        spec = LaunchSpec(
            argv=verify.argv,
            cwd=worktree,
            env=environment,
            timeout=context.settings.landing.verify_timeout,
            log_cap=context.settings.agents.log_cap,
        )
        process.launch(directory, spec)
        self._running = directory
        try:
            return await process.wait(directory)
        except asyncio.CancelledError:
            # Unlike an agent, it is of no use without its coordinator.
            process.stop(directory, "its coordinator goes")
            raise

    def _directory(self, landing: Landing) -> Path:
        assert landing.onto is not None
        return self.context.home.verification(landing.run, landing.ticket, landing.attempt, landing.onto)


def _reason(command: str, exit_: Exit) -> str:
    match exit_.how:
        case "timeout":
            return f"`{command}` was ended at its time limit after {exit_.seconds:.0f} s on the merged tree"
        case "exited":
            return f"`{command}` left with exit status {exit_.status} on the merged tree"
        case _:
            return "cancelled"
