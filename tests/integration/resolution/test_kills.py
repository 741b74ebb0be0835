"""A kill between any two steps: the next coordinator comes to the same end, once, with nothing dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.nouns import ConflictState
from headway.resolution.audit import audit

from .runs import BASE, CASES, LEFT, RIGHT, Killed, Scissors, make_run, outcome, settle

#: More steps than any strategy has.
MOST_STEPS = 60


@pytest.mark.parametrize("name", CASES)
async def test_a_kill_between_any_two_steps_changes_nothing_of_the_end(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    whole = tmp_path / "whole"
    url = make_run(whole)
    unhurt = Scissors()
    await settle(url, whole, case, unhurt)
    expected = outcome(url, whole)
    assert 0 < unhurt.steps < MOST_STEPS
    for step in range(unhurt.steps):
        folder = tmp_path / str(step)
        url = make_run(folder)
        with pytest.raises(Killed):
            await settle(url, folder, case, Scissors(at=step))
        await settle(url, folder, case, Scissors())
        assert outcome(url, folder) == expected, f"killed at step {step}"


@pytest.mark.parametrize("name", ["by rule", "consult", "behind", "nobody knows"])
async def test_two_kills_one_after_the_other_neither(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    url = make_run(tmp_path / "whole")
    unhurt = Scissors()
    await settle(url, tmp_path / "whole", case, unhurt)
    expected = outcome(url, tmp_path / "whole")
    for step in range(unhurt.steps):
        folder = tmp_path / str(step)
        url = make_run(folder)
        for at in (step, 1):
            try:
                await settle(url, folder, case, Scissors(at=at))
            except Killed:
                continue
        await settle(url, folder, case, Scissors())
        assert outcome(url, folder) == expected, f"killed at steps {step} and 1"


@pytest.mark.parametrize("name", CASES)
async def test_to_settle_again_what_is_settled_changes_nothing(name: str, tmp_path: Path) -> None:
    url = make_run(tmp_path / "run")
    await settle(url, tmp_path / "run", CASES[name], Scissors())
    first = outcome(url, tmp_path / "run")
    await settle(url, tmp_path / "run", CASES[name], Scissors())
    assert outcome(url, tmp_path / "run") == first


@pytest.mark.parametrize("name", ["by rule", "mediated"])
async def test_what_was_merged_holds_what_both_sides_added(name: str, tmp_path: Path) -> None:
    url = make_run(tmp_path / "run")
    await settle(url, tmp_path / "run", CASES[name], Scissors())
    (merged,) = outcome(url, tmp_path / "run")["merged"]
    (path,) = merged
    assert audit({path: BASE}, {path: LEFT}, {path: RIGHT}, merged) == []


async def test_a_mediator_that_drops_a_line_is_not_believed_and_a_person_is_asked(tmp_path: Path) -> None:
    url = make_run(tmp_path / "run")
    await settle(url, tmp_path / "run", CASES["mediator drops a line"], Scissors())
    seen = outcome(url, tmp_path / "run")
    assert seen["state"] is ConflictState.ESCALATED
    assert seen["merged"] == []
    assert seen["escalations"] == [("E-1", "open")]
