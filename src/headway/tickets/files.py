"""A file → its text, or what is wrong with the file itself."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from headway.tickets.tree import MOST_BYTES


class Unreadable(Exception):
    """A file that cannot be taken in."""

    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(what)
        self.what, self.line = what, line


def read_text(path: Path, *, most: int = MOST_BYTES, only_regular: bool = False) -> str:
    """The text of a UTF-8 file, without its byte order mark. Raises Unreadable.

    ``most``: bytes. ``only_regular``: refuse pipes and devices, which a folder has no business to hold; a pipe that
    the user names (``<(…)``, ``/dev/stdin``) is read like a file.
    """
    try:
        # Opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (os.O_NONBLOCK if only_regular else 0))
        with os.fdopen(descriptor, "rb") as file:
            if only_regular and not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unreadable("not a regular file")
            data = file.read(most + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from error
    except ValueError as error:  # a NUL in the path
        raise Unreadable(str(error)) from error
    if len(data) > most:
        raise Unreadable(f"larger than {most / 2**20:g} MiB: split it")
    return _decode(data)


def display(path: Path) -> str:
    """A path that can be printed, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("UTF-16: save the file as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"not UTF-8 (byte 0x{data[error.start]:02x}): save the file as UTF-8"
        raise Unreadable(what, line) from error
