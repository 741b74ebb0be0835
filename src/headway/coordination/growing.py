"""Which worktree the next one who waits gets, and when the pool grows: a plain function, without I/O.

Not for: who has which worktree (:mod:`.slots`), who may start (:mod:`.decide`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: In place of a worktree's number: one more is to be filled. Worktrees are numbered from 1.
ANOTHER = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolNow:
    """A snapshot of the pool."""

    #: Worktrees that nobody has → the commit that they stand at, if that is known.
    free: Mapping[int, str | None]
    #: How many there are, but those that are kept for a person.
    count: int
    #: How many there may be.
    most: int
    #: How many are being worked on by us at this moment: filled, moved, or their work made a commit.
    in_hands: int
    #: How many of them are filled ahead of need, for whoever comes.
    coming: int
    #: How many wait for one.
    waiting: int
    #: How many can be worked on at once without being in each other's way: one for each core.
    at_once: int


def next_worktree(pool: PoolNow, base: str) -> int | None:
    """The worktree for the next one who needs one at ``base``: a number, :data:`ANOTHER`, or None for waiting.

    One that is free comes first, the cheapest to move: to fill another takes ten times the CPU of moving one that is
    there. So the pool grows only while a core has nothing else of ours to do: while agents work for long and nothing
    ends, it grows to ``most``; where they are quick, what they left is waiting to be collected and to be moved on,
    and to fill another would only lengthen that queue. (200 tickets of 2 s on two cores: 42 worktrees were filled
    and never more than 16 agents at work at once; the fills were a third of all CPU time.)
    """
    if pool.free:
        return min(pool.free, key=lambda number: (pool.free[number] != base, number))
    if pool.count < pool.most and pool.in_hands < pool.at_once and pool.waiting > pool.coming:
        return ANOTHER
    return None
