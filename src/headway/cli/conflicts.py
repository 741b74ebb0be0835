"""``headway conflicts`` and ``undo``: what stands against each other, and taking back what settled it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headway.cli.options import Json, Repo, RunId, examples


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    shown = examples(
        "headway conflicts", "headway conflicts c-0fe62ada8b24", "headway conflicts --all --json"
    )
    app.command(rich_help_panel="Look", epilog=shown)(conflicts)
    app.command(rich_help_panel="Steer", epilog=examples("headway undo c-0fe62ada8b24"))(undo)


def conflicts(
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One conflict, with both sides' changes.")
    ] = None,
    repo: Repo = Path(),
    run: RunId = None,
    all: Annotated[bool, typer.Option("--all", help="Those too that are over.")] = False,
    json: Json = False,
) -> None:
    """What stands against each other now, between whom, since when, and what is being done about it.

    With an ID everything about one: what was tried, with what it was given and what came of it, and both sides' changes
    side by side. The beginning of an ID will do.
    """
    if id is None:
        from headway.cli.conflicting import print_conflicts

        print_conflicts(repo, run, all_=all, as_json=json)
    else:
        from headway.cli.conflict_page import print_conflict

        print_conflict(repo, run, id, as_json=json)


def undo(
    id: Annotated[str, typer.Argument(metavar="ID", help="The conflict.")],
    repo: Repo = Path(),
    json: Json = False,
) -> None:
    """Take back what settled a conflict.

    The conflict stands again, and is settled in another way.
    """
    from headway.cli import answering

    answering.ask_to_undo(repo, id, as_json=json)
