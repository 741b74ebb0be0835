"""Options that several commands share, and how their examples are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Repo = Annotated[Path, typer.Option("--repo", metavar="PATH", help="The repository.", show_default="here")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
RunId = Annotated[str | None, typer.Option("--run", metavar="RUN", help="The run. Default: the latest.")]
TicketId = Annotated[str, typer.Argument(metavar="ID", help="The ticket.")]
AttemptNumber = Annotated[
    int | None,
    typer.Option("--attempt", metavar="N", min=1, help="Which of its attempts. Default: the latest."),
]


def examples(*lines: str) -> str:
    """The examples of a command, shown below its options as they are written here."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
