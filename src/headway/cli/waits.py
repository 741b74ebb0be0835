"""``headway leases`` and ``order``: who has what, who waits for whom."""

from __future__ import annotations

from pathlib import Path

import typer

from headway.cli.options import Json, Repo, RunId, examples


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    panel = "Look"
    app.command(rich_help_panel=panel, epilog=examples("headway leases"))(leases)
    app.command(rich_help_panel=panel, epilog=examples("headway order"))(order)


def leases(repo: Repo = Path(), run: RunId = None, json: Json = False) -> None:
    """Who has what only one may have at a time, and who waits for it: worktrees, the landing queue, paths, ports."""
    from headway.cli.waiting import print_leases

    print_leases(repo, run, as_json=json)


def order(repo: Repo = Path(), run: RunId = None, json: Json = False) -> None:
    """Who waits for whom, and why, as a tree; what can never go on by itself is marked."""
    from headway.cli.waiting import print_order

    print_order(repo, run, as_json=json)
