"""What a rule is, and the rules that know nothing but lines. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headway.resolution.hunks import Hunk, Lines


@dataclass(frozen=True, slots=True)
class Answer:
    """The lines for a hunk."""

    lines: Lines
    #: Lines of a side that this takes the place of, knowingly.
    superseded: Lines = ()


#: The answer for a hunk of a path, or None where the rule does not know it.
Rule = Callable[[str, Hunk], Answer | None]


def both(path: str, hunk: Hunk) -> Answer | None:
    """A list that both sides only added to: what the earlier side added, then the later one's, nothing twice."""
    if not hunk.only_grows:
        return None
    left, right = _closed(hunk.left), _closed(hunk.right)
    known = {line.strip() for line in left if line.strip()}
    return Answer((*left, *(line for line in right if line.strip() not in known)))


def keyed(left: Sequence[bytes], right: Sequence[bytes]) -> list[bytes]:
    """Lines of both, in order where the left ones are."""
    found = list(left)
    for line in right:
        if line in found:
            continue
        place = len(found)
        if is_sorted(left):
            place = next((at for at, each in enumerate(found) if _key(each) > _key(line)), len(found))
        found.insert(place, line)
    return found


def is_sorted(lines: Sequence[bytes]) -> bool:
    """Whether lines stand in order, whatever their case."""
    keys = [_key(line) for line in lines]
    return keys == sorted(keys)


def _key(line: bytes) -> bytes:
    return line.strip().lower()


def _closed(lines: Lines) -> Lines:
    """With a line break at the end, as something may follow."""
    return (*lines[:-1], lines[-1] + b"\n") if lines and not lines[-1].endswith(b"\n") else lines
