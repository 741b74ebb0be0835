"""Cycles of waits: found when the last wait is added, and found in a graph as a whole."""

from itertools import pairwise

from hypothesis import given

from headway.conflicts.waiting import Cycle, WaitGraph, WaitKind
from tests.unit.conflicts.waiting.graphs import graph_of, stuck_by_definition, wait, waits


def assert_ring(cycle: Cycle) -> None:
    for each, after in pairwise([*cycle.waits, cycle.waits[0]]):
        assert each.holder == after.waiter
    assert len({*cycle.tickets}) == len(cycle.tickets)


@given(waits())
def test_stuck_is_who_never_gets_on(given_waits):
    holders, found = given_waits
    assert graph_of(holders, found).stuck() == stuck_by_definition(holders, found)


@given(waits())
def test_there_is_a_cycle_exactly_where_somebody_is_stuck(given_waits):
    holders, found = given_waits
    cycles = graph_of(holders, found).cycles()
    stuck = stuck_by_definition(holders, found)
    assert bool(cycles) == bool(stuck)
    for cycle in cycles:
        assert_ring(cycle)
        assert {*cycle.tickets} <= stuck


@given(waits())
def test_the_first_wait_that_makes_somebody_stuck_is_the_one_that_closes_a_cycle(given_waits):
    holders, found = given_waits
    graph = graph_of(holders, [])
    for n, each in enumerate(found):
        cycle = graph.add(each)
        if stuck_by_definition(holders, found[: n + 1]):
            assert cycle is not None
            assert_ring(cycle)
            ends = [(w.waiter, w.kind, w.what) for w in cycle.waits]
            assert (each.waiter, each.kind, each.what) in ends
            return
        assert cycle is None


@given(waits(counted=False))
def test_without_slots_a_cycle_is_told_exactly_when_the_holder_waits_for_the_waiter(given_waits):
    _, found = given_waits
    graph = WaitGraph()
    for n, each in enumerate(found):
        assert (graph.add(each) is not None) == leads_back(each, found[:n])


def leads_back(new, found):
    """Whether what the new wait waits for waits for its waiter in turn, directly or through others."""
    reached, left = set(), [(new.holder, "work" if new.is_until_work_ends else "land")]
    while left:
        at = left.pop()
        if at in reached:
            continue
        reached.add(at)
        name, end = at
        left += [(name, "work")] if end == "land" else []
        for each in found:
            if each.waiter == name and each.kind.blocks_landing == (end == "land"):
                left.append((each.holder, "work" if each.is_until_work_ends else "land"))
    return (new.waiter, "land" if new.kind.blocks_landing else "work") in reached


@given(waits())
def test_a_wait_that_is_taken_out_leaves_nothing_behind(given_waits):
    holders, found = given_waits
    graph = graph_of(holders, found)
    for each in found[::2]:
        graph.remove(each)
    left = [w for w in found if w not in found[::2]]
    assert sorted(map(str, graph)) == sorted(map(str, left))
    assert {c.tickets for c in graph.cycles()} == {c.tickets for c in graph_of(holders, left).cycles()}


@given(waits())
def test_asking_whether_a_wait_would_close_a_cycle_changes_nothing(given_waits):
    holders, found = given_waits
    if not found:
        return
    *others, last = found
    graph = graph_of(holders, others)
    before = sorted(map(str, graph))
    told = graph.closes(last)
    assert sorted(map(str, graph)) == before
    assert told == graph.add(last)


@given(waits())
def test_a_copy_changes_by_itself(given_waits):
    holders, found = given_waits
    graph = graph_of(holders, found)
    copy = graph.copy()
    for each in found:
        copy.remove(each)
    assert len(graph) == len(found)
    assert len(copy) == 0


def test_a_ring_is_the_same_wherever_it_is_begun():
    one = [wait("B", "C"), wait("C", "A"), wait("A", "B")]
    assert Cycle.of(one) == Cycle.of(one[1:] + one[:1])
    assert str(Cycle.of(one)) == "A → B → C → A"


def test_an_order_to_land_keeps_nobody_from_giving_a_slot_back():
    graph = graph_of(["B"], [wait("B", "A", WaitKind.LAND_ORDER), wait("A", "", WaitKind.SLOT)])
    assert graph.cycles() == []


def test_an_order_to_land_and_a_path_that_is_had_until_landing_are_a_deadlock():
    graph = WaitGraph([wait("B", "A", WaitKind.LAND_ORDER)])
    cycle = graph.add(wait("A", "B", WaitKind.LEASE, "path:a.py"))
    assert cycle is not None
    assert cycle.tickets == ("A", "B")


def test_a_port_is_free_when_the_work_is_done():
    graph = WaitGraph([wait("B", "A", WaitKind.LAND_ORDER)])
    assert graph.add(wait("A", "B", WaitKind.LEASE, "port:80")) is None


def test_one_slot_that_comes_back_is_enough():
    waits_for_slots = [wait("A", "", WaitKind.SLOT), wait("B", "A", WaitKind.LEASE)]
    assert graph_of(["B", "C"], waits_for_slots).cycles() == []
    both = [*waits_for_slots, wait("C", "A", WaitKind.LEASE)]
    assert [c.tickets for c in graph_of(["B", "C"], both).cycles()] == [("A", "B")]


def test_who_has_a_lease_does_not_wait_for_it():
    graph = WaitGraph([wait("A", "A", WaitKind.LEASE)])
    assert len(graph) == 0


def test_a_ticket_that_depends_on_itself_is_a_cycle():
    assert [c.tickets for c in WaitGraph([wait("A", "A", WaitKind.DEPENDENCY)]).cycles()] == [("A",)]


def test_two_knots_are_two_cycles():
    found = [wait("A", "B"), wait("B", "A"), wait("C", "D"), wait("D", "C"), wait("D", "A")]
    assert [c.tickets for c in WaitGraph(found).cycles()] == [("A", "B"), ("C", "D")]
