"""What one side did to one file: names that vanished, changed or came, uses that came. Pure."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from headway.conflicts.symbols.index import DOTTED, FIXTURE, Binding, BindingKind, FileIndex, Scope, Use

_T = TypeVar("_T")

#: What the name of a module is made of: ``shop.store``, ``./store.js``, ``example.org/shop/store``.
_WORD = re.compile(r"[\w-]+")

#: Most comparisons that a version of a file keeps.
MOST_COMPARED = 16

#: Names by where they stand: (qualified name of the scope, name).
Names = dict[tuple[tuple[str, ...], str], list[Binding]]


@dataclass(slots=True)
class Delta:
    """What a side did to the names of a file."""

    vanished: Names = field(default_factory=dict)
    #: The new bindings of names that were there and are made in another way now.
    changed: Names = field(default_factory=dict)
    added: Names = field(default_factory=dict)
    #: The file itself is gone, or new.
    is_file_gone: bool = False
    is_file_new: bool = False

    @property
    def touched(self) -> set[str]:
        """Every name whose uses may break."""
        names = {name for _, name in self.vanished}
        for scope, name in self.changed:
            names.add(name)
            names.update(scope[-1:])  # a class is called by its own name, not by __init__
        for scope, name in (*self.added, *self.vanished):
            if name in ("__init__", "__new__", "__call__") or scope:
                names.update(scope[-1:])
        return names


def names_of(index: FileIndex | None) -> Names:
    """Every name that the named scopes of a file make."""
    found: Names = {}
    if index is not None:
        for scope, binding in index.definitions():
            found.setdefault((scope.qualname, binding.name), []).append(binding)
    return found


def delta(before: FileIndex | None, after: FileIndex | None) -> Delta:
    """What became of the names of a file; None where there is no such file."""
    return _remembered("delta", _delta, before, after)


def _remembered(
    what: str,
    compare: Callable[[FileIndex | None, FileIndex | None], _T],
    before: FileIndex | None,
    after: FileIndex | None,
) -> _T:
    """A comparison, made once for two versions as long as both are kept."""
    keeper, other = (after, before) if after is not None else (before, None)
    if keeper is None:
        return compare(before, after)
    key = (f"{what} gone" if after is None else what, id(other))
    known = keeper.compared.get(key)
    if known is not None and (known[0]() if known[0] is not None else None) is other:
        result: _T = known[1]
        return result
    if len(keeper.compared) > MOST_COMPARED:
        keeper.compared.clear()
    result = compare(before, after)
    # Weakly: else each version keeps the one before it, for as long as a fleet runs.
    keeper.compared[key] = (weakref.ref(other) if other is not None else None, result)
    return result


def _delta(before: FileIndex | None, after: FileIndex | None) -> Delta:
    old, new = names_of(before), names_of(after)
    found = Delta(
        is_file_gone=before is not None and after is None, is_file_new=before is None and after is not None
    )
    gap_words = after.gap_words if after is not None else frozenset()
    for place, bindings in old.items():
        if place not in new:
            if place[1] not in gap_words:
                found.vanished[place] = bindings
        elif looks(bindings) != looks(new[place]):
            found.changed[place] = new[place]
    for place, bindings in new.items():
        if place not in old:
            found.added[place] = bindings
    return found


def look(binding: Binding) -> tuple[object, ...]:
    """What a binding is for who uses it: equal for two that can stand for each other."""
    signature = binding.signature
    return (
        binding.kind,
        binding.chain,
        binding.is_type,
        signature
        and (
            signature.positional,
            signature.positional_only,
            signature.required,
            signature.star,
            signature.keyword_only,
            signature.required_keywords,
            signature.double_star,
        ),
        binding.decorators,
        binding.is_async,
        binding.is_abstract,
        binding.is_stub,
        binding.bases,
        binding.module,
        binding.level,
        binding.member,
        binding.keywords,
    )


def looks(bindings: list[Binding]) -> list[tuple[object, ...]]:
    """The same of several."""
    return [look(each) for each in bindings]


def names_used(index: FileIndex, use: Use) -> set[str]:
    """The names that a use may lead to: its own parts, and what its root was imported as."""
    names = set(use.chain)
    if use.chain[0] in (DOTTED, FIXTURE):
        return names
    scope: Scope | None = index.scopes[use.scope]
    while scope is not None:
        for binding in scope.bindings.get(use.chain[0], ()):
            if binding.kind is BindingKind.IMPORT:
                names.update(_WORD.findall(binding.module))
                if binding.member:
                    names.add(binding.member)
            elif binding.chain is not None:
                names.update(binding.chain)
        scope = index.scopes[scope.parent] if scope.parent >= 0 else None
    return names


def brought(before: FileIndex | None, after: FileIndex) -> list[Use]:
    """The uses of a file that were not there before, or not as often."""
    return _remembered("brought", _brought, before, after)


def _brought(before: FileIndex | None, after: FileIndex | None) -> list[Use]:
    if after is None:
        return []
    old = before.use_table if before is not None else {}
    return [
        use
        for key, use in after.use_table.items()
        if (known := old.get(key)) is None or len(use.lines) > len(known.lines)
    ]


def weave(before: FileIndex | None, left: FileIndex, right: FileIndex) -> FileIndex:
    """What a file that is in conflict as text would say if both sides' names were taken in.

    Name by name: what one side left alone is as the other has it. The scopes and uses are the right side's, with
    what only the left has added.
    """
    old, lefts, rights = names_of(before), names_of(left), names_of(right)
    scopes = [
        replace(scope, bindings=dict(scope.bindings), attributes=dict(scope.attributes))
        for scope in right.scopes
    ]
    numbers = {scope.qualname: n for n, scope in reversed(list(enumerate(scopes))) if scope.kind != "block"}
    moved: dict[int, int] = {}
    new: list[int] = []
    for n, scope in enumerate(left.scopes):
        if scope.kind != "block" and scope.qualname in numbers:
            moved[n] = numbers[scope.qualname]
        else:
            moved[n] = len(scopes) + len(new)
            new.append(n)
            if scope.kind != "block":
                numbers[scope.qualname] = moved[n]
    scopes += [_moved_scope(left.scopes[n], moved) for n in new]
    only_left = {left.scopes[n].qualname for n in new if left.scopes[n].kind != "block"}
    for place, bindings in lefts.items():
        scope_name, name = place
        theirs, base = rights.get(place), old.get(place)
        if scope_name in only_left:
            continue  # taken over as it is
        if theirs is not None and (
            looks(theirs) == looks(bindings) or (base and looks(base) == looks(bindings))
        ):
            continue
        if theirs is None and base is not None and looks(base) == looks(bindings):
            continue  # the right side took it away
        table = scopes[numbers[scope_name]]
        copies = _moved(bindings, moved)
        where = table.attributes if name not in _own(left, scope_name) else table.bindings
        kept = (
            []
            if base is not None and theirs is not None and looks(base) == looks(theirs)
            else where.get(name, [])
        )
        where[name] = [*kept, *copies]
    for place, bindings in rights.items():
        if (
            place not in lefts and place in old and looks(old[place]) == looks(bindings)
        ):  # the left side took it away
            table = scopes[numbers[place[0]]]
            table.bindings.pop(place[1], None)
            table.attributes.pop(place[1], None)
    uses = [*right.uses, *(replace(use, scope=moved.get(use.scope, 0)) for use in brought(before, left))]
    return replace(
        right, scopes=scopes, uses=uses, gaps=right.gaps, exports=_both(left.exports, right.exports)
    )


def _moved(bindings: list[Binding], numbers: dict[int, int]) -> list[Binding]:
    return [replace(each, scope=numbers.get(each.scope, -1)) for each in bindings]


def _moved_scope(scope: Scope, numbers: dict[int, int]) -> Scope:
    return replace(
        scope,
        parent=numbers.get(scope.parent, -1),
        bindings={name: _moved(bindings, numbers) for name, bindings in scope.bindings.items()},
        attributes={name: _moved(bindings, numbers) for name, bindings in scope.attributes.items()},
        binding=_moved([scope.binding], numbers)[0] if scope.binding is not None else None,
    )


def _own(index: FileIndex, scope: tuple[str, ...]) -> set[str]:
    return {name for n in index.by_qualname.get(scope, ()) for name in index.scopes[n].bindings}


def _both(
    left: dict[str, list[Binding]] | None, right: dict[str, list[Binding]] | None
) -> dict[str, list[Binding]] | None:
    return None if left is None or right is None else {**left, **right}
