"""A working copy of the user's follows its branch.

What makes that safe to run again, whatever is killed when:

* ``index.lock`` of the copy keeps the user's git out for the 30 ms; one that is left behind says that it is ours;
* ``state`` says at which commit the files are, and that they are being moved from before the first is touched;
* ``busy`` is held (``flock``) by us and by the git that we started, so nobody goes on while that one still writes.

The last two are in ``<private>/copies/NAME``. Not for: how files and index are moved (:mod:`.moving`).
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shlex
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from headway.errors import GitError
from headway.landing.copies import Copy, in_progress, read_small
from headway.landing.git import Git
from headway.landing.moving import Move, all_free, changed_between, git_in, place_of
from headway.landing.private import write_if_other

#: What is in an ``index.lock`` of ours. Git's own are empty or an index.
LOCK_MARK = b"headway\n"

#: How long another git is waited for, in seconds: an editor's ``git status`` takes less.
PATIENCE = 1.0


async def obstacle(git: Git, copy: Copy, onto: str, commit: str, *, patience: float = PATIENCE) -> str | None:
    """What is in the way of moving a copy from ``onto`` to ``commit``, for a person. Changes nothing, but moves a
    copy that was left behind along to ``onto`` first. Raises GitError, OSError."""
    what = in_progress(copy)
    if what is not None:
        return f"a {what} is in progress in {copy.root}: finish or abort it there"
    if _is_lock_ours(copy) or _State.read(git, copy).is_behind:
        problem = await move_copy(git, copy, onto, onto, patience=patience)
        if problem is not None:
            return problem
    if not _is_locked(copy) and all_free(git, copy, changed_between(git, onto, commit)):
        return None
    async with _busy(git, copy) as busy:
        await _wait_for_lock(copy, patience)
        if _is_locked(copy):
            return _locked(copy)
        return await Move.begin(git, copy, onto, commit, busy).run(dry=True)


async def move_copy(
    git: Git, copy: Copy, onto: str, commit: str, *, patience: float = PATIENCE
) -> str | None:
    """Move a copy's files and index from ``onto``, or where it was left behind from there, to ``commit``; what
    kept it from that, for a person.

    Edits stay, staged or not. A copy that has moved already is left alone. Raises GitError, OSError."""
    async with _busy(git, copy) as busy:
        if _is_lock_ours(copy):
            _lock(copy).unlink()  # nobody else holds ``busy``, so who made it is dead
        await _wait_for_lock(copy, patience)
        state = _State.read(git, copy)
        if state == _State(commit) or (onto == commit and not state.is_behind):
            return None
        old = state.commit if state.is_behind else onto
        with _index_locked(copy) as is_locked:
            if not is_locked:
                _State(old, state.what or "behind").write(git, copy)
                return f"{_locked(copy)}; {_by_hand(copy, old, commit)}"
            if old != onto and await Move.begin(git, copy, old, onto, busy).has_moved():
                old, state = onto, _State(onto)  # the user moved it
            move = Move.begin(git, copy, old, commit, busy)
            _State(old, "moving").write(git, copy)
            problem = await move.run(is_interrupted=state.what == "moving")
            if problem is not None:
                _State(old, "behind").write(git, copy)
                return f"{problem}; {_by_hand(copy, old, commit)}"
            move.put_in_place()
            _State(commit).write(git, copy)
            return None


@dataclass(frozen=True, slots=True)
class _State:
    """Where a copy's files are, as far as we moved them."""

    #: The commit; empty where we never moved them.
    commit: str = ""
    #: ``behind``: something was in the way of moving them further. ``moving``: git was started to do it, and how far
    #: it came is not known. Empty: they are where their branch was then.
    what: str = ""

    @property
    def is_behind(self) -> bool:
        """Whether the branch was moved without them."""
        return bool(self.what)

    @staticmethod
    def read(git: Git, copy: Copy) -> _State:
        """What is known."""
        commit, _, what = (read_small(place_of(git, copy) / "state") or "").partition(" ")
        is_known = re.fullmatch(r"[0-9a-f]{40}", commit) is not None and commit in git.repository
        return _State(commit, what) if is_known and what in ("", "behind", "moving") else _State()

    def write(self, git: Git, copy: Copy) -> None:
        """Remember it. Raises OSError."""
        write_if_other(place_of(git, copy) / "state", f"{self.commit} {self.what}\n".encode())


@asynccontextmanager
async def _busy(git: Git, copy: Copy) -> AsyncIterator[int]:
    """Hold what says that a copy is being moved; the descriptor, for git to hold too. Raises GitError where a git
    that outlived its coordinator does not come to its end."""
    place = place_of(git, copy)
    place.mkdir(parents=True, exist_ok=True)
    fd = os.open(place / "busy", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + git.settings.timeout
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise GitError(
                        f"read-tree in {copy.root}", None, "a git of ours is still at it"
                    ) from None
            await asyncio.sleep(0.02)
        git.guard()
        yield fd
    finally:
        os.close(fd)


@contextmanager
def _index_locked(copy: Copy) -> Iterator[bool]:
    """Keep the user's git from changing the index; False where it is at it."""
    try:
        fd = os.open(_lock(copy), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        yield False
        return
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(LOCK_MARK)
        yield True
    finally:
        _lock(copy).unlink(missing_ok=True)


async def _wait_for_lock(copy: Copy, patience: float) -> None:
    until = time.monotonic() + patience
    while _is_locked(copy) and time.monotonic() < until:  # noqa: ASYNC110 (a file of another process)
        await asyncio.sleep(0.02)


def _lock(copy: Copy) -> Path:
    return copy.git_dir / "index.lock"


def _is_locked(copy: Copy) -> bool:
    return os.path.lexists(_lock(copy))


def _is_lock_ours(copy: Copy) -> bool:
    return read_small(_lock(copy)) == LOCK_MARK.decode().strip()


def _locked(copy: Copy) -> str:
    path = _lock(copy)
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(path.lstat().st_mtime))
    except OSError:
        since = "a moment ago"
    return (
        f"another git is at work in {copy.root}: {path} is there since {since}; where none runs any more: "
        f"rm {shlex.quote(str(path))}"
    )


def _by_hand(copy: Copy, old: str, new: str) -> str:
    return f"it moves along with the next landing, or by {git_in(copy)} read-tree -m -u {old[:12]} {new[:12]}"
