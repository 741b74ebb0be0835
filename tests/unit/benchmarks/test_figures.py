"""The numbers of the benchmarks are what they say."""

import math

import pytest
from benchmarks.figures import Interval, most_at_once, overlapping, percentile, phases, spread
from hypothesis import given
from hypothesis import strategies as st

TIMES = st.integers(0, 50)
INTERVALS = st.lists(
    st.tuples(TIMES, st.integers(1, 20)).map(lambda t: Interval(start=float(t[0]), end=float(t[0] + t[1])))
)


@given(values=st.lists(st.floats(-1e9, 1e9), min_size=1), percent=st.floats(0.1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(1 for v in values if v <= found) >= percent / 100 * len(values) * (1 - 1e-9)
    assert sum(1 for v in values if v < found) < percent / 100 * len(values) * (1 + 1e-9)


def test_percentiles_of_a_hundred_values_are_those_values() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, p) for p in (50, 99, 100)] == [50.0, 99.0, 100.0]


def test_nothing_measured_is_not_a_number_rather_than_nought() -> None:
    assert math.isnan(percentile([], 50))
    assert math.isnan(spread([]).most)


@given(intervals=INTERVALS)
def test_most_at_once_is_what_counting_at_every_moment_finds(intervals: list[Interval]) -> None:
    moments = [each.start for each in intervals]
    counted = max((sum(1 for i in intervals if i.start <= m < i.end) for m in moments), default=0)
    assert most_at_once(intervals) == counted


@given(intervals=INTERVALS)
def test_overlaps_are_found_exactly_where_two_are_alive_at_once(intervals: list[Interval]) -> None:
    assert bool(overlapping(intervals)) == (most_at_once(intervals) > 1)


def test_one_that_begins_when_the_other_ends_does_not_overlap_it() -> None:
    assert overlapping([Interval(start=0, end=1), Interval(start=1, end=2)]) == []


def test_an_overlap_with_an_earlier_longer_one_is_found_behind_a_short_one() -> None:
    long, short, late = Interval(start=0, end=9), Interval(start=1, end=2), Interval(start=3, end=4)
    assert overlapping([late, short, long]) == [(long, short), (long, late)]


EVENTS = [
    {"event": "run.started", "at": 100.0},
    {"event": "attempt.started", "at": 101.0, "ticket": "A", "attempt": 1},
    {"event": "attempt.ended", "at": 104.5, "ticket": "A", "attempt": 1},
    {"event": "attempt.collected", "at": 105.0, "ticket": "A", "attempt": 1},
    {"event": "landing.conflict", "at": 107.0, "ticket": "A", "attempt": 1},
    {"event": "attempt.started", "at": 108.0, "ticket": "A", "attempt": 2},
    {"event": "attempt.ended", "at": 110.0, "ticket": "A", "attempt": 2},
    {"event": "attempt.collected", "at": 110.5, "ticket": "A", "attempt": 2},
    {"event": "landing.landed", "at": 111.0, "ticket": "A", "attempt": 2},
    {"event": "attempt.started", "at": 112.0, "ticket": "B", "attempt": 1},
]
ALIVE = {
    ("A", 1): Interval(start=101.5, end=104.0),
    ("A", 2): Interval(start=108.25, end=109.0),
    ("B", 1): Interval(start=113.0, end=120.0),
}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("ready_to_running", [1.5, 1.25, 2.0]),
        ("launch", [0.5, 0.25, 1.0]),
        ("noticed", [0.5, 1.0]),
        ("collected", [0.5, 0.5]),
        ("queued", [2.0, 0.5]),
        ("landing", [2.0]),
    ],
)
def test_the_parts_of_a_tickets_way_add_up_from_events_and_records(part: str, expected: list[float]) -> None:
    assert getattr(phases(EVENTS, ALIVE, {"B": ["A"]}), part) == expected
