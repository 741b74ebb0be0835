"""Claude Code's ``--output-format stream-json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.agents.streams.facts import Facts, count, dollars, items, table
from headway.nouns import Usage

_EDITS = {"Write", "Edit", "MultiEdit", "NotebookEdit"}
_ARGUMENTS = ("file_path", "notebook_path", "command", "path", "pattern", "description", "url", "query")


class ClaudeReader:
    """Claude Code's events. Its ``input_tokens`` leave out what came from its cache; ours count all."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._done = Usage()
        self._message: str | None = None
        self._current = Usage()

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        facts = self._facts
        facts.began(event.get("session_id"))
        match event.get("type"):
            case "system" if event.get("subtype") == "init":
                if facts.worktree is None and isinstance(event.get("cwd"), str):
                    facts.worktree = event["cwd"]
                facts.does("begins")
            case "assistant":
                self._take_message(event)
            case "result":
                self._take_result(event)

    def _take_message(self, event: Mapping[str, Any]) -> None:
        facts, message = self._facts, table(event.get("message"))
        id_ = message.get("id")
        if id_ != self._message or id_ is None:  # each of a message's blocks is an event with the same usage
            self._done += self._current
            self._message, self._current = id_, Usage()
        self._current = _usage(table(message.get("usage")), turns=1)
        facts.usage = self._done + self._current
        for block in map(table, items(message.get("content"))):
            if block.get("type") == "tool_use":
                self._take_tool(block)
            elif block.get("type") == "text":
                if event.get("isApiErrorMessage") or event.get("error"):
                    facts.tell(block.get("text"))
                facts.does("says:", block.get("text"))

    def _take_tool(self, block: Mapping[str, Any]) -> None:
        facts, name, given = self._facts, block.get("name"), table(block.get("input"))
        if name in _EDITS:
            path = facts.edit(given.get("file_path") or given.get("notebook_path"))
            facts.does("edit", path)
        elif name == "Bash":
            facts.does("run", given.get("command"))
        else:
            argument = next((given[key] for key in _ARGUMENTS if isinstance(given.get(key), str)), "")
            facts.does(name, facts.relative(argument) if argument.startswith("/") else argument)

    def _take_result(self, event: Mapping[str, Any]) -> None:
        facts = self._facts
        facts.is_error = bool(event.get("is_error")) or event.get("subtype") not in ("success", None)
        if usage := table(event.get("usage")):
            facts.usage = _usage(usage, event.get("total_cost_usd"), event.get("num_turns"))
        if facts.is_error:
            facts.tell(event.get("result") or event.get("subtype"))
        facts.does("done:" if not facts.is_error else "failed:", event.get("result") or event.get("subtype"))


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
