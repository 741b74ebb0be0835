"""Every pair of a workload, as people wrote both sides: what is said of it, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pygit2

from benchmarks.figures import percentile
from benchmarks.workloads import workload
from headway.conflicts.symbols import BaseTree, IndexCache, TwoSided, Versions, find_symbol_conflicts
from headway.conflicts.symbols.cache import read_index
from headway.conflicts.symbols.languages import language_of
from headway.nouns import CONFLICT_THRESHOLD


def questions(name: str, repository: Path) -> Iterator[tuple[dict[str, Any], TwoSided, bool]]:
    """(pair, what is asked of it, whether git merges it) for every pair of a workload."""
    git = pygit2.Repository(str(repository))
    told = workload(name).read()
    tickets = {each["id"]: each for each in told["tickets"]}
    base = git[told["base"]].peel(pygit2.Tree)
    blobs = dict(_blobs(git, base))

    def read(path: str) -> bytes | None:
        return git[blobs[path]].data if path in blobs else None

    tree = BaseTree(blobs, read)
    for pair in told["pairs"]:
        left, right = (git[tickets[pair[side]]["alone"]].peel(pygit2.Tree) for side in ("left", "right"))
        merged = git.merge_trees(base, left, right)
        conflicted = {e.path for entries in merged.conflicts or () for e in entries if e is not None}
        entries = {e.path: e.id for e in merged}
        paths = {
            path
            for side in (left, right)
            for delta in base.diff_to_tree(side).deltas
            for path in (delta.old_file.path, delta.new_file.path)
        }
        changed = {
            p: Versions(base=read(p), left=_content(git, left, p), right=_content(git, right, p))
            for p in paths
        }
        texts = {p: git[entries[p]].data if p in entries else None for p in paths - conflicted}
        yield pair, TwoSided(base=tree, changed=changed, merged=texts), not conflicted


def look_at(name: str, repository: Path) -> dict[str, Any]:
    """What is said of all pairs of a workload, and what it costs."""
    alarms: list[str] = []
    costs: list[float] = []
    pairs = clean = alarmed = 0
    indexing: dict[bytes, float] = {}
    for pair, question, is_clean in questions(name, repository):
        pairs += 1
        clean += is_clean
        start = time.process_time()
        found = [c for c in find_symbol_conflicts(question, IndexCache()) if c.score >= CONFLICT_THRESHOLD]
        costs.append(1000 * (time.process_time() - start))
        alarmed += bool(found)
        kind = "clean" if is_clean else "text conflicts"
        alarms += [f"{pair['left']} {pair['right']} ({kind}): {c.kind}: {c.detail}" for c in found]
        for path, each in question.changed.items():
            for content in (each.base, each.left, each.right):
                language = language_of(path)
                if content is not None and language is not None and content not in indexing:
                    start = time.process_time()
                    read_index(language, content)
                    indexing[content] = 1000 * (time.process_time() - start)
    return {
        "pairs": pairs,
        "clean": clean,
        "alarmed": alarmed,
        "alarms": alarms,
        "milliseconds": {"median": median(costs), "p95": percentile(costs, 95), "most": max(costs)},
        "index": {
            "files": len(indexing),
            "median": median(indexing.values()),
            "p95": percentile(list(indexing.values()), 95),
        },
    }


def _blobs(git: pygit2.Repository, tree: pygit2.Tree) -> Iterator[tuple[str, Any]]:
    waiting = [(tree, "")]
    while waiting:
        at, before = waiting.pop()
        for entry in at:
            if entry.type_str == "tree":
                waiting.append((git[entry.id], f"{before}{entry.name}/"))
            elif entry.type_str == "blob":
                yield before + entry.name, entry.id


def _content(git: pygit2.Repository, tree: pygit2.Tree, path: str) -> bytes | None:
    try:
        return bytes(git[tree[path].id].data)
    except KeyError:
        return None
