"""kill -9 anywhere costs nothing: every run ends as if nothing had happened.

``python -m benchmarks.kills`` does the same with more kills. A failure prints its seed; HEADWAY_SEED repeats it.
"""

import os
import random
from pathlib import Path

import pytest
from benchmarks.kills import Killer, What

from tests.workloads import stage, workload

SEED = int(os.environ.get("HEADWAY_SEED") or random.SystemRandom().randrange(10**6))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("what", "kills"), [(What.COORDINATOR, 5), (What.EVERYTHING, 2), (What.LAUNCHERS, 2), (What.AGENTS, 2)]
)
def test_no_work_is_lost_or_done_twice_when_something_is_killed(
    tmp_path: Path, what: What, kills: int
) -> None:
    print(f"HEADWAY_SEED={SEED}")
    with stage(tmp_path) as folder:
        killer = Killer(
            folder=folder,
            workload=workload("history-42"),
            rng=random.Random(f"{SEED} {what}"),
            what=what,
            most=kills,
            seconds=1.0,
        )
        killed = killer.run()
        assert killed.problems == [], f"HEADWAY_SEED={SEED}; killed {killed.kills}"
