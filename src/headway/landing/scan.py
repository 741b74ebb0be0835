"""What differs in a worktree from what it was filled with: one look by git at each of its files.

Not for: what becomes of it (:mod:`.pool` sets it back, :mod:`.snapshot` makes it a commit).
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from headway.landing.slot import Slot


@dataclass(frozen=True, slots=True)
class Scan:
    """Paths relative to the worktree's top, bytes that are no UTF-8 as surrogates."""

    #: Tracked ones that have another content, mode or type, or are gone.
    changed: tuple[str, ...]
    #: New ones that are not ignored.
    untracked: tuple[str, ...]
    #: Directories that are repositories themselves; git does not look into them.
    nested: tuple[str, ...]
    #: Whether there were directories that git was not allowed to look into.
    is_barred: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found, for whoever comes next."""

    found: Scan
    #: The commit that the slot was filled with.
    base: str
    #: When the look began, by the monotonic clock in seconds.
    at: float


async def scan(
    slot: Slot,
    hold: int,
    *,
    index: Path | None = None,
    cached: bool = True,
    remember: bool = False,
    within: Collection[str] = (),
) -> Scan:
    """Look at a worktree against the slot's index, or ``index``. Raises GitError.

    ``remember``: write down what was seen, so that the next look need not look into each directory. ``within``: look
    into these directories only.

    ``git status`` starts nothing of its own but in submodules, and there not with ``dirty``: their HEAD is read,
    nothing run. That it is compared with HEAD as well costs nothing, for HEAD is what the index was read from.
    """
    ran = await slot.run(
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=all",
        "--no-renames",
        "--ignore-submodules=dirty",
        *(("--", *sorted(within)) if within and "" not in within else ()),
        hold=hold,
        index=index,
        cached=cached,
        env={"GIT_OPTIONAL_LOCKS": "1"} if remember else None,
    )
    return replace(parse_status(ran.out), is_barred=b"could not open directory" in ran.err)


def parse_status(output: bytes) -> Scan:
    """The answer of ``git status --porcelain=v1 -z``, of which only the worktree's side counts."""
    changed: list[str] = []
    untracked: list[str] = []
    nested: list[str] = []
    for line in os.fsdecode(output).split("\0")[:-1]:
        code, path = line[:2], line[3:]
        if code == "??":
            (nested if path.endswith("/") else untracked).append(path.rstrip("/"))
        elif code[1] != " ":
            changed.append(path)
    return Scan(tuple(changed), tuple(untracked), tuple(nested))
