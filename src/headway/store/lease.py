"""Who may hold the coordinator's lease: plain decisions. No I/O, no clock.

The fence, not the lease, keeps the store right: whatever is decided here, the one who is overtaken can write nothing
more. So a wrong takeover costs a coordinator that has to leave, never a fact; and a lease that nobody can take costs
a person. Clocks are trusted accordingly: hosts that share a store should agree within the patience.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum

from headway.errors import LeaseHeld, LeaseLost
from headway.nouns import Fence, Holder, Lease


class Verdict(Enum):
    """What becomes of somebody who asks for the lease."""

    #: It is theirs.
    TAKE = "take"
    #: Another has it.
    HELD = "held"
    #: Another has it, and was last heard of in the future: a clock was set back, or differs between hosts. Counts
    #: as heard of just now, or it would hold until that future comes.
    HELD_AHEAD = "held_ahead"


def judge(
    newest: Lease | None, holder: Holder, *, now: float, is_alive: Callable[[Holder], bool], patience: float
) -> Verdict:
    """Whether ``holder`` may have the lease at ``now``.

    A holder on the same host that is not alive has lost it at once. Any other has lost it when nothing was heard of
    it for more than ``patience`` seconds: it hangs, or nobody here can know whether it lives.
    """
    if newest is None or newest.released_at is not None:
        return Verdict.TAKE
    if newest.holder.host == holder.host and not is_alive(newest.holder):
        return Verdict.TAKE
    silent = now - newest.renewed_at
    if silent > patience:
        return Verdict.TAKE
    return Verdict.HELD_AHEAD if silent < 0 else Verdict.HELD


def is_newest(newest: Lease | None, fence: Fence) -> bool:
    """Whether whoever has ``fence`` still holds the lease."""
    return newest is not None and newest.token == fence.token and newest.released_at is None


def held(lease: Lease, holder: Holder, *, now: float, patience: float) -> LeaseHeld:
    """The error for somebody who has to wait."""
    by = lease.holder
    command = f" ({by.command})" if by.command else ""
    what = (
        f"another coordinator has this repository: process {by.process.pid} on {by.host}{command},"
        f" since {_time(lease.acquired_at)}, last heard of {max(0.0, now - lease.renewed_at):.0f} s ago"
    )
    if by.host == holder.host:
        return LeaseHeld(
            what,
            mend="see what it does: headway watch; or have it leave: headway stop; if it hangs, try again when nothing"
            f" was heard of it for {patience:.0f} s",
        )
    return LeaseHeld(
        what,
        mend=f"use it there, or have it leave: headway stop; if {by.host} is gone, try again when nothing was heard of"
        f" it for {patience:.0f} s",
    )


def lost(newest: Lease | None, fence: Fence) -> LeaseLost:
    """The error for somebody who was overtaken."""
    if newest is None or newest.token < fence.token:
        return LeaseLost(f"lease {fence.token} is not in this store", mend="headway resume")
    if newest.token == fence.token:
        return LeaseLost(f"lease {fence.token} was given back", mend="headway resume")
    by = newest.holder
    return LeaseLost(
        f"this coordinator (lease {fence.token}) was presumed dead: process {by.process.pid} on {by.host} took over at"
        f" {_time(newest.acquired_at)} (lease {newest.token})",
        mend="nothing is lost, the other goes on: headway watch",
    )


def _time(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")
    except (ValueError, OverflowError, OSError):
        return f"{at:.0f}"
