"""Which directories a filled worktree has, and what lies in them that git does not speak of.

Git tells of files. An empty directory, a fifo, a socket, an empty repository within the worktree: none of them
is a difference to git, and all of them would be found by the next agent (an empty directory is a Python
package). A look into every directory takes 17 ms at 2,675 of them; only those that changed since the last look
are looked into, which takes 4 ms. Not for: files (:mod:`.scan`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pygit2

from headway.landing import objects
from headway.landing.files import is_directory, read_plain, remove, write_whole
from headway.landing.objects import Change
from headway.landing.scan import Scan
from headway.landing.tree_writer import parents_of

#: Longest step of the clock that files are dated with, and then some, in nanoseconds.
_TICK = 20_000_000

_FILE_NAME = "layout"


@dataclass(slots=True)
class Layout:
    """The directories of a tree."""

    directories: set[str]
    #: Where the tree has submodules; they stay empty.
    submodules: set[str]

    @staticmethod
    def of(repository: pygit2.Repository, tree: pygit2.Oid) -> Layout:
        """The layout of a tree. Raises GitError."""
        layout = Layout(set(), set())
        open_ = [("", tree)]
        while open_:
            prefix, id_ = open_.pop()
            for name, entry in objects.children(repository, id_).items():
                if entry.mode == objects.TREE:
                    layout.directories.add(prefix + name)
                    open_.append((f"{prefix}{name}/", entry.id))
                elif entry.mode == objects.GITLINK:
                    layout.submodules.add(prefix + name)
        return layout

    @staticmethod
    def read(directory: Path) -> Layout | None:
        """The one that was saved in a slot's directory."""
        directories, submodules = _read(directory)
        if directories is None or submodules is None:
            return None
        return Layout(_names(directories), _names(submodules))

    def copy(self) -> Layout:
        """One that can be moved without this one."""
        return Layout(set(self.directories), set(self.submodules))

    def save(self, directory: Path) -> None:
        """Save it in a slot's directory. Raises OSError."""
        names = ("\0".join(sorted(names)) for names in (self.directories, self.submodules))
        write_whole(directory / _FILE_NAME, os.fsencode("\n\0".join([*names, "end"])))

    def move(self, repository: pygit2.Repository, tree: pygit2.Oid, moved: Iterable[Change]) -> bool:
        """Make it the layout of ``tree``, which differs by ``moved`` from the one that it is of; whether that made a
        difference. Raises GitError.

        Directories come and go only with files that do.
        """
        before = set(self.submodules)
        touched = []
        for change in moved:
            self.submodules.discard(change.path)
            if change.new and change.new.mode == objects.GITLINK:
                self.submodules.add(change.path)
            if change.old is None or change.new is None:
                touched.append(change.path)
        is_other = self.submodules != before
        for directory in parents_of(touched):
            found = objects.entry_at(repository, tree, directory)
            is_there = found is not None and found.mode == objects.TREE
            if is_there != (directory in self.directories):
                is_other = True
                (self.directories.add if is_there else self.directories.discard)(directory)
        return is_other

    def tidy(self, top: Path, *, since: int) -> int:
        """Remove what is no file and not the tree's, from directories that changed ``since`` then.

        Times are nanoseconds since the epoch; the one that the next call is to be given is returned. Raises OSError.
        """
        started = now()
        for directory in self._changed(top, since):
            self._tidy(f"{top}/{directory}", directory)
        for submodule in self.submodules:
            where = f"{top}/{submodule}"
            if is_directory(where) and any(True for _ in os.scandir(where)):
                remove(Path(where))
                os.mkdir(where)  # noqa: PTH102
        return started

    def _changed(self, top: Path, since: int) -> list[str]:
        """Directories in which a name came or went ``since`` then."""
        found = []
        fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # By descriptor, for the way to the top is as long as the one from there: 3.6 ms in place of 4.4 ms.
            for directory in (".", *self.directories):
                try:
                    if os.lstat(directory, dir_fd=fd).st_ctime_ns >= since:
                        found.append(directory)
                except (FileNotFoundError, NotADirectoryError):
                    continue
        finally:
            os.close(fd)
        return ["" if directory == "." else directory for directory in found]

    def _tidy(self, where: str, directory: str) -> None:
        prefix = f"{directory}/" if directory else ""
        try:
            with os.scandir(where) as entries:
                others = [
                    (e.name, e.path, e.is_dir(follow_symlinks=False)) for e in entries if not _is_file(e)
                ]
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, path, is_dir in others:
            if name == ".git":
                stays = not directory
            elif is_dir:
                known = prefix + name
                stays = known in self.directories or known in self.submodules or not _is_void(path)
            else:
                stays = False
            if not stays:
                remove(Path(path))


def read_submodules(directory: Path) -> list[str]:
    """Where the tree that a slot was filled with has submodules, by name; of 2,675 directories no name is read."""
    return sorted(_names(_read(directory)[1] or ""))


def now() -> int:
    """A time before which nothing is dated that changes from here on, in nanoseconds since the epoch."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME) - _TICK


def remove_untracked(top: Path, found: Scan) -> None:
    """Remove what git called untracked, and directories that are empty then. Raises OSError."""
    root = os.path.realpath(top)
    safe: dict[str, bool] = {}
    for path in (*found.untracked, *found.nested):
        parent = path.rpartition("/")[0]
        if parent not in safe:
            # Somebody may have put a link to elsewhere in its place meanwhile.
            where = f"{root}/{parent}".rstrip("/")
            safe[parent] = os.path.realpath(where) == where
        if safe[parent]:
            remove(Path(root, path))
    for parent in sorted(parents_of((*found.untracked, *found.nested)), reverse=True):
        with suppress(OSError):  # not empty
            os.rmdir(f"{root}/{parent}")  # noqa: PTH106


def _read(directory: Path) -> tuple[str | None, str | None]:
    """(directories, submodules) as they were saved; None where they were not."""
    data = read_plain(directory / _FILE_NAME, most=2**30) or b""
    try:
        directories, submodules, end = data.split(b"\n\0")
    except ValueError:
        return None, None
    return (os.fsdecode(directories), os.fsdecode(submodules)) if end == b"end" else (None, None)


def _names(text: str) -> set[str]:
    return set(text.split("\0")) if text else set()


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is something that git speaks of: a file or a link."""
    return entry.is_symlink() or entry.is_file(follow_symlinks=False)


def _is_void(path: str) -> bool:
    """Whether no file lies anywhere below, other than of a repository without any."""
    open_ = [path]
    while open_:
        with os.scandir(open_.pop()) as entries:
            for entry in entries:
                if _is_file(entry) and entry.name != ".git":
                    return False
                if entry.is_dir(follow_symlinks=False) and entry.name != ".git":
                    open_.append(entry.path)
    return True
