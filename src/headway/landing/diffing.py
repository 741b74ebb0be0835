"""What a commit changes, as text for people and prompts. Not for: deciding anything by it."""

from __future__ import annotations

import asyncio

import pygit2

from headway.landing import objects
from headway.landing.git import Git
from headway.landing.objects import GITLINK, Change, Entry
from headway.landing.tree_writer import show


async def diff(git: Git, base: str, work: str, *, limit: int) -> str:
    """What ``work`` changes since ``base``, as a unified diff of at most about ``limit`` bytes.

    A file larger than that is only named, and what is left out is told. Raises GitError.
    """
    return await asyncio.to_thread(_diff, git.repository, base, work, limit)


def _diff(repository: pygit2.Repository, base: str, work: str, limit: int) -> str:
    parts: list[str] = []
    left, left_out = limit, 0
    changes = objects.changes(
        repository, objects.tree_of(repository, base), objects.tree_of(repository, work)
    )
    for change in changes:
        text = _file_diff(repository, change, limit) if left > 0 else ""
        if len(text) > left:
            text = text[:left].rpartition("\n")[0]
            text += "\n… cut here …\n" if text else ""
            left = 0
        left -= len(text)
        left_out += not text
        parts.append(text)
    if left_out:
        parts.append(f"… and {left_out} more file{'s' if left_out > 1 else ''} …\n")
    return "".join(parts)


def _file_diff(repository: pygit2.Repository, change: Change, limit: int) -> str:
    name = show(change.path)
    for entry in (change.old, change.new):
        if entry is not None and entry.mode == GITLINK:
            return f"diff --git a/{name} b/{name}\nsubmodule: {_told(change.old)} → {_told(change.new)}\n"
        if entry is not None and objects.size(repository, entry) > limit:
            return f"diff --git a/{name} b/{name}\ntoo large to be shown\n"
    old, new = (objects.content(repository, entry) if entry else b"" for entry in (change.old, change.new))
    with objects.told(f"diff {name}"):
        patch = pygit2.Patch.create_from(old, new, old_as_path=name, new_as_path=name)
    text = patch.data.decode("utf-8", "replace")
    modes = ""
    if change.old is None:
        modes = "new file\n"
    elif change.new is None:
        modes = "deleted file\n"
    elif change.old.mode != change.new.mode:
        modes = f"mode {change.old.mode:o} → {change.new.mode:o}\n"
    head, _, rest = text.partition("\n")
    return f"{head or f'diff --git a/{name} b/{name}'}\n{modes}{rest}"


def _told(entry: Entry | None) -> str:
    return str(entry.id) if entry else "none"
