"""``headway escalations`` and ``answer``: questions that only a person can answer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from headway.cli.options import Json, Repo, examples


class Keep(StrEnum):
    """Whose work is kept."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command(rich_help_panel="Look", epilog=examples("headway escalations", "headway escalations E-3"))(
        escalations
    )
    shown = examples(
        "headway answer E-3 'keep prices in cents; T-7 converts where it shows them'",
        "headway answer E-3 --keep left",
        "headway answer E-3 --order T-7,T-1",
    )
    app.command(rich_help_panel="Steer", epilog=shown)(answer)


def escalations(
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One question, with all that is known.")
    ] = None,
    repo: Repo = Path(),
    all: Annotated[bool, typer.Option("--all", help="Those too that are over.")] = False,
    json: Json = False,
) -> None:
    """Questions that only you can answer: what is asked, since when, and what is recommended."""
    from headway.cli import escalating

    if id is None:
        escalating.print_escalations(repo, all_=all, as_json=json)
    else:
        escalating.print_escalation(repo, id, as_json=json)


def answer(
    id: Annotated[str, typer.Argument(metavar="ID", help="The escalation.")],
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="What to do, in words; the agents are told.")
    ] = None,
    keep: Annotated[
        Keep | None, typer.Option("--keep", metavar="SIDE", help="Whose work is kept: left, right or both.")
    ] = None,
    order: Annotated[
        str | None, typer.Option("--order", metavar="A,B", help="Ticket A goes first, B after it.")
    ] = None,
    repo: Repo = Path(),
    json: Json = False,
) -> None:
    """Answer a question: in words, by whose work is kept, or by who goes first."""
    from headway.cli import answering

    answering.ask_to_answer(repo, id, text=text, keep=keep, order=order, as_json=json)
