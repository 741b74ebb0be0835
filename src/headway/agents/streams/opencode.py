"""OpenCode's ``run --format json``, as version 1.18.33 prints it.

Every event names the session; ``tool_use`` comes when the tool is done, with its input and state; ``step_finish`` ends
one request with its tokens; ``error`` is one that failed for good.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from headway.agents.streams.facts import Facts, count, dollars, first_text, table
from headway.nouns import Usage

_EDITS = frozenset({"write", "edit", "multiedit"})
_PATCHES = frozenset({"patch", "apply_patch"})
_PATCHED = re.compile(r"^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$", re.MULTILINE)
_PATH = ("filePath", "path")
_ARGUMENTS = ("command", "pattern", "description", "url", "query", "name")


class OpenCodeReader:
    """Its ``input`` leaves out what its cache read and wrote, its ``output`` what the model thought; ours count all."""

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
            case "reasoning":
                facts.does("thinks")
            case "step_finish":
                facts.usage += _usage(part)
                facts.is_error = False
            case "error":
                error = table(event.get("error"))
                data = table(error.get("data"))
                said = data.get("message") or error.get("message") or error.get("name")
                status = data.get("statusCode")
                facts.is_error = True
                facts.tell(f"{said} ({status})" if status else said)
                facts.does("failed:", said)

    def _take_tool(self, part: Mapping[str, Any]) -> None:
        facts, state, tool = self._facts, table(part.get("state")), part.get("tool")
        given, failed = table(state.get("input")), state.get("status") == "error"
        path = first_text(given, _PATH)
        if tool in _PATCHES:
            patch = given.get("patchText")
            for path in _PATCHED.findall(patch) if isinstance(patch, str) else ():
                if not failed:
                    facts.edit(path.strip())
                facts.does("edit", facts.relative(path.strip()))
            return
        shown = facts.relative(path) if path else first_text(given, _ARGUMENTS)
        if tool in _EDITS:
            if not failed:
                facts.edit(path)
            facts.does("edit", shown)
        else:
            facts.does("run" if tool == "bash" else tool, shown)


def _usage(part: Mapping[str, Any]) -> Usage:
    tokens = table(part.get("tokens"))
    cache = table(tokens.get("cache"))
    cached = count(cache.get("read"))
    return Usage(
        input_tokens=count(tokens.get("input")) + cached + count(cache.get("write")),
        output_tokens=count(tokens.get("output")) + count(tokens.get("reasoning")),
        cached_tokens=cached,
        cost=dollars(part.get("cost")),
        turns=1,
    )
