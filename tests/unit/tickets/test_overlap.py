"""Which pairs of tickets expect to touch the same files."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from headway.nouns import Ticket
from headway.tickets.globs import can_meet, parse_glob
from headway.tickets.overlap import MOST_GLOBS, Overlap, expected_overlaps

wild = st.sampled_from(["**/*.py", "src/**", "src/*.py", "*/b.py", "docs/*", "**", "src/[ab].py", "x/**/y"])
plain = st.sampled_from(["src/a.py", "src/b.py", "docs/c.md", "x/y", "x/q/y", "top"])


def ticket(id_: str, *paths: str, after: tuple[str, ...] = ()) -> Ticket:
    return Ticket(id=id_, title=id_, paths=paths, depends_on=after)


def pairs(*tickets: Ticket) -> list[tuple[str, str]]:
    return [(o.left, o.right) for o in expected_overlaps(tickets)]


@given(st.lists(st.lists(wild | plain, max_size=4), max_size=6))
def test_exactly_the_pairs_with_globs_that_meet_overlap(paths: list[list[str]]) -> None:
    tickets = [ticket(f"T{n}", *globs) for n, globs in enumerate(paths)]
    expected = [
        (one.id, other.id)
        for one, other in combinations(tickets, 2)
        if any(can_meet(parse_glob(a), parse_glob(b)) for a in one.paths for b in other.paths)
    ]
    assert pairs(*tickets) == expected


def test_the_globs_that_meet_are_shown_as_written_on_their_own_side() -> None:
    overlaps = expected_overlaps([ticket("A", "./src/a.py", "docs/x"), ticket("B", "src/**", "docs/y")])
    assert overlaps == [Overlap(left="A", right="B", globs=(("./src/a.py", "src/**"),))]


def test_tickets_that_wait_for_each_other_do_not_overlap() -> None:
    assert pairs(ticket("A", "x"), ticket("B", "x", after=("A",))) == []


def test_tickets_ordered_through_a_third_do_not_overlap() -> None:
    chain = [ticket("C", "x", after=("B",)), ticket("B", after=("A",)), ticket("A", "x"), ticket("D", "x")]
    assert pairs(*chain) == [("C", "D"), ("A", "D")]


def test_a_path_that_others_go_through_is_a_folder() -> None:
    assert pairs(ticket("A", "src"), ticket("B", "src/app.py"), ticket("C", "s*/x.py")) == [
        ("A", "B"),
        ("A", "C"),
    ]


def test_a_path_that_nobody_goes_through_is_a_file() -> None:
    assert pairs(ticket("A", "src/app.py"), ticket("B", "**/test_*.py")) == []


def test_the_same_folder_named_twice_overlaps() -> None:
    assert pairs(ticket("A", "src"), ticket("B", "src"), ticket("C", "src/x")) == [
        ("A", "B"),
        ("A", "C"),
        ("B", "C"),
    ]


def test_a_folder_with_and_without_a_slash_is_the_same() -> None:
    assert pairs(ticket("A", "src"), ticket("B", "src/")) == [("A", "B")]


def test_tickets_without_paths_overlap_with_nobody() -> None:
    assert pairs(ticket("A"), ticket("B", "**")) == []


def test_of_many_shared_paths_the_first_are_shown() -> None:
    many = [f"f{n}" for n in range(100)]
    (overlap,) = expected_overlaps([ticket("A", *many), ticket("B", *many)])
    assert overlap.globs == tuple((path, path) for path in many[:MOST_GLOBS])
