"""What one side changed since the base, read from git's trees in process: only trees that differ are opened.

Not for: merging (:mod:`.edits`), finding the base, or starting git.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pygit2

#: A line of a tree: mode, name, id (SHA-1).
_LINE = re.compile(rb"(\d+) ([^\0]+)\0(.{20})", re.S)

TREE, FILE, EXECUTABLE, LINK, GITLINK = 0o040000, 0o100644, 0o100755, 0o120000, 0o160000


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path: a file, a link or a gitlink (in a tree also a tree). ``id`` is 20 bytes."""

    mode: int
    id: bytes

    @property
    def kind(self) -> int:
        """The mode without the permissions: what git compares to tell a file from a link."""
        return self.mode & 0o170000

    @property
    def hex(self) -> str:
        """The id as git prints it."""
        return self.id.hex()


@dataclass(frozen=True, slots=True)
class Change:
    """What stood at a path in the base, and what stands there on a side; None where nothing does."""

    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Edits:
    """What one side changed since the base. Paths are from the root; bytes that are no UTF-8 are surrogates."""

    base: str
    tree: str
    changes: dict[str, Change]
    removed: frozenset[str]
    added: frozenset[str]
    #: Directories of the base that the side has no more; the root where nothing in it is left.
    gone: frozenset[str]
    #: Directories above what was changed.
    above: frozenset[str]
    #: Directories above what was added, those of the base and new ones; the root is the empty text.
    filled: frozenset[str]

    @property
    def may_rename(self) -> bool:
        """Whether git could take something that was added for something that was removed."""
        return bool(self.removed and self.added)


def read_edits(repository: pygit2.Repository, base: str, tree: str) -> Edits:
    """What ``tree`` changes of ``base`` (trees, in hex). Raises pygit2.GitError, KeyError where one is missing."""
    changes: dict[str, Change] = {}
    gone: set[str] = set()
    for path, old, new in _differences(repository, bytes.fromhex(base), bytes.fromhex(tree)):
        if old is not None and old.mode == TREE:
            gone.add(path)
        else:
            changes[path] = Change(old, new)
    if changes and not _has_common_names(repository, base, tree):
        gone.add("")
    removed = frozenset(path for path, change in changes.items() if change.new is None)
    added = frozenset(path for path, change in changes.items() if change.old is None)
    return Edits(
        base=base,
        tree=tree,
        changes=changes,
        removed=removed,
        added=added,
        gone=frozenset(gone),
        above=frozenset(above for path in changes for above in directories(path)),
        filled=frozenset(above for path in added for above in directories(path)),
    )


def tree_of(repository: pygit2.Repository, commit: str) -> str:
    """The tree of a commit, which is not parsed: libgit2 refuses author lines that git takes."""
    type_, data = repository.read(pygit2.Oid(hex=commit))
    if type_ != pygit2.enums.ObjectType.COMMIT:
        raise KeyError(commit)
    return bytes(data)[5 : data.index(b"\n")].decode()


def content(repository: pygit2.Repository, entry: Entry) -> bytes:
    """A file's content, or where a link leads."""
    return bytes(repository.read(pygit2.Oid(raw=entry.id))[1])


def size(repository: pygit2.Repository, entry: Entry) -> int:
    """A file's size in bytes, without reading it."""
    return int(repository.odb.read_header(pygit2.Oid(raw=entry.id))[1])


def entries(repository: pygit2.Repository, tree: bytes) -> dict[bytes, Entry]:
    """Name → what stands there, one level deep."""
    return {name: Entry(int(mode, 8), id_) for mode, name, id_ in _lines(repository, tree)}


def entry_at(repository: pygit2.Repository, tree: str, path: str) -> Entry | None:
    """What stands at a path of a tree, if anything does."""
    found: Entry | None = Entry(TREE, bytes.fromhex(tree))
    for name in os.fsencode(path).split(b"/"):
        if found is None or found.mode != TREE:
            return None
        lines = _lines(repository, found.id)
        found = next((Entry(int(mode, 8), id_) for mode, each, id_ in lines if each == name), None)
    return found


def files(repository: pygit2.Repository, tree: str) -> Iterator[tuple[str, Entry]]:
    """Every file and link of a tree with its path."""
    open_ = [(bytes.fromhex(tree), "")]
    while open_:
        id_, prefix = open_.pop()
        for name, entry in entries(repository, id_).items():
            path = prefix + os.fsdecode(name)
            if entry.mode == TREE:
                open_.append((entry.id, f"{path}/"))
            elif entry.mode != GITLINK:
                yield path, entry


def directories(path: str) -> Iterator[str]:
    """The directories above a path, the root (the empty text) last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _lines(repository: pygit2.Repository, tree: bytes | None) -> list[tuple[bytes, bytes, bytes]]:
    return [] if tree is None else _LINE.findall(repository.read(pygit2.Oid(raw=tree))[1])


def _has_common_names(repository: pygit2.Repository, base: str, tree: str) -> bool:
    before, after = (entries(repository, bytes.fromhex(each)) for each in (base, tree))
    return bool(before.keys() & after.keys())


def _differences(
    repository: pygit2.Repository, base: bytes, tree: bytes
) -> Iterator[tuple[str, Entry | None, Entry | None]]:
    """(path, what was, what is) of files; and of each directory that is no more (path, tree, None)."""
    # No recursion: the depth of a tree is an agent's to choose.
    open_: list[tuple[bytes | None, bytes | None, str]] = [(base, tree, "")]
    while open_:
        old_tree, new_tree, prefix = open_.pop()
        if old_tree == new_tree:
            continue
        old_lines, new_lines = set(_lines(repository, old_tree)), set(_lines(repository, new_tree))
        before = {name: Entry(int(mode, 8), id_) for mode, name, id_ in old_lines - new_lines}
        after = {name: Entry(int(mode, 8), id_) for mode, name, id_ in new_lines - old_lines}
        for name in before.keys() | after.keys():
            old, new = before.get(name), after.get(name)
            path = prefix + os.fsdecode(name)
            old_below = old.id if old is not None and old.mode == TREE else None
            new_below = new.id if new is not None and new.mode == TREE else None
            if old_below or new_below:
                open_.append((old_below, new_below, f"{path}/"))
            if old_below and not new_below:
                yield path, old, None
            old, new = None if old_below else old, None if new_below else new
            if old is not None or new is not None:
                yield path, old, new
