"""Answers without typer what is asked most: ``headway status``, ``conflicts``, …, and ``headway --version``.

Typer converts every option with pydantic, which costs 90 ms to import: ``status`` takes 200 ms with it and 100 ms
without. What is not understood here is typer's: it knows every option, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class _Form:
    """How a command may be written."""

    #: Options with a value, and without one.
    values: tuple[str, ...]
    flags: tuple[str, ...]
    #: Whether one thing may be named by its id.
    names_one: bool = False


_RUN = ("--repo", "--run")

_FORMS = {
    "status": _Form(_RUN, ("--json",)),
    "conflicts": _Form(_RUN, ("--json", "--all"), names_one=True),
    "escalations": _Form(("--repo",), ("--json", "--all"), names_one=True),
    "leases": _Form(_RUN, ("--json",)),
    "order": _Form(_RUN, ("--json",)),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What was written."""

    repo: Path
    run: str | None
    id: str | None
    json: bool
    all: bool


def answer(arguments: Sequence[str]) -> bool:
    """Whether it was answered. Raises HeadwayError."""
    if list(arguments) == ["--version"]:
        from headway.version import __version__

        print(f"headway {__version__}")
        return True
    form = _FORMS.get(arguments[0]) if arguments else None
    told = _read(form, arguments[1:]) if form is not None else None
    if told is None:
        return False
    _do(arguments[0], told)
    return True


def _do(command: str, told: _Told) -> None:
    match command:
        case "status":
            from headway.cli.standing import print_status

            print_status(told.repo, told.run, as_json=told.json)
        case "conflicts" if told.id is None:
            from headway.cli.conflicting import print_conflicts

            print_conflicts(told.repo, told.run, all_=told.all, as_json=told.json)
        case "conflicts":
            from headway.cli.conflict_page import print_conflict

            assert told.id is not None, "the case above"
            print_conflict(told.repo, told.run, told.id, as_json=told.json)
        case "escalations":
            from headway.cli.escalating import print_escalation, print_escalations

            if told.id is None:
                print_escalations(told.repo, all_=told.all, as_json=told.json)
            else:
                print_escalation(told.repo, told.id, as_json=told.json)
        case "leases":
            from headway.cli.waiting import print_leases

            print_leases(told.repo, told.run, as_json=told.json)
        case "order":
            from headway.cli.waiting import print_order

            print_order(told.repo, told.run, as_json=told.json)


def _read(form: _Form, arguments: Sequence[str]) -> _Told | None:
    """What the arguments say; None where one is not known, or lacks its value."""
    told = {"--repo": "."}
    ids: list[str] = []
    rest = list(arguments)
    while rest:
        name, given, value = rest.pop(0).partition("=")
        if name in form.flags and not given:
            told[name] = ""
        elif name in form.values and (given or rest):
            told[name] = value if given else rest.pop(0)
        elif form.names_one and not ids and name and not given and not name.startswith("-"):
            ids.append(name)
        else:
            return None
    return _Told(
        repo=Path(told["--repo"]),
        run=told.get("--run"),
        id=ids[0] if ids else None,
        json="--json" in told,
        all="--all" in told,
    )
