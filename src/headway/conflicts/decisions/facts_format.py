"""Settings of formatters and editors: indentation, length of lines, quotes, ends of lines. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from headway.conflicts.decisions.fact import Fact

_PRETTIER = re.compile(r"(^|/)\.prettierrc(\.json)?$")


def format_facts(path: str, text: str) -> Iterator[Fact]:
    """What a settings file says about the format of code."""
    name, folder = path.rpartition("/")[2], path.rpartition("/")[0]
    try:
        if name == ".editorconfig":
            yield from _editorconfig(folder, text)
        elif name in ("pyproject.toml", "ruff.toml", ".ruff.toml"):
            yield from _python(folder, name, text)
        elif _PRETTIER.search(path):
            yield from _prettier(folder, json.loads(text))
        elif name == "package.json":
            yield from _prettier(folder, json.loads(text).get("prettier"))
    except (ValueError, AttributeError, TypeError, RecursionError):
        return  # half-written, or not what its name says


def _fact(topic: str, choice: object, scope: str) -> Fact:
    return Fact(topic, str(choice), scope, changes=True)


def _within(folder: str, glob: str) -> str:
    return f"{folder}/**/{glob}" if folder else glob


def _python(folder: str, name: str, text: str) -> Iterator[Fact]:
    data = tomllib.loads(text)
    tools = {"ruff": data} if name != "pyproject.toml" else data.get("tool", {})
    scope = _within(folder, "*.py")
    for tool in ("ruff", "black"):
        if "line-length" in tools.get(tool, {}):
            yield _fact("line length", tools[tool]["line-length"], scope)
            break
    style = tools.get("ruff", {}).get("format", {})
    if "quote-style" in style and style["quote-style"] in ("single", "double"):
        yield _fact("quote style", style["quote-style"], scope)
    if "indent-style" in style:
        yield _fact("indentation", "tabs" if style["indent-style"] == "tab" else "spaces", scope)


def _prettier(folder: str, data: Any) -> Iterator[Fact]:
    if not isinstance(data, dict):
        return
    scopes = ", ".join(_within(folder, f"*.{ending}") for ending in ("js", "jsx", "ts", "tsx"))
    if "printWidth" in data:
        yield _fact("line length", data["printWidth"], scopes)
    if "useTabs" in data:
        yield _fact("indentation", "tabs" if data["useTabs"] else "spaces", scopes)
    if "tabWidth" in data:
        yield _fact("indent size", data["tabWidth"], scopes)
    if "singleQuote" in data:
        yield _fact("quote style", "single" if data["singleQuote"] else "double", scopes)
    if "semi" in data:
        yield _fact("semicolons", "always" if data["semi"] else "never", scopes)
    if data.get("trailingComma") in ("all", "none"):
        yield _fact("trailing commas", "always" if data["trailingComma"] == "all" else "never", scopes)


def _editorconfig(folder: str, text: str) -> Iterator[Fact]:
    scope = ""
    for line in text.splitlines():
        if header := re.match(r"\s*\[(.+)\]\s*$", line):
            braces = re.fullmatch(r"(.*)\{([^{}]+)\}(.*)", header[1])
            globs = (
                [braces[1] + each.strip() + braces[3] for each in braces[2].split(",")]
                if braces
                else [header[1]]
            )
            scope = ", ".join(_within(folder, each) for each in globs)
            continue
        setting = re.match(r"\s*([a-z_]+)\s*=\s*([^#;\s]+)", line)
        if setting is None or setting[2] == "unset":
            continue
        key, value = setting[1], setting[2]
        if key == "indent_style" and value in ("tab", "space"):
            yield _fact("indentation", f"{value}s", scope)
        elif key == "indent_size" and value.isdigit():
            yield _fact("indent size", value, scope)
        elif key == "max_line_length" and value.isdigit():
            yield _fact("line length", value, scope)
        elif key == "end_of_line" and value in ("lf", "crlf"):
            yield _fact("line endings", value, scope)
