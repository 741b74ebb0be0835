"""Which merge driver ``.gitattributes`` name for a path, where that is beyond doubt. Pure.

Understood are patterns without wildcards and those like ``*.txt``, the usual ones; where anything else could have a
say :exc:`~headway.conflicts.lines.Undecided` is raised, and git is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from headway.conflicts.lines import Undecided

_SAYS_SOMETHING = re.compile(rb"merge|binary|\[attr\]")

#: What the attribute comes to: git's three own drivers.
TEXT, BINARY, UNION = "text", "binary", "union"

#: What a token says of ``merge``; ``binary`` is git's macro for ``-diff -merge -text``.
_TOKENS = {
    "merge": TEXT,
    "!merge": TEXT,
    "-merge": BINARY,
    "binary": BINARY,
    "merge=text": TEXT,
    "merge=binary": BINARY,
    "merge=union": UNION,
}


def has_say(content: bytes) -> bool:
    """Whether an attributes file could say anything of how files are merged."""
    return _SAYS_SOMETHING.search(content) is not None


def merge_driver(path: str, attributes: Iterable[tuple[str, bytes]]) -> str:
    """``text``, ``binary`` or ``union``. ``attributes``: (directory, content) of the files that have a say, the one
    that counts least first. Raises Undecided."""
    driver = TEXT
    for directory, content in attributes:
        relative = path.removeprefix(f"{directory}/") if directory else path
        for line in content.decode("utf-8", "surrogateescape").split("\n"):
            pattern, *tokens = re.split(r"[ \t\r]+", line.strip(" \t\r"))
            if not tokens or pattern.startswith("#"):
                continue
            told = [token for token in tokens if "merge" in token or "binary" in token]
            if pattern.startswith("[attr]"):
                raise Undecided("a macro of attributes")
            if not told:
                continue
            if not all(token in _TOKENS for token in told) or len(told) > 1:
                raise Undecided(f"attributes {told}")
            if _matches(pattern, relative):
                driver = _TOKENS[told[0]]
    return driver


def _matches(pattern: str, path: str) -> bool:
    name = path.rpartition("/")[2]
    if re.fullmatch(r"\*\.[A-Za-z0-9_.-]+", pattern):
        return name.endswith(pattern[1:])
    if not re.fullmatch(r"[A-Za-z0-9_./-]+", pattern) or pattern.endswith("/"):
        raise Undecided(f"pattern {pattern!r}")
    if "/" not in pattern:
        return name == pattern
    return path == pattern.removeprefix("/")
