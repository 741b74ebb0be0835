"""Both sides add a database migration at the same place: Alembic, Django, numbered files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headway.conflicts.symbols.comparison import Comparison
from headway.conflicts.symbols.index import Fact, FactKind
from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict
from headway.conflicts.symbols.telling import both

_NUMBERED = re.compile(r"^(?:V|U)?(\d+(?:[._]\d+)*?)(?:__|[_\-.])(.+)$")
#: Directories in which numbered files of any kind are migrations.
_DIRECTORIES = frozenset({"migrations", "migrate", "migration"})
#: Directories in which numbered SQL files are.
_SQL_DIRECTORIES = _DIRECTORIES | {"sql", "db", "schema", "versions", "changes", "patches", "upgrades"}
_CODE = (".rb", ".js", ".ts", ".go", ".php", ".py", ".cs", ".exs")


@dataclass(frozen=True, slots=True)
class Revision:
    """One new Alembic revision."""

    path: str
    line: int
    id: str
    parents: tuple[str, ...]


def find_migrations(comparison: Comparison) -> Iterator[SymbolConflict]:
    """New migrations of both sides that stand at one place."""
    new = {
        side: [
            path
            for path, each in comparison.change.changed.items()
            if each.base is None and each.of(side) is not None and each.of(side.other) != each.of(side)
        ]
        for side in Side
    }
    if not new[Side.LEFT] or not new[Side.RIGHT]:
        return
    yield from _alembic(comparison, new)
    yield from _django(comparison, new)
    yield from _numbered(comparison, new)


def _facts(comparison: Comparison, path: str, side: Side) -> dict[str, Fact]:
    content = comparison.change.changed[path].of(side) or b""
    if not path.endswith(".py") or (b"down_revision" not in content and b"Migration" not in content):
        return {}
    index = comparison.index(path, side)
    return {f.key: f for f in index.facts if f.kind is FactKind.REVISION} if index is not None else {}


def _alembic(comparison: Comparison, new: dict[Side, list[str]]) -> Iterator[SymbolConflict]:
    revisions: dict[Side, list[Revision]] = {side: [] for side in Side}
    for side in Side:
        for path in new[side]:
            facts = _facts(comparison, path, side)
            own, after = facts.get("revision"), facts.get("down_revision")
            if own is not None and own.detail and after is not None:
                revisions[side].append(Revision(path, after.line, own.detail[0], after.detail))
    for left in revisions[Side.LEFT]:
        for right in revisions[Side.RIGHT]:
            if left.path.rpartition("/")[0] != right.path.rpartition("/")[0]:
                continue
            if left.id == right.id:
                text = f"both sides add a migration with the revision {left.id!r}"
            elif set(left.parents or ("base",)) & set(right.parents or ("base",)):
                parent = next(iter(set(left.parents) & set(right.parents)), "the beginning")
                text = f"both sides add a migration after {parent}: the history gets two heads"
            else:
                continue
            yield both(
                Kind.MIGRATION,
                Severity.CRITICAL,
                (left.path, left.line),
                (right.path, right.line),
                next(iter(left.parents), left.id),
                text,
                0.95,
            )


def _django(comparison: Comparison, new: dict[Side, list[str]]) -> Iterator[SymbolConflict]:
    found: dict[Side, dict[str, list[str]]] = {side: {} for side in Side}
    for side in Side:
        for path in new[side]:
            directory, _, name = path.rpartition("/")
            if (
                not directory.endswith("migrations")
                or not name.endswith(".py")
                or not re.match(r"\d{4}_", name)
            ):
                continue
            if "dependencies" in _facts(comparison, path, side):
                found[side].setdefault(directory, []).append(path)
    for directory, lefts in found[Side.LEFT].items():
        rights = found[Side.RIGHT].get(directory)
        if not rights or _joined(comparison, lefts, rights):
            continue
        numbers = {_django_number(path): path for path in sorted(rights, reverse=True)}
        left = next((path for path in sorted(lefts) if _django_number(path) in numbers), sorted(lefts)[0])
        right = numbers.get(_django_number(left), sorted(rights)[0])
        app = directory.split("/")[-2] if "/" in directory else directory
        name = f"{app} {_django_number(left)}"
        text = f"both sides add a migration to {app}: {_stem(left)} and {_stem(right)} are two leaves"
        yield both(Kind.MIGRATION, Severity.CRITICAL, (left, 1), (right, 1), name, text, 0.95)


def _joined(comparison: Comparison, lefts: list[str], rights: list[str]) -> bool:
    """Whether a migration of one side already comes after one of the other, or replaces it."""
    stems = {Side.LEFT: {_stem(p) for p in lefts}, Side.RIGHT: {_stem(p) for p in rights}}
    for side, paths in ((Side.LEFT, lefts), (Side.RIGHT, rights)):
        for path in paths:
            facts = _facts(comparison, path, side)
            named = {each.rpartition("/")[2] for fact in facts.values() for each in fact.detail}
            if named & (stems[side.other] - stems[side]):
                return True
    return False


def _django_number(path: str) -> str:
    return path.rpartition("/")[2][:4]


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _numbered(comparison: Comparison, new: dict[Side, list[str]]) -> Iterator[SymbolConflict]:
    taken: dict[tuple[str, tuple[int, ...]], str] = {}
    for path in new[Side.RIGHT]:
        key = _number_key(comparison, path)
        if key is not None:
            taken.setdefault(key, path)
    seen: set[tuple[str, tuple[int, ...]]] = set()
    for path in new[Side.LEFT]:
        key = _number_key(comparison, path)
        other = taken.get(key) if key is not None else None
        if key is None or other is None or key in seen or _what(path) == _what(other):
            continue
        if path.endswith(".py") and _facts(comparison, path, Side.LEFT):
            continue  # Alembic's or Django's, told by its own rule
        seen.add(key)
        number = ".".join(map(str, key[1]))
        names = f"{path.rpartition('/')[2]} and {other.rpartition('/')[2]}"
        text = f"both sides add migration {number} to {key[0]}: {names}"
        yield both(
            Kind.MIGRATION, Severity.CRITICAL, (path, 1), (other, 1), f"migration {number}", text, 0.95
        )


def _number_key(comparison: Comparison, path: str) -> tuple[str, tuple[int, ...]] | None:
    """Directory and number of a numbered migration; None where it is none."""
    directory, _, name = path.rpartition("/")
    match = _NUMBERED.match(name)
    folders = set(directory.lower().split("/"))
    if match is None:
        return None
    if name.endswith(".sql"):
        siblings = comparison.change.base.by_directory.get(directory, ())
        numbered = sum(1 for p in siblings if p.endswith(".sql") and _NUMBERED.match(p.rpartition("/")[2]))
        if not folders & _SQL_DIRECTORIES and numbered < 2:
            return None
    elif not (name.endswith(_CODE) and folders & _DIRECTORIES):
        return None
    return directory, tuple(int(part) for part in re.split(r"[._]", match[1]))


def _what(path: str) -> str:
    """A migration's name without the parts that its two directions differ in."""
    name = path.rpartition("/")[2]
    return re.sub(r"\.(up|down|do|undo)(?=\.)", "", name)
