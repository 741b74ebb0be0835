"""The public Python interface: start or resume a run, hear its events, await its result.

    run = headway.start_run("tickets.yaml", agents=8)
    async for event in run.events():
        print(event.kind, event.ticket)
    result = await run

The command line is a thin layer over this.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.coordination.coordinator import LEASE_PATIENCE, Coordinator
from headway.coordination.opening import (
    Repository,
    RunOptions,
    choose_profiles,
    hold_lease,
    make_context,
    open_repository,
    seconds_of,
)
from headway.coordination.result import RunResult, result_of
from headway.errors import LeaseLost, RunError, TicketsError
from headway.landing.repository import check_repository
from headway.nouns import Event, Fence, Progress, RequestKind, Run, RunState, Ticket, TicketState
from headway.tickets.reading import check_tickets, read_tickets

if TYPE_CHECKING:
    from headway.store.store import Store

_ABOUT_TICKETS = (RequestKind.CANCEL, RequestKind.RETRY, RequestKind.ANSWER, RequestKind.UNDO)


class RunHandle:
    """A run under way in this process: ``await`` it for its result, iterate over :meth:`events`."""

    def __init__(self, begin: Callable[[RunHandle], Coroutine[Any, Any, RunResult]]) -> None:
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._coordinator: Coordinator | None = None
        self._asked: Callable[[Coordinator], None] | None = None
        self._task = asyncio.create_task(begin(self))
        self._task.add_done_callback(lambda _: self._events.put_nowait(None))

    def __await__(self) -> Generator[Any, None, RunResult]:
        return self._task.__await__()

    async def events(self) -> AsyncIterator[Event]:
        """The run's events from now on, as they are recorded; ends with the run. For one listener.

        Raises what awaiting the run raises.
        """
        while (event := await self._events.get()) is not None:
            yield event
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error

    def drain(self) -> None:
        """Nothing new starts; what runs may finish and land, then the run stops."""
        self._ask(Coordinator.drain)

    def leave(self) -> None:
        """End this coordinator and leave the agents at work; ``resume_run`` finds them."""
        self._ask(Coordinator.leave)

    def kill(self) -> None:
        """End the agents with everything that they started, keep their work, and stop the run."""
        self._ask(Coordinator.kill)

    def _ask(self, what: Callable[[Coordinator], None]) -> None:
        if self._coordinator is not None:
            what(self._coordinator)
        else:
            self._asked = what

    def _attach(self, coordinator: Coordinator) -> None:
        self._coordinator = coordinator
        if self._asked is not None:
            self._asked(coordinator)

    def _hear(self, event: Event) -> None:
        self._events.put_nowait(event)


def start_run(
    tickets: str | Path | Sequence[Ticket],
    *,
    repo: str | Path = ".",
    into: str | None = None,
    agents: int | None = None,
    agent: str | None = None,
    agent_command: str | None = None,
    verify: str | None = None,
    timeout: str | float | None = None,
    only: Sequence[str] = (),
) -> RunHandle:
    """Start a run in this process; to be called where an event loop runs.

    ``tickets``: a file or folder, or tickets. ``into``: the branch to land on; the one that is checked out where
    None. ``agents``: most at once. ``agent``: a profile's name; ``agent_command``: a command instead.
    ``timeout``: seconds or ``"30m"``, for one attempt. ``only``: ids of the tickets to take.

    Awaiting it raises HeadwayError: TicketsError, SettingsError, RepositoryError, AgentError, LeaseHeld, RunError.
    """

    async def begin(handle: RunHandle) -> RunResult:
        if isinstance(tickets, str | Path):
            found: Sequence[Ticket] = read_tickets(Path(tickets))
        else:
            check_tickets(tickets)
            found = tickets
        wanted = _choose(found, only)
        options = RunOptions(
            agents=agents,
            agent=agent,
            agent_command=agent_command,
            verify=verify,
            timeout=seconds_of(timeout),
        )
        repository = await open_repository(Path(repo))
        choose_profiles(repository.settings, options, wanted)
        checked = await check_repository(
            repository.git, into or repository.settings.run.into, repository.settings.landing
        )

        used = await _used_numbers(repository)

        def make(store: Store, fence: Fence) -> Run:
            run = _new_run(store, used, checked.target, checked.tip, options)
            _save_new(store, fence, run, wanted, checked.notes)
            return run

        return await _coordinate(handle, repository, make, "run.started")

    return RunHandle(begin)


def resume_run(repo: str | Path = ".", *, kill: bool = False) -> RunHandle:
    """Go on with the repository's latest run: agents still at work are found, what ended meanwhile is taken in.

    A run that has ended is taken up again where a person asked something about one of its tickets. ``kill``: only end
    what runs, keep its work, and stop. Awaiting it raises HeadwayError.
    """

    async def begin(handle: RunHandle) -> RunResult:
        repository = await open_repository(Path(repo))
        if kill:
            handle.kill()

        def find(store: Store, fence: Fence) -> Run | None:
            run = store.latest_run()
            if run is None:
                raise RunError("there is no run in this repository", mend="start one: headway run TICKETS")
            asked = any(r.kind in _ABOUT_TICKETS for r in store.requests())
            return run if run.state is not RunState.ENDED or asked else None

        return await _coordinate(handle, repository, find, "run.resumed", is_starting=not kill)

    return RunHandle(begin)


async def _coordinate(
    handle: RunHandle,
    repository: Repository,
    find: Callable[[Store, Fence], Run | None],
    event: str,
    *,
    is_starting: bool = True,
) -> RunResult:
    from headway.store.store import Store

    with ExitStack() as stack:
        store = Store.open(repository.store_url)
        stack.callback(store.close)
        fence = stack.enter_context(hold_lease(store, LEASE_PATIENCE))
        run = find(store, fence)
        if run is None:
            latest = store.latest_run()
            assert latest is not None, "it was looked for"
            return result_of(store, latest.id)
        run = replace(run, state=RunState.RUNNING, ended_at=None)
        _drop_stale_requests(store, fence, new=event == "run.started")
        context = make_context(repository, store, fence, run, is_starting=is_starting)
        context.listeners.append(handle._hear)
        with context.write() as writer:
            writer.save_run(run)
            context.record(
                writer,
                event,
                tickets=len(context.board.all()),
                target=run.target,
                agents=context.limits.agents,
                profile=context.profile,
            )
        coordinator = Coordinator(context, repository.store_url)
        handle._attach(coordinator)
        return await coordinator.run()


def _drop_stale_requests(store: Store, fence: Fence, *, new: bool) -> None:
    """What was asked of a coordinator that is gone: whoever starts another one wants it to run."""
    with store.write(fence) as writer:
        for request in store.requests():
            if new or request.kind not in _ABOUT_TICKETS:
                writer.take_request(request.id)


def _choose(tickets: Sequence[Ticket], only: Sequence[str]) -> list[Ticket]:
    from headway.errors import Problem

    if not tickets:
        raise TicketsError([Problem(where="tickets", what="there is none")])
    if not only:
        return list(tickets)
    known = {t.id for t in tickets}
    unknown = [
        Problem(where="--only", what=f"there is no ticket {id_!r}") for id_ in only if id_ not in known
    ]
    if unknown:
        raise TicketsError(unknown, mend="see the ids: headway tickets list FILE")
    return [t for t in tickets if t.id in set(only)]


async def _used_numbers(repository: Repository) -> set[int]:
    """Numbers of runs that left something behind, also where the store that knew them is gone: a new run must not
    meet their attempts' files, nor move the refs that hold their work."""
    listed = await repository.git.refs("for-each-ref", "--format=%(refname:lstrip=2)", "refs/headway")
    names = {line.split("/")[0] for line in listed.out.decode("utf-8", "replace").splitlines()}
    for directory in (repository.home.attempts(), repository.home.verifications()):
        with suppress(FileNotFoundError):
            names |= {entry.name for entry in directory.iterdir()}
    return {int(name[1:]) for name in names if re.fullmatch(r"r[0-9]{1,9}", name)}


def _new_run(store: Store, used: set[int], target: str, tip: str, options: RunOptions) -> Run:
    latest = store.latest_run()
    if latest is not None and latest.state is RunState.RUNNING:
        result = result_of(store, latest.id)
        raise RunError(
            f"run {latest.id} is not over: {result.landed} of {result.tickets} tickets landed, and its "
            "coordinator is gone",
            mend="go on with it: headway resume; or end it and keep what was done: headway stop --kill",
        )
    number = 1 + max(used | {int(run.id[1:]) for run in store.runs()}, default=0)
    return Run(
        id=f"r{number}",
        target=target,
        base=tip,
        state=RunState.RUNNING,
        started_at=time.time(),
        options=options.as_mapping(),
        trace_id=secrets.token_hex(16),
    )


def _save_new(store: Store, fence: Fence, run: Run, tickets: Sequence[Ticket], notes: Sequence[str]) -> None:
    """The run and all its tickets in one transaction: there is no half of a run."""
    here = {t.id for t in tickets}
    with store.write(fence) as writer:
        writer.save_run(run)
        for position, ticket in enumerate(tickets):
            # What `only` leaves out is taken to be there already.
            needed = replace(ticket, depends_on=tuple(d for d in ticket.depends_on if d in here))
            writer.save_progress(
                Progress(
                    run=run.id,
                    ticket=needed,
                    state=TicketState.WAITING,
                    since=run.started_at,
                    position=position,
                )
            )
        for note in notes:
            writer.record("run.note", at=run.started_at, run=run.id, reason=note)


__all__ = ["LeaseLost", "RunHandle", "RunResult", "resume_run", "start_run"]
