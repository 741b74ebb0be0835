"""``headway status``, ``logs``, ``diff`` and ``log``: what is, what was, what agents said and did."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli.options import AttemptNumber, Json, Repo, RunId, TicketId, examples
from headway.cli.text import safe

if TYPE_CHECKING:
    from headway.nouns import Attempt

#: How often a follower looks for more, in seconds.
LOOK_EVERY = 0.25


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    panel = "Look"
    app.command(
        rich_help_panel=panel, epilog=examples("headway status", "headway status --json | jq .landed")
    )(status)
    app.command(
        rich_help_panel=panel, epilog=examples("headway logs T-7 -f", "headway logs T-7 --attempt 1 --stderr")
    )(logs)
    app.command(
        rich_help_panel=panel, epilog=examples("headway diff T-7", "headway diff T-7 | git apply --3way")
    )(diff)
    app.command(
        rich_help_panel=panel,
        epilog=examples("headway log", "headway log --ticket T-7 --json", "headway log -f"),
    )(log)


def status(repo: Repo = Path(), run: RunId = None, json: Json = False) -> None:
    """How the run stands: every ticket, who is at work, what is done."""
    from headway.cli.standing import print_status

    print_status(repo, run, as_json=json)


def logs(
    id: TicketId,
    repo: Repo = Path(),
    run: RunId = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the agent has ended.")] = False,
    attempt: AttemptNumber = None,
    stderr: Annotated[bool, typer.Option("--stderr", help="What it printed on standard error.")] = False,
    json: Json = False,
) -> None:
    """What a ticket's agent printed.

    On a terminal, control characters are shown, not obeyed; into a pipe or a file goes what it printed, as it is.
    """
    from headway.cli.places import find_place, the_run
    from headway.cli.standing import the_attempt

    place = find_place(repo)
    with place.reader() as reader:
        found = the_attempt(reader, the_run(reader, run), id, attempt)
    import asyncio

    asyncio.run(_print_output(found, "err" if stderr else "out", follow=follow, as_json=json))


def diff(
    id: TicketId, repo: Repo = Path(), run: RunId = None, attempt: AttemptNumber = None, json: Json = False
) -> None:
    """What a ticket's agent changed.

    That is its kept work against the commit that it began from.
    """
    from headway.cli import render
    from headway.cli.places import find_place, the_run
    from headway.cli.standing import the_attempt
    from headway.errors import RunError

    place = find_place(repo)
    with place.reader() as reader:
        found = the_run(reader, run)
        if attempt is None:
            with_work = [a for a in reader.attempts(found.id, id) if a.work]
            chosen = with_work[-1] if with_work else the_attempt(reader, found, id, None)
        else:
            chosen = the_attempt(reader, found, id, attempt)
    if chosen.work is None:
        raise RunError(
            f"there is no kept work of {_name(chosen)}: {_why_no_work(chosen)}",
            mend=f"what its agent said: headway logs {id}",
        )
    import asyncio

    patch = asyncio.run(_diff(place.root, chosen.base, chosen.work))
    if json:
        told = {
            "ticket": id,
            "attempt": chosen.number,
            "run": found.id,
            "base": chosen.base,
            "work": chosen.work,
        }
        render.print_json(told | {"files": list(chosen.files), "diff": patch.decode("utf-8", "replace")})
    else:
        _print_diff(patch)


def log(
    repo: Repo = Path(),
    run: RunId = None,
    ticket: Annotated[
        str | None, typer.Option("--ticket", metavar="ID", help="Only what is about it.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run is over.")] = False,
    json: Json = False,
) -> None:
    """Everything that happened in the run, in order."""
    from headway.cli import render
    from headway.cli.places import find_place, the_run
    from headway.cli.standing import the_ticket
    from headway.cli.telling import tell_always

    place = find_place(repo)
    with place.reader() as reader:
        found = the_run(reader, run)
        if ticket is not None:
            the_ticket(reader, found, ticket)
        seq = 0
        coloured = render.console() if render.is_terminal() and not json else None
        while True:
            # Asked before reading, so that nothing is missed that was recorded in between.
            going = follow and place.view(reader, the_run(reader, found.id)).is_kept_going
            for event in reader.events(run=found.id, ticket=ticket, after=seq):
                seq = event.seq
                if json:
                    render.print_json(render.event_json(event) | {"seq": event.seq})
                elif coloured is not None:
                    coloured.print(render.rich_told(tell_always(event)), soft_wrap=True)
                else:
                    print(render.told_line(tell_always(event)), flush=follow)
            if not going:
                return
            time.sleep(LOOK_EVERY)


async def _print_output(attempt: Attempt, stream: str, *, follow: bool, as_json: bool) -> None:
    """Copy an agent's output: as it is into a pipe or file, made harmless for a terminal, by lines as JSON."""
    import codecs

    from headway.agents import output
    from headway.cli import render

    directory = Path(attempt.directory)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""

    def put(data: bytes, *, last: bool = False) -> None:
        nonlocal rest
        if as_json:
            *lines, rest = (rest + decoder.decode(data, last)).split("\n")
            for line in lines + ([rest] if last and rest else []):
                render.print_json(
                    {"ticket": attempt.ticket, "attempt": attempt.number, "stream": stream, "line": line}
                )
        elif sys.stdout.isatty():
            sys.stdout.write(safe(decoder.decode(data, last).replace("\r\n", "\n"), lines=True))
        else:
            sys.stdout.buffer.write(data)
        if follow:
            sys.stdout.flush()

    if follow:
        async for data in output.follow(directory, stream):
            put(data)
    else:
        reader = output.OutputReader(directory, stream)
        told = 0
        while data := reader.read():
            if reader.skipped > told:
                put(b"\n[%d bytes of output were not kept]\n" % (reader.skipped - told))
                told = reader.skipped
            put(data)
    put(b"", last=True)


async def _diff(root: Path, base: str, work: str) -> bytes:
    """Git's own patch, byte for byte, so that it can be applied."""
    from headway.coordination.opening import open_repository

    git = (await open_repository(root)).git
    ran = await git.run("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--binary", base, work, "--")
    return ran.out


def _print_diff(patch: bytes) -> None:
    from headway.cli import render

    if not sys.stdout.isatty():
        sys.stdout.buffer.write(patch)
        return
    shown = safe(patch.decode("utf-8", "replace"), lines=True)
    if not render.is_terminal():
        print(shown)
        return
    from rich.text import Text

    console = render.console()
    for line in shown.split("\n"):
        head = line.startswith(("+++", "---", "diff ", "index "))
        style = "bold" if head else {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        console.print(Text(line, style=style), soft_wrap=True)


def _name(attempt: Attempt) -> str:
    return f"attempt {attempt.number} of {attempt.ticket}"


def _why_no_work(attempt: Attempt) -> str:
    from headway.nouns import AttemptState

    if attempt.state in (AttemptState.STARTING, AttemptState.RUNNING):
        return "its agent is at work (headway log tells in which worktree)"
    if attempt.state is AttemptState.ENDED:
        return "it has ended and is not collected yet"
    return "it wrote nothing"
