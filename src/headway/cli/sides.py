"""What each side of a conflict changed in its files: kept work as git has it, work under way as its worktree has it.

Not for: how it is laid out (:mod:`.side_by_side`), whether it is a conflict.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2

from headway.cli.side_by_side import Change, Gap, Row, one_by_one, side_by_side
from headway.cli.text import size
from headway.errors import GitError
from headway.landing import objects
from headway.landing.files import is_directory, read_plain
from headway.landing.git import Git
from headway.landing.target import Target
from headway.nouns import Attempt, AttemptState, ConflictRecord, Run
from headway.store.reader import Reader

#: What the target branch is called as a side.
TARGET = "target"

#: A larger file is only named, in bytes.
LARGEST = 1 * 2**20

#: How far git looks for a NUL byte to call a file binary.
_LOOKED_AT = 8000

_UNDER_WAY = (AttemptState.STARTING, AttemptState.RUNNING, AttemptState.ENDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side of a conflict, and where its changes are."""

    name: str
    attempt: Attempt | None = None
    #: Commit that it began from.
    base: str | None = None
    #: Commit that holds its changes; None while they are only in ``worktree``.
    work: str | None = None
    worktree: Path | None = None
    #: Why there is nothing to be seen of it; empty where there is.
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What stands at a path."""

    mode: int
    #: A file's content, or where a link leads.
    content: bytes
    #: Where it is larger than what is read of it.
    size: int = 0

    @property
    def unreadable(self) -> str:
        """Why its lines cannot be shown; empty where they can."""
        if self.mode == objects.GITLINK:
            return f"submodule {self.content.decode('ascii', 'replace')}"
        if self.size > LARGEST:
            return f"too large to be shown ({size(self.size)})"
        return f"binary ({size(len(self.content))})" if b"\0" in self.content[:_LOOKED_AT] else ""

    @property
    def lines(self) -> list[str]:
        """Its lines without their ends."""
        text = self.content.decode("utf-8", "replace")
        if self.mode == objects.LINK:
            return [f"→ {text}"]
        lines = text.split("\n")
        return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSides:
    """One file as both sides have it."""

    path: str
    rows: tuple[Row | Gap, ...] = ()
    #: For each side what cannot be told by lines: ``deleted``, ``binary (3 KiB)``; empty as a rule.
    notes: tuple[str, str] = ("", "")


def choose_sides(reader: Reader, run: Run, record: ConflictRecord) -> list[Side]:
    """Where the changes of both sides are.

    Of a conflict that is over, those of the attempts that were in it: a later one began from what settled it.
    """
    at = None
    if record.state.is_over:
        at = record.stood_at if record.stood_at is not None else record.formed_at
    found = [_side(reader, run, name, at) for name in record.conflict.involved_agents[:2]]
    base = next((side.base for side in found if side.base), None)
    return [Side(name=TARGET, base=base) if side.name == TARGET else side for side in found]


def _side(reader: Reader, run: Run, name: str, at: float | None) -> Side:
    if name == TARGET:
        return Side(name=name)
    attempts = [a for a in reader.attempts(run.id, name) if at is None or a.started_at <= at]
    if not attempts:
        return Side(name=name, why_not="no agent has begun with it")
    attempt = attempts[-1]
    if attempt.work is not None:
        return Side(name=name, attempt=attempt, base=attempt.base, work=attempt.work)
    holder = (run.id, name, attempt.number)
    slot = next((slot for slot in reader.slots() if slot.holder == holder), None)
    if attempt.state in _UNDER_WAY and slot is not None:
        return Side(name=name, attempt=attempt, base=attempt.base, worktree=Path(slot.path))
    return Side(name=name, attempt=attempt, base=attempt.base, why_not="it left no work")


async def read_sides(
    git: Git, run: Run, sides: Sequence[Side], paths: Sequence[str]
) -> tuple[list[Side], list[FileSides]]:
    """The two sides with what is known of them now, and the files. What cannot be read is told in its place."""
    seen = [await _found(git, run, side) for side in sides]
    files = [_file(git.repository, seen, path) for path in paths] if len(seen) == 2 else []
    return seen, files


def diff_of(git: Git, side: Side, paths: Sequence[str]) -> str:
    """A side's changes of some files as a unified diff, for programs."""
    parts = []
    for path in paths:
        old, new = _versions(git.repository, side, path)
        if old == new:
            continue
        if why := _unreadable(old, new):
            parts.append(f"diff --git a/{path} b/{path}\n{why}\n")
            continue
        before, after = (each.content if each else b"" for each in (old, new))
        name = path.encode("utf-8", "backslashreplace").decode()
        with objects.told(f"diff {name}"):
            patch = pygit2.Patch.create_from(before, after, old_as_path=name, new_as_path=name)
        parts.append(patch.data.decode("utf-8", "replace"))
    return "".join(parts)


def _unreadable(*versions: Version | None) -> str:
    """Why versions of a file cannot be shown by lines; empty where they can."""
    return next((each.unreadable for each in reversed(versions) if each and each.unreadable), "")


async def _found(git: Git, run: Run, side: Side) -> Side:
    """A side whose commits are there, or why not."""
    try:
        if side.name == TARGET and not side.why_not:
            side = Side(name=TARGET, base=side.base, work=await Target(run.target).read_tip(git))
        for commit in (side.base, side.work):
            if commit is not None:
                objects.tree_of(git.repository, commit)
    except GitError:
        return Side(name=side.name, attempt=side.attempt, why_not="its commits are gone from the repository")
    return side


def _file(repository: pygit2.Repository, sides: Sequence[Side], path: str) -> FileSides:
    versions = [_versions(repository, side, path) for side in sides]
    notes = [_note(side, old, new) for side, (old, new) in zip(sides, versions, strict=True)]
    lines = [
        _lines(old, new) if not side.why_not else None
        for side, (old, new) in zip(sides, versions, strict=True)
    ]
    bases = [each[0] for each in lines if each is not None]
    changes = [_changes(*each) if each is not None else [] for each in lines]
    if not bases:
        rows: list[Row | Gap] = []
    elif len(bases) < 2 or bases[0] == bases[1]:
        rows = side_by_side(bases[0], *changes)
    else:
        rows = one_by_one(side_by_side(bases[0], changes[0], ()), side_by_side(bases[1], (), changes[1]))
    return FileSides(path=path, rows=tuple(rows), notes=(notes[0], notes[1]))


def _versions(repository: pygit2.Repository, side: Side, path: str) -> tuple[Version | None, Version | None]:
    """What stood at a path when the side began, and what it has there."""
    if side.why_not or side.base is None:
        return None, None
    old = _in_commit(repository, side.base, path)
    if side.work is not None:
        return old, _in_commit(repository, side.work, path)
    new = _in_worktree(side.worktree, path) if side.worktree is not None else old
    # Git would have taken the line ends of a checkout away again.
    if old and new and b"\r\n" in new.content and b"\r\n" not in old.content:
        content = new.content.replace(b"\r\n", b"\n")
        new = Version(new.mode, content, len(content))
    return old, new


def _in_commit(repository: pygit2.Repository, commit: str, path: str) -> Version | None:
    entry = objects.entry_at(repository, objects.tree_of(repository, commit), path)
    if entry is None or entry.mode == objects.TREE:
        return None
    if entry.mode == objects.GITLINK:
        return Version(entry.mode, str(entry.id).encode())
    length = objects.size(repository, entry)
    return Version(entry.mode, b"" if length > LARGEST else objects.content(repository, entry), length)


def _in_worktree(top: Path, path: str) -> Version | None:
    """What stands in a worktree, whose agent may have put links and pipes where files were."""
    parts = Path(path).parts
    if any(not is_directory(top.joinpath(*parts[:depth])) for depth in range(len(parts))):
        return None
    place = top / path
    try:
        found = place.lstat()
        if stat.S_ISLNK(found.st_mode):
            return Version(objects.LINK, os.fsencode(place.readlink()))
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    mode = objects.EXECUTABLE if found.st_mode & 0o100 else objects.FILE
    if found.st_size > LARGEST:
        return Version(mode, b"", found.st_size)
    content = read_plain(place, most=LARGEST)
    return None if content is None else Version(mode, content, len(content))


def _note(side: Side, old: Version | None, new: Version | None) -> str:
    if side.why_not:
        return side.why_not
    if old == new:
        return "unchanged" if new else "not there"
    told = [] if old else ["new file"]
    if new is None:
        return "deleted"
    if old and old.mode != new.mode:
        told.append(f"mode {old.mode:o} → {new.mode:o}")
    told += [why] if (why := _unreadable(old, new)) else []
    if not told and old and old.lines == new.lines:
        told.append("other line ends")
    return ", ".join(told)


def _lines(old: Version | None, new: Version | None) -> tuple[list[str], list[str]] | None:
    """Both versions by lines; None where one of them cannot be shown so."""
    if _unreadable(old, new):
        return None
    return old.lines if old else [], new.lines if new else []


def _changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    before, after = (
        "".join(f"{line}\n" for line in lines).encode("utf-8", "replace") for lines in (old, new)
    )
    with objects.told("diff"):
        patch = pygit2.Patch.create_from(before, after, context_lines=0)
    found = []
    for hunk in patch.hunks:
        # Where there are no lines, git names the line before.
        start = hunk.old_start - 1 if hunk.old_lines else hunk.old_start
        there = hunk.new_start - 1 if hunk.new_lines else hunk.new_start
        found.append(Change(start, start + hunk.old_lines, tuple(new[there : there + hunk.new_lines])))
    return found
