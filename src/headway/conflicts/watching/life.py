"""From looks to the records that the store keeps: what becomes of each conflict of a pair. Pure.

A conflict is seen in files that are being written (forming), stands once they are still, and goes when nothing of it
is left. What is being settled, was settled or is a person's question is not touched by a look, except to say that it
is gone. Not for: settling (:mod:`headway.resolution`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headway.conflicts.watching.nouns import Look
from headway.nouns import Conflict, ConflictRecord, ConflictState

#: A look says that these began and stand; the other states are somebody else's to leave.
_OURS = (ConflictState.FORMING, ConflictState.STANDING)


def records(
    known: Sequence[ConflictRecord], look: Look, now: float, *, run: str = ""
) -> list[ConflictRecord]:
    """The records that a look changes, as they are from now on; none where it changes nothing.

    ``known``: records of the run, of any pair; the newest of each conflict. ``run``: the id of the run for conflicts
    that nobody has seen yet; by default that of ``known``.
    """
    run = run or next((record.run for record in known), "")
    by_id = {record.id: record for record in known}
    seen = {conflict.conflict_id: conflict for conflict in look.conflicts}
    changed = []
    for id_, conflict in seen.items():
        stands = id_ not in look.moving
        record = by_id.get(id_)
        after = _new(conflict, run, now, stands) if record is None else _seen(record, conflict, now, stands)
        if after != record:
            changed.append(after)
    changed += [_gone(each, now) for each in _of_pair(by_id.values(), look.sides) if each.id not in seen]
    return [record for record in changed if record is not by_id.get(record.id)]


def _of_pair(records_: Iterable[ConflictRecord], sides: tuple[str, str]) -> list[ConflictRecord]:
    """Those of what a look sees: edits and symbols of these two sides."""
    both = set(sides)
    return [
        record
        for record in records_
        if record.conflict.conflict_type in ("edit", "symbol")
        and set(record.conflict.involved_agents) == both
    ]


def _gone(record: ConflictRecord, now: float) -> ConflictRecord:
    if record.state is ConflictState.GONE:
        return record
    if record.state is ConflictState.RESOLVED:  # how it was settled stays; if it comes back it is seen again
        return replace(record, state=ConflictState.GONE, since=now)
    return replace(record, state=ConflictState.GONE, since=now, ended_at=now, reason="nothing of it is left")


def _new(conflict: Conflict, run: str, now: float, stands: bool) -> ConflictRecord:
    return ConflictRecord(
        run=run,
        conflict=conflict,
        state=ConflictState.STANDING if stands else ConflictState.FORMING,
        formed_at=now,
        since=now,
        stood_at=now if stands else None,
    )


def _seen(record: ConflictRecord, conflict: Conflict, now: float, stands: bool) -> ConflictRecord:
    # When it was seen first is the record's to say; what is known of it is the newest look's.
    conflict = replace(conflict, timestamp=record.conflict.timestamp)
    if record.state is ConflictState.RESOLVED:
        return record
    if record.state is ConflictState.GONE:
        state = ConflictState.STANDING if stands else ConflictState.FORMING
        stood_at = now if stands and record.stood_at is None else record.stood_at
        return replace(
            record,
            conflict=conflict,
            state=state,
            since=now,
            stood_at=stood_at,
            ended_at=None,
            reason="",
            returns=record.returns + 1,
        )
    if record.state is ConflictState.FORMING and stands:
        return replace(
            record,
            conflict=conflict,
            state=ConflictState.STANDING,
            since=now,
            stood_at=record.stood_at if record.stood_at is not None else now,
        )
    if record.state in _OURS:
        return replace(record, conflict=conflict)
    return record
