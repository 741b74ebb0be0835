"""Which names a side's changes could break, and which names they speak of. For finding pairs, not for judging. Pure.

A search for broken symbols takes 1 ms for a pair, so a side among 200 would pay 200 ms for each keystroke. Two sides
that share no file and no name have nothing to break. Not for: the search (:mod:`headway.conflicts.symbols`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from headway.conflicts.symbols import IndexCache
from headway.conflicts.symbols.delta import Delta, brought, delta, names_used
from headway.conflicts.symbols.index import FileIndex
from headway.conflicts.symbols.languages import language_of
from headway.conflicts.symbols.requirements import is_manifest

_WORD = re.compile(rb"\w+")
_NAME = re.compile(r"\w+")

#: Files of settings that are no programs and may take a port.
_PORTS = re.compile(r"(^|/)((docker-)?compose[^/]*\.ya?ml|\.env[^/]*|[^/]+\.(env|properties|ini|cfg|conf))$")

#: Larger files are not looked into: see :mod:`headway.conflicts.symbols.cache`.
_LARGEST = 400_000


@dataclass(frozen=True, slots=True)
class Reach:
    """The names of one side's changes. Those that begin with NUL are no names but places that only one may take."""

    paths: frozenset[str]
    #: What uses elsewhere could break, or who takes it too could be in the way of.
    touched: frozenset[str]
    #: Everything that what is new speaks of.
    spoken: frozenset[str]

    def meets(self, other: Reach) -> bool:
        """Whether there could be something between the two."""
        return not (
            self.paths.isdisjoint(other.paths)
            and self.touched.isdisjoint(other.spoken)
            and self.spoken.isdisjoint(other.touched)
        )


def reach_of(path: str, before: bytes | None, after: bytes | None, cache: IndexCache) -> Reach:
    """The reach of one changed file: what it was, what it is; None where it was not, or is no more."""
    touched: set[str] = set()
    spoken: set[str] = set()
    if before is None or after is None:
        touched |= _names_of(path)
        spoken |= _names_of(path)
    if before is None:
        touched.add(f"\0new {path.rpartition('/')[0]}")
        spoken.add(f"\0new {path.rpartition('/')[0]}")
    if is_manifest(path):
        touched.add("\0manifest")
        spoken.add("\0manifest")
    new = _new_words(before, after)
    if _PORTS.search(path):
        touched |= {word for word in new if word.isdecimal()}
        spoken |= new
    language = language_of(path)
    if language is not None and len(after or b"") <= _LARGEST:
        spoken |= new
        old_index = cache.index(path, before) if before is not None else None
        index = cache.index(path, after) if after is not None else None
        if (before is not None and old_index is None) or (after is not None and index is None):
            touched |= new | _new_words(after, before)
        else:
            _of_names(language, old_index, index, touched, spoken)
    return Reach(frozenset((path,)), frozenset(touched), frozenset(spoken))


def moved(path: str) -> Reach:
    """The reach of a file that came or went as it is: only who imports it can break."""
    names = frozenset(_names_of(path))
    return Reach(frozenset((path,)), names, names)


def union(parts: Iterable[Reach]) -> Reach:
    """The reach of a side, from those of its files."""
    paths: set[str] = set()
    touched: set[str] = set()
    spoken: set[str] = set()
    for part in parts:
        paths |= part.paths
        touched |= part.touched
        spoken |= part.spoken
    return Reach(frozenset(paths), frozenset(touched), frozenset(spoken))


def _of_names(
    language: str, before: FileIndex | None, index: FileIndex | None, touched: set[str], spoken: set[str]
) -> None:
    found = delta(before, index)
    touched |= _touched(found)
    if language == "go" and any(scope for scope, _ in (*found.added, *found.changed, *found.vanished)):
        touched.add("\0interface")  # whoever has its methods has it: no name says so
    if index is None:
        return
    spoken |= _spoken(before, index, found)
    _claims(before, index, touched, spoken)
    if language == "go" and found.added:
        spoken.add("\0interface")


def _touched(found: Delta) -> set[str]:
    names = set(found.touched)
    for scope, name in (*found.vanished, *found.changed, *found.added):
        names.add(name)
        names.update(scope[-1:])
    return names


def _spoken(before: FileIndex | None, index: FileIndex, found: Delta) -> set[str]:
    names: set[str] = set()
    for use in brought(before, index):
        names |= names_used(index, use)
    for place in (*found.added, *found.changed):
        names.add(place[1])
        for binding in (found.added.get(place) or []) + (found.changed.get(place) or []):
            names.update(_NAME.findall(repr((binding.bases, binding.module, binding.member, binding.chain))))
    return names


def _claims(before: FileIndex | None, index: FileIndex, touched: set[str], spoken: set[str]) -> None:
    known = {(fact.kind, fact.key) for fact in before.facts} if before is not None else set()
    for fact in index.facts:
        if (fact.kind, fact.key) not in known:
            claim = f"\0{fact.kind} {fact.key}"
            touched.add(claim)
            spoken.add(claim)


def _names_of(path: str) -> set[str]:
    """What a module of this path may be called by."""
    parts = path.split("/")
    stem = parts[-1].partition(".")[0]
    return {stem, *_NAME.findall(stem), *parts[-2:-1]}


def _new_words(before: bytes | None, after: bytes | None) -> set[str]:
    """The words of the lines that one version has and the other has not."""
    if after is None or len(after) > _LARGEST:
        return set()
    old = set((before or b"").split(b"\n"))
    lines = [line for line in after.split(b"\n") if line not in old]
    return {word.decode("utf-8", "replace") for line in lines for word in _WORD.findall(line)}
