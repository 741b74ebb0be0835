"""A three-way merge of lines, as strict as git's: changes that touch conflict. For making pairs, not for merging work."""

from __future__ import annotations

from difflib import SequenceMatcher


def merge_lines(base: str, left: str, right: str) -> str | None:
    """The merged text; None where the two sides conflict."""
    lines = base.splitlines(keepends=True)
    lefts, rights = _hunks(lines, left), _hunks(lines, right)
    merged: list[str] = []
    at = 0
    for start, end, new, side in sorted([(*h, 0) for h in lefts] + [(*h, 1) for h in rights]):
        same = any((start, end, new) == other for other in (rights if side == 0 else lefts))
        if same and side == 1:
            continue
        if start < at or (start == at and at and merged and _touches(lefts, rights, start)):
            return None
        if not same and any(
            start <= other[1] and other[0] <= end for other in (rights if side == 0 else lefts)
        ):
            return None
        merged += lines[at:start]
        merged += new
        at = end
    return "".join([*merged, *lines[at:]])


def _touches(
    lefts: list[tuple[int, int, list[str]]], rights: list[tuple[int, int, list[str]]], at: int
) -> bool:
    return any(h[1] == at for h in lefts) and any(h[0] == at for h in rights)


def _hunks(base: list[str], side: str) -> list[tuple[int, int, list[str]]]:
    """What a side changed: first line, line after the last, new lines."""
    lines = side.splitlines(keepends=True)
    start = 0
    while start < min(len(base), len(lines)) and base[start] == lines[start]:
        start += 1
    end = 0
    while end < min(len(base), len(lines)) - start and base[-1 - end] == lines[-1 - end]:
        end += 1
    matcher = SequenceMatcher(
        None, base[start : len(base) - end], lines[start : len(lines) - end], autojunk=False
    )
    return [
        (i1 + start, i2 + start, lines[j1 + start : j2 + start])
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]
