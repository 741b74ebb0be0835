"""What is known of an agent from what it printed so far. Bounded, whatever it prints."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from headway.nouns import Usage

#: Most paths that are kept, and most characters of one (the kernel's PATH_MAX).
MOST_EDITED = 10_000
LONGEST_PATH = 4096

#: Most messages that are kept, the latest ones, and most characters of one.
MOST_MESSAGES = 20
LONGEST_MESSAGE = 500

#: Most characters of what it does now: what a line of a table has room for.
LONGEST_LAST = 120

#: A count beyond it is nonsense; the store's integers have 64 bits, and a run's are summed.
MOST_COUNT = 2**53

#: What can name a session. It becomes an argument of the next attempt's command, so it cannot be an option.
_SESSION = re.compile(r"[^\s\-]\S{0,199}")


@dataclass(slots=True)
class Facts:
    """Filled by the reader of one format."""

    #: Where the agent works; edited paths are told relative to it.
    worktree: str | None = None
    #: What earlier attempts used in a session that this one may resume, by the session's id.
    counted: Mapping[str, Usage] = field(default_factory=dict)
    session: str | None = None
    usage: Usage = field(default_factory=Usage)
    edited: set[str] = field(default_factory=set)
    is_error: bool = False
    last: str = ""
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
    _roots: tuple[str, ...] | None = None

    def began(self, session: object) -> None:
        """It named its session."""
        known = session == self.session  # nearly every event of some agents names it
        if not known and isinstance(session, str) and session.isprintable() and _SESSION.fullmatch(session):
            self.session = session

    def edit(self, path: object) -> str:
        """It changed a file; the path as it is kept, empty for what is none."""
        if not isinstance(path, str) or not path or len(path) > LONGEST_PATH or "\0" in path:
            return ""
        path = self.relative(path)
        if len(self.edited) < MOST_EDITED:
            self.edited.add(path)
        return path

    def relative(self, path: str) -> str:
        """A path relative to the worktree where it lies within; else as it is, but normal."""
        if self._roots is None and self.worktree is not None:
            # An agent may tell a path as it was given it, or as the kernel does.
            roots = {os.path.normpath(self.worktree), os.path.realpath(self.worktree)}
            self._roots = tuple(root.rstrip("/") + "/" for root in roots)
        path = os.path.normpath(path)
        for root in self._roots or ():
            if path.startswith(root):
                return path[len(root) :]
        return path

    def does(self, *words: object) -> None:
        """It does this now; words that are no text are left out."""
        text = one_line(" ".join(w[: 8 * LONGEST_LAST] for w in words if isinstance(w, str)), LONGEST_LAST)
        if text:
            self.last = text

    def tell(self, message: object) -> None:
        """It said that something is wrong: its model refuses, a limit is reached."""
        text = one_line(message, LONGEST_MESSAGE) if isinstance(message, str) else ""
        if text and text not in self.messages:
            self.messages.append(text)


def one_line(text: str, limit: int) -> str:
    """Text for one line of a terminal: no control or invisible characters, no line breaks, cut with ``…``."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text[: 8 * limit])
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def count(value: object) -> int:
    """A number of tokens or turns; 0 for what is none."""
    return int(min(max(value, 0), MOST_COUNT)) if _is_number(value) else 0


def dollars(value: object) -> float:
    """A price; 0 for what is none."""
    return float(min(max(value, 0), MOST_COUNT)) if _is_number(value) else 0.0


def less(usage: Usage, counted: Usage) -> Usage:
    """What of ``usage`` is not in ``counted``, nowhere below zero."""
    return Usage(
        input_tokens=max(0, usage.input_tokens - counted.input_tokens),
        output_tokens=max(0, usage.output_tokens - counted.output_tokens),
        cached_tokens=max(0, usage.cached_tokens - counted.cached_tokens),
        cost=max(0.0, usage.cost - counted.cost),
        turns=max(0, usage.turns - counted.turns),
    )


def table(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A JSON list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def first_text(given: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """The value of the first of the keys that has a text."""
    return next((given[key] for key in keys if isinstance(given.get(key), str)), None)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
