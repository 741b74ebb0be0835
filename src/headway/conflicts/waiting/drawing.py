"""Who has what and who waits for whom, drawn as lines of text. Pure.

    path:src/cart.py  T-3, 12m05s
    ├─ T-7  waits 3m10s
    └─ T-9  waits 10s ↺ waits for T-3 in turn

Names of resources are data: whatever is invisible in them is shown as an escape. Not for: colours, which whoever
prints a line chooses by its ``mark``.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from headway.conflicts.waiting.graph import WaitGraph
from headway.conflicts.waiting.waits import Cycle, Wait, WaitKind
from headway.nouns import LeaseState, ResourceLease

#: Narrower than this and a line is no longer readable: it is cut no further.
_LEAST_WIDTH = 20


class Mark(StrEnum):
    """What a line shows, for who colours it."""

    #: Somebody who has something, or whom others wait for.
    HOLDER = "holder"
    WAITER = "waiter"
    #: A wait that is part of a deadlock.
    CYCLE = "cycle"
    #: A wait that is still to come.
    TO_COME = "to_come"
    #: Something that nobody has, or a remark.
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, no wider than was asked for."""

    text: str
    mark: Mark
    #: The ticket that it is about; None for a remark.
    ticket: str | None = None

    def __str__(self) -> str:
        return self.text


def draw_leases(
    leases: Iterable[ResourceLease], graph: WaitGraph, *, now: float, width: int = 100
) -> list[Line]:
    """Every resource with who has it, and below it who waits for it, longest first. No line for no leases."""
    canvas = _Canvas(graph, now, width)
    by_resource: dict[str, list[ResourceLease]] = defaultdict(list)
    for lease in leases:
        by_resource[lease.resource].append(lease)
    for resource in sorted(by_resource):
        canvas.resource(resource, by_resource[resource])
    return canvas.lines


def draw_order(graph: WaitGraph, *, now: float, width: int = 100) -> list[Line]:
    """Who waits for whom: those who wait for nobody first, below each who waits for it, and so on.

    Each ticket's waiters are drawn once; where it comes again, ``…`` stands for them. A deadlock has nobody who waits
    for nobody: it begins with the ticket whose name comes first, and its waits are marked.
    """
    canvas = _Canvas(graph, now, width)
    people = sorted({w.holder for w in graph if w.kind is WaitKind.ANSWER})
    waiting = {w.waiter for w in graph}
    roots = [t for t in graph.tickets if t not in waiting and graph.waits_for(t)]
    shared = sorted({w.what for w in graph if w.kind.is_counted})
    ringed = [cycle.tickets[0] for cycle in canvas.cycles]
    for root in [*people, *roots]:
        canvas.tree(root)
    for what in shared:
        canvas.shared(what)
    for root in [*ringed, *graph.tickets]:  # whoever is not drawn yet waits in a ring, or for one
        if root not in canvas.drawn and root in waiting and graph.waits_for(root):
            canvas.tree(root)
    for cycle in canvas.cycles:
        canvas.add(f"deadlock: {cycle}", Mark.CYCLE)
    return canvas.lines


class _Canvas:
    def __init__(self, graph: WaitGraph, now: float, width: int) -> None:
        self.graph = graph
        self.now = now
        self.width = max(_LEAST_WIDTH, width)
        self.lines: list[Line] = []
        self.cycles: Sequence[Cycle] = graph.cycles()
        #: Tickets whose waiters have been drawn.
        self.drawn: set[str] = set()
        self._ringed = {
            (wait.waiter, wait.holder, wait.what) for cycle in self.cycles for wait in cycle.waits
        }

    def add(self, text: str, mark: Mark, ticket: str | None = None) -> None:
        self.lines.append(Line(_fit(_shown(text), self.width), mark, ticket))

    def resource(self, resource: str, leases: Sequence[ResourceLease]) -> None:
        held = sorted((x for x in leases if x.state is LeaseState.HELD), key=lambda x: (x.since, x.ticket))
        waiting = sorted(
            (x for x in leases if x.state is LeaseState.WAITING), key=lambda x: (x.since, x.ticket)
        )
        holders = ", ".join(f"{x.ticket} {_span(self.now - x.since)}" for x in held) or "free"
        only = held[0].ticket if len(held) == 1 else None
        self.add(f"{resource}  {holders}", Mark.HOLDER if held else Mark.NOTE, only)
        for lease in waiting:
            branch = "└─ " if lease is waiting[-1] else "├─ "
            ring = [x.ticket for x in held if (lease.ticket, x.ticket, resource) in self._ringed]
            turn = f"  ↺ {ring[0]} waits for {lease.ticket} in turn" if ring else ""
            text = f"{branch}{lease.ticket}  waits {_span(self.now - lease.since)}{turn}"
            self.add(text, Mark.CYCLE if ring else Mark.WAITER, lease.ticket)

    def tree(self, root: str) -> None:
        self.add(root, Mark.HOLDER, root)
        self._below(root)

    def shared(self, what: str) -> None:
        holders = ", ".join(self.graph.holders_of(what))
        self.add(f"{what}  {holders}", Mark.HOLDER)
        waits = [w for w in self.graph if w.kind.is_counted and w.what == what]
        self._branches([(w, "") for w in sorted(waits, key=lambda w: (w.since, w.waiter))][::-1])

    def _below(self, root: str) -> None:
        self.drawn.add(root)
        self._branches([(w, "") for w in self.graph.waits_for(root)][::-1])

    def _branches(self, stack: list[tuple[Wait, str]]) -> None:
        """Draw waits, the last one first, and what is below each. Without recursion: a chain may be long."""
        ends = {id(wait) for wait, _ in stack[:1]}
        while stack:
            wait, indent = stack.pop()
            is_last = id(wait) in ends
            below = [] if wait.waiter in self.drawn else self.graph.waits_for(wait.waiter)
            more = "  …" if not below and self.graph.waits_for(wait.waiter) else ""
            ringed = self._is_ringed(wait)
            mark = Mark.CYCLE if ringed else Mark.TO_COME if wait.to_come else Mark.WAITER
            turn = "  ↺" if ringed else ""
            text = f"{indent}{'└─ ' if is_last else '├─ '}{wait.waiter}  {self._why(wait)}{turn}{more}"
            self.add(text, mark, wait.waiter)
            self.drawn.add(wait.waiter)
            if below:
                ends.add(id(below[-1]))
                inner = indent + ("   " if is_last else "│  ")
                stack += [(w, inner) for w in below][::-1]

    def _is_ringed(self, wait: Wait) -> bool:
        holders = [wait.holder] if wait.holder else self.graph.holders_of(wait.what)
        return any((wait.waiter, holder, wait.what) in self._ringed for holder in holders)

    def _why(self, wait: Wait) -> str:
        span = "to come" if wait.to_come else _span(self.now - wait.since)
        note = f": {wait.note}" if wait.note and wait.kind is not WaitKind.DEPENDENCY else ""
        return f"{_REASONS[wait.kind].format(what=wait.what)} ({span}){note}"


_REASONS = {
    WaitKind.DEPENDENCY: "depends on it",
    WaitKind.START_ORDER: "starts after it",
    WaitKind.LAND_ORDER: "lands after it",
    WaitKind.LEASE: "waits for {what}",
    WaitKind.LANDING: "is behind it in the landing queue",
    WaitKind.SLOT: "waits for one",
    WaitKind.COMPUTE: "waits for one",
    WaitKind.ANSWER: "waits for the answer",
}


def _shown(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _fit(text: str, width: int) -> str:
    """At most ``width`` columns, the end cut off where it is longer."""
    if text.isascii() and len(text) <= width:
        return text
    kept: list[str] = []
    used = 0
    for index, char in enumerate(text):
        columns = _columns(char)
        # Room for the … as long as more than this one is to come.
        if used + columns > width - (index < len(text) - 1):
            rest = sum(_columns(each) for each in text[index:])
            if used + rest <= width:
                return text
            return "".join(kept).rstrip() + "…"
        kept.append(char)
        used += columns
    return text


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _span(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
