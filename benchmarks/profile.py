"""Says where the coordinator's time goes in one run of a workload.

    python -m benchmarks.profile [--workload history-42] [--seconds 2] [--stacks]

CPU time by package, by function of ours and by child, as :mod:`benchmarks.sampler` sees it; and how long the parts of
the tickets' ways take, from the event log and the launchers' records.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.coordinator import Coordinator, Ended, read_log, run_argv
from benchmarks.figures import Phases, phases, spread
from benchmarks.records import read_attempts
from benchmarks.workloads import workload


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """Where one run's time went."""

    #: As :mod:`benchmarks.sampler` writes it.
    told: Mapping[str, Any]
    phases: Phases
    seconds: float


def profile(name: str, seconds: float, folder: Path, *, agents: int = 42) -> Profile:
    """Run a workload once with the sampler in the coordinator."""
    chosen = workload(name)
    repository = chosen.make_repository(folder / "repository")
    out = folder / "profile.json"
    argv = run_argv(chosen, repository, chosen.agent(seconds), agents=agents)
    argv = [sys.executable, "-m", "benchmarks.sampler", str(out), *argv[1:]]
    try:
        ended: Ended = Coordinator(folder, argv, name="profiled").end()
        if ended.status or not out.exists():
            raise RuntimeError(f"the run failed, exit status {ended.status}: {ended.errors[-2000:]}")
        alive = {(a.ticket, a.number): a.interval for a in read_attempts(repository) if a.interval}
        parts = phases(read_log(folder, repository), alive, {})
    finally:
        processes.end_all(folder)
    return Profile(told=json.loads(out.read_text(encoding="utf-8")), phases=parts, seconds=ended.seconds)


def tables(found: Profile, *, rows: int = 25, stacks: bool = False) -> str:
    """The profile as Markdown; ``stacks``: with the innermost frames, too."""
    told = found.told
    total = float(told["cpu"])
    parts = [f"Coordinator's own CPU: {total:.2f} s in {found.seconds:.1f} s of wall time.\n"]
    for title, key in (
        ("package of the innermost function", "packages"),
        ("function of Headway's", "owners"),
        ("innermost function", "functions"),
        *([("innermost frames", "stacks")] if stacks else []),
    ):
        parts.append(f"| {title} | CPU s | share |\n|---|---:|---:|")
        ranked = sorted(told[key].items(), key=lambda each: -each[1])[:rows]
        parts += [f"| `{name}` | {used:.2f} | {100 * used / total:.0f} % |" for name, used in ranked]
        parts.append("")
    parts.append("| in a thread | times | CPU s | CPU ms each |\n|---|---:|---:|---:|")
    for name, w in sorted(told["workers"].items(), key=lambda each: -each[1]["cpu"])[:rows]:
        parts.append(f"| `{name}` | {w['count']} | {w['cpu']:.2f} | {1000 * w['cpu'] / w['count']:.1f} |")
    parts.append("")
    parts.append("| child | times | CPU s | CPU ms each | wall ms each |\n|---|---:|---:|---:|---:|")
    children = sorted(told["children"].items(), key=lambda each: -each[1]["cpu"])
    for name, c in children:
        each = 1000 * c["cpu"] / c["count"], 1000 * c["wall"] / c["count"]
        parts.append(f"| {name} | {c['count']} | {c['cpu']:.2f} | {each[0]:.1f} | {each[1]:.1f} |")
    parts.append("\n" + phases_table(found.phases))
    return "\n".join(parts)


#: Part of a ticket's way → what it is, for a person.
PARTS = {
    "ready_to_running": "ready → its agent runs",
    "launch": "decided to start → its agent runs",
    "noticed": "its agent ended → noticed",
    "collected": "noticed → its work is a commit",
    "queued": "a commit → landed, or told to go again",
    "landing": "its agent ended → landed",
}


def phases_table(parts: Phases) -> str:
    """How long the parts of the tickets' ways take, as Markdown."""
    lines = ["| part of a ticket's way | count | p50 s | p99 s | most s |", "|---|---:|---:|---:|---:|"]
    for name, shown in PARTS.items():
        s = spread(getattr(parts, name))
        lines.append(f"| {shown} | {s.count} | {s.p50:.3f} | {s.p99:.3f} | {s.most:.3f} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workload", default="history-42")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each agent takes")
    parser.add_argument("--stacks", action="store_true", help="tell the innermost frames, too")
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="headway-bench-"))
    try:
        print(tables(profile(options.workload, options.seconds, folder), stacks=options.stacks))
        return 0
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
