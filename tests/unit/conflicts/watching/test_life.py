"""What becomes of conflicts as looks come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.watching import Look, records
from headway.nouns import Conflict, ConflictRecord, ConflictState

S = ConflictState
PAIR = ("T-1", "T-2")


def conflict(name: str, detail: str = "", sides: tuple[str, str] = PAIR) -> Conflict:
    return Conflict(
        conflict_id=name,
        conflict_type="edit",
        involved_agents=sides,
        severity="medium",
        context={"path": name, "detail": detail},
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )


def look(*names: str, moving: tuple[str, ...] = (), sides: tuple[str, str] = PAIR) -> Look:
    found = tuple(conflict(name, sides=sides) for name in names)
    return Look(sides=sides, conflicts=found, moving=frozenset(moving), at=1.0)


def record(name: str, state: ConflictState, **more: object) -> ConflictRecord:
    made = ConflictRecord(run="r1", conflict=conflict(name), state=state, formed_at=1.0, since=1.0)
    return replace(made, **more)  # type: ignore[arg-type]


def only(changed: list[ConflictRecord]) -> ConflictRecord:
    (one,) = changed
    return one


def test_what_is_new_and_moves_forms() -> None:
    assert only(records([], look("a", moving=("a",)), 2.0, run="r1")).state is S.FORMING


def test_what_is_new_and_still_stands() -> None:
    new = only(records([], look("a"), 2.0, run="r1"))
    assert (new.state, new.stood_at, new.run) == (S.STANDING, 2.0, "r1")


def test_what_forms_stands_once_it_is_still() -> None:
    after = only(records([record("a", S.FORMING)], look("a"), 2.0))
    assert (after.state, after.since, after.stood_at) == (S.STANDING, 2.0, 2.0)


def test_one_conflict_that_moves_holds_no_other_up() -> None:
    known = [record("a", S.FORMING), record("b", S.FORMING)]
    assert only(records(known, look("a", "b", moving=("b",)), 2.0)).id == "a"


def test_what_stands_stays_standing_while_its_file_is_written() -> None:
    assert records([record("a", S.STANDING)], look("a", moving=("a",)), 2.0) == []


def test_what_is_no_more_is_gone() -> None:
    after = only(records([record("a", S.STANDING)], look(), 2.0))
    assert (after.state, after.ended_at) == (S.GONE, 2.0)


def test_what_comes_back_keeps_its_id_and_is_counted() -> None:
    after = only(records([record("a", S.GONE, ended_at=1.5)], look("a"), 2.0))
    assert (after.id, after.state, after.returns, after.ended_at) == ("a", S.STANDING, 1, None)


def test_another_pair_is_left_alone() -> None:
    assert records([record("a", S.STANDING)], look(sides=("T-1", "T-3")), 2.0) == []


def test_decisions_are_nothing_that_a_look_sees() -> None:
    decision = replace(conflict("d"), conflict_type="decision")
    assert records([record("d", S.STANDING, conflict=decision)], look(), 2.0) == []


_STATES = st.sampled_from(list(ConflictState))
_KNOWN = st.dictionaries(st.sampled_from("abcd"), _STATES).map(
    lambda states: [record(name, state) for name, state in states.items()]
)


@st.composite
def _looks(draw: st.DrawFn) -> Look:
    names = draw(st.lists(st.sampled_from("abcd"), unique=True))
    moving = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    return look(*names, moving=tuple(moving))


@given(_KNOWN, _looks())
def test_the_same_look_twice_changes_nothing_more(known: list[ConflictRecord], seen: Look) -> None:
    after = {each.id: each for each in known} | {each.id: each for each in records(known, seen, 2.0)}
    assert records(list(after.values()), seen, 3.0) == []


@given(_KNOWN, _looks())
def test_what_is_being_settled_is_touched_only_to_say_that_it_is_gone(
    known: list[ConflictRecord], seen: Look
) -> None:
    settled = {each.id: each for each in known if each.state in (S.RESOLVING, S.RESOLVED, S.ESCALATED)}
    there = {each.conflict_id for each in seen.conflicts}
    for each in records(known, seen, 2.0):
        if each.id in settled:
            assert each.state is S.GONE
            assert each.id not in there


@given(_KNOWN, _looks())
def test_nothing_stands_whose_files_move_and_did_not_stand_before(
    known: list[ConflictRecord], seen: Look
) -> None:
    stood = {each.id for each in known if each.state is S.STANDING}
    for each in records(known, seen, 2.0):
        if each.state is S.STANDING and each.id not in stood:
            assert each.id not in seen.moving


@given(_KNOWN, st.lists(_looks(), max_size=6))
def test_returns_count_the_times_it_came_back_from_gone(
    known: list[ConflictRecord], seen: list[Look]
) -> None:
    after = {each.id: each for each in known}
    returned = dict.fromkeys("abcd", 0)
    for at, each in enumerate(seen):
        for new in records(list(after.values()), each, 2.0 + at):
            before = after.get(new.id)
            if before is not None and before.state is S.GONE:
                returned[new.id] += 1
            after[new.id] = new
    assert all(each.returns == returned[each.id] for each in after.values())
