"""Files in places that agents can write to: read, moved aside and removed without being led astray.

A name may be a link to elsewhere, a fifo that is never written to, or gone a moment later. Not for: git.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

#: Most bytes read of one of git's small files.
MOST = 4 * 2**20


def read_plain(path: Path, *, most: int = MOST) -> bytes | None:
    """Up to ``most`` bytes from the end of a plain file; None where there is no such thing."""
    try:
        # Without O_NONBLOCK a fifo would hold us forever.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return None
        return os.pread(fd, most, max(0, found.st_size - most))
    except OSError:
        return None
    finally:
        os.close(fd)


def is_directory(path: Path | str) -> bool:
    """Whether it is a directory, and no link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def remove(path: Path) -> None:
    """Remove whatever stands there, also what its rights protect; nothing outside. Raises OSError."""
    if not is_directory(path):
        path.unlink(missing_ok=True)
        return

    def open_up(function: Callable[..., object], name: str, caught: object) -> None:
        """Once more, after the rights of the directory (and, to be listed, of its parent) were opened."""
        for directory in (os.path.dirname(name), name):  # noqa: PTH120 (rmtree gives texts)
            if is_directory(directory) and Path(directory).is_relative_to(path):
                os.chmod(directory, 0o700)  # noqa: PTH101
        with suppress(FileNotFoundError):
            if function is os.rmdir or is_directory(name):
                shutil.rmtree(name)
            else:
                os.unlink(name)  # noqa: PTH108

    shutil.rmtree(path, onerror=open_up)


def move_aside(path: Path, keep: Path, name: str) -> Path:
    """Move what stands at ``path`` to ``keep/name`` or, where that is taken, ``name~2``, …; the new place.

    Raises OSError.
    """
    target, number = keep / name, 1
    while os.path.lexists(target):
        number += 1
        target = keep / f"{name}~{number}"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        path.rename(target)
    except OSError:  # another file system: copied first, whole, then removed
        if is_directory(path):
            shutil.copytree(path, target, symlinks=True)
        else:
            shutil.copy2(path, target, follow_symlinks=False)
        remove(path)
    return target


def write_whole(path: Path, data: bytes) -> None:
    """Give a file in a directory of ours this content at once. Raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)
