"""The command line as data, and the ``headway`` commands of a text: found and parsed, never run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

import typer
from typer.exceptions import Exit, TyperException
from typer.main import get_command

from headway.cli.app import app


@cache
def _everything() -> Any:
    return get_command(app)


def command_line() -> dict[str, Any]:
    """Every command by what one types for it (``tickets check``), groups left out, in the order of ``--help``."""
    return dict(_walk(_everything(), ()))


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from _walk(each, (*path, name))
    else:
        yield " ".join(path), command


def why_not_understood(arguments: list[str]) -> str | None:
    """What is wrong with what stands after ``headway``; None where it can be parsed. Nothing is run."""
    command = _everything()
    rest = list(arguments)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            return f"there is no command {name!r}"
        command = command.commands[name]
    if rest in (["--help"], ["-h"]) or (hasattr(command, "commands") and rest == ["--version"]):
        return None
    if hasattr(command, "commands"):
        return "no command is named"
    try:
        command.make_context(command.name, rest)
    except (TyperException, Exit, typer.Exit) as error:
        return str(error) or type(error).__name__
    return None


def in_shell(script: str) -> list[list[str]]:
    """What stands after each ``headway`` in a shell script; prompts (``$ ``), pipes and here-documents as usual."""
    found: list[list[str]] = []
    for line in _lines(script):
        words: list[str] = []
        for token in [*_tokens(line), ";"]:
            if re.fullmatch(r"[|&;()<>]+|\d?>&?\d?", token):
                if words[:1] == ["headway"]:
                    found.append(words[1:])
                # What follows a redirection is a file, and what a file's name follows is none of a command's words.
                words = ["(file)"] if set(token) & set("<>") else []
            else:
                words.append(token)
    return found


def _lines(script: str) -> Iterator[str]:
    """The lines of a script as its shell reads them: continued ones joined, here-documents left out."""
    lines = iter(script.splitlines())
    for line in lines:
        whole = re.sub(r"^\s*\$ ", "", line)
        while whole.endswith("\\"):
            whole = whole[:-1] + " " + next(lines, "").strip()
        document = re.search(r"<<-?\s*'?(\w+)'?", whole)
        if document:
            for each in lines:
                if each.strip() == document[1]:
                    break
            whole = whole[: document.start()]
        yield whole


def _tokens(line: str) -> list[str]:
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    reader.commenters = "#"
    try:
        return list(reader)
    except ValueError:
        return []  # a text that is no shell


_WORD = r"[^ ,;:()`'\"\n|&…]+"
_MENTION = re.compile(rf"(?<!run )\bheadway (?=[a-z])(?P<words>{_WORD}(?: (?:{_WORD}|…))*)")


def mentions(text: str) -> list[list[str]]:
    """What follows ``headway`` where a sentence names a command, up to the next mark."""
    return [found["words"].split() for found in _MENTION.finditer(text)]


def why_not_there(words: list[str]) -> str | None:
    """What a sentence about ``headway WORDS…`` names that the command line lacks: the command, or an option of it."""
    command = _everything()
    rest = list(words)
    while hasattr(command, "commands"):
        name = rest.pop(0).rstrip(".") if rest else ""
        if name not in command.commands:
            return f"there is no command {name!r}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{command.name} has no option {unknown[0]}" if unknown else None
