"""Functions and classes that both sides put at one place: both, where they are whole and their names differ. Pure."""

from __future__ import annotations

import ast
import textwrap

from headway.resolution.hunks import Hunk, Lines
from headway.resolution.mechanical.rules import Answer

_WHOLE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def both(path: str, hunk: Hunk) -> Answer | None:
    """What the earlier side put there, then the later one's; a file that Python could read it can still."""
    if not hunk.only_grows:
        return None
    left, right = _names(hunk.left), _names(hunk.right)
    if not left or not right or left & right or _indent(hunk.left) != _indent(hunk.right):
        return None
    # Between two definitions there are as many blank lines as the side that was there first left around its own.
    lines = _apart(hunk.left, hunk.right)
    earlier, merged = [b"".join((*hunk.before, *piece, *hunk.after)) for piece in (hunk.left, lines)]
    if _parses(earlier) and not _parses(merged):
        return None
    return Answer(lines)


def _parses(text: bytes) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _apart(left: Lines, right: Lines) -> Lines:
    closed = (*left[:-1], left[-1] if left[-1].endswith(b"\n") else left[-1] + b"\n")
    begins = next(at for at, line in enumerate(right) if line.strip())
    ends = next(at for at, line in enumerate(reversed(closed)) if line.strip())
    if begins or ends:
        return (*closed, *right)
    blank = 1 if _indent(left) else 2
    return (*closed, *([b"\n"] * blank), *right)


def _names(lines: Lines) -> set[str] | None:
    text = textwrap.dedent(b"".join(lines).decode("utf-8", "surrogateescape"))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    names = [node.name for node in tree.body if isinstance(node, _WHOLE)]
    if len(names) < len(tree.body) or len(set(names)) < len(names):
        return None
    return set(names)


def _indent(lines: Lines) -> bytes:
    first = next(line for line in lines if line.strip())
    return first[: len(first) - len(first.lstrip())]
