"""Which of two tickets goes first. Pure: what comes of it is an order, or a priority."""

from __future__ import annotations

from headway.nouns import Conflict, OrderOf
from headway.resolution.effects import Boost, Effect, Reorder
from headway.resolution.facts import Facts, Ruling, Side, not_applicable

#: Differences in time below this are none, in seconds.
TOO_CLOSE = 60.0


def timeline_analysis_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """Who has less time to spare (its date, less now, less what it still needs) goes first."""
    two = _two(facts)
    if two is None:
        return not_applicable("there are not two tickets to be put in order")
    known = [side for side in two if side.due is not None]
    if not known:
        return not_applicable("neither has a date")
    slack = {side.ticket: _slack(side, facts.now) for side in two}
    if abs(slack[two[0].ticket] - slack[two[1].ticket]) < TOO_CLOSE:
        return not_applicable("both have the same time to spare")
    first, then = sorted(two, key=lambda side: slack[side.ticket])
    if first.priority < then.priority:
        return not_applicable(f"{first.ticket} has less time, and {then.ticket} is more important")
    spare = {ticket: value for ticket, value in slack.items() if value != float("inf")}
    return _ordered(facts, first, then, "it has less time to spare", {"time_to_spare": spare})


def business_impact_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """The more important one goes first; where the other one holds what it waits for, that becomes as important."""
    two = _two(facts)
    if two is None:
        return not_applicable("there are not two tickets to be put in order")
    impact = {side.ticket: (int(side.priority) + 1) * side.chain for side in two}
    first, then = sorted(two, key=lambda side: (-side.priority, -impact[side.ticket]))
    if first.priority == then.priority and impact[first.ticket] == impact[then.ticket]:
        return not_applicable("both are as important")
    details: dict[str, object] = {"impact": impact}
    if (then.ticket, first.ticket) in _closure(facts) or (then.is_running and not first.is_running):
        if then.priority >= first.priority:
            return not_applicable(f"{then.ticket} goes first anyway, and is as important")
        reason = f"{first.ticket} waits for it"
        boost = Boost(ticket=then.ticket, to=first.priority, was=then.priority, reason=reason)
        return Ruling(
            successful=True,
            message=f"{then.ticket} becomes {first.priority.name.lower()}: {reason}",
            effects=(boost,),
            details=details,
        )
    return _ordered(facts, first, then, "it is more important, or more wait for it", details)


def dependency_reordering_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """Who has the longer chain behind it goes first, then who began first; never against what is in order already."""
    two = _two(facts)
    if two is None:
        return not_applicable("there are not two tickets to be put in order")
    first, then = sorted(two, key=lambda side: (-side.priority, -side.chain, side.since, side.ticket))
    if (then.ticket, first.ticket) in _closure(facts):
        first, then = then, first
    if (first.ticket, then.ticket) in facts.before:
        return not_applicable(f"{first.ticket} goes before {then.ticket} already")
    return _ordered(
        facts, first, then, "the longer chain waits for it, or it was first", {"chain": first.chain}
    )


def _ordered(facts: Facts, first: Side, then: Side, why: str, details: dict[str, object]) -> Ruling:
    if (then.ticket, first.ticket) in _closure(facts):
        return not_applicable(f"{then.ticket} goes before {first.ticket} already")
    of = OrderOf.LAND if then.is_running else OrderOf.START
    effects: tuple[Effect, ...] = (Reorder(first=first.ticket, then=then.ticket, of=of, reason=why),)
    message = f"{first.ticket} goes before {then.ticket}: {why}"
    return Ruling(successful=True, message=message, effects=effects, details=details)


def _two(facts: Facts) -> tuple[Side, Side] | None:
    sides = [side for side in facts.sides if not side.is_target and not side.has_landed]
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _slack(side: Side, now: float) -> float:
    return float("inf") if side.due is None else side.due - now - side.rest


def _closure(facts: Facts) -> set[tuple[str, str]]:
    """Everything that goes before something else, through others too."""
    then: dict[str, set[str]] = {}
    for first, second in facts.before:
        then.setdefault(first, set()).add(second)
    found: set[tuple[str, str]] = set()
    for start in then:
        open_ = [start]
        seen: set[str] = set()
        while open_:
            for each in then.get(open_.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    open_.append(each)
        found |= {(start, each) for each in seen}
    return found
