from __future__ import annotations

import json

import pytest

from headway.nouns import OrderOf, Priority
from headway.resolution.effects import (
    Boost,
    Effect,
    GoOn,
    QueueLease,
    Redo,
    Release,
    Reorder,
    Replace,
    Rule,
    Split,
    Tell,
    Unorder,
    Wait,
    from_json,
    inverse,
    to_json,
    told,
)

ALL: tuple[Effect, ...] = (
    QueueLease(resource="port:80", tickets=("A", "B")),
    Release(resource="port:80", tickets=("A",)),
    Split(resource="a.py", parts={"A": ("f",), "B": ("g", "h")}),
    Boost(ticket="A", to=Priority.CRITICAL, was=Priority.LOW, reason="B waits"),
    Reorder(first="A", then="B", of=OrderOf.LAND, reason="why"),
    Unorder(first="A", then="B", of=OrderOf.START),
    Rule(topic="t", choice="c", scope="s", reason="r"),
    Tell(ticket="A", text="é\udcff"),
    Redo(ticket="A", reason="r", onto="B"),
    Wait(ticket="A", behind="B", reason="r"),
    GoOn(ticket="A"),
    Replace(
        ticket="A", files={"f": b"\xff\0", "g": None}, superseded={"f": (b"x",)}, commands={"make": ("l",)}
    ),
)


@pytest.mark.parametrize("effect", ALL, ids=lambda each: type(each).__name__)
def test_what_is_kept_comes_back_as_it_was(effect: Effect) -> None:
    assert from_json(json.loads(json.dumps(to_json(effect)))) == effect


@pytest.mark.parametrize("effect", ALL, ids=lambda each: type(each).__name__)
def test_every_effect_can_be_told(effect: Effect) -> None:
    assert told([effect])


def test_what_another_version_kept_is_no_effect() -> None:
    with pytest.raises(ValueError, match="Explode"):
        from_json({"kind": "Explode"})


def test_orders_leases_rulings_and_priorities_are_taken_back() -> None:
    assert inverse(ALL[0]) == (Release(resource="port:80", tickets=("A", "B")),)
    assert inverse(ALL[4]) == (Unorder(first="A", then="B", of=OrderOf.LAND),)
    assert inverse(ALL[3]) == (
        Boost(ticket="A", to=Priority.LOW, was=Priority.CRITICAL, reason="taken back"),
    )
    (ruling,) = inverse(ALL[6])
    assert isinstance(ruling, Rule)
    assert ruling.choice == ""
    assert [type(each) for each in inverse(ALL[2])] == [Release, Release, Release]
