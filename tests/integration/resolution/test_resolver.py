"""Each strategy's effect, seen in the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headway.nouns import Conflict, ConflictState, Escalation, Priority, Resolution, ResolutionState
from headway.resolution.facts import Facts, Ruling
from headway.resolution.resolver import Resolver
from headway.resolution.strategies import Strategy
from headway.store.store import Store

from .runs import CASES, RUN, Case, RunLedger, Scissors, make_run, merging, outcome, settle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def url(folder: Path) -> str:
    return make_run(folder)


@pytest.fixture
def ledger(url: str, folder: Path) -> Iterator[RunLedger]:
    with Store.open(url) as store:
        yield RunLedger(store, folder, Scissors())


EXPECTED: dict[str, tuple[str, dict[str, Any]]] = {
    "queue": (
        "queue_access_strategy",
        {"leases": [("port:80", "A", "held"), ("port:80", "B", "waiting")], "notes": ["tell B"]},
    ),
    "boost": ("business_impact_strategy", {"priorities": [Priority.CRITICAL, Priority.MEDIUM]}),
    "split": (
        "resource_splitting_strategy",
        {"leases": [("memory#4", "A", "held"), ("memory#6", "B", "held")]},
    ),
    "reorder": ("business_impact_strategy", {"orders": [("B", "A", "land")]}),
    "consult": (
        "research_consultation_strategy",
        {"decisions": [("session store", "postgres")], "notes": ["tell A"]},
    ),
    "behind": (
        "order_strategy",
        {"orders": [("A", "B", "land"), ("A", "B", "start")], "notes": ["redo B"]},
    ),
    "by rule": ("mechanical_strategy", {"merged": [{"AUTHORS": b"a\nleft\nright\n"}]}),
    "redo": ("redo_strategy", {"notes": ["redo B"], "merged": []}),
    "mediated": ("mediation_strategy", {"merged": [{"a.py": b"a\nleft\nright\n"}]}),
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_what_a_strategy_says_it_did_is_seen(name: str, url: str, folder: Path) -> None:
    await settle(url, folder, CASES[name], Scissors())
    strategy, expected = EXPECTED[name]
    seen = outcome(url, folder)
    assert seen["state"] is ConflictState.RESOLVED
    assert seen["tries"][-1][1:] == (strategy, "succeeded")
    assert {key: seen[key] for key in expected} == expected


async def test_what_no_strategy_settles_is_a_persons_with_all_that_was_tried(ledger: RunLedger) -> None:
    case = CASES["nobody knows"]
    asked = await Resolver(ledger, ledger, ledger.clock).resolve(case.record(), lambda: case.facts)
    assert isinstance(asked, Escalation)
    assert [each["strategy"] for each in asked.package["tried"]] == [
        "order_strategy",
        "split_strategy",
        "mechanical_strategy",
        "redo_strategy",
        "mediation_strategy",
    ]
    assert all(each["message"] for each in asked.package["tried"])


async def test_a_strategy_that_raises_is_kept_as_failed_and_passed_over(ledger: RunLedger) -> None:
    def breaks(conflict: Conflict, facts: Facts) -> Ruling:
        raise ZeroDivisionError("no")

    def works(conflict: Conflict, facts: Facts) -> Ruling:
        return Ruling(successful=True, message="done")

    tried = [Strategy("breaks", breaks), Strategy("works", works)]
    resolver = Resolver(ledger, ledger, ledger.clock, strategies=lambda kind: tried)
    done = await resolver.resolve(CASES["redo"].record(), lambda: CASES["redo"].facts)
    assert isinstance(done, Resolution)
    assert done.strategy == "works"
    first, _ = ledger.resolutions("c-1")
    assert (first.state, first.message) == (ResolutionState.FAILED, "ZeroDivisionError: no")


async def test_an_effect_that_fails_makes_the_next_strategy_tried(ledger: RunLedger) -> None:
    async def refuse(*_: object) -> str:
        raise OSError("verification failed on the merged tree")

    ledger.replace = refuse  # type: ignore[method-assign]
    case = CASES["by rule"]
    done = await Resolver(ledger, ledger, ledger.clock).resolve(case.record(), lambda: case.facts)
    assert isinstance(done, Resolution)
    assert done.strategy == "redo_strategy"


async def test_an_answer_that_does_not_come_in_time_leaves_it_to_a_person(ledger: RunLedger) -> None:
    ledger.answer = None
    case = CASES["consult"]
    asked = await Resolver(ledger, ledger, ledger.clock).resolve(case.record(), lambda: case.facts)
    assert isinstance(asked, Escalation)
    assert ledger.store.decisions() == []


async def test_a_conflict_that_comes_back_is_settled_anew(ledger: RunLedger) -> None:
    resolver = Resolver(ledger, ledger, ledger.clock)
    first = CASES["behind"]
    await resolver.resolve(first.record(), lambda: first.facts)
    back = replace(first.record(), returns=1, state=ConflictState.STANDING)
    ledger.save(None, back)
    facts = merging("AUTHORS")
    done = await resolver.resolve(back, lambda: facts)
    assert isinstance(done, Resolution)
    assert (done.strategy, done.number) == ("mechanical_strategy", 4)


async def test_one_that_went_by_itself_is_left_alone(ledger: RunLedger) -> None:
    case = CASES["redo"]
    ledger.save(None, replace(case.record(), state=ConflictState.GONE))
    assert await Resolver(ledger, ledger, ledger.clock).resolve(case.record(), lambda: case.facts) is None
    assert ledger.resolutions("c-1") == []


@pytest.mark.parametrize("name", ["queue", "split", "boost", "reorder", "consult"])
async def test_what_settled_it_is_taken_back(name: str, url: str, folder: Path) -> None:
    before = outcome(url, folder)
    await settle(url, folder, CASES[name], Scissors())
    with Store.open(url) as store:
        ledger = RunLedger(store, folder, Scissors())
        done = ledger.resolutions("c-1")[-1]
        resolver = Resolver(ledger, ledger, ledger.clock)
        assert await resolver.undo(done)
        undone = ledger.resolutions("c-1")[-1]
        assert undone.state is ResolutionState.UNDONE
        assert await resolver.undo(undone) == ()
    after = outcome(url, folder)
    assert {key: after[key] for key in ("orders", "leases", "priorities")} == {
        key: before[key] for key in ("orders", "leases", "priorities")
    }
    assert [choice for _, choice in after["decisions"]] in ([], ["postgres", ""])


async def test_the_inputs_of_a_try_are_kept(ledger: RunLedger) -> None:
    case: Case = CASES["redo"]
    done = await Resolver(ledger, ledger, ledger.clock).resolve(case.record(), lambda: case.facts)
    assert isinstance(done, Resolution)
    (kept,) = [each for each in ledger.store.resolutions(RUN) if each.state is ResolutionState.SUCCEEDED]
    assert [each["ticket"] for each in kept.inputs["sides"]] == ["A", "B"]
    assert kept.inputs["paths"] == ["a.py"]
    assert kept.result["told"] == "B goes again"
