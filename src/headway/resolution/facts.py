"""What strategies know: a conflict's sides and surroundings at one moment, gathered by whoever runs them. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headway.config import MechanicalSettings, ResolutionSettings
from headway.nouns import Decision, Priority
from headway.resolution.blobs import Blob
from headway.resolution.effects import Consult, Effect, Mediate, Mediated


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side of a conflict. ``ticket`` may be ``target``: the branch itself, which neither waits nor goes again."""

    ticket: str
    role: str = ""
    priority: Priority = Priority.MEDIUM
    #: Seconds that its agent has spent on the attempt under way, or on the work that waits to land.
    elapsed: float = 0.0
    #: Seconds that it is expected to need still: the median of attempts that ended, less ``elapsed``, at least 0.
    rest: float = 0.0
    #: Which part of its work is in conflict, from 0 to 1: changed files, or lines where they are known.
    share: float = 1.0
    #: Since when it has or wants what the conflict is about; the last rule of order.
    since: float = 0.0
    #: Whether its agent is at work; else its work is done and waits, or is on the target.
    is_running: bool = True
    has_landed: bool = False
    #: How often its work may still be done again.
    redos_left: int = 1
    #: Tickets on the longest chain that waits for it, itself included.
    chain: int = 1
    #: When it must be done, in seconds since the epoch; None where nobody said.
    due: float | None = None
    #: What it is for, and what it changed: for who mediates or is told.
    intent: str = ""
    diff: str = ""

    @property
    def is_target(self) -> bool:
        """Whether it is the branch itself."""
        return self.ticket == TARGET


TARGET = "target"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """What a house has settled for a topic: from its configuration, its ledger or what was learnt."""

    name: str
    topic: str
    choice: str
    #: From 0 to 1.
    confidence: float
    scope: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenFile:
    """A path that git could not merge."""

    path: str
    base: bytes | Blob | None
    left: bytes | Blob | None
    right: bytes | Blob | None
    #: What git wrote there, with ``merge.conflictStyle=diff3``.
    conflicted: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that a strategy may look at, besides the conflict itself. What is unknown is left as it is here."""

    now: float = 0.0
    #: The two sides, the one that was there first at the left; more where more want one resource.
    sides: tuple[Side, ...] = ()
    #: What is wanted (``path:src/a.py``, ``port:8080``, ``memory``); empty where the conflict names none.
    resource: str = ""
    #: Ticket → the parts of the resource that it needs (symbols of a file, ports of a range).
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: What there is of a resource that can be shared by amount, and what each ticket wants.
    capacity: float | None = None
    demands: Mapping[str, float] = field(default_factory=dict)
    #: The decisions that contradict each other, in the order of the sides.
    decisions: tuple[Decision, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    #: What the architect (or a person) wrote down for the topic; empty where nothing is.
    specification: str = ""
    #: ``critical``, ``high``, ``medium``, ``low``, of a question between security and performance.
    risk: str = ""
    #: Who goes before whom already, by dependencies and orders: (first, then).
    before: frozenset[tuple[str, str]] = frozenset()
    #: Whether other tickets wait for a slot, so that one that stands still takes it from them.
    slots_are_wanted: bool = True
    files: tuple[OpenFile, ...] = ()
    settings: ResolutionSettings = field(default_factory=ResolutionSettings)
    #: Whether the result of a merge can be landed now: the later side's work is done.
    can_merge: bool = False
    #: What an agent answered that was asked, in this try.
    answer: str | None = None
    #: What a mediator left, in this try.
    mediated: Mediated | None = None

    def side(self, ticket: str) -> Side | None:
        """The side of a ticket."""
        return next((side for side in self.sides if side.ticket == ticket), None)

    @property
    def mechanical(self) -> MechanicalSettings:
        """Which files are settled by rule."""
        return self.settings.mechanical


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What a strategy decided. It counts once its effects are applied."""

    successful: bool
    message: str
    effects: tuple[Effect, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    #: What must be asked before it can be decided; then ``successful`` says nothing.
    question: Consult | Mediate | None = None


def not_applicable(why: str) -> Ruling:
    """The ruling of a strategy that is not for this conflict."""
    return Ruling(successful=False, message=why)
