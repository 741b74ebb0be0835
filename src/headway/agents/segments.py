"""An agent's output as files: all of its head, the last of its tail, and never more than the cap.

    out.000.log     the head: up to half of the cap
    out.001.log …   the tail: a quarter of the cap each, of which only the last two are kept

So a flood costs what writing it costs and no more room than the cap, and a reader can follow by the numbers
(:mod:`.output`). The launcher imports this, so it imports little.
"""

from __future__ import annotations

import os

#: The streams of an agent.
STREAMS = ("out", "err")

#: A cap below this is taken as this: four file system blocks.
LEAST_CAP = 4 * 4096


def segment_name(stream: str, number: int) -> str:
    """The file name of one segment."""
    return f"{stream}.{number:03d}.log"


def segment_numbers(directory: str, stream: str) -> list[int]:
    """The numbers of the segments that are there, ascending. Raises OSError."""
    found = []
    for name in os.listdir(directory):
        front, _, end = name.partition(".")
        number, _, end = end.partition(".")
        if front == stream and end == "log" and number.isdecimal():
            found.append(int(number))
    return sorted(found)


def head_size(cap: int) -> int:
    """Bytes of the first segment."""
    return max(cap, LEAST_CAP) // 2


def tail_size(cap: int) -> int:
    """Bytes of each segment after the first."""
    return max(cap, LEAST_CAP) // 4


class SegmentWriter:
    """Writes one stream. A disk that is full costs output and nothing else: the agent must not be blocked."""

    def __init__(self, directory: str, stream: str, cap: int) -> None:
        """Open the first segment, so that a reader finds it. Raises nothing: see ``trouble``."""
        self._directory, self._stream, self._cap = directory, stream, cap
        self._number = 0
        self._size = 0
        self._sizes: dict[int, int] = {}
        #: Bytes that the agent printed.
        self.bytes = 0
        #: Bytes of them that are not kept.
        self.dropped = 0
        #: The first thing that went wrong with writing, "" as a rule.
        self.trouble = ""
        self._fd = self._open()

    def write(self, data: memoryview) -> None:
        """Take in what the agent printed."""
        self.bytes += len(data)
        while data:
            room = (head_size if self._number == 0 else tail_size)(self._cap) - self._size
            if room <= 0:
                self._roll()
                continue
            written = self._append(data[:room])
            if written == 0:
                self.dropped += len(data)
                return
            self._size += written
            data = data[written:]

    def close(self) -> None:
        """No more comes."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _append(self, data: memoryview) -> int:
        if self._fd < 0:
            self._fd = self._open()
            if self._fd < 0:
                return 0
        try:
            return os.write(self._fd, data)
        except OSError as error:
            self.trouble = self.trouble or f"{self._path(self._number)}: {error.strerror}"
            return 0

    def _open(self) -> int:
        path = self._path(self._number)
        # Neither a link nor a pipe that the agent planted may lead its output elsewhere or hold the launcher.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            return os.open(path, flags, 0o600)
        except OSError as error:
            self.trouble = self.trouble or f"{path}: {error.strerror}"
            return -1

    def _roll(self) -> None:
        self.close()
        self._sizes[self._number] = self._size
        self._number += 1
        self._size = 0
        leaving = self._number - 2
        if leaving >= 1:
            self.dropped += self._sizes.pop(leaving)
            try:
                os.unlink(self._path(leaving))
            except OSError as error:
                self.trouble = self.trouble or f"{self._path(leaving)}: {error.strerror}"
        self._fd = self._open()

    def _path(self, number: int) -> str:
        return os.path.join(self._directory, segment_name(self._stream, number))
