"""Whether a result still holds what both sides did: what either side added and the other did not remove is there.

A result that fails is not a result, whoever made it: git, a mechanical merge, a mediator, a person in a hurry. So it
looks at texts only and believes nobody. Lines count without the white space around them (a side that indents a block
or changes its line endings moves the other's lines along); blank ones do not count. A line that moved, within its file
or into another one, is there. JSON and TOML count by content as well, because what rewrites them lays them out anew.

What it does not see: that kept lines make no sense together. That is what verification is for. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from headway.conflicts.lines import split
from headway.resolution.blobs import (
    EXECUTABLE,
    FILE,
    LINK,
    SUBMODULE,
    Blob,
    Tree,
    blob,
    is_whole,
    likeness,
    text,
)
from headway.resolution.faults import Fault, Objection
from headway.resolution.moved import Moved
from headway.resolution.texts import Texts, shown

__all__ = ["EXECUTABLE", "FILE", "LINK", "SUBMODULE", "Blob", "Fault", "Objection", "Tree", "audit"]

#: The first line of a conflict, its base's, and its last. A row of ``=`` is a headline in too many languages.
_MARKER = re.compile(rb"(?:<{7,}|\|{7,}|>{7,})(?: [^\n]*)?\r?\n?")


def audit(
    base: Tree,
    left: Tree,
    right: Tree,
    result: Tree,
    *,
    by_git: Tree | None = None,
    superseded: Mapping[str, Collection[bytes]] | None = None,
    made_anew: Collection[str] = (),
    sides: Collection[str] = ("left", "right"),
) -> list[Objection]:
    """All that is wrong with ``result`` as the merge of ``left`` and ``right``; empty where nothing is.

    Each holds the paths that either side or the result changed, and may hold more. ``by_git``: what git made of the
    paths that it could merge; where the result is that, nothing is wrong (of texts of three different lines, one clean
    merge in 2,000 would look as if a line had gone). ``superseded``: path → lines that whoever settled it says were
    replaced (the lower one of two version numbers); believed only where both sides rewrote the same lines.
    ``made_anew``: paths that a command made from others (lock files); only their being there and markers count.
    ``sides``: whose work is looked for; the target's alone (``["left"]``) where the other side did its work again.
    """
    base, left, right = _follow_renames(base, left, right, result)
    moved = Moved(base, left, right, result)
    found: list[Objection] = []
    for path in sorted({*base, *left, *right, *result}):
        if by_git is not None and path in by_git and by_git[path] == result.get(path):
            continue
        four = [blob(tree.get(path)) for tree in (base, left, right, result)]
        objections = _file(path, *four, moved=moved, anew=path in made_anew)
        waived = {line.strip() for line in (superseded or {}).get(path, ())}
        found += [
            each
            for each in objections
            if (not each.side or each.side in sides)
            and not (each.contested and each.line.encode("utf-8", "surrogateescape") in waived)
        ]
    return found


def _follow_renames(base: Tree, left: Tree, right: Tree, result: Tree) -> tuple[Tree, Tree, Tree]:
    """The sides with what one of them renamed, and the result too, under its new name everywhere."""
    trees = [dict(base), dict(left), dict(right)]
    for mine, other in ((left, right), (right, left)):
        gone = [path for path in base if base[path] is not None and mine.get(path) is None]
        new = [path for path in mine if mine[path] is not None and base.get(path) is None]
        for path in new:
            if other.get(path) is not None or result.get(path) is None:
                continue
            was = max(gone, key=lambda old: likeness(base[old], mine[path]), default=None)
            if was is None or result.get(was) is not None or other.get(was) is None:
                continue
            if likeness(base[was], mine[path]) >= 0.5:
                gone.remove(was)
                for tree in trees:
                    there = tree.pop(was, None)
                    tree[path] = tree.get(path) if tree.get(path) is not None else there
    return trees[0], trees[1], trees[2]


def _file(
    path: str,
    base: Blob | None,
    left: Blob | None,
    right: Blob | None,
    result: Blob | None,
    *,
    moved: Moved,
    anew: bool,
) -> Iterator[Objection]:
    if left == right == result:
        return
    yield from _markers(path, (base, left, right), result)
    if result is None:
        yield from _gone(path, base, left, right, moved)
        return
    for side, here, other in (("left", left, right), ("right", right, left)):
        if base is not None and here is None and other == base:
            yield Objection(path=path, fault=Fault.REVIVED, side=side)
            return
    if anew:
        return
    yield from _modes(path, base, left, right, result)
    there = [each for each in (base, left, right, result) if each is not None]
    if any(is_whole(each) for each in there):
        yield from _whole(path, base, left, right, result, moved)
    else:
        texts = [text(each) for each in (base, left, right, result)]
        removers = [side for side, each in (("left", left), ("right", right)) if each is not None]
        yield from Texts(path, *texts, moved=moved).objections(removers)


def _gone(
    path: str, base: Blob | None, left: Blob | None, right: Blob | None, moved: Moved
) -> Iterator[Objection]:
    """No such file in the result: right where a side deleted it, and what the other wrote into it is elsewhere."""
    if base is not None and base == left == right:
        if not moved.has_most(base):
            yield Objection(path=path, fault=Fault.LOST)
        return
    for side, here, other in (("left", left, right), ("right", right, left)):
        if here is None or here == base or moved.has_file(here):
            continue
        if base is not None and other is None and not is_whole(here) and not is_whole(base):
            yield from Texts(path, text(base), text(here), b"", b"", moved=moved).dropped("left", side)
        elif is_whole(here) or not moved.has_most(here):
            yield Objection(path=path, fault=Fault.LOST, side=side)
        else:
            yield from Texts(path, text(base), text(here), b"", b"", moved=moved).dropped("left", side)


def _whole(
    path: str, base: Blob | None, left: Blob | None, right: Blob | None, result: Blob, moved: Moved
) -> Iterator[Objection]:
    """What has no lines is one side's, whole: the one's that changed it."""
    changed = [each for each in (left, right) if each is not None and each != base]
    allowed: list[Blob | None] = [*changed] or [base]
    if any(each is not None and each.content == result.content for each in allowed):
        return
    if base is None and left is None and right is None and moved.is_known(result):
        return
    yield Objection(path=path, fault=Fault.NEITHER)


def _modes(
    path: str, base: Blob | None, left: Blob | None, right: Blob | None, result: Blob
) -> Iterator[Objection]:
    old = base.mode if base else None
    wanted = {
        side: each.mode for side, each in (("left", left), ("right", right)) if each and each.mode != old
    }
    if wanted and result.mode not in wanted.values():
        yield Objection(path=path, fault=Fault.MODE, side=next(iter(wanted)))
    elif not wanted and old is not None and result.mode != old and (left or right):
        yield Objection(path=path, fault=Fault.NEITHER)


def _markers(path: str, sides: Sequence[Blob | None], result: Blob | None) -> Iterator[Objection]:
    if result is None or is_whole(result):
        return
    if b"<<<<<<<" not in result.content and b">>>>>>>" not in result.content:
        return
    known = {
        line.strip()
        for each in sides
        if each is not None
        for line in split(each.content)
        if _MARKER.fullmatch(line)
    }
    for number, line in enumerate(split(result.content), 1):
        if _MARKER.fullmatch(line) and line.strip() not in known:
            yield Objection(path=path, fault=Fault.MARKER, line=shown(line), number=number)
            return
