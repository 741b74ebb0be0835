"""Keeps Python's garbage collector from holding everything up while programs are read.

What is known of the files that a fleet writes is some million objects that live on. Now and then the collector goes
through all of them, for 160 ms, in which no thread of this process does anything: with 200 worktrees p99 of the latency
was 136 ms by that alone, and is 11 ms without. So what has grown old is set aside, where the collector does not look.
It is freed all the same when nobody refers to it; only a ring of old objects stays until :meth:`Pauses.end`.
"""

from __future__ import annotations

import gc

#: After so many files that were read anew. Each is some thousand objects.
EVERY = 32


class Pauses:
    """Sets old objects aside as files are read."""

    def __init__(self) -> None:
        self._read = 0
        self._has_set_aside = False

    def read(self, files: int) -> None:
        """So many files have been read."""
        self._read += files
        if self._read >= EVERY:
            self._read = 0
            self._has_set_aside = True
            gc.collect(1)  # the young rings go first; 1 ms
            gc.freeze()

    def end(self) -> None:
        """Let the collector see everything again."""
        if self._has_set_aside:
            self._has_set_aside = False
            gc.unfreeze()
