"""Codex's ``exec --json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.agents.streams.facts import Facts, count, items, table
from headway.nouns import Usage


class CodexReader:
    """Codex's events. It tells no price; its ``input_tokens`` count what came from the cache."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        facts = self._facts
        match event.get("type"):
            case "thread.started":
                facts.began(event.get("thread_id"))
                facts.does("begins")
            case "turn.completed":
                usage = table(event.get("usage"))
                facts.usage += Usage(
                    input_tokens=count(usage.get("input_tokens")),
                    output_tokens=count(usage.get("output_tokens")),
                    cached_tokens=count(usage.get("cached_input_tokens")),
                    turns=1,
                )
                facts.is_error = False
            case "turn.failed":
                facts.is_error = True
                facts.tell(table(event.get("error")).get("message"))
                facts.does("failed:", table(event.get("error")).get("message"))
            case "error":
                facts.tell(event.get("message"))
            case "item.started" | "item.updated" | "item.completed":
                self._take_item(table(event.get("item")))

    def _take_item(self, item: Mapping[str, Any]) -> None:
        facts = self._facts
        match item.get("type"):
            case "command_execution":
                facts.does("run", item.get("command"))
            case "file_change":
                for change in items(item.get("changes")):
                    facts.does("edit", facts.edit(table(change).get("path")))
            case "mcp_tool_call":
                facts.does("call", item.get("tool"))
            case "web_search":
                facts.does("search", item.get("query"))
            case "agent_message":
                facts.does("says:", item.get("text"))
            case "error":
                facts.tell(item.get("message"))
