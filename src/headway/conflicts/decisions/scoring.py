"""Two decisions → how surely they contradict each other, and why. Pure, and the same whichever is named first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from headway.conflicts.decisions import figures
from headway.conflicts.decisions.catalogue import Catalogue
from headway.conflicts.decisions.reading import Reading, opposites, read
from headway.conflicts.decisions.scopes import Relation, relate
from headway.nouns import Decision

#: What a contradiction is worth where it cannot be said whether both hold for the same part.
_UNKNOWN_SCOPE = 0.7
#: Where the words set them apart: production and test, browser and server, Python and JavaScript.
_SET_APART = 0.4
#: Where only one says that it is for tests, for development or for CI.
_ASIDE = 0.75
#: An answer of more words says more than a name.
_SHORT = 5
#: How many words one topic may have more than the other to be about the same.
MOST_MORE = 2


class ContradictionType(StrEnum):
    """In what way two decisions contradict each other."""

    #: They do not.
    NONE = ""
    #: Two answers of the catalogue that exclude each other.
    CHOICE = "choice"
    #: One refuses what the other chose.
    REFUSED = "refused"
    #: One does without what the other chose something for.
    WITHOUT = "without"
    #: No version is allowed by both.
    VERSION = "version"
    #: Two figures for one thing.
    FIGURE = "figure"
    #: On and off, opposites, the same with and without "not".
    OPPOSITE = "opposite"
    #: Two names, or two other answers, for one thing.
    NAME = "name"
    #: The same topic, and something else said about it.
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Score:
    """How surely two decisions contradict each other."""

    #: 0 to 1; at or over ``conflicts.threshold`` it is a conflict, below it a suspicion, at 0 nothing.
    score: float
    #: For a person; empty at 0.
    why: str = ""
    contradiction_type: ContradictionType = ContradictionType.NONE
    #: What they contradict each other about: the catalogue's topic, or a topic as it was written.
    about: str = ""


NOTHING = Score(0.0)


def contradiction(a: Decision, b: Decision, catalogue: Catalogue) -> Score:
    """How surely two decisions contradict each other. The later one of a ticket replaces its earlier one: that is no
    contradiction."""
    if a.run == b.run and same_side(a, b):
        return NOTHING
    return compare(read(a, catalogue), read(b, catalogue), catalogue)


def side_of(decision: Decision) -> str:
    """Who decided it: the ticket, or the agent where there is none."""
    return decision.ticket or decision.agent or f"{decision.source.value} {decision.id}"


def same_side(a: Decision, b: Decision) -> bool:
    """Whether both are of one ticket, or of one agent without a ticket."""
    return side_of(a) == side_of(b) and bool(a.ticket or a.agent)


def compare(one: Reading, other: Reading, catalogue: Catalogue) -> Score:
    """The same for what was read."""
    factor = shared_scope(one, other)
    if factor == 0:
        return NOTHING
    return times(compare_choices(one, other, catalogue), factor)


def times(score: Score, factor: float) -> Score:
    """A score that counts only in part."""
    if score.score == 0 or factor == 1:
        return score
    why = score.why + ("; it is not clear whether both are meant for the same part" if factor < 1 else "")
    return Score(round(score.score * factor, 3), why, score.contradiction_type, score.about)


def shared_scope(one: Reading, other: Reading) -> float:
    """How surely both hold for the same part, 0 to 1."""
    relation = relate(one.scope, other.scope)
    if relation is Relation.DISJOINT:
        return 0.0
    factor = _UNKNOWN_SCOPE if relation is Relation.UNKNOWN else 1.0
    return factor * _SET_APART if _are_apart(one, other) else factor


def _are_apart(one: Reading, other: Reading) -> bool:
    axes = {axis for axis, _ in one.apart} & {axis for axis, _ in other.apart}
    return any(
        not {place for at, place in one.apart if at == axis}
        & {place for at, place in other.apart if at == axis}
        for axis in axes
    )


def compare_choices(one: Reading, other: Reading, catalogue: Catalogue) -> Score:
    """The same as :func:`compare` for two decisions that hold for the same part."""
    if one.withdrawn or other.withdrawn or (one.said and one.said == other.said):
        return NOTHING
    found = max(
        (*_by_catalogue(one, other, catalogue), *_by_subject(one, other, catalogue)),
        key=lambda each: (each.score, each.contradiction_type, each.why),
        default=NOTHING,
    )
    if {place for axis, place in one.apart_said if axis == 0 and place} != {
        place for axis, place in other.apart_said if axis == 0 and place
    }:
        return times(found, _ASIDE)
    return found


def _by_catalogue(one: Reading, other: Reading, catalogue: Catalogue) -> Iterator[Score]:
    topics = {each.choice.topic for each in one.mentions} | one.without
    for topic in topics & ({each.choice.topic for each in other.mentions} | other.without):
        yield from _by_topic(topic, one, other, catalogue)


def _by_topic(topic: str, one: Reading, other: Reading, catalogue: Catalogue) -> Iterator[Score]:
    def choices(reading: Reading, positive: bool) -> dict[str, float]:
        return {
            each.choice.name: each.weight
            for each in reading.mentions
            if each.choice.topic == topic and each.positive is positive
        }

    yes, no = (choices(one, True), choices(other, True)), (choices(one, False), choices(other, False))
    both = set(yes[0]) & set(yes[1])
    for a, b in ((0, 1), (1, 0)):
        for name in (set(yes[a]) & set(no[b])) - both - set(no[a]):
            score = yes[a][name] * no[b][name]
            yield Score(
                score, f"{topic}: one takes {name}, the other refuses it", ContradictionType.REFUSED, topic
            )
    if both:
        return
    about = catalogue.topics[topic]
    for a, b, reading in ((0, 1, other), (1, 0, one)):
        if yes[a] and not yes[b] and topic in reading.without:
            names = " and ".join(sorted(yes[a]))
            why = f"{topic}: one takes {names}, the other does without"
            yield Score(0.9 * max(yes[a].values()), why, ContradictionType.WITHOUT, topic)
    if not yes[0] or not yes[1]:
        return
    pairs = [(p, q) for p in yes[0] for q in yes[1] if not about.are_foreign(p, q)]
    if pairs and all(about.exclude_each_other(p, q) for p, q in pairs):
        score = max(yes[0].values()) * max(yes[1].values())
        first, second = sorted(" and ".join(sorted(each)) for each in yes)
        why = f"{topic}: {first} and {second} exclude each other"
        yield Score(score, why, ContradictionType.CHOICE, topic)


def _by_subject(one: Reading, other: Reading, catalogue: Catalogue) -> Iterator[Score]:
    """Contradictions that need no choice of the catalogue, only the same topic."""
    same = _same_subject(one, other)
    if same == 0:
        return
    about = min(one.topic, other.topic)
    if one.is_version or other.is_version:
        if one.versions and other.versions:
            lowest = one.lowest or other.lowest
            if figures.versions_exclude(one.versions, other.versions, lowest=lowest):
                named = sorted((one.versions, other.versions))
                why = f"{about}: no version is both {named[0]} and {named[1]}"
                yield Score(0.95 * same, why, ContradictionType.VERSION, about)
            return
    elif figures.figures_exclude(one.figures, other.figures):
        yield Score(0.95 * same, f"{about}: two figures for one thing", ContradictionType.FIGURE, about)
        return
    elif one.figures and other.figures:
        return
    if _exact(one.subject):  # one question about one name, answered twice
        if one.said != other.said:
            yield Score(0.9 * same, f"{about}: two different answers", ContradictionType.NAME, about)
        return
    yield from _by_opposites(one, other, same, about)
    if one.mentions and other.mentions:
        return
    if _differ(one, other):
        if one.is_naming and other.is_naming:
            yield Score(0.88 * same, f"{about}: two names for one thing", ContradictionType.NAME, about)
        else:
            why = f"{about}: two different answers, neither of which is known to exclude the other"
            yield Score(0.5 * same, why, ContradictionType.UNCLEAR, about)


def _by_opposites(one: Reading, other: Reading, same: float, about: str) -> Iterator[Score]:
    if one.switch is not None and other.switch is not None and one.switch is not other.switch:
        yield Score(0.95 * same, f"{about}: on and off", ContradictionType.OPPOSITE, about)
    if one.negated is not other.negated:
        smaller, larger = sorted((one.content, other.content), key=len)
        if smaller and len(smaller & larger) / len(smaller | larger) >= 0.5:
            why = f"{about}: one says to do what the other says not to do"
            yield Score(0.9 * same, why, ContradictionType.OPPOSITE, about)
        return
    pair = opposites(one.content | set(one.said), other.content | set(other.said))
    if pair is not None:
        first, second = sorted(pair)
        yield Score(0.88 * same, f"{about}: {first} and {second}", ContradictionType.OPPOSITE, about)


_METHODS = frozenset(("post", "get", "put", "delete", "patch"))


def _differ(one: Reading, other: Reading) -> bool:
    """Whether both answers are short, and are different ones."""
    first, second = (
        frozenset(each.said) - _METHODS - each.subject if one.is_naming else each.content
        for each in (one, other)
    )
    return first != second and all(0 < len(each.said) <= _SHORT for each in (one, other))


def _same_subject(one: Reading, other: Reading) -> float:
    """How surely two topics are about the same, by their words. A word that only one topic has counts as said by the
    other where that one's scope names it: the timeout of the database, and the timeout, in "database"."""
    first, second = one.subject, other.subject
    if not first & second or _exact(first) != _exact(second):
        return 0.0
    more, less = first - second - other.part, second - first - one.part
    if not more and not less:
        return 1.0
    if (more and less) or len(more | less) > MOST_MORE:
        return 0.0
    return 0.8 if len(more | less) == 1 else 0.7


def _exact(subject: frozenset[str]) -> frozenset[str]:
    return frozenset(each for each in subject if each.startswith("`"))
