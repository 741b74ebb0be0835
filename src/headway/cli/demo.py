"""``headway demo``: the main job on a repository that it makes itself, with scripted agents; no key, no network.

What is in the repository, the tickets and what the agents do for them are data beside this file (demonstration/).
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli.options import Json, examples
from headway.cli.text import safe

if TYPE_CHECKING:
    from headway.cli.places import Place
    from headway.coordination.api import RunHandle

DATA = Path(__file__).with_name("demonstration")

#: Agents at once: fewer than tickets, so that one sees tickets wait.
AGENTS = 8

SETTINGS = """\
# Made by `headway demo`.

[agents]
default = "scripted"

[profiles.scripted]
command = [{python}, {agent}, "{{id}}"]

[run]
agents = {agents}

[landing]
verify = {verify}

[worktrees]
directory = {worktrees}
"""


def add_to(app: typer.Typer) -> None:
    """Make the command known."""
    app.command(rich_help_panel="Set up", epilog=examples("headway demo", "headway demo --keep /tmp/till"))(
        demo
    )


def demo(
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Make it in DIR and leave it there.")
    ] = None,
    json: Json = False,
) -> None:
    """Show all of it on a made-up repository: no key, no network.

    Twelve tickets on a small project, each done by a scripted agent that edits files. Some of them get in each
    other's way, on purpose.
    """
    with _folder(keep) as folder:
        place = make(folder)
        if not json:
            print(safe(f"made a small project and twelve tickets in {folder}"))
            print(
                f"{AGENTS} scripted agents at once take them on; some get in each other's way, on purpose\n",
                flush=True,
            )
        import asyncio

        status = asyncio.run(_run(folder, place, as_json=json))
        if not json:
            _tell(place, folder, kept=keep is not None)
    raise typer.Exit(status)


def make(folder: Path) -> Place:
    """Make the repository (``till``) and the tickets file in a folder. Raises HeadwayError."""
    import json
    import shlex

    import pygit2

    from headway.cli.places import find_place
    from headway.errors import HeadwayError

    root = folder / "till"
    settings = SETTINGS.format(
        python=json.dumps(sys.executable),
        agent=json.dumps(str(DATA / "scripted_agent.py")),
        agents=AGENTS,
        verify=json.dumps("./check"),
        worktrees=json.dumps(str(folder / "worktrees")),
    )
    try:
        shutil.copytree(DATA / "project", root, ignore=shutil.ignore_patterns("__pycache__"))
        (root / "headway.toml").write_text(settings, encoding="utf-8")
        (root / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
        check = f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -B -m unittest -q\n"
        (root / "check").write_text(check, encoding="utf-8")
        (root / "check").chmod(0o755)
        shutil.copy(DATA / "tickets.yaml", folder / "tickets.yaml")
    except OSError as error:
        raise HeadwayError(
            f"{error.filename or folder}: {error.strerror}",
            mend="headway demo --keep DIR, with a new folder for DIR",
        ) from error
    # A repository of our own, which no agent has seen yet: libgit2 is enough, and needs no name to be configured.
    repository = pygit2.init_repository(str(root), initial_head="main")
    repository.config["user.name"], repository.config["user.email"] = "Headway demo", "demo@localhost"
    repository.index.add_all()
    repository.index.write()
    author = pygit2.Signature("Headway demo", "demo@localhost")
    repository.create_commit("HEAD", author, author, "A shop's till", repository.index.write_tree(), [])
    return find_place(root)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where it is made; removed afterwards unless it was named."""
    import tempfile

    from headway.errors import HeadwayError

    if keep is None:
        with tempfile.TemporaryDirectory(prefix="headway-demo-", ignore_cleanup_errors=True) as name:
            yield Path(name).resolve()
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise HeadwayError(
            f"{keep} is there and not empty", mend="name a new folder: headway demo --keep DIR"
        )
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HeadwayError(f"{keep}: {error.strerror}", mend="name another folder") from error
    yield keep.resolve()


async def _run(folder: Path, place: Place, *, as_json: bool) -> int:
    from headway.cli.exits import INTERRUPTED
    from headway.cli.keeping import keep_going
    from headway.coordination.api import resume_run, start_run

    def begin() -> RunHandle:
        return start_run(folder / "tickets.yaml", repo=place.root)

    status = await keep_going(begin, place, as_json=as_json)
    if status == INTERRUPTED:
        await resume_run(place.root, kill=True)  # agents that were left would work in a folder that goes
    return status


def _tell(place: Place, folder: Path, *, kept: bool) -> None:
    """What happened and where it lies."""
    from headway.nouns import LandingState

    with place.reader() as reader:
        run = reader.latest_run()
        if run is None:
            return
        again = [
            x for x in reader.landings(run.id) if x.state in (LandingState.CONFLICT, LandingState.UNVERIFIED)
        ]
    print()
    if again:
        print("What got in each other's way, and was done again on top of what had landed:")
        for landing in again:
            files = f" in {', '.join(landing.paths)}" if landing.paths else ""
            why = (
                f"git could not merge it{files}"
                if landing.state is LandingState.CONFLICT
                else "merged cleanly, but then the project's tests failed"
            )
            print(safe(f"  {landing.ticket:<8} {why}"))
        print()
    print("Every state of main passed the project's tests before main moved to it.")
    if not kept:
        print("It was in a temporary folder, which is gone again: headway demo --keep DIR")
        return
    print(safe(f"Look around: cd {folder / 'till'}"))
    for command, what in (
        ("headway status", "how each ticket ended"),
        ("headway log", "everything that happened, in order"),
        ("headway logs TILL-6", "what an agent printed"),
        ("headway diff TILL-6", "what it changed"),
        ("git log --graph --oneline", "what landed"),
    ):
        print(f"  {command:<28}{what}")
