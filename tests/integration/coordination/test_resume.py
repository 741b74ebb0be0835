"""What a run is resumed with, and what becomes of attempts and worktrees that something failed."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks import processes
from benchmarks.records import read_attempts

import headway
from headway.coordination import coordinator, steps
from headway.errors import SettingsError
from headway.landing.pool import WorktreePool
from headway.nouns import AttemptState, Cause, Outcome, RequestKind, RunState, SlotState, Ticket, TicketState
from tests.integration.coordination.conftest import Place


def profile(place: Place, name: str, script: str) -> str:
    """An agent profile for headway.toml."""
    path = place.folder / f"{name}.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f'[profiles.{name}]\ncommand = "{path} {{id}}"\n'


class Failing:
    """Makes a coroutine function raise the first ``times`` times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, times: int) -> None:
        inner: Callable = getattr(owner, name)
        self.left = times

        async def call(*args: object, **options: object) -> object:
            if self.left > 0:
                self.left -= 1
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return await inner(*args, **options)

        monkeypatch.setattr(owner, name, call)


async def test_what_headway_toml_says_now_counts(place: Place) -> None:
    place.commit("headway.toml", "[run]\nattempts = 5\n")
    gate = place.gate("A")
    handle = place.start({"A": f"{gate.script}; exit 1"})
    await gate.reached()
    handle.leave()
    await handle
    place.commit("headway.toml", "[run]\nattempts = 1\n")
    gate.open()
    result = await headway.resume_run(place.root)
    assert (result.failed, result.attempts) == (1, 1)


async def test_a_profile_that_is_gone_is_told_before_anything_is_done_and_costs_nothing(place: Place) -> None:
    gate = place.gate("A")
    mine = profile(place, "mine", f"{gate.script}; echo a > a.txt")
    place.commit("headway.toml", mine)
    handle = headway.start_run([Ticket(id="A", title="a")], repo=place.root, agent="mine")
    await gate.reached()
    handle.leave()
    await handle
    place.commit("headway.toml", "")
    with pytest.raises(SettingsError, match="no agent profile 'mine'") as told:
        await headway.resume_run(place.root)
    assert "[profiles.mine]" in told.value.mend
    gate.open()
    place.commit("headway.toml", mine)
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)


async def test_settings_that_cannot_be_are_told_and_cost_nothing(place: Place) -> None:
    gate = place.gate("A")
    handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
    await gate.reached()
    handle.leave()
    await handle
    (place.root / "headway.toml").write_text("[run]\nagents = 'many'\n")
    with pytest.raises(SettingsError, match=r"headway\.toml: run\.agents"):
        await headway.resume_run(place.root)
    (place.root / "headway.toml").unlink()
    gate.open()
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)


async def test_a_retry_of_a_ticket_whose_profile_is_gone_costs_no_other(place: Place) -> None:
    """Only tickets that are open when a run is resumed are asked for theirs."""
    gate = place.gate("B")
    bad, good = profile(place, "bad", "exit 1"), profile(place, "good", f"{gate.script}; echo b > b.txt")
    place.commit("headway.toml", f"[run]\nattempts = 1\n{bad}{good}")
    tickets = [Ticket(id="A", title="a", agent="bad"), Ticket(id="B", title="b", agent="good")]
    handle = headway.start_run(tickets, repo=place.root, agent="good", agents=2)
    await place.until(handle, "ticket.failed", "A")
    handle.leave()
    await handle
    place.commit("headway.toml", good)
    handle = headway.resume_run(place.root)
    await place.until(handle, "run.resumed")
    place.ask(RequestKind.RETRY, "A")
    failed = await place.until(handle, "ticket.failed", "A")
    assert "there is no agent profile 'bad' any more: add [profiles.bad]" in failed.data["reason"]
    gate.open()
    result = await place.watch(handle)
    assert (result.landed, result.failed) == (1, 1)


async def test_agents_can_be_ended_whose_profile_is_gone(place: Place) -> None:
    gate = place.gate("A")
    place.commit("headway.toml", profile(place, "mine", f"{gate.script}; echo a > a.txt"))
    handle = headway.start_run([Ticket(id="A", title="a")], repo=place.root, agent="mine")
    await gate.reached()
    handle.leave()
    await handle
    place.commit("headway.toml", "")
    result = await headway.resume_run(place.root, kill=True)
    assert (result.state, result.open) == (RunState.STOPPED, 1)
    place.assert_sound()


async def test_a_ticket_has_its_own_agent_and_time_limit(place: Place) -> None:
    other = profile(place, "other", "echo other > $1.txt")
    place.commit("headway.toml", f"[run]\nattempts = 1\n{other}")
    tickets = [Ticket(id="A", title="a", agent="other"), Ticket(id="B", title="b", timeout=0.5)]
    result = await place.run({"A": "echo run > A.txt", "B": "sleep 60"}, tickets=tickets)
    assert (result.landed, result.failed) == (1, 1)
    assert place.show("A.txt") == "other\n"
    assert "time limit" in place.progress("B").reason


async def test_what_only_leaves_out_is_taken_to_be_there_already(place: Place) -> None:
    tickets = [Ticket(id="A", title="a"), Ticket(id="B", title="b", depends_on=("A",))]
    result = await place.run({"A": "exit 1", "B": "echo b > b.txt"}, tickets=tickets, only=("B",))
    assert (result.tickets, result.landed) == (1, 1)


async def test_with_one_agent_there_are_never_two(place: Place) -> None:
    lock = place.folder / "one"
    script = f"mkdir {lock}; sleep 0.1; rmdir {lock}; echo 1 > $HEADWAY_TICKET.txt"
    place.commit("headway.toml", "[run]\nattempts = 1\n")
    assert (await place.run({f"T{n}": script for n in range(4)}, agents=1)).landed == 4


async def test_an_agent_whose_launcher_was_killed_is_followed_by_one_that_is_told_what_it_left(
    place: Place,
) -> None:
    gate = place.gate("A")
    handle = place.start({"A": [f"echo HALF-DONE > half.txt; {gate.script}", "cat > told.txt"]})
    await gate.reached()
    (first,) = read_attempts(place.root)
    assert first.launcher is not None
    assert processes.kill(first.launcher)
    result = await place.watch(handle)
    assert (result.landed, result.attempts) == (1, 2)
    assert "+HALF-DONE" in place.show("told.txt")
    assert "was ended from outside" in place.show("told.txt")
    assert place.show("half.txt", "refs/headway/r1/A/1") == "HALF-DONE\n"
    with place.store() as store:
        first_, second = store.attempts("r1", "A")
    assert (first_.outcome, second.cause) == (Outcome.LOST, Cause.LOST)
    place.assert_sound()


async def test_a_worktree_is_kept_while_its_work_cannot_be_made_a_commit_and_free_once_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    Failing(monkeypatch, steps, "take_snapshot", 1)
    handle = place.start({"A": "echo a > a.txt"})
    trouble = await place.until(handle, "ticket.trouble", "A")
    assert "Input/output error" in trouble.data["reason"]
    with place.store() as store:
        assert [slot.state for slot in store.slots() if slot.holder] == [SlotState.KEPT]
    result = await place.watch(handle)
    assert (result.landed, result.attempts) == (1, 1)
    place.assert_sound()


async def test_work_that_could_not_be_made_a_commit_is_taken_by_a_retry_and_not_done_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "TROUBLES", 0)
    failing = Failing(monkeypatch, steps, "take_snapshot", 99)
    result = await place.run({"A": "echo a > a.txt"})
    assert (result.needs_human, result.exit_status) == (1, 3)
    assert "its work is kept" in place.progress("A").reason
    with place.store() as store:
        (slot,) = (slot for slot in store.slots() if slot.state is SlotState.KEPT)
    assert Path(slot.path, "a.txt").read_text() == "a\n"
    failing.left = 0
    place.ask(RequestKind.RETRY, "A")
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)
    place.assert_sound()


async def test_a_new_run_takes_work_out_of_a_worktree_that_an_earlier_one_had_to_keep(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "TROUBLES", 0)
    failing = Failing(monkeypatch, steps, "take_snapshot", 99)
    await place.run({"A": "echo a > a.txt"})
    failing.left = 0
    assert (await place.run({"B": "echo b > b.txt"})).landed == 1
    assert place.show("a.txt", "refs/headway/r1/A/1") == "a\n"
    with place.store() as store:
        attempt = store.attempt("r1", "A", 1)
    assert attempt is not None
    assert attempt.state is AttemptState.COLLECTED
    place.assert_sound()


async def test_a_ticket_whose_worktree_cannot_be_made_holds_none(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "TROUBLES", 1)
    failing = Failing(monkeypatch, WorktreePool, "fill", 99)
    result = await place.run({"A": "echo a > a.txt"})
    assert (result.needs_human, result.attempts) == (1, 0)
    assert "Input/output error; tried 2 times" in place.progress("A").reason
    place.assert_sound()
    failing.left = 0
    place.ask(RequestKind.RETRY, "A")
    assert (await headway.resume_run(place.root)).landed == 1


async def test_a_prompt_that_cannot_be_written_leaves_no_worktree_with_its_ticket(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "TROUBLES", 0)
    Failing(monkeypatch, steps, "write_prompt", 99)
    result = await place.run({"A": "echo a > a.txt"})
    assert result.needs_human == 1
    assert place.progress("A").state is TicketState.NEEDS_HUMAN
    place.assert_sound()


async def test_worktrees_on_a_disk_that_is_not_there_are_not_taken_for_removed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "TROUBLES", 0)
    disk, away = place.folder / "disk", place.folder / "away"
    place.commit("headway.toml", f'[worktrees]\ndirectory = "{disk}"\n')
    gate = place.gate("A")
    handle = place.start({"A": f"echo a > a.txt; {gate.script}"})
    await gate.reached()
    handle.leave()
    await handle
    disk.rename(away)
    gate.open()
    result = await headway.resume_run(place.root)
    assert (result.needs_human, result.attempts) == (1, 1)
    assert "the folder of the worktrees is gone; bring it back" in place.progress("A").reason
    away.rename(disk)
    place.ask(RequestKind.RETRY, "A")
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)
    assert place.show("a.txt") == "a\n"
