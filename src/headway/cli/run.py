"""``headway run``, ``resume`` and ``watch``: keep a run going, or look on."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli.options import Json, Repo, RunId, examples

if TYPE_CHECKING:
    from headway.cli.live import Display
    from headway.cli.places import Place
    from headway.coordination.api import RunHandle
    from headway.coordination.view import RunView
    from headway.nouns import Event
    from headway.store.reader import Reader

#: How often a display is told the time, in seconds. A table of 42 rows costs 10 ms to draw.
TICK = 1.0

#: How often ``watch`` looks whether the store has changed, in seconds; 0.05 ms each.
LOOK_EVERY = 0.25

#: Events of the past that ``watch`` begins with.
LATEST = 5

INTERRUPTED = 130

DRAINING = (
    "stopping: nothing new starts, what runs may finish; Ctrl-C again to leave the agents at work and go"
)
LEFT = "the coordinator goes, its agents stay at work; headway resume finds them and goes on"

Detach = Annotated[bool, typer.Option("--detach", help="Go on in the background; print the run's id.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    panel = "Run"
    app.command(
        rich_help_panel=panel,
        epilog=examples(
            "headway run tickets.yaml",
            "headway run tickets.yaml --agents 8 --verify 'make test' --into main",
            "headway run tickets.json --agent-command 'my-agent --ticket {id} --prompt {prompt_file}'",
        ),
    )(run)
    app.command(rich_help_panel=panel, epilog=examples("headway resume", "headway resume --detach"))(resume)
    app.command(rich_help_panel=panel, epilog=examples("headway watch", "headway watch --json | jq .event"))(
        watch
    )


def run(
    tickets: Annotated[Path, typer.Argument(metavar="TICKETS", help="YAML, JSON, or a folder of Markdown.")],
    repo: Repo = Path(),
    into: Annotated[
        str | None, typer.Option(metavar="BRANCH", help="Branch to land on. Default: the one checked out.")
    ] = None,
    agents: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=1000, help="Most agents at once. Default: by memory."),
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Agent profile: claude, codex, opencode, or one of yours."),
    ] = None,
    agent_command: Annotated[
        str | None,
        typer.Option(
            metavar="CMD", help="Agent's command line; {id} {title} {prompt} {prompt_file} … are filled in."
        ),
    ] = None,
    verify: Annotated[
        str | None, typer.Option(metavar="CMD", help="Must succeed on the merged tree before a ticket lands.")
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="TIME", help="Longest time of one attempt, such as 30m.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this ticket; may be given several times.")
    ] = None,
    detach: Detach = False,
    json: Json = False,
) -> None:
    """Give each ticket to an agent in its own worktree; land it all.

    Ctrl-C once: nothing new starts, what runs may finish. Twice: the coordinator goes, the agents stay, and
    `headway resume` goes on with them.
    """
    from headway.cli.places import find_place
    from headway.errors import SettingsError

    if agent is not None and agent_command is not None:
        raise SettingsError("--agent and --agent-command: only one of them", mend="see: headway run --help")
    place = find_place(repo)
    if detach:
        from headway.cli import detached

        detached.start(place, as_json=json)
        return

    def begin() -> RunHandle:
        from headway.coordination.api import start_run

        return start_run(
            tickets,
            repo=repo,
            into=into,
            agents=agents,
            agent=agent,
            agent_command=agent_command,
            verify=verify,
            timeout=timeout,
            only=tuple(only or ()),
        )

    raise typer.Exit(asyncio.run(keep_going(begin, place, as_json=json)))


def resume(repo: Repo = Path(), detach: Detach = False, json: Json = False) -> None:
    """Go on with the latest run.

    Agents that are still at work are found, whatever ended their coordinator; what ended meanwhile is taken in.
    """
    from headway.cli.places import find_place

    place = find_place(repo)
    if detach:
        from headway.cli import detached

        detached.start(place, as_json=json)
        return

    def begin() -> RunHandle:
        from headway.coordination.api import resume_run

        return resume_run(repo)

    raise typer.Exit(asyncio.run(keep_going(begin, place, as_json=json)))


def watch(repo: Repo = Path(), run: RunId = None, json: Json = False) -> None:
    """Look on while a run goes, from another terminal.

    Ctrl-C only ends the looking.
    """
    from headway.cli.places import find_place, the_run

    place = find_place(repo)
    with place.reader() as reader:
        found = the_run(reader, run)
        raise typer.Exit(_watch(place, reader, found.id, as_json=json))


async def keep_going(begin: Callable[[], RunHandle], place: Place, *, as_json: bool) -> int:
    """Begin or resume a run, show it and hear signals until it is over; the exit status."""
    from headway.cli import detached

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
        from headway.cli.live import make_display

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
        from headway.cli.live import OutputGone

        if self._display is None:
            return
        try:
            what(self._display)
        except OutputGone:
            self._display.close()
            self._display = None
            self._gone()


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


def _watch(place: Place, reader: Reader, run_id: str, *, as_json: bool) -> int:
    import time

    from headway.cli.live import OutputGone, make_display
    from headway.coordination.decide import exit_status

    def read() -> RunView:
        run = reader.run(run_id)
        assert run is not None, "runs are never deleted"
        return place.view(reader, run)

    display = make_display(read, as_json=as_json)
    try:
        view = read()
        events = reader.events(run=run_id)
        seq = events[-1].seq if events else 0
        for event in events[-LATEST:]:
            display.take(event)
        counter = -1
        ticked = 0.0
        while view.is_kept_going:
            now = time.monotonic()
            if (changed := reader.change_counter()) != counter:
                counter = changed
                for event in reader.events(run=run_id, after=seq):
                    seq = event.seq
                    display.take(event)
            if now - ticked >= TICK:
                ticked = now
                display.tick()
                view = read()
            time.sleep(LOOK_EVERY)
        view = read()
        display.end(view)
        if not view.is_over and not as_json:
            display.note("no coordinator is alive; its agents may be: headway resume finds them and goes on")
        return exit_status([row.progress for row in view.rows])
    except OutputGone:
        return 1
    finally:
        display.close()
