"""A run in a real store and a real repository, whose ledger can be killed between any two steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygit2

from headway.config import ResolutionSettings
from headway.nouns import (
    Conflict,
    ConflictRecord,
    ConflictState,
    Decision,
    Escalation,
    Priority,
    Progress,
    Resolution,
    Run,
    RunState,
    Ticket,
    TicketState,
)
from headway.resolution.effects import (
    Boost,
    Consult,
    GoOn,
    Mediate,
    Mediated,
    Origin,
    QueueLease,
    Redo,
    Reorder,
    Replace,
    Rule,
    Split,
    Tell,
    Wait,
)
from headway.resolution.facts import Facts, OpenFile, Side
from headway.resolution.ledger import StoreLedger
from headway.resolution.resolver import Resolver
from headway.store.store import Store

RUN = "r1"
BASE, LEFT, RIGHT = b"a\n", b"a\nleft\n", b"a\nright\n"


class Killed(BaseException):
    """The process was ended here."""


@dataclass
class Scissors:
    """Cuts a process off at one of its steps."""

    at: int | None = None
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.at is not None and self.steps > self.at:
            raise Killed


class RunLedger(StoreLedger):
    """What a coordinator does, in small: agents are files, merges are commits, and each step can be the last one."""

    def __init__(
        self, store: Store, folder: Path, scissors: Scissors, *, mediated: Mediated | None = None
    ) -> None:
        super().__init__(store, RUN, None, lambda: 1000.0)
        self.folder, self.scissors, self.mediated = folder, scissors, mediated
        self.answer: str | None = "postgres"

    def save(self, resolution: Resolution | None, record: ConflictRecord | None = None) -> None:
        self.scissors.step()
        super().save(resolution, record)
        self.scissors.step()

    def escalate(self, escalation: Escalation, record: ConflictRecord) -> Escalation:
        self.scissors.step()
        kept = super().escalate(escalation, record)
        self.scissors.step()
        return kept

    async def queue_lease(self, effect: QueueLease, origin: Origin) -> None:
        await self._cut(super().queue_lease, effect, origin)

    async def split(self, effect: Split, origin: Origin) -> None:
        await self._cut(super().split, effect, origin)

    async def boost(self, effect: Boost, origin: Origin) -> None:
        await self._cut(super().boost, effect, origin)

    async def order(self, effect: Reorder, origin: Origin) -> None:
        await self._cut(super().order, effect, origin)

    async def rule(self, effect: Rule, origin: Origin) -> None:
        await self._cut(super().rule, effect, origin)

    async def tell(self, effect: Tell, origin: Origin) -> None:
        self._note("tell", effect.ticket, origin)

    async def redo(self, effect: Redo, origin: Origin) -> None:
        self._note("redo", effect.ticket, origin)

    async def wait(self, effect: Wait, origin: Origin) -> None:
        self._note("wait", effect.ticket, origin)

    async def go_on(self, effect: GoOn, origin: Origin) -> None:
        self._note("go_on", effect.ticket, origin)

    async def replace(self, effect: Replace, origin: Origin) -> str:
        self.scissors.step()
        repository = pygit2.Repository(str(self.folder / "git"))
        name = "refs/headway/merged/" + str(origin)
        if name not in repository.references:
            builder = repository.TreeBuilder()
            for path, text in effect.files.items():
                assert text is not None
                builder.insert(path, repository.create_blob(text), pygit2.enums.FileMode.BLOB)
            me = pygit2.Signature("A", "a@example.org", 1000)
            repository.create_commit(name, me, me, "merged", builder.write(), [])
        self.scissors.step()
        return str(repository.references[name].target)

    async def consult(self, question: Consult, origin: Origin) -> str | None:
        self.scissors.step()
        return self.answer

    async def mediate(self, task: Mediate, origin: Origin) -> Mediated:
        self.scissors.step()
        return self.mediated or Mediated(tree={}, failed="nobody is there")

    def merged(self) -> list[dict[str, bytes]]:
        """The files of every merge that was made."""
        repository = pygit2.Repository(str(self.folder / "git"))
        names = [name for name in repository.references if name.startswith("refs/headway/merged/")]
        trees = [repository.references[name].peel(pygit2.Tree) for name in names]
        return [{str(entry.name): repository[entry.id].data for entry in tree} for tree in trees]

    def notes(self) -> list[str]:
        """What was asked of agents, each once."""
        return sorted(path.read_text() for path in (self.folder / "notes").iterdir())

    async def _cut(self, apply: Callable[..., Any], effect: object, origin: Origin) -> None:
        self.scissors.step()
        await apply(effect, origin)
        self.scissors.step()

    def _note(self, kind: str, ticket: str, origin: Origin) -> None:
        self.scissors.step()
        (self.folder / "notes" / str(origin).replace("/", "-")).write_text(f"{kind} {ticket}")
        self.scissors.step()


@dataclass
class Case:
    """A conflict, what is known of it, and what a mediator would leave."""

    kind: str
    facts: Facts
    context: dict[str, Any] = field(default_factory=dict)
    mediated: Mediated | None = None

    def record(self) -> ConflictRecord:
        conflict = Conflict(
            conflict_id="c-1",
            conflict_type=self.kind,
            involved_agents=tuple(side.ticket for side in self.facts.sides),
            severity="high",
            context=self.context,
            timestamp=datetime(2025, 1, 1, tzinfo=UTC),
        )
        return ConflictRecord(
            run=RUN,
            conflict=conflict,
            state=ConflictState.STANDING,
            formed_at=900.0,
            since=900.0,
            stood_at=900.0,
        )


def open_file(path: str) -> OpenFile:
    """Both sides added a line at the end."""
    return OpenFile(path=path, base=BASE, left=LEFT, right=RIGHT)


def merging(path: str, **more: Any) -> Facts:
    """The left side has landed, the right one is done and cannot be merged."""
    sides = (
        Side(ticket="A", has_landed=True, is_running=False),
        Side(ticket="B", is_running=False, redos_left=more.pop("redos_left", 1)),
    )
    return Facts(sides=sides, files=(open_file(path),), can_merge=True, **more)


def deciding(**more: Any) -> Facts:
    """Two decisions that exclude each other."""
    sides = (Side(ticket="A"), Side(ticket="B"))
    decisions = tuple(Decision(topic="session store", choice=choice) for choice in ("redis", "postgres"))
    return Facts(sides=sides, decisions=decisions, **more)


WITH_MEDIATOR = ResolutionSettings(mediator="claude")
AT_WORK = (Side(ticket="A", elapsed=50.0, rest=10.0), Side(ticket="B", elapsed=1.0, rest=50.0))

CASES: dict[str, Case] = {
    "queue": Case("resource_contention", Facts(sides=AT_WORK, resource="port:80")),
    "split": Case(
        "compute", Facts(sides=AT_WORK, resource="memory", capacity=10.0, demands={"A": 4.0, "B": 6.0})
    ),
    "boost": Case(
        "priority",
        Facts(
            sides=(Side(ticket="A", priority=Priority.LOW), Side(ticket="B", priority=Priority.CRITICAL)),
            before=frozenset({("A", "B")}),
        ),
    ),
    "reorder": Case("priority_conflict", Facts(sides=(Side(ticket="A"), Side(ticket="B", chain=4)))),
    "consult": Case("decision", deciding()),
    "behind": Case("edit", Facts(sides=AT_WORK), {"path": "a.py"}),
    "by rule": Case("edit", merging("AUTHORS"), {"path": "AUTHORS"}),
    "redo": Case("edit", merging("a.py"), {"path": "a.py"}),
    "mediated": Case(
        "edit",
        merging("a.py", redos_left=0, settings=WITH_MEDIATOR),
        {"path": "a.py"},
        Mediated(tree={"a.py": b"a\nleft\nright\n"}),
    ),
    "mediator drops a line": Case(
        "edit",
        merging("a.py", redos_left=0, settings=WITH_MEDIATOR),
        {"path": "a.py"},
        Mediated(tree={"a.py": LEFT}),
    ),
    "nobody knows": Case("edit", merging("a.py", redos_left=0), {"path": "a.py"}),
    "unknown type": Case("weather", merging("a.py")),
}


def make_run(folder: Path) -> str:
    """A store with a run of two tickets, beside an empty repository; its URL."""
    (folder / "notes").mkdir(parents=True)
    pygit2.init_repository(str(folder / "git"), bare=True)
    url = f"sqlite:///{folder / 'store.db'}"
    with Store.open(url) as store, store.write(None) as writer:
        run = Run(id=RUN, target="refs/heads/main", base="0" * 40, state=RunState.RUNNING, started_at=0.0)
        writer.save_run(run)
        for place, (name, priority) in enumerate((("A", Priority.LOW), ("B", Priority.MEDIUM))):
            ticket = Ticket(id=name, title=name, priority=priority)
            writer.save_progress(Progress(run=RUN, ticket=ticket, state=TicketState.RUNNING, position=place))
    return url


async def settle(url: str, folder: Path, case: Case, scissors: Scissors) -> RunLedger:
    """One coordinator's go at the conflict, from the store as it finds it."""
    with Store.open(url) as store:
        ledger = RunLedger(store, folder, scissors, mediated=case.mediated)
        await Resolver(ledger, ledger, ledger.clock).resolve(case.record(), lambda: case.facts)
        return ledger


def outcome(url: str, folder: Path) -> dict[str, Any]:
    """Everything that can be seen afterwards."""
    with Store.open(url) as store:
        ledger = RunLedger(store, folder, Scissors())
        record = store.conflict(RUN, "c-1")
        tries: Sequence[Resolution] = store.resolutions(RUN)
        return {
            "state": record.state if record else None,
            "tries": [(each.number, each.strategy, each.state.value) for each in tries],
            "orders": [(each.first, each.then, each.of.value) for each in store.orders(RUN)],
            "leases": [(each.resource, each.ticket, each.state.value) for each in store.resource_leases(RUN)],
            "decisions": [(each.topic, each.choice) for each in store.decisions()],
            "priorities": [each.ticket.priority for each in store.progress(RUN)],
            "escalations": [(each.id, each.state.value) for each in store.escalations(RUN)],
            "merged": ledger.merged(),
            "notes": ledger.notes(),
        }
