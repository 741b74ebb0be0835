"""Asks things of the coordinator through the store, and says what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headway.cli import render
from headway.cli.places import Place, find_place, the_run
from headway.cli.standing import the_ticket
from headway.cli.text import count, safe
from headway.coordination.view import Coordinator, RunView, read_coordinator
from headway.errors import RunError
from headway.nouns import Progress, Request, RequestKind, RunState, TicketState
from headway.store.reader import Reader

#: How long it is waited for a living coordinator to take a request up, in seconds. It looks every 0.3 s.
PATIENCE = 5.0

#: How long it is waited for agents to end; each gets 5 s to clean up, then their work is made commits.
KILL_PATIENCE = 120.0

LOOK_EVERY = 0.1

#: States from which a person can have a ticket tried again.
RETRIABLE = (TicketState.FAILED, TicketState.NEEDS_HUMAN, TicketState.CANCELLED)


def ask_to_cancel(repo: Path, ticket: str, *, as_json: bool) -> None:
    """Have a ticket cancelled. Raises RunError where that makes no sense."""
    place, progress, coordinator = _find(repo, ticket)
    if progress.state is TicketState.CANCELLED:
        raise RunError(
            f"{ticket} is cancelled already", mend=f"to have it done after all: headway retry {ticket}"
        )
    if progress.state is TicketState.LANDED:
        raise RunError(f"{ticket} has landed already", mend="see: headway status")
    later = "the next headway resume cancels it"
    ask_and_tell(place, RequestKind.CANCEL, ticket, coordinator, ticket=ticket, as_json=as_json, later=later)


def ask_to_retry(repo: Path, ticket: str, *, as_json: bool) -> None:
    """Have a ticket tried again. Raises RunError where that makes no sense."""
    place, progress, coordinator = _find(repo, ticket)
    if progress.state is TicketState.LANDED:
        raise RunError(f"{ticket} has landed already", mend="new work wants a new ticket")
    if progress.state is TicketState.BLOCKED:
        raise RunError(f"{ticket} is blocked: {progress.reason}", mend="retry the ticket that it waits for")
    if progress.state not in RETRIABLE:
        raise RunError(
            f"{ticket} is {progress.state.value}: it goes on by itself", mend="see: headway status"
        )
    later = "to have it tried: headway resume"
    ask_and_tell(place, RequestKind.RETRY, ticket, coordinator, ticket=ticket, as_json=as_json, later=later)


def ask_to_stop(repo: Path, *, kill: bool, as_json: bool) -> None:
    """Have the run stopped, its agents ended too where ``kill``."""
    place = find_place(repo)
    with place.reader() as reader:
        view = place.view(reader, the_run(reader, None))
    if view.is_kept_going:
        _stop_living(place, view, kill=kill, as_json=as_json)
    else:
        _stop_left(place, view, kill=kill, as_json=as_json)


def _stop_living(place: Place, view: RunView, *, kill: bool, as_json: bool) -> None:
    coordinator = view.coordinator
    assert coordinator is not None, "a run that is kept going has one"
    request = _ask(place, RequestKind.KILL if kill else RequestKind.DRAIN, None)
    with place.reader() as reader:
        taken = _wait_until_taken(reader, request)
        if kill and taken:
            view = _wait_until_stopped(place, reader, view)
    stopped = view.run.state is not RunState.RUNNING
    told = _request_json(request, coordinator, taken=taken) | {"stopped": stopped}
    pid = coordinator.holder.process.pid
    at_work = view.counts.get(TicketState.RUNNING, 0)
    if not taken:
        line = f"asked the coordinator (pid {pid}), which did not answer within {PATIENCE:.0f} s; see: headway status"
    elif not kill:
        line = f"nothing new starts; {_agents(at_work)} may finish and land (headway watch looks on)"
    elif stopped:
        line = "stopped: the agents have ended, their work is kept; to go on: headway resume"
    else:
        line = "the agents are being ended; see: headway status"
    _say(told, line, as_json=as_json)


def _stop_left(place: Place, view: RunView, *, kill: bool, as_json: bool) -> None:
    """No coordinator is alive; agents may be."""
    none: dict[str, Any] = {"request": None, "coordinator": None}
    if view.run.state is RunState.ENDED or view.is_over:
        _say(
            none | {"stopped": True},
            f"run {view.run.id} has ended: there is nothing to stop",
            as_json=as_json,
        )
        return
    if not kill:
        line = "no coordinator is alive, so nothing new starts"
        if alive := view.agents_alive():
            line += f"; {_agents(alive)} still at work: headway stop --kill ends them and keeps their work"
        _say(none | {"stopped": view.run.state is RunState.STOPPED}, line, as_json=as_json)
        return

    if not as_json:
        print("ending the agents and keeping their work …", file=sys.stderr, flush=True)

    async def end_agents() -> None:
        from headway.coordination.api import resume_run

        await resume_run(place.root, kill=True)

    import asyncio

    asyncio.run(end_agents())
    line = "no coordinator was alive; the agents have ended, their work is kept; to go on: headway resume"
    _say(none | {"stopped": True}, line, as_json=as_json)


def _find(repo: Path, ticket: str) -> tuple[Place, Progress, Coordinator | None]:
    """The repository, where the ticket stands, and the coordinator if one is alive."""
    place = find_place(repo)
    with place.reader() as reader:
        run = the_run(reader, None)
        the_ticket(reader, run, ticket)
        progress = reader.progress_of(run.id, ticket)
        assert progress is not None, "it was just seen"
        return place, progress, living_coordinator(reader)


def living_coordinator(reader: Reader) -> Coordinator | None:
    """Who would take a request up; None where nobody is alive."""
    coordinator = read_coordinator(reader, time.time())
    return coordinator if coordinator is not None and coordinator.alive else None


def ask_and_tell(
    place: Place,
    kind: RequestKind,
    about: str,
    coordinator: Coordinator | None,
    *,
    ticket: str | None = None,
    data: Mapping[str, Any] | None = None,
    as_json: bool,
    later: str,
) -> None:
    """Ask, wait a moment for a living coordinator to take it up, and say what came of it.

    ``about``: what begins the line. ``later``: what does it where nobody is alive.
    """
    request = _ask(place, kind, ticket, data)
    if coordinator is None:
        _say(
            _request_json(request, None, taken=False),
            f"noted; no coordinator is alive: {later}",
            as_json=as_json,
        )
        return
    with place.reader() as reader:
        taken = _wait_until_taken(reader, request)
    pid = coordinator.holder.process.pid
    line = (
        f"{about}: the coordinator (pid {pid}) does it"
        if taken
        else f"{about}: asked the coordinator (pid {pid}), which has not come to it yet; see: headway status"
    )
    _say(_request_json(request, coordinator, taken=taken), line, as_json=as_json)


def _ask(
    place: Place, kind: RequestKind, ticket: str | None, data: Mapping[str, Any] | None = None
) -> Request:
    from headway.store.store import Store

    store = Store.open(place.store_url())
    try:
        return store.ask(kind, at=time.time(), ticket=ticket, data=data)
    finally:
        store.close()


def _wait_until_taken(reader: Reader, request: Request) -> bool:
    until = time.monotonic() + PATIENCE
    while any(each.id == request.id for each in reader.requests()):
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_EVERY)
    return True


def _wait_until_stopped(place: Place, reader: Reader, view: RunView) -> RunView:
    until = time.monotonic() + KILL_PATIENCE
    while view.is_kept_going and time.monotonic() < until:
        time.sleep(LOOK_EVERY)
        run = reader.run(view.run.id)
        assert run is not None, "runs are never deleted"
        view = place.view(reader, run)
    return view


def _request_json(request: Request, coordinator: Coordinator | None, *, taken: bool) -> dict[str, Any]:
    return {
        "request": request.kind,
        "ticket": request.ticket,
        **request.data,
        "taken": taken,
        "coordinator": {"pid": coordinator.holder.process.pid, "host": coordinator.holder.host}
        if coordinator
        else None,
    }


def _say(told: dict[str, Any], line: str, *, as_json: bool) -> None:
    if as_json:
        render.print_json(told)
    else:
        print(safe(line))


def _agents(number: int) -> str:
    return count(number, "agent")
