"""``headway check`` as a user types it."""

import json
import subprocess

import pytest

from tests.acceptance.commandline import HEADWAY, PATIENCE, Desk


@pytest.fixture
def branches(desk: Desk) -> Desk:
    """Branches that begin at ``main``: ``first`` and ``other`` change line 1, ``last`` line 20."""
    lines = (desk.root / "list.txt").read_text()
    for name, line in (("first", 1), ("other", 1), ("last", 20)):
        desk.git("switch", "-q", "-c", name, "main")
        (desk.root / "list.txt").write_text(lines.replace(f"line {line}\n", f"{name} {line}\n", 1))
        desk.git("commit", "-q", "-a", "-m", name)
    desk.git("switch", "-q", "main")
    return desk


def ask(desk: Desk, lines: str, *args: str) -> tuple[int, str]:
    done = subprocess.run(
        [*HEADWAY, "check", "--stdin", *args],
        cwd=desk.root,
        env=desk.environment,
        input=lines.encode("utf-8", "surrogateescape"),
        capture_output=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout.decode()


def test_a_clean_pair_leaves_with_0(branches: Desk) -> None:
    assert branches.run("check", "first", "last").out == "first and last: clean\n"


def test_a_conflict_is_named_and_leaves_with_1(branches: Desk) -> None:
    said = branches.run("check", "first", "other", "--json", status=1)
    (conflict,) = said.events[0]["conflicts"]
    assert (said.events[0]["a"], said.events[0]["b"], said.events[0]["clean"]) == ("first", "other", False)
    assert (conflict["kind"], conflict["type"], conflict["path"]) == ("edit", "content", "list.txt")
    turned = branches.run("check", "other", "first", "--json", status=1).events[0]["conflicts"][0]
    assert turned["id"] == conflict["id"], "the same conflict keeps its id"


def test_each_revision_is_held_against_each(branches: Desk) -> None:
    said = branches.run("check", "first", "other", "last", status=1).out.splitlines()
    assert [line for line in said if not line.startswith(" ")] == [
        "first and other: 1 conflict",
        "first and last: clean",
        "other and last: clean",
    ]


def test_pairs_of_standard_input_are_answered_line_by_line(branches: Desk) -> None:
    status, out = ask(branches, "first last\n\nfirst other\nHEAD first\n", "--json")
    assert status == 1
    assert [json.loads(line)["clean"] for line in out.splitlines()] == [True, False, True]


def test_a_pair_that_cannot_be_compared_is_told_and_the_others_go_on(branches: Desk) -> None:
    status, out = ask(branches, "first nothing\nfirst\nfirst \udcff\nfirst other\n", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert status == 2
    assert [each["clean"] for each in told] == [None, None, None, False]
    assert "no commit 'nothing'" in told[0]["error"]


def test_no_pairs_are_no_conflicts(branches: Desk) -> None:
    assert ask(branches, "") == (0, "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["first", "nothing"], "there is no commit 'nothing'"),
        (["first", ""], "names no revision"),
        (["first"], "it takes two"),
        ([], "it takes two"),
        (["first", "other", "--stdin"], "named twice"),
        (["first", "main:list.txt"], "there is no commit"),
        (["first", "first..other"], "there is no commit"),
        (["first", "other", "--base", "nothing"], "there is no commit 'nothing'"),
        (["--", "first", "--help"], "there is no commit '--help'"),
    ],
)
def test_what_cannot_be_compared_leaves_with_2(branches: Desk, arguments: list[str], told: str) -> None:
    assert told in branches.run("check", *arguments, status=2).err


def test_unrelated_histories_are_compared_over_a_base_that_is_named(branches: Desk) -> None:
    branches.git("switch", "-q", "--orphan", "alone")
    (branches.root / "list.txt").write_text("mine\n")
    branches.git("add", "list.txt")
    branches.git("commit", "-q", "-m", "alone")
    assert "nothing in common" in branches.run("check", "first", "alone", status=2).err
    assert "1 conflict" in branches.run("check", "first", "alone", "--base", "main", status=1).out


def test_the_base_that_is_named_counts_also_where_histories_have_another(branches: Desk) -> None:
    branches.git("switch", "-q", "-c", "back", "first")
    branches.git("revert", "--no-edit", "HEAD")
    assert branches.run("check", "back", "other").out == "back and other: clean\n"
    assert branches.run("check", "back", "other", "--base", "first", status=1).out.startswith(
        "back and other: 1 conflict"
    )


def test_a_path_that_git_names_after_a_side_is_named_as_git_names_it(branches: Desk) -> None:
    branches.git("switch", "-q", "-c", "topic/file", "main")
    (branches.root / "new").write_text("a file\n")
    branches.git("add", "new")
    branches.git("commit", "-q", "-m", "file")
    branches.git("switch", "-q", "-c", "folder", "main")
    (branches.root / "new").mkdir()
    (branches.root / "new" / "x").write_text("in a folder\n")
    branches.git("add", "new")
    branches.git("commit", "-q", "-m", "folder")
    (conflict,) = branches.run("check", "topic/file", "folder", "--json", status=1).events[0]["conflicts"]
    assert (conflict["path"], conflict["type"]) == ("new~topic_file", "file/directory")


def test_what_breaks_as_a_program_is_told_though_git_merges_it(branches: Desk) -> None:
    program = (
        "def total(prices):\n    return sum(prices)\n\n\ndef shown(prices):\n    return str(total(prices))\n"
    )
    branches.git("switch", "-q", "-c", "program", "main")
    (branches.root / "till.py").write_text(program)
    branches.git("add", "till.py")
    branches.git("commit", "-q", "-m", "program")
    branches.git("switch", "-q", "-c", "renames", "program")
    (branches.root / "till.py").write_text(program.replace("total", "grand_total"))
    branches.git("commit", "-q", "-a", "-m", "rename")
    branches.git("switch", "-q", "-c", "calls", "program")
    (branches.root / "bill.py").write_text("from till import total\n\nprint(total([1, 2]))\n")
    branches.git("add", "bill.py")
    branches.git("commit", "-q", "-m", "call")
    found = branches.run("check", "renames", "calls", "--json", status=1).events[0]["conflicts"]
    assert {(each["kind"], each["symbol"]) for each in found} == {("symbol", "total")}
