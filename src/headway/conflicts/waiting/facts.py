"""What has to be known of a ticket to say what it may give up, and what that costs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from headway.conflicts.waiting.snapshot import Waiting
from headway.nouns import (
    Attempt,
    AttemptState,
    LandingState,
    LeaseState,
    Priority,
    Progress,
    SlotState,
    TicketState,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketFacts:
    """One ticket, as the rules about giving up see it."""

    priority: Priority = Priority.MEDIUM
    #: The highest priority among it and all that depend on it: what is at stake with it. See :func:`stakes`.
    stake: Priority = Priority.MEDIUM
    #: Seconds that the agent which is at work on it has been at work; 0 where none is.
    agent_seconds: float = 0.0
    #: Whether an agent is at work.
    is_running: bool = False
    #: Whether what the agent has written can be made a commit that the next one goes on from.
    is_kept: bool = True
    #: How often its work had to go again already because of a deadlock or a higher ticket.
    times: int = 0
    #: Everything it has that only one may have, counted resources too.
    holds: tuple[str, ...] = ()
    #: Whether its work is done, a commit, and on its way to the target.
    is_landing: bool = False
    #: Whether the target is being moved to its work: that cannot be stopped, and is over at once.
    is_moving: bool = False
    #: Place in the tickets file.
    position: int = 0


#: Ticket → what is known of it. Who is not in it has the defaults.
Facts = Mapping[str, TicketFacts]

#: Of a ticket that nothing is known of: one of another run.
UNKNOWN = TicketFacts()


def stakes(progress: Iterable[Progress]) -> dict[str, Priority]:
    """Ticket → the highest priority among it and those that depend on it, directly or through others, and are open.

    Dependencies are never broken, so what a ticket's dependants are worth, it is worth itself.
    """
    tickets = {p.ticket.id: p.ticket for p in progress if not p.state.is_over}
    found: dict[str, Priority] = {}
    for ticket in sorted(tickets.values(), key=lambda t: -t.priority):
        reached = [ticket.id]
        while reached:
            id_ = reached.pop()
            if id_ in tickets and id_ not in found:
                found[id_] = ticket.priority
                reached += tickets[id_].depends_on
    return found


def facts_of(
    waiting: Waiting,
    attempts: Sequence[Attempt] = (),
    *,
    now: float,
    times: Mapping[str, int] | None = None,
    not_kept: frozenset[str] = frozenset(),
) -> dict[str, TicketFacts]:
    """The facts of a run's tickets.

    ``times``: how often each one's work had to go again by these rules; ``not_kept``: tickets whose work could not be
    made a commit as it lies there.
    """
    at_work = {
        a.ticket: a.started_at
        for a in attempts
        if a.run == waiting.run and a.state in (AttemptState.STARTING, AttemptState.RUNNING)
    }
    holds: dict[str, list[str]] = {}
    for lease in waiting.leases:
        if lease.state is LeaseState.HELD:
            holds.setdefault(lease.ticket, []).append(lease.resource)
    for slot in waiting.slots:
        if slot.holder is not None and slot.state in (SlotState.BUSY, SlotState.PREPARING):
            run, ticket, _ = slot.holder
            holds.setdefault(ticket if run == waiting.run else f"{run}/{ticket}", []).append("slot")
    moving = {x.ticket for x in waiting.landings if x.state is LandingState.MOVING}
    at_stake = stakes(waiting.progress)
    found = {}
    for p in waiting.progress:
        id_ = p.ticket.id
        found[id_] = TicketFacts(
            priority=p.ticket.priority,
            stake=at_stake.get(id_, p.ticket.priority),
            agent_seconds=max(0.0, now - at_work[id_]) if id_ in at_work else 0.0,
            is_running=id_ in at_work,
            is_kept=id_ not in not_kept,
            times=(times or {}).get(id_, 0),
            holds=tuple(sorted({*holds.get(id_, ())})),
            is_landing=p.state is TicketState.LANDING,
            is_moving=id_ in moving,
            position=p.position,
        )
    return found
