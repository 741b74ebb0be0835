"""``headway tickets check|import|list|schema`` and ``headway plan``: look at tickets, start nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headway.cli.exits import WRONG_INPUT
from headway.cli.options import Json, Repo, examples
from headway.cli.text import safe

if TYPE_CHECKING:
    from headway.coordination.foresight import Foreseen
    from headway.errors import Problem
    from headway.nouns import Ticket
    from headway.tickets.imported import Import

#: Expected overlaps that are listed; the rest is a number.
MOST_OVERLAPS = 20

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH…", help="YAML or JSON files, or folders of Markdown.")
]
Source = Annotated[Path, typer.Argument(metavar="TICKETS", help="YAML, JSON, or a folder of Markdown.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    panel = "Tickets"
    app.command(
        rich_help_panel=panel,
        epilog=examples("headway plan tickets.yaml", "headway plan tickets.yaml --json"),
    )(plan)
    group = typer.Typer(
        help="Check, import or list tickets; print their schema.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=examples(
            "headway tickets check tickets.yaml", "headway tickets import issues/ -o tickets.yaml"
        ),
    )
    group.command(epilog=examples("headway tickets check tickets.yaml more/"))(check)
    group.command("import", epilog=examples("headway tickets import issues/ -o tickets.yaml"))(import_)
    group.command("list", epilog=examples("headway tickets list tickets.yaml"))(list_)
    group.command(epilog=examples("headway tickets schema > tickets.schema.json"))(schema)
    app.add_typer(group, name="tickets", rich_help_panel=panel)


def check(paths: Paths, json: Json = False) -> None:
    """Read tickets and say everything that is wrong with them, each with its file and line."""
    from headway.cli import render
    from headway.cli.text import count
    from headway.errors import TicketsError
    from headway.tickets.reading import read

    problems: list[Problem] = []
    found: dict[str, Import] = {}
    for path in paths:
        try:
            found[str(path)] = read(path)
        except TicketsError as error:
            problems += error.problems
    if json:
        told = {name: _import_json(each) for name, each in found.items()}
        render.print_json({"ok": not problems, "problems": _problems_json(problems), "read": told})
    else:
        for problem in problems:
            print(safe(str(problem)))
        for name, each in found.items():
            for line in (*each.rejected, *each.notes):
                print(safe(str(line)))
            print(safe(f"{name}: {_heaps(each)}"))
        if problems:
            sys.stdout.flush()
            print(f"headway: {count(len(problems), 'problem')}", file=sys.stderr)
    if problems:
        raise typer.Exit(WRONG_INPUT)


def import_(
    path: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of Markdown with front matter.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The tickets file to write. Default: shown."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    json: Json = False,
) -> None:
    """Make a tickets file of a folder of Markdown. Every file is a ticket or is named with the reason why not."""
    from headway.cli import render
    from headway.errors import HeadwayError
    from headway.tickets.markdown import import_folder
    from headway.tickets.writing import as_document, tickets_as_yaml

    if output is not None and output.exists() and not force:
        raise HeadwayError(f"{output} is there already", mend="name another file, or replace it: --force")
    found = import_folder(path)
    text = tickets_as_yaml(found.tickets)
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise HeadwayError(
                f"{output}: {error.strerror}", mend="name a file that can be written: -o FILE"
            ) from error
    if json:
        told = _import_json(found) | {"output": str(output) if output else None}
        if output is None:
            told["documents"] = [as_document(ticket) for ticket in found.tickets]
        render.print_json(told)
        return
    if output is None:
        sys.stdout.write(safe(text, lines=True))
        sys.stdout.flush()
    for problem in (*found.rejected, *found.notes):
        print(safe(str(problem)), file=sys.stderr)
    print(_heaps(found), file=sys.stderr)
    if output is not None:
        print(f"written to {safe(str(output))}; next: headway plan {safe(str(output))}", file=sys.stderr)


def list_(path: Source, json: Json = False) -> None:
    """List the tickets of a file or folder."""
    from headway.cli import render
    from headway.cli.render import Cell
    from headway.tickets.reading import read_tickets

    tickets = read_tickets(path)
    if json:
        for ticket in tickets:
            render.print_json(_ticket_json(ticket))
        return
    rows = [
        (
            Cell(ticket.id),
            Cell(ticket.priority.name.lower()),
            Cell(ticket.agent or ""),
            Cell(" ".join(ticket.depends_on)),
            Cell(ticket.title),
        )
        for ticket in tickets
    ]
    render.print_table(("ticket", "priority", "agent", "depends on", "title"), rows)


def schema() -> None:
    """Print the JSON Schema of tickets files, for editors and other tools."""
    import json

    from headway.tickets.schema import ticket_schema

    print(json.dumps(ticket_schema(), indent=2))


def plan(
    tickets: Source,
    repo: Repo = Path(),
    agents: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1000, help="Most agents at once.")
    ] = None,
    agent: Annotated[
        str | None, typer.Option(metavar="NAME", help="Agent profile for tickets that name none.")
    ] = None,
    json: Json = False,
) -> None:
    """Who would do what, in which order; starts nothing.

    Shows the waves, the critical path and the tickets that may get in each other's way.
    """
    from headway.cli import render
    from headway.cli.render import Cell
    from headway.cli.text import count
    from headway.coordination.foresight import foresee
    from headway.tickets.graph import TicketGraph
    from headway.tickets.reading import read_tickets

    found = read_tickets(tickets)
    graph = TicketGraph.of(found)
    waves, path, foreseen = graph.waves(), graph.critical_path(), foresee(found)
    at_once, default, trouble = _staff(repo, agents, agent, found)
    if json:
        render.print_json(
            {
                "tickets": len(found),
                "waves": waves,
                "critical_path": path,
                "overlaps": [_overlap_json(each) for each in foreseen],
                "agents_at_once": at_once,
                "agents": {t.id: t.agent or default for t in found},
                "trouble": trouble,
            }
        )
        return
    print(
        f"{count(len(found), 'ticket')} in {count(len(waves), 'wave')}, up to {count(at_once, 'agent')} at once"
    )
    print(safe(f"critical path: {' → '.join(path)}") if len(path) > 1 else "no ticket waits for another")
    if trouble:
        print(safe(f"note: {trouble}"))
    print()
    by_id = {t.id: t for t in found}
    rows = [
        (
            Cell(str(number)),
            Cell(t.id),
            Cell(t.priority.name.lower()),
            Cell(t.agent or default or "?"),
            Cell(" ".join(t.depends_on)),
            Cell(t.title),
        )
        for number, wave in enumerate(waves, 1)
        for t in _in_order(wave, by_id, graph)
    ]
    render.print_table(("wave", "ticket", "priority", "agent", "waits for", "title"), rows, right=("wave",))
    print()
    if foreseen:
        print(
            f"{count(len(foreseen), 'pair')} of tickets may touch the same files, by the paths that they declare:"
        )
        for each in foreseen[:MOST_OVERLAPS]:
            print(safe(f"  {_overlap_text(each)}"))
        if len(foreseen) > MOST_OVERLAPS:
            print(f"  and {len(foreseen) - MOST_OVERLAPS} more (--json lists all)")
    elif any(t.paths for t in found):
        print("no two tickets declare paths that overlap")
    else:
        print("no ticket declares paths, so overlaps cannot be foreseen")


def _overlap_text(foreseen: Foreseen) -> str:
    """Which files, what is done about it, and what that and the other way cost."""
    globs = list(dict.fromkeys(a if a == b else f"{a} and {b}" for a, b in foreseen.overlap.globs))
    price = foreseen.price
    what = "waits for" if price.pays_to_wait else "does not wait for"
    return (
        f"{foreseen.later} {what} {foreseen.earlier}: {', '.join(globs[:4])} (in conflict by {foreseen.chance:.0%}; "
        f"waiting costs {price.wait:.2f} runs, not waiting {price.start:.2f})"
    )


def _overlap_json(foreseen: Foreseen) -> dict[str, Any]:
    return {
        "left": foreseen.overlap.left,
        "right": foreseen.overlap.right,
        "globs": list(foreseen.overlap.globs),
        "chance": round(foreseen.chance, 3),
        "later": foreseen.later,
        "waits": foreseen.price.pays_to_wait,
        "price": {"wait": round(foreseen.price.wait, 3), "start": round(foreseen.price.start, 3)},
    }


def _ticket_json(ticket: Ticket, *, short: bool = False) -> dict[str, Any]:
    from headway.nouns import Priority

    told: dict[str, Any] = {
        "id": ticket.id,
        "title": ticket.title,
        "description": ticket.description,
        "priority": ticket.priority.name.lower(),
        "depends_on": list(ticket.depends_on),
        "paths": list(ticket.paths),
        "agent": ticket.agent,
        "role": ticket.role,
        "verify": ticket.verify,
        "timeout": ticket.timeout,
        "labels": list(ticket.labels),
    }
    if not short:
        return told | {"source": ticket.source}
    if ticket.priority is Priority.MEDIUM:
        del told["priority"]
    return {key: value for key, value in told.items() if value not in (None, "", [])}


def _heaps(found: Import) -> str:
    """``294 files: 130 tickets; not used: 101 done or dropped already, 63 no front matter``."""
    from headway.cli.text import count

    tickets = count(len(found.tickets), "ticket")
    if not found.rejected:
        return f"{tickets}, nothing wrong"
    heaps = ", ".join(f"{number} {reason.value}" for reason, number in found.heaps().items())
    return (
        f"{count(found.files, 'file')}: {tickets}; {len(found.rejected)} not used, each named above: {heaps}"
    )


def _import_json(found: Import) -> dict[str, Any]:
    return {
        "files": found.files,
        "tickets": len(found.tickets),
        "rejected": _problems_json(found.rejected),
        "notes": _problems_json(found.notes),
    }


def _problems_json(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"where": problem.where, "what": problem.what} for problem in problems]


def _in_order(wave: Sequence[str], by_id: dict[str, Ticket], graph: Any) -> list[Ticket]:
    """A wave's tickets in the order in which they would start: by priority, then by the chain behind them."""
    tickets = [by_id[id_] for id_ in wave]
    return sorted(tickets, key=lambda t: (-t.priority, -graph.critical_path_length(t.id)))


def _staff(
    repo: Path, agents: int | None, agent: str | None, tickets: Sequence[Ticket]
) -> tuple[int, str | None, str]:
    """How many agents at once, the profile for tickets that name none, and what is in the way of a run."""
    from headway.cli.places import find_place
    from headway.config import Settings, find_settings, read_settings
    from headway.coordination.opening import RunOptions, agents_at_once, choose_profiles
    from headway.errors import AgentError, RepositoryError, SettingsError

    options = RunOptions(agents=agents, agent=agent)
    trouble = ""
    try:
        settings = read_settings(find_settings(find_place(repo).root))
    except RepositoryError as error:
        settings, trouble = Settings(), str(error)
    default = agent or settings.agents.default
    try:
        default = choose_profiles(settings, options, tickets)[1]
    except (AgentError, SettingsError) as error:
        trouble = trouble or str(error)
    return min(agents_at_once(settings, options), max(1, len(tickets))), default, trouble
