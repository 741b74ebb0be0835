"""What the watch over worktrees needs of git (:class:`headway.conflicts.watching.Tools`), done by landing's git.

Not for: watching (:mod:`headway.conflicts.watching`), what becomes of what it sees.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from headway.conflicts.edits import EditJudge, Verdict
from headway.conflicts.trees import Entry
from headway.coordination.checking import attributes_of, make_judge, verdict_of
from headway.errors import GitError
from headway.landing import merge, objects
from headway.landing.files import remove
from headway.landing.git import Git
from headway.landing.scan import parse_status
from headway.landing.scratch import open_scratch, reopened, size_of
from headway.landing.slot import Slot
from headway.landing.tree_writer import parse_index, render_index


class WatchTools:
    """Git for one :class:`~headway.conflicts.watching.ConflictWatch`. Objects go to a scratch repository."""

    def __init__(self, git: Git) -> None:
        """Removes what an earlier process left there. Raises OSError."""
        self._git = git
        self._numbers = itertools.count(1)
        self._scratch = open_scratch(git, "scratch")
        self._old: list[Path] = []

    def open_judge(self) -> EditJudge:
        """A judge with a repository of its own."""
        return make_judge(reopened(self._scratch))

    async def ask(self, base: str, left: str, right: str, names: tuple[str, str]) -> Verdict:
        """Git's verdict on two trees over a commit. Raises GitError."""
        ours, theirs = (merge.stand_in(self._scratch, tree=tree, parent=base) for tree in (left, right))
        merged = await merge.merge(self._scratch, ours, theirs, base=base)
        return verdict_of(merged, {ours: names[0], theirs: names[1]})

    async def ignored(self, worktree: Path, paths: Sequence[str]) -> set[str]:
        """Those of the paths that the repository's rules leave out. Raises GitError."""
        ran = await self._git.run(
            "check-ignore",
            "--no-index",
            "-z",
            "--stdin",
            work_tree=worktree,
            # It knows no literal paths; behind a directory a name is no magic.
            env={"GIT_LITERAL_PATHSPECS": "0"},
            stdin=b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths),
            check=False,
        )
        if ran.status not in (0, 1):
            raise GitError("check-ignore", ran.status, ran.err.decode("utf-8", "replace"))
        return {path.removeprefix("./") for path in os.fsdecode(ran.out).split("\0")[:-1]}

    async def read(self, worktree: Path, base: str, paths: Sequence[str]) -> Mapping[str, Entry]:
        """What ``git add`` makes of these files, line endings and filters included. Raises GitError, OSError."""
        repository = self._scratch.repository
        base_tree = objects.tree_of(repository, base)
        before = {path: objects.entry_at(repository, base_tree, path) for path in paths}
        index = self._scratch.private_dir / f"read-{next(self._numbers)}.index"
        files = {path: entry for path, entry in before.items() if entry and entry.mode != objects.TREE}
        try:
            await asyncio.to_thread(index.write_bytes, render_index(files))
            await self._scratch.run(
                # Big ones as loose objects too: libgit2 would not see a pack that it has not looked for.
                *("-c", "core.safecrlf=false"),
                *("update-index", "-z", "--add", "--remove", "--replace", "--stdin"),
                index=index,
                work_tree=worktree,
                stdin=b"".join(os.fsencode(path) + b"\0" for path in paths),
            )
            found = parse_index(await asyncio.to_thread(index.read_bytes))
        finally:
            index.unlink(missing_ok=True)
        return {path: Entry(entry.mode, entry.id.raw) for path, entry in found.items()}

    async def changed(self, worktree: Path, base: str) -> list[str]:
        """What differs in a worktree from a commit. Raises GitError, OSError.

        With the index that the slot was filled with, which knows the files' times: 26 ms at 13,000 files; without one
        each file is read.
        """
        slot = self._slot(worktree, base)
        index = slot.index if slot is not None else await self._index(base)
        git_dir = slot.directory if slot is not None else self._git.private_dir
        try:
            ran = await self._git.run(
                *("-c", "core.untrackedCache=false", "status", "--porcelain=v1", "-z"),
                *("--untracked-files=all", "--no-renames", "--ignore-submodules=dirty"),
                index=index,
                work_tree=worktree,
                env={"GIT_DIR": str(git_dir)},
            )
        finally:
            if slot is None:
                index.unlink(missing_ok=True)
        found = parse_status(ran.out)
        nested = [path for top in found.nested for path in await asyncio.to_thread(_files, worktree, top)]
        return [*found.changed, *found.untracked, *nested]

    def _slot(self, worktree: Path, base: str) -> Slot | None:
        """The slot that the worktree is, if its index is known to be of ``base``."""
        if not worktree.name.isdecimal() or int(worktree.name) < 1:
            return None
        slot = Slot(self._git, int(worktree.name), worktree)
        state = slot.filled()
        return slot if state is not None and state.base == base else None

    async def _index(self, base: str) -> Path:
        index = self._scratch.private_dir / f"status-{next(self._numbers)}.index"
        await self._scratch.run("read-tree", base, index=index)
        return index

    async def renew(self) -> None:
        """Begin a new scratch repository. Raises OSError."""
        self._old.append(self._scratch.private_dir)
        name = f"scratch-{next(self._numbers)}"
        self._scratch = await asyncio.to_thread(open_scratch, self._git, name)

    def size(self) -> int:
        """Bytes that the scratch repository takes."""
        return size_of(self._scratch)

    async def drop_old(self) -> None:
        """Remove those before the newest."""
        for directory in self._old:
            await asyncio.to_thread(remove, directory)
        self._old.clear()

    @property
    def attributes(self) -> tuple[bytes, ...]:
        """What counts beside the files in the trees."""
        return attributes_of(self._git)

    @property
    def config(self) -> Mapping[str, str]:
        """Git's configuration."""
        return self._git.config


def _files(worktree: Path, top: str) -> list[str]:
    """The files of a repository within the worktree: git does not look into it, and its files count as work."""
    found = []
    for directory, names, files in os.walk(worktree / top):
        names[:] = [name for name in names if name != ".git"]
        inside = os.path.relpath(directory, worktree)
        found += [f"{inside}/{name}" for name in files if name != ".git"]
    return found
