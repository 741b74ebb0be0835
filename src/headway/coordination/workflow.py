"""A ticket's way as a LangGraph ``StateGraph`` over :class:`SubprocessCoordinationState`.

    admit → prepare → start → watch → collect → land → end
      ↑                                  │        │
      └──────────── goes again ──────────┴────────┤
                                        ask (pause until a person says how to go on)

The steps' effects are in :mod:`headway.coordination.steps`. What was measured of LangGraph, and what follows:

* After a kill, ``StateSnapshot.next`` may be ``()`` for a thread that is half done, and finished steps can run again.
  So a thread is always entered from the start, :func:`build_workflow`'s entry asks the store's row where the ticket
  stands, and every step looks at the store before it acts.
* A node that interrupts runs again from its top, so the pause is a node of its own, without effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from headway.coordination.subprocess_state import SubprocessCoordinationState
from headway.nouns import TicketState

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

StepName = Literal["admit", "prepare", "start", "watch", "collect", "land", "ask", "__end__"]

#: The step at which a ticket goes on, for each state that the store's row can show.
STEP_OF: dict[TicketState, StepName] = {
    TicketState.WAITING: "admit",
    TicketState.BLOCKED: "admit",
    TicketState.PREPARING: "prepare",
    TicketState.RUNNING: "watch",
    TicketState.COLLECTING: "collect",
    TicketState.LANDING: "land",
    TicketState.NEEDS_HUMAN: "ask",
}


class Steps(Protocol):
    """The effects behind the workflow. Each is safe to run twice and returns what it adds to the state."""

    def where(self, ticket: str) -> TicketState:
        """The ticket's state by the store's row."""
        ...

    def question(self, ticket: str) -> dict[str, Any]:
        """What a person is asked about a ticket that needs one; without effects."""
        ...

    async def admit(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the ticket may have an agent."""
        ...

    async def prepare(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Move a worktree to the target as it is now."""
        ...

    async def start(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Start the agent under its launcher."""
        ...

    async def watch(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the agent has ended."""
        ...

    async def collect(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Make what it wrote a commit and decide what becomes of it."""
        ...

    async def land(self, state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        """Wait until the landing queue is done with it."""
        ...


def build_workflow(
    steps: Steps, saver: BaseCheckpointSaver[Any] | None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled graph; one thread of it carries one ticket of one run. ``saver`` None: nothing is kept."""
    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt

    # Coroutines, though they wait for nothing: LangGraph gives each plain function a thread.
    async def where(state: SubprocessCoordinationState) -> StepName:
        return STEP_OF.get(steps.where(state["task"]), "__end__")

    async def after_prepare(state: SubprocessCoordinationState) -> StepName:
        prepared = steps.where(state["task"]) is TicketState.PREPARING
        return "start" if prepared else await where(state)

    async def ask(state: SubprocessCoordinationState) -> SubprocessCoordinationState:
        answer = interrupt(steps.question(state["task"]))
        return {"escalation_status": {"answer": answer}}

    graph: StateGraph[Any, Any, Any, Any] = StateGraph(SubprocessCoordinationState)
    for step in (steps.admit, steps.prepare, steps.start, steps.watch, steps.collect, steps.land):
        graph.add_node(step.__name__, step)
    graph.add_node("ask", ask)
    graph.add_conditional_edges(START, where)
    graph.add_edge("admit", "prepare")
    graph.add_conditional_edges("prepare", after_prepare)
    for name in ("start", "watch", "collect", "land", "ask"):
        graph.add_conditional_edges(name, where)
    return graph.compile(checkpointer=saver)


def thread_of(run: str, ticket: str) -> dict[str, Any]:
    """The configuration that names a ticket's thread."""
    return {"configurable": {"thread_id": f"{run}/{ticket}"}, "recursion_limit": 1000}
