"""The wait-for graph: who cannot go on before whom, and the cycles in it. Pure.

A node is not a ticket but one of its two ends: that its *work* is done, and that it has *landed*. A slot is free when
its holder's work is done, a path only when it has landed; an order to land keeps nobody from working. With one node a
ticket, "A waits for B's slot, B lands after A" would be a deadlock, and it is none.

Of slots and compute there are several, all alike, and one is enough for who waits (the *OR* of the AND-OR model,
Holt, "Some deadlock properties of computer systems", ACM Computing Surveys 4(3), 1972). Such a resource is a node of
its own between its waiters and its holders. A ring that goes through it is a deadlock only when every one of its
holders is in the same plight, which Holt's reduction tells: strike out who waits for nothing, then who waits only for
those, and so on; whoever is left is stuck.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from headway.conflicts.waiting.waits import Cycle, Wait, WaitKind


class _Node(NamedTuple):
    name: str
    #: ``work``, ``land``, ``any`` (a counted resource) or ``answer`` (a person).
    end: str


class WaitGraph:
    """Waits, and what they make of each other.

    Adding one costs what is reachable: two searches at once, forwards from the holder and backwards from the waiter,
    each edge in turn, until one of them has nothing left or they meet (two-way search: Haeupler, Kavitha, Mathew,
    Sen and Tarjan, "Incremental Cycle Detection, Topological Ordering, and Strong Component Maintenance", ACM
    Transactions on Algorithms 8(1), 2012; Bender, Fineman, Gilbert and Tarjan, "A New Approach to Incremental Cycle
    Detection and Related Problems", same journal 12(2), 2016). Mostly nobody waits yet for one that begins to wait,
    and the search backwards is over at once. A kept topological order (Pearce and Kelly, "A Dynamic Topological Sort
    Algorithm for Directed Acyclic Graphs", ACM Journal of Experimental Algorithmics 11, 2006) would be quicker on
    long chains, but it is valid only without cycles, and here one stands until somebody has given something up.
    """

    def __init__(self, waits: Iterable[Wait] = ()) -> None:
        #: Node → what it waits for → the waits of that; no wait where the one end of a ticket needs its other one.
        self._out: dict[_Node, dict[_Node, list[Wait]]] = {}
        self._in: dict[_Node, set[_Node]] = {}
        for wait in waits:
            self.insert(wait)

    # What is in it

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Wait]:
        """All waits; one for a counted resource has no holder."""
        for out in self._out.values():
            for waits in out.values():
                yield from waits

    @property
    def tickets(self) -> list[str]:
        """Everybody who waits or is waited for, by name; people and counted resources left out."""
        return sorted({node.name for node in self._out if node.end == "work"})

    def waits_of(self, ticket: str) -> list[Wait]:
        """What a ticket waits for, longest first; one for a counted resource has no holder."""
        found = [w for end in ("work", "land") for w in self._waits_at(_Node(ticket, end))]
        return sorted(found, key=lambda w: (w.to_come, w.since, w.holder, w.kind))

    def waits_for(self, holder: str) -> list[Wait]:
        """Who waits for a ticket or for a person's answer, longest first; for slots and compute see
        :meth:`holders_of`."""
        found = [
            wait
            for end in ("work", "land", "answer")
            for before in self._in.get(_Node(holder, end), ())
            for wait in self._out[before][_Node(holder, end)]
        ]
        return sorted(found, key=lambda w: (w.to_come, w.since, w.waiter, w.kind))

    def holders_of(self, what: str) -> list[str]:
        """Who has one of a counted resource."""
        return sorted(node.name for node in self._out.get(_Node(what, "any"), ()))

    def _waits_at(self, node: _Node) -> Iterator[Wait]:
        for waits in self._out.get(node, {}).values():
            yield from waits

    def copy(self) -> WaitGraph:
        """One that changes by itself."""
        new = WaitGraph()
        new._out = {node: {to: list(w) for to, w in out.items()} for node, out in self._out.items()}
        new._in = {node: set(before) for node, before in self._in.items()}
        return new

    # How it changes

    def share(self, what: str, holders: Iterable[str]) -> None:
        """Say who has one of a counted resource; said before anybody waits for it, else they wait for nobody."""
        hub = self._node(_Node(what, "any"))
        for old in [*self._out[hub]]:
            self._unlink(hub, old)
        for holder in holders:
            self._link(hub, self._node(_Node(holder, "work")))

    def insert(self, wait: Wait) -> None:
        """Add a wait without looking for a cycle: for a graph that is looked at as a whole afterwards."""
        if wait.kind is WaitKind.LEASE and wait.waiter == wait.holder:
            return  # it has it already
        start, end = self._ends(wait)
        waits = self._link(self._node(start), self._node(end))
        if wait not in waits:
            waits.append(wait)
            waits.sort(key=lambda w: (w.kind.is_breakable, w.since, w.kind, w.what))

    def add(self, wait: Wait) -> Cycle | None:
        """Add a wait; the cycle that it closes, if it closes one: the shortest, the wait itself in it.

        None where it only joins those that are stuck already.
        """
        self.insert(wait)
        start, end = self._ends(wait)
        if end not in self._out.get(start, ()) or not self._reaches(end, start):
            return None
        path = None if end.end == "any" else self._path(end, start, without_counted=True)
        if path is None:
            stuck = self._stuck(self._below(end))
            path = self._path(end, start, only=stuck) if start in stuck else None
        return None if path is None else self._cycle([start, *path], wait)

    def closes(self, wait: Wait) -> Cycle | None:
        """The cycle that a wait would close; nothing is changed. For who thinks about making an order."""
        start, end = self._ends(wait)
        is_new = wait not in self._out.get(start, {}).get(end, ())
        found = self.add(wait)
        if is_new:
            self.remove(wait)
        return found

    def remove(self, wait: Wait) -> None:
        """Take a wait out; one that is not there is no error."""
        start, end = self._ends(wait)
        waits = self._out.get(start, {}).get(end)
        if waits is not None and wait in waits:
            waits.remove(wait)
            if not waits:
                self._unlink(start, end)

    def release(self, holder: str, what: str) -> None:
        """Take out all waits for what one holder gives up. Of a counted resource one is free then, and nobody waits
        until one looks again who takes it."""
        if _Node(holder, "work") in self._out.get(_Node(what, "any"), ()):
            self.share(what, ())
        for wait in self.waits_for(holder):
            if wait.what == what and wait.kind.is_breakable:
                self.remove(wait)

    @staticmethod
    def _ends(wait: Wait) -> tuple[_Node, _Node]:
        start = _Node(wait.waiter, "land" if wait.kind.blocks_landing else "work")
        if wait.kind.is_counted:
            return start, _Node(wait.what, "any")
        if wait.kind is WaitKind.ANSWER:
            return start, _Node(wait.holder, "answer")
        return start, _Node(wait.holder, "work" if wait.is_until_work_ends else "land")

    def _node(self, node: _Node) -> _Node:
        if node not in self._out:
            self._out[node], self._in[node] = {}, set()
            if node.end in ("work", "land"):
                work, land = _Node(node.name, "work"), _Node(node.name, "land")
                for each in (work, land):
                    self._out.setdefault(each, {})
                    self._in.setdefault(each, set())
                self._link(land, work)  # who has not done its work does not land
        return node

    def _link(self, start: _Node, end: _Node) -> list[Wait]:
        self._in[end].add(start)
        return self._out[start].setdefault(end, [])

    def _unlink(self, start: _Node, end: _Node) -> None:
        if end in self._out[start]:
            del self._out[start][end]
            self._in[end].discard(start)

    # Cycles

    def stuck(self) -> set[str]:
        """Tickets that can never go on as things stand: those in a deadlock, and all who wait for them."""
        return {node.name for node in self._stuck(self._out) if node.end in ("work", "land")}

    def cycles(self) -> list[Cycle]:
        """One cycle of each knot of tickets that wait for each other, the shortest, by name.

        A knot may hold many cycles, more than can be listed; so one is broken, and then one looks again.
        """
        firm = [node for node in self._out if node.end != "any"]
        found = [self._shortest(knot) for knot in self._knots(firm)]
        if len(firm) < len(self._out):
            stuck = self._stuck(self._out)
            known = {ticket for cycle in found for ticket in cycle.tickets}
            for knot in self._knots(stuck):
                # Where a knot waits for another one too, it may dissolve when that one does.
                ends = any(after in stuck and after not in knot for node in knot for after in self._out[node])
                if not ends and known.isdisjoint(node.name for node in knot if node.end != "any"):
                    found.append(self._shortest(knot))
        return sorted(found, key=lambda cycle: cycle.tickets)

    def _reaches(self, start: _Node, end: _Node) -> bool:
        if start == end:
            return True
        seen: tuple[set[_Node], set[_Node]] = ({start}, {end})
        edges: tuple[Iterator[_Node], Iterator[_Node]] = (self._forwards(seen[0]), self._backwards(seen[1]))
        side = 0
        while True:
            node = next(edges[side], None)
            if node is None:
                return False
            if node in seen[1 - side]:
                return True
            side = 1 - side

    def _forwards(self, seen: set[_Node]) -> Iterator[_Node]:
        """Every edge that leads on from ``seen``, which grows by it."""
        return _walk(seen, self._out)

    def _backwards(self, seen: set[_Node]) -> Iterator[_Node]:
        return _walk(seen, self._in)

    def _below(self, start: _Node) -> set[_Node]:
        seen = {start}
        for _ in self._forwards(seen):
            pass
        return seen

    def _stuck(self, nodes: Iterable[_Node]) -> set[_Node]:
        """Those of ``nodes`` that cannot be struck out. ``nodes``: with everything that is reachable from them."""
        open_ = {
            node: len(self._out[node]) if node.end != "any" else min(1, len(self._out[node]))
            for node in nodes
        }
        free = [node for node, waits in open_.items() if waits == 0]
        while free:
            node = free.pop()
            del open_[node]
            for before in self._in[node]:
                if before in open_:
                    open_[before] -= 1
                    if open_[before] == 0:
                        free.append(before)
        return set(open_)

    def _path(
        self,
        start: _Node,
        end: _Node,
        *,
        only: Collection[_Node] | None = None,
        without_counted: bool = False,
    ) -> list[_Node] | None:
        """The shortest way, both ends in it; among equals the one whose names come first."""
        came: dict[_Node, _Node | None] = {start: None}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            if node == end:
                path = []
                at: _Node | None = node
                while at is not None:
                    path.append(at)
                    at = came[at]
                return path[::-1]
            for after in sorted(self._out[node]):
                fits = (only is None or after in only) and not (without_counted and after.end == "any")
                if fits and after not in came:
                    came[after] = node
                    queue.append(after)
        return None

    def _shortest(self, knot: Collection[_Node]) -> Cycle:
        found: Cycle | None = None
        for node in sorted(each for each in knot if each.end != "any"):
            for after in sorted(self._out[node]):
                if after in knot and (path := self._path(after, node, only=knot)) is not None:
                    cycle = self._cycle([node, *path])
                    if found is None or _size(cycle) < _size(found):
                        found = cycle
        assert found is not None, "a knot has a cycle"
        return found

    def _cycle(self, nodes: Sequence[_Node], wait: Wait | None = None) -> Cycle:
        """``nodes``: the first is the last one too. ``wait``: the one that is meant between the first two."""
        waits: list[Wait] = []
        counted: Wait | None = None
        for start, end in pairwise(nodes):
            if start.end == "any":
                assert counted is not None, "a ring begins with a ticket"
                waits.append(replace(counted, holder=end.name))
                continue
            between = self._out[start][end]
            chosen = wait if wait in between else between[0] if between else None
            if end.end == "any":
                counted = chosen
            elif chosen is not None:
                waits.append(chosen)
        return Cycle.of(waits)

    def _knots(self, nodes: Iterable[_Node]) -> Iterator[set[_Node]]:
        """Strongly connected components with more than one node (Tarjan, "Depth-first search and linear graph
        algorithms", SIAM Journal on Computing 1(2), 1972), without recursion."""
        inside = set(nodes)
        index: dict[_Node, int] = {}
        low: dict[_Node, int] = {}
        stack: list[_Node] = []
        on_stack: set[_Node] = set()
        for root in inside:
            if root in index:
                continue
            work = [(root, iter(self._out[root]))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                node, edges = work[-1]
                for after in edges:
                    if after not in inside:
                        continue
                    if after not in index:
                        index[after] = low[after] = len(index)
                        stack.append(after)
                        on_stack.add(after)
                        work.append((after, iter(self._out[after])))
                        break
                    if after in on_stack:
                        low[node] = min(low[node], index[after])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == index[node]:
                        knot: set[_Node] = set()
                        while node not in knot:
                            last = stack.pop()
                            on_stack.discard(last)
                            knot.add(last)
                        if len(knot) > 1:
                            yield knot


def _walk(
    seen: set[_Node], edges: dict[_Node, dict[_Node, list[Wait]]] | dict[_Node, set[_Node]]
) -> Iterator[_Node]:
    queue = deque(seen)
    while queue:
        for after in edges.get(queue.popleft(), ()):
            if after not in seen:
                seen.add(after)
                queue.append(after)
            yield after


def _size(cycle: Cycle) -> tuple[int, tuple[str, ...]]:
    return len(cycle.waits), cycle.tickets
