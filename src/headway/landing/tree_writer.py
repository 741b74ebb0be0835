"""New trees out of old ones, and small index files, as bytes: exact for any name that a file can have.

libgit2's Python binding wants names to be UTF-8; file names need not be. Paths are relative, bytes that are no
UTF-8 as surrogates. Not for: reading trees (:mod:`.objects`), a worktree's own index (:mod:`.slot`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping

import pygit2
from pygit2.enums import ObjectType

from headway.landing import objects
from headway.landing.objects import TREE, Entry


def with_changes(
    repository: pygit2.Repository, tree: pygit2.Oid, changes: Mapping[str, Entry | None]
) -> pygit2.Oid:
    """``tree`` with these files set, or removed where None; a directory without files vanishes. Raises GitError.

    Where a file takes a directory's place or the other way round, what was there is among the changes as None.
    """
    below: dict[str, dict[str, Entry | None]] = {"": {}}
    for path, entry in changes.items():
        directory, _, name = path.rpartition("/")
        below.setdefault(directory, {})[name] = entry
    for directory in parents_of(changes):
        below.setdefault(directory, {})
    # From the bottom up, without recursion: how deep a path goes is an agent's to choose.
    for directory in sorted(below, key=lambda path: path.count("/") + bool(path), reverse=True):
        before = objects.entry_at(repository, tree, directory) if directory else Entry(TREE, tree)
        entries = objects.children(repository, before.id) if before and before.mode == TREE else {}
        for name, entry in below[directory].items():
            if entry is None:
                entries.pop(name, None)
            else:
                entries[name] = entry
        if not directory:
            return _write(repository, entries)
        parent, _, name = directory.rpartition("/")
        if entries:
            below[parent][name] = Entry(TREE, _write(repository, entries))
        else:
            below[parent].setdefault(name, None)  # a file may have come in its place
    raise AssertionError("the root is the last directory")


def parents_of(paths: Iterable[str]) -> set[str]:
    """All directories above these paths, without the top."""
    parents: set[str] = set()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in parents:
            parents.add(parent)
            parent = parent.rpartition("/")[0]
    return parents


def render_tree(entries: Mapping[str, Entry]) -> bytes:
    """A tree object. Git sorts a directory as if its name ended with a slash."""
    named = [(os.fsencode(name), entry) for name, entry in entries.items()]
    named.sort(key=lambda item: item[0] + b"/" if item[1].mode == TREE else item[0])
    return b"".join(b"%o %s\0%s" % (entry.mode, name, entry.id.raw) for name, entry in named)


def render_index(entries: Mapping[str, Entry]) -> bytes:
    """An index file (version 2) that knows nothing of the files' times, so that git looks at each of them."""
    parts = [b"DIRC", (2).to_bytes(4, "big"), len(entries).to_bytes(4, "big")]
    for path, entry in sorted((os.fsencode(path), entry) for path, entry in entries.items()):
        stat = bytes(24) + entry.mode.to_bytes(4, "big") + bytes(12)
        record = stat + entry.id.raw + min(len(path), 0xFFF).to_bytes(2, "big") + path
        parts.append(record + bytes(8 - len(record) % 8))
    data = b"".join(parts)
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


def parse_index(data: bytes) -> dict[str, Entry]:
    """Path → entry of an index file of version 2 or 3. Raises ValueError for another."""
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if data[:4] != b"DIRC" or version not in (2, 3):
        raise ValueError(f"an index file of version {version}")
    entries, at = {}, 12
    for _ in range(count):
        flags = int.from_bytes(data[at + 60 : at + 62], "big")
        name = at + (64 if flags & 0x4000 else 62)
        nul = data.index(b"\0", name)
        mode, id_ = int.from_bytes(data[at + 24 : at + 28], "big"), data[at + 40 : at + 60]
        entries[os.fsdecode(data[name:nul])] = Entry(mode, pygit2.Oid(raw=id_))
        at += (nul - at) // 8 * 8 + 8
    return entries


def show(path: str) -> str:
    """A path for people and for the store, which want UTF-8: other bytes are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _write(repository: pygit2.Repository, entries: Mapping[str, Entry]) -> pygit2.Oid:
    with objects.told("mktree"):
        return repository.write(ObjectType.TREE, render_tree(entries))
