"""Files of a worktree as git would have them: each path that changed is read once. Blocking; for the worker's thread.

Whatever an agent does meanwhile is no error: a file that goes while it is read is gone, one that grows is read as far
as it was, and its next event brings it here again. Not for: which paths (:mod:`.roots`), ignored ones, pairs.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pygit2
from pygit2.enums import ObjectType

from headway.conflicts import trees
from headway.conflicts.trees import Entry
from headway.conflicts.watching.conversion import Conversion

#: Larger files are hashed piece by piece and written only where both sides of a pair changed them, in bytes.
BIG = 8 * 2**20

_PIECE = 2**20


@dataclass(slots=True)
class Taken:
    """What stands at some paths now."""

    #: Path → entry; None where nothing is that git would take.
    entries: dict[str, Entry | None] = field(default_factory=dict)
    #: Paths that only git can read: a filter has a say, or another encoding.
    by_git: list[str] = field(default_factory=list)
    #: Paths whose blob is known by its id alone, so far.
    unwritten: set[str] = field(default_factory=set)
    #: Directories that the side has known before: what is in them says what became of them.
    directories: list[str] = field(default_factory=list)
    #: Paths that could not be read (rights); what was known of them stays.
    barred: list[str] = field(default_factory=list)


class Taker:
    """Reads files of one worktree into the objects of ``repository``."""

    def __init__(
        self,
        repository: pygit2.Repository,
        top: str,
        *,
        conversion: Callable[[str], Conversion],
        trusts_modes: bool = True,
    ) -> None:
        """``conversion``: what could stand between a path and its blob. ``trusts_modes``: ``core.fileMode``."""
        self._repository = repository
        self._top = top
        self._conversion = conversion
        self._trusts_modes = trusts_modes

    def take(
        self, paths: Iterable[str], before: Callable[[str], Entry | None], taken: Taken | None = None
    ) -> Taken:
        """What stands at these paths, added to ``taken``. ``before``: what was known of a path, as a tree has it."""
        taken = Taken() if taken is None else taken
        links: dict[str, bool] = {}
        for path in paths:
            try:
                entry = None if self._is_beyond_link(path, links) else self._entry(path, before(path), taken)
            except PermissionError:
                taken.barred.append(path)
            except (FileNotFoundError, NotADirectoryError):
                taken.entries[path] = None
            except OSError:  # a name that is too long, a loop of links, a disk that fails
                taken.barred.append(path)
            else:
                if path not in taken.by_git and path not in taken.directories:
                    taken.entries[path] = entry
        return taken

    def _is_beyond_link(self, path: str, known: dict[str, bool]) -> bool:
        """Whether a directory above the path is a link by now: then nothing is there for git."""
        directory = path.rpartition("/")[0]
        if not directory:
            return False
        if directory not in known:
            known[directory] = self._is_beyond_link(directory, known) or stat.S_ISLNK(
                os.lstat(f"{self._top}/{directory}").st_mode
            )
        return known[directory]

    def _entry(self, path: str, before: Entry | None, taken: Taken) -> Entry | None:
        full = f"{self._top}/{path}"
        mode = os.lstat(full).st_mode
        if stat.S_ISLNK(mode):
            return Entry(trees.LINK, self._write(os.fsencode(os.readlink(full))))  # noqa: PTH115
        if stat.S_ISDIR(mode):
            if before is not None and before.mode == trees.TREE:
                taken.directories.append(path)
            return before if before is not None and before.mode == trees.GITLINK else None
        if not stat.S_ISREG(mode):
            return None
        fd = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return self._file(path, fd, before, taken)
        finally:
            os.close(fd)

    def _file(self, path: str, fd: int, before: Entry | None, taken: Taken) -> Entry | None:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return None
        conversion = self._conversion(path)
        id_: bytes | None = None
        if not conversion.other and found.st_size > BIG:
            id_ = _hash(fd, found.st_size, conversion)
            if id_ is not None and (before is None or before.id != id_):
                taken.unwritten.add(path)
        elif not conversion.other:
            data = _read(fd, found.st_size)
            id_ = self._write(data, before) if conversion.spares(data) else None
        if id_ is None:
            taken.by_git.append(path)
            return None
        return Entry(self._mode(found.st_mode, before), id_)

    def _mode(self, mode: int, before: Entry | None) -> int:
        if not self._trusts_modes:
            kept = before is not None and before.mode in (trees.FILE, trees.EXECUTABLE)
            return before.mode if kept and before is not None else trees.FILE
        return trees.EXECUTABLE if mode & stat.S_IXUSR else trees.FILE

    def _write(self, data: bytes, before: Entry | None = None) -> bytes:
        if before is not None and before.id == blob_id(data):
            return before.id
        return bytes(self._repository.write(ObjectType.BLOB, data).raw)


def blob_id(data: bytes) -> bytes:
    """The id that git gives to a blob of these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).digest()


def _read(fd: int, size: int) -> bytes:
    parts = []
    left = size
    while left and (part := os.read(fd, left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _hash(fd: int, size: int, conversion: Conversion) -> bytes | None:
    """The id of a big file without keeping it; None where its bytes do not stay, or it was cut meanwhile."""
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    left = size
    while left:
        part = os.read(fd, min(left, _PIECE))
        if not part or not conversion.spares(part):
            return None
        digest.update(part)  # without the interpreter's lock
        left -= len(part)
    return digest.digest()
