"""Codex's ``exec --json``, as version 0.169.0 prints it.

``thread.started`` names the session; ``item.*`` tell commands, file changes and words; ``turn.completed`` or
``turn.failed`` ends it. ``error`` is a request that failed, mostly one that is tried again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from headway.agents.streams.facts import Facts, count, items, less, table
from headway.nouns import Usage

_SHELL = re.compile(r"(?:/\S*/)?(?:ba|z|da)?sh -l?c (['\"]?)(.*)\1", re.DOTALL)
_RETRY = re.compile(r"Reconnecting\.\.\. \d+/\d+ \((.*)\)", re.DOTALL)


class CodexReader:
    """Its usage is told once, at a turn's end, and is the *session's*, with all that earlier attempts used in it:
    resumed for 3 requests after 3 others, it tells 6. What they were told to have used is taken off. It tells no
    price."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._turns = 0

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        facts = self._facts
        match event.get("type"):
            case "thread.started":
                facts.began(event.get("thread_id"))
                facts.does("begins")
            case "turn.completed":
                self._turns += 1
                self._count(table(event.get("usage")))
                facts.is_error = False
            case "turn.failed":
                facts.is_error = True
                facts.tell(table(event.get("error")).get("message"))
                facts.does("failed:", table(event.get("error")).get("message"))
            case "error":
                said = event.get("message")
                retry = _RETRY.fullmatch(said) if isinstance(said, str) else None
                facts.tell(retry[1] if retry else said)
                facts.does("waits:", said)
            case "item.started" | "item.updated" | "item.completed" as kind:
                self._take_item(table(event.get("item")), is_over=kind == "item.completed")

    def _count(self, usage: Mapping[str, Any]) -> None:
        facts = self._facts
        session = Usage(
            input_tokens=count(usage.get("input_tokens")),
            output_tokens=count(usage.get("output_tokens")),
            cached_tokens=count(usage.get("cached_input_tokens")),
        )
        counted = facts.counted.get(facts.session or "", Usage())
        facts.usage = less(session, counted) + Usage(turns=self._turns)

    def _take_item(self, item: Mapping[str, Any], *, is_over: bool) -> None:
        facts = self._facts
        match item.get("type"):
            case "command_execution":
                facts.does("run", _without_shell(item.get("command")))
            case "file_change":
                for change in map(table, items(item.get("changes"))):
                    path = change.get("path")
                    if is_over and item.get("status") == "completed":
                        facts.edit(path)
                    if isinstance(path, str):
                        facts.does("edit", facts.relative(path))
            case "mcp_tool_call":
                facts.does("call", item.get("tool"))
            case "web_search":
                facts.does("search", item.get("query"))
            case "reasoning":
                facts.does("thinks")
            case "agent_message":
                facts.does("says:", item.get("text"))
            case "error":
                facts.tell(item.get("message"))


def _without_shell(command: object) -> str | None:
    """The command of ``/bin/bash -lc '…'``."""
    if not isinstance(command, str):
        return None
    found = _SHELL.fullmatch(command)
    return found[2] if found else command
