"""A small real repository, and agents that do what a test says."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from benchmarks import processes

import headway
from headway.cli.main import main
from headway.coordination.home import Home
from headway.coordination.result import RunResult
from headway.nouns import Event, Progress, RequestKind, SlotState, Ticket
from headway.store.store import Store

AGENT = '''\
"""An agent that runs, for its ticket and attempt, the shell script that the test wrote down."""
import json, os, subprocess, sys
plan = json.load(open(sys.argv[1]))[sys.argv[2]]
script = plan[min(int(os.environ["HEADWAY_ATTEMPT"]), len(plan)) - 1]
sys.exit(subprocess.run(["bash", "-ec", script]).returncode)
'''


@dataclass(frozen=True)
class Gate:
    """Where an agent waits until the test lets it go on."""

    here: Path
    go: Path

    @property
    def script(self) -> str:
        """For the agent."""
        return f"touch {self.here}; while [ ! -e {self.go} ]; do sleep 0.02; done"

    async def reached(self) -> None:
        """Wait until it is there."""
        async with asyncio.timeout(60):
            while not self.here.exists():
                await asyncio.sleep(0.02)

    def open(self) -> None:
        self.go.touch()


@dataclass
class Place:
    """A repository, and what agents do in it."""

    root: Path
    folder: Path
    events: list[Event] = field(default_factory=list)

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, path: str, content: str) -> str:
        (self.root / path).write_text(content)
        self.git("add", path)
        self.git("commit", "-q", "-m", f"{path} as its user has it")
        return self.git("rev-parse", "HEAD")

    def gate(self, name: str) -> Gate:
        return Gate(self.folder / f"{name}.here", self.folder / f"{name}.go")

    def show(self, path: str, rev: str = "main") -> str:
        return subprocess.run(
            ["git", "show", f"{rev}:{path}"], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout

    def command(self, plan: Mapping[str, Sequence[str] | str]) -> str:
        """The agent command for a plan: ticket → the shell script of each attempt."""
        scripts = {id_: [each] if isinstance(each, str) else list(each) for id_, each in plan.items()}
        # One file for each plan: an agent of the run before may not have read its own yet.
        plan_file = self.folder / f"plan-{len(list(self.folder.glob('plan-*')))}.json"
        plan_file.write_text(json.dumps(scripts))
        (self.folder / "agent.py").write_text(AGENT)
        return f"{sys.executable} {self.folder}/agent.py {plan_file} {{id}}"

    def start(self, plan: Mapping[str, Sequence[str] | str], **options: object) -> "headway.RunHandle":
        tickets = options.pop("tickets", None) or [Ticket(id=id_, title=f"Do {id_}") for id_ in plan]
        options.setdefault("agents", 8)
        return headway.start_run(tickets, repo=self.root, agent_command=self.command(plan), **options)

    async def run(self, plan: Mapping[str, Sequence[str] | str], **options: object) -> RunResult:
        return await self.watch(self.start(plan, **options))

    async def watch(self, handle: "headway.RunHandle") -> RunResult:
        async for event in handle.events():
            self.events.append(event)
        return await handle

    async def until(self, handle: "headway.RunHandle", kind: str, ticket: str | None = None) -> Event:
        """Listen until something has happened."""
        async with asyncio.timeout(60):
            async for event in handle.events():
                self.events.append(event)
                if event.kind == kind and ticket in (None, event.ticket):
                    return event
        raise AssertionError(f"the run ended without {kind}")

    def told(self, kind: str, ticket: str | None = None) -> list[Event]:
        return [e for e in self.events if e.kind == kind and ticket in (None, e.ticket)]

    def assert_sound(self) -> None:
        """What holds whenever no coordinator is at work any more and no agent either."""
        self.git("fsck", "--strict", "--no-dangling")
        assert self.git("status", "--porcelain") == "", "the user's copy is at the branch"
        with self.store() as store:
            slots = {
                slot.id: (slot.state, slot.holder)
                for slot in store.slots()
                if slot.state is not SlotState.FREE
            }
        assert slots == {}, "nobody has a worktree"
        self.assert_nobody_left()

    def assert_nobody_left(self) -> None:
        """No agent, launcher or git of this place lives."""
        until = time.monotonic() + 10
        while (left := processes.belonging_to(self.folder)) and time.monotonic() < until:
            time.sleep(0.02)
        assert [processes.describe(each) for each in left] == []

    def ask(self, kind: RequestKind, ticket: str | None = None) -> None:
        """As another process does."""
        with self.store() as store:
            store.ask(kind, at=time.time(), ticket=ticket)

    def progress(self, ticket: str, run: str = "r1") -> Progress:
        with self.store() as store:
            found = store.progress_of(run, ticket)
        assert found is not None
        return found

    def store(self) -> Store:
        return Store.open(Home(self.root / ".git").store_url)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return make_place(tmp_path, monkeypatch)


def make_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A repository in a folder, and nothing of whoever runs the tests in its environment."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("HOME", str(folder / "home"))
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    root = folder / "repo"
    root.mkdir()
    (folder / "home").mkdir()
    found = Place(root=root, folder=folder)
    found.git("init", "-q", "-b", "main")
    found.git("config", "user.name", "A. User")
    found.git("config", "user.email", "user@example.org")
    (root / "list.txt").write_text("".join(f"line {n}\n" for n in range(1, 21)))
    (root / ".gitignore").write_text("*.log\n")
    found.git("add", "-A")
    found.git("commit", "-q", "-m", "first")
    return found


class Held:
    """Holds up the calls of a coroutine function until the test lets them go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
        self._inner = getattr(owner, name)
        self._called = asyncio.Event()
        self._go = asyncio.Event()

        async def call(*args: object, **options: object) -> object:
            self._called.set()
            await self._go.wait()
            return await self._inner(*args, **options)

        monkeypatch.setattr(owner, name, call)

    async def reached(self) -> None:
        async with asyncio.timeout(60):
            await self._called.wait()

    def open(self) -> None:
        self._go.set()


@dataclass(frozen=True)
class Typed:
    """What a command came to."""

    status: int
    out: str
    err: str


@pytest.fixture
def typed(place: Place, capsys: pytest.CaptureFixture[str]) -> Callable[..., Typed]:
    """Types ``headway ARGUMENTS`` in the place's repository, in this process."""

    def type_(*arguments: str, repo: Path | None = None) -> Typed:
        capsys.readouterr()
        status = main([*arguments, "--repo", str(repo or place.root)])
        out, err = capsys.readouterr()
        return Typed(status, out, err)

    return type_


@pytest.fixture
def one_ticket(place: Place) -> list[str]:
    """What to type for a run of one ticket that writes ``a.txt``."""
    tickets = place.folder / "tickets.json"
    tickets.write_text(json.dumps([{"id": "A", "title": "Do A"}]))
    return ["run", str(tickets), "--agent-command", place.command({"A": "echo a > a.txt"})]
