"""The catalogue: jobs of which a program has one answer, and the answers that exclude each other.

The built-in one is ``catalogue.toml`` beside this file; a repository adds to it, see :func:`read_catalogue`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from headway.conflicts.decisions.words import NOISE, Words, named, word_set, words
from headway.errors import SettingsError

#: Groups of choices. Those of ``any`` exclude those of every language, others only those of their own.
LANGUAGES = ("any", "python", "js", "go", "rust", "java", "ruby", "dotnet", "php")
MEASURES = ("duration", "size", "rate", "count", "percent", "version")
SEVERITIES = ("high", "medium", "low")

_LISTS = ("names", "everyday", "together")
_ONE_OF: Mapping[str, tuple[Any, ...]] = {
    "measure": MEASURES,
    "severity": SEVERITIES,
    "replace": (True, False),
}
#: Longest name of a choice that is looked for, in words.
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    topic: str
    name: str
    language: str = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A job of which a program has one answer."""

    name: str
    #: Sets of words, each of which names it.
    names: tuple[frozenset[str], ...]
    #: Names that count only where they are the whole topic.
    whole: tuple[frozenset[str], ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)
    #: Pairs of choices that may stand side by side; one alone may stand beside every other.
    together: frozenset[frozenset[str]] = frozenset()
    #: What kind of figure answers it; None where it is one of the choices.
    measure: str | None = None
    severity: str = "medium"

    def exclude_each_other(self, one: str, other: str) -> bool:
        """Whether a program cannot have both."""
        if one == other or self.are_foreign(one, other):
            return False
        return not {frozenset((one, other)), frozenset((one,)), frozenset((other,))} & self.together

    def are_foreign(self, one: str, other: str) -> bool:
        """Whether they are of different languages."""
        first, second = self.choices[one].language, self.choices[other].language
        return "any" not in (first, second) and first != second


@dataclass(frozen=True, slots=True)
class Naming:
    """A way to write a choice."""

    choice: Choice
    #: It is a common word, too, and counts only where the topic is this one.
    everyday: bool


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All topics, and how to find them by words. Equal only to itself, so that readings can be kept by it."""

    topics: Mapping[str, Topic]
    #: The words of a name → the choices that are written so.
    phrases: Mapping[Words, tuple[Naming, ...]]

    @cached_property
    def names_by_word(self) -> Mapping[str, tuple[tuple[frozenset[str], str, bool], ...]]:
        """A word → the names of topics that it stands first in (by the alphabet), whether as the whole topic only."""
        found: dict[str, list[tuple[frozenset[str], str, bool]]] = {}
        for topic in self.topics.values():
            for whole, names in ((False, topic.names), (True, topic.whole)):
                for name in names:
                    found.setdefault(min(name), []).append((name, topic.name, whole))
        return {word: tuple(names) for word, names in found.items()}

    @cached_property
    def openings(self) -> Mapping[str, int]:
        """The first word of a choice's name → how long the longest such name is."""
        found: dict[str, int] = {}
        for phrase in self.phrases:
            found[phrase[0]] = max(found.get(phrase[0], 0), len(phrase))
        return found

    def topics_of(self, topic: Words) -> dict[str, frozenset[str]]:
        """The topics that a decision's topic names, each with the words that name it. Of a name within a longer one
        only the longer one counts: a *database driver* is no *database*."""
        given = name_words(topic)
        said = frozenset(each for each in given if each not in NOISE) or given
        found: dict[str, frozenset[str]] = {}
        for word in given:
            for name, of, whole in self.names_by_word.get(word, ()):
                fits = said <= name <= given if whole else name <= given
                if fits:
                    found[of] = found.get(of, name) | name
        return {of: name for of, name in found.items() if not any(name < other for other in found.values())}


def name_words(name: Words) -> frozenset[str]:
    """The words of a topic's name that count."""
    return frozenset(named(each) for each in name if each not in _SMALL)


_SMALL = word_set("a an the of for in on to and our we is are be with by how which what where")


@lru_cache(maxsize=1)
def built_in() -> Catalogue:
    """The catalogue that comes with Headway."""
    path = Path(__file__).with_name("catalogue.toml")
    return _catalogue(_parse(path.read_text(encoding="utf-8"), path.name))


def read_catalogue(
    file: Path | None = None,
    alternatives: Mapping[str, Iterable[str]] | None = None,
    *,
    settings: Path | None = None,
) -> Catalogue:
    """The built-in catalogue with a repository's own topics.

    ``file``: a TOML file like ``catalogue.toml`` (``decisions.catalogue``); ``alternatives``: topic → choices
    (``decisions.alternatives`` of the file ``settings``). A topic of a known name is added to; with ``replace = true``
    it takes its place. Raises SettingsError with every problem, each with its file and line.
    """
    more: list[tuple[Mapping[str, Any], _Source]] = []
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise SettingsError(
                f"{file}: {reason}", mend="give a TOML file as decisions.catalogue"
            ) from error
        more.append((_parse(text, str(file)), _Source(str(file), text)))
    if alternatives:
        text = settings.read_text(encoding="utf-8", errors="replace") if settings is not None else ""
        tables: dict[str, Any] = {
            name: {"any": {each: [] for each in choices}} for name, choices in alternatives.items()
        }
        more.append((tables, _Source(str(settings or "headway.toml"), text)))
    if not more:
        return built_in()
    whole: dict[str, Any] = dict(_parse_built_in())
    problems: list[str] = []
    for data, source in more:
        found = [p for name, table in data.items() for p in _problems(name, table, source, whole)]
        problems += found
        for name, table in data.items() if not found else ():
            whole[name] = _added(whole.get(name), table)
    if problems:
        raise SettingsError("\n".join(problems), mend="see docs/how-to/record-decisions.md for every key")
    return _catalogue(whole)


def _parse_built_in() -> Mapping[str, Any]:
    path = Path(__file__).with_name("catalogue.toml")
    return _parse(path.read_text(encoding="utf-8"), path.name)


def _parse(text: str, name: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise SettingsError(f"{name}:{line[1] if line else 1}: {error}", mend="mend the line") from error


@dataclass(frozen=True, slots=True)
class _Source:
    """A file, to say where in it something is."""

    name: str
    text: str

    def at(self, topic: str, key: str = "") -> str:
        """File and line of a topic, or of a key in it."""
        written = "|".join(re.escape(quote + topic + quote) for quote in ('"', "'", ""))
        header = re.compile(rf"\s*(?:\[(?:{written})[\].]|(?:{written})\s*=)")
        lines = self.text.splitlines()
        start = next((n for n, line in enumerate(lines) if header.match(line)), None)
        if start is None:
            return f"{self.name}:1"
        for n in range(start, len(lines)):
            table = re.match(rf"\s*\[(?:{written})\.{re.escape(key)}\]", lines[n])
            if key and (table or re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", lines[n])):
                return f"{self.name}:{n + 1}"
            if n > start and lines[n].lstrip().startswith("[") and not header.match(lines[n]):
                break
        return f"{self.name}:{start + 1}"


def _problems(name: str, table: Any, source: _Source, known: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with one topic of a repository's own."""
    if not isinstance(table, dict):
        yield f"{source.at(name)}: {name!r} is not a table"
        return
    wrong = [(key, what) for key, value in table.items() if (what := _wrong(key, value))]
    if not wrong:
        wrong = list(_wrong_together(table if name not in known else _added(known[name], table)))
    for key, what in wrong:
        yield f"{source.at(name, key)}: {name}: {what}"


def _wrong(key: str, value: Any) -> str:
    """What is wrong with one key of a topic; empty where nothing is."""
    if key in ("names", "everyday"):
        fits, wanted = (
            _are(value, str) and all(words(each) for each in value),
            "be a list of texts with words in them",
        )
    elif key == "together":
        fits = _are(value, list) and all(_are(each, str) and 1 <= len(each) <= 2 for each in value)
        wanted = "be a list of pairs of choices"
    elif key in LANGUAGES:
        fits = isinstance(value, dict) and all(
            words(choice) and _are(names, str) and all(words(each) for each in names)
            for choice, names in value.items()
        )
        wanted = "be a table of choices, each with a list of its other names"
    elif key in _ONE_OF:
        fits, wanted = value in _ONE_OF[key], f"be one of {', '.join(map(str, _ONE_OF[key]))}"
    else:
        return f"there is no key {key!r}; there are {', '.join([*_LISTS, *_ONE_OF, *LANGUAGES])}"
    return "" if fits else f"{key} must {wanted}"


def _wrong_together(table: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    choices = [choice for language in LANGUAGES for choice in table.get(language, {})]
    if not table.get("measure") and len(choices) < 2:
        yield "", "it needs two choices, or a measure"
    for each in (choice for pair in table.get("together", []) for choice in pair):
        if each not in choices:
            yield "together", f"together names {each!r}, which is no choice of it"


def _are(value: Any, of: type) -> bool:
    return isinstance(value, list) and all(isinstance(each, of) for each in value)


def _added(known: Mapping[str, Any] | None, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """A topic with what a repository adds to it."""
    if known is None or table.get("replace"):
        return table
    merged: dict[str, Any] = dict(known)
    for key, value in table.items():
        before = merged.get(key)
        if isinstance(value, list) and isinstance(before, list):
            merged[key] = [*before, *value]
        elif isinstance(value, dict) and isinstance(before, dict):
            merged[key] = {
                **before,
                **{name: [*before.get(name, []), *aliases] for name, aliases in value.items()},
            }
        else:
            merged[key] = value
    return merged


def _catalogue(data: Mapping[str, Any]) -> Catalogue:
    topics: dict[str, Topic] = {}
    phrases: dict[Words, dict[Choice, Naming]] = {}
    for name, table in data.items():
        choices: dict[str, Choice] = {}
        everyday = {words(each) for each in table.get("everyday", ())}
        for language in LANGUAGES:
            for choice_name, aliases in table.get(language, {}).items():
                choice = choices[choice_name] = Choice(name, choice_name, language)
                for alias in (choice_name, *aliases):
                    written = words(alias)
                    if written:
                        known = phrases.setdefault(written[:MOST_WORDS], {})
                        known[choice] = Naming(choice, written in everyday)
        names = [
            words(each) for each in (name, *(n for n in table.get("names", ()) if not n.startswith("=")))
        ]
        whole = [words(each) for each in table.get("names", ()) if each.startswith("=")]
        topics[name] = Topic(
            name=name,
            names=tuple(name_words(each) for each in names if name_words(each)),
            whole=tuple(name_words(each) for each in whole if name_words(each)),
            choices=choices,
            together=frozenset(frozenset(pair) for pair in table.get("together", ())),
            measure=table.get("measure"),
            severity=table.get("severity", "medium"),
        )
    return Catalogue(topics, {phrase: tuple(each.values()) for phrase, each in phrases.items()})
