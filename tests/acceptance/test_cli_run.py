"""``headway run``, ``resume`` and ``watch`` as a user types them."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.commandline import COLOUR, HEADWAY, Desk, Terminal, is_alive, until

HOSTILE = "\x1b[31mred\x07 [bold]x[/bold] \u202eevil"


def test_a_run_in_which_everything_lands_leaves_with_0(desk: Desk) -> None:
    ran = desk.run(*desk.plan({"A": "echo a > a.txt", "B": "echo b > b.txt"}), "--json")
    kinds = [event["event"] for event in ran.events]
    assert kinds[0] == "run.started"
    assert kinds.count("ticket.landed") == 2
    last = ran.events[-1]
    assert last.pop("seconds") > 0
    assert last.pop("at") > 0
    assert last == {
        "event": "run.ended",
        "run": "r1",
        "tickets": 2,
        "landed": 2,
        "failed": 0,
        "needs_human": 0,
        "blocked": 0,
        "cancelled": 0,
        "open": 0,
        "attempts": 2,
    }
    assert {"a.txt", "b.txt"} <= set(desk.git("ls-tree", "--name-only", "main").split())


def test_a_run_in_which_a_ticket_fails_leaves_with_1_and_says_why(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nattempts = 1\n")
    ran = desk.run(*desk.plan({"A": "echo a > a.txt", "B": "exit 7"}), status=1)
    assert "1 of 2 landed on main" in ran.out
    assert "B  failed: the agent left with exit status 7" in ran.out
    assert "headway logs B" in ran.out


def test_a_run_that_only_people_can_take_on_leaves_with_3(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nredos = 0\n")
    ran = desk.run(*desk.plan({"A": "echo a > a.txt"}), "--verify", "exit 1", status=3)
    assert "A  needs you" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "missing.yaml"], "missing.yaml"),
        (["run", "tickets.json", "--agent-command", "no-such-agent {id}"], "no-such-agent"),
        (["run", "tickets.json", "--agent-command", "true {nonsense}"], "{nonsense}"),
        (["run", "tickets.json", "--agent-command", "true", "--into", "nowhere"], "nowhere"),
        (["run", "tickets.json", "--agent-command", "true", "--timeout", "soon"], "soon"),
        (["run", "tickets.json", "--agent-command", "true", "--only", "Z"], "'Z'"),
        (["run", "tickets.json", "--agent-command", "true", "--agent", "claude"], "only one of them"),
        (["run", "tickets.json", "--agents", "0"], "--agents"),
        (["run", "tickets.json", "--no-such-option"], "--no-such-option"),
        (["nonsense"], "nonsense"),
        (["run"], "TICKETS"),
        (["resume"], "run"),
        (["watch"], "run"),
        (["status", "--run", "r7"], "run"),
    ],
)
def test_wrong_use_leaves_with_2_and_says_what_on_standard_error(
    desk: Desk, arguments: list[str], said: str
) -> None:
    (desk.root / "tickets.json").write_text('[{"id": "A", "title": "x"}]')
    ran = desk.run(*arguments, status=2)
    assert ran.out == ""
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_every_problem_of_the_tickets_is_told_with_its_line(desk: Desk) -> None:
    (desk.root / "bad.yaml").write_text("- id: A\n  title: a\n  depends_on: [A]\n- id: B\n")
    ran = desk.run("run", "bad.yaml", "--agent-command", "true", status=2)
    assert re.search(r"^bad\.yaml:3: ", ran.err, re.MULTILINE)
    assert re.search(r"^bad\.yaml:4: ", ran.err, re.MULTILINE)


def test_into_a_pipe_there_are_plain_lines_and_nothing_of_a_title_is_obeyed(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nattempts = 1\n")
    ran = desk.run(*desk.plan({"A": "exit 1"}, A={"description": HOSTILE}), status=1)
    assert "\x1b" not in ran.out
    assert re.search(r"^\d\d:\d\d:\d\d  the run began: 1 ticket, onto main", ran.out, re.MULTILINE)


def test_only_some_tickets_of_a_file_can_be_run(desk: Desk) -> None:
    ran = desk.run(*desk.plan({"A": "echo a > a.txt", "B": "exit 1"}), "--only", "A", "--json")
    assert (ran.events[-1]["tickets"], ran.events[-1]["landed"]) == (1, 1)


def test_another_branch_than_the_one_checked_out_can_be_landed_on(desk: Desk) -> None:
    desk.git("branch", "next")
    desk.run(*desk.plan({"A": "echo a > a.txt"}), "--into", "next")
    assert "a.txt" in desk.git("ls-tree", "--name-only", "next").split()
    assert "a.txt" not in desk.git("ls-tree", "--name-only", "main").split()


def test_a_second_coordinator_says_who_holds_the_repository(desk: Desk) -> None:
    first = desk.start(*desk.plan({"A": desk.gate("A")}))
    desk.wait_for("A")
    ran = desk.run("resume", status=2)
    assert str(first.pid) in ran.err
    desk.open("A")


def test_ctrl_c_starts_nothing_new_and_resume_does_the_rest(desk: Desk) -> None:
    plan = desk.plan(
        {"A": f"{desk.gate('A')}; echo a > a.txt", "B": "echo b > b.txt"}, B={"depends_on": ["A"]}
    )
    run = desk.start(*plan)
    desk.wait_for("A")
    run.send_signal(signal.SIGINT)
    until(lambda: "stopping: nothing new starts" in desk.out(), "it does not say what Ctrl-C does")
    desk.open("A")
    assert run.wait(60) == 130
    assert desk.states() == {"A": "landed", "B": "waiting"}
    assert "to go on: headway resume" in desk.out()
    desk.run("resume")
    assert desk.states() == {"A": "landed", "B": "landed"}


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,), (signal.SIGHUP,)])
def test_a_coordinator_that_goes_leaves_its_agents_and_resume_finds_them(
    desk: Desk, signals: tuple[signal.Signals, ...]
) -> None:
    run = desk.start(*desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"}))
    desk.wait_for("A")
    for number, each in enumerate(signals):
        if number:
            until(lambda: "stopping" in desk.out(), "it does not say what Ctrl-C does")
        run.send_signal(each)
    assert run.wait(60) == 130
    assert "its agents stay at work; headway resume finds them" in desk.out()
    said = desk.run("status").out
    assert "no coordinator is alive" in said
    assert "headway resume (it finds 1 agent still at work)" in said
    desk.open("A")
    ran = desk.run("resume", "--json")
    assert (ran.events[-1]["landed"], ran.events[-1]["attempts"]) == (1, 1)


def test_nohup_is_respected(desk: Desk) -> None:
    def ignore_hangup() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    run = desk.start(*desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"}), preexec_fn=ignore_hangup)
    desk.wait_for("A")
    run.send_signal(signal.SIGHUP)
    desk.open("A")
    assert run.wait(60) == 0


def test_a_reader_that_has_enough_leaves_the_agents_at_work(desk: Desk) -> None:
    run = desk.start(
        *desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt", "B": "exit 1"}), stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    assert run.stdout.readline()
    run.stdout.close()
    assert run.wait(60) == 130
    assert "Traceback" not in desk.err()
    desk.open("A")
    desk.run("resume", status=None)
    assert desk.states()["A"] == "landed"


def test_with_standard_streams_closed_it_does_its_work(desk: Desk) -> None:
    command = [*HEADWAY, *desk.plan({"A": "echo a > a.txt"})]
    closing = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command]
    assert subprocess.run(closing, cwd=desk.root, env=desk.environment, timeout=90).returncode == 0
    assert desk.states() == {"A": "landed"}


def test_a_disk_that_is_full_is_told(desk: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*HEADWAY, "--help"], stdout=full, stderr=subprocess.PIPE, env=desk.environment)
    assert done.returncode == 1
    assert b"cannot write the output: No space left on device" in done.stderr


def test_detached_it_prints_the_run_and_goes_on_by_itself(desk: Desk) -> None:
    ran = desk.run(*desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"}), "--detach")
    assert ran.out == "r1\n"
    desk.wait_for("A")
    coordinator = desk.status()["coordinator"]
    assert coordinator["alive"]
    assert os.getsid(coordinator["pid"]) == coordinator["pid"]
    watching = desk.start("watch", "--json")
    desk.open("A")
    assert watching.wait(60) == 0
    assert json.loads(desk.out().splitlines()[-1])["event"] == "run.ended"
    assert "1 of 1 landed" in (desk.root / ".git/headway/coordinator.log").read_text()


def test_detached_it_says_why_it_could_not_begin(desk: Desk) -> None:
    plan = desk.plan({"A": "true"})
    ran = desk.run(*plan, "--into", "nowhere", "--detach", status=2)
    assert ran.out == ""
    assert "nowhere" in ran.err


def test_resume_goes_on_in_the_background_too(desk: Desk) -> None:
    run = desk.start(*desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"}))
    desk.wait_for("A")
    run.kill()
    run.wait()
    ran = desk.run("resume", "--detach", "--json")
    told = json.loads(ran.out)
    assert told["run"] == "r1"
    assert is_alive(told["pid"])
    desk.open("A")
    desk.run("watch")


def test_resume_of_a_run_that_has_ended_says_how_it_ended(desk: Desk) -> None:
    desk.run(*desk.plan({"A": "echo a > a.txt"}))
    assert "1 of 1 landed on main" in desk.run("resume").out


def test_watch_says_when_nobody_keeps_the_run_going(desk: Desk) -> None:
    run = desk.start(*desk.plan({"A": desk.gate("A")}))
    desk.wait_for("A")
    run.kill()
    run.wait()
    assert "no coordinator is alive" in desk.run("watch", status=1).out
    desk.open("A")


Opens = Callable[..., Terminal]


def test_a_terminal_shows_a_table_that_goes_away_and_a_summary_that_stays(
    desk: Desk, terminal: Opens
) -> None:
    plan = desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"})
    screen = terminal(desk, *plan)
    for shown in ("ticket", "last sign", "running", "0 of 1 landed"):
        screen.wait_for(shown)
    desk.open("A")
    assert screen.wait() == 0
    assert "1 of 1 landed on main" in COLOUR.sub("", screen.text)
    assert COLOUR.sub("", screen.text).rstrip().endswith("1 attempt")
    assert "\x1b[?25h" in screen.text  # the cursor is shown again


def test_ctrl_c_in_a_terminal_says_what_happens_now(desk: Desk, terminal: Opens) -> None:
    screen = terminal(desk, *desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"}), columns=140)
    desk.wait_for("A")
    screen.wait_for("running")
    screen.type(b"\x03")
    screen.wait_for("nothing new starts")
    screen.type(b"\x03")
    assert screen.wait() == 130
    assert "its agents stay at work" in screen.text
    assert "\x1b[?25h" in screen.text
    desk.open("A")
    desk.run("resume")


def test_a_terminal_that_is_closed_leaves_the_agents_at_work(desk: Desk, terminal: Opens) -> None:
    screen = terminal(desk, *desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt"}))
    desk.wait_for("A")
    screen.wait_for("running")
    screen.hang_up()
    assert screen.wait() == 130
    desk.open("A")
    desk.run("resume")
    assert desk.status()["attempts"] == 1


def test_a_dumb_terminal_gets_plain_lines(desk: Desk, terminal: Opens) -> None:
    screen = terminal(desk, *desk.plan({"A": "echo a > a.txt"}), TERM="dumb")
    assert screen.wait() == 0
    assert "\x1b" not in screen.text
    assert "A  landed as" in screen.text


def test_no_color_means_no_colour(desk: Desk, terminal: Opens) -> None:
    screen = terminal(desk, *desk.plan({"A": "echo a > a.txt"}), NO_COLOR="1")
    assert screen.wait() == 0
    codes = {code for found in COLOUR.findall(screen.text) for code in found[2:-1].split(";") if code}
    assert not {code for code in codes if code.startswith(("3", "4", "9")) and len(code) > 1}


def test_a_hostile_title_reaches_no_terminal_raw(desk: Desk, terminal: Opens) -> None:
    plan = desk.plan({"A": desk.gate("A")})
    hostile = [{"id": "A", "title": "[bold]x[/bold] :smile:", "description": HOSTILE}]
    (desk.folder / "tickets.json").write_text(json.dumps(hostile))
    screen = terminal(desk, *plan, columns=140)
    screen.wait_for("[bold]x[/bold] :smile:")
    desk.open("A")
    screen.wait()
    assert "\u202e" not in screen.text


def test_it_runs_in_a_folder_that_has_a_package_of_our_name(desk: Desk) -> None:
    (desk.root / "headway").mkdir()
    (desk.root / "headway" / "__init__.py").write_text("raise SystemExit('not this one')")
    desk.git("add", "-A")
    desk.git("commit", "-qm", "a package of that name")
    ran = desk.run(*desk.plan({"A": "echo a > a.txt"}), "--detach")
    assert ran.out == "r1\n"
    desk.run("watch")


def test_the_module_can_be_run_too(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headway.cli.main", "--version"],
        capture_output=True,
        text=True,
        cwd=desk.folder,
    )
    assert done.stdout.startswith("headway ")
