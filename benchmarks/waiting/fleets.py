"""Generated fleets: what tickets want, and who gets in whose way."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from headway.nouns import OrderOf, Priority

#: Names of what only one may have at a time; a port is free when the work is done, a path when it has landed.
RESOURCES = ("path:a.py", "path:b.py", "path:c.py", "path:d.py", "port:8080")


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One ticket, and what its agent does."""

    id: str
    priority: Priority
    depends_on: tuple[str, ...] = ()
    #: How long the agent works, in seconds.
    seconds: float = 60.0
    #: Resource → after how many seconds of work the agent wants it.
    wants: tuple[tuple[float, str], ...] = ()
    #: How long its landing takes.
    verify: float = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordering:
    """Somebody orders two tickets, whatever else holds between them."""

    at: float
    first: str
    then: str
    of: OrderOf


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A ticket waits for a person."""

    at: float
    ticket: str
    answered_after: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """Everything that is known beforehand."""

    jobs: tuple[Job, ...]
    agents: int
    orderings: tuple[Ordering, ...] = ()
    questions: tuple[Question, ...] = ()
    #: Whether the landing queue waits for the one at its head where that is held back, in place of passing it over.
    is_strict: bool = False
    patience: float = 120.0


_PRIORITIES = st.sampled_from([Priority.LOW, Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL])
_TIMES = st.integers(0, 40).map(lambda n: n * 10.0)


@st.composite
def fleets(draw: st.DrawFn, most: int = 10) -> Fleet:
    """Fleets of two to ``most`` tickets."""
    names = [f"T-{n}" for n in range(draw(st.integers(2, most)))]
    crowded = draw(st.sampled_from([False, False, False, True]))  # everybody wants everything, in any order
    jobs = []
    for position, name in enumerate(names):
        count = draw(st.sampled_from([0, 0, 1, 2])) if position else 0
        needs = draw(st.sets(st.sampled_from(names[:position]), max_size=count)) if count else ()
        seconds = draw(st.sampled_from([20.0, 60.0, 150.0, 400.0]))
        some = st.lists(st.sampled_from(RESOURCES), max_size=4, unique=True)
        wanted = draw(st.permutations(RESOURCES) if crowded else some)
        shares = sorted(draw(st.lists(st.integers(0, 9), min_size=len(wanted), max_size=len(wanted))))
        jobs.append(
            Job(
                id=name,
                priority=draw(_PRIORITIES),
                depends_on=tuple(sorted(needs)),
                seconds=seconds,
                wants=tuple((seconds * share / 10, what) for share, what in zip(shares, wanted, strict=True)),
                verify=draw(st.sampled_from([1.0, 30.0, 300.0])),
            )
        )
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda pair: pair[0] != pair[1])
    orderings = [
        Ordering(at=draw(_TIMES), first=first, then=then, of=draw(st.sampled_from(OrderOf)))
        for first, then in draw(st.lists(pairs, max_size=6))
    ]
    questions = [
        Question(at=draw(_TIMES), ticket=name, answered_after=draw(st.sampled_from([30.0, 900.0])))
        for name in draw(st.lists(st.sampled_from(names), max_size=2))
    ]
    return Fleet(
        jobs=tuple(jobs),
        agents=draw(st.sampled_from([1, 2, 3, len(names)])),
        orderings=tuple(orderings),
        questions=tuple(questions),
        is_strict=draw(st.booleans()),
        patience=draw(st.sampled_from([0.0, 30.0, 120.0])),
    )
