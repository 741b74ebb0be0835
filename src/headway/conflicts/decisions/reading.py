"""What a decision says, read from free text: its topic, what was chosen, what was refused, figures. Pure.

No grammar and no model: words, the catalogue, and the few words that turn a choice into its opposite ("do not use",
"replace A by B", "instead of"). What is read is a frozen :class:`Reading`; comparing two is :mod:`.scoring`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from headway.conflicts.decisions import figures, vocabulary
from headway.conflicts.decisions.catalogue import Catalogue, Choice, Naming
from headway.conflicts.decisions.scopes import Scope, read_scope
from headway.conflicts.decisions.words import (
    MOST,
    NOISE,
    Words,
    clauses,
    clean,
    content,
    root,
    singular,
    words,
)
from headway.conflicts.decisions.words import named as spelled
from headway.nouns import Decision


@dataclass(frozen=True, slots=True)
class Mention:
    """A choice of the catalogue that a decision names."""

    choice: Choice
    #: Chosen, or refused.
    positive: bool
    #: How surely it is what was decided on, 0 to 1: less where the topic is about something else.
    weight: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decision says."""

    #: The topic as it was written, shortened; only to be shown.
    topic: str
    #: The choice word by word; empty where the catalogue knows what it says.
    said: Words
    mentions: tuple[Mention, ...]
    #: Topics of the catalogue that the topic names.
    topics: frozenset[str]
    #: Topics of the catalogue that it says to do without.
    without: frozenset[str]
    #: What the topic is about, word by word, noise and catalogue's synonyms taken out.
    subject: frozenset[str]
    figures: frozenset[figures.Figure]
    versions: str | None
    #: Whether ``versions`` is the lowest one supported.
    lowest: bool
    #: Whether the figures can only be a version.
    is_version: bool
    #: On or off; None where it says neither.
    switch: bool | None
    #: The topic is about what something is called.
    is_naming: bool
    #: The choice's words that say something, and whether the choice is negated.
    content: frozenset[str]
    negated: bool
    #: Which of vocabulary.APART's groups it is in: (axis, place).
    apart: frozenset[tuple[int, int]]
    #: The same, said by topic or choice and not by the scope.
    apart_said: frozenset[tuple[int, int]]
    withdrawn: bool
    scope: Scope
    #: The words of the components that the scope names.
    part: frozenset[str]

    @property
    def stance(self) -> tuple[object, ...]:
        """The same for all that say the same, for whichever part."""
        return (
            self.said,
            self.mentions,
            self.without,
            self.subject,
            self.figures,
            self.versions,
            self.is_version,
            self.lowest,
            self.is_naming,
            self.apart_said,
            self.part,
            self.topics,
        )


def read(decision: Decision, catalogue: Catalogue) -> Reading:
    """What a decision says. Any text will do; of a long one only the beginning counts."""
    return _read(decision.topic[:MOST], decision.choice[:MOST], decision.scope[:MOST], catalogue)


@lru_cache(maxsize=4096)
def _read(topic: str, choice: str, scope_text: str, catalogue: Catalogue) -> Reading:
    asked = vocabulary.EXACT.match(clean(topic))
    exact = frozenset({f"`{asked[2].casefold()}`"}) if asked else frozenset()
    topic_words = words(asked[1] if asked else topic)
    parts = clauses(choice)
    named = catalogue.topics_of(topic_words)
    measures = {of: name for of, name in named.items() if catalogue.topics[of].measure}
    chosen = {of: name for of, name in named.items() if of not in measures}
    chosen |= {of: frozenset() for of in _offered(topic_words, catalogue)}
    scope = read_scope(scope_text)
    mentions = _weighted(_mentions(parts, frozenset(chosen), catalogue), frozenset(chosen))
    measure = catalogue.topics[min(measures)].measure if measures else None
    subject = _subject(topic_words, measures) | exact
    meant = {each.choice.topic for each in mentions} | measures.keys()
    naming = frozenset[str]().union(*(name for of, name in named.items() if of in meant))
    rest = frozenset(singular(each) for each in topic_words if spelled(each) not in naming)
    said = _apart(rest | _qualifiers(parts))
    is_version, lowest = _is_version(topic_words, choice, measure, len(subject))
    head = parts[0] if parts else ()
    flat = tuple(word for part in parts for word in part)
    without = _without(head, {of: name for of, name in chosen.items() if name}, mentions)
    found_figures = frozenset() if measure == "version" else figures.read_figures(clean(choice), measure)
    versions = figures.read_versions(clean(choice)) if measure in (None, "version") else None
    is_naming = bool(vocabulary.NAMING & set(topic_words)) or {"env", "var"} <= set(topic_words)
    decided = not is_naming and not exact and (bool(without) or any(each.weight == 1 for each in mentions))
    if decided:  # what else it says would only make many of what are the same
        flat = ()
    if decided and not found_figures and not versions:
        subject = frozenset()
    elif is_version or measure == "version":
        subject = frozenset(each for each in subject if each not in vocabulary.VERSION_WORDS) or subject
    components = {word for place in scope.places for word in place.component}
    return Reading(
        topic=" ".join(clean(topic)[:100].split()),
        said=flat,
        mentions=mentions,
        topics=frozenset(named),
        without=without,
        subject=subject,
        figures=found_figures,
        versions=versions,
        lowest=lowest,
        is_version=is_version or measure == "version",
        switch=None if decided else _switch(head),
        is_naming=is_naming,
        content=frozenset(root(each) for each in flat if each not in NOISE and each not in vocabulary.NOT),
        negated=not decided and any(each in vocabulary.NOT for each in head),
        apart=said | _apart(scope.words),
        apart_said=said,
        withdrawn=bool(vocabulary.WITHDRAWN.search(choice)),
        scope=scope,
        part=frozenset(root(word) for word in components) if subject else frozenset(),
    )


def _offered(topic: Words, catalogue: Catalogue) -> set[str]:
    """The topics of which a decision's topic names two choices or more: "JWT or sessions"."""
    found: dict[str, set[str]] = {}
    for _, _, namings in _phrases(topic, catalogue):
        for naming in namings:
            found.setdefault(naming.choice.topic, set()).add(naming.choice.name)
    return {of for of, names in found.items() if len(names) > 1}


def _subject(topic: Words, measures: dict[str, frozenset[str]]) -> frozenset[str]:
    """The topic's words, a measure's names all by its own name: "expiry of tokens" is about "token lifetime"."""
    if not measures:
        return content(topic)
    best = max(measures, key=lambda of: (len(measures[of]), of))
    rest = tuple(each for each in topic if spelled(each) not in measures[best])
    return content(rest) | {f"={best}"}


def _is_version(topic: Words, choice: str, measure: str | None, subject: int) -> tuple[bool, bool]:
    lowest = bool(vocabulary.LOWEST & set(topic))
    if measure not in (None, "version"):
        return False, lowest
    said = "version" in topic or "versions" in topic or "pin" in topic or figures.is_version(choice)
    return said and "scheme" not in topic, lowest


#: Choice, whether it is meant, whether its topic is named, whether its name is of no other topic and no common word.
_Found = tuple[Choice, bool, bool, bool]


def _mentions(parts: list[Words], named: frozenset[str], catalogue: Catalogue) -> list[_Found]:
    """The choices in the order of the text. The first clause that chooses decides for a topic: what is named after it
    gives reasons ("debian, musl breaks our wheels")."""
    found: list[_Found] = []
    decided: set[str] = set()
    for part in parts:
        here: list[_Found] = []
        for at, length, namings in _phrases(part, catalogue):
            positive = _polarity(part, at, length)
            if positive is None:
                continue
            alone = len([w for w in part if w not in NOISE and w not in _CUES]) <= length
            sure = len({naming.choice.topic for naming in namings}) == 1
            for naming in namings:
                choice = naming.choice
                if naming.everyday and choice.topic not in named and (named or not alone):
                    continue
                here.append((choice, positive, choice.topic in named, sure and not naming.everyday))
        found += [each for each in here if not each[1] or each[0].topic not in decided]
        decided |= {choice.topic for choice, positive, *_ in here if positive}
    return found


_CUES = vocabulary.NOT | vocabulary.AWAY | vocabulary.TURNS_BACK


def _phrases(part: Words, catalogue: Catalogue) -> Iterator[tuple[int, int, tuple[Naming, ...]]]:
    """Where the catalogue's choices stand in a clause: (place, number of words, who is meant); the longest ones."""
    at = 0
    forms = (part, tuple(singular(each) for each in part))
    while at < len(part):
        longest = max(min(catalogue.openings.get(form[at], 0), len(part) - at) for form in forms)
        for length in range(longest, 0, -1):
            namings = next((n for f in forms if (n := catalogue.phrases.get(f[at : at + length]))), ())
            if namings:
                yield at, length, namings
                at += length - 1
                break
        at += 1


def _polarity(part: Words, at: int, length: int) -> bool | None:
    """Whether what stands there is chosen (True), refused (False), or only spoken of (None)."""
    state: str = ""
    n = 0
    preferred = False
    while n < at:
        word = part[n]
        if any(part[n : n + len(each)] == each for each in vocabulary.INSTEAD):
            state = "instead"
        elif any(part[n : n + len(each)] == each and n + len(each) <= at for each in vocabulary.ASIDE):
            state = "aside"
        elif word in vocabulary.AWAY:
            state = "" if state == "not" else "away"
        elif word in vocabulary.NOT:
            state = "not"
        elif word == "over" and preferred:
            state = "instead"
        elif word in vocabulary.TURNS_BACK_ALWAYS or (word in vocabulary.TURNS_BACK and state == "away"):
            state = ""
        preferred = preferred or word in vocabulary.OVER
        n += 1
    if state == "aside":
        return None
    after = part[at + length : at + length + 4]
    if (
        len(after) > 1
        and after[0] in ("is", "are", "was", "were", "be", "gets")
        and vocabulary.REFUSED & set(after[1:3])
    ):
        return state != ""
    return state == ""


def _weighted(found: list[_Found], named: frozenset[str]) -> tuple[Mention, ...]:
    """The mentions, each with how surely it is what the decision is about."""
    meets = any(is_named for _, _, is_named, _ in found)
    made: dict[tuple[Choice, bool], Mention] = {}
    for choice, positive, is_named, sure in found:
        if is_named or (not named and sure):
            weight = 1.0
        elif meets:
            weight = 0.6
        else:
            weight = 0.9 if sure or not positive else 0.75
        known = made.get((choice, positive))
        if known is None or known.weight < weight:
            made[choice, positive] = Mention(choice, positive, weight)
    return tuple(sorted(made.values(), key=lambda each: (each.choice.topic, each.choice.name, each.positive)))


def _without(head: Words, named: dict[str, frozenset[str]], mentions: tuple[Mention, ...]) -> frozenset[str]:
    """The topics that a decision says to do without: "none", "no cache for now"."""
    if any(each.positive for each in mentions if each.choice.topic in named) or not head:
        return frozenset()
    if head[0] in vocabulary.NOTHING and len([w for w in head if w not in NOISE]) == 1:
        return frozenset(named)
    found = set()
    for of, name in named.items():
        for n, word in enumerate(head[:-1]):
            after = frozenset(singular(each) for each in head[n + 1 : n + 5])
            if word in ("no", "without", "not") and name <= after:
                found.add(of)
    return frozenset(found)


def _switch(head: Words) -> bool | None:
    """On or off, by the first such word of the first clause; a negation before it turns it."""
    turned = False
    for word in head[:8]:
        if word in vocabulary.NO and word not in ("no", "never"):
            return turned
        if word in vocabulary.YES:
            return not turned
        if word in ("no", "never") and len(head) <= 3:
            return False
        if word in vocabulary.NOT:
            turned = not turned
    return None


_QUALIFIES = frozenset(["in", "for", "during", "on"])


def _qualifiers(parts: list[Words]) -> frozenset[str]:
    """The words of a choice that say where it holds: "INFO in production"."""
    return frozenset(
        singular(after) for part in parts for before, after in pairwise(part) if before in _QUALIFIES
    )


def _apart(of: frozenset[str]) -> frozenset[tuple[int, int]]:
    return frozenset(
        (axis, place)
        for axis, group in enumerate(vocabulary.APART)
        for place, each in enumerate(group)
        if each & of
    )


def opposites(one: frozenset[str], other: frozenset[str]) -> tuple[str, str] | None:
    """A word of one and its opposite in the other; None where there is none, or either says both."""
    for first, second in vocabulary.OPPOSITES:
        for a, b in ((first, second), (second, first)):
            if one & a and other & b and not one & b and not other & a:
                return min(one & a), min(other & b)
    return None
