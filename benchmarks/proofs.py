"""What must hold of a repository after a run, whatever was killed on the way: each function returns what does not.

The launchers' own records and git are the witnesses, not the coordinator's word; its event log is asked for one
thing only, why an attempt was made.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.coordinator import Ended
from benchmarks.figures import overlapping
from benchmarks.records import AttemptRecord, by_ticket, common_dir
from benchmarks.workloads import Answer, git

#: How long what belongs to a run may take to be gone after its coordinator, in seconds.
GONE_WITHIN = 2.0


def right_end(ended: Ended, tickets: int) -> list[str]:
    """The command says that all landed, by its exit status and its last line."""
    problems = []
    if ended.status != 0:
        problems.append(f"exit status {ended.status}: {ended.errors[-2000:]}")
    told = {
        "event": "run.ended",
        "tickets": tickets,
        "landed": tickets,
        "failed": 0,
        "needs_human": 0,
        "cancelled": 0,
    }
    wrong = {key: ended.last.get(key) for key, value in told.items() if ended.last.get(key) != value}
    if wrong:
        problems.append(f"the last line says {dict(ended.last)}")
    return problems


def right_answer(answer: Answer) -> list[str]:
    """Everything landed as people merged it."""
    return [] if answer.is_right else [f"check.py says {answer}"]


def never_two_at_once(attempts: Sequence[AttemptRecord]) -> list[str]:
    """No ticket ever had two agents alive at once: the attempts of each follow one another."""
    problems = []
    for (_, ticket), own in by_ticket(attempts).items():
        for one, other in overlapping([a.interval for a in own if a.interval]):
            problems.append(
                f"{ticket}: an agent began {one.end - other.start:.3f} s before the one before had ended"
            )
    agents = Counter(a.agent for a in attempts if a.agent)
    problems += [f"agent {process} belongs to {n} attempts" for process, n in agents.items() if n > 1]
    return problems


def each_ran_once(attempts: Sequence[AttemptRecord]) -> list[str]:
    """No attempt was run twice, each has its end, and the numbers of a ticket's attempts have no gap."""
    problems = [f"{a.name} began {a.begins} times" for a in attempts if a.begins > 1]
    problems += [f"{a.name} has a launcher and no end" for a in attempts if a.launcher and a.how is None]
    problems += [
        f"{a.name} finished and its agent never began" for a in attempts if a.has_finished and not a.begins
    ]
    for (_, ticket), own in by_ticket(attempts).items():
        numbers = [a.number for a in own]
        if numbers != list(range(1, len(numbers) + 1)):
            problems.append(f"{ticket} has the attempts {numbers}")
    return problems


def no_finished_work_again(attempts: Sequence[AttemptRecord], log: Sequence[Mapping[str, Any]]) -> list[str]:
    """A ticket whose agent had finished went again only where git could not merge its work, or it had written none."""
    conflicts = {(e["ticket"], e["attempt"]) for e in log if e["event"] == "landing.conflict"}
    causes = {(e["ticket"], e["attempt"]): e["cause"] for e in log if e["event"] == "attempt.started"}
    problems = []
    for (_, ticket), own in by_ticket(attempts).items():
        for before, after in itertools.pairwise(own):
            cause = causes.get((ticket, after.number))
            if (
                before.has_finished
                and before.edits
                and ((ticket, before.number) not in conflicts or cause != "conflict")
            ):
                problems.append(f"{before.name} had finished and the ticket went again ({cause})")
    return problems


def all_finished(attempts: Iterable[AttemptRecord]) -> list[str]:
    """Every agent came to its own end: nobody ended one."""
    return [f"{a.name} ended as {a.how} {a.status}" for a in attempts if not a.has_finished]


def witnessed(witness: Path, attempts: Sequence[AttemptRecord]) -> list[str]:
    """The agents' own proof: each found itself alone, and began once for each attempt that has an agent."""
    log = witness / "agents.jsonl"
    told = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    problems = [f"{t['ticket']}/{t['attempt']} found another agent alive" for t in told if not t["alone"]]
    began = Counter(f"{t['ticket']}/{t['attempt']}" for t in told)
    problems += [f"{name} began {n} times" for name, n in began.items() if n > 1]
    known = {a.name for a in attempts if a.agent}
    problems += [f"{name} ran without a record" for name in began if name not in known]
    problems += [
        f"{a.name} finished without having begun" for a in attempts if a.has_finished and a.name not in began
    ]
    return problems


def nothing_left(folder: Path) -> list[str]:
    """No process of the run is left: no agent, no launcher, no git."""
    until = time.monotonic() + GONE_WITHIN
    while (left := processes.belonging_to(folder)) and time.monotonic() < until:
        time.sleep(0.02)
    return [f"left alive: {processes.describe(each)}" for each in left]


def sound_repository(repository: Path, base: str, tickets: Iterable[str]) -> list[str]:
    """The branch names each ticket once at the most, the user's copy follows it, nothing is locked or broken."""
    problems = []
    trailers = git(
        repository,
        "log",
        "--first-parent",
        "--format=%(trailers:key=Headway-Ticket,valueonly)",
        f"{base}..main",
    )
    named = Counter(line for line in trailers.splitlines() if line)
    problems += [f"{ticket} landed {n} times" for ticket, n in named.items() if n > 1]
    problems += [f"{ticket} landed and is no ticket" for ticket in named.keys() - set(tickets)]
    status = git(repository, "status", "--porcelain")
    if status:
        problems.append(f"the user's copy differs from its branch: {status[:500]}")
    top = common_dir(repository)
    locks = [str(p.relative_to(top)) for p in top.rglob("*.lock") if "attempts" not in p.parts]
    problems += [f"a lock is left: {lock}" for lock in locks]
    fsck = subprocess.run(
        ["git", "-C", str(repository), "fsck", "--connectivity-only", "--no-dangling", "--no-progress"],
        capture_output=True,
        text=True,
        check=False,
    )
    if fsck.returncode:
        problems.append(f"git fsck: {(fsck.stdout + fsck.stderr)[:500]}")
    store = top / "headway" / "store.db"
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        answer = connection.execute("pragma integrity_check").fetchone()[0]
    if answer != "ok":
        problems.append(f"the store: {answer}")
    return problems
