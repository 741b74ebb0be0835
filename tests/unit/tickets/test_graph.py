"""The dependency graph: waves, the critical path, cycles."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.nouns import Ticket
from headway.tickets.graph import MOST_CYCLES_OF_A_KNOT, TicketGraph

Edges = dict[str, tuple[str, ...]]


@st.composite
def any_graph(draw: st.DrawFn) -> Edges:
    """Up to 12 tickets that wait for anything, themselves and strangers included."""
    ids = [f"T{n}" for n in range(draw(st.integers(0, 12)))]
    known = st.sampled_from([*ids, "stranger"])
    return {id_: tuple(draw(st.lists(known, max_size=4))) for id_ in ids}


@st.composite
def acyclic_graph(draw: st.DrawFn) -> Edges:
    """Up to 12 tickets in a shuffled order, each waiting only for some before it in another order."""
    ids = [f"T{n}" for n in range(draw(st.integers(0, 12)))]
    edges = {id_: tuple(draw(st.sets(st.sampled_from(ids[:n])))) if n else () for n, id_ in enumerate(ids)}
    return {id_: edges[id_] for id_ in draw(st.permutations(ids))}


def reachable(edges: Edges, start: str) -> set[str]:
    seen: set[str] = set()
    todo = [d for d in edges[start] if d in edges]
    while todo:
        id_ = todo.pop()
        if id_ not in seen:
            seen.add(id_)
            todo += [d for d in edges[id_] if d in edges]
    return seen


def longest_chain_behind(edges: Edges, id_: str) -> int:
    """By definition, and slow."""
    return 1 + max((longest_chain_behind(edges, other) for other in edges if id_ in edges[other]), default=0)


@given(acyclic_graph())
def test_each_ticket_is_in_exactly_one_wave_and_no_earlier_wave_would_do(edges: Edges) -> None:
    waves = TicketGraph(edges).waves()
    level = {id_: number for number, wave in enumerate(waves) for id_ in wave}
    assert sorted(id_ for wave in waves for id_ in wave) == sorted(edges)
    for id_, needed in edges.items():
        assert level[id_] == max((level[d] + 1 for d in needed), default=0)


@given(acyclic_graph())
def test_the_critical_path_length_is_the_longest_chain_that_waits(edges: Edges) -> None:
    graph = TicketGraph(edges)
    for id_ in edges:
        assert graph.critical_path_length(id_) == longest_chain_behind(edges, id_)


@given(acyclic_graph())
def test_the_critical_path_is_a_chain_as_long_as_there_are_waves(edges: Edges) -> None:
    graph = TicketGraph(edges)
    path = graph.critical_path()
    assert len(path) == len(graph.waves())
    assert all(earlier in edges[later] for earlier, later in pairwise(path))


@given(acyclic_graph())
def test_everything_before_a_ticket_is_what_it_waits_for_however_far(edges: Edges) -> None:
    ids = list(edges)
    before = TicketGraph(edges).everything_before()
    for id_ in ids:
        assert {ids[n] for n in range(len(ids)) if before[id_] >> n & 1} == reachable(edges, id_)


@given(any_graph())
def test_cycles_are_found_exactly_where_a_ticket_waits_for_itself_however_far(edges: Edges) -> None:
    cycles = TicketGraph(edges).cycles()
    assert {id_ for cycle in cycles for id_ in cycle} == {
        id_ for id_ in edges if id_ in reachable(edges, id_)
    }


@given(any_graph())
def test_a_cycle_is_shown_in_full_and_ends_where_it_began(edges: Edges) -> None:
    for cycle in TicketGraph(edges).cycles():
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        assert all(dependency in edges[id_] for id_, dependency in pairwise(cycle))


@given(any_graph())
def test_orders_are_refused_exactly_where_there_is_a_cycle(edges: Edges) -> None:
    graph = TicketGraph(edges)
    if graph.cycles():
        with pytest.raises(ValueError, match="wait for each other"):
            graph.waves()
    else:
        graph.waves()


def test_a_self_dependency_is_the_shortest_cycle() -> None:
    assert TicketGraph({"A": ["A"]}).cycles() == [["A", "A"]]


def test_a_cycle_begins_with_its_first_ticket_as_given() -> None:
    assert TicketGraph({"C": ["A"], "A": ["B"], "B": ["C"]}).cycles() == [["C", "A", "B", "C"]]


def test_two_cycles_are_both_shown() -> None:
    assert TicketGraph({"A": ["B"], "B": ["A"], "C": ["D"], "D": ["C"]}).cycles() == [
        ["A", "B", "A"],
        ["C", "D", "C"],
    ]


def test_a_knot_of_many_cycles_is_shown_in_part() -> None:
    hub = {f"T{n}": ["hub"] for n in range(1000)} | {"hub": [f"T{n}" for n in range(1000)]}
    assert len(TicketGraph(hub).cycles()) == MOST_CYCLES_OF_A_KNOT


def test_what_waits_for_a_ticket_outside_the_set_does_not_wait() -> None:
    tickets = [
        Ticket(id="A", title="a", depends_on=("elsewhere",)),
        Ticket(id="B", title="b", depends_on=("A",)),
    ]
    assert TicketGraph.of(tickets).waves() == [["A"], ["B"]]


def test_a_wave_keeps_the_order_of_the_file() -> None:
    assert TicketGraph({"Z": [], "B": ["Z"], "A": [], "C": ["A"]}).waves() == [["Z", "A"], ["B", "C"]]


def test_no_tickets_make_no_waves_and_no_path() -> None:
    graph = TicketGraph({})
    assert (graph.waves(), graph.critical_path(), graph.cycles()) == ([], [], [])


@pytest.mark.parametrize("backwards", [False, True])
def test_a_chain_of_ten_thousand_tickets_is_no_deeper_than_a_short_one(backwards: bool) -> None:
    ids = [f"T{n}" for n in range(10_000)]
    chain = {id_: ids[n - 1 : n] for n, id_ in enumerate(ids)}
    graph = TicketGraph(dict(reversed(chain.items())) if backwards else chain)
    assert graph.critical_path() == ids
    assert graph.critical_path_length("T0") == 10_000
    assert len(graph.waves()) == 10_000


def test_a_cycle_of_ten_thousand_tickets_is_found() -> None:
    assert len(TicketGraph({f"T{n}": [f"T{(n + 1) % 10_000}"] for n in range(10_000)}).cycles()[0]) == 10_001
