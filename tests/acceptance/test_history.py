"""The main job on real history, as a user types it: all tickets at once, landed as people merged them."""

import os
from pathlib import Path

import pytest

from tests.workloads import run_and_prove, stage, workload


@pytest.mark.parametrize("commit", [False, True], ids=["agents that do not commit", "agents that commit"])
def test_42_tickets_at_once_land_as_people_merged_them(tmp_path: Path, commit: bool) -> None:
    chosen = workload("history-42")
    with stage(tmp_path) as folder:
        assert run_and_prove(chosen, folder, chosen.agent(0.3, commit=commit), patience=200) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not os.environ.get("HEADWAY_HISTORY_200"),
    reason="600,000 files take minutes on a slow disk; set HEADWAY_HISTORY_200, or see `make bench`",
)
def test_200_tickets_land_as_people_merged_them(tmp_path: Path) -> None:
    chosen = workload("history-200")
    with stage(tmp_path) as folder:
        assert run_and_prove(chosen, folder, chosen.agent(0.3), patience=800) == []
