"""``headway run``, ``resume`` and ``watch``: keep a run going, or look on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli.options import Json, Repo, RunId, examples

if TYPE_CHECKING:
    from headway.coordination.api import RunHandle

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

    import asyncio

    from headway.cli.keeping import keep_going

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

    import asyncio

    from headway.cli.keeping import keep_going

    def begin() -> RunHandle:
        from headway.coordination.api import resume_run

        return resume_run(repo)

    raise typer.Exit(asyncio.run(keep_going(begin, place, as_json=json)))


def watch(repo: Repo = Path(), run: RunId = None, json: Json = False) -> None:
    """Look on while a run goes, from another terminal.

    Ctrl-C only ends the looking.
    """
    from headway.cli import watching
    from headway.cli.places import find_place, the_run

    place = find_place(repo)
    with place.reader() as reader:
        found = the_run(reader, run)
        raise typer.Exit(watching.watch(place, reader, found.id, as_json=json))
