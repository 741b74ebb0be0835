"""Worktrees that are moved from ticket to ticket.

``git worktree add`` takes 0.7–1.7 s at 13,000 files and holds git's own locks meanwhile. Moving a worktree that
is there already takes what differs: 45 ms of CPU at 13,000 files, of which 26 ms are one look at each file.

Not for: who has which worktree (``headway.coordination.slots``), what an agent wrote (:mod:`.snapshot`).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

import pygit2

from headway.errors import GitError
from headway.landing import objects
from headway.landing.files import is_directory, read_plain, remove, write_whole
from headway.landing.git import Git
from headway.landing.layout import Layout, remove_untracked
from headway.landing.objects import Change
from headway.landing.scan import scan
from headway.landing.slot import Filled, Slot

#: From so many paths on git compares the whole trees; below it gets the paths, and is three times as fast.
MOST_PATHS = 200

#: After so many moves git writes down anew what is in which directory: each move makes it forget some.
REMEMBER_EVERY = 16


class WorktreePool:
    """Fills and removes worktrees. Several at once, each slot by one at a time."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def fill(self, slot: int, path: Path, base: str, *, clean_ignored: bool) -> None:
        """Bring a slot's worktree at ``path`` to exactly the commit ``base``, from whatever state it is in.

        It is a linked worktree of the user's repository then, with HEAD detached at ``base`` and nothing left of
        what was there; ignored files stay unless ``clean_ignored``. What was there is gone: make it a commit
        before (:func:`.take_snapshot`). Safe to do again after a kill at any moment. Raises GitError, OSError.
        """
        place = Slot(self._git, slot, path)
        async with place.locked() as hold:
            tree = objects.tree_of(self._git.repository, base)
            state = await asyncio.to_thread(self._begin, place)
            moved = None if state is None else await self._move(place, state, tree, hold)
            if state is None or moved is None:
                await self._rebuild(place, base, hold)
            if clean_ignored:
                await place.run("clean", "-ffdxq", hold=hold)
            await asyncio.to_thread(self._finish, place, base, tree, state, moved)

    async def remove(self, slot: int, path: Path) -> None:
        """Remove a slot's worktree and all that belongs to it. What was there is gone. Raises GitError, OSError."""
        place = Slot(self._git, slot, path)
        async with place.locked():
            await asyncio.to_thread(_remove, place)

    def _begin(self, place: Slot) -> Filled | None:
        """How the slot was left, where that is of use; from here on it is not known."""
        state = place.filled()
        place.set_filled(None)
        place.drop_locks()
        made_with = self._made_with()
        if read_plain(place.directory / "made-with") != made_with:
            # Files were written as another configuration says; none of them counts as right.
            place.index.unlink(missing_ok=True)
            write_whole(place.directory / "made-with", made_with)
            return None
        return state if is_directory(place.path) else None

    def _made_with(self) -> bytes:
        """What decides, beside the commit itself, what its files look like."""
        private = self._git.private_dir
        parts = [read_plain(private / name) or b"" for name in ("config", "info/attributes")]
        return hashlib.sha256(b"\0".join(parts)).hexdigest().encode()

    async def _move(self, place: Slot, state: Filled, tree: pygit2.Oid, hold: int) -> list[Change] | None:
        """Set back what differs from the index and what differs between the two bases, which is returned.

        None: that is not the way, or did not work.
        """
        try:
            repository = self._git.repository
            moved = objects.changes(repository, objects.tree_of(repository, state.base), tree)
            found = await scan(place, hold, remember=state.moves % REMEMBER_EVERY == REMEMBER_EVERY - 1)
            paths = {*(change.path for change in moved), *found.changed}
            if len(paths) > MOST_PATHS or any(_decides_content(change.path) for change in moved):
                return None
            await asyncio.to_thread(remove_untracked, place.path, found)
            if paths:
                await place.run(
                    "restore",
                    "--staged",
                    "--worktree",
                    f"--source={tree}",
                    "--pathspec-from-file=-",
                    "--pathspec-file-nul",
                    hold=hold,
                    stdin=b"".join(os.fsencode(path) + b"\0" for path in sorted(paths)),
                )
            if any(_name(path) == ".gitignore" for path in (*paths, *found.untracked)):
                # What the agent's spared is spared no longer.
                await asyncio.to_thread(remove_untracked, place.path, await scan(place, hold))
        except (GitError, OSError):
            return None  # whatever it was: the long way starts from any state
        return moved

    async def _rebuild(self, place: Slot, base: str, hold: int) -> None:
        """Compare everything with ``base``; where even that fails, begin with an empty directory."""
        await asyncio.to_thread(self._prepare, place, base)
        try:
            await self._read_tree(place, base, hold)
        except (GitError, OSError):
            await asyncio.to_thread(_empty, place)
            await self._read_tree(place, base, hold)

    def _prepare(self, place: Slot, base: str) -> None:
        """A directory to fill, and an index that says nothing wrong."""
        if not is_directory(place.path):
            place.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove(place.path)
            place.path.mkdir()
            place.index.unlink(missing_ok=True)
        before = (read_plain(place.directory / "HEAD") or b"").decode("ascii", "replace").strip()
        is_known = re.fullmatch(r"[0-9a-f]{40}", before) is not None
        place.set_up(before if is_known else base)
        if place.index.exists() and not self._is_written_alike(before, base):
            place.index.unlink()

    def _is_written_alike(self, before: str, base: str) -> bool:
        """Whether no file of ``before`` has to be written in another way for ``base``."""
        repository = self._git.repository
        try:
            moved = objects.changes(
                repository, objects.tree_of(repository, before), objects.tree_of(repository, base)
            )
        except GitError:
            return False
        return not any(_decides_content(change.path) for change in moved)

    async def _read_tree(self, place: Slot, base: str, hold: int) -> None:
        # Before, because new ``.gitattributes`` would count for what is written; after, because what the agent's
        # ``.gitignore`` spared is spared no longer.
        await place.run("clean", "-ffdq", hold=hold)
        await place.run("read-tree", "--reset", "-u", base, hold=hold)
        await place.run("clean", "-ffdq", hold=hold)
        place.set_up(base)
        await scan(place, hold, remember=True)

    def _finish(
        self,
        place: Slot,
        base: str,
        tree: pygit2.Oid,
        state: Filled | None,
        moved: list[Change] | None,
    ) -> None:
        place.set_up(base)
        moves, since = (0, 0) if state is None or moved is None else (state.moves + 1, state.seen_at)
        layout = Layout.read(place.directory) if since else None
        if layout is None:
            layout, since = Layout.of(self._git.repository, tree), 0
            layout.save(place.directory)
        elif moved:
            layout.move(self._git.repository, tree, moved)
            layout.save(place.directory)
        seen_at = layout.tidy(place.path, since=since)
        place.link(base)
        place.set_filled(Filled(str(place.path), base, seen_at, moves))


def _decides_content(path: str) -> bool:
    """Whether what it says decides how other files are written."""
    return _name(path) == ".gitattributes"


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _empty(place: Slot) -> None:
    remove(place.path)
    place.path.mkdir()
    place.index.unlink(missing_ok=True)
    place.drop_locks()


def _remove(place: Slot) -> None:
    place.set_filled(None)
    remove(place.path)
    remove(place.metadata)
    with suppress(OSError):
        place.metadata.parent.rmdir()  # as git does with the last one
    for entry in place.directory.iterdir():
        if entry.name != "lock":
            remove(entry)
