"""Blocks of imports: what both sides import, less what either took out. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from headway.resolution.hunks import Hunk, Lines
from headway.resolution.mechanical.rules import Answer, is_sorted

#: Longest line that names are put onto; a longer one is broken as black does it.
_WIDEST = 88

_FROM_JS = re.compile(
    rb"""(?P<head>\s*import\s+(?:type\s+)?)\{\s*(?P<names>[^}\n]*?)\s*\}(?P<tail>\s*from\s*(?P<source>["'][^"']+["']);?\s*)"""
)
_ANY_JS = re.compile(rb"""\s*import\s+(?:[^"'\n{}]+\s+from\s+)?["'][^"']+["'];?\s*""")
_GO = re.compile(rb"""\s*(?:import\s+)?(?:[\w.]+\s+)?"[^"\n]+"\s*""")


@dataclass(frozen=True, slots=True)
class _Import:
    """One statement: ``import a as b`` has no names, ``from m import x, y`` has."""

    module: str
    names: tuple[str, ...]
    lines: Lines


def python(path: str, hunk: Hunk) -> Answer | None:
    """``import`` and ``from … import``: names of one module on one statement, in order where they were."""
    read = [_read_python(lines) for lines in (hunk.base, hunk.left, hunk.right)]
    base, left, right = read
    if base is None or left is None or right is None:
        return None
    wanted = _wanted(_atoms(base), _atoms(left), _atoms(right))
    done: list[_Import] = []
    for each in left:
        more = [name for module, name in wanted if module == each.module and name not in each.names and name]
        kept = tuple(name for name in each.names if (each.module, name) in wanted)
        if not each.names:
            if (each.module, "") in wanted:
                done.append(each)
        elif any(module == each.module and name for module, name in wanted):
            have = {name for other in done if other.module == each.module for name in other.names}
            more = [name for name in more if name not in have and not _in(left, each, name)]
            done.append(_with_names(each, kept, more))
    known = set(_atoms(done))
    for each in right:
        missing = tuple(
            name
            for name in (each.names or ("",))
            if (each.module, name) in wanted and (each.module, name) not in known
        )
        if missing:
            new = each if missing == (each.names or ("",)) else _with_names(each, missing, [])
            done = _placed(done, new, keep_order=_is_ordered(left))
    done = [each for each in done if each.lines]
    return Answer(tuple(line for each in done for line in each.lines))


def javascript(path: str, hunk: Hunk) -> Answer | None:
    """``import … from "…"``, one a line; names in braces of one source are put together."""
    if not all(_ANY_JS.fullmatch(line) or _FROM_JS.fullmatch(line) for line in _all(hunk)):
        return None
    lines = _union(hunk)
    return Answer(lines)


def go(path: str, hunk: Hunk) -> Answer | None:
    """Import paths, one a line, in the order of gofmt where they were."""
    if not all(_GO.fullmatch(line) for line in _all(hunk)):
        return None
    lines = _union(hunk)
    return Answer(lines)


def _all(hunk: Hunk) -> list[bytes]:
    return [line for side in (hunk.base, hunk.left, hunk.right) for line in side]


def _union(hunk: Hunk) -> Lines:
    """Lines of the left side, less what the right took out, and what the right added."""
    base, left, right = ([_js_names(line) for line in side] for side in (hunk.base, hunk.left, hunk.right))
    atoms = [{(key, name) for key, names, _ in side for name in names} for side in (base, left, right)]
    wanted = {
        atom
        for atom in atoms[1] | atoms[2]
        if (atom in atoms[1] and atom in atoms[2]) or atom not in atoms[0]
    }
    done: dict[bytes, tuple[list[bytes], bytes]] = {}
    for key, names, line in [*left, *right]:
        kept = [name for name in names if (key, name) in wanted]
        if key in done:
            done[key][0].extend(name for name in kept if name not in done[key][0])
        elif kept:
            done[key] = (kept, line)
    lines = [_js_line(names, line) for names, line in done.values()]
    ordered = all(is_sorted(side) for side in (hunk.left, hunk.right))
    return tuple(sorted(lines, key=bytes.lower) if ordered else lines)


def _js_names(line: bytes) -> tuple[bytes, list[bytes], bytes]:
    line = line if line.endswith(b"\n") else line + b"\n"
    found = _FROM_JS.fullmatch(line)
    if not found:
        return line.strip(), [b""], line
    names = [name.strip() for name in found["names"].split(b",") if name.strip()]
    return found["head"].strip() + found["source"], names, line


def _js_line(names: list[bytes], line: bytes) -> bytes:
    found = _FROM_JS.fullmatch(line)
    if not found or sorted(names) == sorted(_js_names(line)[1]):
        return line
    was = _js_names(line)[1]
    if is_sorted([name for name in was if name in names]):
        names = sorted(names, key=bytes.lower)
    return found["head"] + b"{ " + b", ".join(names) + b" }" + found["tail"]


def _read_python(lines: Lines) -> list[_Import] | None:
    """The statements of a piece; None where it holds anything else.

    Blank lines part groups, and which one a new line belongs to is not known; a comment belongs to one of the names.
    """
    if any(not line.strip() or line[:1] == b"#" or b" #" in line for line in lines):
        return None
    try:
        tree = ast.parse(b"".join(lines).decode("utf-8", "surrogateescape"))
    except (SyntaxError, ValueError):
        return None  # indented, or half of a statement
    found = []
    for node in tree.body:
        own = lines[node.lineno - 1 : node.end_lineno]
        own = tuple(line if line.endswith(b"\n") else line + b"\n" for line in own)
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found.append(_Import(module, tuple(_name(alias) for alias in node.names), own))
        elif isinstance(node, ast.Import) and len(node.names) == 1:
            found.append(_Import("import " + _name(node.names[0]), (), own))
        else:
            return None
    return found


def _name(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _atoms(imports: Sequence[_Import]) -> list[tuple[str, str]]:
    return [(each.module, name) for each in imports for name in (each.names or ("",))]


def _wanted(
    base: Sequence[tuple[str, str]], left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    old, ours, theirs = set(base), set(left), set(right)
    return [
        atom
        for atom in dict.fromkeys([*left, *right])
        if (atom in ours and atom in theirs) or atom not in old
    ]


def _in(imports: Sequence[_Import], but: _Import, name: str) -> bool:
    return any(each is not but and each.module == but.module and name in each.names for each in imports)


def _with_names(each: _Import, kept: tuple[str, ...], more: Sequence[str]) -> _Import:
    if not more and kept == each.names:
        return each
    names = list(kept)
    ordered = list(each.names) == sorted(each.names, key=str.lower)
    for name in more:
        place = len(names)
        if ordered:
            place = next((at for at, other in enumerate(names) if other.lower() > name.lower()), len(names))
        names.insert(place, name)
    if not names:
        return _Import(each.module, (), ())
    head = f"from {each.module} import "
    one = head + ", ".join(names)
    if len(each.lines) > 1 or len(one) > _WIDEST:
        indent = "    "
        if len(each.lines) > 2:
            indent = each.lines[1][: len(each.lines[1]) - len(each.lines[1].lstrip())].decode() or indent
        lines = [head + "(", *(f"{indent}{name}," for name in names), ")"]
    else:
        lines = [one]
    return _Import(
        each.module, tuple(names), tuple(line.encode("utf-8", "surrogateescape") + b"\n" for line in lines)
    )


def _is_ordered(imports: Sequence[_Import]) -> bool:
    keys = [_order(each) for each in imports]
    return keys == sorted(keys)


def _order(each: _Import) -> tuple[bool, str]:
    """isort's default: ``import`` before ``from``, each by module."""
    return bool(each.names), each.module.lower()


def _placed(done: list[_Import], new: _Import, *, keep_order: bool) -> list[_Import]:
    place = len(done)
    if keep_order:
        place = next((at for at, each in enumerate(done) if _order(each) > _order(new)), len(done))
    return [*done[:place], new, *done[place:]]
