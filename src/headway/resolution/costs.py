"""What is cheapest for two tickets at work that cannot both be had: counted in agent-seconds that are lost. Pure.

``e`` is what a side has spent, ``r`` what it is expected to need still (the median of attempts less ``e``), ``s`` which
part of its work is in conflict (0 to 1), all of the side that yields; ``R`` is the rest of the side that goes first;
``p`` the chance that the other one does land (:data:`LANDS`).

* *go on*: both finish; the one that lands second is done again where they overlap: ``p · redo(e + r)``, where
  ``redo(t) = max(s, LEAST_REDO) · t`` (an agent that goes again reads its ticket and the code again, whatever it
  changes);
* *tell*: it hears of the other side's work and follows it, or does not (:data:`HEARS`): what it has written of the
  overlap is written again, ``HEARS · p · s · e + (1 - HEARS) · go on``;
* *wait*: it stands still for ``R``, which takes a slot from others where they want one, then works the overlap in:
  ``p · s · e + R`` (or without ``R`` where no slot is wanted);
* *from the other's work*: it is stopped and goes again at once from what the other has written: ``e``, and once more
  what the other still changes, ``s · r · R / (R + r)``;
* *behind*: it is stopped and starts when the other has landed: ``e``. No slot is held meanwhile.

A side never yields to one of lower priority. Between equals, the one yields that has spent less. A ticket that is not
running has nothing to stop; the target never yields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from headway.resolution.facts import Facts, Side

#: Chance that a ticket at work does land. Not measured.
LANDS = 0.9

#: Chance that an agent that is told follows what it is told. Not measured.
HEARS = 0.5

#: The least part of a run that doing it again takes.
LEAST_REDO = 0.25


class Way(StrEnum):
    """What is done about two tickets at work, from the gentlest to the hardest."""

    GO_ON = "go on"
    TELL = "tell"
    WAIT = "wait"
    FROM_OTHERS = "from the other's work"
    BEHIND = "behind"


_HARDNESS = {way: place for place, way in enumerate(Way)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What is cheapest."""

    way: Way
    #: The ticket that yields; the other one goes on in any case.
    yields: str
    first: str
    #: Way → agent-seconds that are expected to be lost.
    costs: Mapping[Way, float]

    @property
    def told(self) -> str:
        """For a person, with the price of each way."""
        prices = ", ".join(f"{way.value} {cost:.0f} s" for way, cost in self.costs.items())
        return f"{self.yields} yields to {self.first}: {self.way.value} ({prices})"


def cheapest(facts: Facts) -> Choice | None:
    """The cheapest way for the two sides; None where neither may yield (both are the target, or there are not two)."""
    if len(facts.sides) != 2:
        return None
    first, later = in_order(*facts.sides)
    if later.is_target:
        return None
    costs = prices(first, later, slots_are_wanted=facts.slots_are_wanted)
    way = min(costs, key=lambda each: (round(costs[each], 6), _HARDNESS[each]))
    return Choice(way=way, yields=later.ticket, first=first.ticket, costs=costs)


def in_order(left: Side, right: Side) -> tuple[Side, Side]:
    """(who goes first, who yields): what has landed, then priority, then who has spent more, then who was first."""

    def key(side: Side) -> tuple[bool, bool, int, bool, float, float, str]:
        done = not side.is_running
        return (
            not side.is_target,
            not side.has_landed,
            -side.priority,
            not done,
            -side.elapsed,
            side.since,
            side.ticket,
        )

    first, later = sorted((left, right), key=key)
    return first, later


def prices(first: Side, later: Side, *, slots_are_wanted: bool) -> dict[Way, float]:
    """What each way costs that is open to ``later``."""
    lands = 1.0 if first.is_target or first.has_landed else LANDS
    spent, rest, ahead = later.elapsed, later.rest if later.is_running else 0.0, first.rest
    share = min(max(later.share, 0.0), 1.0)
    go_on = lands * max(share, LEAST_REDO) * (spent + rest)
    found = {Way.GO_ON: go_on}
    if later.is_running:
        found[Way.TELL] = HEARS * lands * share * spent + (1 - HEARS) * go_on
        found[Way.WAIT] = lands * share * spent + (ahead if slots_are_wanted else 0.0)
        again = share * rest * ahead / (ahead + rest) if ahead + rest > 0 else 0.0
        found[Way.FROM_OTHERS] = spent + again
        found[Way.BEHIND] = spent
        if first.priority < later.priority:  # it landed, or is the target: nothing to wait for
            del found[Way.WAIT], found[Way.BEHIND]
    return found
