"""Where tries are kept, and the effects that are in the store alone.

:class:`StoreLedger` is for a run: every save is one transaction of the store. :class:`MemoryLedger` is for a resolver
without one. Both keep tries and apply effects; what needs git, agents or a person is left to who extends them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from headway.nouns import (
    ConflictRecord,
    Decision,
    Escalation,
    EscalationState,
    Fence,
    LeaseState,
    Order,
    Priority,
    Resolution,
    ResourceLease,
)
from headway.resolution.effects import (
    Boost,
    Consult,
    GoOn,
    Mediate,
    Mediated,
    Origin,
    QueueLease,
    Redo,
    Release,
    Reorder,
    Replace,
    Rule,
    Split,
    Tell,
    Unorder,
    Wait,
)
from headway.store.store import Store, Writer


class Keeper(Protocol):
    """Keeps tries, conflicts and escalations. Each save is whole or not at all."""

    def resolutions(self, conflict: str) -> Sequence[Resolution]:
        """The tries at a conflict, in order."""
        ...

    def conflict(self, id: str) -> ConflictRecord | None:
        """The conflict as it stands; None where it is not kept."""
        ...

    def save(self, resolution: Resolution | None, record: ConflictRecord | None = None) -> None:
        """Keep a try, and where the conflict stands."""
        ...

    def escalation_of(self, conflict: str) -> Escalation | None:
        """The open escalation about a conflict."""
        ...

    def escalate(self, escalation: Escalation, record: ConflictRecord) -> Escalation:
        """Keep a new escalation, with the id that it gets, and where its conflict stands."""
        ...


class _Without:
    """Effects that nobody here can apply. What is told stands with the try; what must be done is refused, and then the
    strategy has failed: it would have changed nothing."""

    async def tell(self, effect: Tell, origin: Origin) -> None:
        """Kept with the try's effects, and nobody hears it yet."""

    async def redo(self, effect: Redo, origin: Origin) -> None:
        raise NotImplementedError("to do a ticket again needs a run")

    async def wait(self, effect: Wait, origin: Origin) -> None:
        raise NotImplementedError("to have an agent wait needs a run")

    async def go_on(self, effect: GoOn, origin: Origin) -> None:
        raise NotImplementedError("to have an agent go on needs a run")

    async def replace(self, effect: Replace, origin: Origin) -> str:
        raise NotImplementedError("a merge needs a run")

    async def consult(self, question: Consult, origin: Origin) -> str | None:
        return None

    async def mediate(self, task: Mediate, origin: Origin) -> Mediated:
        return Mediated(tree={}, failed="there is no run that a mediator could work in")


class StoreLedger(_Without):
    """Tries and effects of one run, in the store. The coordinator extends it with what needs agents and git."""

    def __init__(self, store: Store, run: str, fence: Fence | None, clock: Callable[[], float]) -> None:
        self.store, self.run, self.fence, self.clock = store, run, fence, clock

    def write(self) -> AbstractContextManager[Writer]:
        """One transaction."""
        return self.store.write(self.fence)

    def resolutions(self, conflict: str) -> Sequence[Resolution]:
        return self.store.resolutions(self.run, conflict)

    def conflict(self, id: str) -> ConflictRecord | None:
        return self.store.conflict(self.run, id)

    def save(self, resolution: Resolution | None, record: ConflictRecord | None = None) -> None:
        with self.write() as writer:
            if resolution is not None:
                writer.save_resolution(resolution)
            if record is not None:
                writer.save_conflict(record)

    def escalation_of(self, conflict: str) -> Escalation | None:
        open_ = self.store.escalations(self.run, [EscalationState.OPEN])
        return next((each for each in open_ if each.conflict == conflict), None)

    def escalate(self, escalation: Escalation, record: ConflictRecord) -> Escalation:
        with self.write() as writer:
            kept = replace(escalation, id=writer.next_escalation_id())
            writer.save_escalation(kept)
            writer.save_conflict(record)
        return kept

    async def queue_lease(self, effect: QueueLease, origin: Origin) -> None:
        """The first one holds it, unless another one of them does; the others wait, in order."""
        leases = {each.ticket: each for each in self._leases(effect.resource)}
        held = next((t for t, lease in leases.items() if lease.state is LeaseState.HELD), None)
        order = (
            [held, *(t for t in effect.tickets if t != held)]
            if held in effect.tickets
            else list(effect.tickets)
        )
        since = self.clock()
        with self.write() as writer:
            for place, ticket in enumerate(order):
                is_held = ticket == held or (held is None and place == 0)
                # Leases are read by since: a hair apart, they keep this order.
                writer.save_lease(
                    ResourceLease(
                        run=self.run,
                        resource=effect.resource,
                        ticket=ticket,
                        state=LeaseState.HELD if is_held else LeaseState.WAITING,
                        since=leases[ticket].since if ticket == held else since + place * 1e-3,
                    )
                )

    async def release(self, effect: Release, origin: Origin) -> None:
        with self.write() as writer:
            for ticket in effect.tickets:
                writer.delete_lease(self.run, effect.resource, ticket)
            gone = set(effect.tickets)
            left = [lease for lease in self._leases(effect.resource) if lease.ticket not in gone]
            if left and all(lease.state is LeaseState.WAITING for lease in left):
                writer.save_lease(replace(left[0], state=LeaseState.HELD))

    async def split(self, effect: Split, origin: Origin) -> None:
        now = self.clock()
        with self.write() as writer:
            for ticket, parts in effect.parts.items():
                for part in parts:
                    writer.save_lease(
                        ResourceLease(
                            run=self.run,
                            resource=f"{effect.resource}#{part}",
                            ticket=ticket,
                            state=LeaseState.HELD,
                            since=now,
                        )
                    )

    async def boost(self, effect: Boost, origin: Origin) -> None:
        progress = self.store.progress_of(self.run, effect.ticket)
        if progress is None or progress.ticket.priority == effect.to:
            return
        with self.write() as writer:
            writer.save_progress(
                replace(progress, ticket=replace(progress.ticket, priority=Priority(effect.to)))
            )

    async def order(self, effect: Reorder, origin: Origin) -> None:
        with self.write() as writer:
            writer.save_order(
                Order(
                    run=self.run,
                    first=effect.first,
                    then=effect.then,
                    of=effect.of,
                    at=self.clock(),
                    reason=effect.reason,
                    conflict=origin.conflict,
                )
            )

    async def unorder(self, effect: Unorder, origin: Origin) -> None:
        with self.write() as writer:
            writer.delete_order(self.run, effect.first, effect.then, effect.of)

    async def rule(self, effect: Rule, origin: Origin) -> None:
        agent = f"headway {origin}"
        if any(each.agent == agent for each in self.store.decisions(self.run)):
            return  # the ledger only grows: the same ruling is written once
        with self.write() as writer:
            writer.add_decision(_decision(effect, agent, self.run, self.clock()))

    def _leases(self, resource: str) -> list[ResourceLease]:
        return [lease for lease in self.store.resource_leases(self.run) if lease.resource == resource]


class MemoryLedger(_Without):
    """Tries and effects without a run: what was done can be looked at, and is gone with the process."""

    def __init__(self) -> None:
        self.tries: dict[str, list[Resolution]] = {}
        self.records: dict[str, ConflictRecord] = {}
        self.escalations: list[Escalation] = []
        self.leases: dict[str, list[str]] = {}
        self.parts: dict[str, dict[str, tuple[str, ...]]] = {}
        self.priorities: dict[str, Priority] = {}
        self.orders: list[Reorder] = []
        self.decisions: list[Decision] = []
        self.told: dict[str, Tell] = {}

    def resolutions(self, conflict: str) -> Sequence[Resolution]:
        return self.tries.get(conflict, [])

    def conflict(self, id: str) -> ConflictRecord | None:
        return self.records.get(id)

    def save(self, resolution: Resolution | None, record: ConflictRecord | None = None) -> None:
        if resolution is not None:
            tries = self.tries.setdefault(resolution.conflict, [])
            tries[:] = [each for each in tries if each.number != resolution.number]
            tries.append(resolution)
            tries.sort(key=lambda each: each.number)
        if record is not None:
            self.records[record.id] = record

    def escalation_of(self, conflict: str) -> Escalation | None:
        open_ = [each for each in self.escalations if each.state is EscalationState.OPEN]
        return next((each for each in open_ if each.conflict == conflict), None)

    def escalate(self, escalation: Escalation, record: ConflictRecord) -> Escalation:
        kept = replace(escalation, id=f"E-{len(self.escalations) + 1}")
        self.escalations.append(kept)
        self.records[record.id] = record
        return kept

    async def tell(self, effect: Tell, origin: Origin) -> None:
        self.told[str(origin)] = effect

    async def queue_lease(self, effect: QueueLease, origin: Origin) -> None:
        self.leases[effect.resource] = list(effect.tickets)

    async def release(self, effect: Release, origin: Origin) -> None:
        waiting = self.leases.get(effect.resource, [])
        self.leases[effect.resource] = [each for each in waiting if each not in effect.tickets]

    async def split(self, effect: Split, origin: Origin) -> None:
        self.parts[effect.resource] = dict(effect.parts)

    async def boost(self, effect: Boost, origin: Origin) -> None:
        self.priorities[effect.ticket] = effect.to

    async def order(self, effect: Reorder, origin: Origin) -> None:
        if effect not in self.orders:
            self.orders.append(effect)

    async def unorder(self, effect: Unorder, origin: Origin) -> None:
        gone = (effect.first, effect.then, effect.of)
        self.orders = [each for each in self.orders if (each.first, each.then, each.of) != gone]

    async def rule(self, effect: Rule, origin: Origin) -> None:
        agent = f"headway {origin}"
        if not any(each.agent == agent for each in self.decisions):
            self.decisions.append(_decision(effect, agent, None, 0.0))


def _decision(effect: Rule, agent: str, run: str | None, at: float) -> Decision:
    return Decision(
        topic=effect.topic,
        choice=effect.choice,
        scope=effect.scope,
        reason=effect.reason,
        agent=agent,
        run=run,
        at=at,
    )
