"""What the kernel's figures mean for agents: told once, when it begins and until it ends."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.waiting import (
    ComputeLimits,
    Demand,
    Disk,
    Pressure,
    Stall,
    compute_conflicts,
    room_for,
)
from headway.nouns import Slot, SlotState

GIB = 2**30
IDLE = Pressure(
    at=1.0,
    cores=4.0,
    memory_stall=Stall(),
    cpu_stall=Stall(),
    io_stall=Stall(),
    memory_total=32 * GIB,
    memory_available=24 * GIB,
    load=0.5,
    disks=(Disk(name="worktrees", path="/w", total=200 * GIB, free=100 * GIB, inodes=1000, inodes_free=900),),
    watches=100_000,
    processes_most=1000,
    processes=100,
)


def but(**fields: object) -> Pressure:
    return dataclasses.replace(IDLE, **fields)


def disk(**fields: object) -> Pressure:
    return but(disks=(dataclasses.replace(IDLE.disks[0], **fields),))


def demands(count: int, **fields: object) -> list[Demand]:
    return [Demand(ticket=f"T-{n}", **fields) for n in range(count)]


def told(pressure: Pressure, wanted: list[Demand], **fields: object) -> list[tuple[str, str, str]]:
    found = compute_conflicts(pressure, wanted, **fields)
    return [(c.context["resource"], c.context["type"], c.severity) for c in found]


def test_an_idle_machine_with_agents_that_fit_tells_nothing():
    assert told(IDLE, demands(8, disk=GIB, watches=2000)) == []


@pytest.mark.parametrize(
    ("pressure", "wanted", "expected"),
    [
        (IDLE, demands(17), ("memory", "overcommitment", "medium")),
        (IDLE, demands(32), ("memory", "overcommitment", "high")),
        (but(memory_stall=Stall(full10=10.0)), [], ("memory", "pressure", "high")),
        (but(memory_stall=Stall(some10=26.0)), [], ("memory", "pressure", "high")),
        (but(memory_stall=Stall(full10=45.0)), [], ("memory", "pressure", "critical")),
        (but(memory_available=GIB // 4), [], ("memory", "pressure", "critical")),
        (but(cpu_stall=Stall(some60=95.0), load=20.0), [], ("cpu", "pressure", "low")),
        (IDLE, demands(70, memory=0), ("cpu", "overcommitment", "low")),
        (but(io_stall=Stall(full10=60.0)), [], ("io", "pressure", "low")),
        (disk(free=GIB), [], ("disk:worktrees", "pressure", "high")),
        (disk(free=GIB // 4), [], ("disk:worktrees", "pressure", "critical")),
        (disk(inodes_free=15), [], ("disk:worktrees", "pressure", "high")),
        (IDLE, demands(10, memory=0, disk=11 * GIB), ("disk:worktrees", "overcommitment", "medium")),
        (IDLE, demands(10, memory=0, watches=9500), ("watches", "overcommitment", "medium")),
        (but(processes=950), [], ("processes", "pressure", "high")),
    ],
)
def test_each_kind_is_told(pressure, wanted, expected):
    assert told(pressure, wanted) == [expected]


def test_busy_cpus_that_keep_nobody_waiting_are_no_conflict():
    assert told(but(cpu_stall=Stall(some60=95.0), load=3.0), []) == []
    assert told(but(cpu_stall=Stall(), load=30.0), []) == []


def test_what_agents_have_already_is_not_owed_to_them():
    assert told(IDLE, demands(17, memory_used=GIB)) == []


def test_worktrees_that_lie_idle_for_a_person_are_told():
    slots = [Slot(id=n, path=str(n), state=SlotState.KEPT if n < 3 else SlotState.BUSY) for n in range(5)]
    limits = ComputeLimits(worktrees=6)
    assert told(IDLE, [], limits=limits, slots=slots) == [("worktrees", "overcommitment", "medium")]
    assert told(IDLE, [], limits=limits, slots=slots[3:]) == []


def test_a_conflict_says_what_is_the_matter_and_what_helps():
    [found] = compute_conflicts(IDLE, demands(17))
    assert found.conflict_type == "compute"
    assert found.context["detail"] == "17 agents may still take 26 GiB of memory, and 24 GiB are available"
    assert "--agents" in found.context["mend"]
    assert set(found.involved_agents) == {f"T-{n}" for n in range(17)}


def test_the_id_does_not_depend_on_who_runs_or_how_bad_it_is():
    [one], [other] = compute_conflicts(IDLE, demands(17)), compute_conflicts(but(at=99.0), demands(32))
    assert one.conflict_id == other.conflict_id


def test_a_figure_that_goes_up_and_down_around_its_threshold_is_told_once():
    standing: set[str] = set()
    begun = ended = 0
    for full in (0, 9, 11, 9, 11, 8, 12, 7.1, 6.9, 9, 9.9, 0):
        found = {
            c.conflict_id
            for c in compute_conflicts(but(memory_stall=Stall(full10=full)), [], standing=standing)
        }
        begun += len(found - standing)
        ended += len(standing - found)
        standing = found
    assert (begun, ended) == (1, 1)


figures = st.floats(0, 100)
stalls = st.none() | st.builds(Stall, some10=figures, some60=figures, full10=figures, full60=figures)
sizes = st.none() | st.integers(0, 2**45)
pressures = st.builds(
    Pressure,
    at=st.floats(0, 1e10),
    cores=st.floats(0.01, 512),
    memory_stall=stalls,
    cpu_stall=stalls,
    io_stall=stalls,
    memory_total=sizes,
    memory_available=sizes,
    load=st.none() | st.floats(0, 1e4),
    disks=st.builds(
        lambda total, free, inodes: (
            Disk(name="worktrees", path="/w", total=total, free=free, inodes=inodes, inodes_free=inodes // 3),
        ),
        st.integers(0, 2**45),
        st.integers(0, 2**45),
        st.integers(0, 2**30),
    ),
    watches=sizes,
    processes_most=sizes,
    processes=sizes,
)
wanted = st.lists(
    st.builds(
        Demand,
        ticket=st.sampled_from("ABC"),
        memory=st.integers(0, 2**40),
        memory_used=st.integers(0, 2**40),
        cpu=st.floats(0, 64),
        disk=st.integers(0, 2**40),
        watches=st.integers(0, 2**20),
    ),
    max_size=4,
)


@given(pressures, wanted)
def test_whatever_the_figures_each_conflict_is_told_once_and_what_stands_ends_later_than_it_begins(
    pressure, want
):
    found = compute_conflicts(pressure, want)
    ids = [c.conflict_id for c in found]
    assert len(ids) == len({*ids})
    again = compute_conflicts(pressure, want, standing=ids)
    assert again == found


@given(pressures, wanted)
def test_as_many_as_there_is_room_for_make_no_overcommitment_of_memory(pressure, want):
    one = Demand(ticket="N", memory=GIB)
    room = room_for(pressure, want, one)
    if not room or pressure.memory_available is None:
        return
    more = [*want, *(dataclasses.replace(one, ticket=f"N{n}") for n in range(min(room, 50)))]
    found = compute_conflicts(pressure, more)
    assert not any(
        c.context["resource"] == "memory"
        and c.context["type"] == "overcommitment"
        and c.context["ratio"] > 1.0
        for c in found
    )


def test_there_is_no_room_while_memory_is_short_and_none_is_known_without_figures():
    one = Demand(ticket="N")
    assert room_for(IDLE, [], one) == 15
    assert room_for(but(memory_stall=Stall(full10=20.0)), [], one) == 0
    assert room_for(Pressure(at=0.0), [], one) is None
