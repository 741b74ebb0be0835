"""Who has what and who waits for whom, as lines."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.waiting import WaitGraph, WaitKind, draw_leases, draw_order
from headway.conflicts.waiting.drawing import Mark
from headway.nouns import LeaseState, ResourceLease
from tests.unit.conflicts.waiting.graphs import graph_of, wait, waits


def columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.category(c) in ("Mn", "Me") for c in text)


def drawn(lines) -> list[str]:
    return [str(line) for line in lines]


def test_waiters_stand_below_whom_they_wait_for():
    graph = WaitGraph(
        [
            wait("T-2", "T-1", WaitKind.DEPENDENCY, since=90.0),
            wait("T-3", "T-2", WaitKind.LEASE, "path:a.py", since=40.0),
            wait("T-4", "T-1", WaitKind.START_ORDER, since=95.0, note="both change a.py"),
        ]
    )
    assert drawn(draw_order(graph, now=100.0)) == [
        "T-1",
        "├─ T-2  depends on it (10s)",
        "│  └─ T-3  waits for path:a.py (1m00s)",
        "└─ T-4  starts after it (5s): both change a.py",
    ]


def test_who_is_waited_for_twice_is_drawn_once():
    graph = WaitGraph([wait("B", "A"), wait("C", "A"), wait("D", "B"), wait("D", "C"), wait("E", "D")])
    assert drawn(draw_order(graph, now=0.0)) == [
        "A",
        "├─ B  waits for path:a.py (0s)",
        "│  └─ D  waits for path:a.py (0s)",
        "│     └─ E  waits for path:a.py (0s)",
        "└─ C  waits for path:a.py (0s)",
        "   └─ D  waits for path:a.py (0s)  …",
    ]


def test_a_deadlock_is_marked_and_told():
    lines = draw_order(WaitGraph([wait("A", "B"), wait("B", "A"), wait("C", "B")]), now=0.0)
    assert drawn(lines) == [
        "A",
        "└─ B  waits for path:a.py (0s)  ↺",
        "   ├─ A  waits for path:a.py (0s)  ↺  …",
        "   └─ C  waits for path:a.py (0s)",
        "deadlock: A → B → A",
    ]
    assert [line.mark for line in lines].count(Mark.CYCLE) == 3


def test_slots_and_people_are_waited_for_too():
    graph = graph_of(["A"], [wait("B", "", WaitKind.SLOT), wait("C", "E-1", WaitKind.ANSWER, note="Which?")])
    assert drawn(draw_order(graph, now=7.0)) == [
        "E-1",
        "└─ C  waits for the answer (7s): Which?",
        "slot  A",
        "└─ B  waits for one (7s)",
    ]


def lease(resource: str, ticket: str, state: LeaseState, since: float = 0.0) -> ResourceLease:
    return ResourceLease(run="r1", resource=resource, ticket=ticket, state=state, since=since)


def test_leases_are_drawn_by_resource():
    held, waiting = LeaseState.HELD, LeaseState.WAITING
    leases = [
        lease("path:a.py", "A", held, 40.0),
        lease("path:a.py", "B", waiting, 80.0),
        lease("path:a.py", "C", waiting, 60.0),
        lease("path:b.py", "B", held, 0.0),
        lease("path:b.py", "A", waiting, 99.0),
        lease("port:1", "C", waiting, 99.0),
    ]
    graph = WaitGraph([wait("B", "A", what="path:a.py"), wait("A", "B", what="path:b.py"), wait("C", "A")])
    assert drawn(draw_leases(leases, graph, now=100.0)) == [
        "path:a.py  A 1m00s",
        "├─ C  waits 40s",
        "└─ B  waits 20s  ↺ A waits for B in turn",
        "path:b.py  B 1m40s",
        "└─ A  waits 1s  ↺ B waits for A in turn",
        "port:1  free",
        "└─ C  waits 1s",
    ]


@given(waits(), st.integers(20, 60))
def test_everybody_who_waits_is_drawn_and_no_line_is_too_wide(given_waits, width):
    holders, found = given_waits
    graph = graph_of(holders, found)
    lines = draw_order(graph, now=100.0, width=width)
    assert {line.ticket for line in lines} >= {w.waiter for w in found}
    assert all(columns(str(line)) <= width for line in lines)


@given(st.text(max_size=60), st.integers(20, 50))
def test_names_are_data_and_are_cut_where_they_are_too_wide(name, width):
    leases = [lease(name, "A", LeaseState.HELD)]
    [line] = draw_leases(leases, WaitGraph(), now=0.0, width=width)
    assert str(line).isprintable()
    assert columns(str(line)) <= width


def test_a_long_chain_is_drawn():
    graph = WaitGraph([wait(f"T-{n + 1}", f"T-{n}") for n in range(3000)])
    assert len(draw_order(graph, now=0.0)) == 3001
