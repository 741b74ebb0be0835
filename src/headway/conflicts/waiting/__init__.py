"""Who waits for whom: deadlocks, priorities that stand on their head, machines that are promised to too many.

    store's rows → Waiting → WaitGraph → deadlocks, inversions → nouns.Conflict
    kernel's figures → Pressure → compute_conflicts → nouns.Conflict

Everything here decides and nothing acts: what a ticket gives up is a value (:class:`Release`). The rules, with their
figures, are in ``docs/explanation/waiting.md``. Not for: giving out leases in the store, ending agents.
"""

from headway.conflicts.waiting.compute import ComputeLimits, Demand, compute_conflicts, room_for
from headway.conflicts.waiting.drawing import Line, draw_leases, draw_order
from headway.conflicts.waiting.facts import Facts, TicketFacts, facts_of, stakes
from headway.conflicts.waiting.graph import WaitGraph
from headway.conflicts.waiting.leases import Grant, lease
from headway.conflicts.waiting.pressure import Disk, Pressure, PressureReader, Stall
from headway.conflicts.waiting.priorities import Inversion, boosts, inversions
from headway.conflicts.waiting.snapshot import Waiting, read_waiting
from headway.conflicts.waiting.telling import deadlock_conflict, inversion_conflict
from headway.conflicts.waiting.victims import (
    MOST_TIMES,
    Deadlock,
    Release,
    ReleaseOf,
    Victim,
    choose_victim,
    deadlocks,
)
from headway.conflicts.waiting.waits import Cycle, Wait, WaitKind

__all__ = [
    "MOST_TIMES",
    "ComputeLimits",
    "Cycle",
    "Deadlock",
    "Demand",
    "Disk",
    "Facts",
    "Grant",
    "Inversion",
    "Line",
    "Pressure",
    "PressureReader",
    "Release",
    "ReleaseOf",
    "Stall",
    "TicketFacts",
    "Victim",
    "Wait",
    "WaitGraph",
    "WaitKind",
    "Waiting",
    "boosts",
    "choose_victim",
    "compute_conflicts",
    "deadlock_conflict",
    "deadlocks",
    "draw_leases",
    "draw_order",
    "facts_of",
    "inversion_conflict",
    "inversions",
    "lease",
    "read_waiting",
    "room_for",
    "stakes",
]
