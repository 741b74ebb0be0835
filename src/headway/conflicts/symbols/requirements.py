"""The dependencies that a file asks for: requirements*.txt, pyproject.toml, setup.*, package.json, go.mod. Pure."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Requirement:
    """One dependency as one file asks for it."""

    #: "python", "npm" or "go".
    ecosystem: str
    #: Normalized, as its registry compares names.
    name: str
    spec: str
    #: Condition under which it counts, as written; empty for always.
    marker: str
    #: Which list of the file it stands in; empty for the main one.
    group: str
    line: int


_REQUIREMENT = re.compile(
    r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(\(?[<>=!~][^;#]*|@[^;#]+)?\s*(?:;([^#]*))?(?:#.*)?$"
)
_LIST = re.compile(
    r"(^|[-_./])(requirements|constraints|reqs)([-_.][^/]*)?\.(txt|in|pip)$|(^|/)requirements/[^/]+\.(txt|in)$"
)
_GO = re.compile(r"^\s*(?:require\s+)?([\w.~-]+\.[\w./~-]+)\s+(v\d\S*)")


def is_manifest(path: str) -> bool:
    """Whether a file of this name lists dependencies."""
    name = path.rpartition("/")[2]
    return name in ("pyproject.toml", "setup.cfg", "setup.py", "package.json", "go.mod") or bool(
        _LIST.search(path)
    )


def project_of(path: str) -> str:
    """The directory whose program a list of dependencies is for."""
    directory = path.rpartition("/")[0]
    head, _, last = directory.rpartition("/")
    return head if last in ("requirements", "reqs", "requires", "constraints") else directory


def read_requirements(path: str, content: bytes) -> dict[tuple[str, str], Requirement]:
    """The dependencies by (group, name); empty where the file cannot be read."""
    text = content.decode("utf-8", "replace")
    name = path.rpartition("/")[2]
    try:
        if name == "package.json":
            found = list(_package_json(text))
        elif name == "go.mod":
            found = list(_go_mod(text))
        elif name == "pyproject.toml":
            found = list(_pyproject(text))
        elif name == "setup.cfg":
            found = list(_setup_cfg(text))
        elif name == "setup.py":
            found = list(_setup_py(text))
        else:
            found = [
                r for n, line in enumerate(text.splitlines(), 1) if (r := _python(line, "", n)) is not None
            ]
    except (ValueError, SyntaxError, configparser.Error, RecursionError, AttributeError, TypeError):
        return {}  # half-written, or not what its name says
    return {(each.group, each.name): each for each in found}


def _python(line: str, group: str, number: int) -> Requirement | None:
    match = _REQUIREMENT.match(line.split(" --hash", 1)[0].rstrip("\\ "))
    if match is None:
        return None
    spec = re.sub(r"\s+", "", (match[2] or "").strip("() "))
    name = re.sub(r"[-_.]+", "-", match[1]).lower()
    return Requirement("python", name, spec, (match[3] or "").strip(), group, number)


def _listed(items: Any, group: str, text: str) -> Iterator[Requirement]:
    for item in items if isinstance(items, list) else []:
        if isinstance(item, str):
            found = _python(item, group, _line_of(text, item))
            if found is not None:
                yield found


def _line_of(text: str, item: str) -> int:
    at = text.find(item)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _pyproject(text: str) -> Iterator[Requirement]:
    data = tomllib.loads(text)
    project = data.get("project", {})
    yield from _listed(project.get("dependencies"), "", text)
    for extra, items in project.get("optional-dependencies", {}).items():
        yield from _listed(items, f"extra {extra}", text)
    for group, items in data.get("dependency-groups", {}).items():
        yield from _listed(items, f"group {group}", text)
    yield from _listed(data.get("build-system", {}).get("requires"), "build", text)
    poetry = data.get("tool", {}).get("poetry", {})
    tables = {"": poetry.get("dependencies", {}), "group dev": poetry.get("dev-dependencies", {})}
    for group, table in poetry.get("group", {}).items():
        tables[f"group {group}"] = table.get("dependencies", {})
    for group, table in tables.items():
        for name, value in table.items():
            spec = value.get("version") if isinstance(value, dict) else value
            if isinstance(spec, str) and name != "python":
                normal = re.sub(r"[-_.]+", "-", name).lower()
                yield Requirement("poetry", normal, spec, "", group, _line_of(text, f"{name} "))


def _setup_cfg(text: str) -> Iterator[Requirement]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    lists = {("options", "install_requires"): "", ("options", "tests_require"): "group tests"}
    for (section, key), group in lists.items():
        yield from _listed(parser.get(section, key, fallback="").splitlines(), group, text)
    if parser.has_section("options.extras_require"):
        for extra, value in parser.items("options.extras_require"):
            yield from _listed(value.splitlines(), f"extra {extra}", text)


def _setup_py(text: str) -> Iterator[Requirement]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        if name != "setup":
            continue
        for keyword in node.keywords:
            if keyword.arg in ("install_requires", "tests_require", "setup_requires"):
                group = "" if keyword.arg == "install_requires" else f"group {keyword.arg}"
                yield from _literals(keyword.value, group)
            elif keyword.arg == "extras_require" and isinstance(keyword.value, ast.Dict):
                for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                    yield from _literals(value, f"extra {_name(key)}")


def _name(key: ast.expr | None) -> str:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _literals(node: ast.expr, group: str) -> Iterator[Requirement]:
    for each in getattr(node, "elts", ()):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found = _python(each.value, group, each.lineno)
            if found is not None:
                yield found


def _package_json(text: str) -> Iterator[Requirement]:
    data = json.loads(text)
    for key in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"):
        for name, spec in data.get(key, {}).items():
            if isinstance(spec, str):
                group = "" if key == "dependencies" else f"group {key}"
                yield Requirement("npm", name, spec, "", group, _line_of(text, f'"{name}"'))


def _go_mod(text: str) -> Iterator[Requirement]:
    for number, line in enumerate(text.splitlines(), 1):
        match = _GO.match(line)
        if match is not None and not line.lstrip().startswith(("replace", "exclude", "module")):
            yield Requirement("go", match[1], match[2], "", "", number)
