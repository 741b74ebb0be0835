"""What a conflict says to a person and to a program. Pure.

Not for: where it is read (:mod:`.conflicting`), both sides' changes (:mod:`.sides`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from headway.cli.telling import Tone
from headway.cli.text import count, duration
from headway.nouns import (
    Conflict,
    ConflictRecord,
    ConflictState,
    Escalation,
    Resolution,
    ResolutionState,
)

#: What a person reads for a conflict's state.
STATES = {
    ConflictState.FORMING: "forming",
    ConflictState.STANDING: "standing",
    ConflictState.RESOLVING: "resolving",
    ConflictState.RESOLVED: "resolved",
    ConflictState.ESCALATED: "needs you",
    ConflictState.GONE: "gone",
}

TONES = {
    ConflictState.FORMING: Tone.QUIET,
    ConflictState.STANDING: Tone.CARE,
    ConflictState.RESOLVED: Tone.GOOD,
    ConflictState.ESCALATED: Tone.BAD,
    ConflictState.GONE: Tone.QUIET,
}

OPEN = tuple(state for state in ConflictState if not state.is_over)

#: What is being done about one in a state that says it.
_SAYS = {
    ConflictState.FORMING: "is being written; stands once the files are still",
    ConflictState.STANDING: "nothing yet",
    ConflictState.GONE: "went by itself",
}

#: Whom one looks at first.
_ORDER = (
    ConflictState.ESCALATED,
    ConflictState.RESOLVING,
    ConflictState.STANDING,
    ConflictState.FORMING,
    ConflictState.RESOLVED,
    ConflictState.GONE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A conflict with what was tried and asked about it."""

    record: ConflictRecord
    #: In the order in which they were tried.
    resolutions: tuple[Resolution, ...] = ()
    #: The latest question about it.
    escalation: Escalation | None = None


def standings(
    records: Iterable[ConflictRecord], resolutions: Iterable[Resolution], escalations: Iterable[Escalation]
) -> list[Standing]:
    """A run's conflicts, those first that need somebody."""
    tried: dict[str, list[Resolution]] = {}
    for resolution in resolutions:
        tried.setdefault(resolution.conflict, []).append(resolution)
    asked = {each.conflict: each for each in escalations if each.conflict is not None}
    found = [
        Standing(
            record=record,
            resolutions=tuple(sorted(tried.get(record.id, ()), key=lambda each: each.number)),
            escalation=asked.get(record.id),
        )
        for record in records
    ]
    return sorted(found, key=lambda each: (_ORDER.index(each.record.state), each.record.formed_at))


def paths(context: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths that a conflict is about."""
    listed = context.get("paths")
    more = listed if isinstance(listed, list | tuple) else ()
    return tuple(dict.fromkeys(str(p) for p in (context.get("path"), context.get("other_path"), *more) if p))


def where(context: Mapping[str, Any]) -> str:
    """The place of a conflict in a few words: its file, else what else it is about."""
    found = paths(context)
    if found:
        symbol = context.get("symbol")
        more = f" +{len(found) - 1}" if len(found) > 1 else ""
        return f"{found[0]}{more}{f' ({symbol})' if symbol else ''}"
    names = ("symbol", "topic", "scope", "resource")
    return next((str(context[name]) for name in names if context.get(name)), "")


def about(conflict: Conflict) -> str:
    """``T-1 and T-7 in src/cart.py``."""
    place = where(conflict.context)
    word = "in" if paths(conflict.context) else "about"
    return f"{sides(conflict.involved_agents)}{f' {word} {place}' if place else ''}"


def kind(record: ConflictRecord) -> str:
    """``edit (content)``."""
    type_ = record.conflict.context.get("type")
    return f"{record.conflict.conflict_type} ({type_})" if type_ else record.conflict.conflict_type


def sides(names: Sequence[str]) -> str:
    """``T-1 and T-7``."""
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)


def doing(standing: Standing) -> str:
    """What is being done about it, or was."""
    record, tried = standing.record, standing.resolutions
    asked = standing.escalation
    if record.state is ConflictState.ESCALATED and asked is not None:
        return f"{asked.id} asks you: {asked.question}"
    if record.reason:
        return record.reason
    if record.state is ConflictState.RESOLVING and tried:
        number = f", try {len(tried)}" if len(tried) > 1 else ""
        return f"{tried[-1].strategy} is being tried{number}"
    if record.state is ConflictState.RESOLVED:
        done = [each for each in tried if each.state is ResolutionState.SUCCEEDED]
        return (done[-1].message or f"settled by {done[-1].strategy}") if done else ""
    return _SAYS.get(record.state, "")


def counts(numbers: Mapping[ConflictState, int]) -> str:
    """``2 conflicts need you, 1 is being settled, 3 stand``; empty where none is open."""
    told = {
        ConflictState.ESCALATED: ("needs you", "need you"),
        ConflictState.RESOLVING: ("is being settled", "are being settled"),
        ConflictState.STANDING: ("stands", "stand"),
        ConflictState.FORMING: ("is forming", "are forming"),
    }
    parts = [
        f"{number} {one if number == 1 else many}"
        for state, (one, many) in told.items()
        if (number := numbers.get(state, 0))
    ]
    if not parts:
        return ""
    first, _, rest = parts[0].partition(" ")
    return ", ".join([f"{count(int(first), 'conflict')} {rest}", *parts[1:]])


def took(resolution: Resolution) -> str:
    """How long a try took; empty while it goes on."""
    return duration(resolution.ended_at - resolution.started_at) if resolution.ended_at is not None else ""


def conflict_json(standing: Standing) -> dict[str, Any]:
    """A conflict as the command line's JSON tells it: the keys of ``headway check``, and its life."""
    record, conflict = standing.record, standing.record.conflict
    context = conflict.context
    return {
        "id": record.id,
        "kind": conflict.conflict_type,
        "type": context.get("type"),
        "severity": conflict.severity,
        "sides": list(conflict.involved_agents),
        "path": next(iter(paths(context)), None),
        "paths": list(paths(context)),
        "symbol": context.get("symbol"),
        "detail": str(context.get("detail") or ""),
        "score": context.get("score"),
        "state": record.state,
        "doing": doing(standing),
        "formed_at": record.formed_at,
        "stood_at": record.stood_at,
        "since": record.since,
        "ended_at": record.ended_at,
        "returns": record.returns,
        "tried": len(standing.resolutions),
        "escalation": standing.escalation.id if standing.escalation else None,
    }


def resolution_json(resolution: Resolution) -> dict[str, Any]:
    """One try as JSON."""
    told = asdict(resolution)
    return {key: told[key] for key in told if key not in ("run", "conflict")}
