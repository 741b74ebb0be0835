"""Two or more want what only one may have at a time, or more of something than there is. Pure."""

from __future__ import annotations

from itertools import pairwise

from headway.nouns import Conflict, Priority
from headway.resolution.effects import Boost, Effect, QueueLease, Split, Tell
from headway.resolution.facts import Facts, Ruling, Side, not_applicable

#: What is shared by amount, and not had one after the other.
SHARED = frozenset(
    {"cpu", "memory", "disk", "storage", "network", "worktrees", "git_worktrees", "slot", "compute"}
)

#: Seconds after which one that waits is worth a step of priority.
PATIENCE = 600.0


def queue_access_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """One after the other: by priority, then who asked first. Each that waits is told for whom."""
    sides = _tickets(facts)
    if not facts.resource or facts.resource in SHARED:
        return not_applicable("it names nothing that can be had one after the other")
    if len(sides) < 2:
        return not_applicable("fewer than two want it")
    order = sorted(sides, key=_place)
    names = tuple(side.ticket for side in order)
    delay = sum(side.rest for side in order[:-1])
    effects: list[Effect] = [QueueLease(resource=facts.resource, tickets=names)]
    effects += [
        Tell(
            ticket=later.ticket,
            text=f"{facts.resource} is {first.ticket}'s until that is done; then it is yours.",
        )
        for first, later in pairwise(order)
        if later.is_running
    ]
    return Ruling(
        successful=True,
        message=f"{facts.resource}: {', then '.join(names)}",
        effects=tuple(effects),
        details={"access_order": list(names), "estimated_delay": delay},
    )


def resource_splitting_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """Each has a part for itself: parts that no two need, or an amount of what there is, by need."""
    sides = _tickets(facts)
    if len(sides) < 2:
        return not_applicable("fewer than two want it")
    resource = facts.resource or "what is in conflict"
    needs = {side.ticket: facts.parts.get(side.ticket, frozenset()) for side in sides}
    if all(needs.values()):
        taken = frozenset[str]()
        for parts in needs.values():
            if taken & parts:
                return not_applicable(f"both need {', '.join(sorted(taken & parts))}")
            taken |= parts
        split = Split(
            resource=resource, parts={ticket: tuple(sorted(each)) for ticket, each in needs.items()}
        )
        tells = [
            Tell(
                ticket=side.ticket,
                text=f"Of {resource}, yours are {', '.join(split.parts[side.ticket])}; leave the rest.",
            )
            for side in sides
            if side.is_running
        ]
        return Ruling(successful=True, message=f"{resource} is split by its parts", effects=(split, *tells))
    if facts.capacity is not None and all(facts.demands.get(side.ticket) for side in sides):
        wanted = sum(facts.demands[side.ticket] for side in sides)
        if wanted > facts.capacity:
            return not_applicable(f"{wanted:g} is wanted of {facts.capacity:g}")
        amounts = {side.ticket: (f"{facts.demands[side.ticket]:g}",) for side in sides}
        return Ruling(
            successful=True,
            message=f"{resource} is enough for all",
            effects=(Split(resource=resource, parts=amounts),),
        )
    return not_applicable("it has no parts that are known")


def priority_boost_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """Who holds what a more important one waits for becomes as important, so that it is done and gone; between equals,
    who has waited long becomes one step more important than the others. Nothing is taken from anybody."""
    sides = sorted(_tickets(facts), key=lambda side: (side.since, side.ticket))
    if len(sides) < 2:
        return not_applicable("fewer than two want it")
    holder, waiting = sides[0], sides[1:]
    top = max(side.priority for side in waiting)
    if holder.priority < top:
        return _boosted(holder, top, f"it holds what {_first(waiting, top).ticket} waits for")
    longest = waiting[0]
    if facts.now - longest.since >= PATIENCE and longest.priority < Priority.CRITICAL:
        return _boosted(
            longest, Priority(longest.priority + 1), f"it has waited {facts.now - longest.since:.0f} s"
        )
    return not_applicable("nobody who waits is more important, or has waited long")


def _boosted(side: Side, to: Priority, reason: str) -> Ruling:
    boost = Boost(ticket=side.ticket, to=to, was=side.priority, reason=reason)
    return Ruling(
        successful=True, message=f"{side.ticket} becomes {to.name.lower()}: {reason}", effects=(boost,)
    )


def _first(sides: list[Side], priority: Priority) -> Side:
    return next(side for side in sides if side.priority == priority)


def _tickets(facts: Facts) -> list[Side]:
    return [side for side in facts.sides if not side.is_target]


def _place(side: Side) -> tuple[int, float, str]:
    return -side.priority, side.since, side.ticket
