"""The moments at which a run is killed can be had again, and lie where something happens."""

import itertools
import random

from benchmarks.kills import Moment, moments


def some(seed: int) -> list[Moment]:
    return list(itertools.islice(moments(random.Random(seed)), 200))


def test_a_seed_gives_the_same_moments_again() -> None:
    assert some(3) == some(3)


def test_moments_come_by_the_clock_and_by_what_was_told() -> None:
    by_events = [m for m in some(1) if m.events is not None]
    assert 60 < len(by_events) < 140
    assert all(0 < m.seconds <= 30 for m in some(1))
