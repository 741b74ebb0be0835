"""Both sides add the same name in one scope."""

from __future__ import annotations

from collections.abc import Iterator

from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.index import Binding, BindingKind, FileIndex
from headway.conflicts.symbols.languages import language_of, shares_names
from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict
from headway.conflicts.symbols.resolve import last_name
from headway.conflicts.symbols.telling import both, qualified

#: Decorators that make several definitions of one name belong together.
_TOGETHER = frozenset(
    {"overload", "setter", "getter", "deleter", "register", "dispatch", "singledispatch", "when"}
)

_WORDS = {
    BindingKind.FUNCTION: "function",
    BindingKind.CLASS: "class",
    BindingKind.VARIABLE: "name",
    BindingKind.IMPORT: "import",
    BindingKind.PARAMETER: "parameter",
}


def find_duplicates(comparison: Comparison) -> Iterator[SymbolConflict]:
    """Names that both sides add: the later one hides the other, or the program does not compile."""
    deltas = comparison.deltas
    for path, changes in deltas[Side.LEFT].items():
        others = deltas[Side.RIGHT].get(path)
        if others is None:
            continue
        for place, lefts in changes.added.items():
            rights = others.added.get(place)
            if rights:
                found = _same_file(comparison, path, place, lefts, rights)
                if found is not None:
                    yield found
    yield from _in_packages(comparison)


def _same_file(
    comparison: Comparison,
    path: str,
    place: tuple[tuple[str, ...], str],
    lefts: list[Binding],
    rights: list[Binding],
) -> SymbolConflict | None:
    left, right = lefts[-1], rights[-1]
    holder, name = place
    indices = [comparison.index(path, side) for side in Side]
    if indices[0] is None or indices[1] is None or not _counts(indices[0], holder, name, left, right):
        return None
    is_same = indices[0].statement(left) == indices[1].statement(right)
    if path in comparison.conflicted:
        if is_same or left.kind is BindingKind.IMPORT or right.kind is BindingKind.IMPORT:
            return None  # people see both in the text conflict
    else:
        merged = comparison.merged.program.index(path)
        if merged is None:
            return None
        made = [
            binding
            for number in merged.by_qualname.get(holder, ())
            for binding in merged.scopes[number].bindings.get(name, ())
        ]
        together = {binding.branch for binding in made}
        opened = merged.by_qualname.get((*holder, name), ())
        if (
            len(made) <= max(len(lefts), len(rights))
            or len(together) == len(made)
            or (left.scope >= 0 and len(opened) < 2 and right.scope >= 0)
        ):
            return None
    if is_same and left.kind in (BindingKind.VARIABLE, BindingKind.IMPORT):
        return None
    return _tell(path, path, holder, name, left, right, is_same=is_same)


def _counts(index: FileIndex, holder: tuple[str, ...], name: str, left: Binding, right: Binding) -> bool:
    kinds = {index.scopes[n].kind for n in index.by_qualname.get(holder, ())}
    if "function" in kinds or not kinds or name == "_" or name[:2] == "__" == name[-2:] != name[:4]:
        return "class" in kinds and name in (
            "__init__",
            "__call__",
            "__eq__",
            "__hash__",
            "__str__",
            "__repr__",
        )
    if name not in {n for k in index.by_qualname.get(holder, ()) for n in index.scopes[k].bindings}:
        return False  # attributes of instances: both may set one
    if left.kind is BindingKind.IMPORT and right.kind is BindingKind.IMPORT:
        same = (left.module, left.level, left.member) == (right.module, right.level, right.member)
        if same or (left.module.partition(".")[0] == right.module.partition(".")[0] and left.member is None):
            return False
    return not any(last_name(d) in _TOGETHER for b in (left, right) for d in b.decorators)


def _tell(
    path: str,
    other_path: str,
    holder: tuple[str, ...],
    name: str,
    left: Binding,
    right: Binding,
    *,
    is_same: bool,
    is_compiled: bool = False,
) -> SymbolConflict:
    symbol = qualified(holder, name)
    word = _WORDS[left.kind] if left.kind is right.kind else "name"
    if word == "function" and holder:
        word = "method"
    if is_compiled:
        score = 0.95
    elif is_same:
        score = 0.6  # said twice, and means the same
    elif BindingKind.VARIABLE in (left.kind, right.kind):
        score = 0.9 if name.strip("_").isupper() or holder else 0.7
    else:
        score = 0.95
    text = f"both sides add the {word} {symbol}"
    if path != other_path:
        text += f" to one package ({path} and {other_path})"
    elif not is_compiled:
        text += f" to {path}; the later one hides the other"
    return both(
        Kind.DUPLICATE,
        Severity.HIGH if score >= 0.9 else Severity.MEDIUM,
        (path, left.line),
        (other_path, right.line),
        symbol,
        text,
        score,
    )


def _in_packages(comparison: Comparison) -> Iterator[SymbolConflict]:
    """The same in two files of one package, where a language says that these share their names (Go)."""
    rights: dict[tuple[str, str, tuple[str, ...], str], tuple[str, Binding]] = {}
    for path, changes in comparison.deltas[Side.RIGHT].items():
        index = comparison.index(path, Side.RIGHT) if shares_names(language_of(path)) else None
        if index is not None:
            for (holder, name), bindings in changes.added.items():
                rights.setdefault((path.rpartition("/")[0], index.package, holder, name), (path, bindings[0]))
    if not rights:
        return
    for path, changes in comparison.deltas[Side.LEFT].items():
        index = comparison.index(path, Side.LEFT) if shares_names(language_of(path)) else None
        if index is None:
            continue
        for (holder, name), bindings in changes.added.items():
            other = rights.get((path.rpartition("/")[0], index.package, holder, name))
            kind = bindings[0].kind
            if other is None or other[0] == path or name in ("_", "init", "main"):
                continue
            scopes = {index.scopes[n].kind for n in index.by_qualname.get(holder, ())}
            if kind in (BindingKind.IMPORT, BindingKind.PARAMETER) or "function" in scopes:
                continue
            yield _tell(path, other[0], holder, name, bindings[0], other[1], is_same=False, is_compiled=True)
