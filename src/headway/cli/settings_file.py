"""The text of a commented ``headway.toml``, made from the settings themselves, so that it cannot go stale. Pure.

Every key stands there with its description and its default, switched off: a line that begins with ``#`` and a name is
a key, one that begins with ``# `` is prose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from headway.config import ProfileSettings, Section, keys, parse_duration, parse_size, sections

#: Longest line of prose.
_WIDTH = 98


def settings_text(agents: Sequence[str] = ()) -> str:
    """The file. ``agents``: names of the command-line agents that were found on this machine."""
    lines = [
        "# Headway's settings for this repository. Everything is as by default: take the # off a key to change it.",
        "# All of it is explained in docs/reference/configuration.md; `headway doctor` reads this file and says",
        "# what is wrong with it.",
    ]
    for name, section in sections().items():
        if section is ProfileSettings:
            lines += ["", *_profiles(agents)]
        else:
            lines += ["", *_prose(_about(section)), f"[{name}]"]
            lines += _keys(section)
    return "\n".join(lines) + "\n"


def _profiles(agents: Sequence[str]) -> list[str]:
    found = ", ".join(agents) if agents else "none of the built-in ones"
    return [
        *_prose(_about(ProfileSettings)),
        *_prose(
            f"Built in: claude, codex, opencode. Found on this machine when this file was made: {found}."
        ),
        "#[profiles.my-agent]",
        *_keys(ProfileSettings),
    ]


def _keys(section: type[Section]) -> list[str]:
    lines: list[str] = []
    for name, field in keys(section).items():
        default = field.get_default(call_default_factory=True)
        examples = field.examples or []
        lines += ["", *_prose(field.description or "")]
        if examples and default in (None, {}):
            lines.append(f"#{name} = {_toml(examples[0], field)}")
        else:
            lines.append(f"#{name} = {_toml(default, field)}")
    return lines


def _about(section: type[Section]) -> str:
    """The section's docstring without its own name, which stands below it."""
    text = " ".join((section.__doc__ or "").split())
    text = re.sub(r"^``\[[^`]*\]``: *", "", text).replace("``", "`")
    return text[:1].upper() + text[1:]


def _prose(text: str) -> list[str]:
    import textwrap

    return [f"# {line}" for line in textwrap.wrap(" ".join(text.split()), _WIDTH)]


def _toml(value: Any, field: FieldInfo) -> str:  # noqa: PLR0911 (one kind of value after the other)
    functions = [getattr(each, "func", None) for each in field.metadata]
    if isinstance(value, float) and parse_duration in functions:
        return f'"{_duration(value)}"'
    if isinstance(value, int) and parse_size in functions:
        return f'"{_size(value)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {json.dumps(each)}" for key, each in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml(each, field) for each in value) + "]"
    return str(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else json.dumps(name)


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{round(seconds * 1000)}ms"


def _size(count: int) -> str:
    units = (("GiB", 2**30), ("GB", 10**9), ("MiB", 2**20), ("MB", 10**6), ("KiB", 2**10), ("KB", 1000))
    for unit, size in units:
        if count >= size and count % size == 0:
            return f"{count // size}{unit}"
    return f"{count}B"
