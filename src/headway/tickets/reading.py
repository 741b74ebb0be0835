"""A path → tickets: YAML, JSON, one Markdown file, or a folder of Markdown. All that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from headway.errors import Problem, TicketsError
from headway.nouns import Ticket
from headway.tickets.drafts import Drafter
from headway.tickets.files import Unreadable, display, read_text
from headway.tickets.imported import Import
from headway.tickets.linking import link, notes_of, problems_of
from headway.tickets.tree import Malformed, Mapping, Node, Report, Sequence, kind_of, shown

MARKDOWN = frozenset({".md", ".markdown"})

_EXAMPLE = (
    "write a list of tickets, each with an id and a title, or an object with such a list under `tickets`"
)


def read_tickets(path: Path) -> list[Ticket]:
    """The tickets of a YAML or JSON file, a Markdown file, or a folder of Markdown, in their order.

    Raises TicketsError with every problem of the file. Of a folder, files that are no tickets to work on are left
    out: :func:`read` names them.
    """
    return list(read(path).tickets)


def read(path: Path) -> Import:
    """The same with what is worth a note, and for a folder with every file that was left out and why.

    Raises TicketsError with every problem of the file; for a folder where no file of it is a ticket to work on.
    """
    if path.is_dir():
        from headway.tickets.markdown import import_folder

        found = import_folder(path)
        if not found.tickets:
            nothing = Problem(display(path), "there are no Markdown files in this folder")
            raise TicketsError(
                found.rejected or [*found.notes, nothing],
                mend="give a YAML or JSON file, or a folder with tickets as Markdown files with front matter",
            )
        return found
    if path.suffix.lower() in MARKDOWN:
        from headway.tickets.markdown import import_file

        return import_file(path)
    try:
        text = read_text(path)
    except Unreadable as error:
        raise TicketsError([Problem(f"{display(path)}:{error.line}", error.what)]) from error
    return read_document(text, display(path), json=_is_json(path, text))


def check_tickets(tickets: Iterable[Ticket]) -> None:
    """Hold tickets that a program made to the rules of a tickets file: an id is a file's name all the same.

    Raises TicketsError with every problem; ``tickets:3`` is the third one.
    """
    import json

    from headway.tickets.writing import as_document

    lines = (json.dumps(as_document(replace(ticket, extra={}))) for ticket in tickets)
    read_document("[" + ",\n".join(lines) + "]", "tickets", json=True)


def read_document(text: str, file: str, *, json: bool) -> Import:
    """The tickets of a YAML or JSON text; ``file`` names it in messages. Raises TicketsError."""
    report = Report(file)
    drafter = Drafter(report)
    tickets: list[Ticket] = []
    try:
        entries = _entries(_tree(text, report, json=json), report)
        tickets = link([drafter.draft(entry) for entry in entries], report)
    except Malformed as error:
        report.problem(error.line, error.what)
        # Each ticket before that place is looked at; what they say of each other may concern those after it.
        for entry in error.before:
            if isinstance(entry, Mapping):
                drafter.draft(entry)
    drafter.finish()
    if report.problems:
        raise TicketsError(problems_of(report))
    return Import(tickets=tuple(tickets), notes=tuple(notes_of(report)))


def _tree(text: str, report: Report, *, json: bool) -> Node:
    if not text.strip():
        raise Malformed(1, f"the file is empty: {_EXAMPLE}")
    root: Node | None
    if json:
        from headway.tickets.from_json import tree_of_json

        root = tree_of_json(text, report)
    else:
        from headway.tickets.from_yaml import tree_of_yaml

        root = tree_of_yaml(text, report)
    if root is None:
        raise Malformed(1, f"the file says nothing: {_EXAMPLE}")
    return root


def _entries(root: Node, report: Report) -> list[Mapping]:
    """The mappings that are tickets. Other keys beside ``tickets`` say something about the file, not to us."""
    listed: Node = root
    if isinstance(root, Mapping):
        entry = root.entries.get("tickets")
        if entry is None:
            keys = ", ".join(shown(key) for key in list(root.entries)[:5]) or "nothing"
            raise Malformed(root.line, f"no `tickets` among its keys ({keys}): {_EXAMPLE}")
        listed = entry.value
    if not isinstance(listed, Sequence):
        raise Malformed(listed.line, f"tickets are a list, this is {kind_of(listed)}: {_EXAMPLE}")
    if not listed.items:
        raise Malformed(listed.line, "the list of tickets is empty: there is nothing to do")
    entries: list[Mapping] = []
    for item in listed.items:
        if isinstance(item, Mapping):
            entries.append(item)
        else:
            report.problem(item.line, f"a ticket is a mapping with id and title, this is {kind_of(item)}")
    return entries


def _is_json(path: Path, text: str) -> bool:
    """By the file's name; without a telling one (a pipe, ``.txt``) by how it begins."""
    suffix = path.suffix.lower()
    if suffix in (".json", ".yaml", ".yml"):
        return suffix == ".json"
    return text.lstrip()[:1] in ("{", "[")
