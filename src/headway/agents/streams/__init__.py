"""What an agent's event stream tells, while it is printed: session, tokens, edited files, what it does now.

One file for each format. What an agent prints is data: broken JSON, bytes that are no text and lines without end
cost their own facts and nothing else.

Not for: where the output lies (:mod:`headway.agents.output`), what is made of the facts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from headway.agents.streams.claude import ClaudeReader
from headway.agents.streams.codex import CodexReader
from headway.agents.streams.facts import Facts
from headway.agents.streams.generic import GenericReader
from headway.agents.streams.lines import ObjectLines
from headway.agents.streams.opencode import OpenCodeReader
from headway.errors import AgentError
from headway.nouns import Usage

__all__ = ["FORMATS", "StreamReader"]


class Reader(Protocol):
    """Reads the events of one format into the facts that it was made with."""

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event: a JSON object whose values can be anything."""


FORMATS: Mapping[str, Callable[[Facts], Reader] | None] = {
    "claude": ClaudeReader,
    "codex": CodexReader,
    "opencode": OpenCodeReader,
    "json": GenericReader,
    "none": None,
}


#: What comes after so many events is not read: 10 µs each, so that no agent costs more than some seconds. The three
#: agents print two or three for every tool call.
MOST_EVENTS = 300_000


class StreamReader:
    """The facts of one attempt's output, fed from its beginning in pieces of any size."""

    def __init__(
        self,
        format: str,
        worktree: str | os.PathLike[str] | None = None,
        counted: Mapping[str, Usage] | None = None,
    ) -> None:
        """``format`` is one of :data:`FORMATS`; paths within ``worktree`` are told relative to it.

        ``counted`` is what the ticket's earlier attempts used, by session
        (:func:`headway.agents.profiles.usage_by_session`): an agent that tells a resumed session's whole usage is
        counted once. Raises AgentError for another format.
        """
        if format not in FORMATS:
            raise AgentError(
                f"unknown event format {format!r}; there are: {', '.join(FORMATS)}",
                mend="mend events in the agent's profile",
            )
        self._facts = Facts(
            worktree=None if worktree is None else os.fspath(worktree), counted=dict(counted or {})
        )
        make = FORMATS[format]
        self._reader = make(self._facts) if make is not None else None
        self._lines = ObjectLines()
        self._events = 0

    def feed(self, data: bytes) -> None:
        """Take in what was printed next. Never raises."""
        if self._reader is None or self._events >= MOST_EVENTS:
            return
        for line in self._lines.find(data):
            self._events += 1
            event = _event(line)
            if event is not None:
                self._reader.take(event)

    @property
    def session(self) -> str | None:
        """The session's id, to resume it by."""
        return self._facts.session

    @property
    def usage(self) -> Usage:
        """What it used of its model. ``input_tokens`` counts what came from the cache too."""
        return self._facts.usage

    @property
    def edited(self) -> set[str]:
        """The files that it said to have changed, relative to the worktree where they lie within."""
        return self._facts.edited

    @property
    def is_error(self) -> bool:
        """Whether it said that it ended in an error, whatever its exit status."""
        return self._facts.is_error

    @property
    def last(self) -> str:
        """What it does now, on one short line; empty where it told nothing."""
        return self._facts.last

    @property
    def messages(self) -> list[str]:
        """The latest errors that it told: limits of its model, requests that failed."""
        return list(self._facts.messages)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
