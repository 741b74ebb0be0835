"""The three levels, what makes a person needed at once, what a person is told, and what an answer does. Pure.

    automatic   strategies, for the first 30 minutes
    mediation   a neutral agent, from then on
    person      after two hours (one for a technical disagreement), or at once

The times are ``[resolution]``'s. An escalation is told again, at most every ``tell_again``, until it is answered or
what it asks about is over. Answers count once: the first one that arrives; one to something over changes nothing, and
whoever gave it is told why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from headway.config import ResolutionSettings
from headway.nouns import (
    ConflictRecord,
    Escalation,
    EscalationState,
    OrderOf,
    Priority,
    Resolution,
    ResolutionState,
)
from headway.resolution.effects import Effect, Redo, Reorder, Rule, Tell
from headway.resolution.facts import TARGET, Side

#: Seconds without a sign of life after which an agent counts as gone.
SILENT_FOR = 1800.0

_TECHNICAL = frozenset({"decision", "technical_disagreement"})

#: Most characters of one side's diff in a package: a person reads the rest with ``headway conflicts ID``.
MOST_DIFF = 10_000


class Level(StrEnum):
    """Who settles a conflict now."""

    AUTOMATIC = "automatic"
    MEDIATION = "mediation"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """What makes a person needed before the time is up."""

    #: Something that there is none of any more: ``memory``, ``disk``.
    exhausted: str = ""
    security_issue: str = ""
    #: Ticket → seconds since its agent's last sign of life.
    silent: Mapping[str, float] | None = None
    #: Ticket → failed verifications.
    quality_failures: Mapping[str, int] | None = None
    #: Who asked for a person by hand, and why.
    asked: str = ""


def level(
    record: ConflictRecord, now: float, settings: ResolutionSettings, trouble: Trouble | None = None
) -> Level:
    """Who settles a conflict now, by how long it has stood."""
    if trouble is not None and trigger(trouble, settings):
        return Level.PERSON
    open_for = now - (record.stood_at if record.stood_at is not None else record.formed_at)
    is_technical = record.conflict.conflict_type in _TECHNICAL
    ask_after = min(settings.ask_after, settings.ask_after_technical) if is_technical else settings.ask_after
    if open_for >= ask_after:
        return Level.PERSON
    return Level.MEDIATION if open_for >= settings.mediate_after else Level.AUTOMATIC


def trigger(trouble: Trouble, settings: ResolutionSettings) -> str:
    """Why a person is needed at once; empty where none is."""
    if trouble.asked:
        return f"asked for: {trouble.asked}"
    if trouble.security_issue:
        return f"security: {trouble.security_issue}"
    if trouble.exhausted:
        return f"{trouble.exhausted} is exhausted"
    silent = sorted(ticket for ticket, seconds in (trouble.silent or {}).items() if seconds >= SILENT_FOR)
    if silent:
        return f"no sign of life of {', '.join(silent)} for {SILENT_FOR / 60:.0f} min"
    failing = sorted(
        ticket
        for ticket, count in (trouble.quality_failures or {}).items()
        if count > settings.quality_failures
    )
    return (
        f"verification failed more than {settings.quality_failures} times: {', '.join(failing)}"
        if failing
        else ""
    )


def escalate(
    record: ConflictRecord, sides: Sequence[Side], tried: Sequence[Resolution], *, now: float, why: str = ""
) -> Escalation:
    """The question for a person, with all that is needed to answer it. Its id is the store's to give."""
    names = [side.ticket for side in sides] or list(record.conflict.involved_agents)
    where = _where(record)
    return Escalation(
        id="",
        run=record.run,
        state=EscalationState.OPEN,
        question=f"{' and '.join(names)} are in conflict{f' over {where}' if where else ''}: which one holds, or both?",
        opened_at=now,
        conflict=record.id,
        tickets=tuple(name for name in names if name != TARGET),
        severity=record.conflict.severity,
        told_at=now,
        times_told=1,
        package=package(record, sides, tried, why=why),
    )


def package(
    record: ConflictRecord, sides: Sequence[Side], tried: Sequence[Resolution], *, why: str = ""
) -> dict[str, Any]:
    """Summary, sides, what was tried, recommendations, impact."""
    conflict = record.conflict
    return {
        "summary": " ".join(
            part
            for part in (
                f"{conflict.conflict_type} conflict, {conflict.severity}",
                f"in {_where(record)}." if _where(record) else "",
                str(conflict.context.get("detail") or ""),
                f"It is a person's because {why}." if why else "",
            )
            if part
        ),
        "sides": [
            {
                "ticket": side.ticket,
                "role": side.role,
                "priority": side.priority.name.lower(),
                "intent": side.intent,
                "diff": side.diff[:MOST_DIFF],
                "seconds_spent": round(side.elapsed, 1),
                "has_landed": side.has_landed,
            }
            for side in sides
        ],
        "tried": [
            {
                "strategy": each.strategy,
                "state": each.state.value,
                "message": each.message,
                "seconds": round((each.ended_at or each.started_at) - each.started_at, 1),
            }
            for each in tried
        ],
        "recommendations": recommendations(sides, tried),
        "impact": {
            "waiting": sum(side.chain for side in sides if not side.is_target and not side.has_landed),
            "seconds_spent": round(sum(side.elapsed for side in sides if not side.has_landed), 1),
            "highest_priority": max((side.priority for side in sides), default=Priority.MEDIUM).name.lower(),
        },
    }


def recommendations(sides: Sequence[Side], tried: Sequence[Resolution]) -> list[str]:
    """What a person may answer, the most sensible first."""
    if len(sides) != 2:
        return ["answer in words what is to be done; all sides are told"]
    left, right = sides
    found = ["--keep both: the later one goes again on the earlier one's work, and is told to keep both"]
    if left.priority != right.priority:
        better = "left" if left.priority > right.priority else "right"
        found.append(f"--keep {better}: {(left if better == 'left' else right).ticket} is more important")
    if not left.is_target and not right.is_target:
        first, then = sorted(sides, key=lambda side: (-side.priority, -side.chain, side.since))
        found.append(f"--order {first.ticket},{then.ticket}: more wait for it, or it was first")
    if any(each.strategy == "mediation_strategy" and each.state is ResolutionState.FAILED for each in tried):
        found.append("in words, what the mediator's result lacked: the later one goes again with that")
    return found


def due(escalations: Iterable[Escalation], now: float, tell_again: float) -> list[Escalation]:
    """Open escalations that are to be told again now, each as it is afterwards."""
    return [
        replace(each, told_at=now, times_told=each.times_told + 1)
        for each in escalations
        if each.state is EscalationState.OPEN and now - each.told_at >= tell_again
    ]


def close_those_over(
    escalations: Iterable[Escalation], is_over: Mapping[str, bool], now: float
) -> list[Escalation]:
    """Open escalations whose conflict is over without an answer. ``is_over``: conflict → whether it is."""
    return [
        replace(each, state=EscalationState.CLOSED, ended_at=now)
        for each in escalations
        if each.state is EscalationState.OPEN
        and each.conflict is not None
        and is_over.get(each.conflict, False)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a person said."""

    text: str = ""
    #: ``left``, ``right``, ``both`` or empty.
    keep: str = ""
    #: Two tickets, the first one first; or empty.
    order: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What an answer does."""

    #: The escalation afterwards.
    escalation: Escalation
    effects: tuple[Effect, ...] = ()
    #: Why it changes nothing; empty where it does something.
    refused: str = ""


def take_answer(
    escalation: Escalation,
    told: Mapping[str, Any],
    *,
    now: float,
    sides: Sequence[str] = (),
    conflict_is_over: bool = False,
) -> Taken:
    """What an answer to an escalation does. ``told``: ``text``, ``keep``, ``order``, ``by``, as it was asked for.

    ``sides``: those of the conflict, the left one first; without them they are the escalation's tickets.
    """
    if escalation.state is EscalationState.ANSWERED:
        by = escalation.answer.get("by") or "somebody"
        return Taken(escalation=escalation, refused=f"{escalation.id} was answered already, by {by}")
    if escalation.state is EscalationState.CLOSED or conflict_is_over:
        closed = escalation
        if escalation.state is EscalationState.OPEN:
            closed = replace(escalation, state=EscalationState.CLOSED, ended_at=now)
        return Taken(escalation=closed, refused=f"what {escalation.id} asks about is over")
    try:
        answer = read_answer(told, escalation.tickets)
    except ValueError as error:
        return Taken(escalation=escalation, refused=str(error))
    kept = {"text": answer.text, "keep": answer.keep, "order": list(answer.order), "by": answer.by}
    answered = replace(escalation, state=EscalationState.ANSWERED, answer=kept, ended_at=now)
    return Taken(escalation=answered, effects=effects_of(answer, answered, sides))


def read_answer(told: Mapping[str, Any], tickets: Sequence[str]) -> Answer:
    """An answer from what was asked. Raises ValueError that says what it lacks."""
    text = str(told.get("text") or "").strip()
    keep = str(told.get("keep") or "")
    order = tuple(str(each).strip() for each in told.get("order") or ())
    if keep not in ("", "left", "right", "both"):
        raise ValueError(f"--keep {keep}: it is left, right or both")
    if order and (len(order) != 2 or len(set(order)) != 2):
        raise ValueError("--order names two tickets: --order A,B")
    unknown = [each for each in order if each not in tickets]
    if unknown:
        raise ValueError(f"--order: {', '.join(unknown)} is not one of {', '.join(tickets)}")
    if not text and not keep and not order:
        raise ValueError("an answer is a text, --keep or --order")
    if keep and len(tickets) == 0:
        raise ValueError("--keep: it is about no ticket")
    return Answer(text=text, keep=keep, order=order, by=str(told.get("by") or ""))


def effects_of(answer: Answer, escalation: Escalation, sides: Sequence[str] = ()) -> tuple[Effect, ...]:
    """What is done on a person's word. Nothing is dropped: who yields does its work again, told what was decided."""
    tickets = escalation.tickets
    left, right = (*(sides or tickets), TARGET)[:2]
    effects: list[Effect] = []
    reason = f"a person decided ({escalation.id})"
    said = f": {answer.text}" if answer.text else ""
    if answer.order:
        first, then = answer.order
        effects.append(Reorder(first=first, then=then, of=OrderOf.START, reason=reason))
        effects.append(Redo(ticket=then, reason=f"{reason}: {first} goes first{said}"))
    if answer.keep:
        kept, yields = (right, left) if answer.keep == "right" else (left, right)
        how = f"keep both your work and {kept}'s" if answer.keep == "both" else f"{kept}'s way holds"
        if yields == TARGET:
            # The branch neither waits nor goes again: the ticket does, and has its own way on top of it.
            kept, yields = yields, kept
            how = "keep both your work and the target's" if answer.keep == "both" else "your way holds"
        elif kept != TARGET and not answer.order:
            effects.append(Reorder(first=kept, then=yields, of=OrderOf.START, reason=reason))
        effects.append(Redo(ticket=yields, reason=f"{reason}: {how}{said}"))
    if answer.text:
        effects.append(Rule(topic=escalation.question, choice=answer.text, scope="", reason=reason))
        told = f"{escalation.question}\n\nA person answered: {answer.text}"
        effects += [Tell(ticket=ticket, text=told) for ticket in tickets]
        if not answer.keep and not answer.order and tickets:
            effects.append(Redo(ticket=tickets[-1], reason=f"{reason}{said}"))
    return tuple(effects)


def _where(record: ConflictRecord) -> str:
    context = record.conflict.context
    return str(
        context.get("path") or context.get("symbol") or context.get("resource") or context.get("topic") or ""
    )
