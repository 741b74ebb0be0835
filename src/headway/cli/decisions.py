"""``headway decisions add|list|check``: the ledger of what was decided, and what in it contradicts itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headway.cli.options import Json, Repo, RunId, examples


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(
        help="Record technical decisions, list them, find those that contradict each other.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=examples(
            "headway decisions add 'http client' httpx --scope src/billing", "headway decisions check FILE"
        ),
    )
    group.command(
        epilog=examples(
            "headway decisions add 'http client' httpx --scope src/billing",
            "headway decisions add 'error handling' 'raise, no result objects' --reason 'as in the rest of core'",
        )
    )(add)
    group.command("list", epilog=examples("headway decisions list", "headway decisions list --json"))(list_)
    group.command(
        epilog=examples(
            "headway decisions check decisions.jsonl", "headway decisions check --json - < decisions.jsonl"
        )
    )(check)
    app.add_typer(group, name="decisions", rich_help_panel="Look")


def add(
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="What is decided: 'http client', 'type of prices', …")
    ],
    choice: Annotated[str, typer.Argument(metavar="CHOICE", help="What was chosen, in your own words.")],
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            metavar="WHERE",
            help="Paths, globs or a component's name, with commas.",
            show_default="the whole repository",
        ),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="Why.")] = "",
    ticket: Annotated[
        str | None,
        typer.Option(
            "--ticket", metavar="ID", help="The ticket it belongs to.", show_default="$HEADWAY_TICKET"
        ),
    ] = None,
    agent: Annotated[str, typer.Option("--agent", metavar="NAME", help="Who decided.")] = "",
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="The run it belongs to.", show_default="$HEADWAY_RUN"),
    ] = None,
    repo: Repo = Path(),
    json: Json = False,
) -> None:
    """Record a decision, and say what it contradicts.

    Agents do so from their worktrees; run and ticket are taken from their environment. A later decision of a ticket on
    the same topic takes the place of its earlier one.
    """
    from headway.cli import deciding

    deciding.add(
        repo,
        topic=topic,
        choice=choice,
        scope=scope,
        reason=reason,
        ticket=ticket,
        agent=agent,
        run=run,
        as_json=json,
    )


def list_(repo: Repo = Path(), run: RunId = None, json: Json = False) -> None:
    """List the decisions of a run, those for every run among them."""
    from headway.cli import deciding

    deciding.list_(repo, run, as_json=json)


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines; - is standard input.")],
    repo: Repo = Path(),
    json: Json = False,
) -> None:
    """Which of the decisions in a file contradict each other; touches nothing, and needs no repository.

    A line is an object with "agent" or "ticket", "topic", "decision" and, where it does not hold for all, "scope".
    Leaves with 0 where no two contradict each other, 1 where some do, 2 where a line is wrong. What scores below
    the threshold is shown as a suspicion, and does not count.
    """
    from headway.cli import deciding

    status = deciding.check(file, repo, as_json=json)
    if status:
        raise typer.Exit(status)
