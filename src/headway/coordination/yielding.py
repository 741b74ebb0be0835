"""Which of two tickets in conflict goes again from the other's work, if one does. Pure.

Once a conflict stands, one of the two will be done again in any case: the second to land. To stop it now loses what it
has done so far; to let it go on loses the rest of its run too, unless the conflict goes away by itself. So it is
stopped unless it is nearly done: at ``LIKELY × usual`` or more, with the usual length of a run. One that has been at
work for longer than that twice over is not nearly done: then it is not of the usual kind.

Who yields: the lower priority; of equal priority the one that has lost less, with what it lost by yielding before, so
that nobody yields for ever. Work that is done already (a commit on its way to the target) does not yield.
"""

from __future__ import annotations

from dataclasses import dataclass

from headway.nouns import Priority

#: How likely a conflict of edits that stands is still there at the end. Not measured.
LIKELY = 0.9

#: So often a ticket is stopped at the most; after that whoever lands second goes again.
MOST_YIELDS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """One side of a conflict, as far as it matters who yields."""

    ticket: str
    priority: Priority
    #: Place in the tickets file; the last rule of order.
    position: int
    #: For how long its agent has been at work, in seconds; None where its work is done.
    elapsed: float | None
    #: What it lost by yielding before, in seconds.
    lost: float = 0.0
    #: How often it yielded.
    yields: int = 0


def who_yields(
    left: Contender, right: Contender | None, *, usual: float | None = None
) -> tuple[Contender, Contender | None] | None:
    """(who yields, to whom); None where nobody does. ``right`` None: the target, where the work has landed already.

    ``usual``: how long a run takes, in seconds; None where that is not known yet: then nobody is nearly done.
    """
    contenders = [left] if right is None else [left, right]
    at_work = [each for each in contenders if each.elapsed is not None]
    if not at_work:
        return None
    loser = min(at_work, key=_price)
    winner = next((each for each in contenders if each is not loser), None)
    if winner is not None and winner.elapsed is None and loser.priority > winner.priority:
        return None  # it may land first: what waits to land goes by priority
    if loser.yields >= MOST_YIELDS or _is_nearly_done(loser, usual):
        return None
    return loser, winner


def _price(contender: Contender) -> tuple[int, float, int]:
    assert contender.elapsed is not None
    return contender.priority, contender.elapsed + contender.lost, -contender.position


def _is_nearly_done(contender: Contender, usual: float | None) -> bool:
    assert contender.elapsed is not None
    return usual is not None and LIKELY * usual <= contender.elapsed < 2 * usual
