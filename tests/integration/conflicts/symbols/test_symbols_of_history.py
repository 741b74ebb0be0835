"""The pairs of history-42: people merged them, so every alarm would be one that they could do without."""

from __future__ import annotations

from pathlib import Path

from benchmarks.symbol_pairs.history import questions

from headway.conflicts.symbols import IndexCache, find_symbol_conflicts
from tests.workloads import workload


def test_no_pair_that_people_merged_gives_an_alarm(tmp_path: Path) -> None:
    chosen = workload("history-42")
    repository = chosen.make_repository(tmp_path / "repository")
    cache, pairs, alarms = IndexCache(), 0, []
    for pair, question, _ in questions(chosen.name, repository):
        pairs += 1
        found = find_symbol_conflicts(question, cache)
        alarms += [(pair["left"], str(each.kind), each.detail) for each in found if each.score >= 0.8]
    assert pairs == 21
    assert alarms == []
