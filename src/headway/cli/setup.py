"""``headway init``, ``doctor`` and ``clean``: what is here, what is missing, what can go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headway.cli.options import Json, Repo, examples
from headway.cli.text import safe

if TYPE_CHECKING:
    from headway.cli.doctor import Check
    from headway.cli.leftovers import Leftovers
    from headway.cli.telling import Tone


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    panel = "Set up"
    app.command(rich_help_panel=panel, epilog=examples("headway init"))(init)
    app.command(
        rich_help_panel=panel, epilog=examples("headway doctor", "headway doctor --json | jq .checks")
    )(doctor)
    app.command(rich_help_panel=panel, epilog=examples("headway clean", "headway clean --yes"))(clean)


def init(repo: Repo = Path(), json: Json = False) -> None:
    """Write a commented headway.toml; find the agents on this machine.

    Changes nothing else.
    """
    from headway.agents.profiles import find_agents
    from headway.cli import render
    from headway.cli.places import find_place
    from headway.cli.settings_file import settings_text
    from headway.config import FILE_NAME
    from headway.errors import SettingsError

    place = find_place(repo)
    path = place.root / FILE_NAME
    agents = {name: str(found) for name, found in find_agents(os.environ.get("PATH", os.defpath)).items()}
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(settings_text(list(agents)))
    except FileExistsError as error:
        raise SettingsError(
            f"{path} is there already", mend="it is left as it is; headway doctor reads it"
        ) from error
    except OSError as error:
        raise SettingsError(
            f"{path}: {error.strerror}", mend="see to it that the folder can be written"
        ) from error
    if json:
        render.print_json({"written": str(path), "agents": agents})
        return
    print(safe(f"written: {path}"))
    for name, found in agents.items():
        print(safe(f"found agent: {name} ({found})"))
    if not agents:
        print(
            "no agent was found in PATH: install Claude Code, Codex or OpenCode, or give a command of your own"
        )
    print("next: headway doctor, then: headway run TICKETS")


def doctor(repo: Repo = Path(), json: Json = False) -> None:
    """What is missing on this machine, and the command that mends it.

    Leaves with exit status 1 when something is missing.
    """
    import asyncio

    from headway.cli import render
    from headway.cli.doctor import State, examine

    checks = asyncio.run(examine(repo))
    ok = all(check.state is not State.MISSING for check in checks)
    if json:
        told = [{"name": c.name, "state": c.state, "what": c.what, "mend": c.mend} for c in checks]
        render.print_json({"ok": ok, "checks": told})
    else:
        _print_checks(checks)
    if not ok:
        raise typer.Exit(1)


def clean(
    repo: Repo = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what would go.")] = False,
    json: Json = False,
) -> None:
    """Remove idle worktrees and the logs of runs that have ended.

    Everything that agents wrote stays: it is in commits under refs/headway, and a worktree whose content is in no
    commit is not touched. Without --yes it only says what would go.
    """
    from headway.cli import leftovers, render
    from headway.cli.places import find_place

    place = find_place(repo)
    found = leftovers.find(place)
    if yes:
        import asyncio

        asyncio.run(leftovers.remove(place, found))
    if json:
        render.print_json(_leftovers_json(found) | {"removed": yes})
        return
    _print_leftovers(found, removed=yes)


def _print_checks(checks: list[Check]) -> None:
    from headway.cli.doctor import State
    from headway.cli.telling import Tone

    marks = {
        State.OK: ("ok", Tone.GOOD),
        State.NOTE: ("note", Tone.CARE),
        State.MISSING: ("MISSING", Tone.BAD),
    }
    names = max(len(check.name) for check in checks)
    for check in checks:
        word, tone = marks[check.state]
        _print_hanging(f"{word:<7}  {check.name:<{names}}  ", check.what, tone)
        for line in check.mend.splitlines():
            _print_hanging(" " * (names + 11) + "→ ", line, Tone.PLAIN)


def _print_hanging(head: str, line: str, tone: Tone) -> None:
    """A line that goes on under its beginning where a terminal is too narrow for it; the head is coloured."""
    import shutil
    import sys
    import textwrap

    from headway.cli import render

    if not sys.stdout.isatty():
        print(head + safe(line))
        return
    room = max(20, shutil.get_terminal_size().columns - len(head) - 1)
    first, *rest = textwrap.wrap(safe(line), room, break_on_hyphens=False) or [""]
    if render.is_terminal():
        from rich.text import Text

        render.console().print(Text.assemble((head, render.STYLES[tone]), first), soft_wrap=True)
    else:
        print(head + first)
    for each in rest:
        print(" " * len(head) + each)


def _leftovers_json(found: Leftovers) -> dict[str, Any]:
    return {
        "worktrees": [slot.path for slot in found.slots],
        "folders": [str(path) for path in found.folders],
        "bytes": found.bytes,
        "kept": list(found.kept),
    }


def _print_leftovers(found: Leftovers, *, removed: bool) -> None:
    from headway.cli.text import count, size

    if not found.slots and not found.folders:
        print("there is nothing to remove")
    else:
        verb = "removed" if removed else "would remove"
        print(
            f"{verb} {count(len(found.slots), 'worktree')} that nobody has and the logs of ended runs: ",
            end="",
        )
        print(size(found.bytes))
        for path in [*(slot.path for slot in found.slots), *map(str, found.folders)]:
            print(f"  {safe(path)}")
    for reason in found.kept:
        print(f"left alone: {safe(reason)}")
    if (found.slots or found.folders) and not removed:
        print("to do it: headway clean --yes")
