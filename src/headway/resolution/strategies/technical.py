"""Two decisions that exclude each other: which one holds. Pure."""

from __future__ import annotations

import re

from headway.nouns import Conflict, Decision, DecisionSource
from headway.resolution.effects import Consult, Effect, Rule, Tell
from headway.resolution.facts import Facts, Pattern, Ruling, Side, not_applicable
from headway.resolution.strategies.tables import Row, Verdict, When, rows_for

#: A pattern below this is a guess.
CONFIDENT = 0.6


def framework_pattern_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """What the house has settled for the topic, by the pattern that is surest; a person's decision is the surest."""
    options = _options(facts)
    if len(options) < 2:
        return not_applicable("the two decisions are not known")
    topic = _topic(facts)
    fitting = [
        pattern
        for pattern in facts.patterns
        if _same(pattern.topic, topic)
        and pattern.confidence >= CONFIDENT
        and _option(pattern.choice, options)
    ]
    persons = [decision for decision in facts.decisions if decision.source is DecisionSource.PERSON]
    if len({decision.choice for decision in persons}) == 1:
        return _ruled(facts, persons[0].choice, "a person decided it")
    if not fitting:
        return not_applicable("no pattern of the house names one of the two")
    best = max(fitting, key=lambda pattern: (pattern.confidence, len(pattern.scope), pattern.name))
    choice = _option(best.choice, options)
    return _ruled(
        facts, choice, f"pattern {best.name}", {"pattern": best.name, "confidence": best.confidence}
    )


def architect_authority_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """The decision tables: between two roles, who decides, and on what."""
    options = _options(facts)
    roles = frozenset(side.role for side in facts.sides if side.role)
    if len(options) < 2 or len(roles) < 2:
        return not_applicable("the two decisions or their roles are not known")
    for row in rows_for(roles):
        if not _holds(row, facts, options):
            continue
        match row.verdict:
            case Verdict.ROLE:
                return _ruled(facts, _choice_of(row.role, facts), row.says)
            case Verdict.WRITTEN:
                return _ruled(facts, _written(row, facts, options), row.says)
            case Verdict.ESCALATE:
                return not_applicable(row.says)
            case Verdict.ASK:
                return _asked(facts, row.role, options, row.says, row.patience)
    return not_applicable(f"no table for {' and '.join(sorted(roles))}")


def research_consultation_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """An agent of neither side is asked, within a bounded time; only one of the two counts as an answer."""
    options = _options(facts)
    if len(options) < 2:
        return not_applicable("the two decisions are not known")
    return _asked(
        facts, "researcher", options, "an agent of neither side was asked", facts.settings.mediator_timeout
    )


def _asked(facts: Facts, role: str, options: tuple[str, ...], says: str, patience: float) -> Ruling:
    if facts.answer is not None:
        choice = _option(facts.answer, options)
        if not choice:
            return not_applicable(f"the answer is none of {', '.join(options)}: {facts.answer[:200]}")
        return _ruled(facts, choice, says, {"answer": facts.answer[:2000]})
    lines = [f"Two tickets decided differently on: {_topic(facts)}."]
    lines += [
        f"- {decision.choice}" + (f": {decision.reason}" if decision.reason else "")
        for decision in facts.decisions
    ]
    lines.append(f"Which one should hold for both? Answer with one of: {', '.join(options)}.")
    question = Consult(
        question="\n".join(lines),
        options=options,
        timeout=min(patience, facts.settings.mediator_timeout),
        role=role,
    )
    return Ruling(successful=False, message=f"{role} is asked", question=question)


def _ruled(facts: Facts, choice: str, why: str, details: dict[str, object] | None = None) -> Ruling:
    """The choice holds, for the narrower of the two scopes; who chose otherwise is told."""
    if not choice:
        return not_applicable("which of the two it names is not known")
    scopes = [decision.scope for decision in facts.decisions if decision.scope]
    scope = max(scopes, key=len) if scopes else ""
    topic = _topic(facts)
    effects: list[Effect] = [Rule(topic=topic, choice=choice, scope=scope, reason=why)]
    effects += [
        Tell(
            ticket=side.ticket,
            text=f"For {topic}{f' in {scope}' if scope else ''}, {choice} holds: {why}. Change yours to it.",
        )
        for side, decision in zip(facts.sides, facts.decisions, strict=False)
        if not _same(decision.choice, choice) and not side.is_target and not side.has_landed
    ]
    return Ruling(
        successful=True,
        message=f"{topic}: {choice}, because {why}",
        effects=tuple(effects),
        details={"choice": choice, **(details or {})},
    )


def _holds(row: Row, facts: Facts, options: tuple[str, ...]) -> bool:
    match row.when:
        case When.SPECIFIED | When.PATTERN:
            return bool(_written(row, facts, options))
        case When.RISK_CRITICAL:
            return facts.risk == "critical"
        case When.RISK_HIGH:
            return facts.risk == "high"
        case When.ALWAYS:
            return True


def _written(row: Row, facts: Facts, options: tuple[str, ...]) -> str:
    if row.when is When.SPECIFIED:
        return _option(facts.specification, options)
    fitting: list[Pattern] = [each for each in facts.patterns if _same(each.topic, _topic(facts))]
    named = [each for each in fitting if _option(each.choice, options)]
    return _option(max(named, key=lambda each: each.confidence).choice, options) if named else ""


def _choice_of(role: str, facts: Facts) -> str:
    pairs: list[tuple[Side, Decision]] = list(zip(facts.sides, facts.decisions, strict=False))
    return next((decision.choice for side, decision in pairs if side.role == role), "")


def _options(facts: Facts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(decision.choice for decision in facts.decisions))


def _topic(facts: Facts) -> str:
    return facts.decisions[0].topic if facts.decisions else ""


def _option(text: str, options: tuple[str, ...]) -> str:
    """The option that a text names; empty where it names none, or more than one."""
    exact = [option for option in options if _same(text, option)]
    if exact:
        return exact[0]
    named = [
        option for option in options if re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text, re.I)
    ]
    return named[0] if len(named) == 1 else ""


def _same(one: str, other: str) -> bool:
    return re.sub(r"[\W_]+", " ", one).strip().lower() == re.sub(r"[\W_]+", " ", other).strip().lower()
