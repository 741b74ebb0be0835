"""Decisions that nobody recorded: what an edit brings that others may decide differently. Pure.

New dependencies for a job of the catalogue, ``def`` or ``async def`` of a new interface, the columns of a new table,
the path of a new operation, settings of formatters, names of environment variables. What was there before the edit is
no decision of it. Not for: what merges as text and breaks as a program (:mod:`headway.conflicts.symbols`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from headway.conflicts.decisions.catalogue import Catalogue, built_in
from headway.conflicts.decisions.fact import Fact
from headway.conflicts.decisions.facts_format import format_facts
from headway.conflicts.decisions.facts_python import python_facts
from headway.conflicts.decisions.facts_sql import sql_facts
from headway.conflicts.decisions.words import word_set, words
from headway.conflicts.symbols.requirements import Requirement, is_manifest, project_of, read_requirements
from headway.nouns import Decision, DecisionSource

#: Larger files are made by machines; nobody decided anything in them. In bytes.
LARGEST = 400_000
#: Most routes, and most variables, that are read from one file.
_MOST = 500

_LANGUAGES = {"python": "python", "poetry": "python", "npm": "js", "go": "go"}
_ASIDE = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|samples?|fixtures?|benchmarks?|node_modules|vendor)(/|$)"
    r"|(^|/)(test_[^/]*|[^/]*_test\.\w+|conftest\.py|[^/]*\.(test|spec)\.\w+)$"
)
_VARIABLE = re.compile(
    r"""(?:\benviron(?:\.get\(|\[)|\bgetenv\(|\bGetenv\(|\bLookupEnv\()\s*["']([A-Z][A-Z0-9_]{2,60})["']"""
    r"""|\bprocess\.env\.([A-Z][A-Z0-9_]{2,60})\b|\bprocess\.env\[["']([A-Z][A-Z0-9_]{2,60})["']\]"""
)
_DOTENV = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,60})\s*=", re.MULTILINE)
_SOURCE = re.compile(r"\.(py|js|jsx|mjs|cjs|ts|tsx|go)$")
_ROUTE = re.compile(
    r"""\.(get|post|put|patch|delete|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete|HandleFunc)"""
    r"""\(\s*["'`](/[^"'`\s]{0,300})["'`]\s*,"""
    r"""(?:\s*[\w.()]+\s*,)*\s*(?:\w+\.)*(\w+)\s*\)"""
)
#: Names of environment variables that are no choice of the program.
_GIVEN = word_set("PATH HOME USER SHELL LANG TERM PWD TZ CI DEBUG NODE_ENV TMPDIR EDITOR NO_COLOR")
#: Parts of their names that mean the same.
_SAME_PART = {
    part: same
    for same, parts in {
        "url": "dsn uri",
        "database": "db pg postgres postgresql",
        "password": "pass passwd pw pwd",
        "host": "hostname",
        "user": "username",
        "folder": "dir directory",
        "log level": "loglevel",
        "": "connection",
    }.items()
    for part in parts.split()
}


def decisions_from(
    path: str, old: bytes | None, new: bytes | None, catalogue: Catalogue | None = None
) -> list[Decision]:
    """The decisions that a change of one file brings, in the order of the file; ``None`` where there is no such file.

    Their source is ``EDIT``; agent, ticket, run and time are for the caller to set.
    """
    if new is None or new == old:
        return []
    before = {(each.topic, each.scope): each for each in _facts(path, old, catalogue)}
    found = []
    for each in _facts(path, new, catalogue):
        known = before.get((each.topic, each.scope))
        if known is None or (each.changes and known.choice != each.choice):
            where = f"{path}:{each.line}" if each.line else path
            found.append(
                Decision(
                    topic=each.topic,
                    choice=each.choice,
                    scope=each.scope,
                    reason=f"{where}{': ' + each.reason if each.reason else ''}",
                    source=DecisionSource.EDIT,
                )
            )
    if is_manifest(path):
        found += _dependencies(path, old, new, catalogue or built_in())
    return found


def _facts(path: str, content: bytes | None, catalogue: Catalogue | None) -> list[Fact]:
    if content is None or len(content) > LARGEST or b"\0" in content:
        return []
    text = content.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    found = [*format_facts(path, text)]
    if not _ASIDE.search(path):
        found += sql_facts(path, text)
        if path.endswith(".py"):
            found += python_facts(path, text)
        if _SOURCE.search(path):
            found += _routes(text)
        found += _variables(path, text)
    kept: dict[tuple[str, str], Fact] = {}
    for each in found:
        kept.setdefault((each.topic, each.scope), each)
    return list(kept.values())


def _dependencies(path: str, old: bytes | None, new: bytes, catalogue: Catalogue) -> Iterator[Decision]:
    """New dependencies for a job that the catalogue knows; what they take the place of in the same edit is said."""
    before = read_requirements(path, old) if old is not None else {}
    after = read_requirements(path, new)
    names_before = {each.name for each in before.values()}
    names_after = {each.name for each in after.values()}
    gone: dict[str, list[str]] = {}
    for each in before.values():
        if each.name not in names_after:
            for topic, choice in _jobs(each, catalogue):
                gone.setdefault(topic, []).append(choice)
    for each in after.values():
        if each.name in names_before:
            continue
        for topic, choice in _jobs(each, catalogue):
            instead = [name for name in dict.fromkeys(gone.get(topic, ())) if name != choice]
            yield Decision(
                topic=topic,
                choice=f"{choice} instead of {', '.join(instead)}" if instead else choice,
                scope=project_of(path),
                reason=f"{path}:{each.line}: a new dependency, {each.name} {each.spec}".rstrip(),
                source=DecisionSource.EDIT,
            )


def _jobs(requirement: Requirement, catalogue: Catalogue) -> list[tuple[str, str]]:
    """(topic, choice) of a dependency; none where it may be for more than one job."""
    language = _LANGUAGES[requirement.ecosystem]
    for name in _names(requirement):
        namings = catalogue.phrases.get(words(name), ())
        mine = [n.choice for n in namings if n.choice.language == language]
        mine = mine or [n.choice for n in namings if n.choice.language == "any"]
        if mine:
            return [(mine[0].topic, mine[0].name)] if len({each.topic for each in mine}) == 1 else []
    return []


def _names(requirement: Requirement) -> list[str]:
    """How the catalogue may call a dependency: as it is named, without its owner, without its major version."""
    name = requirement.name
    if requirement.ecosystem == "go":
        name = re.sub(r"/v\d+$", "", name)
        without_host = name.partition("/")[2] or name
        return [name, without_host, name.rpartition("/")[2]]
    return [name, name.partition("/")[2] or name] if name.startswith("@") else [name]


def _routes(text: str) -> Iterator[Fact]:
    """Paths that a call hands to a named handler: ``router.post("/orders", createOrder)``."""
    for match in islice(_ROUTE.finditer(text), _MOST):
        method, path, handler = match.groups()
        if len(words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", handler))) >= 2:
            told = f"{method.upper()} {path}" if method != "HandleFunc" else path
            yield Fact(
                f"endpoint of `{_operation(handler)}`", told, line=text.count("\n", 0, match.start()) + 1
            )


def _operation(name: str) -> str:
    """``createOrder`` and ``create_order`` are one operation."""
    return "_".join(words(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)))


def _variables(path: str, text: str) -> Iterator[Fact]:
    """Names of environment variables, by what they are for: ``DB_URL`` and ``DATABASE_DSN`` are for the same."""
    found: dict[str, int] = {}
    if re.search(r"(^|/)\.env[^/]*$", path):
        for match in _DOTENV.finditer(text):
            found.setdefault(match[1], match.start(1))
    elif _SOURCE.search(path):
        for match in _VARIABLE.finditer(text):
            found.setdefault(match[1] or match[2] or match[3], match.start())
    for name, at in islice(found.items(), _MOST):
        parts = [_SAME_PART.get(part, part) for part in name.lower().split("_") if part]
        purpose = " ".join(sorted({part for part in parts if part}))
        if name not in _GIVEN and len(parts) > 1 and purpose:
            yield Fact(f"environment variable of `{purpose}`", name, line=text.count("\n", 0, at) + 1)
