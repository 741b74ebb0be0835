"""Files that a command makes anew: which commands, for which paths. Running them is the coordinator's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from headway.resolution.mechanical.classes import matches


@dataclass(frozen=True, slots=True)
class Regeneration:
    """A command to be run on the merged tree, and the paths that it makes."""

    command: str
    paths: tuple[str, ...]


def plan(paths: Iterable[str], commands: Mapping[str, str]) -> tuple[Regeneration, ...]:
    """What to run for conflicting paths, each command once. ``commands``: glob → command."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        command = next((command for glob, command in commands.items() if matches(path, glob)), None)
        if command is not None:
            found.setdefault(command, []).append(path)
    return tuple(Regeneration(command, tuple(made)) for command, made in found.items())
