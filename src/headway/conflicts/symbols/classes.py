"""Inheritance across the sides: overrides that lose what they override, new classes that lack what became abstract."""

from __future__ import annotations

from collections.abc import Iterator

from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.delta import brought
from headway.conflicts.symbols.entities import ClassValue, Found, FunctionValue, Missing
from headway.conflicts.symbols.index import Binding, BindingKind, FileIndex
from headway.conflicts.symbols.languages import language_of, shares_names
from headway.conflicts.symbols.likeness import renamed
from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict
from headway.conflicts.symbols.resolve import TRANSPARENT, Resolver, is_property, last_name
from headway.conflicts.symbols.signatures import narrower, without_first
from headway.conflicts.symbols.telling import make, qualified


def find_lost_overrides(comparison: Comparison, breaker: Side) -> Iterator[SymbolConflict]:
    """New methods that override what ``breaker`` took away or changed."""
    touched: set[str] = set()
    for changes in comparison.deltas[breaker].values():
        touched.update(name for holder, name in (*changes.vanished, *changes.changed) if holder)
    if not touched:
        return
    user = breaker.other
    for path, changes in comparison.deltas[user].items():
        for (holder, name), bindings in changes.added.items():
            if name not in touched or not holder or name[:2] == "__":
                continue
            if bindings[-1].kind not in (BindingKind.FUNCTION, BindingKind.VARIABLE):
                continue
            theirs = class_of(comparison.sides[user], path, holder)
            merged = class_of(comparison.merged, path, holder)
            own = theirs and theirs.index.scopes[theirs.binding.scope].bindings.get(name)
            if theirs is not None and merged is not None and own:
                yield from _override(comparison, breaker, path, name, theirs, merged, own[-1])


def _override(
    comparison: Comparison,
    breaker: Side,
    path: str,
    name: str,
    theirs: ClassValue,
    merged: ClassValue,
    own: Binding,
) -> Iterator[SymbolConflict]:
    user = breaker.other
    was = comparison.sides[user].class_attribute(theirs, name, on_instance=True, after_itself=True)
    if not isinstance(was, Found) or not was.bindings or was.index is None:
        return
    now = comparison.merged.class_attribute(merged, name, on_instance=True, after_itself=True)
    symbol = qualified(was.holder, name)
    here = (path, own.line)
    cls = theirs.index.scopes[theirs.binding.scope].qualname
    if isinstance(now, Missing):
        base = comparison.index(was.path, None)
        after = comparison.index(was.path, breaker)
        changes = comparison.deltas[breaker].get(was.path)
        new = None
        if base is not None and after is not None and changes is not None:
            gone = changes.vanished.get((was.holder, name))
            new = renamed(base, gone[-1], after, changes, was.holder) if gone else None
        is_method = own.kind is BindingKind.FUNCTION
        if new is not None:
            text = f"{breaker} renames {symbol} to {new.name}, so {qualified(cls, name)} of {user} overrides nothing"
            score = 0.9 if is_method else 0.85
        else:
            text = f"{breaker} removes {symbol}, so {qualified(cls, name)} of {user} overrides nothing"
            score = 0.85 if is_method else 0.7
            if not now.is_sure or _is_called(comparison, user, name):
                score = 0.6  # it may be there for its own sake
        line = new.line if new is not None else None
        yield make(breaker, Kind.OVERRIDE, Severity.MEDIUM, (was.path, line), here, symbol, text, score)
        return
    if (
        not isinstance(now, Found)
        or not isinstance(was.value, FunctionValue)
        or not isinstance(now.value, FunctionValue)
    ):
        return
    reason = _misfit(own, was.value.bindings[-1], now.value.bindings[-1])
    if reason is not None:
        text = f"{breaker} changes {symbol}; {qualified(cls, name)} of {user}, which overrides it, {reason}"
        yield make(
            breaker,
            Kind.SIGNATURE,
            Severity.HIGH,
            (now.path, now.bindings[-1].line),
            here,
            symbol,
            text,
            0.85,
        )


def _misfit(own: Binding, was: Binding, now: Binding) -> str | None:
    """Why an override fits no more what it overrides, for a person."""
    if own.signature is None or was.signature is None or now.signature is None:
        return None
    if any(last_name(d) not in TRANSPARENT for b in (own, was, now) for d in b.decorators):
        return None
    if any(is_property(b) for b in (own, was, now)):
        return None
    if own.is_async == was.is_async != now.is_async:
        return "is async and it is not any more" if own.is_async else "is not async as it is now"
    mine = without_first(own.signature)
    if narrower(mine, without_first(was.signature)) is not None:
        return None
    return narrower(mine, without_first(now.signature))


def _is_called(comparison: Comparison, user: Side, name: str) -> bool:
    """Whether the same side calls it by its name somewhere new."""
    for path in comparison.paths_of(user):
        index = comparison.index(path, user)
        if index is not None and any(
            name in use.chain[1:] and use.chain[0] != "<super>"
            for use in brought(comparison.index(path, None), index)
        ):
            return True
    return False


def find_missing_abstract(comparison: Comparison, breaker: Side) -> Iterator[SymbolConflict]:
    """New classes that lack a method that ``breaker`` made abstract."""
    wanted: dict[str, list[tuple[str, Binding]]] = {}
    for path, changes in comparison.deltas[breaker].items():
        for (holder, name), bindings in (*changes.added.items(), *changes.changed.items()):
            if holder and (bindings[-1].is_abstract or bindings[-1].is_stub):
                wanted.setdefault(name, []).append((path, bindings[-1]))
    if not wanted:
        return
    user = breaker.other
    for path, changes in comparison.deltas[user].items():
        for (holder, name), bindings in (*changes.added.items(), *changes.changed.items()):
            if bindings[-1].kind is not BindingKind.CLASS or not bindings[-1].bases:
                continue
            theirs = class_of(comparison.sides[user], path, (*holder, name))
            merged = class_of(comparison.merged, path, (*holder, name))
            if theirs is None or merged is None or _is_abstract_itself(theirs, set(wanted)):
                continue
            for method in wanted:
                yield from _lacks(comparison, breaker, path, method, theirs, merged)


def _lacks(
    comparison: Comparison, breaker: Side, path: str, method: str, theirs: ClassValue, merged: ClassValue
) -> Iterator[SymbolConflict]:
    user = breaker.other
    now = comparison.merged.class_attribute(merged, method, on_instance=True)
    was = comparison.sides[user].class_attribute(theirs, method, on_instance=True)
    if not isinstance(now, Found) or not now.bindings:
        return
    binding = now.bindings[-1]
    if isinstance(was, Found) and was.bindings and (was.bindings[-1].is_abstract or was.bindings[-1].is_stub):
        return
    if not (binding.is_abstract or binding.is_stub):
        return
    if _left_abstract(comparison.sides[user], theirs):
        return  # it is not finished, or meant to be inherited from
    score = 0.95
    if not binding.is_abstract:
        score = 0.85 if _is_implemented(comparison, breaker, method, now) else 0.6
    cls = theirs.index.scopes[theirs.binding.scope].qualname
    symbol = qualified(now.holder, method)
    text = f"{breaker} makes {symbol} abstract; the new class {'.'.join(cls)} of {user} lacks it"
    yield make(
        breaker,
        Kind.ABSTRACT,
        Severity.HIGH,
        (now.path, binding.line),
        (path, theirs.binding.line),
        symbol,
        text,
        score,
    )


def _is_abstract_itself(cls: ClassValue, wanted: set[str]) -> bool:
    """Whether a class is meant to be inherited from."""
    scope = cls.index.scopes[cls.binding.scope]
    if any(b[-1].is_abstract for name, b in scope.bindings.items() if name not in wanted):
        return True
    if any(last_name(chain) in ("ABC", "Protocol") for chain in cls.binding.bases):
        return True
    return any("ABCMeta" in keyword for keyword in cls.binding.keywords) or "abstract" in cls.binding.keywords


def _left_abstract(resolver: Resolver, cls: ClassValue) -> bool:
    """Whether a class leaves abstract methods open."""
    lineage, _, _ = resolver.lineage(cls)
    names = {
        name
        for each in lineage
        for name, bindings in each.index.scopes[each.binding.scope].bindings.items()
        if bindings[-1].is_abstract
    }
    for name in names:
        step = resolver.class_attribute(cls, name, on_instance=True)
        if isinstance(step, Found) and step.bindings and step.bindings[-1].is_abstract:
            return True
    return False


def _is_implemented(comparison: Comparison, breaker: Side, method: str, abstract: Found) -> bool:
    """Whether the side that wants a method has given it to other classes."""
    return any(
        name == method and holder and holder != abstract.holder
        for changes in comparison.deltas[breaker].values()
        for holder, name in changes.added
    )


def find_unmet_interfaces(comparison: Comparison, breaker: Side) -> Iterator[SymbolConflict]:
    """New types that had all of an interface to which ``breaker`` adds a method, where that is not said (Go)."""
    user = breaker.other
    for path, changes in comparison.deltas[breaker].items():
        if not shares_names(language_of(path)):
            continue
        for (holder, _name), bindings in changes.added.items():
            interface = class_of(comparison.base, path, holder) if holder else None
            if interface is None or not bindings[-1].is_abstract:
                continue
            scope = interface.index.scopes[interface.binding.scope]
            wanted = {n for n, each in scope.bindings.items() if each[-1].is_abstract}
            for other_path, others in comparison.deltas[user].items():
                for (around, type_name), types in others.added.items():
                    if around or types[-1].kind is not BindingKind.CLASS or "interface" in types[-1].keywords:
                        continue
                    yield from _unmet(
                        comparison,
                        breaker,
                        (path, holder, bindings[-1]),
                        (other_path, type_name, types[-1]),
                        wanted,
                    )


def _unmet(
    comparison: Comparison,
    breaker: Side,
    interface: tuple[str, tuple[str, ...], Binding],
    made: tuple[str, str, Binding],
    wanted: set[str],
) -> Iterator[SymbolConflict]:
    path, holder, method = interface
    other_path, name, binding = made
    theirs = class_of(comparison.sides[breaker.other], other_path, (name,))
    merged = class_of(comparison.merged, other_path, (name,))
    if theirs is None or merged is None or not wanted:
        return
    user = comparison.sides[breaker.other]
    if not all(isinstance(user.class_attribute(theirs, each, on_instance=True), Found) for each in wanted):
        return
    if not isinstance(comparison.merged.class_attribute(merged, method.name, on_instance=True), Missing):
        return
    index = comparison.index(other_path, breaker.other)
    is_named = index is not None and any(holder[-1] in use.chain for use in index.uses)
    score = 0.9 if is_named else 0.85 if len(wanted) > 1 else 0.6
    symbol = qualified(holder, method.name)
    text = f"{breaker} adds {symbol} to an interface; the new type {name} of {breaker.other} lacks it"
    yield make(
        breaker,
        Kind.ABSTRACT,
        Severity.HIGH,
        (path, method.line),
        (other_path, binding.line),
        symbol,
        text,
        score,
    )


def class_of(resolver: Resolver, path: str, qualname: tuple[str, ...]) -> ClassValue | None:
    """The class of a qualified name in a file; None where there is none."""
    index: FileIndex | None = resolver.program.index(path)
    if index is None:
        return None
    for number in reversed(index.by_qualname.get(qualname, ())):
        scope = index.scopes[number]
        if scope.kind == "class" and scope.binding is not None:
            return ClassValue(path, index, scope.binding)
    return None
