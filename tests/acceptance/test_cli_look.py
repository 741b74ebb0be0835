"""``headway status``, ``logs``, ``diff`` and ``log`` as a user types them."""

import json
from collections.abc import Callable

from tests.acceptance.commandline import COLOUR, Desk, Terminal, until

ESCAPES = r"printf '\033]0;owned\007\033[2Jafter\n'"


def test_status_shows_every_ticket_and_json_says_the_same(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nattempts = 1\n")
    desk.run(*desk.plan({"A": "echo a > a.txt", "B": "exit 1"}), status=1)
    said = desk.run("status").out
    assert "run r1 onto main: ended" in said
    assert "1 of 2 landed" in said
    told = desk.status()
    assert (told["run"], told["state"], told["landed"], told["failed"]) == ("r1", "ended", 1, 1)
    assert [row["ticket"] for row in told["rows"]] == ["A", "B"]
    assert told["rows"][0]["files"] == ["a.txt"]


def test_status_says_the_same_whichever_way_its_options_are_read(desk: Desk) -> None:
    desk.run(*desk.plan({"A": "echo a > a.txt"}))
    quick = desk.run("status", "--run", "r1", "--repo", str(desk.root)).out
    assert desk.run("status", "--run=r1", f"--repo={desk.root}").out == quick
    # A double dash is typer's to understand.
    assert desk.run("status", "--run", "r1", "--repo", str(desk.root), "--").out == quick


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


def test_an_unknown_ticket_is_told_with_those_that_are_near(desk: Desk) -> None:
    desk.run(*desk.plan({"TICKET-1": "echo a > a.txt"}))
    assert "did you mean TICKET-1?" in desk.run("logs", "TICKET-2", status=2).err


def test_what_an_agent_printed_goes_into_a_pipe_as_it_is(desk: Desk) -> None:
    desk.run(*desk.plan({"A": f"{ESCAPES}; echo trouble >&2; echo a > a.txt"}))
    assert desk.run("logs", "A").out == "\x1b]0;owned\x07\x1b[2Jafter\n"
    assert desk.run("logs", "A", "--stderr").out == "trouble\n"
    told = desk.run("logs", "A", "--json").events
    assert told == [{"ticket": "A", "attempt": 1, "stream": "out", "line": "\x1b]0;owned\x07\x1b[2Jafter"}]


def test_what_an_agent_printed_is_harmless_on_a_terminal(
    desk: Desk, terminal: Callable[..., Terminal]
) -> None:
    desk.run(*desk.plan({"A": f"{ESCAPES}; echo a > a.txt"}))
    screen = terminal("logs", "A")
    assert screen.wait() == 0
    assert screen.text == "\\x1b]0;owned\\x07\\x1b[2Jafter\r\n"


def test_logs_of_each_attempt_can_be_read(desk: Desk) -> None:
    desk.run(*desk.plan({"A": ["echo one; exit 1", "echo two; echo a > a.txt"]}))
    assert desk.run("logs", "A").out == "two\n"
    assert desk.run("logs", "A", "--attempt", "1").out == "one\n"
    assert "it has 1 to 2" in desk.run("logs", "A", "--attempt", "3", status=2).err


def test_logs_follow_an_agent_until_it_has_ended(desk: Desk) -> None:
    desk.run(*desk.plan({"A": f"echo one; {desk.gate('A')}; echo two; echo a > a.txt"}), "--detach")
    desk.wait_for("A")
    following = desk.start("logs", "A", "-f")
    until(lambda: desk.out() == "one\n", "what was printed is not shown while the agent works")
    desk.open("A")
    assert following.wait(60) == 0
    assert desk.out() == "one\ntwo\n"
    desk.run("watch")


def test_the_diff_of_a_ticket_can_be_applied(desk: Desk) -> None:
    base = desk.git("rev-parse", "main")
    desk.run(*desk.plan({"A": "echo changed >> list.txt; printf 'caf\\351\\n' > latin.txt"}))
    (desk.folder / "a.diff").write_bytes(desk.run("diff", "A").out.encode("utf-8", "surrogateescape"))
    told = desk.run("diff", "A", "--json").events[0]
    assert (told["ticket"], told["attempt"], told["base"]) == ("A", 1, base)
    assert told["files"] == ["latin.txt", "list.txt"]
    assert "+changed" in told["diff"]


def test_a_ticket_without_work_has_no_diff(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nattempts = 1\n")
    desk.run(*desk.plan({"A": "exit 1"}), status=1)
    assert "there is no kept work of attempt 1 of A: it wrote nothing" in desk.run("diff", "A", status=2).err


def test_the_log_tells_the_whole_run_in_order(desk: Desk) -> None:
    desk.run(*desk.plan({"A": "echo a > a.txt", "B": "echo b > b.txt"}))
    told = desk.run("log", "--json").events
    assert [event["seq"] for event in told] == sorted(event["seq"] for event in told)
    assert (told[0]["event"], told[-1]["event"]) == ("run.started", "run.ended")
    assert {event["ticket"] for event in desk.run("log", "--json", "--ticket", "A").events} == {"A"}
    assert len(desk.run("log").out.splitlines()) == len(told)


def test_the_log_can_be_followed(desk: Desk) -> None:
    desk.run(*desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"}), "--detach")
    desk.wait_for("A")
    following = desk.start("log", "-f")
    until(lambda: "A  command is at work" in desk.out(), "what happened is not shown")
    desk.open("A")
    assert following.wait(60) == 0
    assert "A  landed" in desk.out()


def test_status_on_a_terminal_fits_its_width(desk: Desk, terminal: Callable[..., Terminal]) -> None:
    desk.run(*desk.plan({"A": "echo a > a.txt"}, A={"title": "x" * 500}))
    screen = terminal("status", columns=80)
    assert screen.wait() == 0
    assert max(map(len, COLOUR.sub("", screen.text).splitlines())) <= 80
