"""Markdown files with YAML front matter → tickets; of a folder, every file is a ticket or named with its reason.

A ticket file is ``---``, YAML, ``---``, text. The keys are those of every ticket; besides, a tracker's own names are
understood (:data:`NAMES`), and a ``status`` says whether there is work left. What a file is about:

* its id is ``id``, else ``task_id`` or ``issue_id`` (of a task that names its issue, the task's), else its file name;
* its title is ``title``, else its first heading, else the first line of its description;
* its description is ``description`` and the text, but not twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from headway.errors import Problem, TicketsError
from headway.tickets.drafts import Drafter, tidy
from headway.tickets.files import Unreadable, display, read_text
from headway.tickets.folders import TicketFile, link_folder
from headway.tickets.from_yaml import tree_of_yaml
from headway.tickets.imported import Import, Reason
from headway.tickets.linking import link, notes_of, problems_of
from headway.tickets.rules import PRIORITIES
from headway.tickets.statuses import Standing, plain, standing_of
from headway.tickets.tree import Entry, Kind, Malformed, Mapping, Report, Scalar, kind_of, shown

SUFFIXES = frozenset({".md", ".markdown"})
#: Most bytes of one Markdown file; the longest of a real project's 294 has 30 KiB.
MOST_BYTES = 2 * 2**20
#: Most Markdown files of a folder: more is a mistyped path, not a list of tickets.
MOST_FILES = 20_000

#: A tracker's names → ours. Of several that say the id, the first: a task's file names its issue and epic too.
NAMES = {
    "pr_id": "id",
    "task_id": "id",
    "issue_id": "id",
    "ticket_id": "id",
    "epic_id": "id",
    "name": "title",
    "summary": "title",
    "dependencies": "depends_on",
    "tags": "labels",
}

#: What trackers call priorities.
_PRIORITIES = {
    "p0": "critical", "urgent": "critical", "blocker": "critical", "highest": "critical",
    "p1": "high", "major": "high",
    "p2": "medium", "normal": "medium", "moderate": "medium", "none": "medium",
    "p3": "low", "p4": "low", "minor": "low", "trivial": "low", "lowest": "low",
}  # fmt: skip

_FENCE = re.compile(r"---[ \t]*")
_FENCE_END = re.compile(r"(?:---|\.\.\.)[ \t]*")
_HEADING = re.compile(r"#{1,6}[ \t]+(.*)")
#: What tools write where a person should: the title or description of a ticket that says nothing.
_PLACEHOLDER_TITLE = re.compile(
    r"placeholder(?: (?:epic|issue|task|ticket|story)\b.*)?|(?:untitled|todo|tbd|title|new (?:ticket|issue|task))",
    re.IGNORECASE,
)
_PLACEHOLDER_TEXT = re.compile(
    r"auto-?generated placeholder (?:epic|issue|task|ticket|story)\b", re.IGNORECASE
)
_LIST_MARK = re.compile(r"[ \t]*(?:[-*+]|[0-9]+\.)?[ \t]*(?:\[[ xX]\])?")
_TEMPLATE_LINE = re.compile(
    r"(?:(?:epic|issue|task|ticket|pr) description"
    r"|(?:task|step|criteri(?:a|on)|objective|change|item|related issue|related task) [0-9]+"
    r"|add any additional notes here\.?|\{\{.*\}\})",
    re.IGNORECASE,
)
_STANDINGS = {
    Standing.OVER: (Reason.OVER, "done or dropped already"),
    Standing.UNDER_WAY: (Reason.UNDER_WAY, "somebody is at work on it already"),
    Standing.ON_HOLD: (Reason.ON_HOLD, "on hold"),
    Standing.UNKNOWN: (Reason.UNKNOWN_STATUS, "its status is none that Headway knows"),
}
_KINDS = {
    "epic": Reason.EPIC,
    "pr": Reason.PULL_REQUEST,
    "pull_request": Reason.PULL_REQUEST,
    "merge_request": Reason.PULL_REQUEST,
}


def import_folder(path: Path, *, statuses: Collection[str] = ()) -> Import:
    """All Markdown files of a folder and the folders in it: tickets and reasons add up to the number of files.

    ``statuses``: statuses to take besides the open ones, such as ``in_progress``. Folders whose name begins with a
    dot, and links to folders, are left aside. Raises TicketsError where the path is no folder or holds too much.
    """
    names, notes = _names(path)
    also = frozenset(map(plain, statuses))
    files = [_classify(path / name, also) for name in names]
    tickets, rejected, more = link_folder(files)
    notes += [note for file in files if file.rejected is None for note in file.notes]
    return Import(tickets=tuple(tickets), rejected=tuple(rejected), notes=(*notes, *more), files=len(files))


def import_file(path: Path) -> Import:
    """One Markdown file as one ticket, whatever its status: who names it means it. Raises TicketsError."""
    report = Report(display(path))
    try:
        mapping, body, line = _take_apart(path, report)
    except _NoTicket as error:
        raise TicketsError([Problem(f"{report.file}:{error.line}", error.what)]) from error
    _complete(mapping, path.stem, body, line, report)
    _translate_priority(mapping, report)
    drafter = Drafter(report, names=NAMES)
    tickets = link([drafter.draft(mapping)], report)
    drafter.finish()
    if report.problems:
        raise TicketsError(problems_of(report))
    return Import(tickets=tuple(tickets), notes=tuple(notes_of(report)))


def _names(folder: Path) -> tuple[list[str], list[Problem]]:
    """The Markdown files in a folder, as their way in it, sorted; notes on what was left aside."""
    if not folder.is_dir():
        raise TicketsError([Problem(display(folder), "no such folder")])
    names: list[str] = []
    notes: list[Problem] = []
    strange: list[str] = []

    def unreadable(error: OSError) -> None:
        notes.append(
            Problem(display(Path(error.filename)), f"a folder that cannot be read: {error.strerror}")
        )

    for root, folders, files in os.walk(folder, onerror=unreadable):
        here = Path(root)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        notes += [
            Problem(display(here / name), "a link to a folder: not followed")
            for name in folders
            if (here / name).is_symlink()
        ]
        for name in files:
            in_folder = str((here / name).relative_to(folder))
            (names if Path(name).suffix.lower() in SUFFIXES else strange).append(in_folder)
        if len(names) > MOST_FILES or len(strange) > 10 * MOST_FILES:
            what = f"more than {MOST_FILES} Markdown files, or ten times as many others: the wrong folder?"
            raise TicketsError([Problem(display(folder), what)])
    if strange:
        first = display(Path(min(strange)))
        notes.append(
            Problem(display(folder), f"not Markdown, so not read: {len(strange)} files, such as {first}")
        )
    return sorted(names), notes


def _classify(path: Path, also: Collection[str]) -> TicketFile:
    """What one file is. ``also``: statuses that count as open."""
    file = TicketFile(display(path))
    report = Report(file.name)
    try:
        mapping, body, line = _take_apart(path, report)
    except _NoTicket as error:
        file.reject(error.line, error.reason, error.what)
        return file
    _reject_placeholder(mapping, body, file)
    _complete(mapping, path.stem, body, line, report)
    _reject_kind(mapping, file)
    _reject_status(mapping, file, also)
    _translate_priority(mapping, report)
    drafter = Drafter(report, names=NAMES)
    draft = drafter.draft(mapping)
    drafter.finish()
    if draft.id:
        file.draft = draft
    if report.problems:
        (line, what), *more = sorted(report.problems)
        rest = "".join(f"; line {number}: {also_wrong}" for number, also_wrong in more)
        file.reject(line, Reason.WRONG, what + rest)
    file.parent = _text(mapping, "issue_id") or None
    file.notes = notes_of(report)
    return file


class _NoTicket(Exception):
    """A file that cannot be a ticket, whatever it says."""

    def __init__(self, line: int, reason: Reason, what: str) -> None:
        super().__init__(what)
        self.line, self.reason, self.what = line, reason, what


def _take_apart(path: Path, report: Report) -> tuple[Mapping, str, int]:
    """The front matter, the text below it and the line that this begins on. Raises _NoTicket."""
    try:
        text = read_text(path, most=MOST_BYTES, only_regular=True)
    except Unreadable as error:
        raise _NoTicket(error.line, Reason.UNREADABLE, error.what) from error
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    begin, end = _fences(lines)
    try:
        root = tree_of_yaml("\n".join(lines[begin + 1 : end]), report, first_line=begin + 2)
    except Malformed as error:
        raise _NoTicket(error.line, Reason.WRONG, error.what) from error
    if not isinstance(root, Mapping):
        what = "says nothing" if root is None else f"must be a mapping, this is {kind_of(root)}"
        raise _NoTicket(begin + 1, Reason.WRONG, f"the front matter {what}")
    return root, tidy("\n".join(lines[end + 1 :])), end + 2


def _fences(lines: list[str]) -> tuple[int, int]:
    """Where the front matter's two lines of dashes are. Raises _NoTicket."""
    begin = next((n for n, line in enumerate(lines) if line.strip()), None)
    if begin is None:
        raise _NoTicket(1, Reason.NO_FRONT_MATTER, "the file is empty")
    if not _FENCE.fullmatch(lines[begin]):
        toml = " (+++ is TOML, which is not read here)" if lines[begin].startswith("+++") else ""
        what = f"no front matter: a ticket begins with a line of three dashes{toml}"
        raise _NoTicket(begin + 1, Reason.NO_FRONT_MATTER, what)
    end = next((n for n in range(begin + 1, len(lines)) if _FENCE_END.fullmatch(lines[n])), None)
    if end is None:
        what = "the front matter has no end: write a line of three dashes after it"
        raise _NoTicket(begin + 1, Reason.WRONG, what)
    return begin, end


def _complete(mapping: Mapping, stem: str, body: str, line: int, report: Report) -> None:
    """Fill in what the front matter leaves to the file's name and to the text, which begins on ``line``."""
    if not any(_text(mapping, name) for name in _names_of("id")):
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")
        mapping.entries["id"] = Entry("id", mapping.line, Scalar(mapping.line, Kind.QUOTED, slug))
    heading = next((found[1] for text in body.split("\n") if (found := _HEADING.fullmatch(text))), "").strip(
        " \t#"
    )
    if heading and not any(name in mapping.entries for name in _names_of("title")):
        mapping.entries["title"] = Entry("title", line, Scalar(line, Kind.QUOTED, heading))
    entry = mapping.entries.get("description")
    if entry is not None and not isinstance(entry.value, Scalar):
        return  # what is wrong with it is told with the other fields
    said = tidy(_text(mapping, "description"))
    if body:
        at = entry.value.line if entry is not None and said else line
        text = Scalar(at, Kind.QUOTED, _together(said, body))
        mapping.entries["description"] = Entry("description", at, text)
        if _is_template(body, said, _text(mapping, "title")):
            report.note(
                line, "below the title stands only a template's text: an agent has the title to go by"
            )


def _names_of(key: str) -> list[str]:
    """The names under which a key can stand, ours first."""
    return [key, *(name for name, ours in NAMES.items() if ours == key)]


def _together(description: str, body: str) -> str:
    """Both, but what the one repeats of the other only once."""
    if not body or " ".join(body.split()) in " ".join(description.split()):
        return description
    if " ".join(description.split()) in " ".join(body.split()):
        return body
    return f"{description}\n\n{body}"


def _is_template(body: str, description: str, title: str) -> bool:
    """Whether a text is what a tool wrote for a person to fill in, and nobody did."""
    for line in body.split("\n"):
        text = _LIST_MARK.sub("", line, count=1).strip()
        if text and not line.startswith("#") and text != title and not _TEMPLATE_LINE.fullmatch(text):
            return False
    return not description or bool(_TEMPLATE_LINE.fullmatch(description))


def _reject_placeholder(mapping: Mapping, body: str, file: TicketFile) -> None:
    title = _text(mapping, "title")
    if _PLACEHOLDER_TITLE.fullmatch(title) or _PLACEHOLDER_TEXT.match(_text(mapping, "description") or body):
        file.reject(mapping.line, Reason.PLACEHOLDER, f"a placeholder that nobody filled in: {shown(title)}")


def _reject_kind(mapping: Mapping, file: TicketFile) -> None:
    named = next((name for name in _names_of("id") if _text(mapping, name)), "id")
    said = next((_text(mapping, name) for name in ("type", "kind") if _text(mapping, name)), "")
    kind = _KINDS.get(plain(said)) or _KINDS.get(named.removesuffix("_id"))
    if kind is Reason.EPIC:
        file.reject(mapping.line, kind, "an epic: the tickets that it holds together are the work")
    elif kind is Reason.PULL_REQUEST:
        file.reject(mapping.line, kind, "a pull request: work that somebody has done already")


def _reject_status(mapping: Mapping, file: TicketFile, also: Collection[str]) -> None:
    """By ``status``, and by ``state`` where a tracker keeps both: the one that says there is no work left wins."""
    said = [
        (key, _text(mapping, key), mapping.entries[key].line)
        for key in ("status", "state")
        if _text(mapping, key)
    ]
    standings = {
        Standing.OPEN if plain(text) in also else standing_of(text): (key, text, line)
        for key, text, line in said[::-1]
    }
    for standing, (reason, what) in _STANDINGS.items():
        if standing in standings:
            key, text, line = standings[standing]
            others = "".join(f", {k}: {shown(t)}" for k, t, _ in said if k != key)
            file.reject(line, reason, f"{what} ({key}: {shown(text)}{others})")


def _translate_priority(mapping: Mapping, report: Report) -> None:
    """A tracker's priority as one of ours; one that nobody knows is MEDIUM, with a note."""
    text = _text(mapping, "priority")
    if not text:
        return
    entry = mapping.entries["priority"]
    ours = plain(text) if plain(text) in PRIORITIES else _PRIORITIES.get(plain(text))
    if ours is None:
        report.note(entry.value.line, f"priority {shown(text)} is none that Headway knows: taken as medium")
    mapping.entries["priority"] = Entry(
        "priority", entry.line, Scalar(entry.value.line, Kind.QUOTED, ours or "medium")
    )


def _text(mapping: Mapping, key: str) -> str:
    """The text of a key, stripped; empty where there is none."""
    entry = mapping.entries.get(key)
    if entry is None or not isinstance(entry.value, Scalar) or entry.value.kind is Kind.NULL:
        return ""
    return entry.value.text.strip()
