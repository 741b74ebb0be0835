"""Coordinators that are killed, or stand still, at a named point of a ticket's way.

``python dying.py`` reads orders from its standard input, one JSON object a line (:class:`Order`), and forks a
coordinator for each, so that a second of imports is spent once. It answers with the coordinator's pid once that has
ended or stands still, and with its exit status, negative for a signal, when it has ended.

Nothing of the product knows of the points: one function is wrapped, and the process sends itself a signal when that
is entered or left for the first time.
"""

import asyncio
import functools
import importlib
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import headway
from headway.agents import process
from headway.coordination import landing_queue, steps
from headway.coordination.coordinator import Coordinator
from headway.coordination.landing_queue import LandingQueue
from headway.coordination.slots import Slots
from headway.coordination.steps import TicketSteps
from headway.coordination.verification import Verifier
from headway.errors import LeaseLost
from headway.landing.pool import WorktreePool
from headway.landing.target import Target
from headway.nouns import LandingState, Ticket

VERIFY = "test -f list.txt"

#: Exit status of one that another coordinator took over from.
OVERTAKEN = 75


@dataclass(frozen=True)
class Point:
    """Before or after the first call of a function for which ``counts`` holds."""

    owner: Any
    name: str
    after: bool = False
    counts: Callable[..., bool] = lambda *_, **__: True


def before(owner: Any, name: str, counts: Callable[..., bool] = lambda *_, **__: True) -> Point:
    return Point(owner, name, after=False, counts=counts)


def after(owner: Any, name: str, counts: Callable[..., bool] = lambda *_, **__: True) -> Point:
    return Point(owner, name, after=True, counts=counts)


def _is_moving(_queue: LandingQueue, landing: Any) -> bool:
    return landing.state is LandingState.MOVING


def _is_landed(_queue: LandingQueue, _landing: Any, state: LandingState, **_: Any) -> bool:
    return state is LandingState.LANDED


POINTS = {
    "before a ticket is admitted": before(TicketSteps, "admit"),
    "before a worktree is prepared": before(TicketSteps, "prepare"),
    "before a worktree is filled": before(WorktreePool, "fill"),
    "after a worktree is filled": after(WorktreePool, "fill"),
    "before the prompt is written": before(steps, "write_prompt"),
    "before the attempt's specification is written": before(process, "prepare"),
    "before the attempt is recorded": before(TicketSteps, "_save_start"),
    "after the attempt is recorded and before its launch": after(TicketSteps, "_save_start"),
    "after the launch": after(process, "relaunch"),
    "while the agent works": before(process, "wait"),
    "before the agent's end is recorded": before(TicketSteps, "_save_end"),
    "after the agent's end is recorded": after(TicketSteps, "_save_end"),
    "before its work is made a commit": before(steps, "take_snapshot"),
    "after its work is made a commit": after(steps, "take_snapshot"),
    "after the work is queued": before(LandingQueue, "take_up"),
    "before the worktree is given back": before(Slots, "give_back"),
    "before it is merged": before(landing_queue, "merge"),
    "after its commit is made": after(landing_queue, "make_commit"),
    "before verification": before(Verifier, "verify"),
    "while verification runs": after(process, "launch"),
    "after verification": after(Verifier, "verify"),
    "before moving is recorded": before(LandingQueue, "_save", _is_moving),
    "after moving is recorded": before(LandingQueue, "_move"),
    "before the branch is moved": before(Target, "move"),
    "after the branch is moved": after(Target, "move"),
    "after the user's copy is moved": after(
        Target, "sync_copies", lambda _t, _g, onto, commit: onto != commit
    ),
    "before landed is recorded": before(LandingQueue, "_end", _is_landed),
    "after landed is recorded": after(LandingQueue, "_end", _is_landed),
    "before the run's end is recorded": before(Coordinator, "_end_run"),
    "after the run's end is recorded": after(Coordinator, "_end_run"),
}


def arm(point: Point, number: int) -> None:
    """Have this process sent a signal there."""
    inner = getattr(point.owner, point.name)

    def die() -> None:
        setattr(point.owner, point.name, inner)  # once
        os.kill(os.getpid(), number)

    @functools.wraps(inner)
    def call(*args: Any, **options: Any) -> Any:
        counts = point.counts(*args, **options)
        if counts and not point.after:
            die()
        result = inner(*args, **options)
        if counts and point.after:
            die()
        return result

    @functools.wraps(inner)
    async def await_(*args: Any, **options: Any) -> Any:
        counts = point.counts(*args, **options)
        if counts and not point.after:
            die()
        result = await inner(*args, **options)
        if counts and point.after:
            die()
        return result

    setattr(point.owner, point.name, await_ if inspect.iscoroutinefunction(inner) else call)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to start, and where it dies, or stands still."""

    point: str
    repository: str
    command: str
    environment: dict[str, str]
    signal: int = signal.SIGKILL
    agents: int = 2
    #: B waits for A.
    is_chain: bool = False


async def coordinate(order: Order) -> None:
    """Be a coordinator."""
    tickets = [
        Ticket(id="A", title="Do A"),
        Ticket(id="B", title="Do B", depends_on=("A",) if order.is_chain else ()),
    ]
    await headway.start_run(
        tickets, repo=order.repository, agents=order.agents, agent_command=order.command, verify=VERIFY
    )


def be_coordinator(order: Order) -> int:
    """Its exit status."""
    os.environ.clear()
    os.environ.update(order.environment)
    arm(POINTS[order.point], order.signal)
    try:
        asyncio.run(coordinate(order))
    except LeaseLost:
        return OVERTAKEN
    return 0


def main() -> None:
    importlib.import_module("langgraph.graph")
    for line in sys.stdin:
        order = Order(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            os._exit(be_coordinator(order))
        _, status = os.waitpid(pid, os.WUNTRACED)
        print(pid, flush=True)
        if os.WIFSTOPPED(status):
            _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
