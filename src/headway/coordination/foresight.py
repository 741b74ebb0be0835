"""What is done about conflicts before they happen: whether a ticket waits for others that touch the same files.

Both ways have a price, counted in runs of an agent, and the cheaper one is taken:

* to wait costs ``λ × ahead``: so many tickets go before it, and a run's length of standing still is worth ``λ`` of a
  run at work (:data:`WORTH`, by priority);
* to start now costs ``(1 + λ) × chance``: with that chance the work has to be done again, which costs the agent's
  time and as much time on the clock.

So two tickets of one file go one after the other, and twenty that all write into one changelog do not queue up for
each other. Pure. Not for: conflicts of real edits (:mod:`headway.conflicts`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from headway.nouns import Priority, Ticket
from headway.tickets.overlap import Overlap, expected_overlaps

#: How likely two tickets that share so many files are in conflict: of the pairs of real tickets in the workloads
#: history-42 and history-200, 21 of 56 with one file in common, 23 of 26 with two, 12 of 13 with more.
CHANCE_BY_FILES = {1: 21 / 56, 2: 23 / 26, 3: 12 / 13}

#: The same for globs that can meet, where nobody knows whether they will. Not measured: half of what one file makes.
CHANCE_OF_GLOBS = CHANCE_BY_FILES[1] / 2

#: What standing still for the length of a run is worth against a run at work.
WORTH: Mapping[Priority, float] = {
    Priority.LOW: 0.25,
    Priority.MEDIUM: 0.5,
    Priority.HIGH: 1.0,
    Priority.CRITICAL: 2.0,
}

#: Ticket → the others that it may collide with, and how likely.
Chances = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What the two ways cost, in runs of an agent."""

    wait: float
    start: float

    @property
    def pays_to_wait(self) -> bool:
        """Whether waiting is the cheaper way."""
        return self.wait < self.start


def chances(tickets: Sequence[Ticket]) -> Chances:
    """Who may collide with whom, by the paths that the tickets declare."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for overlap in expected_overlaps(tickets):
        found[overlap.left][overlap.right] = found[overlap.right][overlap.left] = chance(overlap)
    return found


def chance(overlap: Overlap) -> float:
    """How likely two tickets are in conflict."""
    files = sum(1 for left, right in overlap.globs if left == right and not set(left) & set("*?[]"))
    return CHANCE_BY_FILES[min(files, max(CHANCE_BY_FILES))] if files else CHANCE_OF_GLOBS


def price(priority: Priority, ahead: Iterable[float]) -> Price:
    """The price of waiting for tickets, and of not waiting. ``ahead``: the chance of a conflict with each of them."""
    apart, count = 1.0, 0
    for each in ahead:
        apart *= 1.0 - each
        count += 1
    worth = WORTH[priority]
    return Price(wait=worth * count, start=(1.0 + worth) * (1.0 - apart))


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """Two tickets that may collide, and what is done about it as far as these two go."""

    overlap: Overlap
    chance: float
    #: The one that would wait, and for whom: the lower priority, else the later in the file.
    later: str
    earlier: str
    price: Price


def foresee(tickets: Sequence[Ticket]) -> list[Foreseen]:
    """All pairs that may collide by the paths that they declare, as a plan shows them."""
    place = {ticket.id: (-ticket.priority, number) for number, ticket in enumerate(tickets)}
    priority = {ticket.id: ticket.priority for ticket in tickets}
    found = []
    for overlap in expected_overlaps(tickets):
        earlier, later = sorted((overlap.left, overlap.right), key=place.__getitem__)
        likely = chance(overlap)
        found.append(
            Foreseen(
                overlap=overlap,
                chance=likely,
                earlier=earlier,
                later=later,
                price=price(priority[later], [likely]),
            )
        )
    return found
