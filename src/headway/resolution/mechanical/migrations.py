"""A migration's number that both sides took: the later side's goes behind the earlier one's, and what names it too.

Three ways of putting migrations in order are known: numbers in file names (``0005_add_user.sql``,
``V5__add_user.sql``), numbers and names in Django's ``dependencies``, and Alembic's ``down_revision``. Git sees no
conflict in most of these: two files of different names. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headway.resolution.mechanical.classes import matches

_NUMBERED = re.compile(r"(?P<head>[Vv]?)(?P<number>\d+)(?P<tail>[_-].*\.(?:py|sql|\w+\.sql))")
_REVISION = re.compile(rb"""^(revision\b[^=\n]*=\s*)(["'])([\w-]+)\2""", re.M)
_DOWN = re.compile(rb"""^(down_revision\b[^=\n]*=\s*)(["'])([\w-]+)\2""", re.M)
_REVISES = re.compile(rb"^(Revises:\s*)([\w-]+)", re.M)


@dataclass(frozen=True, kw_only=True, slots=True)
class Renumbered:
    """What to change in the merged tree."""

    #: Path → what is to stand there; None where the file goes (to its new name).
    files: Mapping[str, bytes | None]
    #: What was done, a sentence each.
    notes: tuple[str, ...]


def renumber(
    base: Mapping[str, bytes], left: Mapping[str, bytes], right: Mapping[str, bytes], globs: Sequence[str]
) -> Renumbered | None:
    """Put what ``right`` added behind what ``left`` added, folder by folder; None where nothing clashes.

    Each maps the paths of migrations to what is in them, ``base`` all that there were.
    """
    files: dict[str, bytes | None] = {}
    notes: list[str] = []
    folders = {_folder(path) for path in right if any(matches(path, glob) for glob in globs)}
    for folder in sorted(folders):
        old, ours, theirs = (_within(tree, folder) for tree in (base, left, right))
        new_ours = {path: text for path, text in ours.items() if path not in old}
        new_theirs = {path: text for path, text in theirs.items() if path not in old}
        if not new_ours or not new_theirs:
            continue
        _by_number(old, new_ours, new_theirs, files, notes)
        _by_revision(old, new_ours, new_theirs, files, notes)
    return Renumbered(files=files, notes=tuple(notes)) if files else None


def _by_number(
    old: Mapping[str, bytes],
    ours: Mapping[str, bytes],
    theirs: Mapping[str, bytes],
    files: dict[str, bytes | None],
    notes: list[str],
) -> None:
    taken = {number for path in ours if (number := _number(path)) is not None}
    mine = sorted({number for path in theirs if (number := _number(path)) is not None})
    same = {path for path in ours if theirs.get(path) == ours[path]}
    own = {_number(path) for path in theirs if path not in same}
    clashing = [number for number in mine if number in taken and number in own]
    if not clashing:
        return
    next_ = max(taken | {number for path in old if (number := _number(path)) is not None}) + 1
    new_number = {}
    for number in mine:
        if number >= clashing[0]:
            new_number[number] = next_
            next_ += 1
    renamed: dict[str, str] = {}
    for path in theirs:
        number = _number(path)
        if number in new_number and path not in same:
            renamed[path] = _with_number(path, new_number[number])
    stems = {_stem(path).encode(): _stem(new).encode() for path, new in renamed.items()}
    # Django: the first of them depended on the last one that both knew, and now on the last of the other side's.
    known = max((path for path in old if _number(path) is not None), key=_sort_key, default=None)
    last_ours = max(ours, key=_sort_key)
    first = min(renamed, key=_sort_key)
    for path, text in theirs.items():
        if path in same:
            continue
        changed = text
        for was, now in stems.items():
            changed = re.sub(rb"""(["'])""" + re.escape(was) + rb"\1", rb"\g<1>" + now + rb"\g<1>", changed)
        if known is not None and _number(path) == _number(first) and path.endswith(".py"):
            changed = re.sub(
                rb"""(["'])""" + re.escape(_stem(known).encode()) + rb"\1",
                rb"\g<1>" + _stem(last_ours).encode() + rb"\g<1>",
                changed,
            )
        target = renamed.get(path, path)
        if target != path and path not in ours:
            files[path] = None
        elif target != path:
            files[path] = ours[path]  # both took the very name
        if target != path or changed != text:
            files[target] = changed
            notes.append(f"{path} became {target}")


def _by_revision(
    old: Mapping[str, bytes],
    ours: Mapping[str, bytes],
    theirs: Mapping[str, bytes],
    files: dict[str, bytes | None],
    notes: list[str],
) -> None:
    revisions = {path: found[3] for path, text in ours.items() if (found := _REVISION.search(text))}
    down_ours = {path: found[3] for path, text in ours.items() if (found := _DOWN.search(text))}
    heads = set(revisions.values()) - set(down_ours.values())
    if len(heads) != 1:
        return
    (head,) = heads
    roots = set(down_ours.values()) - set(revisions.values())
    for path, text in theirs.items():
        found = _DOWN.search(text)
        if found is None or found[3] not in roots or path in ours:
            continue
        changed = _DOWN.sub(lambda m: m[1] + m[2] + head + m[2], text, count=1)
        changed = _REVISES.sub(lambda m: m[1] + head, changed, count=1)
        files[path] = changed
        notes.append(f"{path} goes behind revision {head.decode()}")


def _within(tree: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {path: text for path, text in tree.items() if _folder(path) == folder}


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _number(path: str) -> int | None:
    found = _NUMBERED.fullmatch(path.rpartition("/")[2])
    return int(found["number"]) if found else None


def _with_number(path: str, number: int) -> str:
    folder, slash, name = path.rpartition("/")
    found = _NUMBERED.fullmatch(name)
    assert found is not None, f"{path} has a number"
    return f"{folder}{slash}{found['head']}{number:0{len(found['number'])}}{found['tail']}"


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


def _sort_key(path: str) -> tuple[int, str]:
    number = _number(path)
    return (-1 if number is None else number), path
