"""Claude Code's ``--output-format stream-json``, as version 2.1.197 prints it.

``system/init`` names session and directory; each ``assistant`` event is one block of a message, with the usage of
that message as far as it is known; ``user`` events carry the tools' results; ``system/api_retry`` tells a request
that failed and is tried again; ``result`` ends it with the totals of this process (a resumed session begins at zero).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from headway.agents.streams.facts import Facts, count, dollars, first_text, items, table
from headway.nouns import Usage

_EDITS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_PATH = ("file_path", "notebook_path", "path")
_ARGUMENTS = ("command", "pattern", "description", "subject", "url", "query", "skill")

#: Most edits whose result is awaited, and messages that may still grow. Some tens run at once with subagents.
_MOST_PENDING = 500
_MOST_MESSAGES = 50


class ClaudeReader:
    """Its ``input_tokens`` leave out what its cache read and wrote; ours count all that was sent."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        #: Edits that were asked for and not answered yet: tool use → path.
        self._pending: OrderedDict[str, str] = OrderedDict()
        #: Usage of the latest messages by id; a message's blocks come as events of their own, with the same usage.
        self._messages: OrderedDict[str, Usage] = OrderedDict()
        self._earlier = Usage()

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        facts = self._facts
        match event.get("type"):
            case "system":
                # Not from others: where a session cannot be resumed, the result is all, and names it all the same.
                facts.began(event.get("session_id"))
                self._take_system(event)
            case "assistant":
                self._take_message(event)
            case "user":
                for block in map(table, items(table(event.get("message")).get("content"))):
                    path = self._pending.pop(str(block.get("tool_use_id")), None)
                    if path is not None and block.get("is_error") is not True:
                        facts.edit(path)
            case "result":
                self._take_result(event)

    def _take_system(self, event: Mapping[str, Any]) -> None:
        facts = self._facts
        match event.get("subtype"):
            case "init":
                if facts.worktree is None and isinstance(event.get("cwd"), str):
                    facts.worktree = event["cwd"]
                facts.does("begins")
            case "api_retry":
                status = event.get("error_status")
                what = f"{event.get('error') or 'request failed'}{f' ({status})' if status else ''}"
                facts.tell(what)
                facts.does(f"waits: {what}, retry {event.get('attempt')} of {event.get('max_retries')}")

    def _take_message(self, event: Mapping[str, Any]) -> None:
        facts, message = self._facts, table(event.get("message"))
        self._count(message)
        for block in map(table, items(message.get("content"))):
            if block.get("type") == "tool_use":
                self._take_tool(block)
            elif block.get("type") == "text":
                if event.get("error") or event.get("isApiErrorMessage"):
                    facts.tell(block.get("text"))
                facts.does("says:", block.get("text"))
            elif block.get("type") == "thinking":
                facts.does("thinks")

    def _count(self, message: Mapping[str, Any]) -> None:
        if not isinstance(message.get("id"), str):
            return
        usage = _usage(table(message.get("usage")), turns=1)
        if self._messages.get(message["id"]) == usage:
            return
        self._messages[message["id"]] = usage
        if len(self._messages) > _MOST_MESSAGES:
            self._earlier += self._messages.popitem(last=False)[1]
        self._facts.usage = sum(self._messages.values(), self._earlier)

    def _take_tool(self, block: Mapping[str, Any]) -> None:
        facts, name, given = self._facts, block.get("name"), table(block.get("input"))
        path = first_text(given, _PATH)
        shown = facts.relative(path) if path else first_text(given, _ARGUMENTS)
        if name in _EDITS and path:
            self._pending[str(block.get("id"))] = path
            if len(self._pending) > _MOST_PENDING:
                self._pending.popitem(last=False)
            facts.does("edit", shown)
        else:
            facts.does("run" if name == "Bash" else _lower(name), shown)

    def _take_result(self, event: Mapping[str, Any]) -> None:
        facts = self._facts
        facts.is_error = event.get("is_error") is True or event.get("subtype") != "success"
        if usage := table(event.get("usage")):
            facts.usage = _usage(usage, event.get("total_cost_usd"), event.get("num_turns"))
        said = event.get("result") or "; ".join(map(str, items(event.get("errors")))) or event.get("subtype")
        if facts.is_error:
            facts.tell(said)
        facts.does("failed:" if facts.is_error else "done:", said)


def _usage(usage: Mapping[str, Any], cost: object = 0.0, turns: object = 0) -> Usage:
    cached = count(usage.get("cache_read_input_tokens"))
    return Usage(
        input_tokens=count(usage.get("input_tokens"))
        + count(usage.get("cache_creation_input_tokens"))
        + cached,
        output_tokens=count(usage.get("output_tokens")),
        cached_tokens=cached,
        cost=dollars(cost),
        turns=count(turns),
    )


def _lower(name: object) -> str:
    return name.lower() if isinstance(name, str) else ""
