"""A small part of ``python -m benchmarks.symbols``: breaks made in real code are found, near misses are not told."""

from __future__ import annotations

import random
from functools import cache

import pytest
from benchmarks.symbol_pairs.pair import Maker
from benchmarks.symbol_pairs.projects import Project, standard_library
from benchmarks.symbols import Tally, judge, makers

from headway.conflicts.symbols import IndexCache, find_symbol_conflicts

#: Projects of the standard library that are small and have all that the makers look for.
SMALL = ("stdlib json", "stdlib html", "stdlib logging", "stdlib urllib")


@cache
def projects() -> list[Project]:
    return [each for each in standard_library() if each.name in SMALL]


@pytest.mark.parametrize(
    "maker", makers(), ids=lambda maker: f"{maker.__module__.rpartition('.')[2]}-{maker.__name__}"
)
def test_pairs_of(maker: Maker) -> None:
    rng = random.Random(f"test {maker.__name__}")
    tally, made = Tally(), 0
    for attempt in range(24):
        pair = maker(rng, projects()[attempt % len(SMALL)])
        if pair is not None:
            judge(pair, find_symbol_conflicts(pair.question(), IndexCache()), tally)
            made += 1
        if made == 2:
            break
    assert not tally.wrong
    assert not tally.missed
