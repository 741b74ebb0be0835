"""The state that one ticket's workflow carries from step to step (specification, section 1.1)."""

from __future__ import annotations

from typing import Any, TypedDict


class SubprocessCoordinationState(TypedDict, total=False):
    """State management for subprocess coordination.

    Everything in it is JSON-like, because it is checkpointed. Where it and the store differ, the store wins.
    """

    #: Id of the ticket.
    task: str
    #: What the ticket says: title and description. Written by ``admit``.
    context: str
    #: The command that must succeed on the merged tree. Written by ``admit``.
    requirements: str | None

    #: Names of the attempts that are under way (``T-1/2``). Written by ``start`` and ``watch``.
    active_subprocesses: list[str]
    #: Attempt → {profile, base, cause}. Written by ``start``.
    agent_assignments: dict[str, dict[str, Any]]
    #: Run, target, and the step that the ticket is in. Written by every step.
    coordination_metadata: dict[str, Any]

    #: Landings that met a conflict: {attempt, onto, paths, reason}. Written by ``land``.
    conflict_history: list[dict[str, Any]]
    #: Why a person is needed; None while nobody is. Written by ``ask``.
    escalation_status: dict[str, Any] | None

    #: Attempt → {slot, worktree}. Written by ``prepare``.
    resource_allocations: dict[str, dict[str, Any]]
    #: What bounds the ticket's attempts: {timeout, agents}. Written by ``admit``.
    resource_constraints: dict[str, Any] | None

    #: Sums over the attempts: {attempts, agent_seconds, cpu_seconds}. Written by ``collect``.
    execution_metrics: dict[str, Any]
    #: Attempt → {outcome, seconds, tokens, cost}. Written by ``collect``.
    subprocess_performance: dict[str, dict[str, Any]]
