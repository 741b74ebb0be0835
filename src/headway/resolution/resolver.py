"""Tries strategies in order until one settles the conflict; else a person is asked.

Each try is kept before anything of it has an effect and after each step, so that the next coordinator goes on where
this one was killed:

    TRYING, nothing decided → decided, its effects kept → each effect applied → SUCCEEDED, and the conflict RESOLVED
                  ↘ FAILED, and the next strategy

A decision that was kept is not made again: its effects are applied again, and those that were applied before know it by
their origin. A strategy that raises is logged and passed over. Not for: what a strategy decides (:mod:`.strategies`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from headway.nouns import (
    ConflictRecord,
    ConflictState,
    Escalation,
    Resolution,
    ResolutionState,
)
from headway.resolution import escalation
from headway.resolution.effects import (
    Consult,
    Effect,
    Effects,
    Origin,
    apply,
    from_json,
    inverse,
    to_json,
    told,
)
from headway.resolution.facts import Facts, Ruling
from headway.resolution.ledger import Keeper
from headway.resolution.strategies import Strategy, strategies_for

log = logging.getLogger(__name__)

#: How often the effects of one decision are applied, over restarts, before the try has failed.
MOST_TRIES = 3


class Resolver:
    """Settles the conflicts of one run. One conflict is worked on once at a time: the caller sees to that."""

    def __init__(
        self,
        keeper: Keeper,
        effects: Effects,
        clock: Callable[[], float],
        *,
        strategies: Callable[[str], Sequence[Strategy]] = strategies_for,
    ) -> None:
        self.keeper, self.effects, self.clock, self.strategies = keeper, effects, clock, strategies

    async def resolve(
        self, record: ConflictRecord, facts: Callable[[], Facts]
    ) -> Resolution | Escalation | None:
        """Settle a conflict: the try that did, or the question that a person has to answer; None where it went by
        itself.

        ``facts`` is asked anew for each strategy. Safe to call again after a kill at any moment.
        """
        record = self.keeper.conflict(record.id) or record
        tried = self._of_round(record)
        settled = next((each for each in tried if each.state is ResolutionState.SUCCEEDED), None)
        if settled is not None:
            self._over(record, settled)
            return settled
        if record.state.is_over:
            return None
        if record.state not in (ConflictState.RESOLVING, ConflictState.ESCALATED):
            record = self._stands(record, ConflictState.RESOLVING, "a strategy is at work")
            self.keeper.save(None, record)
        for strategy in self.strategies(record.conflict.conflict_type):
            before = next((each for each in tried if each.strategy == strategy.name), None)
            if before is not None and before.state is not ResolutionState.TRYING:
                continue
            done = await self.attempt(record, strategy, facts, before)
            if done.state is ResolutionState.SUCCEEDED:
                return done
        return self.escalate(record, facts())

    def escalate(self, record: ConflictRecord, facts: Facts, *, why: str = "") -> Escalation:
        """Ask a person; the question that is open already, where there is one."""
        known = self.keeper.escalation_of(record.id)
        if known is not None:
            return known
        tried = self._of_round(record)
        why = why or ("no strategy settled it" if tried else "there is no strategy for it")
        asked = escalation.escalate(record, facts.sides, tried, now=self.clock(), why=why)
        return self.keeper.escalate(asked, self._stands(record, ConflictState.ESCALATED, why))

    async def undo(self, resolution: Resolution) -> tuple[Effect, ...]:
        """Take back what a try changed, the last first; the effects that do it. Nothing where it changed nothing."""
        if resolution.state is not ResolutionState.SUCCEEDED:
            return ()
        effects = undo(resolution)
        for place, effect in enumerate(effects):
            # Places of their own, after those of the try.
            await apply(self.effects, effect, self._origin(resolution, 1000 + place))
        self.keeper.save(replace(resolution, state=ResolutionState.UNDONE, ended_at=self.clock()))
        return effects

    async def attempt(
        self,
        record: ConflictRecord,
        strategy: Strategy,
        facts: Callable[[], Facts],
        before: Resolution | None = None,
    ) -> Resolution:
        """Try one strategy; what it or an effect raises is logged. ``before``: its try that was not over."""
        resolution = before or self._begin(record, strategy)
        try:
            if "effects" not in resolution.result:
                resolution = await self._decide(record, strategy, facts(), resolution)
                if resolution.state is ResolutionState.FAILED:
                    return resolution
            else:
                resolution = self._again(resolution)
            made = await self._apply(resolution)
        except Exception as error:
            log.warning("%s failed on %s", strategy.name, record.id, exc_info=error)
            return self._failed(resolution, f"{type(error).__name__}: {error}")
        result = {**resolution.result, **({"made": made} if made else {})}
        done = replace(resolution, state=ResolutionState.SUCCEEDED, ended_at=self.clock(), result=result)
        self.keeper.save(done, self._stands(record, ConflictState.RESOLVED, done.message))
        return done

    def _begin(self, record: ConflictRecord, strategy: Strategy) -> Resolution:
        tries = self.keeper.resolutions(record.id)
        resolution = Resolution(
            run=record.run,
            conflict=record.id,
            number=max((each.number for each in tries), default=0) + 1,
            strategy=strategy.name,
            state=ResolutionState.TRYING,
            started_at=self.clock(),
            inputs={"round": record.returns},
        )
        self.keeper.save(resolution)
        return resolution

    async def _decide(
        self, record: ConflictRecord, strategy: Strategy, facts: Facts, resolution: Resolution
    ) -> Resolution:
        ruling = strategy.decide(record.conflict, facts)
        if ruling.question is not None:
            ruling = await self._asked(record, strategy, facts, ruling, resolution)
        inputs = {**resolution.inputs, **_inputs(record, facts)}
        if not ruling.successful:
            return self._failed(replace(resolution, inputs=inputs), ruling.message, dict(ruling.details))
        kept = replace(
            resolution,
            message=ruling.message,
            inputs=inputs,
            result={
                "effects": [to_json(effect) for effect in ruling.effects],
                "told": told(ruling.effects),
                "details": dict(ruling.details),
                "tries": 1,
            },
        )
        self.keeper.save(kept)
        return kept

    async def _asked(
        self,
        record: ConflictRecord,
        strategy: Strategy,
        facts: Facts,
        ruling: Ruling,
        resolution: Resolution,
    ) -> Ruling:
        question = ruling.question
        assert question is not None
        origin = self._origin(resolution, 0)
        if isinstance(question, Consult):
            answer = await self.effects.consult(question, origin)
            if answer is None:
                return Ruling(successful=False, message=f"{question.role} gave no answer in time")
            again = strategy.decide(record.conflict, replace(facts, answer=answer))
        else:
            mediated = await self.effects.mediate(question, origin)
            again = strategy.decide(record.conflict, replace(facts, mediated=mediated))
        if again.question is not None:
            return Ruling(successful=False, message="it asks again what was answered")
        return again

    def _again(self, resolution: Resolution) -> Resolution:
        """The effects of a decision that was kept, once more: the coordinator was killed amid them."""
        tries = int(resolution.result.get("tries", 1)) + 1
        if tries > MOST_TRIES:
            raise RuntimeError(f"applied {MOST_TRIES} times and not come to its end")
        kept = replace(resolution, result={**resolution.result, "tries": tries})
        self.keeper.save(kept)
        return kept

    async def _apply(self, resolution: Resolution) -> list[str]:
        made = []
        for place, kept in enumerate(resolution.result["effects"]):
            name = await apply(self.effects, from_json(kept), self._origin(resolution, place))
            if name is not None:
                made.append(name)
        return made

    def _failed(
        self, resolution: Resolution, message: str, details: dict[str, Any] | None = None
    ) -> Resolution:
        result = {**resolution.result, **({"details": details} if details else {})}
        failed = replace(
            resolution,
            state=ResolutionState.FAILED,
            ended_at=self.clock(),
            message=message,
            result=result,
        )
        self.keeper.save(failed)
        return failed

    def _over(self, record: ConflictRecord, settled: Resolution) -> None:
        if not record.state.is_over:
            self.keeper.save(None, self._stands(record, ConflictState.RESOLVED, settled.message))

    def _stands(self, record: ConflictRecord, state: ConflictState, reason: str) -> ConflictRecord:
        now = self.clock()
        return replace(record, state=state, since=now, reason=reason, ended_at=now if state.is_over else None)

    def _of_round(self, record: ConflictRecord) -> list[Resolution]:
        """The tries since the conflict came up last: one that comes back is settled anew."""
        tries = self.keeper.resolutions(record.id)
        return [each for each in tries if each.inputs.get("round", 0) == record.returns]

    @staticmethod
    def _origin(resolution: Resolution, place: int) -> Origin:
        return Origin(run=resolution.run, conflict=resolution.conflict, number=resolution.number, place=place)


def undo(resolution: Resolution) -> tuple[Effect, ...]:
    """The effects that take back what a try changed, the last first. Pure."""
    done = [from_json(kept) for kept in resolution.result.get("effects", ())]
    return tuple(back for effect in reversed(done) for back in inverse(effect))


def _inputs(record: ConflictRecord, facts: Facts) -> dict[str, Any]:
    """What was decided on, so that it can be looked at."""
    return {
        "sides": [
            {
                "ticket": side.ticket,
                "role": side.role,
                "priority": side.priority.name.lower(),
                "elapsed": round(side.elapsed, 1),
                "rest": round(side.rest, 1),
                "share": round(side.share, 3),
                "has_landed": side.has_landed,
            }
            for side in facts.sides
        ],
        "resource": facts.resource,
        "paths": [file.path for file in facts.files],
        "severity": record.conflict.severity,
    }
