"""``headway cancel``, ``retry`` and ``stop``: what a person asks of the coordinator from another terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headway.cli.options import Json, Repo, TicketId, examples


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    panel = "Steer"
    app.command(rich_help_panel=panel, epilog=examples("headway cancel T-7"))(cancel)
    app.command(rich_help_panel=panel, epilog=examples("headway retry T-7"))(retry)
    app.command(rich_help_panel=panel, epilog=examples("headway stop", "headway stop --kill"))(stop)


def cancel(id: TicketId, repo: Repo = Path(), json: Json = False) -> None:
    """Cancel a ticket.

    Its agent is ended with everything that it started; its work is kept.
    """
    from headway.cli import asking

    asking.ask_to_cancel(repo, id, as_json=json)


def retry(id: TicketId, repo: Repo = Path(), json: Json = False) -> None:
    """Have a ticket that failed, needs you or was cancelled tried again."""
    from headway.cli import asking

    asking.ask_to_retry(repo, id, as_json=json)


def stop(
    repo: Repo = Path(),
    kill: Annotated[
        bool,
        typer.Option(
            "--kill", help="End the agents too, with everything that they started; keep their work."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Stop the run: nothing new starts, what runs may finish.

    What finishes still lands; `headway resume` goes on with the rest.
    """
    from headway.cli import asking

    asking.ask_to_stop(repo, kill=kill, as_json=json)
