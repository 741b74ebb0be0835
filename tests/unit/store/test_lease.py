"""Who may have the lease, as a plain decision."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.nouns import Fence, Holder, Lease, ProcessId
from headway.store.lease import Verdict, held, is_newest, judge, lost
from tests.unit.store.strategies import leases

PATIENCE = 30.0
ME = Holder(host="here", process=ProcessId(boot_id="b", pid=2, start_time=2), command="headway resume")
OTHER = Holder(host="here", process=ProcessId(boot_id="b", pid=1, start_time=1), command="headway run t.yaml")
ELSEWHERE = replace(OTHER, host="there")
LEASE = Lease(token=7, holder=OTHER, acquired_at=1000.0, renewed_at=1100.0)


def verdict(lease: Lease | None, now: float, *, alive: bool = True) -> Verdict:
    return judge(lease, ME, now=now, is_alive=lambda _: alive, patience=PATIENCE)


def test_a_lease_that_nobody_has_is_taken() -> None:
    assert verdict(None, 0.0) is Verdict.TAKE


def test_a_lease_that_was_given_back_is_taken() -> None:
    assert verdict(replace(LEASE, released_at=1101.0), 1102.0) is Verdict.TAKE


def test_a_living_holder_that_was_heard_of_keeps_it() -> None:
    assert verdict(LEASE, 1100.0 + PATIENCE) is Verdict.HELD


def test_a_dead_holder_on_this_host_loses_it_at_once() -> None:
    assert verdict(LEASE, 1100.0, alive=False) is Verdict.TAKE


def test_a_living_holder_that_is_silent_loses_it_after_the_patience() -> None:
    assert verdict(LEASE, 1100.1 + PATIENCE) is Verdict.TAKE


def test_whether_a_holder_elsewhere_lives_is_not_asked() -> None:
    def ask(_: Holder) -> bool:
        raise AssertionError("nobody here can know")

    lease = replace(LEASE, holder=ELSEWHERE)
    assert judge(lease, ME, now=1101.0, is_alive=ask, patience=PATIENCE) is Verdict.HELD


def test_a_holder_elsewhere_loses_it_after_the_patience() -> None:
    assert verdict(replace(LEASE, holder=ELSEWHERE), 1100.1 + PATIENCE) is Verdict.TAKE


@given(st.floats(0.001, 1e9))
def test_a_holder_heard_of_in_the_future_counts_as_heard_of_now(ahead: float) -> None:
    now = 1100.0 - ahead
    assert verdict(LEASE, now) is Verdict.HELD_AHEAD
    assert verdict(replace(LEASE, renewed_at=now), now + PATIENCE + 1.0) is Verdict.TAKE


@given(leases, st.floats(-1e12, 1e12), st.booleans())
def test_no_lease_is_held_for_longer_than_the_patience_without_a_sign(
    lease: Lease, now: float, alive: bool
) -> None:
    first = verdict(lease, now, alive=alive)
    if first is Verdict.HELD_AHEAD:
        lease = replace(lease, renewed_at=now)
    assert first is Verdict.TAKE or verdict(lease, now + PATIENCE * 1.001 + 1.0, alive=alive) is Verdict.TAKE


@given(leases)
def test_only_the_newest_lease_that_is_not_given_back_may_write(lease: Lease) -> None:
    assert is_newest(lease, Fence(token=lease.token)) is (lease.released_at is None)
    assert not is_newest(lease, Fence(token=lease.token + 1))
    assert not is_newest(lease, Fence(token=lease.token - 1))
    assert not is_newest(None, Fence(token=lease.token))


@pytest.mark.parametrize("told", ["here", "process 1 ", "headway run t.yaml", "since ", "10 s ago"])
def test_who_has_to_wait_is_told(told: str) -> None:
    assert told in str(held(LEASE, ME, now=1110.0, patience=PATIENCE))


def test_who_has_to_wait_is_told_what_to_do() -> None:
    assert "headway stop" in held(LEASE, ME, now=1110.0, patience=PATIENCE).mend


def test_who_waits_for_another_host_is_told_when_that_counts_as_gone() -> None:
    mend = held(replace(LEASE, holder=ELSEWHERE), ME, now=1110.0, patience=PATIENCE).mend
    assert "there" in mend
    assert "30 s" in mend


def test_who_was_overtaken_is_told_by_whom() -> None:
    assert "process 1 on here took over" in str(lost(LEASE, Fence(token=6)))


@given(leases)
def test_times_that_no_calendar_has_can_be_told(lease: Lease) -> None:
    assert str(held(lease, ME, now=0.0, patience=PATIENCE))
    assert str(lost(lease, Fence(token=lease.token - 1)))
