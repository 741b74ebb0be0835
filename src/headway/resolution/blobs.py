"""What stands at a path: plain files, executable ones, links, submodules. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headway.conflicts.lines import split

FILE, EXECUTABLE, LINK, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o160000

#: How far git looks for a NUL byte to call a file binary.
_LOOKED_AT = 8000


@dataclass(frozen=True, slots=True)
class Blob:
    """A file that is not a plain one: executable, a symbolic link (its target) or a submodule (its commit)."""

    content: bytes
    mode: int = FILE


#: Path → what stands there; None, or no such key, where there is no file.
Tree = Mapping[str, "bytes | Blob | None"]


def blob(value: bytes | Blob | None) -> Blob | None:
    """Bytes alone are a plain file."""
    return Blob(value) if isinstance(value, bytes) else value


def is_whole(blob: Blob) -> bool:
    """Whether it has no lines that one could take by themselves."""
    return blob.mode in (LINK, SUBMODULE) or b"\0" in blob.content[:_LOOKED_AT]


def text(blob: Blob | None) -> bytes:
    """What stands in it; nothing where it is not there."""
    return blob.content if blob is not None else b""


def count(lines: Sequence[bytes]) -> Counter[bytes]:
    """How often each line is there, blank ones left out."""
    return Counter(line for line in lines if line)


def likeness(one: bytes | Blob | None, other: bytes | Blob | None) -> float:
    """How much of the larger one's lines both have, from 0 to 1."""
    first, second = blob(one), blob(other)
    if first is None or second is None:
        return 0.0
    if first.content == second.content:
        return 1.0
    if is_whole(first) or is_whole(second):
        return 0.0
    left, right = (count([line.strip() for line in split(each.content)]) for each in (first, second))
    return sum((left & right).values()) / max(left.total(), right.total(), 1)
