"""How things look: tables, lines, JSON. What others wrote passes through :func:`headway.cli.text.safe` on its way.

On a terminal, tables are drawn with rich, which is imported then; elsewhere they are plain columns, of which nothing
is cut off. Not for: the live screen (:mod:`.live`), what an event says (:mod:`.telling`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from headway.cli import text
from headway.cli.telling import Told, Tone
from headway.cli.text import safe
from headway.nouns import ConflictState, Event, TicketState, Usage

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from headway.coordination.view import Row, RunView

#: rich's style for each tone.
STYLES = {Tone.QUIET: "dim", Tone.PLAIN: "", Tone.GOOD: "green", Tone.CARE: "yellow", Tone.BAD: "bold red"}

#: What a person reads for a ticket's state.
STEPS = {
    TicketState.WAITING: "waiting",
    TicketState.PREPARING: "preparing",
    TicketState.RUNNING: "running",
    TicketState.COLLECTING: "collecting",
    TicketState.LANDING: "landing",
    TicketState.LANDED: "landed",
    TicketState.FAILED: "failed",
    TicketState.NEEDS_HUMAN: "needs you",
    TicketState.BLOCKED: "blocked",
    TicketState.CANCELLED: "cancelled",
}

TONES = {
    TicketState.WAITING: Tone.QUIET,
    TicketState.LANDED: Tone.GOOD,
    TicketState.FAILED: Tone.BAD,
    TicketState.NEEDS_HUMAN: Tone.BAD,
    TicketState.BLOCKED: Tone.CARE,
    TicketState.CANCELLED: Tone.CARE,
}


#: How wide it is drawn where the output is no terminal.
WIDTH = 100

#: No column but the last is wider than this on a terminal.
MOST_COLUMNS = 28


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: data, never markup."""

    text: str
    tone: Tone = Tone.PLAIN


def is_terminal() -> bool:
    """Whether standard output is a terminal that can move its cursor."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def console() -> Console:
    """A console that takes nothing for markup, highlights nothing and replaces no ``:smile:``."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


def print_json(value: Any) -> None:
    """One JSON value on one line, all in ASCII: what a title holds cannot reach a terminal raw."""
    print(json.dumps(value, default=_jsonable), flush=True)


def print_table(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, right: Sequence[str] = ()) -> None:
    """A table on standard output. ``right``: names of the columns that are figures."""
    rows = list(rows)
    if is_terminal():
        screen = console()
        for line in table_lines(head, rows, screen.width, right=right):
            screen.print(line, soft_wrap=True)
        return
    plain = [list(head), *([safe(cell.text) for cell in row] for row in rows)]
    print("\n".join(text.columns(plain)))


def table_lines(
    head: Sequence[str], rows: Sequence[Sequence[Cell]], width: int, *, right: Sequence[str] = ()
) -> list[Text]:
    """The same as lines for a terminal of ``width`` columns; the last column takes the room that is left.

    Laid out by hand: rich's own table takes 20 ms for 40 rows, and a live one is drawn every second.
    """
    from rich.text import Text

    shown = [[safe(cell.text) for cell in row] for row in rows]
    columns = _column_widths(head, shown)
    columns.append(max(8, width - sum(columns) - 2 * len(columns)))
    titles = "  ".join(text.fit(name, n, right=name in right) for name, n in zip(head, columns, strict=True))
    lines = [Text(titles, style="bold"), Text("─" * width, style="dim")]
    for row, contents in zip(rows, shown, strict=True):
        line = Text()
        for cell, content, name, n in zip(row, contents, head, columns, strict=True):
            line.append(text.fit(content, n, right=name in right), STYLES[cell.tone] or None)
            line.append("  ")
        lines.append(line)
    for line in lines:
        line.truncate(width)
    return lines


def width_left(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> int:
    """How many columns of the terminal a table leaves to its last column."""
    widths = _column_widths(head, [[safe(cell.text) for cell in row] for row in rows])
    return columns() - sum(widths) - 2 * len(widths)


def _column_widths(head: Sequence[str], shown: Sequence[Sequence[str]]) -> list[int]:
    """Of all columns but the last."""
    widest = [max(map(text.width, column)) for column in zip(head, *shown, strict=True)]
    return [min(each, MOST_COLUMNS) for each in widest[:-1]]


def columns() -> int:
    """How many columns there are to draw in."""
    return max(40, shutil.get_terminal_size((WIDTH, 24)).columns)


def put(content: str, tone: Tone = Tone.PLAIN, *, bold: bool = False, indent: int = 0, hang: int = 0) -> None:
    """Print data as a paragraph, on a terminal in lines that fit; ``hang``: indent of all but the first besides."""
    told = safe(content)
    if not is_terminal():
        print(" " * indent + told)
        return
    lines = text.wrapped(told, max(20, columns() - indent - hang))
    for number, line in enumerate(lines):
        put_line(
            [(" " * (indent + (hang if number else 0)) + line, f"{'bold ' if bold else ''}{STYLES[tone]}")]
        )


def put_line(parts: Sequence[tuple[str, str]]) -> None:
    """Print one line of (text that is safe, rich's style for it), however long it is."""
    if not is_terminal():
        print("".join(content for content, _ in parts).rstrip())
        return
    from rich.text import Text

    line = Text()
    for content, style in parts:
        line.append(content, style.strip() or None)
    _screen().print(line, soft_wrap=True)


@cache
def _screen() -> Console:
    return console()


def rich_text(content: str, tone: Tone = Tone.PLAIN) -> Text:
    """Data as something that rich draws."""
    from rich.text import Text

    return Text(safe(content), style=STYLES[tone], no_wrap=True, overflow="ellipsis")


def told_line(told: Told) -> str:
    """A sentence about a run as a plain line."""
    about = f"{told.ticket}  " if told.ticket else ""
    return safe(f"{text.clock(told.at)}  {about}{told.text}")


def rich_told(told: Told) -> Text:
    """The same for a terminal."""
    from rich.text import Text

    line = Text(f"{text.clock(told.at)}  ", style="dim")
    if told.ticket:
        line.append(f"{safe(told.ticket)}  ", style="bold")
    return line.append(safe(told.text), style=STYLES[told.tone])


def event_json(event: Event) -> dict[str, Any]:
    """An event as the command line's JSON tells it; its own keys win over those of its data."""
    own: dict[str, Any] = {"event": event.kind, "at": event.at, "run": event.run}
    if event.ticket is not None:
        own["ticket"] = event.ticket
    if event.attempt is not None:
        own["attempt"] = event.attempt
    return own | {key: value for key, value in event.data.items() if key not in own}


HEAD = ("ticket", "step", "agent", "elapsed", "last sign", "files", "")
FIGURES = ("elapsed", "last sign", "files")


def row_cells(row: Row, now: float) -> tuple[Cell, ...]:
    """A ticket of a run as the cells under :data:`HEAD`."""
    state = row.progress.state
    elapsed = row.elapsed(now)
    number = f" #{row.attempts}" if row.attempts > 1 else ""
    last_sign = text.ago(now - row.sign.last_sign) if row.sign else ""
    return (
        Cell(row.progress.ticket.id),
        Cell(STEPS[state], TONES.get(state, Tone.PLAIN)),
        Cell(f"{row.agent}{number}"),
        Cell(text.duration(elapsed) if elapsed is not None else "", Tone.QUIET),
        Cell(last_sign, Tone.QUIET),
        Cell(str(len(row.files) or ""), Tone.QUIET),
        Cell(_about(row), Tone.QUIET),
    )


def _about(row: Row) -> str:
    """What the last column says: what the agent does, else why the ticket is where it is, else its title."""
    if row.sign is not None and row.sign.doing:
        return row.sign.doing
    state = row.progress.state
    if row.progress.reason and state not in (
        TicketState.PREPARING,
        TicketState.COLLECTING,
        TicketState.LANDED,
    ):
        return row.progress.reason
    return row.progress.ticket.title


def counts_line(view: RunView) -> str:
    """``9 running, 2 landing, 14 waiting, 1 needs you``: what is not landed."""
    order = [s for s in TicketState if s is not TicketState.LANDED]
    order.sort(key=lambda s: (not s.is_active, s is TicketState.WAITING))
    return ", ".join(f"{view.counts[s]} {STEPS[s]}" for s in order if view.counts.get(s))


def progress_line(view: RunView, now: float) -> str:
    """``17 of 42 landed · 1m12s · about 40s left``."""
    parts = [
        f"{view.counts.get(TicketState.LANDED, 0)} of {len(view.rows)} landed",
        text.duration(view.seconds(now)),
    ]
    if view.estimate is not None:
        left = view.estimate.seconds - (now - view.at)
        parts.append(f"about {text.duration(left)} left" if left >= 1 else "nearly done")
    return " · ".join(parts)


def usage_line(usage: Usage) -> str:
    """``1.2M tokens in, 34k out, $3.10``; empty where the agents told nothing."""
    parts = []
    if usage.input_tokens or usage.output_tokens:
        parts.append(f"{text.amount(usage.input_tokens)} tokens in, {text.amount(usage.output_tokens)} out")
    if usage.cost:
        parts.append(f"${usage.cost:.2f}")
    return ", ".join(parts)


def target_name(ref: str) -> str:
    """A branch as people write it."""
    return ref.removeprefix("refs/heads/")


def view_json(view: RunView) -> dict[str, Any]:
    """A run as ``status --json`` tells it."""
    coordinator = view.coordinator
    return {
        "run": view.run.id,
        "state": view.run.state,
        "target": view.run.target,
        "base": view.run.base,
        "started_at": view.run.started_at,
        "ended_at": view.run.ended_at,
        **view.totals(),
        "counts": {state.value: view.counts.get(state, 0) for state in TicketState},
        "conflicts": {
            state.value: view.conflicts.get(state, 0) for state in ConflictState if not state.is_over
        },
        "escalations": view.escalations,
        "usage": asdict(view.usage),
        "estimate": asdict(view.estimate) if view.estimate else None,
        "coordinator": (
            {
                "alive": coordinator.alive,
                "host": coordinator.holder.host,
                "pid": coordinator.holder.process.pid,
                "since": coordinator.since,
            }
            if coordinator
            else None
        ),
        "rows": [row_json(row, view.at) for row in view.rows],
    }


def row_json(row: Row, now: float) -> dict[str, Any]:
    """One ticket of it."""
    progress, attempt = row.progress, row.attempt
    return {
        "ticket": progress.ticket.id,
        "title": progress.ticket.title,
        "state": progress.state,
        "reason": progress.reason,
        "since": progress.since,
        "landed": progress.landed,
        "attempts": row.attempts,
        "redos": progress.redos,
        "failures": progress.failures,
        "agent": row.agent or None,
        "elapsed": row.elapsed(now),
        "last_sign": row.sign.last_sign if row.sign else None,
        "doing": row.sign.doing if row.sign else None,
        "cpu_seconds": _cpu_seconds(row),
        "files": list(row.files),
        "work": attempt.work if attempt else None,
        "session": attempt.session if attempt else None,
        "directory": attempt.directory if attempt else None,
        "usage": asdict(row.usage),
    }


def _cpu_seconds(row: Row) -> float | None:
    """CPU seconds of its latest attempt, as far as they are known."""
    if row.sign is not None:
        return row.sign.cpu_seconds
    return row.attempt.exit.cpu_seconds if row.attempt is not None and row.attempt.exit is not None else None


def _jsonable(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
