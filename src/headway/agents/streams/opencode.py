"""OpenCode's ``run --format json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.agents.streams.facts import Facts, count, dollars, table
from headway.nouns import Usage

_EDITS = {"write", "edit", "patch", "multiedit", "apply_patch"}
_ARGUMENTS = ("filePath", "command", "path", "pattern", "description", "url", "query")


class OpenCodeReader:
    """OpenCode's events. Each ``step_finish`` tells one request's tokens, without what came from the cache."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        facts, part = self._facts, table(event.get("part"))
        facts.began(event.get("sessionID"))
        match event.get("type"):
            case "tool_use":
                self._take_tool(part)
            case "text":
                facts.does("says:", part.get("text"))
            case "step_finish":
                tokens, cost = table(part.get("tokens")), part.get("cost")
                cache = table(tokens.get("cache"))
                cached = count(cache.get("read"))
                facts.usage += Usage(
                    input_tokens=count(tokens.get("input")) + cached + count(cache.get("write")),
                    output_tokens=count(tokens.get("output")) + count(tokens.get("reasoning")),
                    cached_tokens=cached,
                    cost=dollars(cost),
                    turns=1,
                )
            case "error":
                error = table(event.get("error"))
                said = table(error.get("data")).get("message") or error.get("message") or error.get("name")
                facts.is_error = True
                facts.tell(said)
                facts.does("failed:", said)

    def _take_tool(self, part: Mapping[str, Any]) -> None:
        facts, state = self._facts, table(part.get("state"))
        tool, given = part.get("tool"), table(state.get("input"))
        if tool in _EDITS:
            path = given.get("filePath") or given.get("path")
            kept = facts.edit(path) if state.get("status") != "error" else ""
            facts.does("edit", kept or path)
        elif tool == "bash":
            facts.does("run", given.get("command"))
        else:
            argument = next((given[key] for key in _ARGUMENTS if isinstance(given.get(key), str)), "")
            facts.does(tool, facts.relative(argument) if argument.startswith("/") else argument)
