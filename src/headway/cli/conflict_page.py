"""Prints one conflict with everything that is known of it: its life, what was tried, and both sides' changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.cli import conflict_text, render
from headway.cli.conflict_text import (
    Standing,
    conflict_json,
    doing,
    kind,
    resolution_json,
    standings,
)
from headway.cli.conflicting import the_conflict
from headway.cli.places import Place, find_place, the_run
from headway.cli.render import put, put_line
from headway.cli.telling import Tone
from headway.cli.text import clock, count, duration, fit, pieces, safe, shorten
from headway.errors import HeadwayError
from headway.nouns import ConflictRecord, ResolutionState

if TYPE_CHECKING:
    from headway.cli.side_by_side import Cell
    from headway.cli.sides import FileSides, Side
    from headway.nouns import Run
    from headway.store.reader import Reader

#: Most rows of one file that are shown side by side.
MOST_ROWS = 300

#: Most characters of a value that a strategy was given.
MOST_VALUE = 500

_TONES = {
    ResolutionState.TRYING: Tone.PLAIN,
    ResolutionState.SUCCEEDED: Tone.GOOD,
    ResolutionState.FAILED: Tone.QUIET,
    ResolutionState.UNDONE: Tone.CARE,
}


def print_conflict(repo: Path, run: str | None, id_: str, *, as_json: bool) -> None:
    """Print one conflict with what was tried and both sides' changes. Raises HeadwayError."""
    place = find_place(repo)
    with place.reader() as reader:
        found = the_run(reader, run)
        record = the_conflict(reader, found, id_)
        tried = reader.resolutions(found.id, record.id)
        asked = [each for each in reader.escalations(found.id) if each.conflict == record.id]
        (standing,) = standings([record], tried, asked)
        chosen = _chosen(reader, found, record)
    seen, files, diffs = _read(place, found, record, chosen, with_diffs=as_json)
    if as_json:
        told = conflict_json(standing) | {"run": found.id, "context": dict(record.conflict.context)}
        told["resolutions"] = [resolution_json(each) for each in standing.resolutions]
        told["changes"] = [_side_json(side, diff) for side, diff in zip(seen, diffs, strict=True)]
        render.print_json(told)
        return
    _print_head(standing)
    _print_tries(standing)
    if seen:
        print()
        _print_sides(seen, files)


def _print_head(each: Standing) -> None:
    record, conflict = each.record, each.record.conflict
    state = conflict_text.STATES[record.state]
    put(f"{record.id}  {state}", conflict_text.TONES.get(record.state, Tone.PLAIN), bold=True)
    put(conflict_text.about(conflict))
    put(f"{kind(record)}, {conflict.severity}{_score(conflict.context)}", Tone.QUIET)
    if conflict.context.get("detail"):
        put(str(conflict.context["detail"]))
    put(f"{_life(record)}", Tone.QUIET)
    if said := doing(each):
        put(f"now: {said}" if not record.state.is_over else said)
    if each.escalation is not None:
        put(f"question: headway escalations {each.escalation.id}")


def _score(context: Mapping[str, Any]) -> str:
    score = context.get("score")
    return f", score {score:.2f}" if isinstance(score, float) and score < 1 else ""


def _life(record: ConflictRecord) -> str:
    parts = [f"seen at {clock(record.formed_at)}"]
    if record.stood_at is not None:
        parts.append(f"stands since {clock(record.stood_at)}")
    if record.ended_at is not None and record.state.is_over:
        parts[-1] = parts[-1].replace("stands since", "stood at")
        parts.append(
            f"over at {clock(record.ended_at)}, after {duration(record.ended_at - record.formed_at)}"
        )
    if record.returns:
        parts.append(f"came back {count(record.returns, 'time')}")
    return ", ".join(parts)


def _print_tries(each: Standing) -> None:
    if not each.resolutions:
        return
    print()
    put("what was tried", bold=True)
    for one in each.resolutions:
        seconds = conflict_text.took(one)
        said = f"{one.number}. {one.strategy}: {one.state.value}{' in ' + seconds if seconds else ''}"
        put(f"{said}{': ' + one.message if one.message else ''}", _TONES[one.state], indent=2, hang=3)
        for name, values in (("given", one.inputs), ("came to", one.result)):
            for number, line in enumerate(_values(values)):
                head = " " * len(name) if number else name
                put(f"{head}  {line}", Tone.QUIET, indent=5, hang=len(name) + 2)


def _values(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        told = re.sub(
            r"\b([0-9a-f]{10})[0-9a-f]{30}\b", r"\1", told
        )  # commits, as short as they are told elsewhere
        yield f"{name}: {shorten(told, MOST_VALUE)}"


def _chosen(reader: Reader, run: Run, record: ConflictRecord) -> list[Side]:
    """Where both sides' changes are; nothing where the conflict is about no file."""
    if not conflict_text.paths(record.conflict.context) or len(record.conflict.involved_agents) != 2:
        return []
    from headway.cli.sides import choose_sides

    return choose_sides(reader, run, record)


def _read(
    place: Place, run: Run, record: ConflictRecord, chosen: list[Side], *, with_diffs: bool
) -> tuple[list[Side], list[FileSides], list[str]]:
    if not chosen:
        return [], [], []
    import asyncio

    from headway.cli.sides import diff_of, read_sides
    from headway.coordination.opening import open_repository

    paths = conflict_text.paths(record.conflict.context)

    async def read() -> tuple[list[Side], list[FileSides], list[str]]:
        git = (await open_repository(place.root)).git
        seen, files = await read_sides(git, run, chosen, paths)
        return seen, files, [diff_of(git, side, paths) for side in seen] if with_diffs else []

    try:
        return asyncio.run(read())
    except HeadwayError as error:
        # The rest is worth telling all the same.
        return (
            [replace(side, why_not=f"cannot be read: {error}") for side in chosen],
            [],
            ["" for _ in chosen],
        )


def _side_json(side: Side, diff: str) -> dict[str, Any]:
    return {
        "side": side.name,
        "attempt": side.attempt.number if side.attempt else None,
        "base": side.base,
        "work": side.work,
        "worktree": str(side.worktree) if side.worktree else None,
        "diff": diff,
        "why_not": side.why_not or None,
    }


def _title(side: Side) -> str:
    if side.why_not:
        return side.name
    number = f" #{side.attempt.number}" if side.attempt and side.attempt.number > 1 else ""
    return f"{side.name}{number}  {side.work[:10] if side.work else 'being written'}"


def _print_sides(seen: Sequence[Side], files: Sequence[FileSides]) -> None:
    """Both sides' changes in two columns that fit the width."""
    from headway.cli.side_by_side import Gap

    columns = (render.columns() - 3) // 2
    _print_pair((_title(seen[0]), "bold"), (_title(seen[1]), "bold"), columns)
    if not files:
        _print_pair((seen[0].why_not, "dim"), (seen[1].why_not, "dim"), columns)
    for file in files:
        print()
        put(file.path, bold=True)
        if any(file.notes):
            _print_pair((file.notes[0], "dim"), (file.notes[1], "dim"), columns)
        for row in file.rows[:MOST_ROWS]:
            if isinstance(row, Gap):
                line = f"─── line {row.line} "
                put_line([(line + "─" * max(0, 2 * columns + 3 - len(line)), "dim")])
            else:
                _print_pair(_styled(row.left), _styled(row.right), columns)
        if len(file.rows) > MOST_ROWS:
            names = " and ".join(f"headway diff {side.name}" for side in seen if side.attempt)
            put(f"… {len(file.rows) - MOST_ROWS} more lines: {names}", Tone.QUIET)


def _styled(cell: Cell | None) -> tuple[str, str]:
    if cell is None:
        return "", ""
    style = {"+": "green", "-": "red", "@": "dim"}.get(cell.mark, "")
    return f"{cell.mark} {cell.text.expandtabs(4)}", style


def _print_pair(left: tuple[str, str], right: tuple[str, str], columns: int) -> None:
    """A row of both columns; what is longer goes on below, under its text."""
    ours, theirs = (_lines(safe(text), columns) for text, _ in (left, right))
    for number in range(max(len(ours), len(theirs))):
        one, two = (lines[number] if number < len(lines) else "" for lines in (ours, theirs))
        put_line([(fit(one, columns), left[1]), (" │ ", "dim"), (two, right[1])])


def _lines(text: str, columns: int) -> list[str]:
    first, *more = pieces(text[2:], columns - 2)
    return [text[:2] + first, *(f"  {each}" for each in more)]
