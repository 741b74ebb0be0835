"""One mapping of a file → a draft of a ticket: every field checked, what it waits for still only names.

Not for: whether the ids that it names exist; that is :mod:`headway.tickets.linking`.
"""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from typing import Any

from headway.nouns import Priority, Ticket
from headway.tickets import rules
from headway.tickets.tree import (
    Entry,
    Kind,
    Mapping,
    Node,
    Report,
    Scalar,
    Sequence,
    as_plain,
    is_null,
    kind_of,
    scalars,
    shown,
)
from headway.units import parse_duration

#: Keys that name other tickets; together they are the dependency graph.
LINKS = ("depends_on", "blocked_by", "blocks")
#: The keys of a ticket, in the order in which people write them.
KEYS = (
    "id",
    "title",
    "description",
    "priority",
    *LINKS,
    "paths",
    "agent",
    "role",
    "verify",
    "timeout",
    "labels",
)

#: What other tools call our keys. Kept aside like every unknown key, but worth a word.
_OTHER_NAMES = {
    "dependencies": "depends_on",
    "depends": "depends_on",
    "requires": "depends_on",
    "needs": "depends_on",
    "name": "title",
    "summary": "title",
    "subject": "title",
    "body": "description",
    "files": "paths",
    "tags": "labels",
}

#: Shown of a description's first line as a title.
_MOST_DERIVED_TITLE = 120


@dataclass(frozen=True, slots=True)
class Link:
    """A word of a ticket about another one."""

    #: One of :data:`LINKS`.
    kind: str
    id: str
    line: int


@dataclass(slots=True)
class Draft:
    """A ticket before its links are followed."""

    #: As written, whether it can be an id or not; empty where there is none.
    id: str
    file: str
    line: int
    #: The line that gives the id.
    id_line: int
    values: dict[str, Any] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    @property
    def place(self) -> str:
        """``file:line`` of its id."""
        return f"{self.file}:{self.id_line}"

    def ticket(self, depends_on: tuple[str, ...]) -> Ticket:
        """The ticket, where nothing was wrong."""
        return Ticket(id=self.id, depends_on=depends_on, source=f"{self.file}:{self.line}", **self.values)


class Drafter:
    """Reads the mappings of one file; what is wrong goes to the report."""

    def __init__(self, report: Report, *, names: AbstractMapping[str, str] | None = None) -> None:
        """``names``: further names of our keys in this file, the more telling first."""
        self.report = report
        self.names = names or {}
        #: Unknown keys that may be meant for one of ours → first line, how often, which one.
        self.doubtful: dict[str, tuple[int, int, str]] = {}
        self._meant: dict[str, str | None] = {}

    def draft(self, mapping: Mapping) -> Draft:
        """The draft of one ticket."""
        fields, extra = self._sort(mapping)
        id_, id_line = self._id(fields.get("id"), mapping.line)
        draft = Draft(id=id_, file=self.report.file, line=mapping.line, id_line=id_line)
        description = self._description(fields.get("description"))
        draft.values = {
            "title": self._title(fields.get("title"), description, mapping.line),
            "description": description,
            "priority": self._priority(fields.get("priority")),
            "paths": tuple(self._lines(fields.get("paths"), rules.why_not_path, strip=False)),
            "agent": self._name(fields.get("agent")),
            "role": self._name(fields.get("role")),
            "verify": self._command(fields.get("verify")),
            "timeout": self._duration(fields.get("timeout")),
            "labels": tuple(self._lines(fields.get("labels"), _why_not_label)),
            "extra": extra,
        }
        for kind in LINKS:
            draft.links += self._links(kind, fields.get(kind))
        return draft

    def finish(self) -> None:
        """Say which unknown keys look like ours."""
        for key, (line, times, meant) in self.doubtful.items():
            often = f" ({times} times)" if times > 1 else ""
            self.report.note(
                line, f"{shown(key)} is no key of a ticket{often} and is kept aside: meant is {meant}?"
            )

    def _sort(self, mapping: Mapping) -> tuple[dict[str, list[Entry]], dict[str, Any]]:
        """Our fields, and what else there is."""
        fields: dict[str, list[Entry]] = {}
        extra: dict[str, Any] = {}
        for entry in mapping:
            if entry.key in KEYS:
                fields.setdefault(entry.key, []).insert(0, entry)
            elif entry.key not in self.names:
                self._keep(entry, extra)
        for name, key in self.names.items():
            if name in mapping.entries:
                entry = mapping.entries[name]
                if key in LINKS or key == "labels" or key not in fields:
                    fields.setdefault(key, []).append(entry)
                else:
                    self._keep(entry, extra)
        return fields, extra

    def _keep(self, entry: Entry, extra: dict[str, Any]) -> None:
        for scalar in (Scalar(entry.line, Kind.QUOTED, entry.key), *scalars(entry.value)):
            if why := rules.why_not_storable(scalar.text):
                self.report.problem(scalar.line, f"{shown(entry.key)} {why}")
                return
        extra[entry.key] = as_plain(entry.value)
        meant = self._meant_by(entry.key)
        if meant is not None:
            line, times, _ = self.doubtful.get(entry.key, (entry.line, 0, meant))
            self.doubtful[entry.key] = (line, times + 1, meant)

    def _meant_by(self, key: str) -> str | None:
        if key not in self._meant:
            from difflib import get_close_matches

            plain = key.lower().replace("-", "_").replace(" ", "_")
            close = get_close_matches(plain[:50], KEYS, n=1, cutoff=0.8)
            # A file with names of its own (a tracker's front matter) means by the others what it says.
            known = None if self.names else _OTHER_NAMES.get(plain)
            self._meant[key] = known or (close[0] if close else None)
        return self._meant[key]

    def _id(self, entries: list[Entry] | None, line: int) -> tuple[str, int]:
        text = self._one(entries, numbers=True)
        if not entries or text is None:
            self.report.problem(
                entries[0].line if entries else line, "a ticket without id: give it one of its own"
            )
            return "", line
        at = entries[0].value.line
        if why := rules.why_not_id(text):
            self.report.problem(at, f"id {shown(text)} {why}")
        return text, at

    def _title(self, entries: list[Entry] | None, description: str, line: int) -> str:
        text = (self._one(entries) or "").strip()
        if entries and text:
            if why := rules.why_not_line(text, rules.MOST_TITLE):
                self.report.problem(entries[0].value.line, f"title {shown(text)} {why}")
        elif not entries or not _is_wrong_type(entries[0].value):
            text = title_of(description)
            if not text:
                self.report.problem(line, "a ticket with neither title nor description: nobody could do it")
        return text

    def _description(self, entries: list[Entry] | None) -> str:
        text = tidy(self._one(entries) or "")
        if entries and (why := rules.why_not_storable(text)):
            self.report.problem(entries[0].value.line, f"description {why}")
        elif entries and (hidden := rules.hidden_characters(text)):
            what = (
                f"the description has invisible characters ({', '.join(hidden[:5])}): an agent will read them"
            )
            self.report.note(entries[0].value.line, what)
        return text

    def _priority(self, entries: list[Entry] | None) -> Priority:
        text = self._one(entries)
        if entries and text:
            if text in rules.PRIORITIES:
                return Priority[text.upper()]
            meant = f"{', '.join(rules.PRIORITIES[:-1])} or {rules.PRIORITIES[-1]}"
            self.report.problem(entries[0].value.line, f"priority {shown(text)}: write {meant}")
        return Priority.MEDIUM

    def _name(self, entries: list[Entry] | None) -> str | None:
        text = (self._one(entries) or "").strip()
        if entries and (why := rules.why_not_line(text, rules.MOST_NAME)):
            self.report.problem(entries[0].value.line, f"{entries[0].key} {shown(text)} {why}")
        return text or None

    def _command(self, entries: list[Entry] | None) -> str | None:
        text = (self._one(entries) or "").strip()
        if entries and (why := rules.why_not_storable(text)):
            self.report.problem(entries[0].value.line, f"{entries[0].key} {why}")
        return text or None

    def _duration(self, entries: list[Entry] | None) -> float | None:
        text = (self._one(entries, numbers=True, fractions=True) or "").strip()
        if not entries or not text:
            return None
        node = entries[0].value
        is_number = isinstance(node, Scalar) and node.kind is Kind.NUMBER
        try:
            return parse_duration(float(text) if is_number else text)
        except ValueError:
            what = f"timeout {shown(text)}: write seconds, or 90s, 30m, 1h30m; more than 0, less than a year"
            self.report.problem(node.line, what)
            return None

    def _links(self, kind: str, entries: list[Entry] | None) -> list[Link]:
        return [
            Link(kind, text, line)
            for entry in entries or ()
            for text, line in self._texts(entry, numbers=True)
            if text
        ]

    def _lines(self, entries: list[Entry] | None, why_not: Any, *, strip: bool = True) -> list[str]:
        """Texts of one line each, no one twice."""
        texts: dict[str, None] = {}
        for entry in entries or ():
            for written, line in self._texts(entry):
                text = written.strip() if strip else written
                if why := why_not(text):
                    self.report.problem(line, f"{entry.key}: {shown(text)} {why}")
                texts[text] = None
        return list(texts)

    def _texts(self, entry: Entry, *, numbers: bool = False) -> list[tuple[str, int]]:
        """The texts of a list, or of one text in place of a list, each with its line."""
        if is_null(entry.value):
            return []
        nodes = entry.value.items if isinstance(entry.value, Sequence) else [entry.value]
        texts: list[tuple[str, int]] = []
        for node in nodes:
            text = self._text(entry.key, node, numbers=numbers)
            if text is not None:
                texts.append((text, node.line))
            elif is_null(node):
                self.report.problem(node.line, f"{entry.key}: an empty entry")
        return texts

    def _one(
        self, entries: list[Entry] | None, *, numbers: bool = False, fractions: bool = False
    ) -> str | None:
        """The one text of a field; None where there is none, or only blanks."""
        if not entries:
            return None
        text = self._text(entries[0].key, entries[0].value, numbers=numbers, fractions=fractions)
        return text if text and text.strip() else None

    def _text(self, key: str, node: Node, *, numbers: bool = False, fractions: bool = False) -> str | None:
        if is_null(node):
            return None
        if _is_wrong_type(node) and not (
            isinstance(node, Scalar)
            and node.kind is Kind.NUMBER
            and numbers
            and (fractions or node.text.isdigit())
        ):
            self.report.problem(node.line, f"{key} must be a text, this is {kind_of(node)}")
            return None
        return node.text if isinstance(node, Scalar) else None


def title_of(description: str) -> str:
    """A title for a ticket that has none: the first line of its description."""
    first = next((line for line in description.splitlines() if line.strip(" \t#")), "")
    text = rules.without_invisible(first.strip(" \t#"))
    return text if len(text) <= _MOST_DERIVED_TITLE else text[: _MOST_DERIVED_TITLE - 1].rstrip() + "…"


def tidy(text: str) -> str:
    """Line ends as ours, no blank lines around."""
    return text.replace("\r\n", "\n").lstrip("\n").rstrip()


def _is_wrong_type(node: Node) -> bool:
    """Whether a node is neither a text nor nothing."""
    return not isinstance(node, Scalar) or node.kind in (Kind.NUMBER, Kind.BOOLEAN)


def _why_not_label(text: str) -> str | None:
    return rules.why_not_line(text, rules.MOST_NAME) if text else "is empty"
