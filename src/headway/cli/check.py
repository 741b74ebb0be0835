"""``headway check``: which commits or branches are in each other's way, without a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headway.cli.exits import CONFLICTS, WRONG_INPUT
from headway.cli.options import Json, Repo, examples
from headway.cli.text import count, safe
from headway.errors import HeadwayError, RevisionError

if TYPE_CHECKING:
    from headway.coordination.checking import Checker, Pair
    from headway.nouns import Conflict


def add_to(app: typer.Typer) -> None:
    """Make the command known."""
    shown = examples(
        "headway check feature-a feature-b",
        "headway check --base main HEAD~1 feature-a --json",
        "git branch --format='main %(refname:short)' | headway check --stdin",
    )
    app.command(rich_help_panel="Look", epilog=shown)(check)


def check(
    revisions: Annotated[
        list[str] | None,
        typer.Argument(metavar="A B…", help="Branches, tags or commits; each is held against each."),
    ] = None,
    repo: Repo = Path(),
    base: Annotated[
        str | None, typer.Option("--base", metavar="REV", help="What both began from. Default: merge base.")
    ] = None,
    stdin: Annotated[
        bool,
        typer.Option("--stdin", help="Read pairs from standard input, one a line; answer each on a line."),
    ] = False,
    json: Json = False,
) -> None:
    """Which commits or branches would get in each other's way; touches nothing.

    Says what git could not merge, and what merges as text and breaks as a program.
    Leaves with 0 where all is clean, 1 where there are conflicts, 2 where something could not be compared.
    """
    import asyncio

    named = revisions or []
    if stdin and named:
        raise HeadwayError("revisions are named twice", mend="name them, or give pairs with --stdin")
    if not stdin and len(named) < 2:
        raise HeadwayError("it takes two to be in conflict", mend="headway check A B, or pairs with --stdin")
    pairs = _read_pairs() if stdin else combinations(named, 2)
    try:
        status = asyncio.run(_check(repo, pairs, base, goes_on=stdin, as_json=json))
    except HeadwayError as error:
        error.exit_status = WRONG_INPUT  # 1 would say that there are conflicts
        raise
    if status:
        raise typer.Exit(status)


async def _check(
    repo: Path, pairs: Iterator[Sequence[str]], base: str | None, *, goes_on: bool, as_json: bool
) -> int:
    """Check and print pair after pair. ``goes_on``: what cannot be compared is told in its place."""
    from headway.coordination.checking import Checker
    from headway.coordination.opening import open_repository

    checker = Checker((await open_repository(repo)).git)
    status = 0
    for pair in pairs:
        try:
            found = await _one(checker, pair, base)
        except HeadwayError as error:
            if not goes_on:
                raise
            _print_error(pair, error, as_json=as_json)
            status = WRONG_INPUT
            continue
        _print_json(found) if as_json else _print(found, on_a_line=goes_on)
        status = status or (0 if found.clean else CONFLICTS)
    return status


async def _one(checker: Checker, pair: Sequence[str], base: str | None) -> Pair:
    if len(pair) != 2:
        told = " ".join(pair)
        raise RevisionError(f"a line names two revisions, and not {told!r}", mend="write: A B")
    return await checker.check(pair[0], pair[1], base=base)


def _read_pairs() -> Iterator[Sequence[str]]:
    """The pairs of standard input, one a line; empty lines are passed over."""
    for line in sys.stdin.buffer:
        words = line.decode("utf-8", "surrogateescape").split()
        if words:
            yield words


def _print_json(pair: Pair) -> None:
    from headway.cli import render

    told = [_conflict_json(each) for each in pair.conflicts]
    render.print_json({"a": pair.a, "b": pair.b, "clean": pair.clean, "conflicts": told})


def _conflict_json(conflict: Conflict) -> dict[str, Any]:
    context = conflict.context
    return {
        "id": conflict.conflict_id,
        "kind": conflict.conflict_type,
        "type": context["type"],
        "severity": conflict.severity,
        "path": context["path"],
        "symbol": context["symbol"],
        "detail": context["detail"],
        "score": context["score"],
    }


def _print(pair: Pair, *, on_a_line: bool) -> None:
    from headway.nouns import CONFLICT_THRESHOLD

    sure = [each for each in pair.conflicts if each.context["score"] >= CONFLICT_THRESHOLD]
    suspicions = len(pair.conflicts) - len(sure)
    told = count(len(sure), "conflict") if sure else "clean"
    if suspicions:
        told += f", {count(suspicions, 'suspicion')}"
    if on_a_line and sure:
        told += ": " + ", ".join(dict.fromkeys(each.context["path"] for each in sure))
    print(safe(f"{pair.a} and {pair.b}: {told}"), flush=on_a_line)
    for each in () if on_a_line else pair.conflicts:
        doubt = "" if each in sure else f"suspicion ({each.context['score']:.1f}), "
        what = f"{doubt}{each.severity}, {each.conflict_type}, {each.context['type']}"
        print(safe(f"  {each.context['path']}  {what}: {each.context['detail']}"))


def _print_error(pair: Sequence[str], error: HeadwayError, *, as_json: bool) -> None:
    from headway.cli import render

    if as_json:
        a, b = [*pair, None, None][:2]
        told: dict[str, Any] = {
            "a": a,
            "b": b,
            "clean": None,
            "conflicts": [],
            "error": str(error),
            "mend": error.mend,
        }
        render.print_json(told)
        return
    print(safe(f"{' and '.join(pair)}: {error} → {error.mend}"), flush=True)
