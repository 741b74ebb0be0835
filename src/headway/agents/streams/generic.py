"""JSON lines of any program, by the keys that such programs commonly use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.agents.streams.facts import Facts, count, dollars, first_text, table
from headway.nouns import Usage

_EVENT = ("event", "type", "kind")
_SESSION = ("session", "session_id", "sessionId", "sessionID", "thread_id")
_PATH = ("path", "file", "file_path", "filePath")
_TEXT = ("message", "text", "command", "title", "name")
_EDITS = frozenset(
    {"edit", "edited", "write", "wrote", "create", "created", "delete", "deleted", "file_change"}
)
_ENDS = frozenset({"result", "end", "done"})


class GenericReader:
    """One JSON object a line: ``{"event": "edit", "path": "a.py"}``, ``{"event": "result", "input_tokens": 5}``.

    ``event`` says what happened. ``edit`` (and its like) names a changed file in ``path``; ``result`` carries the
    totals ``input_tokens``, ``output_tokens``, ``cached_tokens``, ``cost`` and ``turns``, at its top or in ``usage``,
    and ``is_error``; on other events these count what that event used. ``session`` anywhere names the session;
    ``error`` carries a ``message``.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        facts = self._facts
        kind, path, text = first_text(event, _EVENT), first_text(event, _PATH), first_text(event, _TEXT)
        facts.began(first_text(event, _SESSION))
        if kind in _EDITS and path is not None:
            path = facts.edit(path)
        used = _usage(event)
        if kind in _ENDS:
            facts.is_error = event.get("is_error") is True
            facts.usage = used if used != Usage() else facts.usage
        else:
            facts.usage += used
        if kind == "error" or (kind in _ENDS and facts.is_error):
            facts.tell(text or event.get("error") or table(event.get("error")).get("message"))
        facts.does(kind, path or text)


def _usage(event: Mapping[str, Any]) -> Usage:
    told = {**event, **table(event.get("usage"))}
    return Usage(
        input_tokens=count(told.get("input_tokens")),
        output_tokens=count(told.get("output_tokens")),
        cached_tokens=count(told.get("cached_tokens")),
        cost=dollars(told.get("cost", told.get("cost_usd"))),
        turns=count(told.get("turns")),
    )
