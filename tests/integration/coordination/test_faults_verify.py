"""What may go wrong with the command that verifies: nothing unverified lands, and no ticket pays for what is not its
fault."""

from benchmarks import processes
from benchmarks.processes import Process

import headway
from headway.agents.claims import read_claim
from headway.nouns import RequestKind, Ticket, TicketState
from tests.integration.coordination.conftest import Place

NO_REDO = "[run]\nredos = 0\n"


def settings(place: Place, text: str) -> None:
    place.commit("headway.toml", text)


async def test_what_fails_is_shown_with_its_command_and_the_work_is_kept(place: Place) -> None:
    settings(place, NO_REDO)
    result = await place.run({"A": "echo a > a.txt"}, verify="exit 7")
    assert (result.needs_human, result.exit_status) == (1, 3)
    with place.store() as store:
        reason = store.progress_of("r1", "A").reason
    assert "`exit 7` left with exit status 7 on the merged tree" in reason
    assert place.show("a.txt", "refs/headway/r1/A/1") == "a\n"
    assert "a.txt" not in place.git("ls-tree", "--name-only", "main").split()
    place.assert_sound()


async def test_what_hangs_is_ended_at_its_limit_with_all_that_it_started(place: Place) -> None:
    settings(place, NO_REDO + '[landing]\nverify_timeout = "1s"\n')
    daemon = "setsid sleep 1000 </dev/null >/dev/null 2>&1 &"
    result = await place.run({"A": "echo a > a.txt"}, verify=f"{daemon} sleep 1000")
    assert result.needs_human == 1
    with place.store() as store:
        assert "was ended at its time limit after 1 s" in store.progress_of("r1", "A").reason
    place.assert_sound()


async def test_what_leaves_daemons_lands_and_they_are_ended(place: Place) -> None:
    daemon = "setsid sleep 1000 </dev/null >/dev/null 2>&1 &"
    assert (await place.run({"A": "echo a > a.txt"}, verify=daemon)).landed == 1
    place.assert_sound()


async def test_what_it_writes_lands_nowhere_and_meets_no_other_verification(place: Place) -> None:
    verify = "test ! -e garbage && echo x > garbage && rm list.txt && git add -A && git commit -qm mine"
    tickets = [Ticket(id="A", title="a"), Ticket(id="B", title="b", depends_on=("A",))]
    result = await place.run({"A": "echo a > a.txt", "B": "echo b > b.txt"}, tickets=tickets, verify=verify)
    assert result.landed == 2
    names = place.git("ls-tree", "--name-only", "main").split()
    assert "list.txt" in names
    assert "garbage" not in names
    assert place.git("log", "--format=%s", "main").count("mine") == 0
    place.assert_sound()


async def test_one_that_is_killed_from_outside_is_done_again_and_costs_no_attempt(place: Place) -> None:
    gate = place.gate("verify")
    handle = place.start({"A": "echo a > a.txt"}, verify=f"{gate.script}; test -f a.txt")
    await gate.reached()
    (claim,) = (place.root / ".git/headway/verifications").rglob("claim.json")
    launcher = read_claim(claim.parent).launcher
    assert processes.kill(Process(pid=launcher.pid, start_time=launcher.start_time))
    gate.open()
    result = await place.watch(handle)
    assert (result.landed, result.attempts) == (1, 1)
    (waits,) = place.told("landing.waits")
    assert "could not be run to its end" in waits.data["reason"]
    place.assert_sound()


async def test_a_tickets_own_command_takes_the_place_of_the_runs(place: Place) -> None:
    settings(place, NO_REDO)
    tickets = [Ticket(id="A", title="a", verify="test -f a.txt"), Ticket(id="B", title="b")]
    plan = {"A": "echo a > a.txt", "B": "echo b > b.txt"}
    result = await place.run(plan, tickets=tickets, verify="test -f never")
    assert (result.landed, result.needs_human) == (1, 1)
    place.show("a.txt")


async def test_a_ticket_that_is_cancelled_while_it_is_verified_does_not_land(place: Place) -> None:
    gate = place.gate("verify")
    handle = place.start({"A": "echo a > a.txt"}, verify=f"{gate.script}; exit 0")
    await gate.reached()
    with place.store() as store:
        store.ask(RequestKind.CANCEL, at=0.0, ticket="A")
    result = await place.watch(handle)
    assert (result.landed, result.cancelled, result.exit_status) == (0, 1, 1)
    assert place.show("a.txt", "refs/headway/r1/A/1") == "a\n"
    assert place.told("request.cancel", "A")
    place.assert_sound()


async def test_a_coordinator_that_leaves_while_it_verifies_ends_that_and_the_next_does_it_again(
    place: Place,
) -> None:
    gate = place.gate("verify")
    handle = place.start({"A": "echo a > a.txt"}, verify=f"{gate.script}; test -f a.txt")
    await gate.reached()
    handle.leave()
    assert (await place.watch(handle)).open == 1
    with place.store() as store:
        assert store.progress_of("r1", "A").state is TicketState.LANDING
    gate.open()
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)
    place.assert_sound()
