"""``headway``: the door. Which commands there are, how errors are told, what the exit status is.

Exit status: 0 all landed, 1 some did not, 2 wrong use or input, 3 only people can go on, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from headway.cli import control, demo, run, setup, show, tickets
from headway.cli.text import safe
from headway.errors import HeadwayError, TicketsError
from headway.version import __version__

#: Exit status of what a person or a signal cut short.
INTERRUPTED = 130


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
control.add_to(app)
tickets.add_to(app)
setup.add_to(app)
demo.add_to(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; its exit status."""
    _open_standard_streams()
    try:
        app(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="headway")
        status = 0
    except HeadwayError as error:
        print_error(error)
        status = error.exit_status
        _tell_starter(error)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    return _flush() or status


def print_error(error: HeadwayError) -> None:
    """Say on standard error what went wrong and what to do about it."""
    told = [safe(line) for line in str(error).splitlines()] or [type(error).__name__]
    if isinstance(error, TicketsError) and len(error.problems) > 1:
        # Each line begins with file:line, so that an editor or a terminal leads there.
        told.append(f"headway: {len(error.problems)} problems")
    elif len(told) == 1:
        told[0] = f"headway: {told[0]}"
    told += [f"  → {safe(line)}" for line in error.mend.splitlines()]
    try:
        print("\n".join(told), file=sys.stderr, flush=True)
    except OSError:
        return  # nobody is there to be told; the exit status says it


def _tell_starter(error: HeadwayError) -> None:
    """Tell the command that started this coordinator in the background, where there is one."""
    from headway.cli import detached

    detached.tell_failed(str(error), error.mend, error.exit_status)


def _open_standard_streams() -> None:
    """Give a process that was started with a closed stream one that leads nowhere: the next file that is opened
    would be it, and everything printed would go into that file. And no text ends us for want of a character."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _flush() -> int:
    """Write what is not written yet; 1 where that fails, told unless a reader such as ``head`` had enough."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would be tried again, and complained about, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if error.errno != errno.EPIPE:
            print_error(HeadwayError(f"cannot write the output: {error.strerror}"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
