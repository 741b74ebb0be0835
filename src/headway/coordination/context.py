"""What every step of a run has at hand, and the run's board: the tickets' progress as the store has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from headway.config import Settings
from headway.coordination.decide import Limits, Next
from headway.coordination.foresight import chances
from headway.coordination.home import Home
from headway.coordination.kinds import EVENT_KINDS
from headway.nouns import Event, Fence, Order, Progress, Run, TicketState
from headway.tickets.graph import TicketGraph

if TYPE_CHECKING:
    from headway.agents.profiles import Profile
    from headway.landing.git import Git
    from headway.landing.target import Target
    from headway.store.store import Store, Writer


class Board:
    """The tickets' progress, read once and written through: the store is the authority, and the lease makes
    this process its only writer, so the copy cannot differ."""

    def __init__(self, progress: list[Progress], orders: Iterable[Order] = ()) -> None:
        self._progress = {p.ticket.id: p for p in progress}
        self._orders = {(order.first, order.then, order.of): order for order in orders}
        #: Set whenever something changed.
        self.changed = asyncio.Event()
        self.graph = TicketGraph.of([p.ticket for p in progress])
        self.chain = {p.ticket.id: self.graph.critical_path_length(p.ticket.id) for p in progress}
        #: Who may collide with whom, by the paths that they declare.
        self.chances = chances([p.ticket for p in progress])

    def __getitem__(self, ticket: str) -> Progress:
        return self._progress[ticket]

    def __contains__(self, ticket: str) -> bool:
        return ticket in self._progress

    def all(self) -> list[Progress]:
        """Every ticket's progress, in the order of the tickets file."""
        return list(self._progress.values())

    @property
    def orders(self) -> list[Order]:
        """Who goes before whom, though neither depends on the other."""
        return list(self._orders.values())

    def put(self, progress: Progress) -> None:
        """Take in what was just committed. What a ticket that is over went before waits for it no more."""
        self._progress[progress.ticket.id] = progress
        if progress.state.is_over:
            self._orders = {key: order for key, order in self._orders.items() if key[0] != progress.ticket.id}
        self.changed.set()

    def put_order(self, order: Order) -> None:
        """Take in an order that was just committed."""
        self._orders[order.first, order.then, order.of] = order
        self.changed.set()

    def drop_order(self, order: Order) -> None:
        """An order was taken back."""
        self._orders.pop((order.first, order.then, order.of), None)
        self.changed.set()


@dataclass(slots=True)
class _Pending:
    """What a transaction has the board and the listeners take in, once it is committed."""

    board: list[Callable[[], None]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass(kw_only=True)
class RunContext:
    """What every step of a run has at hand."""

    run: Run
    settings: Settings
    limits: Limits
    store: Store
    fence: Fence
    git: Git
    target: Target
    home: Home
    profiles: dict[str, Profile]
    #: Profile for tickets that name none.
    profile: str
    board: Board
    #: The template of the agents' prompts.
    template: str
    clock: Callable[[], float] = time.time
    #: Command that verifies tickets without one of their own.
    verify: str | None = None
    #: Time limit of tickets without one of their own, in seconds.
    timeout: float | None = None
    #: Called with each event once it is committed.
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    _pending: _Pending = field(default_factory=_Pending)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One transaction under this coordinator's fence. Once it is committed, the board takes in what it saved
        and the listeners hear what it recorded."""
        pending = _Pending()
        with self.store.write(self.fence) as writer:
            before, self._pending = self._pending, pending
            try:
                yield writer
            finally:
                self._pending = before
        for put in pending.board:
            put()
        for event in pending.events:
            for listener in self.listeners:
                listener(event)

    def save(
        self, writer: Writer, ticket: str, state: TicketState, reason: str = "", **changes: object
    ) -> Progress:
        """Save a ticket's new state within a transaction of :meth:`write`."""
        now = self.clock()
        old = self.board[ticket]
        new = replace(old, state=state, reason=reason, since=now, **changes)  # type: ignore[arg-type]
        writer.save_progress(new)
        if state.is_over:
            for order in self.board.orders:
                if order.first == ticket:
                    writer.delete_order(self.run.id, order.first, order.then, order.of)
        self._pending.board.append(partial(self.board.put, new))
        return new

    def save_order(self, writer: Writer, order: Order) -> None:
        """Have one ticket go before another, within a transaction of :meth:`write`."""
        writer.save_order(order)
        self._pending.board.append(partial(self.board.put_order, order))

    def drop_order(self, writer: Writer, order: Order) -> None:
        """Have nobody wait because of an order any more, within a transaction of :meth:`write`."""
        writer.delete_order(self.run.id, order.first, order.then, order.of)
        self._pending.board.append(partial(self.board.drop_order, order))

    def follow(self, writer: Writer, ticket: str, next_: Next, **changes: object) -> Progress:
        """Save what :mod:`headway.coordination.decide` said becomes of a ticket, and tell it as an event."""
        new = self.save(
            writer,
            ticket,
            next_.state,
            next_.reason,
            failures=next_.failures,
            redos=next_.redos,
            **changes,
        )
        if next_.state is not TicketState.LANDING:
            self.record(writer, f"ticket.{next_.state.value}", ticket, reason=next_.reason, commit=new.landed)
        return new

    def record(
        self, writer: Writer, kind: str, ticket: str | None = None, attempt: int | None = None, **data: object
    ) -> None:
        """Write an event within a transaction of :meth:`write`. ``kind`` is one of :data:`EVENT_KINDS`."""
        assert kind in EVENT_KINDS, f"{kind} is not described"
        self._pending.events.append(
            writer.record(kind, at=self.clock(), run=self.run.id, ticket=ticket, attempt=attempt, **data)
        )
