"""Tickets → a tickets file that reads back as the same tickets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from headway.nouns import Priority, Ticket


def as_document(ticket: Ticket) -> dict[str, Any]:
    """A ticket as its mapping in a tickets file: what it says, without what is left to defaults."""
    said: dict[str, Any] = {"id": ticket.id, "title": ticket.title, "description": ticket.description}
    if ticket.priority is not Priority.MEDIUM:
        said["priority"] = ticket.priority.name.lower()
    for key in ("depends_on", "paths", "labels"):
        said[key] = list(getattr(ticket, key))
    said |= {"agent": ticket.agent, "role": ticket.role, "verify": ticket.verify, "timeout": ticket.timeout}
    said = {key: value for key, value in said.items() if value not in (None, "", [])}
    return said | {key: value for key, value in ticket.extra.items() if key not in said}


def tickets_as_yaml(tickets: Iterable[Ticket]) -> str:
    """A tickets file in YAML."""
    documents = [as_document(ticket) for ticket in tickets]
    return yaml.dump(documents, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, as a person would write them; no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
