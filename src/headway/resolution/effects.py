"""What a ruling changes: values that can be kept, applied twice and told, and the Protocol that applies them.

Each effect is something that can be observed afterwards: a lease, an order, a decision of the ledger, a ticket's
priority, an instruction in a worktree, a commit. Pure. Who applies them in a run is the coordinator; what is in the
store alone is applied by :mod:`.ledger`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from headway.nouns import OrderOf, Priority
from headway.resolution.blobs import Blob, Tree


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Which effect of which try this is: the same after a restart, so that an effect that was applied is known."""

    run: str
    conflict: str
    #: Number of the resolution.
    number: int
    #: Place among its effects.
    place: int

    def __str__(self) -> str:
        return f"{self.run}/{self.conflict}/{self.number}/{self.place}"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueLease:
    """The tickets have a resource one after the other, in this order."""

    resource: str
    tickets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """The tickets neither have a resource nor wait for it any more."""

    resource: str
    tickets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """Each ticket has a part of a resource for itself."""

    resource: str
    #: Ticket → names of its parts.
    parts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Boost:
    """A ticket's priority becomes another one."""

    ticket: str
    to: Priority
    was: Priority
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reorder:
    """``first`` goes before ``then``."""

    first: str
    then: str
    of: OrderOf
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unorder:
    """``first`` no longer goes before ``then``."""

    first: str
    then: str
    of: OrderOf


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A decision for the ledger; an empty choice takes an earlier one back."""

    topic: str
    choice: str
    scope: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tell:
    """A ticket's agent is told something: a file in its worktree, a message where it takes messages."""

    ticket: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Redo:
    """A ticket is stopped, its work is kept, and it goes again on what the other side has by then."""

    ticket: str
    reason: str
    #: The ticket whose work it goes again from; None for the target as it is.
    onto: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """A ticket at work stands still until another one is over."""

    ticket: str
    behind: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GoOn:
    """A ticket that stood still goes on."""

    ticket: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Replace:
    """The merge of two sides gets these files, in place of what git could not merge; it passed the audit."""

    #: The ticket whose landing it is; the other side is there already, or lands first.
    ticket: str
    files: Mapping[str, bytes | None]
    #: Path → lines that a rule took the place of.
    superseded: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    #: Commands to be run on the merged tree, each with the paths that it makes anew.
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Effect = QueueLease | Release | Split | Boost | Reorder | Unorder | Rule | Tell | Redo | Wait | GoOn | Replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Consult:
    """A question for an agent; its answer is one of the options, or it is none."""

    question: str
    options: tuple[str, ...]
    #: Longest time that it may take, in seconds.
    timeout: float
    #: Role of who is asked: ``architect``, ``performance``, ``researcher``.
    role: str = "researcher"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mediate:
    """A merge that a neutral agent is to make."""

    prompt: str
    timeout: float
    #: The ticket whose landing it is for.
    ticket: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mediated:
    """What a mediator left behind."""

    #: Its worktree afterwards: the paths in conflict, and those that it changed besides.
    tree: Tree
    #: The last thing that it said.
    said: str = ""
    #: Why there is nothing: it timed out, left with an error, …; empty where there is.
    failed: str = ""


class Effects(Protocol):
    """Applies effects. Each may be called again with the same origin after a kill, and then changes nothing more.

    Errors are raised: the try has failed then, and the next strategy is taken.
    """

    async def queue_lease(self, effect: QueueLease, origin: Origin) -> None: ...
    async def release(self, effect: Release, origin: Origin) -> None: ...
    async def split(self, effect: Split, origin: Origin) -> None: ...
    async def boost(self, effect: Boost, origin: Origin) -> None: ...
    async def order(self, effect: Reorder, origin: Origin) -> None: ...
    async def unorder(self, effect: Unorder, origin: Origin) -> None: ...
    async def rule(self, effect: Rule, origin: Origin) -> None: ...
    async def tell(self, effect: Tell, origin: Origin) -> None: ...
    async def redo(self, effect: Redo, origin: Origin) -> None: ...
    async def wait(self, effect: Wait, origin: Origin) -> None: ...
    async def go_on(self, effect: GoOn, origin: Origin) -> None: ...

    async def replace(self, effect: Replace, origin: Origin) -> str:
        """Make the merged commit of these files, verify it, and hand it on; what it is called (a commit)."""
        ...

    async def consult(self, question: Consult, origin: Origin) -> str | None:
        """The answer of an agent; None where it gave none in time."""
        ...

    async def mediate(self, task: Mediate, origin: Origin) -> Mediated:
        """What came of a mediation."""
        ...


async def apply(effects: Effects, effect: Effect, origin: Origin) -> str | None:
    """Apply one effect; what it brought forth, where that has a name."""
    match effect:
        case QueueLease():
            await effects.queue_lease(effect, origin)
        case Release():
            await effects.release(effect, origin)
        case Split():
            await effects.split(effect, origin)
        case Boost():
            await effects.boost(effect, origin)
        case Reorder():
            await effects.order(effect, origin)
        case Unorder():
            await effects.unorder(effect, origin)
        case Rule():
            await effects.rule(effect, origin)
        case Tell():
            await effects.tell(effect, origin)
        case Redo():
            await effects.redo(effect, origin)
        case Wait():
            await effects.wait(effect, origin)
        case GoOn():
            await effects.go_on(effect, origin)
        case Replace():
            return await effects.replace(effect, origin)
    return None


def inverse(effect: Effect) -> tuple[Effect, ...]:  # noqa: PLR0911 (one kind after the other)
    """What takes an effect back. What was told is taken back by telling; work that was done again stays done."""
    match effect:
        case QueueLease():
            return (Release(resource=effect.resource, tickets=effect.tickets),)
        case Split():
            return tuple(
                Release(resource=f"{effect.resource}#{part}", tickets=(ticket,))
                for ticket, parts in effect.parts.items()
                for part in parts
            )
        case Boost():
            return (Boost(ticket=effect.ticket, to=effect.was, was=effect.to, reason="taken back"),)
        case Reorder():
            return (Unorder(first=effect.first, then=effect.then, of=effect.of),)
        case Rule():
            return (Rule(topic=effect.topic, choice="", scope=effect.scope, reason="taken back"),)
        case Tell():
            return (
                Tell(ticket=effect.ticket, text=f"What you were told does not hold any more: {effect.text}"),
            )
        case Wait():
            return (GoOn(ticket=effect.ticket),)
        case Replace():
            return (Redo(ticket=effect.ticket, reason="the merge of it was taken back"),)
        case _:
            return ()


_KINDS: Mapping[str, type] = {
    each.__name__: each
    for each in (QueueLease, Release, Split, Boost, Reorder, Unorder, Rule, Tell, Redo, Wait, GoOn, Replace)
}


def to_json(effect: Effect) -> dict[str, Any]:
    """An effect as the store keeps it."""
    if isinstance(effect, Replace):
        return {
            "kind": "Replace",
            "ticket": effect.ticket,
            "files": {path: None if text is None else _coded(text) for path, text in effect.files.items()},
            "superseded": {
                path: [_coded(line) for line in lines] for path, lines in effect.superseded.items()
            },
            "commands": {command: list(paths) for command, paths in effect.commands.items()},
        }
    return {"kind": type(effect).__name__, **asdict(effect)}


def from_json(kept: Mapping[str, Any]) -> Effect:
    """The effect that was kept. Raises ValueError for one that this version does not know."""
    fields = {name: value for name, value in kept.items() if name != "kind"}
    kind = _KINDS.get(str(kept.get("kind")))
    if kind is None:
        raise ValueError(f"an effect of the kind {kept.get('kind')!r}")
    if kind is Replace:
        files = fields["files"].items()
        fields["files"] = {path: None if text is None else base64.b64decode(text) for path, text in files}
        superseded = fields["superseded"].items()
        fields["superseded"] = {path: tuple(map(base64.b64decode, lines)) for path, lines in superseded}
        fields["commands"] = {command: tuple(paths) for command, paths in fields["commands"].items()}
    elif kind is Split:
        fields["parts"] = {ticket: tuple(parts) for ticket, parts in fields["parts"].items()}
    elif kind in (QueueLease, Release):
        fields["tickets"] = tuple(fields["tickets"])
    elif kind in (Reorder, Unorder):
        fields["of"] = OrderOf(fields["of"])
    elif kind is Boost:
        fields |= {"to": Priority(fields["to"]), "was": Priority(fields["was"])}
    effect: Effect = kind(**fields)
    return effect


def told(effects: Sequence[Effect]) -> str:
    """What some effects do, for a person."""
    return "; ".join(map(_told, effects))


def _told(effect: Effect) -> str:  # noqa: PLR0911 (one kind after the other)
    match effect:
        case QueueLease():
            return f"{effect.resource}: {', then '.join(effect.tickets)}"
        case Split():
            return f"{effect.resource} is split among {', '.join(effect.parts)}"
        case Boost():
            return f"{effect.ticket} becomes {effect.to.name.lower()}"
        case Reorder():
            return f"{effect.first} goes before {effect.then}"
        case Rule():
            return f"{effect.topic}: {effect.choice or 'open again'}"
        case Tell() | Redo() | Wait() | GoOn():
            words = {Tell: "is told", Redo: "goes again", Wait: "waits", GoOn: "goes on"}
            return f"{effect.ticket} {words[type(effect)]}"
        case Replace():
            return f"{', '.join(effect.files)} merged by rule"
        case _:
            return type(effect).__name__


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def blob_content(value: bytes | Blob | None) -> bytes | None:
    """What stands in a file of a tree."""
    return value.content if isinstance(value, Blob) else value
