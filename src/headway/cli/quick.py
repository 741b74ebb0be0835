"""Answers what is asked most without typer: ``headway status`` and ``headway --version``.

Typer converts every option with pydantic, which costs 90 ms to import: ``status`` takes 200 ms with it and 100 ms
without. What is not understood here is typer's: it knows every option, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def answer(arguments: Sequence[str]) -> bool:
    """Whether it was answered. Raises HeadwayError."""
    if list(arguments) == ["--version"]:
        from headway.version import __version__

        print(f"headway {__version__}")
        return True
    if not arguments or arguments[0] != "status":
        return False
    told = _read(arguments[1:])
    if told is None:
        return False
    from headway.cli.standing import print_status

    print_status(Path(told["--repo"]), told.get("--run"), as_json="--json" in told)
    return True


def _read(arguments: Sequence[str]) -> dict[str, str] | None:
    """The options of ``status``; None where one is not known, or lacks its value."""
    told = {"--repo": "."}
    rest = list(arguments)
    while rest:
        name, given, value = rest.pop(0).partition("=")
        if name == "--json" and not given:
            told[name] = ""
        elif name in ("--repo", "--run") and (given or rest):
            told[name] = value if given else rest.pop(0)
        else:
            return None
    return told
