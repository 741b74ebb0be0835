"""Holds what ``headway check`` says of edits against git itself: ``python -m benchmarks.edits``.

Verdict and files of all pairs of the workloads from real history, of every two of history-42's tickets and of
generated pairs, each against ``git merge-tree --write-tree``; and the time a pair takes, in process and with a git
process for each. Prints one line of JSON; leaves with 1 where anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import pygit2

from benchmarks.figures import median
from benchmarks.generated_pairs import Pair, make_pair, write_commit, write_tree
from benchmarks.workloads import workload
from headway.config import GitSettings
from headway.conflicts import trees
from headway.conflicts.edits import EditJudge
from headway.coordination.checking import Checker
from headway.landing.git import Git

#: Pairs for which a git process is started, to see what that costs.
SPAWNED = 40


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a pair: whether it merges, and the paths that do not."""

    clean: bool
    paths: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """How many pairs, and what came of them."""

    pairs: int = 0
    conflicting: int = 0
    here: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        here = self.ways["here"]
        return {
            "pairs": self.pairs,
            "conflicting": self.conflicting,
            "wrong": len(self.wrong),
            "wrong_pairs": self.wrong[:10],
            "in_process": here,
            "asked_git": {way: count for way, count in self.ways.most_common() if way != "here"},
            "median_ms": round(1000 * median(self.seconds), 2),
            "p99_ms": round(1000 * sorted(self.seconds)[int(len(self.seconds) * 0.99)], 2),
        }


def git_says(directory: Path, left: str, right: str, work_tree: Path | None = None) -> Said:
    """Git's own verdict on two commits. ``work_tree``: where it finds ``.gitattributes``."""
    where = [f"--git-dir={directory}", *([f"--work-tree={work_tree}"] if work_tree else [])]
    argv = ["git", *where, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", left, right]
    done = subprocess.run(argv, capture_output=True, cwd=work_tree or directory, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode())
    paths = {os.fsdecode(each) for each in done.stdout.split(b"\0")[1:] if each}
    return Said(done.returncode == 0, tuple(sorted(paths)))


def git_says_of_all(directory: Path, pairs: Sequence[tuple[str, str]], work_tree: Path | None) -> list[Said]:
    """The same of many pairs, with one process."""
    where = [f"--git-dir={directory}", *([f"--work-tree={work_tree}"] if work_tree else [])]
    argv = ["git", *where, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--stdin"]
    asked = "".join(f"{left} {right}\n" for left, right in pairs).encode()
    done = subprocess.run(argv, input=asked, capture_output=True, cwd=work_tree or directory, check=True)
    fields = iter(done.stdout.split(b"\0"))
    said = []
    for _ in pairs:
        clean = next(fields) == b"1"
        next(fields)  # the tree
        paths = {os.fsdecode(path) for path in iter(lambda: next(fields), b"")}
        said.append(Said(clean, tuple(sorted(paths))))
    return said


def attributes_folder(pair: Pair, folder: Path) -> Path:
    """A work tree that holds nothing but the left side's ``.gitattributes``."""
    folder.mkdir(parents=True)
    for path, (mode, content) in pair.left.items():
        name = os.fsdecode(path)
        if name.rpartition("/")[2] == ".gitattributes" and mode in (trees.FILE, trees.EXECUTABLE):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return folder


class Edits:
    """Says of pairs what ``headway check`` says of their edits, without a look at symbols."""

    def __init__(self, git: Git) -> None:
        self.checker = Checker(git, symbols=False)

    def says(self, left: str, right: str) -> Said:
        """The verdict on two commits."""
        found = asyncio.run(self.checker.check(left, right))
        return Said(found.clean, tuple(sorted({each.context["path"] for each in found.conflicts})))


def generated(git: Git, seed: str) -> tuple[Pair, str, str]:
    """The pair of a seed, written into a repository: (pair, left commit, right commit)."""
    pair = make_pair(random.Random(seed))
    base = write_commit(git.repository, write_tree(git.repository, pair.base))
    left, right = (
        write_commit(git.repository, write_tree(git.repository, side), base)
        for side in (pair.left, pair.right)
    )
    return pair, left, right


def is_right(ours: Said, gits: Said) -> bool:
    """Whether the two say the same. (Git names no path where a directory was split by renames.)"""
    return ours.clean == gits.clean and (ours.paths == gits.paths or (not gits.clean and not gits.paths))


def hold(edits: Edits, pairs: Sequence[tuple[str, str, str]], gits: Sequence[Said]) -> Tally:
    """Hold pairs (name, left, right) against what git says of them."""
    tally = Tally()
    before = Counter(edits.checker.ways)
    for (name, left, right), expected in zip(pairs, gits, strict=True):
        began = time.perf_counter()
        said = edits.says(left, right)
        tally.seconds.append(time.perf_counter() - began)
        tally.pairs += 1
        tally.conflicting += not expected.clean
        if not is_right(said, expected):
            tally.wrong.append(f"{name}: {said} and not {expected}")
    tally.ways = Counter(edits.checker.ways) - before
    return tally


def spawned(directory: Path, pairs: Sequence[tuple[str, str, str]]) -> dict[str, float]:
    """What a git process for each pair costs."""
    seconds = []
    for _, left, right in pairs[:SPAWNED]:
        began = time.perf_counter()
        git_says(directory, left, right)
        seconds.append(time.perf_counter() - began)
    return {"git_median_ms": round(1000 * median(seconds), 2)}


def history(name: str, folder: Path, *, every: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pairs of a workload as people made them; and every two of its tickets."""
    chosen = workload(name)
    read = chosen.read()
    path = chosen.make_repository(folder / name)
    git = asyncio.run(Git.open(path, GitSettings()))
    alone = {ticket["id"]: ticket["alone"] for ticket in read["tickets"]}
    recorded = [(f"{p['left']}-{p['right']}", alone[p["left"]], alone[p["right"]]) for p in read["pairs"]]
    yield f"{name} pairs", _measure(git, path, recorded)
    if every:
        crossed = [(f"{a}-{b}", alone[a], alone[b]) for a, b in combinations(sorted(alone), 2)]
        yield f"{name} every two", _measure(git, path, crossed)


def made(number: int, seed: int, folder: Path) -> dict[str, Any]:
    """Generated pairs."""
    directory = folder / "generated"
    pygit2.init_repository(str(directory), bare=True)
    git = asyncio.run(Git.open(directory, GitSettings()))
    edits = Edits(git)
    pairs, gits = [], []
    for index in range(number):
        pair, left, right = generated(git, f"{seed}-{index}")
        work_tree = attributes_folder(pair, folder / "attributes" / str(index))
        pairs.append((f"{seed}-{index}", left, right))
        gits.append(git_says(directory, left, right, work_tree))
    return hold(edits, pairs, gits).told() | spawned(directory, pairs)


def _measure(git: Git, path: Path, pairs: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    gits = git_says_of_all(git.common_dir, [(left, right) for _, left, right in pairs], path)
    return hold(Edits(git), pairs, gits).told() | spawned(git.common_dir, pairs)


def index_cost(name: str, folder: Path) -> Mapping[str, float]:
    """What a side that changed again costs among all sides of a workload: finding and deciding its pairs."""
    from headway.conflicts.edit_index import EditIndex

    chosen = workload(name)
    read = chosen.read()
    repository = pygit2.Repository(str(folder / name))
    judge, index = EditJudge(repository), EditIndex()
    base = trees.tree_of(repository, read["base"])
    sides = {ticket["id"]: trees.tree_of(repository, ticket["alone"]) for ticket in read["tickets"]}
    for side, tree in sides.items():
        index.put(side, judge.edits(base, tree))
    found, began = 0, time.perf_counter()
    for side, tree in sides.items():
        index.put(side, trees.read_edits(repository, base, tree))
        found += len(index.near(side))
    took = 1000 * (time.perf_counter() - began) / len(sides)
    return {"sides": len(sides), "ms_per_change": round(took, 2), "near": round(found / len(sides), 2)}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.edits", description=__doc__)
    parser.add_argument("--pairs", type=int, default=3000, help="generated pairs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--every", action="store_true", help="also every two tickets of history-200 (19,900 pairs)"
    )
    options = parser.parse_args()
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="headway-edits-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        for name in ("history-42", "history-200"):
            told |= history(name, folder, every=options.every or name == "history-42")
            told[f"{name} index"] = index_cost(name, folder)
        told["generated"] = made(options.pairs, options.seed, folder)
    print(json.dumps(told))
    return int(any(each.get("wrong") for each in told.values()))


if __name__ == "__main__":
    sys.exit(main())
