"""Kills what runs at random moments of real runs and says whether anything was lost.

    python -m benchmarks.kills --kills 30 --what coordinator --seed 1

Runs of a workload are killed (SIGKILL) and resumed until so many kills were done; each run is then taken to its end
and held against what must be true (:mod:`benchmarks.proofs`). The last line is the verdict, a JSON object; exit
status 0 when nothing was wrong. Only processes are killed that the run's own records name.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from benchmarks import processes, proofs
from benchmarks.coordinator import Coordinator, Ended, read_log, resume_argv, run_argv
from benchmarks.records import AttemptRecord, at_work, by_ticket, read_attempts
from benchmarks.workloads import Workload, workload

#: A coordinator that takes longer than this hangs, in seconds.
PATIENCE = 240.0

#: Kills in one run, at the most: a run of 42 tickets is long enough for so many moments apart.
KILLS_A_RUN = 6

#: How often one ticket's agent is killed in a run: once more and the ticket has rightly failed.
KILLS_A_TICKET = 2


class What(StrEnum):
    """What is killed."""

    COORDINATOR = "coordinator"
    LAUNCHERS = "launchers"
    AGENTS = "agents"
    #: The coordinator, its git commands, all launchers and all agents, at once.
    EVERYTHING = "everything"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """When to kill, counted from the start of the present coordinator: whichever of the two comes first."""

    seconds: float
    #: Lines that it has printed; None for no such.
    events: int | None
    #: Seconds to wait after that line, so that what follows it is hit at any place.
    after: float
    #: Seconds until the coordinator is started again.
    pause: float


def moments(rng: random.Random) -> Iterator[Moment]:
    """Random moments without end: half of them by the clock, half by what the coordinator has just told."""
    while True:
        by_clock = rng.random() < 0.5
        yield Moment(
            seconds=rng.uniform(0.2, 8.0) if by_clock else 30.0,
            events=None if by_clock else rng.randint(1, 100),
            after=rng.uniform(0.0, 0.05),
            pause=rng.choice((0.0, rng.uniform(0.0, 2.0))),
        )


@dataclass(kw_only=True)
class Killed:
    """One run that was killed on its way."""

    kills: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    coordinators: int = 0
    attempts: int = 0
    landed: int = 0
    seconds: float = 0.0


@dataclass(kw_only=True)
class Killer:
    """Takes one run of a workload to its end through ``most`` kills."""

    folder: Path
    workload: Workload
    rng: random.Random
    what: What
    most: int
    seconds: float
    commit: bool = False
    killed: Killed = field(default_factory=Killed)

    def run(self) -> Killed:
        """Make a repository, run, kill, resume, and prove."""
        began = time.monotonic()
        self.repository = self.workload.make_repository(self.folder / "repository")
        self.witness = self.folder / "witness"
        self.witness.mkdir()
        try:
            ended = self._to_the_end()
            if ended is not None:
                self._prove(ended)
        finally:
            processes.end_all(self.folder)
        self.killed.seconds = time.monotonic() - began
        return self.killed

    def _to_the_end(self) -> Ended | None:
        plan = moments(self.rng)
        agent = self.workload.agent(self.seconds, commit=self.commit, witness=self.witness)
        start = run_argv(self.workload, self.repository, agent)
        argv = start
        while True:
            self.killed.coordinators += 1
            name = f"coordinator-{self.killed.coordinators}"
            coordinator = Coordinator(self.folder, argv, name=name)
            gone = False
            while not gone and len(self.killed.kills) < self.most:
                moment = next(plan)
                if not self._wait_for(coordinator, moment):
                    break
                gone = self._kill(coordinator)
                if gone:
                    time.sleep(moment.pause)
            if not gone and not coordinator.wait(PATIENCE):
                coordinator.abort()
                ended = coordinator.end()
                self.killed.problems.append(f"{name} hangs: {ended.errors[-6000:]}")
                return None
            ended = coordinator.end()
            if not gone and "there is no run" in ended.errors and argv is not start:
                argv = start  # killed before it had written anything: the user types the first command again
            elif not gone:
                return ended
            else:
                argv = resume_argv(self.repository)

    def _wait_for(self, coordinator: Coordinator, moment: Moment) -> bool:
        """Until the moment; False when the coordinator ended before."""
        until = time.monotonic() + moment.seconds
        first = coordinator.events()
        while time.monotonic() < until:
            if coordinator.wait(0.004):
                return False
            if moment.events is not None and coordinator.events() - first >= moment.events:
                break
        return not coordinator.wait(moment.after)

    def _kill(self, coordinator: Coordinator) -> bool:
        """Kill once; whether the coordinator is gone by it."""
        at = f"{time.monotonic() - coordinator.began:.2f} s after a coordinator began, {coordinator.events()} events"
        match self.what:
            case What.COORDINATOR:
                coordinator.kill()
            case What.EVERYTHING:
                coordinator.kill()
                processes.end_all(self.folder)
            case What.LAUNCHERS | What.AGENTS:
                chosen = self._choose()
                if not chosen:
                    return False
                targets = [a.launcher if self.what is What.LAUNCHERS else a.agent for a in chosen]
                hit = [a.name for a, p in zip(chosen, targets, strict=True) if p and processes.kill(p)]
                if not hit:
                    return False
                at += f": {', '.join(hit)}"
        self.killed.kills.append(at)
        return self.what in (What.COORDINATOR, What.EVERYTHING)

    def _choose(self) -> list[AttemptRecord]:
        """Some of those at work, one at least; none whose ticket was hit often enough."""
        attempts = read_attempts(self.repository)
        spared = {
            ticket
            for (_, ticket), own in by_ticket(attempts).items()
            if sum(1 for a in own if a.how is not None and not a.has_finished) >= KILLS_A_TICKET
        }
        alive = [a for a in at_work(attempts) if a.ticket not in spared]
        return self.rng.sample(alive, self.rng.randint(1, len(alive))) if alive else []

    def _prove(self, ended: Ended) -> None:
        read = self.workload.read()
        attempts = read_attempts(self.repository)
        log = read_log(self.folder, self.repository)
        answer = self.workload.check(self.repository)
        self.killed.attempts, self.killed.landed = len(attempts), answer.landed
        self.killed.problems += [
            *proofs.right_end(ended, len(read["tickets"])),
            *proofs.right_answer(answer),
            *proofs.nothing_left(self.folder),
            *proofs.never_two_at_once(attempts),
            *proofs.each_ran_once(attempts),
            *proofs.no_finished_work_again(attempts, log),
            *proofs.witnessed(self.witness, attempts),
            *proofs.sound_repository(self.repository, read["base"], (t["id"] for t in read["tickets"])),
        ]
        if self.what is What.COORDINATOR:
            self.killed.problems += proofs.all_finished(attempts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to do."""

    workload: str = "history-42"
    what: What = What.COORDINATOR
    kills: int = 30
    seed: int = 0
    #: Of each agent.
    seconds: float = 2.0
    commit: bool = False


def kill_runs(plan: Plan, folder: Path) -> Iterator[Killed]:
    """Runs until so many kills were done, each in a folder of its own that goes when nothing was wrong."""
    rng = random.Random(plan.seed)
    chosen = workload(plan.workload)
    done = 0
    number = 0
    while done < plan.kills:
        number += 1
        place = folder / f"run-{number}"
        place.mkdir()
        killer = Killer(
            folder=place,
            workload=chosen,
            rng=rng,
            what=plan.what,
            most=min(KILLS_A_RUN, plan.kills - done),
            seconds=plan.seconds,
            commit=plan.commit,
        )
        killed = killer.run()
        done += len(killed.kills)
        yield killed
        if killed.problems:
            return
        shutil.rmtree(place)


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--what", type=What, choices=list(What), default=What.COORDINATOR)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one, which the verdict names")
    parser.add_argument("--workload", default="history-42")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each agent takes")
    parser.add_argument("--commit", action="store_true", help="agents commit by themselves")
    options = parser.parse_args(argv)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    plan = Plan(
        workload=options.workload,
        what=options.what,
        kills=options.kills,
        seed=seed,
        seconds=options.seconds,
        commit=options.commit,
    )
    folder = Path(tempfile.mkdtemp(prefix="headway-kills-"))
    runs = []
    for killed in kill_runs(plan, folder):
        runs.append(killed)
        for each in killed.kills:
            print(f"run {len(runs)}: killed {plan.what.value} {each}", file=sys.stderr)
        for each in killed.problems:
            print(f"run {len(runs)}: PROBLEM: {each}", file=sys.stderr)
    problems = [each for killed in runs for each in killed.problems]
    verdict = {
        "what": plan.what.value,
        "seed": seed,
        "kills": sum(len(killed.kills) for killed in runs),
        "runs": len(runs),
        "attempts": [killed.attempts for killed in runs],
        "landed": [killed.landed for killed in runs],
        "seconds": round(sum(killed.seconds for killed in runs), 1),
        "problems": problems,
    }
    if problems:
        verdict["kept"] = str(folder)
    else:
        shutil.rmtree(folder)
    print(json.dumps(verdict))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
