"""Who gives up what: the rules one by one, and that it always breaks the cycle."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.waiting import (
    MOST_TIMES,
    Cycle,
    ReleaseOf,
    TicketFacts,
    WaitGraph,
    WaitKind,
    choose_victim,
    deadlocks,
)
from headway.conflicts.waiting.victims import apply
from headway.nouns import Order, OrderOf, Priority
from tests.unit.conflicts.waiting.graphs import graph_of, wait, waits

RING = Cycle.of([wait("A", "B", WaitKind.LEASE, "path:b"), wait("B", "A", WaitKind.LEASE, "path:a")])
AT_WORK = TicketFacts(is_running=True, agent_seconds=100.0, holds=("path:a", "port:1", "slot"))


def facts(**fields: TicketFacts) -> dict[str, TicketFacts]:
    return {"A": AT_WORK, "B": AT_WORK, **fields}


def but(**fields: object) -> TicketFacts:
    return dataclasses.replace(AT_WORK, **fields)


priorities = st.sampled_from(Priority)
some_facts = st.builds(
    TicketFacts,
    priority=priorities,
    stake=priorities,
    agent_seconds=st.floats(0, 5000),
    is_running=st.booleans(),
    is_kept=st.booleans(),
    times=st.integers(0, 5),
    position=st.integers(0, 9),
    is_landing=st.booleans(),
)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (but(agent_seconds=10.0), "less is lost"),
        (but(stake=Priority.LOW), "less is at stake"),
        (but(position=7), "it comes later"),
        (but(is_running=False, agent_seconds=0.0), "no agent is at work"),
    ],
)
def test_the_one_that_costs_least_gives_way(one, why):
    assert choose_victim(RING, facts(A=one)).ticket == "A", why
    assert choose_victim(RING, facts(B=one)).ticket == "B", why


def test_work_that_cannot_be_kept_costs_all_of_its_time():
    assert choose_victim(RING, facts(A=but(is_kept=False))).ticket == "B"


def test_each_time_raises_the_price():
    assert choose_victim(RING, facts(A=but(agent_seconds=60.0))).ticket == "A"
    assert choose_victim(RING, facts(A=but(agent_seconds=60.0, times=1))).ticket == "B"


def test_after_some_times_it_is_the_other_one_whatever_that_costs():
    often = but(times=MOST_TIMES, agent_seconds=0.0, is_running=False)
    dear = but(agent_seconds=1e6, is_kept=False, stake=Priority.HIGH)
    assert choose_victim(RING, facts(A=often, B=dear)).ticket == "B"


def test_a_critical_one_gives_way_only_to_critical_ones():
    critical = but(stake=Priority.CRITICAL, is_running=False)
    worn = but(times=MOST_TIMES, agent_seconds=1e6, is_kept=False)
    assert choose_victim(RING, facts(A=critical, B=worn)).ticket == "B"
    assert choose_victim(RING, facts(A=critical, B=but(stake=Priority.CRITICAL))).ticket == "A"


def test_a_place_in_the_landing_queue_is_given_up_before_anything_else():
    ring = Cycle.of([wait("A", "B", WaitKind.LANDING, "landing"), wait("B", "A", WaitKind.LAND_ORDER)])
    victim = choose_victim(ring, facts(B=but(stake=Priority.CRITICAL, times=9, is_landing=True)))
    assert (victim.ticket, victim.release.of, victim.price, victim.counts) == (
        "B",
        ReleaseOf.PLACE,
        0.0,
        False,
    )


def test_the_place_is_given_up_by_the_one_that_holds_the_queue_up():
    ring = Cycle.of(
        [
            wait("A", "B", WaitKind.LANDING, "landing"),
            wait("B", "C", WaitKind.LANDING, "landing"),
            wait("C", "A", WaitKind.LAND_ORDER),
        ]
    )
    late = but(position=9)
    assert choose_victim(ring, facts(B=late, C=AT_WORK)).ticket == "C"


def test_a_branch_that_is_being_moved_is_not_stopped():
    ring = Cycle.of([wait("A", "B", WaitKind.LANDING, "landing"), wait("B", "A", WaitKind.LAND_ORDER)])
    assert choose_victim(ring, facts(B=but(is_moving=True))).ticket == "A"


def test_dependencies_are_never_broken():
    ring = Cycle.of([wait("A", "B", WaitKind.DEPENDENCY), wait("B", "A", WaitKind.START_ORDER)])
    victim = choose_victim(ring, facts())
    assert victim.release.of is ReleaseOf.ORDER
    assert (victim.release.ticket, victim.release.to) == ("A", "B")
    order = Order(run="r1", first="A", then="B", of=OrderOf.START, at=0.0)
    assert victim.release.is_about(order)
    assert not victim.release.is_about(dataclasses.replace(order, of=OrderOf.LAND))


def test_a_cycle_of_dependencies_alone_is_a_persons():
    ring = [wait("A", "B", WaitKind.DEPENDENCY), wait("B", "A", WaitKind.DEPENDENCY)]
    assert choose_victim(Cycle.of(ring), facts()) is None
    [deadlock] = deadlocks(WaitGraph(ring), facts())
    assert deadlock.victim is None


def test_a_victim_at_work_is_collected_and_gives_up_everything():
    release = choose_victim(RING, facts(A=but(agent_seconds=1.0))).release
    assert release.collects
    assert release.goes_again
    assert release.resources == ("path:a", "port:1", "slot")


def test_one_that_is_landing_gives_up_no_more_than_is_waited_for_and_is_not_done_again():
    landing = TicketFacts(is_landing=True, holds=("path:a", "path:z"))
    victim = choose_victim(RING, facts(A=landing, B=but(agent_seconds=1e4)))
    assert victim.release.resources == ("path:a",)
    assert not victim.release.collects
    assert not victim.counts


@given(waits(), st.data())
def test_every_deadlock_is_broken_and_all_of_them_in_as_many_steps_as_there_are_waits(given_waits, data):
    holders, found = given_waits
    graph = graph_of(holders, found)
    known = {ticket: data.draw(some_facts) for ticket in graph.tickets}
    before = sorted(map(str, graph))
    steps = deadlocks(graph, known)
    assert sorted(map(str, graph)) == before
    assert len(steps) <= len(found)
    for deadlock in steps:
        if deadlock.victim is None:
            graph.remove(deadlock.cycle.waits[0])
        else:
            apply(graph, deadlock.victim.release)
            assert deadlock.victim.ticket in deadlock.cycle.tickets
    assert graph.cycles() == []


@given(waits(), st.data())
def test_whatever_is_given_up_no_work_is_lost_and_no_dependency_broken(given_waits, data):
    holders, found = given_waits
    graph = graph_of(holders, found)
    known = {ticket: data.draw(some_facts) for ticket in graph.tickets}
    for deadlock in deadlocks(graph, known):
        if deadlock.victim is None:
            assert not deadlock.cycle.is_breakable
            continue
        release = deadlock.victim.release
        assert release.wait.kind.is_breakable
        assert not release.collects or release.goes_again
        assert not release.goes_again or not known[release.ticket].is_landing


@given(st.lists(some_facts, min_size=2, max_size=2))
def test_the_same_facts_choose_the_same_victim_wherever_the_ring_is_begun(two):
    known = dict(zip("AB", two, strict=True))
    turned = Cycle((RING.waits[1], RING.waits[0]))
    assert choose_victim(RING, known) == choose_victim(turned, known)
