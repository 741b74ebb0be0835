"""How many contradicting decisions are found, and how many alarms are false: ``python -m benchmarks.decisions``.

The pairs stand in tests/unit/conflicts/decisions/decisions_labelled.jsonl, in three parts: *held back* was written
before there was anything to tell them apart and is not looked at when a rule is changed; *looked at* is what rules are
made from; *written last* was written when the rules stood. Prints a table with
every wrong pair, and the time that a new decision takes against a ledger; ``--json`` prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headway.conflicts.decisions import Ledger, Score, built_in, contradiction
from headway.nouns import CONFLICT_THRESHOLD, Decision

LABELLED = Path(__file__).parents[1] / "tests/unit/conflicts/decisions/decisions_labelled.jsonl"
HALVES = ("looked at", "held back", "written last")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two decisions, and whether they contradict each other."""

    id: str
    half: str
    contradictory: bool
    a: Decision
    b: Decision


@dataclass(kw_only=True)
class Tally:
    """What was said of the pairs of one part."""

    found: int = 0
    missed: list[tuple[Pair, Score]] = field(default_factory=list)
    false: list[tuple[Pair, Score]] = field(default_factory=list)
    clean: int = 0

    @property
    def precision(self) -> float:
        """How many of the alarms are right."""
        return self.found / max(1, self.found + len(self.false))

    @property
    def recall(self) -> float:
        """How many of the contradictions are found."""
        return self.found / max(1, self.found + len(self.missed))


def pairs() -> Iterator[Pair]:
    """All labelled pairs."""
    for line in LABELLED.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        yield Pair(
            id=data["id"],
            half=data["half"],
            contradictory=data["contradictory"],
            a=_decision(data["a"]),
            b=_decision(data["b"]),
        )


def _decision(data: dict[str, Any]) -> Decision:
    return Decision(
        topic=data["topic"],
        choice=data["decision"],
        scope=data["scope"],
        agent=data["agent"],
        ticket=data["ticket"],
    )


def judge(half: str) -> Tally:
    """What is said of the pairs of one part."""
    tally = Tally()
    for pair in pairs():
        if pair.half != half:
            continue
        score = contradiction(pair.a, pair.b, built_in())
        alarm = score.score >= CONFLICT_THRESHOLD
        if alarm and pair.contradictory:
            tally.found += 1
        elif alarm:
            tally.false.append((pair, score))
        elif pair.contradictory:
            tally.missed.append((pair, score))
        else:
            tally.clean += 1
    return tally


def made_up(count: int, seed: int = 1) -> list[Decision]:
    """Decisions as many agents would record them, over all topics of the catalogue."""
    rng = random.Random(seed)
    topics = [topic for topic in built_in().topics.values() if topic.choices]
    before = ("", "use ", "we take ", "keep ", "move to ", "stay with ")
    after = ("", " everywhere", " for now", ", it is known", ", measured")
    scopes = ["", "billing", "shop", *(f"src/{a}/{b}" for a in "abcdefghij" for b in ("api", "db", "x.py"))]
    found = []
    for n in range(count):
        topic = rng.choice(topics)
        choice = rng.choice(before) + rng.choice(list(topic.choices)) + rng.choice(after)
        scope = rng.choice(scopes)
        found.append(
            Decision(topic=topic.name, choice=choice, scope=scope, ticket=f"T-{n}", at=float(n), id=n)
        )
    return found


def seconds_against(count: int, looks: int = 200) -> list[float]:
    """What each of some new decisions takes against a ledger, reading it included; in order."""
    decisions = made_up(count + looks)
    ledger = Ledger(decisions[:count])
    taken = []
    for each in decisions[count:]:
        begin = time.perf_counter()
        ledger.against(each)
        taken.append(time.perf_counter() - begin)
    return sorted(taken)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object, without the wrong pairs")
    told: dict[str, Any] = {}
    options = parser.parse_args(arguments)
    for half in HALVES:
        tally = judge(half)
        told[half] = {
            "pairs": tally.found + tally.clean + len(tally.missed) + len(tally.false),
            "precision": round(tally.precision, 3),
            "recall": round(tally.recall, 3),
        }
        if not options.json:
            print(f"{half}: {told[half]}")
            for kind, wrong in (("missed", tally.missed), ("false", tally.false)):
                for pair, score in wrong:
                    print(f"  {kind} {pair.id} ({score.score:.2f} {score.why})")
                    for each in (pair.a, pair.b):
                        print(f"    {each.topic}: {each.choice} [{each.scope}]")
    for count in (1000, 10_000):
        taken = seconds_against(count)
        told[f"against {count}"] = {
            "median_ms": round(taken[len(taken) // 2] * 1000, 2),
            "p99_ms": round(taken[int(len(taken) * 0.99) - 1] * 1000, 2),
        }
        if not options.json:
            print(f"a new decision against {count:,}: {told[f'against {count}']}")
    if options.json:
        print(json.dumps({"decisions": told}))


if __name__ == "__main__":
    main()
