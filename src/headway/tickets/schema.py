"""The published JSON Schema of a tickets file, made of the same rules that the reader holds.

It describes the file as JSON, and YAML as an editor sees it. What no schema can say, ``headway tickets check`` does:
ids that stand twice or differ only by case, links to tickets that are not there, cycles, the longest timeout.
"""

from __future__ import annotations

from typing import Any

from headway.tickets import rules
from headway.tickets.drafts import KEYS

_NOTHING = {"type": "null"}


def ticket_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of a tickets file: a list, or an object with ``tickets``."""
    tickets = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/ticket"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headway tickets",
        "description": "A list of tickets, or an object with such a list under `tickets`; its other keys mean nothing.",
        "oneOf": [
            tickets,
            {"type": "object", "required": ["tickets"], "properties": {"tickets": tickets}},
        ],
        "$defs": {"ticket": _ticket()},
    }


def _ticket() -> dict[str, Any]:
    id_ = {"type": "string", "pattern": rules.ID}
    # An id that is all digits needs no quotes.
    any_id = {"anyOf": [id_, {"type": "integer", "minimum": 0}]}
    said = {"type": "string", "pattern": r"\S"}
    links = _one_or_more(any_id)
    properties: dict[str, Any] = {
        "id": {
            "description": "Its name: in commands, file names, branch names and commits. Letters, digits, . _ -",
            **any_id,
        },
        "title": {
            "description": "One line. Without it: the first line of the description.",
            **_text(rules.TITLE),
        },
        "description": {"description": "What the agent is told.", **_text(rules.STORABLE)},
        "priority": {
            "description": "The higher one starts first. Default: medium.",
            "anyOf": [{"enum": [*rules.PRIORITIES, None]}, {"type": "string", "pattern": r"^\s*(?![\s\S])"}],
        },
        "depends_on": {"description": "Ids of tickets that must have landed before it starts.", **links},
        "blocked_by": {"description": "The same as depends_on; both count.", **links},
        "blocks": {"description": "Ids of tickets that wait for this one.", **links},
        "paths": {
            "description": "Globs of the paths that it is expected to touch, from the repository's root.",
            **_one_or_more({"type": "string", "pattern": rules.PATH}),
        },
        "agent": {"description": "Name of the agent profile. Default: the run's.", **_text(rules.NAME)},
        "role": {"description": "The role that its agent has.", **_text(rules.NAME)},
        "verify": {
            "description": "Command that must succeed on the merged tree before it lands. Default: the run's.",
            **_text(rules.STORABLE),
        },
        "timeout": {
            "description": "Longest time of one attempt: seconds, or 90s, 30m, 1h30m. Default: the run's.",
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 366 * 86400},
                {"type": "string", "pattern": rules.DURATION},
                _NOTHING,
            ],
        },
        "labels": {
            "description": "Words to find it by.",
            **_one_or_more({"type": "string", "pattern": rules.LABEL}),
        },
    }
    return {
        "type": "object",
        "description": "A piece of work. Keys that are not named here are kept aside and never mean anything.",
        "required": ["id"],
        "anyOf": [
            {"required": ["title"], "properties": {"title": said}},
            {"required": ["description"], "properties": {"description": said}},
        ],
        "properties": {key: properties[key] for key in KEYS},
        "additionalProperties": True,
    }


def _text(pattern: str) -> dict[str, Any]:
    """A text, or nothing."""
    return {"anyOf": [{"type": "string", "pattern": pattern}, _NOTHING]}


def _one_or_more(item: dict[str, Any]) -> dict[str, Any]:
    """A list, one in place of a list, or nothing."""
    return {"anyOf": [{"type": "array", "items": item}, item, _NOTHING]}
