"""Worktrees that are moved from ticket to ticket.

``git worktree add`` takes 0.7–1.7 s at 13,000 files and holds git's own locks meanwhile. Moving a worktree that
is there already takes what differs: 60 ms of CPU at 13,000 files, of which 30 ms are one look at each file.

Not for: who has which worktree (``headway.coordination.slots``), what an agent wrote (:mod:`.snapshot`).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from contextlib import suppress
from pathlib import Path

import pygit2

from headway.errors import GitError
from headway.landing import objects
from headway.landing.beside import MANY, beside
from headway.landing.files import is_directory, read_plain, remove, write_whole
from headway.landing.git import Git
from headway.landing.layout import Layout, now, remove_untracked
from headway.landing.scan import Scan, Seen, scan
from headway.landing.slot import Filled, Slot

#: From so many paths on git compares the whole trees; below it gets the paths, and is three times as fast.
MOST_PATHS = 200

#: At the first move, and after so many, git writes down what is in which directory: each move makes it forget some.
#: Not at the fill: many a worktree is removed before it was moved often enough for that to be worth it.
REMEMBER_EVERY = 16

#: How long after a look what it found still counts, in seconds. Between a snapshot and the move after it lies only the
#: wait for other moves; a worktree that was free for longer may have met a person.
SEEN_FOR = 5.0

#: From so many files on it is waited until their times tell that they were not touched (see :meth:`WorktreePool.age`).
MANY_FILES = 5000

#: How often one look shows what the one before could not.
MOST_LOOKS = 10


class WorktreePool:
    """Fills and removes worktrees. Several at once, each slot by one at a time.

    What takes less than a millisecond is done on the event loop: a thread costs as much in wake-ups.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        #: Slots that were filled anew → the second that their index is of.
        self._young: dict[int, int] = {}
        #: The layout of the tree that was laid out last: many slots are filled with the same.
        self._latest: tuple[pygit2.Oid, Layout] | None = None
        #: Slot → the layout that was saved for it last, and of which tree it is.
        self._layouts: dict[int, tuple[pygit2.Oid, Layout]] = {}

    async def fill(
        self, slot: int, path: Path, base: str, *, clean_ignored: bool, seen: Seen | None = None
    ) -> None:
        """Bring a slot's worktree at ``path`` to exactly the commit ``base``, from whatever state it is in.

        It is a linked worktree of the user's repository then, with HEAD detached at ``base`` and nothing left of
        what was there; ignored files stay unless ``clean_ignored``. What was there is gone: make it a commit
        before (:func:`.take_snapshot`). Safe to do again after a kill at any moment. Raises GitError, OSError.

        ``seen``: what that found, where nothing can have been written there since; one look at each file less.
        """
        place = Slot(self._git, slot, path)
        async with place.locked() as hold:
            tree = objects.tree_of(self._git.repository, base)
            state = self._begin(place)
            layout = await self._move(place, state, tree, hold, seen) if state else None
            if state is None or layout is None:
                layout, state = await self._rebuild(place, base, tree, hold)
            if clean_ignored:
                await place.run("clean", "-ffdxq", hold=hold)
            await asyncio.to_thread(_finish, place, base, state, layout)

    async def age(self, slot: int, path: Path) -> None:
        """Wait until the files of a slot that was just filled anew are older than its index. Nobody is at work there.

        Git keeps times to the second. A file of the same second as the index may have changed since with the same
        size, so git reads it whenever it looks: 210 ms of CPU at 13,000 files in place of 30 ms, at each look until
        the index is written again, and the same for each look by the agent. Half a second of waiting takes none.
        """
        second = self._young.pop(slot, None)
        if second is None:
            return
        while (left := second + 1 - now() / 1e9) > 0:  # noqa: ASYNC110 (the clock)
            await asyncio.sleep(left)
        place = Slot(self._git, slot, path)
        for index in (place.index, place.metadata / "index"):
            with suppress(FileNotFoundError):
                if int(index.lstat().st_mtime) == second:
                    os.utime(index, (second + 1, second + 1), follow_symlinks=False)

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

    async def _move(
        self, place: Slot, state: Filled, tree: pygit2.Oid, hold: int, seen: Seen | None
    ) -> Layout | None:
        """Set back what differs from the index and what differs between the two bases.

        The layout of the files then; None where that is not the way, or did not work.
        """
        repository = self._git.repository
        try:
            before = objects.tree_of(repository, state.base)
            layout = self._layout_in(place, before)
            moved = objects.changes(repository, before, tree)
            if layout is None or any(_name(change.path) == ".gitattributes" for change in moved):
                return None
            if not await self._settle(
                place, tree, {change.path for change in moved}, hold, _still_counts(seen, state)
            ):
                return None
            if state.moves % REMEMBER_EVERY == 0:
                await scan(place, hold, remember=True)
            if moved and layout.move(repository, tree, moved):
                layout.save(place.directory)
            self._layouts[place.number] = tree, layout
        except (GitError, OSError):
            return None  # whatever it was: the long way starts from any state
        return layout

    async def _settle(
        self, place: Slot, tree: pygit2.Oid, paths: set[str], hold: int, known: Scan | None = None
    ) -> bool:
        """Set back ``paths`` and whatever differs from the index; whether that is the end of it.

        ``known``: what a first look would find.
        """
        within: set[str] = set()
        for _ in range(MOST_LOOKS):
            found, known = known or await scan(place, hold, within=within), None
            paths |= set(found.changed)
            if len(paths) > MOST_PATHS:
                return False
            await beside(len(found.untracked) + MANY * len(found.nested), remove_untracked, place.path, found)
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
            # What an agent's attributes made look unchanged and what its ``.gitignore`` spared shows only now.
            within = {
                path.rpartition("/")[0]
                for path in (*paths, *found.untracked)
                if _name(path) in (".gitattributes", ".gitignore")
            }
            if not within:
                return True
            paths = set()
        return False

    async def _rebuild(
        self, place: Slot, base: str, tree: pygit2.Oid, hold: int
    ) -> tuple[Layout, Filled | None]:
        """Compare everything with ``base``; where even that fails, begin with an empty directory."""
        is_new = await asyncio.to_thread(self._prepare, place, base)
        try:
            is_right = await self._read_tree(place, base, tree, hold, is_new=is_new)
        except (GitError, OSError):
            is_right = False
        if not is_right:
            await asyncio.to_thread(_empty, place)
            is_new = await self._read_tree(place, base, tree, hold, is_new=True)
        layout = await self._layout_of(tree)
        layout.save(place.directory)
        self._layouts[place.number] = tree, layout
        if is_new and _count(place.index) >= MANY_FILES:
            self._young[place.number] = int(place.index.stat().st_mtime)
        # In a directory that was made for it there is nothing but what git put there.
        return layout, Filled(str(place.path), base, now(), -1) if is_new else None

    def _layout_in(self, place: Slot, tree: pygit2.Oid) -> Layout | None:
        """The layout that was saved for a slot, if it is that of ``tree``. Nobody else has it from here on."""
        known = self._layouts.pop(place.number, None)
        return known[1] if known and known[0] == tree else Layout.read(place.directory)

    async def _layout_of(self, tree: pygit2.Oid) -> Layout:
        if self._latest is None or self._latest[0] != tree:
            self._latest = tree, await asyncio.to_thread(Layout.of, self._git.repository, tree)
        return self._latest[1].copy()

    def _prepare(self, place: Slot, base: str) -> bool:
        """Make sure of a directory to fill and an index that says nothing wrong; whether the directory is new."""
        is_new = not is_directory(place.path)
        if is_new:
            place.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove(place.path)
            place.path.mkdir()
            place.index.unlink(missing_ok=True)
        before = (read_plain(place.directory / "HEAD") or b"").decode("ascii", "replace").strip()
        is_known = re.fullmatch(r"[0-9a-f]{40}", before) is not None
        place.set_up(before if is_known else base)
        if place.index.exists() and not self._is_written_alike(before, base):
            place.index.unlink()
        return is_new

    def _is_written_alike(self, before: str, base: str) -> bool:
        """Whether no file of ``before`` has to be written in another way for ``base``."""
        repository = self._git.repository
        try:
            moved = objects.changes(
                repository, objects.tree_of(repository, before), objects.tree_of(repository, base)
            )
        except GitError:
            return False
        return not any(_name(change.path) == ".gitattributes" for change in moved)

    async def _read_tree(self, place: Slot, base: str, tree: pygit2.Oid, hold: int, *, is_new: bool) -> bool:
        """Let git compare all files; whether everything is right then."""
        if not is_new:
            # Before, because new ``.gitattributes`` would count for what is written.
            await place.run("clean", "-ffdq", hold=hold)
        # What the index remembers of untracked files goes: carried over here, it hid files that the ``.gitignore``
        # of an agent had spared, in two of a hundred such fills.
        await place.run("read-tree", "--reset", "-u", base, hold=hold, cached=False)
        place.set_up(base)
        if not is_new:
            await place.run("clean", "-ffdq", hold=hold)
            return await self._settle(place, tree, set(), hold)
        return True


def _finish(place: Slot, base: str, state: Filled | None, layout: Layout) -> None:
    place.set_up(base)
    if state is not None and state.moves < 0:
        seen_at = state.seen_at
    else:
        seen_at = layout.tidy(place.path, since=state.seen_at if state else 0)
    place.link(base)
    place.set_filled(Filled(str(place.path), base, seen_at, state.moves + 1 if state else 0))


def _still_counts(seen: Seen | None, state: Filled) -> Scan | None:
    """What was found there before, where a look would find the same."""
    if seen is None or seen.base != state.base or time.monotonic() - seen.at > SEEN_FOR:
        return None
    return seen.found


def _count(index: Path) -> int:
    """How many files an index holds."""
    with index.open("rb") as file:
        return int.from_bytes(file.read(12)[8:], "big")


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
