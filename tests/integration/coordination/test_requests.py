"""What people ask while a run goes, at whatever moment."""

import asyncio
from pathlib import Path

import pytest

import headway
from headway.agents import process
from headway.coordination import steps
from headway.landing.pool import WorktreePool
from headway.nouns import Exit, Priority, RequestKind, RunState, Ticket, TicketState
from tests.integration.coordination.conftest import Held, Place

#: Long enough for the coordinator to look at requests, which it does every 0.3 s.
A_LOOK = 0.7


async def test_a_ticket_that_waits_is_cancelled_and_what_waits_for_it_is_blocked(place: Place) -> None:
    tickets = [
        Ticket(id="A", title="a", priority=Priority.HIGH),
        Ticket(id="B", title="b"),
        Ticket(id="C", title="c", depends_on=("B",)),
    ]
    gate = place.gate("A")
    plan = {"A": f"{gate.script}; echo a > a.txt", "B": "echo b > b.txt", "C": "echo c > c.txt"}
    handle = place.start(plan, tickets=tickets, agents=1)
    await gate.reached()
    place.ask(RequestKind.CANCEL, "B")
    blocked = await place.until(handle, "ticket.blocked", "C")
    assert blocked.data["reason"] == "waits for B, which will not land"
    gate.open()
    result = await place.watch(handle)
    assert (result.landed, result.cancelled, result.blocked, result.exit_status) == (1, 1, 1, 1)


async def test_a_cancel_counts_where_the_agent_ends_in_the_same_moment(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = process.wait

    async def wait_and_ask(directory: Path) -> Exit:
        exit_ = await wait(directory)
        process.stop(directory, steps.CANCELLED)
        return exit_

    monkeypatch.setattr(process, "wait", wait_and_ask)
    result = await place.run({"A": "echo a > a.txt"})
    assert (result.landed, result.cancelled) == (0, 1)
    assert place.show("a.txt", "refs/headway/r1/A/1") == "a\n"


async def test_a_cancel_counts_while_a_worktree_is_prepared(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, WorktreePool, "fill")
    handle = place.start({"A": "sleep 60"})
    await held.reached()
    place.ask(RequestKind.CANCEL, "A")
    await asyncio.sleep(A_LOOK)
    held.open()
    assert (await place.watch(handle)).cancelled == 1
    place.assert_sound()


async def test_a_cancel_counts_while_work_is_made_a_commit(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, steps, "take_snapshot")
    gate = place.gate("verify")
    handle = place.start({"A": "echo a > a.txt"}, verify=gate.script)
    await held.reached()
    place.ask(RequestKind.CANCEL, "A")
    await asyncio.sleep(A_LOOK)
    held.open()
    result = await place.watch(handle)
    assert (result.landed, result.cancelled) == (0, 1)
    assert place.show("a.txt", "refs/headway/r1/A/1") == "a\n"
    place.assert_sound()


@pytest.mark.parametrize("kind", [RequestKind.DRAIN, RequestKind.KILL])
async def test_no_agent_starts_once_a_stop_was_asked_for_while_its_worktree_was_prepared(
    place: Place, monkeypatch: pytest.MonkeyPatch, kind: RequestKind
) -> None:
    held = Held(monkeypatch, WorktreePool, "fill")
    handle = place.start({"A": "echo a > a.txt"})
    await held.reached()
    place.ask(kind)
    await asyncio.sleep(A_LOOK)
    held.open()
    result = await place.watch(handle)
    assert (result.open, result.attempts, result.state) == (1, 0, RunState.STOPPED)
    assert place.progress("A").state is TicketState.WAITING
    place.assert_sound()
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)


async def test_a_retry_of_what_blocked_others_opens_their_way_again(place: Place) -> None:
    place.commit("headway.toml", "[run]\nattempts = 1\n")
    tickets = [
        Ticket(id="bad", title="x"),
        Ticket(id="after", title="x", depends_on=("bad",)),
        Ticket(id="last", title="x", depends_on=("after",)),
        Ticket(id="other", title="x"),
    ]
    gate = place.gate("other")
    plan = {
        "bad": ["exit 3", "echo 1 > bad.txt"],
        "after": "cat bad.txt > after.txt",
        "last": "cat after.txt > last.txt",
        "other": f"{gate.script}; echo 1 > other.txt",
    }
    handle = place.start(plan, tickets=tickets)
    await gate.reached()
    await place.until(handle, "ticket.blocked", "last")
    place.ask(RequestKind.RETRY, "bad")
    await place.until(handle, "ticket.landed", "bad")
    gate.open()
    assert (await place.watch(handle)).landed == 4
    assert place.show("last.txt") == "1\n"


async def test_what_is_asked_in_the_last_moment_is_done(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last ticket's end and the run's."""
    place.commit("headway.toml", "[run]\nattempts = 1\n")
    save_end = steps.TicketSteps.collect

    async def collect(self: steps.TicketSteps, state: dict) -> dict:
        if self.context.board["A"].attempt == 1:
            place.ask(RequestKind.RETRY, "A")
        return await save_end(self, state)

    monkeypatch.setattr(steps.TicketSteps, "collect", collect)
    monkeypatch.setattr("headway.coordination.requests.LOOK_EVERY", 1000.0)
    assert (await place.run({"A": ["exit 3", "echo a > a.txt"]})).landed == 1


async def test_a_cancel_of_a_ticket_of_a_run_that_has_ended_is_done_by_resume(place: Place) -> None:
    place.commit("headway.toml", "[run]\nredos = 0\n")
    result = await place.run({"A": "echo a > a.txt"}, verify="exit 1")
    assert result.exit_status == 3
    place.ask(RequestKind.CANCEL, "A")
    result = await headway.resume_run(place.root)
    assert (result.cancelled, result.exit_status) == (1, 1)
    with place.store() as store:
        assert store.requests() == []


async def test_what_is_asked_about_no_ticket_of_the_run_is_dropped(place: Place) -> None:
    gate = place.gate("A")
    handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
    await gate.reached()
    place.ask(RequestKind.CANCEL, "Z")
    place.ask(RequestKind.RETRY, "Z")
    await place.until(handle, "request.retry")
    gate.open()
    assert (await place.watch(handle)).landed == 1


async def test_a_ticket_that_is_cancelled_and_tried_again_at_once_keeps_its_place(place: Place) -> None:
    gate = place.gate("A")
    tickets = [Ticket(id="A", title="a", priority=Priority.HIGH), Ticket(id="B", title="b")]
    handle = place.start({"A": f"{gate.script}; echo a > a", "B": "echo b > b"}, tickets=tickets, agents=1)
    await gate.reached()
    place.ask(RequestKind.CANCEL, "B")
    place.ask(RequestKind.RETRY, "B")
    await place.until(handle, "request.retry", "B")
    gate.open()
    assert (await place.watch(handle)).landed == 2
