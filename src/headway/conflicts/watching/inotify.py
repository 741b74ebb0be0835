"""The kernel's file events, one descriptor for all directories of all worktrees.

Watchfiles was measured and is not it: roots cannot be added to a watcher that runs, so each worktree needs one of
its own, and the kernel allows a user 128 of them; 42 are 42 threads more, and they watch ``.git`` and
``node_modules`` too. This is one descriptor that the event loop reads, watches that come and go, and only in
directories that git would look into.

Not for: what a path means (:mod:`.roots`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from pathlib import Path

MODIFY, ATTRIB, CLOSE_WRITE = 0x2, 0x4, 0x8
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
#: The queue was full and events are lost; the watch is gone; the name is a directory.
OVERFLOW, IGNORED, IS_DIRECTORY = 0x4000, 0x8000, 0x40000000

_ONLY_DIRECTORIES, _NO_LINKS, _NOT_UNLINKED = 0x01000000, 0x02000000, 0x04000000

#: What is listened to. Not opening and reading: agents read far more than they write.
MASK = (
    MODIFY
    | ATTRIB
    | CLOSE_WRITE
    | MOVED_FROM
    | MOVED_TO
    | CREATE
    | DELETE
    | _ONLY_DIRECTORIES
    | _NO_LINKS
    | _NOT_UNLINKED
)

_HEADER = struct.Struct("iIII")

_LIMIT = Path("/proc/sys/fs/inotify/max_user_watches")


class Inotify:
    """One descriptor of the kernel's. :meth:`add` and :meth:`remove` may be called from another thread."""

    def __init__(self) -> None:
        """Raises OSError where the user has as many as the kernel allows."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd: int = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise _error("inotify_init1")

    def add(self, directory: bytes) -> int:
        """Watch a directory; the watch's number. Raises OSError: ENOSPC at the user's limit."""
        number: int = self._libc.inotify_add_watch(self.fd, directory, MASK)
        if number < 0:
            raise _error(os.fsdecode(directory))
        return number

    def remove(self, number: int) -> None:
        """Watch it no more; nothing happens where the kernel has given it up by itself."""
        self._libc.inotify_rm_watch(self.fd, number)

    def read(self) -> list[tuple[int, int, str]]:
        """(watch, mask, name) of what happened since the last time, in order."""
        events: list[tuple[int, int, str]] = []
        while True:
            try:
                data = os.read(self.fd, 2**18)
            except BlockingIOError:
                return events
            at = 0
            while at < len(data):
                number, mask, _, length = _HEADER.unpack_from(data, at)
                at += _HEADER.size
                name = os.fsdecode(data[at : at + length].rstrip(b"\0")) if length else ""
                at += length
                events.append((number, mask, name))

    def close(self) -> None:
        """Give all watches up."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def most_watches() -> int:
    """How many directories a user may watch, all programs together; a large number where the kernel does not say."""
    try:
        return int(_LIMIT.read_text())
    except (OSError, ValueError):
        return 2**31


def _error(what: str) -> OSError:
    number = ctypes.get_errno() or errno.EIO
    return OSError(number, os.strerror(number), what)
