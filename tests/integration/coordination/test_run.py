"""One run from its tickets to the branch, with real agents, git and store."""

import asyncio
from pathlib import Path

import pytest

import headway
from headway.agents import process
from headway.errors import AgentError, LeaseHeld, RunError
from headway.nouns import Cause, Outcome, RunState, Ticket, TicketState


async def test_each_ticket_lands_once_with_its_trailer(place):
    result = await place.run({"A": "echo a > a.txt", "B": "mkdir b; echo b > b/b.txt"})
    assert (result.landed, result.attempts, result.exit_status) == (2, 2, 0)
    assert (place.show("a.txt"), place.show("b/b.txt")) == ("a\n", "b\n")
    trailers = place.git("log", "--format=%(trailers:key=Headway-Ticket,valueonly,separator=%x2C)", "main")
    assert {"A", "B"} <= set(trailers.split())


async def test_what_is_committed_partly_or_by_the_agent_lands_whole(place):
    plan = {
        "all": "echo 1 > all; git add all; git commit -qm all",
        "partly": "echo 1 > committed; git add committed; git commit -qm part; echo 2 > not-committed",
        "branch": "git checkout -q -b mine; echo 1 > on-branch; git add .; git commit -qm x",
    }
    result = await place.run(plan)
    assert result.landed == 3
    for path in ("all", "committed", "not-committed", "on-branch"):
        place.show(path)


async def test_the_users_clean_copy_moves_along(place):
    await place.run({"A": "echo a > a.txt"})
    assert (place.root / "a.txt").read_text() == "a\n"
    assert place.git("status", "--porcelain") == ""


async def test_a_conflict_is_done_again_on_the_new_base_and_nothing_is_dropped(place):
    again = "grep -q '^A' list.txt && sed -i 's/^A/A and B/' list.txt || { sleep 1; sed -i 's/^line 5$/B/' list.txt; }"
    result = await place.run({"A": "sed -i 's/^line 5$/A/' list.txt", "B": again})
    assert (result.landed, result.attempts) == (2, 3)
    assert "A and B\n" in place.show("list.txt")
    assert [e.ticket for e in place.told("landing.conflict")] == ["B"]
    with place.store() as store:
        assert [a.cause for a in store.attempts("r1", "B")] == [Cause.FIRST, Cause.CONFLICT]


async def test_the_agent_that_goes_again_is_told_what_it_did_and_why(place):
    plan = {
        "A": "sed -i 's/^line 5$/A/' list.txt",
        "B": ["sleep 1; sed -i 's/^line 5$/THE-EARLIER-LINE/' list.txt", "cat > told.txt"],
    }
    assert (await place.run(plan)).landed == 2
    told = place.show("told.txt")
    assert "+THE-EARLIER-LINE" in told
    assert "list.txt" in told


async def test_dependencies_are_landed_before_a_ticket_starts(place):
    tickets = [
        Ticket(id="last", title="last", depends_on=("first",)),
        Ticket(id="first", title="first"),
    ]
    plan = {"first": "echo 1 > first", "last": "cat first > last"}
    assert (await place.run(plan, tickets=tickets)).landed == 2
    assert place.show("last") == "1\n"


async def test_an_agent_that_fails_is_tried_again_and_what_waits_for_it_is_blocked(place):
    tickets = [
        Ticket(id="bad", title="bad"),
        Ticket(id="after", title="after", depends_on=("bad",)),
        Ticket(id="good", title="good"),
    ]
    result = await place.run({"bad": "exit 3", "after": "true", "good": "echo 1 > good"}, tickets=tickets)
    assert (result.landed, result.failed, result.blocked) == (1, 1, 1)
    assert result.exit_status == 1
    assert [e.data["status"] for e in place.told("attempt.ended", "bad")] == [3, 3, 3]


async def test_an_agent_that_fails_with_work_is_shown_to_a_person_with_the_work_kept(place):
    result = await place.run({"A": "echo half > half.txt; exit 1"})
    assert (result.needs_human, result.exit_status) == (1, 3)
    with place.store() as store:
        work = store.attempts("r1", "A")[-1].work
    assert work is not None
    assert place.show("half.txt", "refs/headway/r1/A/3") == "half\n"


async def test_done_without_a_change_is_not_done(place):
    result = await place.run({"A": "true"})
    assert (result.failed, result.landed, result.exit_status) == (1, 0, 1)
    with place.store() as store:
        assert {a.outcome for a in store.attempts("r1", "A")} == {Outcome.NOTHING}


async def test_verification_sees_exactly_the_merged_tree(place):
    plan = {"A": "echo 1 > a", "B": "echo 1 > b"}
    result = await place.run(
        plan, verify="ls > $(mktemp -p ../..); test -f list.txt && git status --porcelain"
    )
    assert result.landed == 2


async def test_what_does_not_pass_verification_never_lands_and_its_output_is_told(place):
    plan = {"A": ["echo broken > a.txt", "grep -q 'BROKEN HERE' && echo whole > a.txt"]}
    verify = "! grep broken a.txt || { echo BROKEN HERE; exit 1; }"
    result = await place.run(plan, verify=verify)
    assert (result.landed, result.attempts) == (1, 2)
    assert place.show("a.txt") == "whole\n"
    assert len(place.told("landing.unverified")) == 1


async def test_a_time_limit_ends_an_agent_and_keeps_its_work(place):
    result = await place.run({"A": "echo part > part; sleep 60"}, timeout=1.5)
    assert result.needs_human == 1
    assert place.show("part", "refs/headway/r1/A/1") == "part\n"


async def test_a_command_that_is_not_there_is_refused_before_anything_starts(place):
    with pytest.raises(AgentError, match="no-such-agent"):
        await headway.start_run(
            [Ticket(id="A", title="A")], repo=place.root, agent_command="no-such-agent {id}"
        )
    assert not (place.root / ".git/headway/attempts").exists()


async def test_a_second_coordinator_is_told_who_holds_the_repository(place):
    first = place.start({"A": "sleep 2; echo a > a"})
    await place.until(first, "attempt.started")
    with pytest.raises(LeaseHeld, match=r"process \d+ on"):
        await place.start({"A": "true"})
    assert (await place.watch(first)).landed == 1


async def test_a_run_that_is_not_over_is_not_forgotten_by_a_new_one(place):
    handle = place.start({"A": "sleep 3; echo a > a"})
    await place.until(handle, "attempt.started")
    handle.leave()
    await handle
    with pytest.raises(RunError, match="r1 is not over"):
        await place.start({"A": "true"})
    assert (await headway.resume_run(place.root)).landed == 1


async def test_agents_outlive_a_coordinator_that_leaves_and_are_found_again(place):
    handle = place.start({"A": "echo $$ >> pids.log; sleep 2; echo a > a", "B": "echo b > b"})
    await place.until(handle, "ticket.landed", "B")
    handle.leave()
    assert (await handle).open == 1
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (2, 2)


async def test_draining_lets_what_runs_finish_and_starts_nothing_new(place):
    handle = place.start({"A": "sleep 1; echo a > a", "B": "echo b > b"}, agents=1)
    await place.until(handle, "attempt.started", "A")
    handle.drain()
    result = await place.watch(handle)
    assert (result.landed, result.open, result.state) == (1, 1, RunState.STOPPED)
    assert (await headway.resume_run(place.root)).landed == 2


async def test_killing_a_run_keeps_the_work_and_leaves_its_tickets_open(place):
    handle = place.start({"A": "echo half > half; sleep 60", "B": "sleep 60"})
    await place.until(handle, "attempt.started", "B")
    await asyncio.sleep(0.5)
    handle.kill()
    result = await place.watch(handle)
    assert (result.open, result.state) == (2, RunState.STOPPED)
    assert place.show("half", "refs/headway/r1/A/1") == "half\n"


async def test_a_new_run_salvages_what_an_abandoned_one_left(place):
    handle = place.start({"A": "echo precious > precious; sleep 60"})
    await place.until(handle, "attempt.started")
    await asyncio.sleep(0.5)
    handle.leave()
    await handle
    with place.store() as store:
        from dataclasses import replace

        run = store.run("r1")
        with store.write(None) as writer:
            writer.save_run(replace(run, state=RunState.STOPPED))
    assert (await place.run({"B": "echo b > b"})).landed == 1
    assert place.show("precious", "refs/headway/r1/A/1") == "precious\n"


async def test_what_a_user_edits_is_never_overwritten_and_the_landing_waits(place):
    handle = place.start({"A": "sed -i 's/^line 5$/A/' list.txt"})
    await place.until(handle, "attempt.started")
    (place.root / "list.txt").write_text("the user's own\n")
    await place.until(handle, "landing.waits")
    assert (place.root / "list.txt").read_text() == "the user's own\n"
    place.git("checkout", "-q", "--", "list.txt")
    assert (await place.watch(handle)).landed == 1
    assert "A\n" in (place.root / "list.txt").read_text()


async def test_a_target_that_the_user_moves_meanwhile_is_merged_with(place):
    handle = place.start({"A": "sleep 1; echo a > a"})
    await place.until(handle, "attempt.started")
    (place.root / "mine.txt").write_text("mine\n")
    place.git("add", "mine.txt")
    place.git("commit", "-qm", "mine")
    assert (await place.watch(handle)).landed == 1
    assert (place.show("a"), place.show("mine.txt")) == ("a\n", "mine\n")


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
async def test_each_style_of_landing_leaves_the_same_files(place, style):
    (place.root / "headway.toml").write_text(f'[landing]\nstyle = "{style}"\n')
    place.git("add", ".")
    place.git("commit", "-qm", "settings")
    plan = {
        "A": "echo 1 > one; git add .; git commit -qm one; echo 2 > two; git add .; git commit -qm two",
        "B": "echo b > b",
    }
    assert (await place.run(plan)).landed == 2
    assert {*place.git("ls-tree", "--name-only", "main").split()} >= {"one", "two", "b"}
    merges = place.git("rev-list", "--merges", "--count", "main")
    assert (merges == "2") == (style == "merge")


async def test_no_worktree_of_ours_is_in_the_users_tree_and_fsck_is_clean(place):
    await place.run({"A": "echo a > a"})
    assert {p.name for p in place.root.iterdir()} == {".git", ".gitignore", "list.txt", "a"}
    place.git("fsck", "--strict")


async def test_a_ticket_that_adds_a_large_file_is_shown_to_a_person(place):
    (place.root / "headway.toml").write_text('[landing]\nmax_file_size = "1MB"\n')
    result = await place.run({"A": "head -c 2000000 /dev/zero > big"}, tickets=[Ticket(id="A", title="A")])
    assert result.needs_human == 1
    with place.store() as store:
        assert "big" in store.progress_of("r1", "A").reason
        assert store.progress_of("r1", "A").state is TicketState.NEEDS_HUMAN


async def test_a_store_that_was_lost_is_begun_anew_beside_what_it_left(place):
    """Neither the files of its attempts, nor the refs, nor worktrees whose work nobody took are met again."""
    handle = place.start({"A": "echo one > one; echo $PWD > where.log; sleep 30"})
    started = await place.until(handle, "attempt.started")
    worktree = Path(started.data["worktree"])
    async with asyncio.timeout(20):
        while not (worktree / "one").exists():
            await asyncio.sleep(0.05)
    handle.leave()
    await handle
    (directory,) = (place.root / ".git/headway/attempts/r1/A").iterdir()
    await process.stop_and_wait(directory, "end of the test")
    for path in (place.root / ".git/headway").glob("store.db*"):
        path.rename(path.with_name("lost-" + path.name))

    result = await place.run({"A": "echo two > two"})

    assert (result.run, result.landed) == ("r2", 1)
    assert (worktree / "one").read_text() == "one\n"
