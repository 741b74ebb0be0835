"""Prints a run's conflicts, and finds one of them. Not for: one with everything (:mod:`.conflict_page`)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli import conflict_text, render
from headway.cli.conflict_text import Standing, conflict_json, doing, kind, sides, standings, where
from headway.cli.places import find_place, the_run
from headway.cli.render import Cell
from headway.cli.telling import Tone
from headway.cli.text import count, duration
from headway.errors import RunError
from headway.nouns import ConflictRecord, ConflictState

if TYPE_CHECKING:
    from headway.nouns import Run
    from headway.store.reader import Reader

HEAD = ("conflict", "state", "between", "where", "kind", "for", "")

#: What is left of a terminal's width for the last column, at least; else each conflict has lines of its own.
LEAST_LEFT = 30


def print_conflicts(repo: Path, run: str | None, *, all_: bool, as_json: bool) -> None:
    """Print what stands now; with ``all_`` also what is over. Raises HeadwayError."""
    place = find_place(repo)
    with place.reader() as reader:
        found = the_run(reader, run)
        records = reader.conflicts(found.id)
        listed = standings(records, reader.resolutions(found.id), reader.escalations(found.id))
    over = sum(record.state.is_over for record in records)
    shown = [each for each in listed if all_ or not each.record.state.is_over]
    if as_json:
        told = {"run": found.id, "open": len(records) - over, "over": over}
        render.print_json(told | {"conflicts": [conflict_json(each) for each in shown]})
        return
    render.put(f"run {found.id}: {_counts(records, over, all_=all_)}")
    if not shown:
        return
    print()
    now = time.time()
    rows = [_cells(each, now) for each in shown]
    if render.is_terminal() and render.width_left(HEAD, rows) < LEAST_LEFT:
        _print_blocks(shown, now)
    else:
        render.print_table(HEAD, rows, right=("for",))
    print(f"\n{_hint(shown)}")


def the_conflict(reader: Reader, run: Run, id_: str) -> ConflictRecord:
    """A conflict of a run by its id or the beginning of it. Raises RunError, with the ids that are near to it."""
    import difflib

    exact = reader.conflict(run.id, id_)
    if exact is not None:
        return exact
    known = {record.id: record for record in reader.conflicts(run.id)}
    begin = id_ if id_.startswith("c-") else f"c-{id_}"
    found = [each for each in known if each.startswith(begin)] if len(begin) > len("c-") else []
    if len(found) == 1:
        return known[found[0]]
    if found:
        raise RunError(
            f"{id_} is the beginning of {len(found)} conflicts", mend=f"name one: {', '.join(found[:5])}"
        )
    other = next((each.id for each in reversed(reader.runs()) if reader.conflict(each.id, id_)), None)
    if other is not None:
        raise RunError(f"{id_} is a conflict of run {other}", mend=f"headway conflicts {id_} --run {other}")
    near = difflib.get_close_matches(id_, known, 3, 0.6)
    raise RunError(
        f"run {run.id} has no conflict {id_!r}",
        mend=f"did you mean {' or '.join(near)}?" if near else "see: headway conflicts --all",
    )


def _counts(records: Sequence[ConflictRecord], over: int, *, all_: bool) -> str:
    told = conflict_text.counts(Counter(record.state for record in records)) or "no conflict stands"
    if over:
        told += f", {count(over, 'is', 'are')} over" + ("" if all_ else " (headway conflicts --all)")
    return told


def _hint(shown: Sequence[Standing]) -> str:
    asked = [
        each.escalation
        for each in shown
        if each.escalation is not None and each.record.state is ConflictState.ESCALATED
    ]
    if asked:
        return f"what is asked of you: headway escalations {asked[0].id}"
    return f"one in full: headway conflicts {shown[0].record.id}"


def _cells(each: Standing, now: float) -> tuple[Cell, ...]:
    record = each.record
    tone = conflict_text.TONES.get(record.state, Tone.PLAIN)
    return (
        Cell(record.id),
        Cell(conflict_text.STATES[record.state], tone),
        Cell(sides(record.conflict.involved_agents)),
        Cell(where(record.conflict.context)),
        Cell(kind(record), Tone.QUIET),
        Cell(duration(now - record.since), Tone.QUIET),
        Cell(doing(each), Tone.QUIET),
    )


def _print_blocks(shown: Sequence[Standing], now: float) -> None:
    """Each conflict on lines of its own, for a terminal that a table does not fit into."""
    for number, each in enumerate(shown):
        record = each.record
        if number:
            print()
        tone = conflict_text.TONES.get(record.state, Tone.PLAIN)
        state = f"{conflict_text.STATES[record.state]} for {duration(now - record.since)}"
        render.put(f"{record.id}  {state}", tone, bold=True)
        render.put(f"{conflict_text.about(record.conflict)}, {kind(record)}", indent=2)
        render.put(doing(each), Tone.QUIET, indent=2)
