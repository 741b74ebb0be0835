"""Both sides take what only one can have: a route, an endpoint, a command-line flag, a port."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headway.conflicts.symbols.claims_text import is_port_name, port_key
from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.entities import Found, InstanceValue
from headway.conflicts.symbols.index import CALLED, INDEXED, Fact, FactKind, FileIndex
from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict
from headway.conflicts.symbols.python_facts import COMMAND
from headway.conflicts.symbols.resolve import Resolver
from headway.conflicts.symbols.telling import both

Identity = tuple[object, ...]

_KINDS = {
    FactKind.ROUTE: Kind.ROUTE,
    FactKind.ENDPOINT: Kind.ROUTE,
    FactKind.FLAG: Kind.FLAG,
    FactKind.PORT: Kind.PORT,
}
#: Files whose ports nobody else has to keep off.
_ASIDE = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|samples?|fixtures?|benchmarks?)(/|$)|(^|/)(test_[^/]*|[^/]*_test\.\w+|conftest\.py|[^/]*\.(test|spec)\.\w+)$"
)

_COMPOSE = re.compile(r"(^|/)(docker-)?compose[^/]*\.ya?ml$")
_COMPOSE_PORT = re.compile(r"""^\s*-\s*["']?(?:[\d.]+:)?(\d{2,5}):\d{1,5}(?:/\w+)?["']?\s*(?:#.*)?$""")
_ENVIRONMENT = re.compile(r"(^|/)(\.env[^/]*|[^/]+\.(env|properties|ini|cfg|conf))$")
_SETTING = re.compile(r"""^\s*(?:export\s+)?([A-Za-z][\w.-]*)\s*[=:]\s*["']?(\d{2,5})["']?\s*(?:[#;].*)?$""")


@dataclass(frozen=True, slots=True)
class Claim:
    """A fact that a side adds, and whose it is."""

    path: str
    fact: Fact
    owner: Identity


def find_claims(comparison: Comparison) -> Iterator[SymbolConflict]:
    """Claims that both sides add to one owner."""
    claims = {side: list(_claims(comparison, side)) for side in Side}
    rights: dict[tuple[object, ...], list[Claim]] = {}
    for claim in claims[Side.RIGHT]:
        rights.setdefault((claim.fact.kind, claim.fact.key, claim.owner), []).append(claim)
    for left in claims[Side.LEFT]:
        for right in rights.get((left.fact.kind, left.fact.key, left.owner), ()):
            found = _compare(comparison, left, right)
            if found is not None:
                yield found


def _claims(comparison: Comparison, side: Side) -> Iterator[Claim]:
    for path in comparison.paths_of(side):
        if path in comparison.moved[side] or comparison.change.changed[path].of(side) is None:
            continue
        index, before = comparison.index(path, side), comparison.index(path, None)
        if index is None:
            content = comparison.change.changed[path].of(side)
            base = comparison.change.changed[path].base
            for fact in _ports_of_file(path, content, base):
                yield Claim(path, fact, ())
            continue
        known: dict[tuple[object, ...], int] = {}
        for fact in before.facts if before is not None else ():
            known[_key(before, fact)] = known.get(_key(before, fact), 0) + 1
        for fact in index.facts:
            if fact.kind not in _KINDS:
                continue
            key = _key(index, fact)
            if known.get(key, 0) > 0:
                known[key] -= 1
                continue
            owner = identity(comparison.sides[side], path, index, fact)
            if owner is not None:
                yield Claim(path, fact, owner)


def _key(index: FileIndex | None, fact: Fact) -> tuple[object, ...]:
    scope = index.scopes[fact.scope].qualname if index is not None else ()
    return fact.kind, fact.key, fact.owner, scope, fact.detail


def identity(resolver: Resolver, path: str, index: FileIndex, fact: Fact) -> Identity | None:
    """What tells the owner of a claim from others; None where that cannot be said."""
    if fact.kind is FactKind.PORT:
        return ()
    owner = fact.owner
    if owner[0] == COMMAND:
        return (path, index.scopes[fact.scope].qualname, owner)
    if CALLED in owner or INDEXED in owner or not owner[0]:
        return None
    step = resolver.name(path, index, fact.scope, owner[0])
    if not isinstance(step, Found) or not step.bindings:
        return None
    if isinstance(step.value, InstanceValue) and step.bindings[0].name == index.scopes[fact.scope].receiver:
        return (*step.value.cls.identity, owner[1:])
    # One name may stand for several things, one after the other: the last one before this line is meant.
    is_own = step.path == path and fact.line >= step.bindings[0].line
    before = sum(1 for each in step.bindings if not is_own or each.line <= fact.line)
    return (step.path, step.holder, step.bindings[0].name, owner[1:], before)


def _ports_of_file(path: str, content: bytes | None, base: bytes | None) -> Iterator[Fact]:
    """Ports in files that are no programs: compose files, environments."""
    is_compose = bool(_COMPOSE.search(path))
    if content is None or len(content) > 100_000 or not (is_compose or _ENVIRONMENT.search(path)):
        return
    known = set((base or b"").decode("utf-8", "replace").splitlines())
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if line in known:
            continue
        match = (_COMPOSE_PORT if is_compose else _SETTING).match(line)
        if match is None:
            continue
        setting, value = ("", match[1]) if is_compose else (match[1], match[2])
        key = port_key(value)
        if key is not None and (is_compose or is_port_name(setting.replace(".", "_"))):
            yield Fact(FactKind.PORT, key, (), 0, number, (setting,), f"port {key}")


def _compare(comparison: Comparison, left: Claim, right: Claim) -> SymbolConflict | None:
    kind = left.fact.kind
    if kind is FactKind.PORT:
        return _ports(comparison, left, right)
    if kind is FactKind.ROUTE and not _overlap(left.fact.detail, right.fact.detail):
        return None
    if left.path == right.path and not _stands_twice(comparison, left, right):
        return None
    label = left.fact.label
    text = f"both sides add {label}"
    text += f" to {left.path}" if left.path == right.path else f", in {left.path} and in {right.path}"
    if kind is FactKind.FLAG:
        text = text.replace("both sides add -", "both sides add the flag -")
    elif kind is FactKind.ROUTE:
        text = text.replace("both sides add", "both sides add the route")
    return both(
        _KINDS[kind],
        Severity.HIGH,
        (left.path, left.fact.line),
        (right.path, right.fact.line),
        label,
        text,
        0.95 if left.path == right.path else 0.9,
    )


def _overlap(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    return bool(set(left) & set(right)) or "ALL" in left or "ALL" in right


def _stands_twice(comparison: Comparison, left: Claim, right: Claim) -> bool:
    """Whether the merge of one file holds the claim of either side, and not one line that both wrote alike."""
    if left.path in comparison.conflicted:
        indices = [comparison.index(left.path, side) for side in Side]
        if indices[0] is None or indices[1] is None:
            return False
        return indices[0].lines[left.fact.line - 1].strip() != indices[1].lines[right.fact.line - 1].strip()
    merged = comparison.merged.program.index(left.path)
    if merged is None:
        return False
    count = sum(
        1
        for fact in merged.facts
        if fact.kind is left.fact.kind
        and fact.key == left.fact.key
        and fact.owner == left.fact.owner
        and (fact.kind is not FactKind.ROUTE or _overlap(fact.detail, left.fact.detail))
    )
    before = comparison.index(left.path, None)
    own = (
        sum(
            1
            for f in before.facts
            if (f.kind, f.key, f.owner) == (left.fact.kind, left.fact.key, left.fact.owner)
        )
        if before
        else 0
    )
    return count >= own + 2


def _ports(comparison: Comparison, left: Claim, right: Claim) -> SymbolConflict | None:
    if _ASIDE.search(left.path) or _ASIDE.search(right.path) or _is_known_port(comparison, left):
        return None
    one, other = left.fact.detail[0], right.fact.detail[0]
    if left.path == right.path and one == other and one:
        return None  # the same setting, told as a duplicate or as a text conflict
    if one and other and one.upper() != other.upper():
        score = 0.85
    elif left.path == right.path:
        score = 0.9 if _COMPOSE.search(left.path) else 0.6
    else:
        # One name in one directory is one setting, told in two files.
        score = (
            0.6 if one and other and left.path.rpartition("/")[0] == right.path.rpartition("/")[0] else 0.8
        )
    label = left.fact.label
    text = f"both sides take {label}: left in {left.path}{_as(one)}, right in {right.path}{_as(other)}"
    return both(
        Kind.PORT,
        Severity.MEDIUM,
        (left.path, left.fact.line),
        (right.path, right.fact.line),
        label,
        text,
        score,
    )


def _as(setting: str) -> str:
    return f" ({setting})" if setting else ""


def _is_known_port(comparison: Comparison, claim: Claim) -> bool:
    """Whether the base already had the port in one of the changed files: then both may mean the same service."""
    needle = re.compile(rb"(?<!\d)" + claim.fact.key.encode() + rb"(?!\d)")
    return any(
        each.base is not None and needle.search(each.base) for each in comparison.change.changed.values()
    )
