"""What two tickets wrote cannot both be had as they wrote it: from the cheapest way to the dearest. Pure."""

from __future__ import annotations

from headway.nouns import Conflict, OrderOf
from headway.resolution import mediation
from headway.resolution.blobs import blob, is_whole
from headway.resolution.costs import Way, cheapest, in_order
from headway.resolution.effects import Effect, Mediate, Redo, Reorder, Replace, Split, Tell, Wait
from headway.resolution.facts import Facts, OpenFile, Ruling, Side, not_applicable
from headway.resolution.mechanical import Settled, classes_of, settle
from headway.resolution.mechanical.regenerate import plan

#: Most characters of the other side's diff that an agent is told.
MOST_DIFF = 20_000


def order_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """Both are at work: who goes first, and what the other one does meanwhile, by what loses the least agent time."""
    choice = cheapest(facts)
    if choice is None:
        return not_applicable("there is no ticket that could yield")
    first, later = facts.side(choice.first), facts.side(choice.yields)
    assert first is not None
    assert later is not None
    if not later.is_running:
        return not_applicable(f"{later.ticket} has done its work already")
    effects: list[Effect] = []
    if not first.is_target and not first.has_landed:
        effects.append(
            Reorder(
                first=first.ticket,
                then=later.ticket,
                of=OrderOf.LAND,
                reason=f"conflict in {_where(conflict)}",
            )
        )
    told = Tell(ticket=later.ticket, text=_told(conflict, first))
    match choice.way:
        case Way.TELL:
            effects.append(told)
        case Way.WAIT:
            reason = f"{first.ticket} is at work in {_where(conflict)}"
            effects += [told, Wait(ticket=later.ticket, behind=first.ticket, reason=reason)]
        case Way.FROM_OTHERS:
            onto = None if first.is_target or first.has_landed else first.ticket
            effects.append(
                Redo(ticket=later.ticket, reason=f"goes again from {first.ticket}'s work", onto=onto)
            )
        case Way.BEHIND:
            reason = f"{first.ticket} lands first: conflict in {_where(conflict)}"
            if not first.is_target and not first.has_landed:
                effects.append(
                    Reorder(first=first.ticket, then=later.ticket, of=OrderOf.START, reason=reason)
                )
            effects.append(Redo(ticket=later.ticket, reason=reason))
        case Way.GO_ON:
            if not effects:
                return not_applicable("to go on is cheapest, and the other side is there already")
    return Ruling(
        successful=True,
        message=choice.told,
        effects=tuple(effects),
        details={"costs": {way.value: round(cost, 1) for way, cost in choice.costs.items()}},
    )


def split_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """Both are at work, and what each still has to do lies in parts of its own: each is told which."""
    running = [side for side in facts.sides if side.is_running and not side.is_target]
    parts = {side.ticket: facts.parts.get(side.ticket, frozenset()) for side in running}
    if len(running) < 2 or not all(parts.values()):
        return not_applicable("what each has to do still is not known")
    shared = frozenset.intersection(*parts.values())
    if shared:
        return not_applicable(f"both need {', '.join(sorted(shared))}")
    split = Split(
        resource=facts.resource or _where(conflict),
        parts={ticket: tuple(sorted(each)) for ticket, each in parts.items()},
    )
    tells = [
        Tell(
            ticket=ticket,
            text=f"In {_where(conflict)}, yours are {', '.join(each)}; the rest is another ticket's.",
        )
        for ticket, each in split.parts.items()
    ]
    return Ruling(
        successful=True, message=f"{_where(conflict)} is split by its parts", effects=(split, *tells)
    )


def mechanical_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """Files of a kind that says how they merge; all that are open, or none."""
    if not facts.can_merge or not facts.files:
        return not_applicable("there is no merge to be settled yet")
    later = _later(facts)
    if later is None:
        return not_applicable("there is no ticket whose landing it is")
    anew = plan((file.path for file in facts.files), facts.mechanical.regenerate)
    made = {path for each in anew for path in each.paths}
    files: dict[str, bytes | None] = {}
    superseded: dict[str, tuple[bytes, ...]] = {}
    by: list[str] = []
    for file in facts.files:
        if file.path in made:
            continue
        found = _settled(file, facts)
        if found is None:
            return not_applicable(f"no rule for {file.path}")
        if found.objections:
            return not_applicable(f"the rule's result is refused: {found.objections[0]}")
        files[file.path] = found.content
        superseded[file.path] = found.superseded
        by += found.by
    effect = Replace(
        ticket=later.ticket,
        files=files,
        superseded={path: lines for path, lines in superseded.items() if lines},
        commands={each.command: each.paths for each in anew},
    )
    kinds = ", ".join(dict.fromkeys(by + (["made anew"] if made else [])))
    return Ruling(
        successful=True,
        message=f"merged by rule ({kinds}): {', '.join(file.path for file in facts.files)}",
        effects=(effect,),
        details={"by": list(dict.fromkeys(by))},
    )


def redo_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """The later side's agent does its ticket again on what the other side has, with its earlier work at hand."""
    if len(facts.sides) != 2:
        return not_applicable("there are not two sides")
    first, later = in_order(*facts.sides)
    if later.is_target or later.has_landed:
        return not_applicable("no side of it can be done again")
    if later.redos_left <= 0:
        return not_applicable(f"{later.ticket} was done again as often as it may")
    effects: list[Effect] = []
    if not first.is_target and not first.has_landed:
        reason = f"conflict in {_where(conflict)}"
        effects.append(Reorder(first=first.ticket, then=later.ticket, of=OrderOf.START, reason=reason))
    effects.append(Redo(ticket=later.ticket, reason=f"conflict with {first.ticket} in {_where(conflict)}"))
    message = f"{later.ticket} goes again on {first.ticket}'s work"
    return Ruling(successful=True, message=message, effects=tuple(effects))


def mediation_strategy(conflict: Conflict, facts: Facts) -> Ruling:
    """A neutral agent merges both, and is believed no more than anybody."""
    if not facts.settings.mediator:
        return not_applicable("no mediator is configured (resolution.mediator)")
    if not facts.can_merge or not facts.files or len(facts.sides) != 2:
        return not_applicable("there is no merge to be mediated")
    later = _later(facts)
    if later is None:
        return not_applicable("there is no ticket whose landing it is")
    if facts.mediated is None:
        prompt = mediation.prompt(conflict, facts.sides, [file.path for file in facts.files])
        task = Mediate(prompt=prompt, timeout=facts.settings.mediator_timeout, ticket=later.ticket)
        return Ruling(successful=False, message="a mediator is at work", question=task)
    judged = mediation.judge(facts.files, facts.mediated)
    if judged.refused:
        return Ruling(
            successful=False,
            message=f"the mediator's result is refused: {'; '.join(judged.refused[:5])}",
            details={"refused": list(judged.refused)},
        )
    effect = Replace(ticket=later.ticket, files=judged.files, superseded=judged.superseded)
    return Ruling(
        successful=True,
        message=f"merged by a mediator: {', '.join(judged.files)}",
        effects=(effect,),
        details={"said": facts.mediated.said[-2000:]},
    )


def _settled(file: OpenFile, facts: Facts) -> Settled | None:
    sides = [blob(each) for each in (file.base, file.left, file.right)]
    if sides[1] is None or sides[2] is None or any(each is not None and is_whole(each) for each in sides):
        return None
    if not classes_of(file.path, facts.mechanical):
        return None
    base, left, right = (each.content if each is not None else b"" for each in sides)
    return settle(file.path, base, left, right, facts.mechanical, conflicted=file.conflicted)


def _later(facts: Facts) -> Side | None:
    """Whose landing a merge of the two is: the one's that is not there yet; the left side was there first."""
    open_ = [side for side in facts.sides if not side.is_target and not side.has_landed]
    return open_[-1] if open_ else None


def _where(conflict: Conflict) -> str:
    context = conflict.context
    return str(context.get("path") or context.get("symbol") or context.get("resource") or "the same place")


def _told(conflict: Conflict, first: Side) -> str:
    lines = [f"{first.ticket} changes {_where(conflict)} at the same time, and lands first."]
    if detail := conflict.context.get("detail"):
        lines.append(str(detail))
    if first.intent:
        lines.append(f"What it is for: {first.intent}")
    if first.diff:
        cut = first.diff[:MOST_DIFF]
        lines += ["What it has changed so far:", cut + ("\n[cut]" if len(first.diff) > MOST_DIFF else "")]
    lines.append(
        "Work so that both changes hold together: build on its side of it, and touch no more than you must."
    )
    return "\n\n".join(lines)
