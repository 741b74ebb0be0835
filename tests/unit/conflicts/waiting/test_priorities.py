"""Who counts for how much, and when a lower one gives up what it has."""

from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.waiting import (
    ReleaseOf,
    TicketFacts,
    WaitGraph,
    WaitKind,
    boosts,
    inversion_conflict,
    inversions,
    stakes,
)
from headway.nouns import Priority, TicketState
from tests.unit.conflicts.waiting.graphs import graph_of, wait, waits
from tests.unit.coordination.fleets import fleets, progress

LOW, MEDIUM, HIGH, CRITICAL = Priority


def facts(**priority: Priority) -> dict[str, TicketFacts]:
    return {id_: TicketFacts(priority=each, stake=each) for id_, each in priority.items()}


@given(waits(), st.data())
def test_everybody_counts_as_much_as_the_highest_that_waits_for_it(given_waits, data):
    holders, found = given_waits
    graph = graph_of(holders, found)
    known = facts(**{t: data.draw(st.sampled_from(Priority)) for t in graph.tickets})
    effective = boosts(graph, known)
    firm = [w for w in found if not w.kind.is_counted]
    for each in firm:
        assert effective[each.holder] >= effective[each.waiter]
    for ticket, own in known.items():
        raised = [effective[w.waiter] for w in firm if w.holder == ticket]
        assert effective[ticket] == max([own.priority, *raised])


@given(fleets())
def test_what_is_at_stake_with_a_ticket_is_what_depends_on_it(found):
    at_stake = stakes(found)
    open_ = {p.ticket.id: p.ticket for p in found if not p.state.is_over}
    assert {*at_stake} == {*open_}
    for id_, ticket in open_.items():
        behind = [at_stake[other.id] for other in open_.values() if id_ in other.depends_on]
        assert at_stake[id_] == max([ticket.priority, *behind])


def test_a_question_counts_as_much_as_what_waits_for_its_answer():
    graph = WaitGraph([wait("A", "B"), wait("B", "E-1", WaitKind.ANSWER)])
    assert boosts(graph, facts(A=CRITICAL, B=LOW)) == {"A": CRITICAL, "B": CRITICAL, "E-1": CRITICAL}


def test_an_inversion_is_told_with_its_whole_chain():
    graph = WaitGraph(
        [
            wait("A", "B", WaitKind.DEPENDENCY),
            wait("B", "C", WaitKind.LEASE, "path:x", since=10.0),
            wait("C", "E-1", WaitKind.ANSWER),
        ]
    )
    known = facts(A=CRITICAL, C=LOW) | {"B": TicketFacts(priority=LOW, stake=CRITICAL)}
    [found] = inversions(graph, known, 30.0, patience=60.0)
    assert (found.waiter, found.holder, found.waited) == ("A", "C", 20.0)
    assert found.tickets == ("A", "B", "C", "E-1")
    told = inversion_conflict(found, at=30.0)
    assert told.context["chain"] == ["A", "B", "C", "E-1"]
    assert told.context["waits"][1] == "B waits for path:x, which C has"
    assert told.severity == "medium"


def test_after_its_patience_a_critical_one_gets_what_it_waits_for():
    graph = WaitGraph([wait("A", "B", WaitKind.LEASE, "path:x", since=10.0)])
    known = facts(A=CRITICAL, B=LOW)
    assert inversions(graph, known, 69.0, patience=60.0)[0].release is None
    [found] = inversions(graph, known, 70.0, patience=60.0)
    assert (found.release.of, found.release.ticket, found.release.to) == (ReleaseOf.LEASE, "B", "A")
    told = inversion_conflict(found, at=70.0)
    assert told.severity == "high"
    assert (
        told.conflict_id
        == inversion_conflict(inversions(graph, known, 69.0, patience=60.0)[0], at=9.0).conflict_id
    )


def test_one_that_is_not_critical_waits_on():
    graph = WaitGraph([wait("A", "B")])
    [found] = inversions(graph, facts(A=HIGH, B=LOW), 1e9, patience=60.0)
    assert found.release is None


def test_nobody_is_hurried_along_by_its_equals_or_by_who_comes_later():
    graph = WaitGraph([wait("A", "B"), wait("C", "B"), wait("D", "B", WaitKind.LAND_ORDER, to_come=True)])
    assert inversions(graph, facts(A=LOW, B=MEDIUM, C=MEDIUM, D=CRITICAL), 1e9, patience=60.0) == []


def test_a_dependency_is_no_inversion():
    graph = WaitGraph([wait("A", "B", WaitKind.DEPENDENCY)])
    assert inversions(graph, facts(A=CRITICAL, B=LOW), 1e9, patience=60.0) == []


def test_two_critical_ones_take_the_slots_of_two_lower_ones_the_cheapest_first():
    graph = graph_of(["C", "D", "E"], [wait("A", "", WaitKind.SLOT), wait("B", "", WaitKind.SLOT)])
    known = facts(A=CRITICAL, B=CRITICAL, C=CRITICAL, D=LOW, E=MEDIUM)
    known["D"] = TicketFacts(priority=LOW, stake=LOW, is_running=True, agent_seconds=900.0)
    known["E"] = TicketFacts(priority=MEDIUM, stake=MEDIUM, is_running=True, agent_seconds=1.0)
    found = inversions(graph, known, 1e9, patience=60.0)
    assert [(x.waiter, x.holder, x.release.of) for x in found] == [
        ("A", "E", ReleaseOf.SLOT),
        ("B", "D", ReleaseOf.SLOT),
    ]


def test_a_place_is_of_no_use_to_one_that_must_not_land_yet():
    graph = WaitGraph([wait("A", "B", WaitKind.LANDING, "landing"), wait("A", "C", WaitKind.LAND_ORDER)])
    found = inversions(graph, facts(A=CRITICAL, B=LOW, C=CRITICAL), 1e9, patience=0.0)
    assert found == []


def test_who_is_over_has_nothing_at_stake():
    found = [progress("A"), progress("B", TicketState.LANDED, "A", priority=CRITICAL)]
    assert stakes(found) == {"A": MEDIUM}


def test_one_that_is_behind_its_equal_in_the_queue_still_sees_the_lower_one_ahead_of_both():
    graph = WaitGraph(
        [
            wait("A", "B", WaitKind.LANDING, "landing"),
            wait("B", "C", WaitKind.LANDING, "landing"),
            wait("B", "D", WaitKind.LAND_ORDER),
        ]
    )
    [found] = inversions(graph, facts(A=CRITICAL, B=CRITICAL, C=LOW, D=CRITICAL), 1e9, patience=0.0)
    assert (found.release.of, found.release.ticket, found.release.to) == (ReleaseOf.PLACE, "C", "A")
