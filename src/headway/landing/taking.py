"""The files of a worktree as a tree: each that differs from the base is read once, by git, as ``git add`` would.

Not for: commits and refs (:mod:`.snapshot`), the history (:mod:`.history`).
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from headway.errors import GitError
from headway.landing import objects
from headway.landing.beside import beside
from headway.landing.files import is_directory, move_aside
from headway.landing.layout import read_submodules
from headway.landing.objects import EXECUTABLE, FILE, GITLINK, Entry
from headway.landing.scan import Scan, Seen, scan
from headway.landing.slot import Slot
from headway.landing.tree_writer import parents_of, parse_index, render_index, show, with_changes

#: How often the files are looked at again when some change while they are read.
MOST_LOOKS = 5

#: Most repositories found one within the other.
MOST_NESTED = 100

#: Files from this size on are read piece by piece, not as a whole, in bytes.
BIG = 8 * 2**20

#: Most paths that one note names.
MOST_NAMED = 5

#: Folders of ``keep``, and what a person is told when something is in them.
_ASIDE = {
    "git-directory": "the worktree's .git was replaced by a repository of its own, which is kept in {}",
    "nested": "repositories within the worktree: their files were taken, their .git is kept in {}",
    "submodules": "submodules were filled: where they stand was taken, what is in them is kept in {}",
    "unreadable": "files that could not be read are kept in {}",
    "unnameable": "files that git does not take by that name are kept in {}",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A worktree's files."""

    tree: pygit2.Oid
    notes: tuple[str, ...]
    #: What was found, where one look was enough: nothing was written meanwhile.
    seen: Seen | None = None


async def take(
    slot: Slot, hold: int, *, base: str, head: str | None, keep: Path, earlier: str | None
) -> Taken:
    """The tree of what stands in a slot's worktree, which was filled with ``base``.

    ``head`` is what counts where the worktree was deleted; ``earlier`` the commit that an interrupted attempt at
    this made. What git cannot hold is moved into ``keep``. Raises GitError, OSError.
    """
    repository = slot.git.repository
    base_tree = objects.tree_of(repository, base)
    if _is_deleted(slot.path):
        there = objects.tree_of(repository, head) if head else base_tree
        return Taken(there, ("the worktree was deleted; what was committed in it counts as its work",))
    taker = _Taker(slot, hold, base, base_tree, keep, earlier)
    changes = await taker.changes()
    tree = await asyncio.to_thread(with_changes, repository, base_tree, changes)
    return Taken(tree, taker.all_notes(), taker.seen)


def set_submodules_aside(slot: Slot, keep: Path) -> tuple[str, ...]:
    """Move what is in the submodules into ``keep``, once the commit that says where they stand is safe.

    The notes on it. Raises OSError.
    """
    moved = False
    for name in read_submodules(slot.directory):
        place = slot.path / name
        if is_directory(place) and any(place.iterdir()):
            move_aside(place, keep / "submodules", name)
            place.mkdir()
            moved = True
    return (_ASIDE["submodules"].format(keep / "submodules"),) if moved else ()


@dataclass(slots=True)
class _Taker:
    slot: Slot
    hold: int
    base: str
    base_tree: pygit2.Oid
    keep: Path
    earlier: str | None
    notes: dict[str, None] = field(default_factory=dict)
    seen: Seen | None = None

    async def changes(self) -> dict[str, Entry | None]:
        """Path → what stands there now, of all that differ from the base."""
        if is_directory(self.slot.path / ".git"):
            await asyncio.to_thread(move_aside, self.slot.path / ".git", self.keep, "git-directory")
        index = await self._index()
        for look in range(MOST_LOOKS):
            began = time.monotonic()
            found = await self._scan(index)
            there, gone = await beside(len(found.changed) + len(found.untracked), self._sort, found)
            try:
                entries = await self._read(there)
                if look == 0 and index is None and not found.is_barred:
                    self.seen = Seen(found, self.base, began)
                break
            except GitError:
                # A file that is cut while it is read, by something that still writes. Or a filter that fails.
                await asyncio.sleep(0.05 * look)
        else:
            entries = await self._read_one_by_one(there)
        left = [path for path in there if path not in entries]
        if left or self.earlier is not None:
            entries |= await asyncio.to_thread(self._not_taken, left)
        gone += [path for path in left if not os.path.lexists(self.slot.path / path)]
        return {**dict.fromkeys(gone), **entries}

    async def _index(self) -> Path | None:
        """None for the slot's own index, which knows the files' times; else one that knows nothing of them."""
        state = self.slot.filled()
        if state and state.base == self.base:
            return None
        self.slot.set_up(self.base)
        index = self.slot.directory / "base.index"
        for path in (index, index.with_name("base.index.lock")):
            path.unlink(missing_ok=True)
        await self.slot.run("read-tree", self.base, hold=self.hold, index=index, cached=False)
        return index

    async def _scan(self, index: Path | None) -> Scan:
        is_opened = False
        for _ in range(MOST_NESTED):
            found = await scan(self.slot, self.hold, index=index, cached=index is None)
            if found.is_barred and not is_opened:
                is_opened = True
                await asyncio.to_thread(_open_up, self.slot.path)
            elif found.nested:
                await asyncio.to_thread(self._set_nested_aside, found.nested)
            else:
                if found.is_barred:
                    self._note("directories that nobody may look into were not taken")
                return found
        raise GitError("status", -1, f"{MOST_NESTED} repositories, one within the other")

    def _sort(self, found: Scan) -> tuple[list[str], list[str]]:
        """(paths to read, tracked paths that are gone)."""
        there, gone = [], []
        tracked = set(found.changed)
        for path in (*found.changed, *found.untracked):
            match self._kind(path):
                case "file":
                    there.append(path)
                case "submodule" if path in tracked and self._in_base(path, GITLINK):
                    there.append(path)
                case "unreadable":
                    move_aside(self.slot.path / path, self.keep / "unreadable", path)
                case "missing" | "submodule" | "other" if path in tracked:
                    if not os.path.lexists(self.keep / "unreadable" / path):
                        gone.append(path)
                case _:
                    pass  # a new file that vanished
        self._look_around({"", *parents_of((*found.changed, *found.untracked))})
        return there, gone

    def _kind(self, path: str) -> str:
        full = f"{self.slot.path}/{path}"
        try:
            mode = os.lstat(full).st_mode
        except OSError:
            return "missing"
        if stat.S_ISDIR(mode):
            return "submodule"
        if stat.S_ISLNK(mode):
            return "file"
        if not stat.S_ISREG(mode):
            return "other"
        if not os.access(full, os.R_OK, effective_ids=True):
            with suppress(OSError):
                os.chmod(full, stat.S_IMODE(mode) | stat.S_IRUSR)  # noqa: PTH101
            if not os.access(full, os.R_OK, effective_ids=True):
                return "unreadable"
        return "file"

    def _in_base(self, path: str, mode: int) -> bool:
        found = objects.entry_at(self.slot.git.repository, self.base_tree, path)
        return found is not None and found.mode == mode

    def _look_around(self, directories: set[str]) -> None:
        """Find what git does not tell of, in directories where something differs."""
        special = []
        for directory in directories:
            where = f"{self.slot.path}/{directory}"
            with suppress(OSError), os.scandir(where) as entries:
                for entry in entries:
                    if entry.name == ".git":
                        if directory:  # of a repository without a commit: git looks into it as into any other
                            self._set_nested_aside([directory])
                    elif not (entry.is_symlink() or entry.is_file() or entry.is_dir()):
                        special.append(f"{directory}/{entry.name}".lstrip("/"))
        if special:
            self._note(f"fifos, sockets and devices were not taken: {_named(special)}")

    async def _read(self, paths: Sequence[str]) -> dict[str, Entry]:
        """What git makes of these files, with all that ``.gitattributes`` says and no command of the agent's.

        The index that it works on holds nothing but what the base has at these paths: modes where the file system
        has none, line ends that are to stay. Raises GitError.
        """
        if not paths:
            return {}
        repository = self.slot.git.repository
        before = {path: objects.entry_at(repository, self.base_tree, path) for path in paths}
        index = self.slot.directory / "work.index"
        index.with_name("work.index.lock").unlink(missing_ok=True)
        files = {path: entry for path, entry in before.items() if entry and entry.mode != objects.TREE}
        await beside(len(files), index.write_bytes, render_index(files))
        await self.slot.run(
            "-c",
            f"core.bigFileThreshold={BIG}",
            "-c",
            "core.safecrlf=false",
            "update-index",
            "-z",
            "--add",
            "--remove",
            "--replace",
            "--stdin",
            hold=self.hold,
            index=index,
            cached=False,
            stdin=b"".join(os.fsencode(path) + b"\0" for path in paths),
        )
        return parse_index(await beside(len(paths), index.read_bytes))

    async def _read_one_by_one(self, paths: Sequence[str]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for path in paths:
            try:
                entries |= await self._read([path])
            except GitError:
                entry = await self._read_raw(path)
                if entry is not None:
                    entries[path] = entry
        return entries

    async def _read_raw(self, path: str) -> Entry | None:
        """A file as it is at one moment, past filters that fail and writers that do not rest."""
        copy = self.slot.directory / "copy"
        try:
            mode = await asyncio.to_thread(_copy, self.slot.path / path, copy)
        except OSError as error:
            self._note(f"{show(path)} was not taken: {error.strerror}")
            return None
        ran = await self.slot.git.run(
            "-c", f"core.bigFileThreshold={BIG}", "hash-object", "-w", "--no-filters", "--", str(copy)
        )
        self._note(
            f"{show(path)} was taken byte by byte: git could not, by its filters or because it changed"
        )
        return Entry(EXECUTABLE if mode & stat.S_IXUSR else FILE, pygit2.Oid(hex=ran.text))

    def _not_taken(self, paths: Sequence[str]) -> dict[str, Entry]:
        """Put aside what git leaves out by its name, and say where the submodules stood that are aside already."""
        for path in paths:
            if os.path.lexists(self.slot.path / path) and not is_directory(self.slot.path / path):
                move_aside(self.slot.path / path, self.keep / "unnameable", path)
        # What an attempt before this one moved aside is not there to be read again.
        kept: dict[str, Entry] = {}
        if self.earlier is not None and is_directory(self.keep / "submodules"):
            repository = self.slot.git.repository
            earlier = objects.tree_of(repository, self.earlier)
            for name in read_submodules(self.slot.directory):
                entry = objects.entry_at(repository, earlier, name)
                if entry and is_directory(self.keep / "submodules" / name):
                    kept[name] = entry
        return kept

    def _set_nested_aside(self, nested: Sequence[str]) -> None:
        for path in nested:
            move_aside(self.slot.path / path / ".git", self.keep / "nested", f"{path}/.git")

    def _note(self, text: str) -> None:
        self.notes[text] = None

    def all_notes(self) -> tuple[str, ...]:
        """What a person may want to know; of what is kept also where an attempt before this one moved it."""
        aside = [
            text.format(self.keep / name) for name, text in _ASIDE.items() if (self.keep / name).exists()
        ]
        return (*self.notes, *aside)


def _is_deleted(path: Path) -> bool:
    """Whether there is no worktree any more: no directory, or nothing in it."""
    if not is_directory(path):
        return True
    with os.scandir(path) as entries:
        return all(entry.name == ".git" for entry in entries)


def _open_up(top: Path) -> None:
    """Let us look into directories that somebody closed."""

    def open_up(error: OSError) -> None:
        with suppress(OSError):
            os.chmod(error.filename, 0o700)  # noqa: PTH101

    for directory, names, _ in os.walk(top, onerror=open_up):
        for name in names:
            where = f"{directory}/{name}"
            if is_directory(where) and not os.access(where, os.R_OK | os.X_OK, effective_ids=True):
                with suppress(OSError):
                    os.chmod(where, 0o700)  # noqa: PTH101


def _copy(source: Path, target: Path) -> int:
    """Copy a plain file, and no more of it than it had when that began; its mode."""
    fd = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as read, target.open("wb") as written:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is not a plain file")
        left = found.st_size
        while left and (part := read.read(min(left, 2**20))):
            written.write(part)
            left -= len(part)
    return found.st_mode


def _named(paths: Sequence[str]) -> str:
    names = ", ".join(show(path) for path in sorted(paths)[:MOST_NAMED])
    more = len(paths) - MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names
