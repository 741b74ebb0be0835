"""The specification's names do what they say, without a run and with one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headway.coordination.conflict_resolver import ConflictResolver, ResolutionResult
from headway.nouns import Conflict, LeaseState, Run, RunState
from headway.resolution.facts import Facts, Side
from headway.resolution.ledger import MemoryLedger
from headway.store.store import Store

NAMES = {
    "resource_contention": [
        "queue_access_strategy",
        "resource_splitting_strategy",
        "priority_boost_strategy",
    ],
    "technical_disagreement": [
        "framework_pattern_strategy",
        "architect_authority_strategy",
        "research_consultation_strategy",
    ],
    "priority_conflict": [
        "timeline_analysis_strategy",
        "business_impact_strategy",
        "dependency_reordering_strategy",
    ],
}


def conflict(kind: str, *agents: str, **context: Any) -> Conflict:
    return Conflict(
        conflict_id="c-1",
        conflict_type=kind,
        involved_agents=agents,
        severity="high",
        context=context,
        timestamp=datetime(2025, 1, 1, tzinfo=UTC),
    )


WANTED = conflict(
    "resource_contention", "agent1", "agent2", resource="/test/file.py", priorities={"agent2": "high"}
)


def test_the_strategies_of_the_specification_are_there_in_its_order() -> None:
    strategies = ConflictResolver().resolution_strategies
    assert {kind: [each.__name__ for each in strategies[kind]] for kind in NAMES} == NAMES


async def test_agents_are_queued_for_what_both_want_the_more_important_one_first() -> None:
    resolver = ConflictResolver()
    result = await resolver.resolve_conflict(WANTED)
    assert result.successful
    assert result.details["access_order"] == ["agent2", "agent1"]
    assert "estimated_delay" in result.details
    assert isinstance(resolver.ledger, MemoryLedger)
    assert resolver.ledger.leases == {"/test/file.py": ["agent2", "agent1"]}


async def test_with_a_store_the_queue_stands_in_it(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}") as store:
        with store.write(None) as writer:
            writer.save_run(
                Run(id="r1", target="refs/heads/main", base="0" * 40, state=RunState.RUNNING, started_at=0.0)
            )
        resolver = ConflictResolver(store=store, run="r1")
        assert (await resolver.resolve_conflict(WANTED)).successful
        leases = [(lease.ticket, lease.state) for lease in store.resource_leases("r1")]
        assert leases == [("agent2", LeaseState.HELD), ("agent1", LeaseState.WAITING)]
        assert len(resolver.history(WANTED)) == 1


async def test_a_strategy_is_not_for_another_type() -> None:
    result = await ConflictResolver().queue_access_strategy(conflict("priority_conflict", "a", "b"))
    assert result == ResolutionResult(False, "Strategy not applicable")


async def test_the_architects_specification_wins() -> None:
    decisions = [
        {"agent": "architect", "decision": "use_microservices", "topic": "layout"},
        {"agent": "engineer", "decision": "use_monolith", "topic": "layout"},
    ]
    resolver = ConflictResolver()
    told = conflict(
        "technical_disagreement",
        "architect",
        "engineer",
        decisions=decisions,
        specification="use_microservices",
    )
    result = await resolver.resolve_conflict(told)
    assert result.details["choice"] == "use_microservices"
    assert isinstance(resolver.ledger, MemoryLedger)
    assert [each.choice for each in resolver.ledger.decisions] == ["use_microservices"]


async def test_a_strategy_that_raises_is_logged_and_passed_over() -> None:
    class Broken(ConflictResolver):
        failures: list[str]

        async def queue_access_strategy(self, conflict: Conflict) -> ResolutionResult:
            raise ZeroDivisionError("no")

        async def log_strategy_failure(self, conflict: Conflict, strategy: Any, error: Exception) -> None:
            self.failures = [f"{strategy.__name__}: {error}"]

    resolver = Broken()
    told = conflict("resource_contention", "a", "b", resource="x", parts={"a": ["f"], "b": ["g"]})
    result = await resolver.resolve_conflict(told)
    assert result.successful
    assert resolver.failures == ["queue_access_strategy: no"]
    assert isinstance(resolver.ledger, MemoryLedger)
    assert resolver.ledger.parts == {"x": {"a": ("f",), "b": ("g",)}}


async def test_what_no_strategy_settles_is_escalated_once() -> None:
    resolver = ConflictResolver()
    unknown = conflict("weather", "a", "b")
    first, second = [await resolver.resolve_conflict(unknown) for _ in range(2)]
    assert not first.successful
    assert first.details["escalation"] == second.details["escalation"] == "E-1"
    assert set(first.details["package"]) == {"summary", "sides", "tried", "recommendations", "impact"}


async def test_what_would_need_a_run_is_not_claimed_without_one() -> None:
    sides = (Side(ticket="a", elapsed=100.0, rest=10.0), Side(ticket="b", elapsed=1.0, rest=100.0))
    resolver = ConflictResolver(facts=lambda _: Facts(sides=sides))
    told = conflict("edit", "a", "b", path="a.py")
    result = await resolver.resolve_conflict(told)
    assert not result.successful
    assert "needs a run" in resolver.history(told)[0].message
