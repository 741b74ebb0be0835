"""``headway decisions`` as a user or an agent types it."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

from tests.acceptance.commandline import HEADWAY, PATIENCE, Desk, Ran

ONE = {"agent": "a-1", "ticket": "T-1", "topic": "http client", "decision": "httpx", "scope": "src/"}
OTHER = {
    "agent": "a-2",
    "ticket": "T-2",
    "topic": "HTTP library",
    "decision": "requests",
    "scope": "src/a.py",
}
ELSEWHERE = {
    "agent": "a-3",
    "ticket": None,
    "topic": "http client",
    "decision": "requests",
    "scope": "tools/",
}


def check(folder: Path, *lines: object, args: tuple[str, ...] = ()) -> Ran:
    """``decisions check -`` in a folder that is no repository."""
    text = "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines)
    done = subprocess.run(
        [*HEADWAY, "decisions", "check", "-", *args],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        timeout=PATIENCE,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


# Checking


def test_contradictions_are_told_and_leave_with_1(tmp_path: Path) -> None:
    ran = check(tmp_path, ONE, OTHER, ELSEWHERE)
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith("1 contradiction among 3 decisions\n")
    assert "httpx and requests exclude each other" in ran.out


def test_json_has_a_contradiction_on_each_line(tmp_path: Path) -> None:
    (found,) = check(tmp_path, ONE, OTHER, ELSEWHERE, args=("--json",)).events
    assert (found["type"], found["score"], found["conflict"]) == ("choice", 1.0, True)
    for side, given in ((found["a"], ONE), (found["b"], OTHER)):
        assert {key: side[key] for key in given} == given
    turned = check(tmp_path, OTHER, ONE, args=("--json",)).events[0]
    assert turned["id"] == found["id"]


def test_no_contradiction_leaves_with_0(tmp_path: Path) -> None:
    ran = check(tmp_path, ONE, ELSEWHERE, "")
    assert (ran.status, ran.out) == (0, "no contradiction among 2 decisions\n")
    assert check(tmp_path).status == 0


def test_a_suspicion_is_shown_and_leaves_with_0(tmp_path: Path) -> None:
    ran = check(
        tmp_path,
        ONE | {"topic": "timeout", "decision": "5 s"},
        OTHER | {"topic": "db timeout", "decision": "9 s"},
    )
    assert ran.status == 0
    assert "1 suspicion" in ran.out


def test_every_wrong_line_is_told_with_its_number(tmp_path: Path) -> None:
    ran = check(
        tmp_path,
        ONE,
        "{",
        "[]",
        ONE | {"topic": " "},
        ONE | {"decision": 3},
        {"topic": "a", "decision": "b"},
        "\udcff",
        "9" * 5000,
        "[" * 100_000,
    )
    assert (ran.status, ran.out) == (2, "")
    told = [line.split(":")[1] for line in ran.err.splitlines() if line.startswith("standard input:")]
    assert told == ["2", "3", "4", "5", "6", "7", "8", "9"]
    assert "8 problems" in ran.err
    assert "Traceback" not in ran.err


def test_a_file_that_is_not_there_leaves_with_2(desk: Desk) -> None:
    assert "No such file" in desk.run("decisions", "check", "none.jsonl", status=2).err


def test_a_repository_adds_topics_and_sets_the_threshold(desk: Desk) -> None:
    lines = [
        ONE | {"topic": "map library", "decision": "leaflet"},
        OTHER | {"topic": "maps", "decision": "openlayers"},
    ]
    (desk.root / "d.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    desk.run("decisions", "check", "d.jsonl")
    (desk.root / "own.toml").write_text(
        '["map library"]\nnames = ["maps"]\njs = { leaflet = [], openlayers = [] }\n'
    )
    (desk.root / "headway.toml").write_text('[decisions]\ncatalogue = "own.toml"\n')
    desk.run("decisions", "check", "d.jsonl", status=1)
    (desk.root / "own.toml").write_text('["map library"]\ncolour = "red"\n')
    assert (
        "own.toml:2: map library: there is no key 'colour'"
        in desk.run("decisions", "check", "d.jsonl", status=2).err
    )


def test_what_is_said_cannot_move_the_cursor(tmp_path: Path) -> None:
    ran = check(tmp_path, ONE | {"decision": "httpx \x1b[2J\u202e"}, OTHER)
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


# The ledger


def test_a_decision_is_recorded_and_what_it_contradicts_is_told(desk: Desk) -> None:
    assert desk.run("decisions", "add", "http client", "httpx").out == "recorded as 1: http client: httpx\n"
    (desk.root / "src").mkdir()
    said = desk.run(
        "decisions", "add", "HTTP library", "requests", "--scope", "src", "--agent", "a", "--json"
    ).events[0]
    assert (said["source"], said["scope"]) == ("agent", "src/")
    assert [each["a"]["decision"] for each in said["contradicts"]] == ["httpx"]
    listed = desk.run("decisions", "list", "--json").events
    assert [(each["id"], each["source"], each["decision"]) for each in listed] == [
        (1, "person", "httpx"),
        (2, "agent", "requests"),
    ]
    assert "requests" in desk.run("decisions", "list").out


def test_an_empty_topic_or_choice_is_refused(desk: Desk) -> None:
    assert "TOPIC is empty" in desk.run("decisions", "add", " ", "httpx", status=2).err
    assert "CHOICE is empty" in desk.run("decisions", "add", "http client", "", status=2).err


def test_outside_a_repository_it_is_said_what_to_do(desk: Desk) -> None:
    said = desk.run("decisions", "add", "a", "b", "--repo", str(desk.folder), status=2).err
    assert "--repo PATH" in said
    assert "headway decisions check" in said


def test_a_ticket_that_is_not_there_is_told(desk: Desk) -> None:
    assert "no run was started" in desk.run("decisions", "add", "a", "b", "--ticket", "T-1", status=2).err
    desk.run(*desk.plan({"T-1": "echo a > a.txt"}))
    assert "has no ticket 'T-9'" in desk.run("decisions", "add", "a", "b", "--ticket", "T-9", status=2).err
    assert "there is no run" in desk.run("decisions", "add", "a", "b", "--run", "r9", status=2).err


def test_agents_record_from_their_worktrees(desk: Desk) -> None:
    headway = shlex.join([sys.executable, "-m", "headway.cli.main"])
    plan = {
        "T-1": f"{headway} decisions add 'http client' httpx && echo a > a.txt",
        "T-2": f"{headway} decisions add 'http client' requests --scope b.txt && echo b > b.txt",
    }
    desk.run(*desk.plan(plan, **{"T-2": {"depends_on": ["T-1"]}}))
    listed = desk.run("decisions", "list", "--json").events
    assert [(each["ticket"], each["decision"], each["source"]) for each in listed] == [
        ("T-1", "httpx", "agent"),
        ("T-2", "requests", "agent"),
    ]
    assert {each["run"] for each in listed} == {desk.status()["run"]}
    assert "1 contradiction" in desk.run("logs", "T-2").out
