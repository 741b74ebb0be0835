"""How soon conflicts between worktrees are seen while they are written, and how exactly.

``python -m benchmarks.watching``. Worktrees are laid out and watched, a process of its own writes to them, and the time
from the last write of a file to a conflict that stands is taken, less the configured stillness; with what it costs, and
what it costs when nobody writes. Then the tickets' work is laid out as edits that nobody committed, and what is said of
every two of them is held against ``git merge-tree --write-tree``. Prints a line of JSON for each part; leaves with 1
where anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.edits import Said, git_says_of_all, is_right
from benchmarks.figures import percentile
from benchmarks.workloads import workload
from headway.config import GitSettings
from headway.conflicts import trees
from headway.conflicts.watching import TARGET, ConflictWatch, Look, WatchSettings
from headway.coordination.watch_tools import WatchTools
from headway.landing.git import Git
from headway.landing.pool import WorktreePool

#: How many worktrees at once figures are taken for.
SIZES = (10, 42, 100, 200)

#: How long a conflict is left standing before its file is set back, in seconds.
STANDS_FOR = 1.5

#: How long the watch is left alone to see what that costs, in seconds.
IDLE = 10.0


@dataclass(kw_only=True)
class Stage:
    """A repository with worktrees of its base."""

    name: str
    git: Git
    base: str
    worktrees: list[Path]
    read: Mapping[str, Any]
    pool: WorktreePool = field(repr=False)


async def lay_out(name: str, folder: Path, count: int) -> Stage:
    """The workload's repository and so many worktrees at its base; what is there from before is used again."""
    chosen = workload(name)
    path = folder / name / "repository"
    if not path.exists():
        chosen.make_repository(path)
    git = await Git.open(path, GitSettings())
    read = chosen.read()
    pool = WorktreePool(git)
    worktrees = [folder / name / "worktrees" / str(number) for number in range(1, count + 1)]
    worktrees[0].parent.mkdir(parents=True, exist_ok=True)
    for number, worktree in enumerate(worktrees, 1):
        await pool.fill(number, worktree, read["base"], clean_ignored=True)
    return Stage(name=name, git=git, base=read["base"], worktrees=worktrees, read=read, pool=pool)


def files_to_write(stage: Stage) -> list[str]:
    """Plain text files of the base with some lines."""
    repository = stage.git.repository
    found = []
    for path, entry in trees.files(repository, trees.tree_of(repository, stage.base)):
        if entry.mode == trees.FILE and path.endswith((".py", ".txt", ".md", ".rst", ".cfg", ".toml")):
            content = trees.content(repository, entry)
            if 20 < content.count(b"\n") < 2000 and b"\r" not in content:
                found.append(path)
    return sorted(found)


# The writer: a process of its own, so that what it costs is not the watch's.


def write(task: Mapping[str, Any]) -> None:
    """Write to worktrees for some seconds; each conflict's last write goes to standard output with its time."""
    rng = random.Random(task["seed"])
    worktrees, files = [Path(each) for each in task["worktrees"]], list(task["files"])
    rng.shuffle(files)
    clashes = iter(files[: len(files) // 2])
    quiet = files[len(files) // 2 :]
    until = time.monotonic() + task["seconds"]
    restore: list[tuple[float, Path, bytes]] = []
    number = 0
    while (now := time.monotonic()) < until:
        while restore and restore[0][0] < now:
            _, path, content = restore.pop(0)
            path.write_bytes(content)
            number += 1
        if rng.random() < task["clashing"] and (path_name := next(clashes, None)) is not None:
            one, other = rng.sample(range(len(worktrees)), 2)
            for side in (one, other):
                path = worktrees[side] / path_name
                content = path.read_bytes()
                lines = content.split(b"\n")
                lines[10] = b"# clash %d of %d" % (number, side)
                path.write_bytes(b"\n".join(lines))
                at = time.monotonic()
                number += 1
                restore.append((at + STANDS_FOR, path, content))
                if side == one:
                    time.sleep(rng.uniform(0.0, 0.05))
            told = {"sides": sorted((one, other)), "path": path_name, "at": at}
            print(json.dumps(told), flush=True)
        else:
            path = rng.choice(worktrees) / quiet[rng.randrange(len(quiet))]
            content = path.read_bytes()
            path.write_bytes(content + b"# more %d\n" % number)
            number += 1
        time.sleep(rng.expovariate(task["rate"]))
    time.sleep(STANDS_FOR)
    for _, path, content in restore:
        path.write_bytes(content)
    print(json.dumps({"writes": number}), flush=True)


# The watch.


def cpu_seconds() -> float:
    """CPU time of this process and of the gits that it has waited for."""
    mine, gits = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + gits.ru_utime + gits.ru_stime


def memory() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def follow(watch: ConflictWatch, stands: dict[tuple[str, str, str], float]) -> None:
    """Note when a path first stood in conflict between two sides."""
    async for look in watch.looks():
        now = time.monotonic()
        for each in look.conflicts:
            if each.conflict_id not in look.moving:
                stands.setdefault((*look.sides, str(each.context["path"])), now)


async def latency(stage: Stage, *, seconds: float, rate: float, seed: int, symbols: bool) -> dict[str, Any]:
    """Watch all worktrees while they are written."""
    before = memory()
    told: list[str] = []
    settings = WatchSettings(symbols=symbols)
    watch = ConflictWatch(WatchTools(stage.git), settings, tell=told.append)
    names = [f"{number:03}" for number in range(len(stage.worktrees))]
    began = time.monotonic()
    for name, worktree in zip(names, stage.worktrees, strict=True):
        await watch.add(name, worktree, stage.base)
    adding = time.monotonic() - began
    stands: dict[tuple[str, str, str], float] = {}
    follower = asyncio.create_task(follow(watch, stands))
    await watch.quiet()
    idle, began = cpu_seconds(), time.monotonic()
    await asyncio.sleep(IDLE)
    idle = (cpu_seconds() - idle) / (time.monotonic() - began)
    task = {
        "worktrees": [str(each) for each in stage.worktrees],
        "files": files_to_write(stage),
        "seconds": seconds,
        "rate": rate,
        "clashing": 0.3,
        "seed": seed,
    }
    used, began = cpu_seconds(), time.monotonic()
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.watching", "--writer"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await writer.communicate(json.dumps(task).encode())
    took = time.monotonic() - began
    await watch.quiet()
    await asyncio.sleep(settings.still_after + 0.5)
    used = cpu_seconds() - used
    lines = [json.loads(line) for line in out.splitlines()]
    writes = lines.pop()["writes"]
    waits, missed = [], 0
    for line in lines:
        one, other = (names[number] for number in line["sides"])
        at = stands.get((one, other, line["path"]))
        if at is None:
            missed += 1
        else:
            waits.append(1000 * (at - line["at"] - settings.still_after))
    result = {
        "workload": stage.name,
        "worktrees": len(stage.worktrees),
        "watches": watch.watches,
        "adding_ms_each": round(1000 * adding / len(stage.worktrees), 1),
        "idle_cpu_percent": round(100 * idle, 3),
        "writes": writes,
        "writes_a_second": round(writes / took, 1),
        "conflicts": len(lines),
        "missed": missed,
        "latency_ms": {
            "p50": round(percentile(waits, 50), 1),
            "p99": round(percentile(waits, 99), 1),
            "most": round(max(waits, default=float("nan")), 1),
        },
        "cpu_ms_a_write": round(1000 * used / max(1, writes), 2),
        "memory_mib": round(memory() - before, 1),
        "told": told,
    }
    follower.cancel()
    await watch.close()
    return result


# Exactness.


def edit(stage: Stage, worktree: Path, commit: str) -> None:
    """Write what a commit changes into a worktree, as an agent would."""
    repository = stage.git.repository
    found = trees.read_edits(
        repository, trees.tree_of(repository, stage.base), trees.tree_of(repository, commit)
    )
    for path, change in sorted(found.changes.items(), key=lambda each: each[1].new is not None):
        full = worktree / path
        if change.new is None or (change.old is not None and change.old.kind != change.new.kind):
            full.unlink(missing_ok=True)
        if change.new is None:
            for above in full.relative_to(worktree).parents:
                if above.parts and (worktree / above).is_dir() and not any((worktree / above).iterdir()):
                    (worktree / above).rmdir()
            continue
        full.parent.mkdir(parents=True, exist_ok=True)
        content = trees.content(repository, change.new)
        if change.new.mode == trees.LINK:
            full.symlink_to(os.fsdecode(content))
        else:
            full.write_bytes(content)
            full.chmod(0o755 if change.new.mode == trees.EXECUTABLE else 0o644)


def said(look: Look | None) -> Said:
    """The verdict on edits of a look; of none, that nothing is between the two."""
    edits = [each for each in look.conflicts if each.conflict_type == "edit"] if look else []
    return Said(not edits, tuple(sorted({str(each.context["path"]) for each in edits})))


async def exactness_of_every_two(stage: Stage) -> dict[str, Any]:
    """All tickets' work laid out at once, each in a worktree of its own, and every two of them."""
    alone = {ticket["id"]: ticket["alone"] for ticket in stage.read["tickets"]}
    watch = ConflictWatch(WatchTools(stage.git), WatchSettings(symbols=False))
    looks: dict[tuple[str, str], Look] = {}
    follower = asyncio.create_task(_keep(watch, looks))
    for (ticket, commit), worktree in zip(sorted(alone.items()), stage.worktrees, strict=False):
        await watch.add(ticket, worktree, stage.base)
        await asyncio.to_thread(edit, stage, worktree, commit)
    await watch.quiet()
    await asyncio.sleep(1.0)
    pairs = list(combinations(sorted(alone), 2))
    gits = git_says_of_all(stage.git.common_dir, [(alone[a], alone[b]) for a, b in pairs], stage.git.root)
    result = _compared(stage.name + " every two", pairs, looks, gits)
    follower.cancel()
    await watch.close()
    return result


async def exactness_of_pairs(stage: Stage) -> dict[str, Any]:
    """The workload's pairs, one after the other in two worktrees that are moved back in between."""
    alone = {ticket["id"]: ticket["alone"] for ticket in stage.read["tickets"]}
    pairs = [tuple(sorted((each["left"], each["right"]))) for each in stage.read["pairs"]]
    watch = ConflictWatch(WatchTools(stage.git), WatchSettings(symbols=False))
    looks: dict[tuple[str, str], Look] = {}
    follower = asyncio.create_task(_keep(watch, looks))
    for pair in pairs:
        for number, ticket in enumerate(pair):
            worktree = stage.worktrees[number]
            await stage.pool.fill(number + 1, worktree, stage.base, clean_ignored=True)
            await watch.add(ticket, worktree, stage.base)
            await asyncio.to_thread(edit, stage, worktree, alone[ticket])
        await watch.quiet()
        await asyncio.sleep(0.01)  # what there is to tell is told
        kept = looks.get((pair[0], pair[1]))
        for ticket in pair:
            await watch.remove(ticket)
        await asyncio.sleep(0.01)
        if kept is not None:
            looks[pair[0], pair[1]] = kept
    gits = git_says_of_all(stage.git.common_dir, [(alone[a], alone[b]) for a, b in pairs], stage.git.root)
    result = _compared(stage.name + " pairs", [(a, b) for a, b in pairs], looks, gits)
    follower.cancel()
    await watch.close()
    return result


async def _keep(watch: ConflictWatch, looks: dict[tuple[str, str], Look]) -> None:
    async for look in watch.looks():
        if TARGET not in look.sides:
            looks[look.sides] = look


def _compared(
    what: str, pairs: Sequence[tuple[str, str]], looks: Mapping[tuple[str, str], Look], gits: Sequence[Said]
) -> dict[str, Any]:
    wrong = [
        f"{a}-{b}: {said(looks.get((a, b)))} and not {expected}"
        for (a, b), expected in zip(pairs, gits, strict=True)
        if not is_right(said(looks.get((a, b))), expected)
    ]
    return {
        "exactness": what,
        "pairs": len(pairs),
        "conflicting": sum(not each.clean for each in gits),
        "wrong": len(wrong),
        "wrong_pairs": wrong[:10],
    }


async def measure(options: argparse.Namespace, folder: Path) -> int:
    """Everything that was asked for; the exit status."""
    status = 0
    sizes = [options.worktrees] if options.worktrees else list(SIZES)
    if not options.only_exactness:
        for size in sizes:
            stage = await lay_out(options.workload, folder, size)
            rate = options.rate or size / 2  # each agent saves every two seconds
            told = await latency(
                stage, seconds=options.seconds, rate=rate, seed=options.seed, symbols=not options.no_symbols
            )
            print(json.dumps(told), flush=True)
    if not options.only_latency:
        small = await lay_out("history-42", folder, 42)
        large = await lay_out("history-200", folder, 2)
        for each in (exactness_of_every_two(small), exactness_of_pairs(large)):
            told = await each
            print(json.dumps(told), flush=True)
            status = status or int(bool(told["wrong"]))
    return status


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("--worktrees", type=int, help="by default 10, 42, 100 and 200, one after the other")
    parser.add_argument("--workload", default="history-42", choices=("history-42", "history-200"))
    parser.add_argument("--seconds", type=float, default=20.0, help="how long is written")
    parser.add_argument("--rate", type=float, help="writes a second; by default half of the worktrees")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-symbols", action="store_true")
    parser.add_argument("--only-latency", action="store_true")
    parser.add_argument("--only-exactness", action="store_true")
    parser.add_argument(
        "--folder", type=Path, help="where worktrees are laid out, and left for the next time"
    )
    parser.add_argument("--writer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    if options.writer:
        write(json.load(sys.stdin))
        return 0
    if options.folder is not None:
        return asyncio.run(measure(options, options.folder))
    folder = Path(tempfile.mkdtemp(prefix="headway-watching-"))
    try:
        return asyncio.run(measure(options, folder))
    finally:
        # Hundreds of thousands of files: in peace, once all figures are printed.
        subprocess.run(["nice", "rm", "-rf", str(folder)], check=False)


if __name__ == "__main__":
    sys.exit(main())
