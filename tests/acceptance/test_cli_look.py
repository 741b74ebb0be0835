"""``headway status``, ``logs``, ``diff`` and ``log`` as a user types them."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.acceptance.commandline import COLOUR, HEADWAY, Desk, Terminal, until

Opens = Callable[..., Terminal]

PRINTED = "\x1b]0;owned\x07\x1b[2Jafter"


def test_status_shows_every_ticket_and_json_says_the_same(finished: Desk) -> None:
    said = finished.run("status").out
    assert "run r1 onto main: ended" in said
    assert "2 of 3 landed" in said
    assert "once more: headway retry T-3" in said
    told = finished.status()
    assert (told["run"], told["state"], told["landed"], told["failed"]) == ("r1", "ended", 2, 1)
    assert [(row["ticket"], row["attempts"]) for row in told["rows"]] == [("T-1", 1), ("T-2", 2), ("T-3", 2)]
    assert told["rows"][0]["files"] == ["latin.txt", "list.txt"]


def test_status_says_the_same_whichever_way_its_options_are_read(finished: Desk) -> None:
    quick = finished.run("status", "--run", "r1", "--repo", str(finished.root)).out
    assert finished.run("status", "--run=r1", f"--repo={finished.root}").out == quick
    # A double dash is typer's to understand.
    assert finished.run("status", "--run", "r1", "--repo", str(finished.root), "--").out == quick


def test_earlier_runs_can_be_looked_at(desk: Desk) -> None:
    desk.run(*desk.plan({"A": "echo a > a.txt"}))
    desk.run(*desk.plan({"B": "echo b > b.txt"}))
    assert desk.states() == {"B": "landed"}
    told = json.loads(desk.run("status", "--json", "--run", "r1").out)
    assert [row["ticket"] for row in told["rows"]] == ["A"]
    assert "the latest are: r1, r2" in desk.run("status", "--run", "r9", status=2).err


def test_before_the_first_run_it_says_how_to_start_one(desk: Desk) -> None:
    for command in (["status"], ["log"], ["logs", "A"], ["diff", "A"], ["watch"], ["stop"], ["cancel", "A"]):
        assert "headway run TICKETS" in desk.run(*command, status=2).err


def test_outside_a_repository_it_says_so(desk: Desk) -> None:
    assert "is in no git repository" in desk.run("status", "--repo", str(desk.folder), status=2).err


def test_an_unknown_ticket_is_told_with_those_that_are_near(finished: Desk) -> None:
    assert "did you mean T-1" in finished.run("logs", "T-11", status=2).err


def test_what_an_agent_printed_goes_into_a_pipe_as_it_is(finished: Desk) -> None:
    assert finished.run("logs", "T-1").out == f"{PRINTED}\n"
    assert finished.run("logs", "T-1", "--stderr").out == "trouble\n"
    told = finished.run("logs", "T-1", "--json").events
    assert told == [{"ticket": "T-1", "attempt": 1, "stream": "out", "line": PRINTED}]


def test_what_an_agent_printed_is_harmless_on_a_terminal(finished: Desk, terminal: Opens) -> None:
    screen = terminal(finished, "logs", "T-1")
    assert screen.wait() == 0
    assert screen.text == "\\x1b]0;owned\\x07\\x1b[2Jafter\r\n"


def test_logs_of_each_attempt_can_be_read(finished: Desk) -> None:
    assert finished.run("logs", "T-2").out == "two\n"
    assert finished.run("logs", "T-2", "--attempt", "1").out == "one\n"
    assert "it has 1 to 2" in finished.run("logs", "T-2", "--attempt", "3", status=2).err


def test_logs_and_log_follow_what_goes_on(desk: Desk) -> None:
    desk.run(*desk.plan({"A": f"echo one; {desk.gate('A')}; echo two; echo a > a.txt"}), "--detach")
    desk.wait_for("A")
    following = desk.start("logs", "A", "-f")
    until(lambda: desk.out() == "one\n", "what was printed is not shown while the agent works")
    log = desk.start("log", "-f", name="log")
    until(lambda: "A  command is at work" in desk.out("log"), "what happened is not shown")
    desk.open("A")
    assert following.wait(60) == 0
    assert desk.out() == "one\ntwo\n"
    assert log.wait(60) == 0
    assert "A  landed" in desk.out("log")


def test_the_diff_of_a_ticket_can_be_applied(finished: Desk) -> None:
    told = finished.run("diff", "T-1", "--json").events[0]
    assert (told["ticket"], told["attempt"]) == ("T-1", 1)
    assert told["files"] == ["latin.txt", "list.txt"]
    assert "+changed" in told["diff"]
    shown = subprocess.run(
        [*HEADWAY, "diff", "T-1"], cwd=finished.root, env=finished.environment, capture_output=True
    )
    assert b"+caf\xe9" in shown.stdout
    finished.git("read-tree", f"--index-output={finished.folder / 'index'}", told["base"])
    applied = subprocess.run(
        ["git", "apply", "--cached"],
        cwd=finished.root,
        env=finished.environment | {"GIT_INDEX_FILE": str(finished.folder / "index")},
        input=shown.stdout,
        capture_output=True,
    )
    assert applied.returncode == 0, applied.stderr


def test_a_diff_on_a_terminal_obeys_nothing_in_it(finished: Desk, terminal: Opens) -> None:
    screen = terminal(finished, "diff", "T-1")
    assert screen.wait() == 0
    assert "+changed" in COLOUR.sub("", screen.text)


def test_a_ticket_without_work_has_no_diff(finished: Desk) -> None:
    err = finished.run("diff", "T-3", status=2).err
    assert "there is no kept work of attempt 2 of T-3: it wrote nothing" in err


def test_the_log_tells_the_whole_run_in_order(finished: Desk) -> None:
    told = finished.run("log", "--json").events
    assert [event["seq"] for event in told] == sorted(event["seq"] for event in told)
    assert (told[0]["event"], told[-1]["event"]) == ("run.started", "run.ended")
    assert {event["ticket"] for event in finished.run("log", "--json", "--ticket", "T-1").events} == {"T-1"}
    assert len(finished.run("log").out.splitlines()) == len(told)


def test_status_on_a_terminal_fits_its_width(finished: Desk, terminal: Opens) -> None:
    screen = terminal(finished, "status", columns=80)
    assert screen.wait() == 0
    table = [line for line in COLOUR.sub("", screen.text).splitlines() if line.startswith("T-")]
    assert len(table) == 3
    assert max(map(len, table)) <= 80


@pytest.mark.parametrize(
    "command", [["--help"], ["--version"], ["status"], ["log"], ["logs", "T-1"], ["watch"]], ids=" ".join
)
def test_what_only_answers_imports_nothing_heavy(finished: Desk, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", HEADWAY[0], *command],
        cwd=finished.root,
        env=finished.environment,
        capture_output=True,
        text=True,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not imported & {"langgraph", "sqlalchemy", "alembic", "pygit2", "rich", "psutil", "yaml"}
    if command[0] in ("status", "--version"):
        assert not imported & {"typer", "pydantic"}
