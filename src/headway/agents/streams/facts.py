"""What is known of an agent from what it printed so far. Bounded, whatever it prints."""

from __future__ import annotations

import math
import os
import unicodedata
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headway.nouns import Usage

#: Most paths that are kept, and most characters of one (the kernel's PATH_MAX).
MOST_EDITED = 10_000
LONGEST_PATH = 4096

#: Most messages that are kept, the latest ones, and most characters of one.
MOST_MESSAGES = 20
LONGEST_MESSAGE = 500

#: Most characters of what it does now: what a line of a table has room for.
LONGEST_LAST = 120

LONGEST_SESSION = 200

#: A count beyond it is nonsense; the store's integers have 64 bits.
MOST_COUNT = 2**53


@dataclass(slots=True)
class Facts:
    """Filled by the reader of one format."""

    #: Where the agent works; edited paths are told relative to it.
    worktree: str | None = None
    session: str | None = None
    usage: Usage = field(default_factory=Usage)
    edited: set[str] = field(default_factory=set)
    is_error: bool = False
    last: str = ""
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
    _roots: tuple[str, ...] | None = None

    def began(self, session: object) -> None:
        """It named its session."""
        if isinstance(session, str) and 0 < len(session) <= LONGEST_SESSION and session.isprintable():
            self.session = session

    def edit(self, path: object) -> str:
        """It changed a file; the path as it is kept."""
        if not isinstance(path, str) or not path or len(path) > LONGEST_PATH or "\0" in path:
            return ""
        path = self.relative(path)
        if len(self.edited) < MOST_EDITED:
            self.edited.add(path)
        return path

    def relative(self, path: str) -> str:
        """A path relative to the worktree where it lies within; else as it is, but normal."""
        if self._roots is None and self.worktree is not None:
            roots = {os.path.normpath(self.worktree), os.path.realpath(self.worktree)}
            self._roots = tuple(root.rstrip("/") + "/" for root in roots)
        path = os.path.normpath(path)
        for root in self._roots or ():
            if path.startswith(root):
                return path[len(root) :]
        return path

    def does(self, *words: object) -> None:
        """It does this now."""
        text = one_line(" ".join(w for w in words if isinstance(w, str)), LONGEST_LAST)
        if text:
            self.last = text

    def tell(self, message: object) -> None:
        """It said that something is wrong: the model refuses, a limit is reached."""
        text = one_line(message, LONGEST_MESSAGE) if isinstance(message, str) else ""
        if text and (not self.messages or self.messages[-1] != text):
            self.messages.append(text)


def one_line(text: str, limit: int) -> str:
    """Text for one line of a terminal: no control or invisible characters, no line breaks, cut with ``…``."""
    text = text[: 4 * limit]
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def count(value: object) -> int:
    """A number of tokens or turns; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return int(min(max(value, 0), MOST_COUNT))


def dollars(value: object) -> float:
    """A price; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return min(max(float(value), 0.0), float(MOST_COUNT))


def table(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A JSON list; an empty one for anything else."""
    return value if isinstance(value, list) else []
