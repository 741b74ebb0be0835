"""Who waits for whom. Pure, without recursion (a chain of 10,000 tickets is a chain, not a stack), O(V + E).

Not for: what may start now; that is :mod:`headway.coordination.decide`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property

from headway.nouns import Ticket

#: A knot of tickets that all wait for each other may hold exponentially many cycles; a person mends them one by one.
MOST_CYCLES_OF_A_KNOT = 20


class TicketGraph:
    """The dependency graph of a set of tickets; what waits for a ticket outside the set does not wait here.

    All orders are those in which the tickets were given, wherever the dependencies leave a choice. Everything but
    :meth:`cycles` raises ValueError where there is a cycle; tickets that were read have none.
    """

    def __init__(self, waits_for: Mapping[str, Iterable[str]]) -> None:
        #: Id → the ids that it waits for, within the set.
        self.waits_for: dict[str, tuple[str, ...]] = {
            id_: tuple(d for d in dict.fromkeys(needed) if d in waits_for)
            for id_, needed in waits_for.items()
        }
        behind: dict[str, list[str]] = {id_: [] for id_ in self.waits_for}
        for id_, needed in self.waits_for.items():
            for dependency in needed:
                behind[dependency].append(id_)
        #: Id → the ids that wait for it.
        self.waited_for_by: dict[str, tuple[str, ...]] = {id_: tuple(ids) for id_, ids in behind.items()}

    @classmethod
    def of(cls, tickets: Iterable[Ticket]) -> TicketGraph:
        """The graph of ``depends_on``."""
        return cls({ticket.id: ticket.depends_on for ticket in tickets})

    def waves(self) -> list[list[str]]:
        """Who could work at once if every ticket took the same time: each wave waits only for those before it."""
        level: dict[str, int] = {}
        waves: list[list[str]] = []
        for id_ in self._order:
            level[id_] = 1 + max((level[d] for d in self.waits_for[id_]), default=-1)
        for id_ in self.waits_for:
            while len(waves) <= level[id_]:
                waves.append([])
            waves[level[id_]].append(id_)
        return waves

    def critical_path_length(self, id_: str) -> int:
        """Tickets on the longest chain that waits for this one, itself included. KeyError: not of this set."""
        return self._chains[id_]

    def critical_path(self) -> list[str]:
        """The longest chain of tickets that must follow each other; the first such, as given. Empty without tickets."""
        if not self.waits_for:
            return []
        # max() keeps the first of equals, so the path is the same for the same file.
        path = [max(self.waits_for, key=self._chains.__getitem__)]
        while behind := self.waited_for_by[path[-1]]:
            path.append(max(behind, key=self._chains.__getitem__))
        return path

    def everything_before(self) -> dict[str, int]:
        """Id → the set of tickets that must land before it, as a bit mask over the order given.

        A mask of Python's own integers: 1,000 tickets cost 125 bytes each, and "are these two ordered?" is one
        shift.
        """
        place = {id_: number for number, id_ in enumerate(self.waits_for)}
        before: dict[str, int] = {}
        for id_ in self._order:
            mask = 0
            for dependency in self.waits_for[id_]:
                mask |= before[dependency] | 1 << place[dependency]
            before[id_] = mask
        return before

    def cycles(self) -> list[list[str]]:
        """Cycles, each in full: ``[A, B, A]``, where A waits for B and B for A.

        Every ticket that lies on a cycle is on one of them, unless a knot holds more than a person wants to read
        (:data:`MOST_CYCLES_OF_A_KNOT`). Each is a shortest one through its first ticket.
        """
        found: list[list[str]] = []
        for knot in self._knots():
            members, shown = set(knot), set[str]()
            cycles_here = 0
            for id_ in knot:
                if id_ not in shown and cycles_here < MOST_CYCLES_OF_A_KNOT:
                    cycle = self._shortest_cycle(id_, members)
                    shown.update(cycle)
                    found.append(cycle)
                    cycles_here += 1
        return found

    @cached_property
    def _order(self) -> list[str]:
        """All ids, each after what it waits for (Kahn 1962)."""
        missing = {id_: len(needed) for id_, needed in self.waits_for.items()}
        ready = deque(id_ for id_, number in missing.items() if number == 0)
        order: list[str] = []
        while ready:
            id_ = ready.popleft()
            order.append(id_)
            for behind in self.waited_for_by[id_]:
                missing[behind] -= 1
                if missing[behind] == 0:
                    ready.append(behind)
        if len(order) < len(missing):
            raise ValueError("tickets wait for each other: " + " -> ".join(self.cycles()[0]))
        return order

    @cached_property
    def _chains(self) -> dict[str, int]:
        chains: dict[str, int] = {}
        for id_ in reversed(self._order):
            chains[id_] = 1 + max((chains[b] for b in self.waited_for_by[id_]), default=0)
        return chains

    def _knots(self) -> list[list[str]]:
        """Strongly connected components that hold a cycle, members and knots in the order given (Tarjan 1972)."""
        place = {id_: number for number, id_ in enumerate(self.waits_for)}
        index: dict[str, int] = {}
        low: dict[str, int] = {}
        stack: list[str] = []
        on_stack: set[str] = set()
        knots: list[list[str]] = []
        for root in self.waits_for:
            if root in index:
                continue
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            walk = [(root, iter(self.waits_for[root]))]
            while walk:
                id_, rest = walk[-1]
                for dependency in rest:
                    if dependency not in index:
                        index[dependency] = low[dependency] = len(index)
                        stack.append(dependency)
                        on_stack.add(dependency)
                        walk.append((dependency, iter(self.waits_for[dependency])))
                        break
                    if dependency in on_stack:
                        low[id_] = min(low[id_], index[dependency])
                else:
                    walk.pop()
                    if walk:
                        low[walk[-1][0]] = min(low[walk[-1][0]], low[id_])
                    if low[id_] == index[id_]:
                        knot = [stack.pop()]
                        while knot[-1] != id_:
                            knot.append(stack.pop())
                        on_stack.difference_update(knot)
                        if len(knot) > 1 or id_ in self.waits_for[id_]:
                            knots.append(sorted(knot, key=place.__getitem__))
        return sorted(knots, key=lambda knot: place[knot[0]])

    def _shortest_cycle(self, start: str, within: set[str]) -> list[str]:
        """Breadth first from ``start`` along what it waits for, back to ``start``."""
        came_from: dict[str, str] = {}
        queue = deque([start])
        while queue:
            id_ = queue.popleft()
            for dependency in self.waits_for[id_]:
                if dependency == start:
                    path = [id_]
                    while path[-1] != start:
                        path.append(came_from[path[-1]])
                    return [*reversed(path), start]
                if dependency in within and dependency not in came_from:
                    came_from[dependency] = id_
                    queue.append(dependency)
        raise AssertionError(f"{start} lies on no cycle")
