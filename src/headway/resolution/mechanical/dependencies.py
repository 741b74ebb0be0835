"""Lists of dependencies: what each side added, raised or took out. The same package in two ways is not settled here.

Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from headway.resolution.hunks import Hunk, Lines
from headway.resolution.mechanical.rules import Answer, is_sorted

_NAME = rb"[A-Za-z0-9][\w.-]*"
_REQUIREMENT = re.compile(rb"(" + _NAME + rb")(?:\[[^\]]*\])?\s*(?:[<>=!~;@ ].*)?\s*")
_QUOTED = re.compile(
    rb"""\s*["'](""" + _NAME + rb""")(?:\[[^\]]*\])?\s*(?:[<>=!~;@][^"']*)?["'],?\s*(?:#.*)?\s*"""
)
_KEYED = re.compile(
    rb"""\s*"(@?[\w./-]+)"\s*:\s*"(?:[\^~<>=*v\d]|workspace:|file:|link:|npm:|git|https?:)[^"]*",?\s*"""
)
_TABLE = re.compile(
    rb"""\s*["']?(""" + _NAME + rb""")["']?\s*=\s*(?:["'][\^~<>=*\d][^"']*["']|\{.*\})\s*(?:#.*)?\s*"""
)


def requirements(path: str, hunk: Hunk) -> Answer | None:
    """A requirements file: one package a line, with the indented lines that belong to it."""
    return _merge(
        hunk, _REQUIREMENT, belongs=lambda line: line[:1] in b" \t" or line.lstrip().startswith(b"#")
    )


def project(path: str, hunk: Hunk) -> Answer | None:
    """pyproject.toml, setup.py, setup.cfg: lists of quoted requirements, or tables of them."""
    for form in (_QUOTED, _TABLE):
        answer = _merge(hunk, form)
        if answer is not None:
            return answer
    return None


def package_json(path: str, hunk: Hunk) -> Answer | None:
    """package.json: names and ranges; the commas between them are put right."""
    sides = [_with_commas(each) for each in (hunk.base, hunk.left, hunk.right)]
    last = _ends_object(hunk)
    answer = _merge(
        Hunk(base=sides[0], left=sides[1], right=sides[2], before=hunk.before, after=hunk.after), _KEYED
    )
    if answer is None or not answer.lines:
        return answer
    lines = answer.lines
    if last:
        end = lines[-1]
        lines = (*lines[:-1], end.rstrip()[:-1] + end[len(end.rstrip()) :])
    whole = b"".join((*hunk.before, *lines, *hunk.after))
    try:
        json.loads(whole, object_pairs_hook=_no_doubles)
    except ValueError:
        return None
    return Answer(lines)


def _merge(
    hunk: Hunk, form: re.Pattern[bytes], belongs: Callable[[bytes], bool] | None = None
) -> Answer | None:
    read = [_read(lines, form, belongs) for lines in (hunk.base, hunk.left, hunk.right)]
    base, left, right = read
    if base is None or left is None or right is None:
        return None
    names = [*left, *(name for name in right if name not in left)]
    found: dict[bytes, Lines] = {}
    for name in names:
        old, ours, theirs = base.get(name), left.get(name), right.get(name)
        if theirs in (ours, old):
            chosen = ours
        elif ours == old:
            chosen = theirs
        else:
            return None
        if chosen is not None:
            found[name] = chosen
    # Elsewhere in the file too: the other side may have moved it.
    around = {there for line in (*hunk.before, *hunk.after) if (there := _name(line, form))}
    if around & (found.keys() - base.keys()):
        return None
    ordered = list(found)
    if is_sorted(list(left)) and is_sorted(list(right)):
        ordered.sort()
    return Answer(tuple(line for name in ordered for line in found[name]))


def _read(
    lines: Lines, form: re.Pattern[bytes], belongs: Callable[[bytes], bool] | None
) -> dict[bytes, Lines] | None:
    found: dict[bytes, Lines] = {}
    last: bytes | None = None
    for line in lines:
        name = _name(line, form)
        if belongs is not None and belongs(line):
            if last is None:
                return None
            found[last] = (*found[last], line)
        elif name is None or name in found:
            return None
        else:
            last = name
            found[name] = (line if line.endswith(b"\n") else line + b"\n",)
    return found


def _name(line: bytes, form: re.Pattern[bytes]) -> bytes | None:
    match = form.fullmatch(line)
    return re.sub(rb"[-_.]+", b"-", match[1]).lower() if match else None


def _with_commas(lines: Lines) -> Lines:
    return tuple(
        line if line.rstrip().endswith(b",") or not line.strip() else line.rstrip() + b",\n" for line in lines
    )


def _ends_object(hunk: Hunk) -> bool:
    after = next((line.strip() for line in hunk.after if line.strip()), b"")
    return after.startswith((b"}", b"]"))


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found
