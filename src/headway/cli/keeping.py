"""Keeps a run going in this process: shows it, hears signals, and knows when to go.

Ctrl-C, SIGTERM, SIGHUP and a closed terminal never end agents and never lose work: agents outlive their coordinator.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

from headway.cli import detached
from headway.cli.exits import INTERRUPTED
from headway.cli.live import Display, OutputGone, make_display
from headway.cli.places import Place
from headway.coordination.api import RunHandle
from headway.coordination.view import RunView
from headway.errors import HeadwayError
from headway.nouns import Event

#: How often a display is told the time, in seconds. A table of 42 rows costs 10 ms to draw.
TICK = 1.0

DRAINING = (
    "stopping: nothing new starts, what runs may finish; Ctrl-C again to leave the agents at work and go"
)
LEFT = "the coordinator goes, its agents stay at work; headway resume finds them and goes on"


async def keep_going(begin: Callable[[], RunHandle], place: Place, *, as_json: bool) -> int:
    """Begin or resume a run, show it and hear signals until it is over; the exit status."""
    handle = begin()
    with contextlib.ExitStack() as stack:
        show = Show(place, stack, as_json=as_json, gone=lambda: leaving.output_gone())  # noqa: PLW0108 (it is made below)
        leaving = Leaving(handle, show)
        leaving.hear_signals()
        ticking = asyncio.create_task(_tick(show))
        try:
            async for event in handle.events():
                if show.begin(event.run):
                    detached.tell_started(event.run)
                show.take(event)
            result = await handle
        finally:
            ticking.cancel()
        if show.begin(result.run):  # nothing happened: it had ended before
            detached.tell_started(result.run)
        view = show.end()
        if leaving.left:
            show.note(LEFT)
    return INTERRUPTED if leaving.interrupted and not view.is_over else result.exit_status


class Show:
    """What is shown of a run from its first event on, until nobody looks any more."""

    def __init__(
        self, place: Place, stack: contextlib.ExitStack, *, as_json: bool, gone: Callable[[], None]
    ) -> None:
        self._place = place
        self._stack = stack
        self._as_json = as_json
        self._gone = gone
        self._display: Display | None = None
        self._read: Callable[[], RunView] | None = None

    def begin(self, run_id: str) -> bool:
        """Show this run; False where it is shown already."""
        if self._read is not None:
            return False
        reader = self._stack.enter_context(self._place.reader())

        def read() -> RunView:
            run = reader.run(run_id)
            assert run is not None, "runs are never deleted"
            return self._place.view(reader, run)

        self._read = read
        self._display = make_display(read, as_json=self._as_json)
        self._stack.callback(self._display.close)
        return True

    def take(self, event: Event) -> None:
        """Something happened."""
        self._do(lambda display: display.take(event))

    def tick(self) -> None:
        """Some time has gone by."""
        self._do(lambda display: display.tick())

    def note(self, line: str) -> None:
        """Something that is no event."""
        self._do(lambda display: display.note(line))

    def end(self) -> RunView:
        """It is over; how it stands now."""
        assert self._read is not None, "it was begun"
        view = self._read()
        self._do(lambda display: display.end(view))
        return view

    def _do(self, what: Callable[[Display], None]) -> None:
        if self._display is None:
            return
        try:
            what(self._display)
        except OutputGone:
            self._display.close()
            self._display = None
            self._gone()
        except HeadwayError:
            return  # how it looks must not end a run; what is wrong with the store its coordinator will meet and tell


class Leaving:
    """What signals and a closed terminal do to a run: they never end agents, and never lose work."""

    def __init__(self, handle: RunHandle, show: Show) -> None:
        self._handle = handle
        self._show = show
        #: Somebody wants the coordinator to end.
        self.interrupted = False
        #: The coordinator goes before its agents have ended.
        self.left = False

    def hear_signals(self) -> None:
        """Take over SIGINT, SIGTERM and SIGHUP, unless somebody (``nohup``) had SIGHUP ignored."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        loop.add_signal_handler(signal.SIGTERM, self.leave)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self.leave)

    def interrupt(self) -> None:
        """Ctrl-C: the first one drains, the second one leaves."""
        if self.interrupted:
            self.leave()
            return
        self.interrupted = True
        self._handle.drain()
        self._show.note(DRAINING)

    def leave(self) -> None:
        """The coordinator goes now; its agents stay."""
        self.interrupted = True
        if not self.left:
            self.left = True
            self._handle.leave()

    def output_gone(self) -> None:
        """Nobody reads on. Whoever pressed Ctrl-C ended the reader with it (``| tee``) and still wants what runs to
        finish; else it is as if the terminal had been closed."""
        if not self.interrupted:
            self.leave()


async def _tick(show: Show) -> None:
    while True:
        show.tick()
        await asyncio.sleep(TICK)
