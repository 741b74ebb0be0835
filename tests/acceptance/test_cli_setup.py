"""``headway init``, ``doctor``, ``clean``, ``tickets``, ``plan`` and every ``--help`` as a user types them."""

import json
import os
from pathlib import Path

import pytest

from headway.version import __version__
from tests.acceptance.commandline import Desk

COMMANDS = (
    [
        "run",
        "resume",
        "watch",
        "status",
        "logs",
        "diff",
        "log",
        "cancel",
        "retry",
        "stop",
        "plan",
        "init",
        "doctor",
        "clean",
        "demo",
    ],
    ["tickets check", "tickets import", "tickets list", "tickets schema", "tickets"],
)


@pytest.fixture
def bare_path(desk: Desk, tmp_path: Path) -> dict[str, str]:
    """A PATH without any agent."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "sh"):
        found = next(p for p in os.environ["PATH"].split(":") if (Path(p) / name).exists())
        (programs / name).symlink_to(Path(found) / name)
    return {"PATH": str(programs)}


@pytest.mark.parametrize("command", [name for group in COMMANDS for name in group])
def test_every_command_has_help_with_an_example(desk: Desk, command: str) -> None:
    said = desk.run(*command.split(), "--help").out
    assert f"Example:\n    headway {command.split(maxsplit=1)[0]}" in said


def test_every_command_is_listed_on_a_line_of_its_own(desk: Desk) -> None:
    lines = desk.run("--help").out.splitlines()
    listed = {line.split()[0]: line for line in lines if line.startswith("  ") and line.strip()}
    for name in (*COMMANDS[0], "tickets"):
        assert name in listed
        assert not listed[name].endswith("..."), f"the first sentence of {name} is too long"


def test_without_anything_it_shows_what_there_is(desk: Desk) -> None:
    assert "headway demo" in desk.run(status=2).err


def test_the_version_is_told(desk: Desk) -> None:
    assert desk.run("--version").out == f"headway {__version__}\n"


def test_init_writes_settings_that_change_nothing_and_refuses_to_replace_them(desk: Desk) -> None:
    told = json.loads(desk.run("init", "--json").out)
    path = desk.root / "headway.toml"
    assert told["written"] == str(path)
    assert "[landing]" in path.read_text()
    assert desk.git("status", "--porcelain") == "?? headway.toml"
    path.write_text("# mine\n")
    assert "is there already" in desk.run("init", status=2).err
    assert path.read_text() == "# mine\n"


def test_init_finds_agents(desk: Desk, tmp_path: Path, bare_path: dict[str, str]) -> None:
    assert "no agent was found" in desk.run("init", **bare_path).out
    (desk.root / "headway.toml").unlink()
    claude = tmp_path / "bin" / "claude"
    claude.write_text("#!/bin/sh\n")
    claude.chmod(0o755)
    assert f"found agent: claude ({claude})" in desk.run("init", **bare_path).out


def test_doctor_says_what_is_missing_and_the_command_that_mends_it(
    desk: Desk, bare_path: dict[str, str]
) -> None:
    said = desk.run("doctor", status=1, **bare_path).out
    assert "MISSING  agents" in said
    assert "→ npm install -g @anthropic-ai/claude-code" in said


def test_doctor_finds_everything_where_everything_is(desk: Desk, bare_path: dict[str, str]) -> None:
    (desk.root / "headway.toml").write_text('[profiles.mine]\ncommand = "sh -c true"\n')
    desk.run(*desk.plan({"A": "echo a > a.txt"}))
    told = json.loads(desk.run("doctor", "--json", status=None, **bare_path).out)
    found = {(check["name"], check["state"]) for check in told["checks"]}
    for name in ("python", "git", "settings", "repository", "agents", "store", "processes"):
        assert (name, "ok") in found, told
    assert ("sandbox", "note") in found


def test_doctor_tells_of_settings_that_cannot_be(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nagents = 0\n")
    said = desk.run("doctor", status=1).out
    assert "run.agents" in said


def test_doctor_tells_of_a_store_that_is_broken(desk: Desk) -> None:
    desk.run(*desk.plan({"A": "echo a > a.txt"}))
    store = desk.root / ".git" / "headway" / "store.db"
    for path in store.parent.glob("store.db-*"):
        path.unlink()
    store.write_bytes(b"not a database" * 1000)
    assert "MISSING  store" in desk.run("doctor", status=1).out


def test_doctor_outside_a_repository_looks_at_the_rest(desk: Desk) -> None:
    said = desk.run("doctor", "--repo", str(desk.folder), status=1).out
    assert "MISSING  repository" in said
    assert "memory" in said


def test_clean_says_what_would_go_and_then_removes_it(desk: Desk) -> None:
    assert "there is nothing to remove" in desk.run("clean").out
    desk.run(*desk.plan({"A": "echo a > a.txt"}))
    told = json.loads(desk.run("clean", "--json").out)
    assert not told["removed"]
    assert told["worktrees"]
    assert all(Path(path).exists() for path in told["worktrees"] + told["folders"])
    desk.run("clean", "--yes")
    assert not any(Path(path).exists() for path in told["worktrees"] + told["folders"])
    assert "there is nothing to remove" in desk.run("clean").out
    assert "+a" in desk.run("diff", "A").out
    assert desk.git("worktree", "list").count("\n") == 0


def test_clean_touches_nothing_while_a_run_goes_on(desk: Desk) -> None:
    desk.run(*desk.plan({"A": desk.gate("A")}), "--detach")
    desk.wait_for("A")
    assert "run r1 goes on" in desk.run("clean", "--yes", status=2).err
    desk.open("A")


def test_clean_touches_nothing_of_a_run_that_is_not_over(desk: Desk) -> None:
    run = desk.start(*desk.plan({"A": desk.gate("A")}))
    desk.wait_for("A")
    run.kill()
    run.wait()
    assert "its agents may be at work" in desk.run("clean", "--yes", status=2).err
    desk.open("A")


def test_tickets_are_checked_with_every_problem_told(desk: Desk) -> None:
    desk.plan({"A": "true"})
    good = str(desk.folder / "tickets.json")
    assert "1 ticket, nothing wrong" in desk.run("tickets", "check", good).out
    (desk.root / "bad.yaml").write_text("- id: A\n  title: a\n  depends_on: [A]\n- id: B\n")
    ran = desk.run("tickets", "check", good, "bad.yaml", status=2)
    assert "bad.yaml:3: " in ran.out
    assert "bad.yaml:4: " in ran.out
    told = json.loads(desk.run("tickets", "check", good, "bad.yaml", "--json", status=2).out)
    assert len(told["problems"]) == 2


def test_a_folder_of_markdown_becomes_a_tickets_file_and_every_file_is_accounted_for(desk: Desk) -> None:
    folder = desk.folder / "issues"
    folder.mkdir()
    (folder / "one.md").write_text("---\nid: ONE\ntitle: First\nstatus: open\n---\nDo it.\n")
    (folder / "two.md").write_text("---\nid: TWO\ntitle: Second\nblocked_by: [ONE]\n---\nDo it too.\n")
    (folder / "notes.md").write_text("Just text.\n")
    ran = desk.run("tickets", "import", str(folder), "-o", "t.yaml")
    assert "3 files: 2 tickets; 1 not used" in ran.err
    assert "notes.md" in ran.err
    listed = desk.run("tickets", "list", "t.yaml", "--json").events
    assert [(t["id"], t["depends_on"]) for t in listed] == [("ONE", []), ("TWO", ["ONE"])]
    assert "is there already" in desk.run("tickets", "import", str(folder), "-o", "t.yaml", status=2).err


def test_what_is_imported_reads_back_the_same(desk: Desk) -> None:
    (desk.root / "a.yaml").write_text(
        "- {id: A, title: 'a: [b] #c', description: \"two\\nlines\", priority: high, paths: ['src/**'], "
        "verify: make, timeout: 90, labels: [x], agent: claude, role: reviewer}\n"
    )
    from headway.tickets.reading import read_tickets
    from headway.tickets.writing import tickets_as_yaml

    first = read_tickets(desk.root / "a.yaml")
    (desk.root / "b.yaml").write_text(tickets_as_yaml(first))
    second = read_tickets(desk.root / "b.yaml")
    told = [(t.id, t.title, t.description, t.priority, t.paths, t.verify, t.timeout, t.role) for t in first]
    assert told == [
        (t.id, t.title, t.description, t.priority, t.paths, t.verify, t.timeout, t.role) for t in second
    ]


def test_the_schema_is_json(desk: Desk) -> None:
    assert "$schema" in json.loads(desk.run("tickets", "schema").out)


def test_the_plan_shows_waves_path_and_overlaps_and_starts_nothing(desk: Desk) -> None:
    desk.plan(
        {"A": "true", "B": "true", "C": "true"},
        A={"paths": ["src/*.py"]},
        B={"paths": ["src/b.py"]},
        C={"depends_on": ["A"], "priority": "high"},
    )
    tickets = str(desk.folder / "tickets.json")
    said = desk.run("plan", tickets).out
    assert "3 tickets in 2 waves" in said
    assert "critical path: A → C" in said
    assert "B does not wait for A: src/*.py and src/b.py" in said
    told = json.loads(desk.run("plan", tickets, "--json").out)
    assert (told["waves"], told["critical_path"]) == ([["A", "B"], ["C"]], ["A", "C"])
    assert not (desk.root / ".git" / "headway" / "store.db").exists()
