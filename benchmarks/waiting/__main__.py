"""How fleets fare that get in each other's way: ``python -m benchmarks.waiting``. Prints JSON and a table.

Each fleet is generated, runs to its end on a held clock, and is helped by the rules alone; the first one for which
something does not hold ends it. Then: how long a wait takes to add, and the machine to read.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict

from hypothesis import HealthCheck, Phase, given, seed, settings

from benchmarks.report import table
from benchmarks.waiting.fleets import Fleet, fleets
from benchmarks.waiting.micro import micro
from benchmarks.waiting.simulator import Seen, Simulator

#: Figures of which the greatest counts; of all others the sum.
_GREATEST = ("rounds", "times", "times_victim", "longest", "patience")


def simulate(count: int, most: int, number: int) -> dict[str, float]:
    """So many fleets of up to ``most`` tickets. Raises AssertionError, with the fleet, where something fails."""
    sums: Counter[str] = Counter()
    greatest: dict[str, float] = dict.fromkeys(_GREATEST, 0.0)

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(fleets(most=most))
    def run(fleet: Fleet) -> None:
        seen: Seen = Simulator(fleet).run()
        for name, value in asdict(seen).items():
            if name in _GREATEST:
                greatest[name] = max(greatest[name], value)
            else:
                sums[name] += value
        sums["fleets"] += 1
        sums["tickets"] += len(fleet.jobs)
        sums["fleets_with_deadlock"] += seen.deadlocks > 0
        sums["fleets_with_inversion"] += seen.inversions > 0

    run()
    return {**sums, **greatest}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__)
    parser.add_argument("--fleets", type=int, default=5000)
    parser.add_argument("--tickets", type=int, default=10, help="most tickets of a fleet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    began = time.process_time()
    found = simulate(args.fleets, args.tickets, args.seed)
    found |= micro()
    found["cpu_seconds"] = round(time.process_time() - began, 1)
    print(
        json.dumps({"benchmark": "waiting", "seed": args.seed, **{k: round(v, 4) for k, v in found.items()}})
    )
    if not args.json:
        print(table(("figure", "value"), [(name, f"{value:g}") for name, value in found.items()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
