"""What is settled by rule, of what git cannot merge: ``python -m benchmarks.mechanical``.

All conflicting pairs of the workloads from real history: which files a rule settles, whether the result passes the
audit, and whether it is byte for byte what people merged. And what the audit says of people's own merges and of git's:
people drop lines on purpose, so its objections to them are listed. Prints one line of JSON; ``--list`` each case.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pygit2

from benchmarks.figures import median
from benchmarks.workloads import workload
from headway.config import MechanicalSettings
from headway.resolution.audit import Blob, audit
from headway.resolution.mechanical import settle


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two tickets of one folder, and what came of them."""

    name: str
    folder: str
    clean: bool
    base: str
    left: str
    right: str
    #: Where people's merge stands.
    merged: str


@dataclass(slots=True)
class Tally:
    """What was counted."""

    files: int = 0
    settled: int = 0
    as_people: int = 0
    objected: int = 0
    pairs: int = 0
    pairs_settled: int = 0
    pairs_as_people: int = 0
    by: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__ if name[0] != "_"}
        told |= {
            "by": dict(self.by.most_common()),
            "median_ms": round(1000 * median(self.seconds or [0.0]), 2),
        }
        del told["seconds"], told["lines"]
        return told


class Repository:
    """What the benchmark reads of one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git = pygit2.Repository(str(path))

    def files(self, commit: str, paths: set[str]) -> dict[str, Blob]:
        tree = self.git[commit].peel(pygit2.Tree)
        found = {}
        for path in paths:
            try:
                entry = tree[path]
            except KeyError:
                continue
            is_module = entry.filemode == pygit2.enums.FileMode.COMMIT
            content = str(entry.id).encode() if is_module else self.git[entry.id].data
            found[path] = Blob(content, entry.filemode)
        return found

    def changed(self, one: str, other: str) -> set[str]:
        trees = [self.git[each].peel(pygit2.Tree) for each in (one, other)]
        deltas = trees[0].diff_to_tree(trees[1]).deltas
        return {path for delta in deltas for path in (delta.old_file.path, delta.new_file.path)}

    def merge(self, left: str, right: str) -> tuple[bool, str]:
        """(whether git can, the tree that it wrote, with markers in the style that shows the base)."""
        style = ["-c", "merge.conflictStyle=diff3"]
        argv = ["git", *style, f"--git-dir={self.path}/.git", "merge-tree", "--write-tree", "-z", left, right]
        done = subprocess.run(argv, capture_output=True, check=False)
        return done.returncode == 0, done.stdout.split(b"\0")[0].decode().strip()


def pairs(name: str) -> Iterator[Pair]:
    """The pairs of a workload."""
    read = workload(name).read()
    tickets = {ticket["id"]: ticket for ticket in read["tickets"]}
    for each in read["pairs"]:
        left, right = tickets[each["left"]], tickets[each["right"]]
        yield Pair(
            name=f"{name} {each['left']}-{each['right']}",
            folder=left["folder"] + "/",
            clean=each["clean"],
            base=read["base"],
            left=left["alone"],
            right=right["alone"],
            merged=left["after"],
        )


def by_rule(repository: Repository, pair: Pair, tally: Tally) -> None:
    """Settle what git cannot merge of a pair."""
    _, tree = repository.merge(pair.left, pair.right)
    touched = repository.changed(pair.base, pair.left) & repository.changed(pair.base, pair.right)
    texts = [repository.files(each, touched) for each in (pair.base, pair.left, pair.right, tree)]
    people = repository.files(pair.merged, touched)
    tally.pairs += 1
    all_settled = all_same = True
    for path in sorted(touched):
        blobs = [text.get(path) for text in texts]
        written = blobs[3].content if blobs[3] is not None else b""
        if b"<<<<<<< " not in written:
            continue
        base, left, right = (blob.content if blob is not None else b"" for blob in blobs[:3])
        began = time.perf_counter()
        found = settle(path, base, left, right, MechanicalSettings(), conflicted=written)
        tally.seconds.append(time.perf_counter() - began)
        tally.files += 1
        same = found is not None and path in people and found.content == people[path].content
        counts = found is not None and not found.objections
        tally.settled += counts
        tally.as_people += counts and same
        tally.objected += found is not None and not counts
        all_settled, all_same = all_settled and counts, all_same and same
        if found is None:
            said = "no rule"
        else:
            tally.by.update(found.by if counts else [])
            said = f"{', '.join(found.by)}: " + ("as people" if same else "not as people")
            said += "".join(f"; refused: {each}" for each in found.objections[:3])
        tally.lines.append(f"{pair.name} {path}: {said}")
    tally.pairs_settled += all_settled
    tally.pairs_as_people += all_settled and all_same


def audited(repository: Repository, pair: Pair, told: Counter[str], listed: list[str]) -> None:
    """What the audit says of people's merge of a pair, and of git's where it could."""
    paths = repository.changed(pair.base, pair.left) | repository.changed(pair.base, pair.right)
    paths |= {path for path in repository.changed(pair.base, pair.merged) if path.startswith(pair.folder)}
    trees = [repository.files(each, paths) for each in (pair.base, pair.left, pair.right, pair.merged)]
    objections = audit(*trees)
    told["people"] += 1
    told["people_objected"] += bool(objections)
    told["people_objected_only_contested"] += bool(objections) and all(each.contested for each in objections)
    told["people_objected_though_clean"] += bool(objections) and pair.clean
    listed += [f"{pair.name} {each}{' (contested)' if each.contested else ''}" for each in objections]
    can, tree = repository.merge(pair.left, pair.right)
    if can:
        paths |= repository.changed(pair.base, tree)
        trees = [repository.files(each, paths) for each in (pair.base, pair.left, pair.right, tree)]
        told["git"] += 1
        told["git_objected"] += bool(audit(*trees))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mechanical", description=__doc__)
    parser.add_argument(
        "--list", action="store_true", help="each file, and each objection to people's merges"
    )
    options = parser.parse_args()
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    told: dict[str, Mapping[str, Any]] = {}
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="headway-mechanical-", ignore_cleanup_errors=True) as temporary:
        for name in ("history-42", "history-200"):
            repository = Repository(workload(name).make_repository(Path(temporary) / name))
            tally, audits, listed = Tally(), Counter[str](), list[str]()
            for pair in pairs(name):
                audited(repository, pair, audits, listed)
                if not pair.clean:
                    by_rule(repository, pair, tally)
            told[name] = {"by_rule": tally.told(), "audit": dict(audits)}
            wrong += audits["git_objected"]
            if options.list:
                print(*tally.lines, *listed, sep="\n")
    print(json.dumps(told))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
