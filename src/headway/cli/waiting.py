"""Prints who has what and who waits for whom. Not for: what a wait is (:mod:`headway.conflicts.waiting`)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from headway.cli import render
from headway.cli.places import find_place, the_run
from headway.cli.text import count
from headway.conflicts.waiting import (
    Line,
    Wait,
    WaitGraph,
    Waiting,
    WaitKind,
    draw_leases,
    draw_order,
    read_waiting,
)
from headway.conflicts.waiting.drawing import Mark
from headway.conflicts.waiting.snapshot import LANDING
from headway.coordination.view import most_agents
from headway.nouns import LeaseState, ResourceLease, SlotState

SLOT = "slot"

#: Into a pipe or a file nothing is cut off.
_ENDLESS = 1_000_000

_STYLES = {
    Mark.HOLDER: "bold",
    Mark.WAITER: "",
    Mark.CYCLE: "bold red",
    Mark.TO_COME: "dim",
    Mark.NOTE: "dim",
}


def print_leases(repo: Path, run: str | None, *, as_json: bool) -> None:
    """Print who has what of a run, and who waits for it. Raises HeadwayError."""
    waiting = _read(repo, run)
    graph = waiting.build()
    found = rights(waiting, graph)
    if as_json:
        told = [{key: value for key, value in asdict(each).items() if key != "run"} for each in found]
        render.print_json({"run": waiting.run, "leases": told})
        return
    having = {each.ticket for each in found if each.state is LeaseState.HELD}
    queued = {each.ticket for each in found if each.state is LeaseState.WAITING}
    if not found:
        print(f"run {waiting.run}: nobody has or waits for anything")
        return
    said = (
        f"{count(len(having), 'ticket has', 'tickets have')} something, {count(len(queued), 'waits', 'wait')}"
    )
    print(f"run {waiting.run}: {said}\n")
    _print_lines(draw_leases(found, graph, now=time.time(), width=_width()))


def print_order(repo: Path, run: str | None, *, as_json: bool) -> None:
    """Print who waits for whom in a run. Raises HeadwayError."""
    waiting = _read(repo, run)
    graph = waiting.build()
    waits = sorted(graph, key=lambda wait: (wait.waiter, wait.since, wait.holder, wait.kind))
    cycles = graph.cycles()
    if as_json:
        told = [asdict(wait) | {"says": wait.sentence} for wait in waits]
        render.print_json(
            {"run": waiting.run, "waits": told, "deadlocks": [list(each.tickets) for each in cycles]}
        )
        return
    if not waits:
        print(f"run {waiting.run}: nobody waits for anybody")
        return
    said = count(len({wait.waiter for wait in waits}), "ticket waits", "tickets wait")
    stuck = f", {count(len(cycles), 'deadlock')}" if cycles else ""
    print(f"run {waiting.run}: {said}{stuck}\n")
    _print_lines(draw_order(graph, now=time.time(), width=_width()))


def rights(waiting: Waiting, graph: WaitGraph) -> list[ResourceLease]:
    """Everything that tickets have or wait for: their leases, the worktrees, the landing queue.

    Who is held back by an order waits for a ticket and not for the queue, which passes it over.
    """
    found = {(each.resource, each.ticket): each for each in waiting.leases}
    for each in (*_slots(waiting, graph), *_landings(waiting, graph)):
        found.setdefault((each.resource, each.ticket), each)
    return sorted(found.values(), key=lambda each: (each.resource, each.state, each.since, each.ticket))


def _slots(waiting: Waiting, graph: WaitGraph) -> Iterator[ResourceLease]:
    since = {each.ticket.id: each.since for each in waiting.progress}
    for slot in waiting.slots:
        if slot.holder is not None and slot.state in (SlotState.BUSY, SlotState.PREPARING):
            run, ticket, _ = slot.holder
            name = ticket if run == waiting.run else f"{run}/{ticket}"
            yield _lease(waiting, SLOT, name, LeaseState.HELD, since.get(ticket, 0.0))
    for wait in _of(graph, WaitKind.SLOT):
        yield _lease(waiting, SLOT, wait.waiter, LeaseState.WAITING, wait.since)


def _landings(waiting: Waiting, graph: WaitGraph) -> Iterator[ResourceLease]:
    behind = {wait.waiter: wait for wait in _of(graph, WaitKind.LANDING)}
    held_back = {wait.waiter for wait in _of(graph, WaitKind.LAND_ORDER)}
    for landing in waiting.landings:
        if landing.state.is_over or landing.run != waiting.run:
            continue
        if landing.ticket in behind:
            yield _lease(waiting, LANDING, landing.ticket, LeaseState.WAITING, landing.queued_at)
        elif landing.ticket not in held_back:
            yield _lease(waiting, LANDING, landing.ticket, LeaseState.HELD, landing.queued_at)


def _of(graph: WaitGraph, kind: WaitKind) -> list[Wait]:
    return [wait for wait in graph if wait.kind is kind]


def _lease(waiting: Waiting, resource: str, ticket: str, state: LeaseState, since: float) -> ResourceLease:
    return ResourceLease(run=waiting.run, resource=resource, ticket=ticket, state=state, since=since)


def _read(repo: Path, run: str | None) -> Waiting:
    place = find_place(repo)
    with place.reader() as reader:
        found = the_run(reader, run)
        return read_waiting(reader, found.id, agents=most_agents(reader, found))


def _width() -> int:
    return render.columns() if render.is_terminal() else _ENDLESS


def _print_lines(lines: Sequence[Line]) -> None:
    for line in lines:
        render.put_line([(line.text, _STYLES[line.mark])])
