"""Many decisions: what a new one contradicts, without comparing each with each. Pure, in memory.

Decisions that say the same are one *stance*; a new decision is compared with the stances that share a choice's topic or
the topic's words with it, and of each stance only with the earliest decision that holds for each part in common. So
the cost of n decisions grows with n and the number of different answers, and each contradiction has one id for all
time: the earliest decision stays the earliest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from headway.conflicts.decisions.catalogue import SEVERITIES, Catalogue, built_in
from headway.conflicts.decisions.reading import Reading, read
from headway.conflicts.decisions.scopes import ScopeMap, within
from headway.conflicts.decisions.scoring import (
    MOST_MORE,
    ContradictionType,
    Score,
    compare_choices,
    same_side,
    shared_scope,
    side_of,
    times,
)
from headway.conflicts.decisions.words import words
from headway.nouns import CONFLICT_THRESHOLD, Conflict, Decision, conflict_id

_OF_CATALOGUE = (ContradictionType.CHOICE, ContradictionType.REFUSED, ContradictionType.WITHOUT)
#: So many parts are told of one answer that a decision contradicts, the ones named first.
_MOST_TOLD = 50
#: Topics of more words are found only by all of them.
_MOST_SUBJECT = 7
#: From this score on a second answer of one ticket to one question takes the place of the first.
_ANOTHER_ANSWER = 0.5
_Key = tuple[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """Two decisions that contradict each other; the earlier one first."""

    one: Decision
    other: Decision
    score: Score
    severity: str

    @property
    def sides(self) -> tuple[str, str]:
        """Who decided: tickets, or agents where there is no ticket."""
        return side_of(self.one), side_of(self.other)

    @property
    def about(self) -> str:
        """The catalogue's topic, or how one of the two calls it; whichever others said the same before."""
        if self.score.contradiction_type in _OF_CATALOGUE:
            return self.score.about
        return min(" ".join(words(each.topic)) for each in (self.one, self.other))

    @property
    def id(self) -> str:
        """The same for the same contradiction in any process."""
        scopes = sorted({each.scope for each in (self.one, self.other) if each.scope})
        return conflict_id("decision", scopes, [self.about], self.sides)

    def conflict(self) -> Conflict:
        """As the other kinds of conflicts are told; ``context`` holds both decisions in full."""
        at = max(self.one.at, self.other.at)
        return Conflict(
            conflict_id=self.id,
            conflict_type="decision",
            involved_agents=self.sides,
            severity=self.severity,
            context={
                "path": self.other.scope or self.one.scope,
                "type": str(self.score.contradiction_type),
                "symbol": self.about,
                "detail": self.detail,
                "score": self.score.score,
                "decisions": (told(self.one), told(self.other)),
            },
            timestamp=datetime.fromtimestamp(at, UTC),
        )

    @property
    def detail(self) -> str:
        """One sentence for a person."""
        first, second = (f"{side_of(each)}: {_short(each.choice)}" for each in (self.one, self.other))
        return f"{self.score.why} ({first}; {second})"


def told(decision: Decision) -> dict[str, Any]:
    """A decision as JSON, with the names that ``headway decisions check`` reads."""
    return {
        "id": decision.id,
        "agent": decision.agent,
        "ticket": decision.ticket,
        "topic": decision.topic,
        "decision": decision.choice,
        "scope": decision.scope,
        "reason": decision.reason,
        "source": decision.source.value,
    }


def _short(text: str) -> str:
    text = " ".join(text[:200].split())
    return text if len(text) <= 80 else text[:79] + "…"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A decision that stands, and what it says."""

    decision: Decision
    reading: Reading


@dataclass(slots=True)
class _Stance:
    """What several decisions say in the same words, by the part that they hold for."""

    reading: Reading
    #: Scope → the decisions, the earliest first.
    by_scope: ScopeMap[list[_Entry]] = field(default_factory=ScopeMap)


class Ledger:
    """The decisions that stand. Not for several threads at once."""

    def __init__(self, decisions: Iterable[Decision] = (), catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or built_in()
        self._stances: dict[object, _Stance] = {}
        self._by_key: dict[_Key, list[_Stance]] = {}
        self._standing: dict[int, _Entry] = {}
        #: (run, side, what it is about) → that side's decisions that stand.
        self._mine: dict[tuple[str | None, str, object], list[_Entry]] = {}
        for each in decisions:
            self.add(each)

    def add(self, decision: Decision) -> None:
        """Take in a decision; it takes the place of what the same ticket decided before about the same, for the same
        part or a part of it."""
        reading = read(decision, self.catalogue)
        entry = _Entry(decision, reading)
        mine = [(decision.run, side_of(decision), key) for key in _about(reading)]
        for before in {id(each): each for key in mine for each in self._mine.get(key, ())}.values():
            if self._replaces(reading, before.reading):
                self._remove(before)
        if reading.withdrawn:
            return
        self._standing[id(entry)] = entry
        for key in mine:
            self._mine.setdefault(key, []).append(entry)
        stance = self._stances.get(reading.stance)
        if stance is None:
            stance = self._stances[reading.stance] = _Stance(reading)
            for found_by in _keys(reading):
                self._by_key.setdefault(found_by, []).append(stance)
        held = stance.by_scope.get(reading.scope)
        if held is None:
            stance.by_scope.put(reading.scope, held := [])
        held.append(entry)

    def _replaces(self, reading: Reading, before: Reading) -> bool:
        if not within(before.scope, reading.scope):
            return False
        if reading.withdrawn or _topics(reading) & _topics(before):
            return True
        return compare_choices(before, reading, self.catalogue).score >= _ANOTHER_ANSWER

    def _remove(self, entry: _Entry) -> None:
        del self._standing[id(entry)]
        for key in _about(entry.reading):
            self._mine[entry.decision.run, side_of(entry.decision), key].remove(entry)
        by_scope = self._stances[entry.reading.stance].by_scope
        held = by_scope.get(entry.reading.scope) or []
        held.remove(entry)
        if not held:
            by_scope.drop(entry.reading.scope)

    def standing(self) -> list[Decision]:
        """The decisions that count, in the order in which they came."""
        return [each.decision for each in self._standing.values()]

    def against(self, decision: Decision) -> list[Contradiction]:
        """What a decision contradicts, the surest first: of decisions that say the same for the same part, the
        earliest one of another ticket."""
        reading = read(decision, self.catalogue)
        found: list[Contradiction] = []
        for stance in self._candidates(reading):
            base = compare_choices(reading, stance.reading, self.catalogue)
            if base.score == 0:
                continue
            found += self._in_stance(decision, reading, stance, base)
        return sorted(found, key=lambda each: (-each.score.score, each.one.at, each.one.id, each.id))

    def _in_stance(
        self, decision: Decision, reading: Reading, stance: _Stance, base: Score
    ) -> Iterator[Contradiction]:
        told = 0
        for entries in stance.by_scope.near(reading.scope):
            entry = next((each for each in entries if not _of_one(each.decision, decision)), None)
            factor = shared_scope(reading, entry.reading) if entry is not None else 0.0
            if entry is None or factor == 0:
                continue
            score = times(base, factor)
            severity = _severity(score, self.catalogue)
            yield Contradiction(one=entry.decision, other=decision, score=score, severity=severity)
            told += 1
            if told == _MOST_TOLD:
                return

    def _candidates(self, reading: Reading) -> Iterator[_Stance]:
        seen: set[int] = set()
        for key in _looked_up(reading):
            for stance in self._by_key.get(key, ()):
                if id(stance) not in seen:
                    seen.add(id(stance))
                    yield stance


def _of_one(one: Decision, other: Decision) -> bool:
    return one.run == other.run and same_side(one, other)


def _topics(reading: Reading) -> set[str]:
    """The catalogue's topics that it decides on."""
    return {each.choice.topic for each in reading.mentions if each.weight >= 1} | reading.without


def _about(reading: Reading) -> list[object]:
    """What a decision is about, to know a later one about the same."""
    return [*sorted(_topics(reading) | reading.topics), reading.subject]


def _keys(reading: Reading) -> Iterator[_Key]:
    """Under what a stance is found."""
    for topic in {each.choice.topic for each in reading.mentions} | reading.without:
        yield "topic", topic
    subject = reading.subject
    if not subject:
        return
    yield "subject", subject
    for smaller in _smaller(subject):
        yield "part of", smaller


def _looked_up(reading: Reading) -> Iterator[_Key]:
    """Under what the stances are found that a new decision may contradict: those of the same topic of the catalogue,
    and those whose topic has the same words, or a few more or less."""
    for topic in sorted({each.choice.topic for each in reading.mentions} | reading.without):
        yield "topic", topic
    subject = reading.subject
    if not subject:
        return
    yield "subject", subject
    yield "part of", subject
    for smaller in _smaller(subject):
        yield "subject", smaller
        if reading.part:
            yield "part of", smaller


def _smaller(subject: frozenset[str]) -> Iterator[frozenset[str]]:
    """The topic with up to MOST_MORE words less."""
    if len(subject) > _MOST_SUBJECT:
        return
    for size in range(max(1, len(subject) - MOST_MORE), len(subject)):
        for each in combinations(sorted(subject), size):
            yield frozenset(each)


def _severity(score: Score, catalogue: Catalogue) -> str:
    """As the catalogue says for its topic; a suspicion is low, whatever it is about."""
    if score.score < CONFLICT_THRESHOLD:
        return "low"
    topic = catalogue.topics.get(score.about)
    if topic is not None:
        return topic.severity
    named = [catalogue.topics[each].severity for each in catalogue.topics_of(words(score.about))]
    return min(named, key=SEVERITIES.index, default="medium")


def find_contradictions(
    decisions: Iterable[Decision], catalogue: Catalogue | None = None, *, threshold: float = 0.0
) -> list[Conflict]:
    """The contradictions among decisions, the surest first; those that score less than ``threshold`` are left out.

    Decisions count in the order of ``at`` and ``id``. Of those that say the same for the same part, each later decision
    is told against the earliest one only. What a ticket decided anew, or withdrew, no longer counts.
    """
    return [each.conflict() for each in contradictions(decisions, catalogue, threshold=threshold)]


def contradictions(
    decisions: Iterable[Decision], catalogue: Catalogue | None = None, *, threshold: float = 0.0
) -> list[Contradiction]:
    """The same, before it is told as conflicts."""
    ledger = Ledger(sorted(decisions, key=lambda each: (each.at, each.id)), catalogue)
    standing = ledger.standing()
    order = {id(each): n for n, each in enumerate(standing)}
    found: dict[str, Contradiction] = {}
    for n, decision in enumerate(standing):
        for each in ledger.against(decision):
            # The earlier of two is told the later one by that one's own look.
            if order[id(each.one)] < n and each.score.score >= threshold:
                known = found.get(each.id)
                if known is None or known.score.score < each.score.score:
                    found[each.id] = each
    return sorted(found.values(), key=lambda each: (-each.score.score, each.other.at, each.other.id, each.id))
