"""A path on the disk → tickets: which reader, and what can be wrong with the file itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from headway.errors import TicketsError
from headway.tickets.reading import read, read_tickets
from headway.tickets.tree import MOST_BYTES
from tests.shared import shared

YAML = "- {id: A, title: a}\n"
JSON = '[{"id": "A", "title": "a"}]'
MARKDOWN = "---\nid: A\ntitle: a\n---\n"


def why_not(path: Path) -> str:
    with pytest.raises(TicketsError) as caught:
        read_tickets(path)
    (problem,) = caught.value.problems
    return str(problem).removeprefix(str(path))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.yaml", YAML),
        ("t.yml", YAML),
        ("t.YML", YAML),
        ("t.json", JSON),
        ("t", YAML),
        ("t.txt", JSON),
        ("t.yaml", JSON),
        ("t.md", MARKDOWN),
        ("t.markdown", MARKDOWN),
    ],
)
def test_a_file_is_read_as_what_it_is(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert [ticket.id for ticket in read_tickets(path)] == ["A"]


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    for name, text in {"t.yaml": YAML, "t.json": JSON, "t.md": MARKDOWN}.items():
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert [ticket.id for ticket in read_tickets(path)] == ["A"]


def test_windows_line_ends_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.md"
    path.write_bytes(b"---\r\nid: A\r\ntitle: a\r\npriority: high\r\ntimeout: never\r\n---\r\ntext\r\n")
    assert why_not(path).startswith(":5: timeout 'never'")


def test_what_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(b"- id: A\n  title: gr\xfcn\n")
    assert why_not(path) == ":2: not UTF-8 (byte 0xfc): save the file as UTF-8"


def test_utf_16_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(YAML, encoding="utf-16")
    assert why_not(path) == ":1: UTF-16: save the file as UTF-8"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert why_not(tmp_path / "none.yaml") == ":1: No such file or directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(YAML)
    path.chmod(0)
    assert why_not(path) == ":1: Permission denied"


def test_an_empty_file_is_told_with_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(b"")
    assert "write a list of tickets, each with an id and a title" in why_not(path)


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 2**30)  # sparse: takes no room
    assert why_not(path) == f":1: larger than {MOST_BYTES // 2**20} MiB: split it"


def test_a_device_without_end_is_refused() -> None:
    assert "larger than" in why_not(Path("/dev/zero"))


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(JSON,))
    writer.start()
    assert [ticket.id for ticket in read_tickets(path)] == ["A"]
    writer.join()


def test_a_markdown_file_that_is_named_is_taken_whatever_its_status(tmp_path: Path) -> None:
    path = tmp_path / "t.md"
    path.write_text("---\nid: A\ntitle: a\nstatus: done\n---\n")
    assert len(read_tickets(path)) == 1


def test_a_markdown_file_without_front_matter_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.md"
    path.write_text("# Report\n")
    assert why_not(path) == ":1: no front matter: a ticket begins with a line of three dashes"


def test_a_folder_is_read_as_markdown(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(MARKDOWN)
    (tmp_path / "b.md").write_text("# Report\n")
    found = read(tmp_path)
    assert ([ticket.id for ticket in found.tickets], found.files) == (["A"], 2)


def test_a_folder_without_a_ticket_is_told_file_by_file(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("text")
    with pytest.raises(TicketsError) as caught:
        read_tickets(tmp_path)
    assert len(caught.value.problems) == 2


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert why_not(tmp_path) == ": there are no Markdown files in this folder"


@pytest.mark.parametrize(("name", "number"), [("history-42", 42), ("history-200", 200)])
def test_the_workloads_are_read_and_their_answers_mean_nothing(name: str, number: int) -> None:
    path = shared(f"workloads/{name}.json")
    found = read(path)
    assert (len(found.tickets), found.notes) == (number, ())
    answers = {"folder", "alone", "after"}
    for ticket, entry in zip(found.tickets, json.loads(path.read_text())["tickets"], strict=True):
        assert ticket.extra == {key: entry[key] for key in answers}
        assert (ticket.id, ticket.title, list(ticket.paths)) == (
            entry["id"],
            entry["title"].strip(),
            entry["paths"],
        )
        assert ticket.depends_on == ()


def test_the_overlaps_of_the_workload_are_those_that_its_maker_found() -> None:
    from headway.tickets.overlap import expected_overlaps

    path = shared("workloads/history-200.json")
    shares = {
        frozenset((pair["left"], pair["right"]))
        for pair in json.loads(path.read_text())["pairs"]
        if pair["shared"]
    }
    assert {frozenset((o.left, o.right)) for o in expected_overlaps(read_tickets(path))} == shares


def test_reading_tickets_imports_nothing_heavy() -> None:
    heavy = {"pydantic", "sqlalchemy", "langgraph", "pygit2", "asyncio", "jsonschema", "typer", "rich"}
    code = (
        "import sys, headway.tickets.reading, headway.tickets.markdown, headway.tickets.overlap, "
        "headway.tickets.schema, headway.tickets.writing; print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy & set(ran.stdout.split()) == set()
