"""The commands, and how their list is shown. Not for: errors and exit statuses (:mod:`.main`)."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from headway.cli import (
    check,
    conflicts,
    control,
    decisions,
    demo,
    escalations,
    run,
    setup,
    show,
    tickets,
    waits,
)
from headway.cli.exits import INTERRUPTED
from headway.version import __version__


class Commands(TyperGroup):
    """Lists the commands in their groups, plainly: typer's own way draws with rich, which costs 70 ms."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, group by group, in the order in which they were made known."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                panel = getattr(command, "rich_help_panel", None) or "Commands"
                groups.setdefault(panel, []).append((name, command.get_short_help_str(limit=90)))
        for panel, listed in groups.items():
            with formatter.section(panel):
                formatter.write_dl(listed)

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order in which they were made known."""
        return list(self.commands)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Ctrl-C ends it with the status that says so."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="headway",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="\b\nTry it:      headway demo\nBegin:       headway init, then: headway run tickets.yaml\n"
    "More on one: headway run --help",
)


@app.callback(invoke_without_command=True)
def headway(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Many coding agents, one repository, no collision: each ticket by an agent in a worktree of its own, landed."""
    if version:
        print(f"headway {__version__}")
        raise typer.Exit


run.add_to(app)
show.add_to(app)
check.add_to(app)
decisions.add_to(app)
conflicts.add_to(app)
escalations.add_to(app)
waits.add_to(app)
control.add_to(app)
tickets.add_to(app)
setup.add_to(app)
demo.add_to(app)
