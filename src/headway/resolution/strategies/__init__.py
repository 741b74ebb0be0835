"""The strategies, each a plain function of a conflict and facts to a ruling, and the order in which they are tried.

    contention.py   queue_access_strategy, resource_splitting_strategy, priority_boost_strategy
    technical.py    framework_pattern_strategy, architect_authority_strategy, research_consultation_strategy
    priority.py     timeline_analysis_strategy, business_impact_strategy, dependency_reordering_strategy
    edits.py        what two tickets wrote: order, split, merge by rule, redo, mediation
    tables.py       who decides between which roles, as data

A ruling is successful where it has effects that settle the conflict; a strategy that does not know says so, and the
next one is tried. Pure: what must be asked of an agent is asked by the resolver, and comes back within the facts.
"""

from __future__ import annotations

from headway.resolution.strategies.registry import STRATEGIES, Strategy, strategies_for

__all__ = ["STRATEGIES", "Strategy", "strategies_for"]
