"""Which rules hold for which files. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from headway.config import MechanicalSettings
from headway.resolution.hunks import Hunk
from headway.resolution.mechanical import changelogs, definitions, dependencies, imports, versions
from headway.resolution.mechanical.rules import Answer, Rule, both


@dataclass(frozen=True, slots=True)
class FileClass:
    """A kind of file; its globs are the setting of the same name."""

    name: str
    #: Tried in this order for each hunk.
    rules: tuple[Rule, ...]
    #: Whether its lines do not depend on each other, so that changes that only touch are no conflict.
    is_list: bool = False


def _dependencies(path: str, hunk: Hunk) -> Answer | None:
    if path.endswith(".json"):
        return dependencies.package_json(path, hunk)
    rule = dependencies.project if path.endswith((".toml", ".py", ".cfg")) else dependencies.requirements
    return rule(path, hunk)


def _imports(path: str, hunk: Hunk) -> Answer | None:
    if path.endswith((".py", ".pyi")):
        return imports.python(path, hunk)
    return imports.go(path, hunk) if path.endswith(".go") else imports.javascript(path, hunk)


CLASSES: Mapping[str, FileClass] = MappingProxyType(
    {
        each.name: each
        for each in (
            FileClass("lists", (both,), is_list=True),
            FileClass("changelogs", (changelogs.entries,)),
            FileClass("versions", (versions.higher,)),
            FileClass("dependencies", (_dependencies,)),
            FileClass("imports", (_imports,)),
            FileClass("definitions", (definitions.both,)),
        )
    }
)


def classes_of(path: str, settings: MechanicalSettings) -> tuple[FileClass, ...]:
    """The classes that a path is of, in the order in which they are tried."""
    return tuple(
        each for name, each in CLASSES.items() if any(matches(path, glob) for glob in getattr(settings, name))
    )


def matches(path: str, glob: str) -> bool:
    """Whether a glob names a path: one without a slash names files in any folder."""
    return fnmatchcase(path if "/" in glob else path.rpartition("/")[2], glob)
