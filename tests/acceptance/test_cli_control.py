"""``headway cancel``, ``retry`` and ``stop`` as a user types them."""

import json
import os
import signal
from pathlib import Path

from tests.acceptance.commandline import Desk, is_alive, until


def test_a_ticket_at_work_is_cancelled_and_its_work_kept(desk: Desk) -> None:
    desk.run(*desk.plan({"A": f"echo half > a.txt; {desk.gate('A')}", "B": desk.gate("B")}), "--detach")
    desk.wait_for("A", "B")
    assert "A: the coordinator" in desk.run("cancel", "A").out
    until(lambda: desk.states()["A"] == "cancelled", "A is not cancelled")
    assert "+half" in desk.run("diff", "A").out
    assert desk.states()["B"] == "running"
    desk.open("B")


def test_what_makes_no_sense_is_refused_with_the_reason(desk: Desk) -> None:
    desk.run(*desk.plan({"A": "echo a > a.txt"}))
    assert "A has landed already" in desk.run("cancel", "A", status=2).err
    assert "A has landed already" in desk.run("retry", "A", status=2).err
    assert "has no ticket 'Z'" in desk.run("retry", "Z", status=2).err
    assert "there is nothing to stop" in desk.run("stop").out


def test_a_failed_ticket_is_tried_again_by_the_next_resume(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nattempts = 1\n")
    desk.run(*desk.plan({"A": ["exit 1", "echo a > a.txt"]}), status=1)
    assert "no coordinator is alive: to have it tried: headway resume" in desk.run("retry", "A").out
    desk.run("resume")
    assert desk.states() == {"A": "landed"}


def test_a_failed_ticket_is_tried_again_while_the_run_goes_on(desk: Desk) -> None:
    (desk.root / "headway.toml").write_text("[run]\nattempts = 1\n")
    desk.run(*desk.plan({"A": ["exit 1", "echo a > a.txt"], "B": desk.gate("B")}), "--detach")
    desk.wait_for("B")
    until(lambda: desk.states()["A"] == "failed", "A does not fail")
    told = json.loads(desk.run("retry", "A", "--json").out)
    assert (told["request"], told["ticket"], told["taken"]) == ("retry", "A", True)
    until(lambda: desk.states()["A"] == "landed", "A is not tried again")
    desk.open("B")


def test_stop_lets_finish_what_runs(desk: Desk) -> None:
    plan = desk.plan({"A": f"{desk.gate('A')}; echo a > a.txt", "B": "true"}, B={"depends_on": ["A"]})
    desk.run(*plan, "--detach")
    desk.wait_for("A")
    assert "nothing new starts; 1 agent may finish and land" in desk.run("stop").out
    desk.open("A")
    desk.run("watch", status=1)
    assert desk.states() == {"A": "landed", "B": "waiting"}
    assert desk.status()["state"] == "stopped"


def test_stop_kill_ends_agents_with_what_they_started_and_keeps_their_work(desk: Desk) -> None:
    script = f"echo half > a.txt; sleep 1000 & echo $! > {desk.folder}/pid; {desk.gate('A')}"
    desk.run(*desk.plan({"A": script}), "--detach")
    desk.wait_for("A")
    pid = int((desk.folder / "pid").read_text())
    assert "the agents have ended, their work is kept" in desk.run("stop", "--kill").out
    assert not is_alive(pid)
    assert desk.status()["state"] == "stopped"
    assert "+half" in desk.run("diff", "A").out


def test_stop_kill_ends_agents_whose_coordinator_is_gone(desk: Desk) -> None:
    script = f"echo half > a.txt; sleep 1000 & echo $! > {desk.folder}/pid; {desk.gate('A')}"
    run = desk.start(*desk.plan({"A": script}))
    desk.wait_for("A")
    run.kill()
    run.wait()
    pid = int((desk.folder / "pid").read_text())
    assert is_alive(pid)
    assert "1 agent still at work: headway stop --kill ends them" in desk.run("stop").out
    assert "the agents have ended, their work is kept" in desk.run("stop", "--kill").out
    assert not is_alive(pid)
    assert "+half" in desk.run("diff", "A").out
    desk.open("A")
    desk.run("resume")
    assert desk.states() == {"A": "landed"}


def test_stop_says_so_when_the_coordinator_does_not_answer(desk: Desk) -> None:
    desk.run(*desk.plan({"A": desk.gate("A")}), "--detach")
    desk.wait_for("A")
    pid = desk.status()["coordinator"]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        assert f"asked the coordinator (pid {pid}), which did not answer" in desk.run("stop").out
    finally:
        os.kill(pid, signal.SIGCONT)
    desk.open("A")
    until(lambda: not Path(f"/proc/{pid}").exists(), "the coordinator does not stop")
