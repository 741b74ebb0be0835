"""The proofs of a killed run see what they are there to see."""

from pathlib import Path
from typing import Any

from benchmarks.processes import Process
from benchmarks.proofs import all_finished, each_ran_once, never_two_at_once, no_finished_work_again
from benchmarks.records import AttemptRecord


def attempt(number: int, start: float, end: float, **changes: Any) -> AttemptRecord:
    record: dict[str, Any] = {
        "run": "r1",
        "ticket": "A",
        "number": number,
        "directory": Path(str(number)),
        "launcher": Process(pid=10 + number, start_time=1),
        "agent": Process(pid=20 + number, start_time=1),
        "started_at": start,
        "ended_at": end,
        "how": "exited",
        "status": 0,
        "begins": 1,
        "edits": 3,
    }
    return AttemptRecord(**record | changes)


def started(number: int, cause: str) -> dict[str, Any]:
    return {"event": "attempt.started", "ticket": "A", "attempt": number, "cause": cause}


CONFLICT = {"event": "landing.conflict", "ticket": "A", "attempt": 1}


def test_two_agents_of_a_ticket_alive_at_once_are_seen() -> None:
    assert never_two_at_once([attempt(1, 0.0, 2.0), attempt(2, 1.5, 3.0)])


def test_agents_of_two_tickets_may_be_alive_at_once() -> None:
    assert not never_two_at_once([attempt(1, 0.0, 2.0), attempt(2, 1.5, 3.0, ticket="B")])


def test_one_agent_in_two_attempts_is_seen() -> None:
    again = attempt(2, 2.0, 3.0, agent=Process(pid=21, start_time=1))
    assert never_two_at_once([attempt(1, 0.0, 1.0), again])


def test_an_attempt_that_began_twice_is_seen() -> None:
    assert each_ran_once([attempt(1, 0.0, 1.0, begins=2)])


def test_an_attempt_without_an_end_is_seen() -> None:
    assert each_ran_once([attempt(1, 0.0, 1.0, how=None, ended_at=None)])


def test_a_gap_in_the_attempts_is_seen() -> None:
    assert each_ran_once([attempt(2, 0.0, 1.0)])


def test_finished_work_that_is_done_again_without_a_conflict_is_seen() -> None:
    pair = [attempt(1, 0.0, 1.0), attempt(2, 2.0, 3.0)]
    assert no_finished_work_again(pair, [started(1, "first"), started(2, "lost")])
    assert no_finished_work_again(pair, [started(1, "first"), started(2, "conflict")])


def test_finished_work_may_be_done_again_after_a_conflict() -> None:
    pair = [attempt(1, 0.0, 1.0), attempt(2, 2.0, 3.0)]
    assert not no_finished_work_again(pair, [started(1, "first"), CONFLICT, started(2, "conflict")])


def test_an_agent_that_finished_and_wrote_nothing_may_go_again() -> None:
    pair = [attempt(1, 0.0, 1.0, edits=0), attempt(2, 2.0, 3.0)]
    assert not no_finished_work_again(pair, [started(1, "first"), started(2, "failed")])


def test_an_agent_that_was_killed_may_go_again() -> None:
    pair = [attempt(1, 0.0, 1.0, how="lost", status=None), attempt(2, 2.0, 3.0)]
    assert not no_finished_work_again(pair, [started(1, "first"), started(2, "lost")])
    assert all_finished(pair)
