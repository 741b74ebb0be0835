"""For which part of a program a decision holds, and whether two parts have anything in common. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Generic, TypeVar

from headway.conflicts.decisions.words import clean, singular, words

#: So many places of one scope are looked at.
_MOST = 20

_EVERYWHERE = frozenset(
    [
        "",
        ".",
        "/",
        "*",
        "**",
        "**/*",
        "./",
        "all",
        "everywhere",
        "everything",
        "global",
        "whole repository",
        "whole repo",
        "repo",
        "repository",
        "the whole repository",
        "project",
        "whole project",
        "any",
    ]
)
_ENDINGS = {
    "py": "python",
    "pyi": "python",
    "js": "javascript",
    "jsx": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "ts": "javascript",
    "tsx": "javascript",
    "vue": "javascript",
    "go": "go",
    "rs": "rust",
    "java": "java",
    "kt": "java",
    "rb": "ruby",
    "cs": "dotnet",
    "php": "php",
}


class Relation(Enum):
    """What two scopes have to do with each other."""

    #: One holds within the other, or both hold for some of the same files.
    SHARED = auto()
    #: That cannot be said: two components, a component and a path.
    UNKNOWN = auto()
    DISJOINT = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """One part: a path or glob (its segments), or the name of a component (its words)."""

    segments: tuple[str, ...] = ()
    component: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """The parts that a decision names; none for the whole repository."""

    places: tuple[Place, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """The words of the components, and the languages of the paths."""
        found = frozenset[str]().union(*(each.component for each in self.places))
        endings = [each.segments[-1].rpartition(".")[2] for each in self.places if each.segments]
        return found | {_ENDINGS[each] for each in endings if each in _ENDINGS}


@lru_cache(maxsize=16384)
def read_scope(text: str) -> Scope:
    """The scope that a text means."""
    text = clean(text).strip()
    places: list[Place] = []
    for part in re.split(r"[,;\n]|\s+and\s+", text)[:_MOST]:
        item = part.strip().strip("`'\"")
        if item.casefold() in _EVERYWHERE:
            if text.casefold() in _EVERYWHERE or item:
                return Scope()
            continue
        if _is_path(item):
            segments = tuple(s for s in item.replace("\\", "/").split("/") if s not in ("", "."))
            if all(each in ("*", "**") for each in segments):
                return Scope()
            if len(segments) == 1 and "/" not in item and any(c in item for c in "*?["):
                segments = ("**", *segments)  # as git's own patterns without a slash
            places.append(Place(segments=segments))
        else:
            said = frozenset(singular(each) for each in words(item)) - {
                "the",
                "module",
                "component",
                "package",
            }
            if said:
                places.append(Place(component=said))
    return Scope(tuple(places))


def _is_path(item: str) -> bool:
    return " " not in item and bool(re.search(r"[/\\*?]|^\.|\.[A-Za-z]\w{0,9}$|^[A-Z][a-z]+file$", item))


def relate(one: Scope, other: Scope) -> Relation:
    """What two scopes have to do with each other; the same whichever is named first."""
    if not one.places or not other.places or one == other:
        return Relation.SHARED
    found = {_relate(a, b) for a in one.places for b in other.places}
    return next(each for each in (Relation.SHARED, Relation.UNKNOWN, Relation.DISJOINT) if each in found)


def within(one: Scope, other: Scope) -> bool:
    """Whether ``one`` surely holds only where ``other`` does, too. Globs only where they are the same."""
    if not other.places:
        return True
    return bool(one.places) and all(any(_within(a, b) for b in other.places) for a in one.places)


def _within(one: Place, other: Place) -> bool:
    if other.component or one.component:
        return bool(other.component) and other.component <= one.component
    wild = any(c in segment for segment in other.segments for c in "*?[")
    return one == other or (not wild and one.segments[: len(other.segments)] == other.segments)


def _relate(one: Place, other: Place) -> Relation:
    if one.segments and other.segments:
        return Relation.SHARED if _meet(_opened(one), _opened(other)) else Relation.DISJOINT
    if one.component and other.component:
        related = one.component <= other.component or other.component <= one.component
        return Relation.SHARED if related else Relation.UNKNOWN
    component, segments = one.component or other.component, one.segments or other.segments
    said = {singular(word) for segment in segments for word in words(segment)}
    return Relation.SHARED if component <= said else Relation.UNKNOWN


def _opened(place: Place) -> tuple[str, ...]:
    """The segments of a place, and what lies below it, unless it is a glob that only files have (``*.py``)."""
    last = place.segments[-1]
    return place.segments if "." in last and any(c in last for c in "*?[") else (*place.segments, "**")


@lru_cache(maxsize=65536)
def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether some path fits both."""
    if not one or not other:
        return all(each == "**" for each in one or other)
    if one[0] == "**" or other[0] == "**":
        wild, rest = (one, other) if one[0] == "**" else (other, one)
        return _meet(wild[1:], rest) or _meet(wild, rest[1:])
    return _segments_meet(one[0], other[0]) and _meet(one[1:], other[1:])


def _segments_meet(one: str, other: str) -> bool:
    if one == other:
        return True
    wild_one, wild_other = any(c in one for c in "*?["), any(c in other for c in "*?[")
    if wild_one and wild_other:
        return _globs_meet(one, other)
    if wild_one:
        return fnmatchcase(other, one)
    return wild_other and fnmatchcase(one, other)


def _globs_meet(one: str, other: str) -> bool:
    """Whether some name fits both; character classes count as any character."""
    first, second = re.sub(r"\[[^\]]*\]", "?", one), re.sub(r"\[[^\]]*\]", "?", other)
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if i == len(first) and j == len(second):
            return True
        steps = []
        if i < len(first) and first[i] == "*":
            steps += [(i + 1, j)] + ([(i, j + 1)] if j < len(second) else [])
        if j < len(second) and second[j] == "*":
            steps += [(i, j + 1)] + ([(i + 1, j)] if i < len(first) else [])
        if (
            i < len(first)
            and j < len(second)
            and "*" not in (first[i], second[j])
            and (first[i] == second[j] or "?" in (first[i], second[j]))
        ):
            steps.append((i + 1, j + 1))
        new = [each for each in steps if each not in reached]
        reached.update(new)
        waiting += new
    return False


T = TypeVar("T")


class ScopeMap(Generic[T]):
    """Something for each scope; those that may have a part in common with one are found without a look at the rest."""

    def __init__(self) -> None:
        self._kept: dict[Scope, T] = {}
        #: Scopes of one plain path, by it with a slash after each segment: what lies below a path follows it.
        self._plain: dict[str, Scope] = {}
        self._sorted: list[str] = []
        #: The others, in the order in which they came.
        self._rest: dict[Scope, None] = {}

    def get(self, scope: Scope) -> T | None:
        """What is kept for exactly this scope."""
        return self._kept.get(scope)

    def put(self, scope: Scope, what: T) -> None:
        """Keep something for a scope."""
        path = _plain(scope)
        if scope not in self._kept:
            if path is None:
                self._rest[scope] = None
            else:
                self._plain[path] = scope
                insort(self._sorted, path)
        self._kept[scope] = what

    def drop(self, scope: Scope) -> None:
        """Forget a scope."""
        path = _plain(scope)
        if self._kept.pop(scope, None) is None:
            return
        if path is None:
            del self._rest[scope]
        else:
            del self._plain[path]
            del self._sorted[bisect_left(self._sorted, path)]

    def near(self, scope: Scope) -> Iterator[T]:
        """What is kept for every scope that may have a part in common with this one."""
        path = _plain(scope)
        if path is None:
            yield from self._kept.values()
            return
        for each in self._rest:
            yield self._kept[each]
        at = path.find("/")
        while at >= 0:  # the path itself, and what it lies in
            above = self._plain.get(path[: at + 1])
            if above is not None:
                yield self._kept[above]
            at = path.find("/", at + 1)
        for n in range(bisect_left(self._sorted, path), len(self._sorted)):
            if not self._sorted[n].startswith(path):
                break
            if self._sorted[n] != path:
                yield self._kept[self._plain[self._sorted[n]]]


def _plain(scope: Scope) -> str | None:
    """The path of a scope that is one path without wildcards, with a slash after each segment."""
    if len(scope.places) != 1 or not scope.places[0].segments:
        return None
    segments = scope.places[0].segments
    return (
        None
        if any(c in each for each in segments for c in "*?[")
        else "".join(f"{each}/" for each in segments)
    )
