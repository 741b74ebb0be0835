"""New trees out of old ones, in process: what changed is written, the rest is kept. Not for: reading trees."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pygit2
from pygit2.enums import ObjectType

from headway.conflicts import trees
from headway.conflicts.trees import TREE, Entry


def with_changes(repository: pygit2.Repository, tree: str, changes: Mapping[str, Entry | None]) -> str:
    """The tree (hex) with these files set, or removed where None; a directory without files vanishes.

    A file takes the place of a directory with all that is in it, and the other way round. Raises pygit2.GitError,
    KeyError.
    """
    below: dict[str, dict[bytes, Entry | None]] = {"": {}}
    for path, entry in changes.items():
        directory, _, name = path.rpartition("/")
        below.setdefault(directory, {})[os.fsencode(name)] = entry
        for above in trees.directories(path):
            below.setdefault(above, {})
    cached: dict[str, dict[bytes, Entry]] = {}
    for directory in sorted(below, key=_depth):  # from the top: one look into each tree
        parent, _, name = directory.rpartition("/")
        here = cached[parent].get(os.fsencode(name)) if directory else Entry(TREE, bytes.fromhex(tree))
        is_tree = here is not None and here.mode == TREE
        cached[directory] = trees.entries(repository, here.id) if here is not None and is_tree else {}
    # From the bottom up, without recursion: how deep a path goes is an agent's to choose.
    for directory in sorted(below, key=_depth, reverse=True):
        entries = cached.pop(directory)
        given = below[directory]
        for name_, entry in given.items():
            if entry is None:
                entries.pop(name_, None)
            else:
                entries[name_] = entry
        if not directory:
            return _write(repository, entries).hex()
        parent, _, name = directory.rpartition("/")
        key = os.fsencode(name)
        set_here = below[parent].get(key)
        if set_here is not None and not any(e is not None for e in given.values()):
            continue  # a file stands there now
        if entries:
            below[parent][key] = Entry(TREE, _write(repository, entries))
        else:
            below[parent].setdefault(key, None)
    raise AssertionError("the root is the last directory")


def _depth(directory: str) -> int:
    return directory.count("/") + bool(directory)


def _write(repository: pygit2.Repository, entries: Mapping[bytes, Entry]) -> bytes:
    named = sorted(entries.items(), key=lambda each: each[0] + b"/" if each[1].mode == TREE else each[0])
    data = b"".join(b"%o %s\0%s" % (entry.mode, name, entry.id) for name, entry in named)
    return bytes(repository.write(ObjectType.TREE, data).raw)
