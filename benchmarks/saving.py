"""What seeing and settling conflicts saves: ``python -m benchmarks.saving``.

Headway and the naive baseline in turn on the same tickets: how many agent-seconds each spends beyond one run a ticket.
Once with the paths that the tickets declare, once without them, when conflicts are known only from what is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Figure, Section, at_most, table
from benchmarks.run import Headway, clean, folder, run_baseline, run_headway
from benchmarks.workloads import Workload, workload

#: Of the baseline's extra agent-seconds, the most that Headway may spend.
LIMIT = 0.5


def extra_seconds(done: Headway) -> float:
    """Agent-seconds beyond one run a ticket: all runs but the one of each ticket whose work landed (its last)."""
    last = {a.ticket: a.number for a in done.attempts}
    spent = [a for a in done.attempts if a.interval and a.number != last[a.ticket]]
    return sum(a.interval.end - a.interval.start for a in spent if a.interval)


def without_paths(chosen: Workload, place: Path) -> Path:
    """The same tickets, of which nobody said what they touch."""
    told = json.loads(chosen.tickets_file.read_text(encoding="utf-8"))
    tickets = [{k: v for k, v in t.items() if k in ("id", "title", "description")} for t in told["tickets"]]
    path = place / "tickets.json"
    path.write_text(json.dumps({"tickets": tickets}), encoding="utf-8")
    return path


def saving(name: str, seconds: float) -> Section:
    """One workload with agents of one length."""
    chosen = workload(name)
    command = f"python -m benchmarks.saving --workload {name} --seconds {seconds:g}"
    with folder() as place:
        base = run_baseline(chosen, place, seconds)
    tickets = len(chosen.read()["tickets"])
    theirs = (base.agent_runs - tickets) * seconds
    figures: list[Figure] = []
    rows: list[Sequence[object]] = [
        ["baseline", f"{base.seconds:.1f}", base.agent_runs, f"{theirs:.1f}", base.answer]
    ]
    for how in ("declared paths", "no paths"):
        with folder() as place:
            given = without_paths(chosen, place) if how == "no paths" else None
            done = run_headway(chosen, place, chosen.agent(seconds), tickets=given)
        extra = extra_seconds(done)
        answer = f"{done.answer.landed} of {tickets}, {done.answer.as_people_merged} of {done.answer.pairs}"
        rows.append(
            [f"Headway, {how}", f"{done.ended.seconds:.1f}", len(done.attempts), f"{extra:.1f}", answer]
        )
        what = f"{name}, agents of {seconds:g} s, {how}"
        figures += [
            at_most(
                f"{what}: extra agent-seconds against the baseline's",
                extra / theirs if theirs else float("nan"),
                LIMIT,
                unit=" ×",
                digits=2,
                command=command,
            ),
            at_most(
                f"{what}: wall against the baseline's",
                done.ended.seconds / base.seconds,
                1.0,
                unit=" ×",
                digits=2,
                command=command,
            ),
        ]
    head = ["", "wall s", "agent runs", "extra agent-seconds", "landed, folders as people merged"]
    return Section(
        title=f"What it saves: {name}, agents of {seconds:g} s", figures=figures, detail=table(head, rows)
    )


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workload", default="history-42", choices=["history-42", "history-200"])
    parser.add_argument("--seconds", type=float, default=2.0, help="how long an agent takes")
    options = parser.parse_args(argv)
    try:
        section = saving(options.workload, options.seconds)
        for figure in section.figures:
            print(f"{figure.name}: {figure.measured} ({figure.target})")
        print(section.detail)
    finally:
        clean()
    return 0


if __name__ == "__main__":
    sys.exit(main())
