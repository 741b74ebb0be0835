"""Version numbers that both sides raised: the higher one. Pure."""

from __future__ import annotations

import re

from headway.resolution.hunks import Hunk
from headway.resolution.mechanical.rules import Answer

#: Whatever calls itself a version, then a number of at least two parts, with what makes it a pre-release.
_LINE = re.compile(
    rb"""(?P<head>\s*["']?[\w.-]*version[\w-]*["']?\s*[:=]\s*["']?v?)"""
    rb"""(?P<number>\d+(?:\.\d+)+(?:[-.+]?[A-Za-z][\w.]*)?)(?P<tail>["']?,?\s*)""",
    re.I,
)
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)[-.]?([A-Za-z]*)\.?(\d*)")

#: From the least finished to the most; what is not named stands with the finished ones.
_STAGES = {"dev": 0, "snapshot": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3}
_FINISHED = 4


def higher(path: str, hunk: Hunk) -> Answer | None:
    """Three times the same one line but for the number of the version: the side's with the higher one."""
    if not len(hunk.base) == len(hunk.left) == len(hunk.right) == 1:
        return None
    found = [_LINE.fullmatch(lines[0]) for lines in (hunk.base, hunk.left, hunk.right)]
    if any(each is None for each in found):
        return None
    matches = [each for each in found if each is not None]
    if len({(each["head"], each["tail"].rstrip()) for each in matches}) > 1:
        return None
    _, left, right = [order(each["number"].decode()) for each in matches]
    if left == right:
        return None
    wins, loses = (hunk.left, hunk.right) if left > right else (hunk.right, hunk.left)
    return Answer(wins, superseded=loses)


def order(version: str) -> tuple[tuple[int, ...], int, int]:
    """What versions are compared by: 2.1.2.dev0 < 2.1.2rc1 < 2.1.2 = 2.1.2.0 < 2.2."""
    found = _NUMBER.match(version)
    assert found is not None, f"{version!r} begins with a digit"
    parts = [int(part) for part in found[1].split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    stage = _STAGES.get(found[2].lower(), _FINISHED) if found[2] else _FINISHED
    return tuple(parts), stage, int(found[3] or 0)
