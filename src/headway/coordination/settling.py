"""Settles conflicts between tickets that are at work: one of them goes again from the other's work.

Which one is decided in :mod:`.yielding`. What is decided is in the store before anything has an effect: an order that
holds the one back until the other is over, and the resolution, so that it can be looked at. Work is lost nowhere: what
the agent wrote until then is a commit, and the next attempt is given its diff.

Not for: seeing conflicts (:mod:`.seeing`), conflicts that come to light in the landing queue (:mod:`.landing_queue`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from headway.agents import process
from headway.conflicts.watching.nouns import TARGET
from headway.coordination.context import RunContext
from headway.coordination.decide import goes_before
from headway.coordination.seeing import Seeing
from headway.coordination.steps import YIELDS
from headway.coordination.yielding import Contender, who_yields
from headway.errors import AgentError
from headway.nouns import (
    Attempt,
    ConflictRecord,
    ConflictState,
    Order,
    OrderOf,
    Outcome,
    Resolution,
    ResolutionState,
    TicketState,
)

#: How the strategy is called in the store.
STRATEGY = "redo_from_the_other"

#: From so many runs on it is known how long one takes.
LEAST_RUNS = 3

#: Kinds of conflict for which an agent is stopped: git itself says that it cannot merge the two.
_CERTAIN = frozenset({"edit"})


@dataclass(kw_only=True)
class Settling:
    """Acts on conflicts that stand."""

    context: RunContext
    seeing: Seeing

    def settle(self, record: ConflictRecord) -> None:
        """Have one of the two go again from the other's work, if that is the cheapest."""
        if record.conflict.conflict_type not in _CERTAIN:
            return
        sides = [self._contender(side) for side in record.conflict.involved_agents if side != TARGET]
        if None in sides:
            return  # one of them is between two steps: it is over, or looked at again from its next worktree
        left, *others = [side for side in sides if side is not None]
        found = who_yields(left, others[0] if others else None, usual=self._usual())
        if found is not None:
            self._yield(record, *found)

    def undo(self, conflict: str) -> None:
        """Take back what settled a conflict: nobody waits for the other any more because of it. What landed since
        stays, and whoever has begun again goes on."""
        context = self.context
        tried = context.store.resolutions(context.run.id, conflict)
        done = [each for each in tried if each.state is ResolutionState.SUCCEEDED]
        orders = [order for order in context.board.orders if order.conflict == conflict]
        with context.write() as writer:
            for resolution in done:
                writer.save_resolution(replace(resolution, state=ResolutionState.UNDONE))
            for order in orders:
                context.drop_order(writer, order)
            if done:
                reason = done[-1].message
                context.record(writer, "conflict.undone", conflict=conflict, reason=f"taken back: {reason}")

    def _contender(self, ticket: str) -> Contender | None:
        """One side as it stands; None where it is neither at work nor done."""
        context = self.context
        if ticket not in context.board:
            return None
        progress = context.board[ticket]
        attempts = context.store.attempts(context.run.id, ticket)
        if progress.state is TicketState.RUNNING and attempts:
            elapsed: float | None = max(0.0, context.clock() - attempts[-1].started_at)
        elif progress.state in (TicketState.COLLECTING, TicketState.LANDING):
            elapsed = None
        else:
            return None
        yielded = [a for a in attempts if a.outcome is Outcome.YIELDED]
        return Contender(
            ticket=ticket,
            priority=progress.ticket.priority,
            position=progress.position,
            elapsed=elapsed,
            lost=sum(a.exit.seconds for a in yielded if a.exit),
            yields=len(yielded),
        )

    def _usual(self) -> float | None:
        """How long a run takes whose agent came to its own end, in seconds."""
        attempts = self.context.store.attempts(self.context.run.id)
        seconds = [a.exit.seconds for a in attempts if a.exit and a.exit.how == "exited"]
        return median(seconds) if len(seconds) >= LEAST_RUNS else None

    def _yield(self, record: ConflictRecord, loser: Contender, winner: Contender | None) -> None:
        context = self.context
        attempt = context.store.attempts(context.run.id, loser.ticket)[-1]
        to = winner.ticket if winner is not None else "what has landed"
        reason = (
            f"{loser.ticket} goes again from {to}'s work"
            if winner
            else f"{loser.ticket} goes again from {to}"
        )
        order = None
        if winner is not None:
            order = Order(
                run=context.run.id,
                first=winner.ticket,
                then=loser.ticket,
                of=OrderOf.START,
                at=context.clock(),
                reason=str(record.conflict.context.get("detail") or ""),
                conflict=record.id,
            )
            if goes_before(loser.ticket, winner.ticket, context.board.all(), context.board.orders):
                return  # they would wait for each other
        settled = replace(
            record,
            state=ConflictState.RESOLVED,
            since=context.clock(),
            ended_at=context.clock(),
            reason=reason,
        )
        with context.write() as writer:
            writer.save_conflict(settled)
            writer.save_resolution(self._resolution(record, attempt, loser, winner, reason))
            if order is not None:
                context.save_order(writer, order)
            context.record(
                writer,
                "conflict.settled",
                loser.ticket,
                attempt.number,
                conflict=record.id,
                strategy=STRATEGY,
                reason=reason,
                seconds=round(loser.elapsed or 0.0, 3),
            )
        self.seeing.save(settled)
        with suppress(
            AgentError
        ):  # it has just ended, or cannot be reached: then the landing queue sees to it
            process.stop(Path(attempt.directory), f"{YIELDS}{to}")

    def _resolution(
        self,
        record: ConflictRecord,
        attempt: Attempt,
        loser: Contender,
        winner: Contender | None,
        reason: str,
    ) -> Resolution:
        context = self.context
        now = context.clock()
        return Resolution(
            run=context.run.id,
            conflict=record.id,
            number=1 + len(context.store.resolutions(context.run.id, record.id)),
            strategy=STRATEGY,
            state=ResolutionState.SUCCEEDED,
            started_at=now,
            ended_at=now,
            message=reason,
            inputs={
                "sides": list(record.conflict.involved_agents),
                "path": record.conflict.context.get("path"),
                "elapsed": {c.ticket: c.elapsed for c in (loser, winner) if c is not None},
            },
            result={
                "stopped": f"{attempt.ticket}/{attempt.number}",
                "after": winner.ticket if winner else None,
            },
        )
