"""Folders of Markdown: each file is a ticket, or named with its reason."""

from __future__ import annotations

import os
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from headway.errors import TicketsError
from headway.nouns import Priority
from headway.tickets.imported import Reason
from headway.tickets.markdown import import_folder
from tests.integration.tickets.conftest import Importer
from tests.shared import shared


def ticket(body: str = "", **fields: str) -> str:
    front = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\n{front}---\n{body}"


@pytest.fixture(scope="session")
def real_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 294 files of a real project."""
    folder = tmp_path_factory.mktemp("fwk")
    with tarfile.open(shared("tickets/fwk-tickets.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / "tickets"


def test_every_file_of_a_real_folder_is_a_ticket_or_named_with_its_reason(real_folder: Path) -> None:
    found = import_folder(real_folder)
    assert found.files == 294
    assert len(found.tickets) + len(found.rejected) == 294
    named = [ticket.source.rpartition(":")[0] for ticket in found.tickets]
    named += [rejected.where.rpartition(":")[0] for rejected in found.rejected]
    assert sorted(named) == sorted(str(path) for path in real_folder.rglob("*.md"))


def test_what_is_in_a_real_folder_is_counted_by_reason(real_folder: Path) -> None:
    """By grep: 41 have no front matter; 73 a finished status, 6 of them epics; one is done only by its ``state``."""
    found = import_folder(real_folder)
    assert len(found.tickets) == 130
    assert found.heaps() == {
        Reason.OVER: 68,
        Reason.NO_FRONT_MATTER: 41,
        Reason.EPIC: 28,
        Reason.DUPLICATE: 14,
        Reason.UNDER_WAY: 8,
        Reason.PLACEHOLDER: 4,
        Reason.PULL_REQUEST: 1,
    }


def test_the_links_of_a_real_folder_become_a_graph(real_folder: Path) -> None:
    links = {
        ticket.id: ticket.depends_on for ticket in import_folder(real_folder).tickets if ticket.depends_on
    }
    assert links == {"ISS-0052": ("ISS-0051",), "ISS-0115": ("ISS-0114",)}


def test_more_statuses_can_be_taken(real_folder: Path) -> None:
    found = import_folder(real_folder, statuses=["Active", "in-progress"])
    assert Reason.UNDER_WAY not in found.heaps()
    assert len(found.tickets) + len(found.rejected) == 294


def test_a_file_says_a_ticket_in_full(imported: Importer) -> None:
    (found,) = imported(
        {
            "issues/a.md": ticket(
                "# Issue\n\nDo it well.\n",
                issue_id="ISS-1",
                title='"[API] rate limits"',
                description="Per client.",
                status="planning",
                priority="high",
                tags="[api, backend]",
                paths="[src/**]",
                agent="claude",
                timeout="30m",
                epic_id="EP-1",
                estimated_tokens="8000",
            )
        }
    ).tickets
    assert (found.id, found.title, found.priority) == ("ISS-1", "[API] rate limits", Priority.HIGH)
    assert found.description == "Per client.\n\n# Issue\n\nDo it well."
    assert (found.labels, found.paths, found.agent, found.timeout) == (
        ("api", "backend"),
        ("src/**",),
        "claude",
        1800,
    )
    assert found.extra == {"status": "planning", "epic_id": "EP-1", "estimated_tokens": 8000}
    assert found.source.endswith("issues/a.md:2")


@pytest.mark.parametrize(
    ("fields", "id_"),
    [
        ({"id": "A", "issue_id": "B"}, "A"),
        ({"task_id": "T-1", "issue_id": "I-1", "epic_id": "E-1"}, "T-1"),
        ({"issue_id": "I-1", "epic_id": "E-1"}, "I-1"),
        ({"issue_id": "010"}, "010"),
        ({}, "Fix-the-login-page"),
    ],
)
def test_the_id_is_the_most_telling_one_and_else_the_file_s_name(
    imported: Importer, fields: dict[str, str], id_: str
) -> None:
    (found,) = imported({"Fix the login page.md": ticket(title="a", **fields)}).tickets
    assert found.id == id_


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (ticket("# Other", id="A", title="Mine"), "Mine"),
        (ticket("text\n\n## Fix it ##\n", id="A"), "Fix it"),
        (ticket("Fix that\nnow", id="A"), "Fix that"),
        (ticket("# Other", id="A", summary="Mine"), "Mine"),
    ],
)
def test_the_title_is_in_the_front_matter_or_the_text(imported: Importer, text: str, title: str) -> None:
    assert imported({"a.md": text}).tickets[0].title == title


@pytest.mark.parametrize(
    ("said", "body", "expected"),
    [
        ("Do  it.", "# Title\n\nDo it.\nNow.", "# Title\n\nDo it.\nNow."),
        ("Do it now.", "Do it", "Do it now."),
        ("One.", "Two.", "One.\n\nTwo."),
        ("", "Two.", "Two."),
        ("One.", "", "One."),
    ],
)
def test_a_description_is_not_told_twice(imported: Importer, said: str, body: str, expected: str) -> None:
    assert (
        imported({"a.md": ticket(body, id="A", title="a", description=said)}).tickets[0].description
        == expected
    )


@pytest.mark.parametrize(
    ("text", "line", "reason", "what"),
    [
        ("", 1, Reason.NO_FRONT_MATTER, "the file is empty"),
        ("# Report\n", 1, Reason.NO_FRONT_MATTER, "no front matter: a ticket begins with"),
        ("+++\nid = 'A'\n+++\n", 1, Reason.NO_FRONT_MATTER, "+++ is TOML"),
        ("---\nid: A\ntitle: a\n", 1, Reason.WRONG, "the front matter has no end"),
        ("---\n---\ntext", 1, Reason.WRONG, "the front matter says nothing"),
        ("---\n- a\n---\n", 1, Reason.WRONG, "the front matter must be a mapping, this is a list"),
        ("---\nid: A\ntitle: a: b\n---\n", 3, Reason.WRONG, "a colon too many"),
        ("---\nid: A\ntitle: a\nid: B\n---\n", 4, Reason.WRONG, "the key 'id' stands twice"),
        (ticket(id="../x", title="a"), 2, Reason.WRONG, "id '../x' cannot be an id"),
        (ticket(id="A"), 2, Reason.WRONG, "a ticket with neither title nor description"),
        (
            ticket(id="A", title="a", timeout="x", paths="/etc"),
            4,
            Reason.WRONG,
            "; line 5: paths: '/etc' is absolute",
        ),
        (ticket(id="A", title="a", status="Done"), 4, Reason.OVER, "(status: 'Done')"),
        (
            ticket(id="A", title="a", status="open", state="done"),
            5,
            Reason.OVER,
            "(state: 'done', status: 'open')",
        ),
        (ticket(id="A", title="a", status="in progress"), 4, Reason.UNDER_WAY, "somebody is at work on it"),
        (ticket(id="A", title="a", status="blocked"), 4, Reason.ON_HOLD, "on hold"),
        (ticket(id="A", title="a", status="banana"), 4, Reason.UNKNOWN_STATUS, "(status: 'banana')"),
        (ticket(id="A", title="Placeholder Issue - A"), 2, Reason.PLACEHOLDER, "nobody filled in"),
        (
            ticket("Auto-generated placeholder issue.", id="A", title="a"),
            2,
            Reason.PLACEHOLDER,
            "nobody filled in",
        ),
        (ticket(epic_id="E", title="a"), 2, Reason.EPIC, "the tickets that it holds together are the work"),
        (ticket(id="A", type="Epic", title="a"), 2, Reason.EPIC, "an epic"),
        (ticket(pr_id="P", issue_id="I", title="a"), 2, Reason.PULL_REQUEST, "a pull request"),
        (
            ticket(id="A", title="a", depends_on="[B]"),
            4,
            Reason.WAITS_IN_VAIN,
            "it waits for 'B', which is no file's id",
        ),
        (
            ticket(id="A", title="a", blocked_by="[A]"),
            4,
            Reason.WAITS_IN_VAIN,
            "it waits for itself (blocked_by)",
        ),
    ],
)
def test_a_file_that_is_no_ticket_is_named_with_its_reason(
    imported: Importer, text: str, line: int, reason: Reason, what: str
) -> None:
    (rejected,) = imported({"a.md": text}).rejected
    assert rejected.reason is reason
    assert what in rejected.what
    assert rejected.where.endswith(f"/a.md:{line}")


def test_a_title_about_placeholders_is_no_placeholder(imported: Importer) -> None:
    assert len(imported({"a.md": ticket(id="A", title="Placeholder text is cut off")}).tickets) == 1


def test_of_two_files_with_one_id_the_second_is_named_with_the_first(imported: Importer) -> None:
    found = imported({"b.md": ticket(id="A", title="second"), "a.md": ticket(id="A", title="first")})
    (rejected,) = found.rejected
    assert [t.title for t in found.tickets] == ["first"]
    assert "b.md:2" in rejected.where
    assert "is taken by" in rejected.what
    assert "a.md:2" in rejected.what


def test_an_id_that_differs_only_by_case_is_a_duplicate(imported: Importer) -> None:
    found = imported({"a.md": ticket(id="Ab", title="a"), "b.md": ticket(id="aB", title="b")})
    assert found.rejected[0].reason is Reason.DUPLICATE
    assert "differs only by case from 'Ab'" in found.rejected[0].what


def test_a_finished_file_leaves_its_id_to_an_open_one(imported: Importer) -> None:
    found = imported(
        {"a.md": ticket(id="A", title="old", status="done"), "b.md": ticket(id="A", title="new")}
    )
    assert [t.title for t in found.tickets] == ["new"]


def test_what_waits_for_finished_work_need_not_wait(imported: Importer) -> None:
    found = imported(
        {
            "a.md": ticket(id="A", title="a", status="done", blocks="[C]"),
            "b.md": ticket(id="B", title="b", blocked_by="[A]"),
            "c.md": ticket(id="C", title="c"),
        }
    )
    assert {t.id: t.depends_on for t in found.tickets} == {"B": (), "C": ()}


def test_what_waits_for_a_file_that_is_not_taken_is_not_taken_either(imported: Importer) -> None:
    found = imported(
        {
            "a.md": ticket(id="A", title="a", status="active", blocks="[E]"),
            "b.md": ticket(id="B", title="b", depends_on="[A]", blocks="[D]"),
            "c.md": ticket(id="C", title="c", depends_on="[B]"),
            "d.md": ticket(id="D", title="d"),
            "e.md": ticket(id="E", title="e"),
            "f.md": ticket(id="F", title="f"),
        }
    )
    assert [t.id for t in found.tickets] == ["F"]
    assert Counter(r.reason for r in found.rejected) == {Reason.UNDER_WAY: 1, Reason.WAITS_IN_VAIN: 4}
    assert "it waits for 'A', which is not taken (see" in found.rejected[1].what


def test_files_that_wait_for_each_other_are_named_with_the_whole_circle(imported: Importer) -> None:
    found = imported(
        {
            "a.md": ticket(id="A", title="a", depends_on="[B]"),
            "b.md": ticket(id="B", title="b"),
            "c.md": ticket(id="C", title="c", blocks="[B]", depends_on="[A]"),
            "d.md": ticket(id="D", title="d", depends_on="[C]"),
            "e.md": ticket(id="E", title="e"),
        }
    )
    assert [t.id for t in found.tickets] == ["E"]
    circle = "tickets wait for each other: A -> B -> C -> A"
    assert [r.what for r in found.rejected[:3]] == [circle] * 3
    assert found.rejected[3].what.startswith("it waits for 'C', which is not taken")


def test_two_circles_are_both_named(imported: Importer) -> None:
    waits = {"A": "B", "B": "A", "C": "D", "D": "C"}
    found = imported(
        {f"{id_}.md": ticket(id=id_, title="t", depends_on=needed) for id_, needed in waits.items()}
    )
    assert [r.what.rpartition(": ")[2] for r in found.rejected] == ["A -> B -> A"] * 2 + ["C -> D -> C"] * 2


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        ("P0", Priority.CRITICAL),
        ("Urgent", Priority.CRITICAL),
        ("Major", Priority.HIGH),
        ("normal", Priority.MEDIUM),
    ],
)
def test_a_tracker_s_priority_is_understood(imported: Importer, word: str, priority: Priority) -> None:
    assert imported({"a.md": ticket(id="A", title="a", priority=word)}).tickets[0].priority is priority


def test_a_priority_that_nobody_knows_is_medium_with_a_note(imported: Importer) -> None:
    found = imported({"a.md": ticket(id="A", title="a", priority="banana")})
    assert found.tickets[0].priority is Priority.MEDIUM
    assert "priority 'banana' is none that Headway knows" in found.notes[0].what


def test_a_ticket_of_nothing_but_template_is_taken_with_a_note(imported: Importer) -> None:
    body = "# Issue: Do it\n\n## Description\nIssue description\n\n- [ ] Task 1\n{{#x}}\n1. Step 1\n"
    found = imported({"a.md": ticket(body, id="A", title="Do it", description="Issue description")})
    assert "only a template's text" in found.notes[0].what


def test_a_ticket_and_its_parts_are_noted(imported: Importer) -> None:
    found = imported(
        {"a.md": ticket(issue_id="I", title="a"), "b.md": ticket(task_id="T", issue_id="I", title="b")}
    )
    assert (
        found.notes[0].what
        == "I is a ticket, and so is what belongs to it (T): the same work may be done twice"
    )


def test_a_link_to_an_id_of_two_files_is_noted(imported: Importer) -> None:
    found = imported(
        {
            "a.md": ticket(id="A", title="a", status="done"),
            "b.md": ticket(id="A", title="b"),
            "c.md": ticket(id="C", title="c", depends_on="[A]"),
        }
    )
    assert found.tickets[1].depends_on == ("A",)
    assert "meant is the first" in found.notes[0].what


def test_files_that_are_not_markdown_and_hidden_folders_are_left_aside_with_a_note(
    imported: Importer,
) -> None:
    found = imported(
        {
            "a.md": ticket(id="A", title="a"),
            "x.png": "",
            "y/z.txt": "",
            ".git/b.md": ticket(id="B", title="b"),
        }
    )
    assert found.files == 1
    assert found.notes[0].what == "not Markdown, so not read: 2 files, such as x.png"


def test_a_file_that_cannot_be_read_as_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"---\nid: A\ntitle: \xff\n---\n")
    (tmp_path / "b.md").write_bytes(b"x" * (3 * 2**20))
    os.mkfifo(tmp_path / "c.md")
    (tmp_path / "d.md").symlink_to("nowhere")
    (tmp_path / "e.md").symlink_to("/dev/zero")
    (tmp_path / "f.md").mkdir()
    (tmp_path / "f.md" / os.fsdecode(b"\xff.md")).write_text("text")
    found = import_folder(tmp_path)
    assert [str(r).rpartition("/")[2] for r in found.rejected] == [
        "a.md:3: not UTF-8 (byte 0xff): save the file as UTF-8",
        "b.md:1: larger than 2 MiB: split it",
        "c.md:1: not a regular file",
        "d.md:1: No such file or directory",
        "e.md:1: not a regular file",
        "\\xff.md:1: no front matter: a ticket begins with a line of three dashes",
    ]
    assert found.files == 6


def test_a_link_to_a_folder_is_not_followed_but_noted(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ticket(id="A", title="a"))
    (tmp_path / "loop").symlink_to(tmp_path)
    found = import_folder(tmp_path)
    assert (found.files, [note.what for note in found.notes]) == (1, ["a link to a folder: not followed"])


def test_a_path_that_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(TicketsError, match="no such folder"):
        import_folder(tmp_path / "none")


def test_a_file_made_to_hang_a_reader_is_read_at_once(imported: Importer) -> None:
    """Patterns with two ways to match the same blanks would take hours for this line."""
    found = imported(
        {"a.md": ticket("# " + " #" * 500_000 + "x", id="A"), "b.md": ticket("-" * 10**6, id="B", title="b")}
    )
    assert len(found.tickets) == 2
