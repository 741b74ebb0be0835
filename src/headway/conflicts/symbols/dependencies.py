"""Both sides ask for versions of one dependency that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headway.conflicts.symbols.nouns import Kind, Severity, Side, SymbolConflict, TwoSided, Versions
from headway.conflicts.symbols.requirements import Requirement, is_manifest, project_of, read_requirements
from headway.conflicts.symbols.telling import both
from headway.conflicts.symbols.versions import exclude_each_other


def find_dependencies(change: TwoSided) -> Iterator[SymbolConflict]:
    """Dependencies that both sides add or change, in one file or in several of one project."""
    sides: dict[Side, list[tuple[str, Requirement]]] = {side: [] for side in Side}
    for path, versions in change.changed.items():
        if is_manifest(path) and versions.left != versions.right:
            for side in Side:
                sides[side] += [(path, each) for each in _changed(path, versions, side)]
    if not sides[Side.LEFT] or not sides[Side.RIGHT]:
        return
    rights: dict[tuple[str, str, str], list[tuple[str, Requirement]]] = {}
    for path, each in sides[Side.RIGHT]:
        rights.setdefault((project_of(path), _ecosystem(each), each.name), []).append((path, each))
    found: dict[tuple[str, str, str], SymbolConflict] = {}
    for path, each in sides[Side.LEFT]:
        for other_path, other in rights.get((project_of(path), _ecosystem(each), each.name), ()):
            conflict = _compare(path, each, other_path, other)
            if conflict is None:
                continue
            # One dependency of one project is one conflict, in however many lists it stands: best where both wrote it.
            key = (project_of(path), _ecosystem(each), each.name)
            known = found.get(key)
            if known is None or (conflict.score, path == other_path) > (
                known.score,
                known.path == known.other_path,
            ):
                found[key] = conflict
    yield from found.values()


def _ecosystem(requirement: Requirement) -> str:
    return "python" if requirement.ecosystem == "poetry" else requirement.ecosystem


def _changed(path: str, versions: Versions, side: Side) -> Iterator[Requirement]:
    content = versions.of(side)
    if content is None or content == versions.base:
        return
    before: Mapping[tuple[str, str], Requirement] = (
        read_requirements(path, versions.base) if versions.base is not None else {}
    )
    for key, each in read_requirements(path, content).items():
        known = before.get(key)
        if known is None or known.spec != each.spec:
            yield each


def _compare(path: str, left: Requirement, other_path: str, right: Requirement) -> SymbolConflict | None:
    if left.spec == right.spec:
        return None
    if left.ecosystem == "go":
        excluded: bool | None = True
    else:
        npm = "npm" if left.ecosystem in ("npm", "poetry") else "python"
        excluded = exclude_each_other(left.spec, right.spec, npm=npm == "npm")
    if left.marker != right.marker:
        score = 0.5  # each for another Python or system
    elif excluded is None:
        score = 0.6
    elif not excluded:
        score = 0.5
    elif left.group.startswith("extra ") and right.group.startswith("extra ") and left.group != right.group:
        score = 0.6  # nobody has to install both
    else:
        score = 0.9
    what = "that exclude each other" if excluded else "in different ways"
    text = (
        f"both sides pin {left.name} {what}: left {left.spec or 'any'} in {path}, "
        f"right {right.spec or 'any'} in {other_path}"
    )
    return both(
        Kind.DEPENDENCY,
        Severity.HIGH if score >= 0.8 else Severity.LOW,
        (path, left.line),
        (other_path, right.line),
        left.name,
        text,
        score,
    )
