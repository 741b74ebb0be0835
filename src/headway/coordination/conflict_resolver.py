"""``ConflictResolver``, with the specification's names: the façade to :mod:`headway.resolution`.

It works without a run, and then what it did is looked at in its ``ledger``; with a store and a run, every try and every
effect is there. In a run the coordinator gives it the facts and applies the effects.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from headway.nouns import (
    Conflict,
    ConflictRecord,
    ConflictState,
    Decision,
    Fence,
    Priority,
    Resolution,
    ResolutionState,
)
from headway.resolution.effects import Effects
from headway.resolution.facts import Facts, Ruling, Side
from headway.resolution.ledger import Keeper, MemoryLedger, StoreLedger
from headway.resolution.resolver import Resolver
from headway.resolution.strategies import Strategy, contention, priority, strategies_for, technical
from headway.store.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResolutionResult:
    """What came of a conflict, or of one strategy."""

    successful: bool
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)


StrategyMethod = Callable[[Conflict], Awaitable[ResolutionResult]]


class Ledger(Keeper, Effects, Protocol):
    """Keeps tries and applies effects."""


class ConflictResolver:
    """Settles conflicts by the strategies of their type, in order; what none settles is a person's."""

    def __init__(
        self,
        *,
        store: Store | None = None,
        run: str = "",
        fence: Fence | None = None,
        ledger: Ledger | None = None,
        facts: Callable[[Conflict], Facts] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``ledger`` applies effects; default: the store's for ``run``, or one in memory. ``facts``: what is known of a
        conflict; default: what its context says (:func:`facts_of`)."""
        self.run, self.clock = run, clock
        self.ledger: Ledger = ledger or (StoreLedger(store, run, fence, clock) if store else MemoryLedger())
        self.facts = facts or (lambda conflict: facts_of(conflict, clock()))
        self.resolver = Resolver(self.ledger, self.ledger, clock)
        self.resolution_strategies: dict[str, list[StrategyMethod]] = {
            "resource_contention": [
                self.queue_access_strategy,
                self.resource_splitting_strategy,
                self.priority_boost_strategy,
            ],
            "technical_disagreement": [
                self.framework_pattern_strategy,
                self.architect_authority_strategy,
                self.research_consultation_strategy,
            ],
            "priority_conflict": [
                self.timeline_analysis_strategy,
                self.business_impact_strategy,
                self.dependency_reordering_strategy,
            ],
        }
        for kind in ("dependency_deadlock", "edit", "symbol", "decision", "priority", "deadlock", "compute"):
            self.resolution_strategies[kind] = [self._method(each) for each in strategies_for(kind)]

    async def resolve_conflict(self, conflict: Conflict) -> ResolutionResult:
        """Settle a conflict. A strategy that raises is logged and passed over."""
        for strategy in self.resolution_strategies.get(conflict.conflict_type, []):
            try:
                result = await strategy(conflict)
            except Exception as error:
                await self.log_strategy_failure(conflict, strategy, error)
                continue
            if result.successful:
                await self.log_resolution(conflict, result)
                return result
        return await self.escalate_conflict(conflict)

    async def queue_access_strategy(self, conflict: Conflict) -> ResolutionResult:
        """One after the other, by priority."""
        return await self._by(contention.queue_access_strategy, conflict)

    async def resource_splitting_strategy(self, conflict: Conflict) -> ResolutionResult:
        """Each has a part for itself."""
        return await self._by(contention.resource_splitting_strategy, conflict)

    async def priority_boost_strategy(self, conflict: Conflict) -> ResolutionResult:
        """Who holds what a more important one waits for becomes as important."""
        return await self._by(contention.priority_boost_strategy, conflict)

    async def framework_pattern_strategy(self, conflict: Conflict) -> ResolutionResult:
        """What the house has settled for the topic."""
        return await self._by(technical.framework_pattern_strategy, conflict)

    async def architect_authority_strategy(self, conflict: Conflict) -> ResolutionResult:
        """The decision tables."""
        return await self._by(technical.architect_authority_strategy, conflict)

    async def research_consultation_strategy(self, conflict: Conflict) -> ResolutionResult:
        """An agent of neither side is asked."""
        return await self._by(technical.research_consultation_strategy, conflict)

    async def timeline_analysis_strategy(self, conflict: Conflict) -> ResolutionResult:
        """Who has less time to spare goes first."""
        return await self._by(priority.timeline_analysis_strategy, conflict)

    async def business_impact_strategy(self, conflict: Conflict) -> ResolutionResult:
        """The more important one goes first."""
        return await self._by(priority.business_impact_strategy, conflict)

    async def dependency_reordering_strategy(self, conflict: Conflict) -> ResolutionResult:
        """Who has the longer chain behind it goes first."""
        return await self._by(priority.dependency_reordering_strategy, conflict)

    async def log_resolution(self, conflict: Conflict, result: ResolutionResult) -> None:
        """Say what settled it; the try itself is in the ledger."""
        log.info("%s resolved: %s", conflict.conflict_id, result.message)

    async def log_strategy_failure(
        self, conflict: Conflict, strategy: StrategyMethod, error: Exception
    ) -> None:
        """Say which strategy raised; the next one is tried."""
        name = getattr(strategy, "__name__", repr(strategy))
        log.warning("%s failed on %s", name, conflict.conflict_id, exc_info=error)

    async def escalate_conflict(self, conflict: Conflict) -> ResolutionResult:
        """Ask a person; the question that is open already, where there is one."""
        asked = self.resolver.escalate(self._record(conflict), self.facts(conflict))
        return ResolutionResult(
            False,
            f"escalated to a person as {asked.id}: {asked.question}",
            {"escalation": asked.id, "package": asked.package},
        )

    def history(self, conflict: Conflict) -> Sequence[Resolution]:
        """Every try at a conflict, in order."""
        return self.ledger.resolutions(conflict.conflict_id)

    async def _by(self, decide: Callable[[Conflict, Facts], Ruling], conflict: Conflict) -> ResolutionResult:
        name = decide.__name__
        known = {each.name for each in strategies_for(conflict.conflict_type)}
        if name not in known:
            return ResolutionResult(False, "Strategy not applicable")
        record = self._record(conflict)
        before = next(
            (
                each
                for each in self.ledger.resolutions(record.id)
                if each.strategy == name and each.state is ResolutionState.TRYING
            ),
            None,
        )
        tried = await self.resolver.attempt(
            record, Strategy(name, decide), lambda: self.facts(conflict), before
        )
        details = dict(tried.result.get("details", {}))
        return ResolutionResult(tried.state is ResolutionState.SUCCEEDED, tried.message, details)

    def _method(self, strategy: Strategy) -> StrategyMethod:
        named: StrategyMethod | None = getattr(self, strategy.name, None)
        if named is not None:
            return named

        async def method(conflict: Conflict) -> ResolutionResult:
            return await self._by(strategy.decide, conflict)

        method.__name__ = strategy.name
        return method

    def _record(self, conflict: Conflict) -> ConflictRecord:
        known = self.ledger.conflict(conflict.conflict_id)
        if known is not None:
            return known
        now = self.clock()
        return ConflictRecord(
            run=self.run,
            conflict=conflict,
            state=ConflictState.STANDING,
            formed_at=now,
            since=now,
            stood_at=now,
        )


def facts_of(conflict: Conflict, now: float) -> Facts:
    """What a conflict's own context says: ``resource`` or ``path``, ``priorities`` and ``roles`` by side, ``decisions``
    (each with ``agent``, ``decision``, ``topic``, ``reason``), ``parts`` by side, ``specification``, ``risk``."""
    context = conflict.context
    path = context.get("path") or context.get("file")
    decisions = tuple(_decision(each) for each in context.get("decisions") or ())
    roles = context.get("roles") or {}
    return Facts(
        now=now,
        sides=tuple(
            Side(
                ticket=name,
                # In the specification's sketches a side is named by its role.
                role=str(roles.get(name, name)),
                priority=_priority((context.get("priorities") or {}).get(name)),
                since=float(place),
                due=(context.get("due") or {}).get(name),
            )
            for place, name in enumerate(conflict.involved_agents)
        ),
        resource=str(context.get("resource") or (f"path:{path}" if path else "")),
        parts={name: frozenset(parts) for name, parts in (context.get("parts") or {}).items()},
        decisions=decisions,
        specification=str(context.get("specification") or ""),
        risk=str(context.get("risk") or ""),
    )


def _decision(told: Any) -> Decision:
    if isinstance(told, Decision):
        return told
    return Decision(
        topic=str(told.get("topic") or "the decision"),
        choice=str(told.get("choice") or told.get("decision") or ""),
        scope=str(told.get("scope") or ""),
        reason=str(told.get("reason") or ""),
        agent=str(told.get("agent") or ""),
    )


def _priority(told: Any) -> Priority:
    if isinstance(told, str):
        return Priority[told.upper()] if told.upper() in Priority.__members__ else Priority.MEDIUM
    return (
        Priority(told) if isinstance(told, int) and told in Priority._value2member_map_ else Priority.MEDIUM
    )
