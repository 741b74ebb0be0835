"""Reads what agents print, while they print it and after. Bytes are data: nothing here interprets them.

Not for: writing it (:mod:`.segments` says how it lies there), understanding event streams.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from headway.agents import records
from headway.agents.process import LaunchState, state_of
from headway.agents.segments import head_size, segment_name, segment_numbers, tail_size
from headway.errors import AgentError

#: How often a follower looks for more, in seconds.
FOLLOW_EVERY = 0.2

_BLOCK = 65536


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """How far a stream was read; to be kept across a restart."""

    segment: int = 0
    offset: int = 0


class OutputReader:
    """Reads one stream of one attempt from a position on, past what was not kept."""

    def __init__(self, directory: Path, stream: str = "out", position: Position | None = None) -> None:
        """``stream`` is ``out`` or ``err``; ``position`` defaults to the beginning."""
        self._directory = directory
        self._stream = stream
        #: Where the next read begins.
        self.position = position or Position()
        #: Bytes that were not kept and so passed over since this reader was made.
        self.skipped = 0

    def read(self, limit: int = _BLOCK) -> bytes:
        """At most ``limit`` bytes of what is there beyond the position; empty where nothing is, yet or any more.

        What one call returns has no gap in it: a gap lies between two calls, and then ``skipped`` has grown. An agent
        that floods may print faster than anybody reads: who reads until nothing comes needs a limit of their own.
        Raises AgentError.
        """
        try:
            while not (data := self._read_here(limit)):
                numbers = segment_numbers(str(self._directory), self._stream)
                following = next((n for n in numbers if n > self.position.segment), None)
                if following is None:
                    return b""
                # The writer is done with a segment before it begins the next: read what it added meanwhile.
                data = self._read_here(limit)
                if data:
                    break
                self._go_to(following, dropped_here=data is None)
        except FileNotFoundError:
            return b""  # not prepared yet
        except OSError as error:
            raise _unreadable(self._directory, error) from error
        return data

    def _read_here(self, limit: int) -> bytes | None:
        """What the segment at the position has beyond it; None where that segment is not there."""
        at = self.position
        try:
            fd = _open(self._directory / segment_name(self._stream, at.segment))
        except FileNotFoundError:
            return None
        try:
            data = os.pread(fd, limit, at.offset)
        finally:
            os.close(fd)
        if data:
            self.position = Position(segment=at.segment, offset=at.offset + len(data))
        return data

    def _go_to(self, segment: int, *, dropped_here: bool) -> None:
        at = self.position
        cap = read_log_cap(self._directory)
        if dropped_here:
            self.skipped += (tail_size(cap) if at.segment else head_size(cap)) - at.offset
        self.skipped += (segment - at.segment - 1) * tail_size(cap)
        self.position = Position(segment=segment)


def tail(directory: Path, lines: int, stream: str = "out") -> list[str]:
    """The last lines of a stream, oldest first, undecodable bytes as ``�``; a line tells of a gap among them.

    Raises AgentError.
    """
    pieces: list[bytes] = []
    missing = lines + 1  # the line break that ends the line before ours
    above = None
    try:
        for number in reversed(segment_numbers(str(directory), stream)):
            if above is not None and number != above - 1:
                pieces.append(_gap((above - number - 1) * tail_size(read_log_cap(directory))))
                missing -= 2
            above = number
            for block in _blocks_from_the_end(directory / segment_name(stream, number)):
                pieces.append(block)
                missing -= block.count(b"\n")
                if missing <= 0:
                    break
            if missing <= 0:
                break
    except FileNotFoundError:
        pass  # nothing is there yet, or a segment was dropped while we read: what follows it is what we have
    except OSError as error:
        raise _unreadable(directory, error) from error
    if not any(pieces) or lines <= 0:
        return []
    text = b"".join(reversed(pieces)).decode("utf-8", "replace")
    return text.removesuffix("\n").split("\n")[-lines:]


async def follow(
    directory: Path, stream: str = "out", position: Position | None = None
) -> AsyncIterator[bytes]:
    """What a stream has beyond ``position`` and what comes, until the agent has ended; a line tells of each gap.

    Raises AgentError.
    """
    reader = OutputReader(directory, stream, position)
    told = 0
    while True:
        # Asked before reading, so that nothing is missed that was printed in between.
        over = state_of(directory) in (LaunchState.ENDED, LaunchState.LOST)
        while data := reader.read():
            if reader.skipped > told:
                yield _gap(reader.skipped - told)
                told = reader.skipped
            yield data
        if over:
            return
        await asyncio.sleep(FOLLOW_EVERY)


def read_log_cap(directory: Path) -> int:
    """The cap that an attempt's output is kept under, in bytes; 0 where its specification cannot be read."""
    try:
        spec = records.read(str(directory / records.SPEC))
        return int(spec["log_cap"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0  # only the figure of what was passed over depends on it


def _gap(size: int) -> bytes:
    return b"\n[%d bytes of output were not kept]\n" % size


def _unreadable(directory: Path, error: OSError) -> AgentError:
    return AgentError(
        f"{error.filename or directory}: {error.strerror}", mend="see to it that it can be read"
    )


def _open(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a planted pipe must not hold us


def _blocks_from_the_end(path: Path) -> Iterator[bytes]:
    fd = _open(path)
    try:
        end = os.fstat(fd).st_size
        while end > 0:
            start = max(0, end - _BLOCK)
            yield os.pread(fd, end - start, start)
            end = start
    finally:
        os.close(fd)
