"""What one waits for, and a ring of waits. Pure. Not for: where they come from (:mod:`.snapshot`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: Resources of which several are had at once, all alike: who waits for one of them waits for *any* holder, not for
#: each. With the kind of wait that they make.
COUNTED = {"slot": "slot", "compute": "compute"}

#: Resources with such a name are free again when their holder's agent has ended; all others when it has landed.
_HAD_WHILE_AT_WORK = ("port:",)


class WaitKind(StrEnum):
    """What a wait is about."""

    #: The ticket depends on the other one, as its author wrote it.
    DEPENDENCY = "dependency"
    #: An order: starts only when the other has landed.
    START_ORDER = "start_order"
    #: An order: lands only when the other has landed.
    LAND_ORDER = "land_order"
    #: The other has what only one may have at a time.
    LEASE = "lease"
    #: The other is before it in the landing queue.
    LANDING = "landing"
    #: All slots are taken.
    SLOT = "slot"
    #: There is no memory, CPU or disk for one more agent.
    COMPUTE = "compute"
    #: A person has been asked and has not answered.
    ANSWER = "answer"

    @property
    def is_counted(self) -> bool:
        """Whether one of several holders is enough."""
        return self in (WaitKind.SLOT, WaitKind.COMPUTE)

    @property
    def is_breakable(self) -> bool:
        """Whether the holder can give up what is waited for. Dependencies are never broken, people never hurried."""
        return self not in (WaitKind.DEPENDENCY, WaitKind.ANSWER)

    @property
    def blocks_landing(self) -> bool:
        """Whether it keeps the waiting ticket only from landing, not from its work."""
        return self in (WaitKind.LAND_ORDER, WaitKind.LANDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """An edge of the wait-for graph: ``waiter`` cannot go on before ``holder`` has."""

    #: A ticket.
    waiter: str
    #: A ticket, or the id of an escalation. Empty for a counted resource: whoever gives one back first.
    holder: str
    kind: WaitKind
    #: The resource's name, ``landing``, or empty.
    what: str = ""
    #: Since when the waiter waits for it.
    since: float = 0.0
    #: Why, for a person: the order's reason, the question, what the holder does.
    note: str = ""
    #: Whether the waiter is not there yet, and will wait if nothing changes.
    to_come: bool = False

    @property
    def is_until_work_ends(self) -> bool:
        """Whether the wait is over when the holder's agent has ended, not only when its work has landed."""
        return self.kind.is_counted or (
            self.kind is WaitKind.LEASE and self.what.startswith(_HAD_WHILE_AT_WORK)
        )

    @property
    def sentence(self) -> str:
        """The wait as a person says it, without a full stop."""
        note = f" ({self.note})" if self.note else ""
        holder = self.holder or "one of those that have one"
        return _SENTENCES[self.kind].format(waiter=self.waiter, holder=holder, what=self.what) + note


_SENTENCES = {
    WaitKind.DEPENDENCY: "{waiter} depends on {holder}",
    WaitKind.START_ORDER: "{waiter} starts when {holder} has landed",
    WaitKind.LAND_ORDER: "{waiter} lands when {holder} has landed",
    WaitKind.LEASE: "{waiter} waits for {what}, which {holder} has",
    WaitKind.LANDING: "{waiter} is behind {holder} in the landing queue",
    WaitKind.SLOT: "{waiter} waits for the slot of {holder}",
    WaitKind.COMPUTE: "{waiter} waits for the memory and CPU of {holder}",
    WaitKind.ANSWER: "{waiter} waits for a person's answer to {holder}",
}


@dataclass(frozen=True, slots=True)
class Cycle:
    """A ring of waits: each one's holder is the next one's waiter, and none of them can go on.

    It begins with the ticket whose name comes first, so that the same ring is the same value wherever it was found.
    """

    waits: tuple[Wait, ...]

    @staticmethod
    def of(waits: Iterable[Wait]) -> Cycle:
        """The ring of these waits, which may begin anywhere."""
        ring = tuple(waits)
        first = min(range(len(ring)), key=lambda n: ring[n].waiter)
        return Cycle(ring[first:] + ring[:first])

    @property
    def tickets(self) -> tuple[str, ...]:
        """Who is in it, in the order of the ring."""
        return tuple(wait.waiter for wait in self.waits)

    @property
    def is_breakable(self) -> bool:
        """Whether somebody can give up something that breaks it."""
        return any(wait.kind.is_breakable for wait in self.waits)

    def __str__(self) -> str:
        return " → ".join([*self.tickets, self.tickets[0]])
