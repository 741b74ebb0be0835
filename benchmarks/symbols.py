"""How many breaks of symbols are found, and how many alarms are false: ``python -m benchmarks.symbols``.

Pairs with a known break of each kind, and as many near misses, are made from real code; then every pair of the
workloads that people merged is looked at, and every alarm listed. Prints JSON and a table; ``--json`` only the first.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report import table
from benchmarks.symbol_pairs import claimed, definitions, scopes, web
from benchmarks.symbol_pairs.pair import Maker, Pair
from benchmarks.symbol_pairs.projects import Project, folders, standard_library
from benchmarks.workloads import workload
from headway.conflicts.symbols import IndexCache, SymbolConflict, find_symbol_conflicts
from headway.nouns import CONFLICT_THRESHOLD


@dataclass(kw_only=True)
class Tally:
    """What was made of one maker's pairs."""

    breaks: int = 0
    found: int = 0
    near: int = 0
    false: int = 0
    #: Alarms on pairs with a break that are about something else.
    beside: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def makers() -> list[Maker]:
    """Everything that makes pairs."""
    return [m for module in (definitions, scopes, claimed, web) for m in (*module.BREAKS, *module.NEAR)]


def pairs(projects: Sequence[Project], each: int, seed: int, only: str = "") -> Iterator[Pair]:
    """About ``each`` pairs of every maker, spread over the projects; half of them with the sides changed over."""
    for maker in makers():
        if only and only not in maker.__name__:
            continue
        rng = random.Random(f"{seed} {maker.__name__}")
        made = 0
        for attempt in range(each * 12):
            pair = maker(rng, projects[(attempt * 7 + made) % len(projects)])
            if pair is not None:
                made += 1
                yield pair.turned() if rng.random() < 0.5 else pair
            if made >= each:
                break


def judge(pair: Pair, found: Sequence[SymbolConflict], tally: Tally) -> None:
    """Counts what was said of a pair."""
    alarms = [each for each in found if each.score >= CONFLICT_THRESHOLD]
    if not pair.kinds:
        tally.near += 1
        tally.false += bool(alarms)
        tally.wrong += [f"{pair.project}: {each.kind}: {each.detail}" for each in alarms[:1]]
        return
    tally.breaks += 1
    right = [
        each for each in alarms if each.kind in pair.kinds and pair.name in f"{each.symbol} {each.detail}"
    ]
    if right:
        tally.found += 1
    else:
        said = "; ".join(f"{c.kind} {c.score:g}: {c.detail}" for c in found) or "nothing"
        tally.missed.append(f"{pair.project}: {pair.name}: {said}")
    beside = [each for each in alarms if pair.name not in f"{each.symbol} {each.detail}"]
    tally.beside += bool(beside)
    tally.wrong += [f"{pair.project}: {pair.name}: {each.kind}: {each.detail}" for each in beside[:1]]


def measure(projects: Sequence[Project], each: int, seed: int, only: str = "") -> dict[str, Tally]:
    """The tally of each maker's pairs."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    cache = IndexCache()
    for pair in pairs(projects, each, seed, only):
        judge(pair, find_symbol_conflicts(pair.question(), cache), tallies[pair.maker])
    return tallies


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=40, help="pairs of each maker")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="makers whose name has this in it")
    parser.add_argument("--no-history", action="store_true")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as directory:
        found = run(
            Path(directory), each=args.each, seed=args.seed, only=args.only, history=not args.no_history
        )
    print(json.dumps(found, indent=None if args.json else 1))
    if not args.json:
        print(tables(found))
    return 0


def run(directory: Path, *, each: int, seed: int, only: str = "", history: bool = True) -> dict[str, Any]:
    """All that is measured, as JSON."""
    projects = list(standard_library())
    repositories: dict[str, Path] = {}
    for name in ("history-42", "history-200"):
        try:
            repositories[name] = workload(name).make_repository(directory / name)
        except FileNotFoundError as missing:
            print(missing, file=sys.stderr)
    if "history-42" in repositories:
        projects += folders(repositories["history-42"], "main", 21)
    start = time.process_time()
    tallies = measure(projects, each, seed, only)
    breaks, near = sum(t.breaks for t in tallies.values()), sum(t.near for t in tallies.values())
    found = sum(t.found for t in tallies.values())
    false = sum(t.false for t in tallies.values())
    beside = sum(t.beside for t in tallies.values())
    result: dict[str, Any] = {
        "pairs": breaks + near,
        "recall": found / breaks if breaks else None,
        "false alarms": (false + beside) / (breaks + near) if breaks + near else None,
        "seconds": time.process_time() - start,
        "by maker": {name: vars(tally) for name, tally in tallies.items()},
    }
    if history:
        from benchmarks.symbol_pairs.history import look_at

        result["history"] = {name: look_at(name, path) for name, path in repositories.items()}
    return result


def tables(found: dict[str, Any]) -> str:
    """The same for people."""
    rows = [
        [
            name,
            t["breaks"] or "",
            t["found"] if t["breaks"] else "",
            t["near"] or "",
            t["false"] + t["beside"],
        ]
        for name, t in found["by maker"].items()
    ]
    rows.append(
        [
            "all",
            sum(t["breaks"] for t in found["by maker"].values()),
            f"{found['recall'] or 0:.1%}",
            sum(t["near"] for t in found["by maker"].values()),
            f"{found['false alarms'] or 0:.1%}",
        ]
    )
    parts = [table(["pairs", "breaks", "found", "near misses", "false alarms"], rows)]
    for name, each in found.get("history", {}).items():
        parts.append(
            f"{name}: {each['pairs']} pairs, {each['clean']} that git merges; {each['alarmed']} with alarms; "
            f"{each['milliseconds']['median']:.1f} ms a pair (median, CPU, nothing cached), "
            f"index of a file {each['index']['median']:.2f} ms (median), {each['index']['p95']:.1f} ms (p95)"
        )
        parts.append("\n".join(f"- {alarm}" for alarm in each["alarms"]) or "- no alarm")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
