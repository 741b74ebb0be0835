"""One coordinator a store: who is too late waits, who was overtaken writes nothing."""

import signal
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.errors import LeaseHeld, LeaseLost
from headway.nouns import Fence, Holder, ProcessId, Run
from headway.store.reader import open_reader
from headway.store.store import Store
from tests.integration.store.nouns_at_hand import PROGRESS, RUN, TICKET
from tests.integration.store.processes import other

PATIENCE = 30.0
SECOND = Holder(host="here", process=ProcessId(boot_id="boot", pid=2, start_time=2), command="headway resume")


def acquire(store: Store, holder: Holder = SECOND, *, now: float, alive: bool = True) -> Fence:
    return store.acquire_lease(holder, now=now, is_alive=lambda _: alive, patience=PATIENCE)


def test_the_second_is_told_who_has_it(store: Store, fence: Fence, holder: Holder) -> None:
    with pytest.raises(LeaseHeld) as raised:
        acquire(store, now=1010.0)
    assert f"process {holder.process.pid} on here (headway run tickets.yaml)" in str(raised.value)
    assert "headway stop" in raised.value.mend


def test_a_refused_one_leaves_the_holder_undisturbed(store: Store, fence: Fence) -> None:
    with pytest.raises(LeaseHeld):
        acquire(store, now=1010.0)
    with store.write(fence) as writer:
        writer.save_run(RUN)
    assert store.runs() == [RUN]


def test_each_lease_has_a_row_and_a_greater_token(store: Store, fence: Fence, holder: Holder) -> None:
    second = acquire(store, now=1001.0, alive=False)
    assert second.token > fence.token
    lease = store.lease()
    assert lease is not None
    assert (lease.holder, lease.acquired_at, lease.released_at) == (SECOND, 1001.0, None)


def test_a_lease_that_was_given_back_can_be_taken(store: Store, fence: Fence) -> None:
    store.release_lease(fence, now=1005.0)
    lease = store.lease()
    assert lease is not None
    assert lease.released_at == 1005.0
    assert acquire(store, now=1006.0).token > fence.token


def test_renewals_keep_a_lease(store: Store, fence: Fence) -> None:
    store.renew_lease(fence, now=1000.0 + PATIENCE)
    with pytest.raises(LeaseHeld):
        acquire(store, now=1001.0 + PATIENCE)


def test_a_holder_that_is_silent_is_overtaken_after_the_patience(store: Store, fence: Fence) -> None:
    with pytest.raises(LeaseHeld):
        acquire(store, now=1000.0 + PATIENCE)
    assert acquire(store, now=1001.0 + PATIENCE).token > fence.token


def test_a_renewal_from_the_future_holds_only_for_the_patience(store: Store, fence: Fence) -> None:
    store.renew_lease(fence, now=9e9)
    with pytest.raises(LeaseHeld):
        acquire(store, now=2000.0)
    with pytest.raises(LeaseHeld):
        acquire(store, now=2000.0 + PATIENCE)
    assert acquire(store, now=2001.0 + PATIENCE).token > fence.token


def test_a_holder_whose_clock_is_ahead_keeps_its_lease_by_renewing(store: Store, fence: Fence) -> None:
    for now in (2000.0, 2020.0, 2040.0, 2060.0):
        store.renew_lease(fence, now=now + 9e6)
        with pytest.raises(LeaseHeld):
            acquire(store, now=now)


def test_who_was_overtaken_writes_nothing(store: Store, fence: Fence) -> None:
    acquire(store, now=1001.0, alive=False)
    before = store.change_counter()
    with pytest.raises(LeaseLost, match="took over"), store.write(fence) as writer:
        writer.save_run(RUN)
    with pytest.raises(LeaseLost):
        store.renew_lease(fence, now=1002.0)
    assert (store.runs(), store.change_counter()) == ([], before)


def test_who_was_overtaken_cannot_give_back_the_others_lease(store: Store, fence: Fence) -> None:
    second = acquire(store, now=1001.0, alive=False)
    store.release_lease(fence, now=1002.0)
    with store.write(second) as writer:
        writer.save_run(RUN)
    lease = store.lease()
    assert lease is not None
    assert lease.released_at is None


def test_who_gave_it_back_writes_nothing(store: Store, fence: Fence) -> None:
    store.release_lease(fence, now=1001.0)
    with pytest.raises(LeaseLost, match="given back"), store.write(fence):
        pass


def test_a_fence_of_another_store_writes_nothing(store: Store) -> None:
    with pytest.raises(LeaseLost), store.write(Fence(token=5)):
        pass


def test_what_an_earlier_coordinator_saved_is_not_taken_for_known(
    store: Store, fence: Fence, url: str
) -> None:
    # The ticket was saved by the first; the second saves another version; the first comes back as the third.
    changed = replace(PROGRESS, ticket=replace(TICKET, title="Another"))
    with store.write(fence) as writer:
        writer.save_progress(PROGRESS)
    with Store.open(url) as second, second.write(acquire(second, now=1001.0, alive=False)) as writer:
        writer.save_progress(changed)
    with store.write(acquire(store, now=1002.0, alive=False)) as writer:
        writer.save_progress(PROGRESS)
    assert store.progress("r1") == [PROGRESS]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["acquire", "renew", "release", "write"]),
            st.integers(0, 3),  # which coordinator
            st.booleans(),  # whether the holder is seen alive
            st.floats(-100.0, 100.0),  # how far the clock goes meanwhile
        ),
        max_size=30,
    )
)
def test_whatever_coordinators_do_only_the_last_to_acquire_ever_writes(
    store: Store, steps: list[tuple[str, int, bool, float]]
) -> None:
    fences: dict[int, Fence] = {}
    holding: Fence | None = None
    now = 1000.0
    store.acquire_lease(SECOND, now=now, is_alive=lambda _: False, patience=0.0)  # of the example before
    for kind, who, alive, passed in steps:
        now += passed
        fence = fences.get(who)
        before = store.events()
        if kind == "acquire":
            try:
                fences[who] = holding = acquire(store, now=now, alive=alive)
            except LeaseHeld:
                assert alive
        elif fence is None:
            continue
        elif kind == "release":
            store.release_lease(fence, now=now)
            holding = None if fence == holding else holding
        elif kind == "renew":
            assert _is_done(lambda: store.renew_lease(fence, now=now)) is (fence == holding)  # noqa: B023
        else:
            assert _is_done(lambda: _write(store, fence)) is (fence == holding)  # noqa: B023
            assert len(store.events()) == len(before) + (fence == holding)


def _write(store: Store, fence: Fence) -> None:
    with store.write(fence) as writer:
        writer.record("run.started", at=1.0, run="r1")


def _is_done(action: Any) -> bool:
    try:
        action()
    except LeaseLost:
        return False
    return True


def test_of_many_processes_that_race_one_wins(url: str) -> None:
    Store.open(url).close()
    code = """
with Store.open(url) as store:
    say("ready")
    hear()
    try:
        say(store.acquire_lease(me, now=1000.0, is_alive=lambda _: True, patience=30.0).token)
    except LeaseHeld:
        say("held")
"""
    with ExitStack() as stack:
        racers = [stack.enter_context(other(url, code)) for _ in range(6)]
        assert [racer.said() for racer in racers] == ["ready"] * 6
        for racer in racers:
            racer.tell()
        assert sorted(racer.said() for racer in racers) == ["1"] + ["held"] * 5


def test_a_process_that_was_presumed_dead_and_comes_back_writes_nothing(url: str) -> None:
    code = """
with Store.open(url) as store:
    fence = store.acquire_lease(me, now=1000.0, is_alive=lambda _: True, patience=30.0)
    with store.write(fence) as writer:
        writer.save_run(run)
    say("at work")
    hear()
    try:
        with store.write(fence) as writer:
            writer.record("run.ended", at=2000.0, run=run.id)
        say("written")
    except LeaseLost:
        say("lost")
"""
    with other(url, code) as first, Store.open(url) as store:
        assert first.said() == "at work"
        first.signal(signal.SIGSTOP)
        second = acquire(store, now=1001.0 + PATIENCE)
        with store.write(second) as writer:
            event = writer.record("run.resumed", at=1031.0, run="r1")
        first.signal(signal.SIGCONT)
        first.tell()
        assert first.said() == "lost"
        assert store.events() == [event]


def test_what_a_killed_process_had_not_committed_is_not_there_and_holds_nobody_up(url: str) -> None:
    code = """
with Store.open(url) as store, store.write(None) as writer:
    writer.save_run(run)
    writer.record("run.started", at=1.0, run=run.id)
    say("in the middle")
    hear()
"""
    with Store.open(url) as store, other(url, code) as writer:
        assert writer.said() == "in the middle"
        writer.kill()
        with store.write(None) as mine:
            mine.save_run(RUN)
        assert (store.runs(), store.events()) == ([RUN], [])


def test_a_reader_reads_while_a_writer_is_in_the_middle(url: str) -> None:
    code = """
with Store.open(url) as store:
    with store.write(None) as writer:
        writer.save_run(run)
        say("in the middle")
        hear()
    say("done")
"""
    with Store.open(url), other(url, code) as writer, open_reader(url, patience=1.0) as reader:
        assert writer.said() == "in the middle"
        assert reader.runs() == []
        writer.tell()
        assert writer.said() == "done"
        assert [type(run) for run in reader.runs()] == [Run]
