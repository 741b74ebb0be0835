"""What a person sees of a run while it goes: a live table on a terminal, plain lines elsewhere, JSON for programs.

A display is fed with events as they are recorded and told the time now and then; it reads how the run stands by
itself. Not for: keeping the run going, signals.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from headway.cli import render, text
from headway.cli.telling import Told, Tone, tell
from headway.coordination.view import Row, RunView
from headway.nouns import Event, RunState, TicketState

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live

#: Least seconds between two drawings of the table, and between two readings of the run behind it.
DRAW_EVERY = 0.25

#: Lines of the terminal that are left to what just happened, above the table.
ROOM_ABOVE = 5

#: Seconds without a line after which plain output says how far the run is.
HEARTBEAT = 60.0

#: In which order the active tickets stand.
_ORDER = {s: n for n, s in enumerate((TicketState.LANDING, TicketState.COLLECTING, TicketState.RUNNING))}


#: What the last line of ``--json`` says of a run.
ENDINGS = {RunState.ENDED: "run.ended", RunState.STOPPED: "run.stopped", RunState.RUNNING: "run.left"}


class OutputGone(Exception):
    """Nobody reads what is printed any more: the terminal was closed, or the program behind the pipe has ended."""


class Display(Protocol):
    """What a person or a program sees of a run."""

    def take(self, event: Event) -> None:
        """Something happened. Raises OutputGone."""
        ...

    def tick(self) -> None:
        """Some time has gone by. Raises OutputGone."""
        ...

    def note(self, line: str) -> None:
        """Something that is no event of the run, for a person. Raises OutputGone."""
        ...

    def end(self, view: RunView) -> None:
        """The run has ended, was stopped or was left. Raises OutputGone."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was. Never raises."""
        ...


def make_display(read: Callable[[], RunView], *, as_json: bool) -> Display:
    """The display that fits standard output. ``read`` says how the run stands."""
    if as_json:
        return JsonDisplay()
    return LiveDisplay(read) if render.is_terminal() else LineDisplay(read)


class JsonDisplay:
    """One JSON object a line; the last one has the sums."""

    def take(self, event: Event) -> None:
        """See :class:`Display`. How it ended is told once, with the sums, by :meth:`end`."""
        if event.kind not in ("run.ended", "run.stopped"):
            _guarded(render.print_json, render.event_json(event))

    def tick(self) -> None:
        """See :class:`Display`."""

    def note(self, line: str) -> None:
        """See :class:`Display`. On standard error: on standard output there is nothing but JSON."""
        _say_on_stderr(line)

    def end(self, view: RunView) -> None:
        """See :class:`Display`."""
        _guarded(render.print_json, ended_json(view))

    def close(self) -> None:
        """See :class:`Display`."""


class LineDisplay:
    """A line for each event that is worth telling; where none is for a minute, one that says how far the run is."""

    def __init__(self, read: Callable[[], RunView], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._last = clock()

    def take(self, event: Event) -> None:
        """See :class:`Display`."""
        told = tell(event)
        if told is not None and event.kind != "run.ended":
            self._print(render.told_line(told))

    def tick(self) -> None:
        """See :class:`Display`."""
        if self._clock() - self._last < HEARTBEAT:
            return
        view = self._read()
        line = ", ".join(x for x in (render.progress_line(view, view.at), render.counts_line(view)) if x)
        self._print(render.told_line(Told(at=view.at, ticket="", text=line)))

    def note(self, line: str) -> None:
        """See :class:`Display`."""
        self._print(text.safe(line))

    def end(self, view: RunView) -> None:
        """See :class:`Display`."""
        for told in summary(view):
            self._print(text.safe(told.text))

    def close(self) -> None:
        """See :class:`Display`."""

    def _print(self, line: str) -> None:
        self._last = self._clock()
        _guarded(print, line, flush=True)


class LiveDisplay:
    """A table of what is under way at the foot of the terminal; what happens is told above it and stays."""

    def __init__(self, read: Callable[[], RunView]) -> None:
        from rich.live import Live

        self._read = read
        self._view: RunView | None = None
        self._stale = True
        self._drawn = 0.0
        self._note = ""
        self._console = render.console()
        self._live: Live = Live(
            self,
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._started = False
        self._over = False

    def take(self, event: Event) -> None:
        """See :class:`Display`."""
        self._stale = True
        told = tell(event)
        if told is not None and told.tone is not Tone.QUIET and event.kind != "run.ended":
            _guarded(self._console.print, render.rich_told(told))
        self._draw()

    def tick(self) -> None:
        """See :class:`Display`."""
        self._draw()

    def note(self, line: str) -> None:
        """See :class:`Display`."""
        if self._over:
            self._print(line, Tone.CARE)
            return
        self._note = line
        self._drawn = 0.0
        self._draw()

    def end(self, view: RunView) -> None:
        """See :class:`Display`."""
        self.close()
        self._over = True
        self._print("", Tone.PLAIN)
        for told in summary(view):
            self._print(told.text, told.tone)

    def close(self) -> None:
        """See :class:`Display`."""
        if self._started:
            self._started = False
            try:
                self._live.stop()
            except OSError as error:
                if not _is_gone(error):
                    raise

    def _print(self, line: str, tone: Tone) -> None:
        from rich.text import Text

        _guarded(self._console.print, Text(text.safe(line), style=render.STYLES[tone]))

    def _draw(self) -> None:
        now = time.monotonic()
        if now - self._drawn < DRAW_EVERY:
            return
        if (
            self._stale
            or self._view is None
            or any(r.progress.state is TicketState.RUNNING for r in self._view.rows)
        ):
            self._view = self._read()
            self._stale = False
        if not self._started:
            self._started = True
            _guarded(self._live.start)
        _guarded(self._live.refresh)
        self._drawn = time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table, the bar and the counts, no higher than the terminal."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        view = self._view
        if view is None:
            return
        now = time.time()
        rows, left_out = rows_that_fit(view, console.size.height)
        narrow = console.size.width < 100
        yield ""
        if rows:
            cells = [render.row_cells(row, now) for row in rows]
            yield from render.table_lines(render.HEAD, cells, console.size.width, right=render.FIGURES)
        if left_out:
            yield render.rich_text(f"… and {left_out} more under way", Tone.QUIET)
        if rows:
            yield ""
        line = render.progress_line(view, now)
        landed, total = view.counts.get(TicketState.LANDED, 0), len(view.rows)
        grid = Table.grid(padding=(0, 2), expand=False)
        bar = ProgressBar(total=max(1, total), completed=landed, width=24 if narrow else 48)
        grid.add_row(bar, render.rich_text(line))
        yield grid
        counts = [x for x in (render.counts_line(view), render.usage_line(view.usage)) if x]
        yield render.rich_text(" · ".join(counts), Tone.QUIET)
        if self._note:
            yield ""
            yield Text(text.safe(self._note), style=render.STYLES[Tone.CARE])


def rows_that_fit(view: RunView, height: int) -> tuple[list[Row], int]:
    """The active tickets for which a terminal of ``height`` lines has room, and how many there are beside them.

    Nearest to the branch first; those of one step in the order in which they came to it, so that a row seldom jumps.
    """
    active = [r for r in view.rows if r.progress.state.is_active]
    active.sort(
        key=lambda r: (_ORDER.get(r.progress.state, len(_ORDER)), r.began_at or 0.0, r.progress.position)
    )
    # Two lines of head, one for what is left out, three empty ones, the bar, the counts, a note of two.
    room = max(1, height - ROOM_ABOVE - 10)
    return active[:room], max(0, len(active) - room)


def ended_json(view: RunView) -> dict[str, Any]:
    """The last line of ``--json``: ``run.ended``; where ``headway resume`` has something to do, ``run.stopped``, or
    ``run.left`` when the coordinator went and left its agents at work."""
    ended = view.run.state is RunState.ENDED
    return {
        "event": ENDINGS[view.run.state],
        "at": view.run.ended_at if ended and view.run.ended_at is not None else view.at,
        "run": view.run.id,
        **view.totals(),
    }


def summary(view: RunView) -> list[Told]:
    """What is said at the end: how many landed, and of each of the others why not and what can be done."""
    landed = view.counts.get(TicketState.LANDED, 0)
    good = landed == len(view.rows)
    redone = max(0, view.attempts - sum(1 for r in view.rows if r.attempts))
    target = render.target_name(view.run.target)
    parts = [
        f"{landed} of {len(view.rows)} landed on {target} in {text.duration(view.seconds())}",
        text.count(view.attempts, "attempt") + (f" ({redone} of them again)" if redone else ""),
        render.usage_line(view.usage),
    ]
    lines = [("; ".join(part for part in parts if part), Tone.GOOD if good else Tone.PLAIN)]
    for row in view.rows:
        state = row.progress.state
        if state.is_over and state is not TicketState.LANDED:
            reason = f": {row.progress.reason}" if row.progress.reason else ""
            lines.append((f"  {row.progress.ticket.id}  {render.STEPS[state]}{reason}", render.TONES[state]))
    hint = _hint(view)
    if hint:
        lines.append((hint, Tone.PLAIN))
    return [Told(at=view.at, ticket="", text=line, tone=tone) for line, tone in lines]


def _hint(view: RunView) -> str:
    """What the user can do next."""
    open_ = sum(1 for r in view.rows if not r.progress.state.is_over)
    if view.run.state is not RunState.ENDED and open_:
        return f"{text.count(open_, 'ticket')} not done yet; to go on: headway resume"
    stuck = next(
        (r for r in view.rows if r.progress.state in (TicketState.NEEDS_HUMAN, TicketState.FAILED)), None
    )
    if stuck is None:
        return ""
    id_ = stuck.progress.ticket.id
    kept = f"its work: headway diff {id_}; " if stuck.progress.state is TicketState.NEEDS_HUMAN else ""
    return f"what {id_}'s agent said: headway logs {id_}; {kept}once more: headway retry {id_}, then headway resume"


def _guarded(call: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    try:
        call(*arguments, **options)
    except OSError as error:
        if _is_gone(error):
            raise OutputGone from error
        raise


def _is_gone(error: OSError) -> bool:
    """EPIPE: the reader of a pipe has ended. EIO: the terminal was closed."""
    return error.errno in (errno.EPIPE, errno.EIO)


def _say_on_stderr(line: str) -> None:
    try:
        os.write(2, f"{text.safe(line)}\n".encode())
    except OSError:
        return  # nobody is there to be told
