"""Bytes in pieces → lines, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

#: A longer line is passed over up to its end. Claude Code's longest, a file that it read, stay below 300 KB.
LONGEST_LINE = 2**20


class LineSplitter:
    """Cuts what is fed to it at newlines. Holds at most :data:`LONGEST_LINE` bytes."""

    def __init__(self) -> None:
        self._begun = bytearray()
        #: Within a line that is too long, or whose beginning is of no use.
        self._skipping = False

    @property
    def held(self) -> int:
        """How many bytes of a line without an end yet are held."""
        return len(self._begun)

    def split(self, data: bytes) -> Iterator[bytes]:
        """The lines that end within ``data``, without their newlines and without those that are too long."""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            if self._skipping:
                self._skipping = False
            elif len(self._begun) + end - start <= LONGEST_LINE:
                if self._begun:
                    self._begun += data[start:end]
                    line = bytes(self._begun)
                    self._begun.clear()
                    yield line
                else:
                    yield data[start:end]
            else:
                self._begun.clear()
            start = end + 1
        if not self._skipping:
            if len(self._begun) + len(data) - start > LONGEST_LINE:
                self._begun.clear()
                self._skipping = True
            else:
                self._begun += data[start:]
