"""Which strategies are tried for which type of conflict, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from headway.nouns import Conflict
from headway.resolution.facts import Facts, Ruling
from headway.resolution.strategies import contention, edits, priority, technical


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to settle a conflict."""

    name: str
    decide: Callable[[Conflict, Facts], Ruling]


def _named(*decides: Callable[[Conflict, Facts], Ruling]) -> tuple[Strategy, ...]:
    return tuple(Strategy(each.__name__, each) for each in decides)


_CONTENTION = _named(
    contention.queue_access_strategy,
    contention.resource_splitting_strategy,
    contention.priority_boost_strategy,
)
_TECHNICAL = _named(
    technical.framework_pattern_strategy,
    technical.architect_authority_strategy,
    technical.research_consultation_strategy,
)
_PRIORITY = _named(
    priority.timeline_analysis_strategy,
    priority.business_impact_strategy,
    priority.dependency_reordering_strategy,
)
_EDITS = _named(
    edits.order_strategy,
    edits.split_strategy,
    edits.mechanical_strategy,
    edits.redo_strategy,
    edits.mediation_strategy,
)

#: Type of conflict → what is tried, in this order. The first three are the specification's.
STRATEGIES: Mapping[str, tuple[Strategy, ...]] = MappingProxyType(
    {
        "resource_contention": _CONTENTION,
        "technical_disagreement": _TECHNICAL,
        "priority_conflict": _PRIORITY,
        "dependency_deadlock": _PRIORITY[::-1],
        "edit": _EDITS,
        "symbol": _EDITS,
        "decision": _TECHNICAL,
        "priority": _PRIORITY,
        "deadlock": _PRIORITY[::-1],
        "compute": _CONTENTION[1:],
    }
)


def strategies_for(conflict_type: str) -> tuple[Strategy, ...]:
    """What is tried for a type; nothing for one that is not known, which is a person's then."""
    return STRATEGIES.get(conflict_type, ())
