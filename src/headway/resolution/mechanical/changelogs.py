"""Changelogs: entries of both sides under the right headings, headings and dates not doubled. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from headway.resolution.hunks import Hunk, Lines, loosen
from headway.resolution.mechanical.rules import Answer
from headway.resolution.mechanical.versions import order

_UNDERLINE = re.compile(rb"([=~^*#+-])\1{2,}\s*")
_HASHES = re.compile(rb"#{1,6}\s+\S.*")
_VERSION = re.compile(r"\d+(?:\.\d+)+(?:[-.]?[A-Za-z]+\d*)?")
_ENTRY = re.compile(rb"\s*(?:[-*+]|\d+\.)\s")


@dataclass(slots=True)
class _Section:
    """A heading and what stands under it; the first one of a piece may have none."""

    heading: Lines = ()
    lines: list[bytes] = field(default_factory=list)

    @property
    def key(self) -> bytes:
        return self.heading[0].strip().lower() if self.heading else b""

    @property
    def version(self) -> tuple[tuple[int, ...], int, int] | None:
        found = _VERSION.search(self.heading[0].decode("utf-8", "replace")) if self.heading else None
        return order(found[0]) if found else None

    @property
    def level(self) -> int:
        head = self.heading[0].lstrip() if self.heading else b""
        return len(head) - len(head.lstrip(b"#"))


def entries(path: str, hunk: Hunk) -> Answer | None:
    """Both sides' entries and sections: a section that both added once, the higher version first."""
    if any(_VERSION.search(line.decode("utf-8", "replace")) for line in hunk.base if not _ENTRY.match(line)):
        return None  # a section put before another one, and compared by lines the two run into each other
    done: list[bytes] = []
    for part in loosen(hunk):
        if not isinstance(part, Hunk):
            done += part
            continue
        grown = _grown(part)
        if grown is None:
            return None
        done += grown
    return Answer(tuple(done))


def _grown(hunk: Hunk) -> list[bytes] | None:
    if not hunk.only_grows:
        return None
    left, right = _sections(hunk.left), _sections(hunk.right)
    if not left or not right:
        return [*hunk.left, *hunk.right]
    headed = [any(each.heading for each in side) for side in (left, right)]
    if headed[0] != headed[1]:
        return None  # entries and a new section: under which heading the entries belong is not known
    if not headed[0]:
        return _union(left[0].lines, right[0].lines)
    merged = _by_heading(left, right)
    if merged is None:
        return None
    return [line for each in merged for line in (*each.heading, *each.lines)]


def _by_heading(left: list[_Section], right: list[_Section]) -> list[_Section] | None:
    if (not left[0].heading or not right[0].heading) and left[0].key != right[0].key:
        return None  # the end of one section and the beginning of another: what is whose is not known
    merged = [_Section(each.heading, list(each.lines)) for each in left]
    known = {each.key: each for each in merged}
    for each in right:
        same = known.get(each.key)
        if same is not None:
            same.lines = _union(same.lines, each.lines)
        else:
            merged.append(each)
    versions = [each.version for each in merged]
    if all(version is not None for version in versions):
        return sorted(merged, key=lambda each: each.version or ((), 0, 0), reverse=True)
    return merged


def _union(left: list[bytes], right: list[bytes]) -> list[bytes]:
    """The entries of both, with blank lines at the end as the left side has them."""
    ours, blank = _without_end(left)
    theirs, more = _without_end(right)
    known = {b"".join(each).strip() for each in _items(ours)}
    new = [line for each in _items(theirs) if b"".join(each).strip() not in known for line in each]
    if ours and not ours[-1].endswith(b"\n"):
        ours = [*ours[:-1], ours[-1] + b"\n"]
    return [*ours, *new, *(blank or more)]


def _without_end(lines: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end], lines[end:]


def _items(lines: list[bytes]) -> list[list[bytes]]:
    """Lines by entry: a bullet with what belongs to it."""
    found: list[list[bytes]] = []
    for line in lines:
        begins = _ENTRY.match(line) and not line[:1].isspace()
        stands_alone = found and not line[:1].isspace() and not _ENTRY.match(found[-1][0])
        if not found or begins or stands_alone:
            found.append([line])
        else:
            found[-1].append(line)
    return found


def _sections(lines: Lines) -> list[_Section]:
    found: list[_Section] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        underlined = (
            at + 1 < len(lines)
            and line.strip()
            and not line[:1].isspace()
            and _UNDERLINE.fullmatch(lines[at + 1])
            and not _ENTRY.match(line)
        )
        if underlined:
            found.append(_Section(lines[at : at + 2]))
            at += 2
        elif _HASHES.fullmatch(line.rstrip(b"\r\n")):
            found.append(_Section((line,)))
            at += 1
        else:
            if not found:
                found.append(_Section())
            found[-1].lines.append(line)
            at += 1
    return found
