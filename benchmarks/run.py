"""Measures everything that the README claims and writes RESULTS.md: ``python -m benchmarks.run``.

Headway and the naive baseline alternate on the same machine, each on a repository made anew, with the same agents.
``--quick`` measures history-42 once and prints the report; ``--only PART…`` measures some parts and prints them.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import machine, processes
from benchmarks.coordinator import HEADWAY, Coordinator, Ended, environment, read_log, run_argv
from benchmarks.figures import median, most_at_once, phases, spread
from benchmarks.profile import phases_table, profile, tables
from benchmarks.records import AttemptRecord, at_work, read_attempts
from benchmarks.report import Figure, Section, at_most, report, table
from benchmarks.workloads import PYTHON, Answer, Workload, workload

#: Tickets of the same files start at once, and nobody is held back: how many agents the machine bears at once.
ALL_AT_ONCE = "[conflicts]\nforesee = false\nwatch = false\n"

RESULTS = Path(__file__).with_name("RESULTS.md")

#: Longest time that one run may take, in seconds.
PATIENCE = 900.0

#: The baseline leaves a worktree for each agent run: 254 of 12,997 files, in bytes, and then some.
ROOM_FOR_200 = 40 * 10**9

#: Places that were measured in. They go last of all: three million files take minutes, and nobody measures then.
_used: list[Path] = []


@dataclass(frozen=True, kw_only=True, slots=True)
class Headway:
    """One run of Headway on one workload."""

    ended: Ended
    answer: Answer
    attempts: Sequence[AttemptRecord]
    #: CPU seconds that the rest of the machine used meanwhile.
    others: float

    @property
    def agent_seconds(self) -> float:
        """How long agents were alive, summed."""
        return sum(a.interval.end - a.interval.start for a in self.attempts if a.interval)

    @property
    def helpers_cpu(self) -> float:
        """CPU seconds of the coordinator's git commands and launchers, without the agents'."""
        return self.ended.cpu.children - sum(a.cpu_seconds for a in self.attempts)

    @property
    def own_share(self) -> float:
        """The coordinator's own CPU seconds in percent of the agent-seconds."""
        return 100 * self.ended.cpu.own / self.agent_seconds

    @property
    def whole_share(self) -> float:
        """The same with its git commands and launchers."""
        return 100 * (self.ended.cpu.own + self.helpers_cpu) / self.agent_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """One run of the naive coordinator on one workload."""

    #: As it says itself: without its interpreter's start and imports.
    seconds: float
    answer: str
    agent_runs: int
    peak: int
    others: float


def run_headway(
    chosen: Workload,
    folder: Path,
    agent: str,
    *,
    agents: int = 42,
    tickets: Path | None = None,
    settings: str = "",
) -> Headway:
    """Run Headway on a repository made anew. Raises RuntimeError when not all landed as people merged it.

    ``tickets``: another file than the workload's own; ``settings``: what ``headway.toml`` says.
    """
    repository = chosen.make_repository(folder / "repository")
    if settings:
        (repository / "headway.toml").write_text(settings, encoding="utf-8")
    machine.settle()
    before = machine.busy_seconds()
    coordinator = Coordinator(folder, run_argv(chosen, repository, agent, agents=agents, tickets=tickets))
    return finish(chosen, folder, coordinator, before)


def finish(chosen: Workload, folder: Path, coordinator: Coordinator, busy_before: float) -> Headway:
    """Wait for a run's end and hold it against the answer."""
    if not coordinator.wait(PATIENCE):
        coordinator.abort()
    ended = coordinator.end()
    others = machine.busy_seconds() - busy_before - ended.cpu.own - ended.cpu.children
    answer = chosen.check(folder / "repository")
    if ended.status or not answer.is_right:
        raise RuntimeError(f"exit status {ended.status}, {answer}, {ended.errors[-2000:]}")
    return Headway(
        ended=ended, answer=answer, attempts=read_attempts(folder / "repository"), others=max(0.0, others)
    )


def run_baseline(chosen: Workload, folder: Path, seconds: float, *, agents: int = 42) -> Baseline:
    """Run the baseline on a repository made anew."""
    repository = chosen.make_repository(folder / "repository")
    machine.settle()
    before = machine.busy_seconds()
    argv = [PYTHON, str(chosen.baseline), "rerun", str(chosen.tickets_file), str(repository)]
    argv += ["--seconds", f"{seconds:g}", "--agents", str(agents)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, env=environment(folder))
    told = json.loads(done.stdout)
    others = machine.busy_seconds() - before - told["own_cpu_s"] - told["children_cpu_s"]
    check = told["check"]
    return Baseline(
        seconds=told["wall_s"],
        answer=f"{check['landed']} of {check['tickets']}, {check['as_people_merged']} of {check['pairs']}",
        agent_runs=told["agent_runs"],
        peak=told["peak"],
        others=max(0.0, others),
    )


def compare(name: str, rounds: int, limit: float) -> Section:
    """Headway and the baseline in turn, ``rounds`` times."""
    chosen = workload(name)
    if name == "history-200" and shutil.disk_usage(tempfile.gettempdir()).free < ROOM_FOR_200:
        raise RuntimeError(f"the baseline needs {ROOM_FOR_200 / 10**9:.0f} GB of disk (TMPDIR says where)")
    ours: list[Headway] = []
    theirs: list[Baseline] = []
    for number in range(rounds):
        # Who begins changes, so that what warms up or fills up in between favours neither.
        for who in ("headway", "baseline") if number % 2 == 0 else ("baseline", "headway"):
            with folder() as place:
                if who == "headway":
                    ours.append(run_headway(chosen, place, chosen.agent(2.0)))
                else:
                    theirs.append(run_baseline(chosen, place, 2.0))
    return comparison(name, limit, ours, theirs)


def comparison(name: str, limit: float, ours: Sequence[Headway], theirs: Sequence[Baseline]) -> Section:
    """What the rounds of one workload come to."""
    command = f"python -m benchmarks.run --only {name}"
    wall, base = median([h.ended.seconds for h in ours]), median([b.seconds for b in theirs])
    tickets = ours[0].answer.tickets
    runs = median([len(h.attempts) for h in ours])
    figures = [
        at_most(
            f"{name}: wall against the baseline's", wall / base, limit, unit=" ×", digits=2, command=command
        ),
        Figure(
            name=f"{name}: wall, Headway / baseline", measured=f"{wall:.1f} s / {base:.1f} s", command=command
        ),
        Figure(
            name=f"{name}: landed, as people merged",
            measured=f"{tickets} of {tickets}, {ours[0].answer.pairs} of {ours[0].answer.pairs}",
            target="all",
            met=True,  # a run that ends otherwise raises
            command=command,
        ),
        Figure(
            name=f"{name}: agent runs for {tickets} tickets, Headway / baseline",
            measured=f"{runs:g} / {median([b.agent_runs for b in theirs]):g}",
            command=command,
        ),
        at_most(
            f"{name}: coordinator's CPU of agent-seconds",
            median([h.own_share for h in ours]),
            3.0,
            unit=" %",
            digits=1,
            command=command,
        ),
        Figure(
            name=f"{name}: the same with its git commands and launchers",
            measured=f"{median([h.whole_share for h in ours]):.1f} %",
            command=command,
        ),
        Figure(
            name=f"{name}: coordinator's peak memory",
            measured=f"{max(h.ended.peak_memory for h in ours) / 2**20:.0f} MiB",
            command=command,
        ),
    ]
    rows: list[list[object]] = [
        [
            "Headway",
            f"{h.ended.seconds:.1f}",
            len(h.attempts),
            most_at_once(a.interval for a in h.attempts if a.interval),
            f"{h.agent_seconds:.0f}",
            f"{h.ended.cpu.own:.2f}",
            f"{h.helpers_cpu:.2f}",
            f"{h.others:.1f}",
        ]
        for h in ours
    ]
    rows += [
        ["baseline", f"{b.seconds:.1f}", b.agent_runs, b.peak, "", "", "", f"{b.others:.1f}"] for b in theirs
    ]
    head = [
        "",
        "wall s",
        "agent runs",
        "most at once",
        "agent-seconds",
        "own CPU s",
        "git and launchers CPU s",
    ]
    least = min(h.ended.seconds for h in ours), min(b.seconds for b in theirs)
    detail = [
        "Agents of 2 s, 42 at once; `baseline.py rerun`. Headway's wall time is that of the whole command, the "
        "baseline's is as it says itself, without its interpreter's start.",
        table([*head, "CPU s of others meanwhile"], rows),
        f"Least wall: {least[0]:.1f} s / {least[1]:.1f} s, {least[0] / least[1]:.2f} ×.",
    ]
    return Section(title=name, figures=figures, detail="\n\n".join(detail))


def alive() -> Section:
    """Agents of 10 s: are all of them at work at the same moment, and how long do the steps around them take?

    All of them are let in at once, though some write the same files: by default these would wait for each other.
    """
    command = "python -m benchmarks.run --only alive"
    chosen = workload("history-42")
    with folder() as place:
        done = run_headway(chosen, place, chosen.agent(10.0), settings=ALL_AT_ONCE)
        intervals = {(a.ticket, a.number): a.interval for a in done.attempts if a.interval}
        parts = phases(read_log(place, place / "repository"), intervals, {})
    most = most_at_once(intervals.values())
    ready, landing = spread(parts.ready_to_running), spread(parts.landing)
    figures = [
        Figure(
            name="agents of 10 s alive at the same moment",
            measured=str(most),
            target="42",
            met=most >= 42,
            command=command,
        ),
        Figure(
            name="ticket ready → its agent runs, p50 / p99",
            measured=f"{ready.p50:.2f} s / {ready.p99:.2f} s",
            command=command,
        ),
        Figure(
            name="agent ended → landed, p50 / p99",
            measured=f"{landing.p50:.2f} s / {landing.p99:.2f} s",
            command=command,
        ),
        Figure(
            name="coordinator's CPU of agent-seconds, agents of 10 s",
            measured=f"{done.own_share:.2f} % (with git and launchers {done.whole_share:.2f} %)",
            command=command,
        ),
    ]
    return Section(title="42 agents of 10 s", figures=figures, detail=phases_table(parts))


def idle(seconds: float) -> Section:
    """The coordinator's CPU time while 42 agents do nothing."""
    command = "python -m benchmarks.run --only idle"
    chosen = workload("history-42")
    with folder() as place:
        gate, opened = place / "gate", place / "opened"
        os.mkfifo(gate)
        agent = chosen.agent(0.1).replace("{id}", '"$0"')
        script = f"test -e {opened} || read _ < {gate}; exec {agent}"
        repository = chosen.make_repository(place / "repository")
        machine.settle()
        before = machine.busy_seconds()
        coordinator = Coordinator(place, run_argv(chosen, repository, f"sh -c {shlex.quote(script)} {{id}}"))
        waiting = _wait_for_all(coordinator, repository, len(chosen.read()["tickets"]))
        coordinator.wait(2.0)  # what it does about a start is done
        launchers = [a.launcher.pid for a in waiting if a.launcher]
        own, theirs, began = processes.cpu(coordinator.pid), _cpu_of(launchers), time.monotonic()
        coordinator.wait(seconds)
        took = time.monotonic() - began
        after, after_theirs = processes.cpu(coordinator.pid), _cpu_of(launchers)
        opened.touch()
        gate.open("wb").close()
        finish(chosen, place, coordinator, before)
    used = (after.own + after.children - own.own - own.children) / took
    figures = [
        at_most(
            f"coordinator's CPU while {len(waiting)} agents sleep for {took:.0f} s, of a core",
            100 * used,
            2.0,
            unit=" %",
            digits=2,
            command=command,
        ),
        Figure(
            name="the same, its 42 launchers together",
            measured=f"{100 * (after_theirs - theirs) / took:.2f} %",
            command=command,
        ),
    ]
    return Section(title="42 agents asleep", figures=figures)


def _wait_for_all(coordinator: Coordinator, repository: Path, count: int) -> list[AttemptRecord]:
    until = time.monotonic() + 120
    while time.monotonic() < until and not coordinator.wait(0.5):
        found = at_work(read_attempts(repository))
        if len(found) >= count:
            return found
    raise RuntimeError(f"of {count} agents only {len(at_work(read_attempts(repository)))} were ever alive")


def _cpu_of(pids: Sequence[int]) -> float:
    return sum(processes.cpu(pid).own for pid in pids)


def command_line(times: int) -> Section:
    """How long the commands that only answer take in a fresh process, on a repository with a finished run."""
    command = "python -m benchmarks.run --only cli"
    chosen = workload("history-42")
    with folder() as place:
        run_headway(chosen, place, chosen.agent(0.1))
        machine.settle()
        asked = {
            "headway --help": ["--help"],
            "headway status": ["status", "--repo", str(place / "repository")],
        }
        took: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(times):
            for name, words in asked.items():
                began = time.monotonic()
                subprocess.run([HEADWAY, *words], check=True, capture_output=True, env=environment(place))
                took[name].append(1000 * (time.monotonic() - began))
    figures = [
        at_most(
            f"`{name}`, median of {times}", median(took[name]), 200.0, unit=" ms", digits=0, command=command
        )
        for name in asked
    ]
    return Section(title="Commands that answer", figures=figures)


def profiled() -> Section:
    """Where the coordinator's time goes."""
    with folder() as place:
        machine.settle()
        found = profile("history-42", 2.0, place)
    detail = "One more run, sampled (`python -m benchmarks.profile`).\n\n" + tables(found, rows=12)
    return Section(title="Where the coordinator's time goes (history-42, agents of 2 s)", detail=detail)


@contextmanager
def folder() -> Iterator[Path]:
    """A place of a measurement's own; whatever still runs there is ended with it."""
    place = Path(tempfile.mkdtemp(prefix="headway-bench-"))
    try:
        yield place
    finally:
        processes.end_all(place)
        _used.append(place)


def clean() -> None:
    """Remove what the measurements left on the disk."""
    while _used:
        # Twice as fast as shutil.rmtree.
        subprocess.run(["rm", "-rf", "--", str(_used.pop())], check=True)


def measure(title: str, part: Callable[[], Section]) -> Section:
    """A part's section; one that fails says why, and the others go on."""
    print(f"measuring: {title}", file=sys.stderr, flush=True)
    try:
        return part()
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or "")[-1000:]
        return Section(title=title, failure=f"{error} {said}".strip())


def main(argv: list[str] | None = None) -> int:
    """The command line. Exit status 1 when something could not be measured; a missed target is a result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="history-42 once, and print")
    parser.add_argument(
        "--only", nargs="+", metavar="PART", help="history-42, history-200, alive, idle, cli, profile"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds of history-42 (of history-200: one)")
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args(argv)
    parts: dict[str, Callable[[], Section]] = {
        "history-42": partial(compare, "history-42", 1 if options.quick else options.rounds, 0.6),
        "history-200": partial(compare, "history-200", 1, 0.4),
        "alive": alive,
        "idle": partial(idle, 60.0),
        "cli": partial(command_line, 20),
    }
    chosen = options.only or (["history-42", "cli"] if options.quick else list(parts))
    unknown = [name for name in chosen if name not in parts and name != "profile"]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    try:
        sections = [measure(name, parts[name]) for name in chosen if name in parts]
        short = any(f.met is False for section in sections for f in section.figures)
        if "profile" in chosen or (short and not options.only):
            sections.append(measure("profile", profiled))
        text = report(sections, machine.facts(PYTHON))
        print(text, flush=True)
        if options.output or not (options.quick or options.only):
            (options.output or RESULTS).write_text(text, encoding="utf-8")
    finally:
        print("removing what was measured in", file=sys.stderr, flush=True)
        clean()
    return 1 if any(section.failure for section in sections) else 0


if __name__ == "__main__":
    sys.exit(main())
