"""What one side took away or changed and the other begins to use: renamed, removed, moved, signature, import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headway.conflicts.symbols.calls import Clash, clash
from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.delta import brought, names_used
from headway.conflicts.symbols.entities import (
    DottedValue,
    ExternalValue,
    Found,
    Missing,
    ModuleValue,
    Step,
    Unknown,
)
from headway.conflicts.symbols.guesses import guess
from headway.conflicts.symbols.index import FIXTURE, SUPER, BindingKind, Chain, FileIndex, Use
from headway.conflicts.symbols.languages import LANGUAGES, language_of
from headway.conflicts.symbols.likeness import moved, moved_file, renamed
from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict
from headway.conflicts.symbols.telling import make, qualified

#: Nothing else can be meant.
SURE = 0.95
#: The definition has a new name or place; a class from outside may still have the old one.
LIKELY = 0.85
#: A class from outside may have it.
DOUBTFUL = 0.6
#: Most new files among which one that was moved and edited is looked for.
MOST_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Site:
    """A use that one side begins, as that side sees it and as it stands in the merge."""

    path: str
    index: FileIndex
    use: Use
    merged_path: str
    merged_index: FileIndex
    merged_use: Use


def find_breaks(comparison: Comparison, breaker: Side) -> Iterator[SymbolConflict]:
    """What ``breaker`` did to names that the other side begins to use."""
    touched = _touched(comparison, breaker)
    if not touched:
        return
    for site in sites(comparison, breaker.other, touched):
        yield from _look(comparison, breaker, site)


def _touched(comparison: Comparison, side: Side) -> set[str]:
    """Every name whose uses a side may have broken."""
    touched: set[str] = set()
    for path, changes in comparison.deltas[side].items():
        touched |= changes.touched
        if changes.is_file_gone or not comparison.sides[side].program.has(path):
            parts = path.rpartition(".")[0].split("/")
            is_package = (
                parts[-1] in ("__init__", "index") or LANGUAGES[language_of(path) or "python"].shares_names
            )
            touched.update(parts[-2:] if is_package else parts[-1:])
    return touched


def sites(comparison: Comparison, user: Side, touched: set[str]) -> Iterator[Site]:
    """The uses that a side brings into the merge and that may lead to one of the names."""
    breaker = user.other
    makes = not touched.isdisjoint(("__init__", "__new__", "constructor"))
    change = comparison.change
    for merged_path, each in change.changed.items():
        if each.left == each.right:
            continue
        if each.of(user) == each.base and (
            # Where the other side has moved a file, what the user wrote into it stands under the new path.
            each.base is not None or change.merged.get(merged_path) in (None, each.of(breaker))
        ):
            continue
        if merged_path in comparison.moved[user]:
            continue  # what it uses it has used before
        merged_index = comparison.merged.program.index(merged_path)
        if merged_index is None:
            continue
        path = _origin(comparison, user, merged_path)
        index = comparison.index(path, user) if path is not None else None
        if path is None or index is None:
            continue
        if merged_path in comparison.conflicted:
            new = brought(comparison.index(path, None), index)
        else:
            new = brought(comparison.index(merged_path, breaker), merged_index)
        for use in new:
            key = (merged_index if merged_path not in comparison.conflicted else index).key_of(use)
            own, merged = index.use_table.get(key), merged_index.use_table.get(key)
            if own is None or merged is None:
                continue
            # A class that inherits how it is made is called by a name that nobody touched.
            if names_used(index, own) & touched or (own.calls and makes):
                yield Site(path, index, own, merged_path, merged_index, merged)


def _origin(comparison: Comparison, user: Side, merged_path: str) -> str | None:
    """Where a file of the merge is on a side: elsewhere when the other side moved it."""
    if comparison.sides[user].program.has(merged_path):
        return merged_path
    gone = [
        path
        for path, each in comparison.change.changed.items()
        if each.of(user) is not None and each.of(user.other) is None and each.base is not None
    ]
    name = merged_path.rpartition("/")[2]
    same = [path for path in gone if path.rpartition("/")[2] == name]
    return next(iter(same or (gone if len(gone) == 1 else [])), None)


def _look(comparison: Comparison, breaker: Side, site: Site) -> Iterator[SymbolConflict]:
    user, use = comparison.sides[breaker.other], site.use
    theirs = user.follow(site.path, site.index, use.scope, use.chain)
    merged = comparison.merged.follow(site.merged_path, site.merged_index, site.merged_use.scope, use.chain)
    offset = 1 if use.chain[0] == FIXTURE else 0
    for place, step in enumerate(theirs):
        now = merged[place] if place < len(merged) else None
        if isinstance(step, Unknown) and place < len(use.chain) - 1 and step.value is None:
            yield from guess(comparison, breaker, site, place)
            return
        if not isinstance(step, Found) or now is None:
            return
        chain = use.chain[: place + 1 + offset]
        if isinstance(now, Missing):
            if not _is_still_there(comparison, breaker.other, step, now) and not _is_broken_already(
                comparison, breaker, site, chain, place
            ):
                yield _tell_missing(comparison, breaker, site, chain, step, now)
            return
        if isinstance(now.value, ExternalValue) and not isinstance(step.value, ExternalValue):
            if isinstance(step.value, ModuleValue) and LANGUAGES[site.index.language].imports == "go":
                yield tell_module(comparison, breaker, site, step.value.path, now.value.dotted[0])
                return
            yield from _tell_vanished_module(comparison, breaker, site, now.value)
            return
        if isinstance(now, Unknown):
            return
        found = clash(comparison, breaker, site.use, place, step, now)
        if found is not None:
            if not _clashes_already(comparison, breaker, site, place):
                yield _tell_clash(comparison, breaker, site, step, found)
            return
    last = theirs[-1]
    if isinstance(last, Found) and last.value is None and len(theirs) < len(use.chain) and not offset:
        yield from guess(comparison, breaker, site, len(theirs) - 1)


def _is_still_there(comparison: Comparison, user: Side, was: Found, now: Missing) -> bool:
    """Whether a module is in the merge as the user has it, so that nobody took it away.

    Where text conflicts, two files may stand side by side of which one should go, and hide each other.
    """
    if not isinstance(was.value, ModuleValue) or was.bindings:
        return False
    path, merged, own = was.value.path, comparison.merged.program, comparison.sides[user].program
    return now.what == "member" and merged.has(path) and merged.text(path) == own.text(path)


def _is_broken_already(comparison: Comparison, breaker: Side, site: Site, chain: Chain, place: int) -> bool:
    """Whether the breaker has left the same use behind in the same file, broken: then it is its own."""
    resolver = comparison.sides[breaker]
    index = resolver.program.index(site.merged_path)
    if index is None:
        return False
    for use in index.uses:
        if use.chain[: len(chain)] == chain and (place == 0 or use.chain[0] == chain[0]):
            steps = resolver.follow(site.merged_path, index, use.scope, chain)
            if steps and isinstance(steps[-1], Missing):
                return True
    return False


def _clashes_already(comparison: Comparison, breaker: Side, site: Site, place: int) -> bool:
    """Whether the breaker has left the same call behind in the same file, broken."""
    resolver = comparison.sides[breaker]
    index = resolver.program.index(site.merged_path)
    if index is None:
        return False
    for use in index.uses:
        if use.chain == site.use.chain and [s.key for _, s in use.calls] == [
            s.key for _, s in site.use.calls
        ]:
            theirs = comparison.base.program.index(site.merged_path)
            known = theirs.use_table.get(index.key_of(use)) if theirs is not None else None
            if theirs is None or known is None:
                continue
            before = comparison.base.follow(site.merged_path, theirs, known.scope, use.chain)
            after = resolver.follow(site.merged_path, index, use.scope, use.chain)
            if len(before) > place < len(after):
                was, now = before[place], after[place]
                if (
                    isinstance(was, Found)
                    and isinstance(now, Found)
                    and clash(comparison, breaker, use, place, was, now, base=True) is not None
                ):
                    return True
    return False


def _tell_missing(
    comparison: Comparison, breaker: Side, site: Site, chain: Chain, was: Found, now: Missing
) -> SymbolConflict:
    name = now.name
    line = site.use.lines[-1]
    deltas = comparison.deltas[breaker]
    binding = was.bindings[0] if was.bindings else None
    if now.what == "module" or (
        isinstance(was.value, ModuleValue) and (binding is None or now.what == "member")
    ):
        gone = was.value.path if isinstance(was.value, ModuleValue) else was.path
        return tell_module(comparison, breaker, site, gone, ".".join(chain))
    if now.what == "name" and binding is not None and _was_import(comparison, breaker, site, name):
        text = f"{breaker} removes the import of {name!r} from {site.merged_path}, which {breaker.other} begins to use"
        return make(
            breaker, Kind.IMPORT, Severity.HIGH, (site.merged_path, None), (site.path, line), name, text, SURE
        )
    passing = deltas.get(now.path) if now.path and now.path != was.path else None
    if passing is not None and ((), name) in passing.vanished:
        text = f"{breaker} removes the import of {name!r} from {now.path}; {breaker.other} begins to use it there"
        return make(
            breaker, Kind.IMPORT, Severity.HIGH, (now.path, None), (site.path, line), name, text, SURE
        )
    symbol = qualified(was.holder, name if name else chain[-1])
    changes = deltas.get(was.path)
    before = comparison.index(was.path, None) if changes is not None else None
    gone_binding = binding
    if changes is not None:
        known = changes.vanished.get((was.holder, name))
        gone_binding = known[-1] if known else None
    after = comparison.index(was.path, breaker)
    is_method = gone_binding is not None and gone_binding.kind is BindingKind.FUNCTION
    is_sure = now.is_sure or (now.only_data and is_method)
    score = SURE if is_sure else DOUBTFUL
    what = {"fixture": "fixture", "attribute": "attribute", "super": "method"}.get(now.what, "definition")
    if gone_binding is not None and before is not None:
        if changes is not None and after is not None:
            new = renamed(before, gone_binding, after, changes, was.holder)
            if new is not None:
                text = f"{breaker} renames {symbol} to {new.name}; {breaker.other} begins to use {name!r}"
                kind = Kind.OVERRIDE if now.what == "super" else Kind.RENAMED
                return make(
                    breaker,
                    kind,
                    Severity.HIGH,
                    (was.path, new.line),
                    (site.path, line),
                    symbol,
                    text,
                    max(score, LIKELY),
                )
        place = moved(before, gone_binding, lambda path: comparison.index(path, breaker), deltas, was.path)
        if place is not None and now.what != "super":
            there = f"{place.path}" + (f" ({'.'.join(place.holder)})" if place.holder else "")
            text = f"{breaker} moves {symbol} from {was.path} to {there}; {breaker.other} begins to use it where it was"
            return make(
                breaker,
                Kind.MOVED,
                Severity.HIGH,
                (place.path, place.binding.line),
                (site.path, line),
                symbol,
                text,
                score if is_sure else 0.7 if now.what == "attribute" else LIKELY,
            )
    if now.what == "super" or chain[0] == SUPER:
        text = f"{breaker} removes {symbol}; the override that {breaker.other} adds calls it through super()"
        return make(
            breaker, Kind.OVERRIDE, Severity.HIGH, (was.path, None), (site.path, line), symbol, text, score
        )
    if _is_tried(site, chain[0]):
        score = min(score, DOUBTFUL)
    if gone_binding is None and binding is not None and binding.kind is BindingKind.PARAMETER:
        what = "parameter"
    text = f"{breaker} removes the {what} {symbol} from {was.path}; {breaker.other} begins to use it"
    return make(
        breaker, Kind.REMOVED, Severity.HIGH, (was.path, None), (site.path, line), symbol, text, score
    )


def _is_tried(site: Site, name: str) -> bool:
    """Whether a name is imported under a condition (``try: import …``): that it may fail is foreseen."""
    scope = site.index.scopes[site.use.scope]
    while True:
        bindings = scope.bindings.get(name)
        if bindings or scope.parent < 0:
            return any(b.kind is BindingKind.IMPORT and bool(b.branch) for b in bindings or ())
        scope = site.index.scopes[scope.parent]


def _was_import(comparison: Comparison, breaker: Side, site: Site, name: str) -> bool:
    """Whether a global name of a file was an import that the breaker took away."""
    changes = comparison.deltas[breaker].get(site.merged_path)
    gone = changes.vanished.get(((), name)) if changes is not None else None
    return bool(gone) and all(b.kind is BindingKind.IMPORT for b in gone or ())


def _tell_vanished_module(
    comparison: Comparison, breaker: Side, site: Site, now: ExternalValue
) -> Iterator[SymbolConflict]:
    """A dotted name that was in the program for the user and is not any more in the merge."""
    user, merged = comparison.sides[breaker.other], comparison.merged
    for length in range(len(now.dotted), 0, -1):
        words = now.dotted[:length]
        was = user.importer.absolute(site.path, words)
        if was is None:
            continue
        if merged.importer.absolute(site.merged_path, words) is None:
            suffix = was.path if was.path != was.directory else f"{was.path}/__init__.py"
            tail = "/".join(suffix.split("/")[-(length + (was.directory is not None)) :])
            # The package may only have moved to a directory that this reader does not take for a source root.
            is_elsewhere = any(True for _ in merged.program.ending_with(tail))
            site_breaks = not is_elsewhere and _broke_not_itself(comparison, breaker, site, words)
            if site_breaks:
                yield tell_module(comparison, breaker, site, was.path, ".".join(words))
        return


def _broke_not_itself(comparison: Comparison, breaker: Side, site: Site, words: tuple[str, ...]) -> bool:
    """Whether the breaker left no import of the same module behind in the same file."""
    index = comparison.index(site.merged_path, breaker)
    if index is None:
        return True
    dotted = ".".join(words)
    return not any(
        binding.kind is BindingKind.IMPORT and not binding.level and dotted in (binding.module, binding.whole)
        for scope in index.scopes
        for bindings in scope.bindings.values()
        for binding in bindings
    )


def tell_module(comparison: Comparison, breaker: Side, site: Site, gone: str, name: str) -> SymbolConflict:
    """A file that an import names and that the breaker removed or moved."""
    new = _new_place(comparison, breaker, gone)
    line = site.use.lines[-1]
    if new is not None:
        text = f"{breaker} moves {gone} to {new}; {breaker.other} begins to import it where it was"
        return make(breaker, Kind.MOVED, Severity.HIGH, (new, 1), (site.path, line), name, text, SURE)
    text = f"{breaker} removes {gone}; {breaker.other} begins to import it"
    return make(breaker, Kind.IMPORT, Severity.HIGH, (gone, None), (site.path, line), name, text, SURE)


def _new_place(comparison: Comparison, breaker: Side, gone: str) -> str | None:
    """The file that a removed one (or the directory that a removed one) has become; None where none has."""
    for new, old in comparison.moved[breaker].items():
        if old == gone:
            return new
        if old.startswith(f"{gone}/") and new.endswith(old[len(gone) :]):
            return new[: len(gone) - len(old)]
    content = comparison.base.program.text(gone)
    if content is None or comparison.sides[breaker].program.has(gone):
        return None
    ending = gone.rpartition(".")[2]
    added = {
        path: text
        for path, each in comparison.change.changed.items()
        if each.base is None and path.endswith(ending) and (text := each.of(breaker)) is not None
    }
    return moved_file(content, added) if len(added) <= MOST_CANDIDATES else None


def _tell_clash(
    comparison: Comparison, breaker: Side, site: Site, was: Found, found: Clash
) -> SymbolConflict:
    line = site.use.lines[-1]
    text = (
        f"{breaker} changes {found.symbol}, which {found.reason}; {breaker.other} begins to call it as it was"
    )
    return make(
        breaker,
        Kind.SIGNATURE,
        found.severity,
        (found.path, found.line),
        (site.path, line),
        found.symbol,
        text,
        found.score,
    )


def leads_nowhere(step: Step) -> bool:
    """Whether nothing more can be said of a chain."""
    return not isinstance(step, Found) or step.value is None or isinstance(step.value, DottedValue)
