"""The branch that a run lands on: read it, move it, and take the user's own working copies along.

The branch is moved first, by compare-and-swap, and the copies after it: between the two a copy shows what landed
as changes that take it back. That window is some 30 ms, whoever starts again closes it, and the other order would
show in a copy what may never land. Not for: how a copy is moved (:mod:`.following`), what lands (:mod:`.merge`).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum

import pygit2

from headway.errors import GitError, TargetMissing
from headway.landing import copies, following, objects
from headway.landing.copies import Copy
from headway.landing.following import PATIENCE
from headway.landing.git import Git


class Moved(StrEnum):
    """What became of the branch."""

    #: It is at the commit, or at one that came from it.
    MOVED = "moved"
    #: Somebody else moved it: merge again, with what is there now.
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Target:
    """The branch that a run lands on."""

    #: The full name (``refs/heads/main``).
    ref: str
    #: How long another git that is in the way is waited for, in seconds.
    patience: float = PATIENCE

    async def read_tip(self, git: Git) -> str:
        """The commit that the branch is at; read in process. Raises TargetMissing."""
        return str(_resolve(git, self.ref).target)

    async def move(self, git: Git, onto: str, commit: str, message: str) -> Moved:
        """Move the branch from ``onto`` to ``commit``, if it is there; ``message`` is for its reflog.

        Safe to run twice: it is moved when ``commit`` is part of it. No hook runs. Raises GitError, for instance
        where a lock on the branch stays.
        """
        until = time.monotonic() + self.patience
        while True:
            tip = await self.read_tip(git)
            # While it is at ``onto``, what comes after that cannot be part of it: no walk through its history.
            if (tip != onto or commit == onto) and await objects.contains(git, tip, commit):
                return Moved.MOVED
            if tip != onto:
                return Moved.ELSEWHERE
            git.guard()
            reason = message.partition("\n")[0]
            args = ("update-ref", "--create-reflog", "-m", reason, self.ref, commit, onto)
            ran = await git.refs(*args, check=False)
            if ran.status == 0:
                return Moved.MOVED
            said = ran.err.decode("utf-8", "replace")
            if time.monotonic() > until and await self.read_tip(git) == onto:
                lock = git.common_dir / f"{_resolve(git, self.ref).name}.lock"
                mend = f"where no git runs any more: rm {lock}" if "File exists" in said else ""
                raise GitError(f"update-ref {self.ref}", ran.status, said, mend=mend)
            await asyncio.sleep(0.05)

    async def obstacle(self, git: Git, onto: str, commit: str) -> str | None:
        """What of the user's keeps the branch from moving from ``onto`` to ``commit``, and what to do about it;
        None where nothing does. Asked again and again it says the same. Raises GitError, OSError."""
        for copy in copies.find_copies(git):
            if self._is_rebased(git, copy):
                return f"a rebase of the branch is in progress in {copy.root}: finish or abort it there"
            if self._is_checked_out(git, copy):
                found = await following.obstacle(git, copy, onto, commit, patience=self.patience)
                if found is not None:
                    return found
        return None

    async def sync_copies(self, git: Git, onto: str, commit: str) -> list[str]:
        """Take every working copy of the user's that has the branch checked out along from ``onto`` to ``commit``.

        Nothing of the user's is overwritten, and what is in the way is returned, for a person. Safe to run twice and
        at any time: a copy that has moved, or whose branch was taken elsewhere since, is left alone, and one that
        was left behind catches up. Raises GitError, OSError.
        """
        tip = await self.read_tip(git)
        if not await objects.contains(git, tip, commit):
            return []
        problems = []
        for copy in copies.find_copies(git):
            if self._is_checked_out(git, copy):
                problem = await following.move_copy(git, copy, onto, tip, patience=self.patience)
                if problem is not None:
                    problems.append(problem)
        return problems

    def _is_checked_out(self, git: Git, copy: Copy) -> bool:
        return _is_same(git, copies.head_of(copy), self.ref)

    def _is_rebased(self, git: Git, copy: Copy) -> bool:
        return _is_same(git, copies.rebased_in(copy), self.ref)


def _resolve(git: Git, ref: str) -> pygit2.Reference:
    """The branch behind a name: one may stand for another."""
    try:
        return git.repository.references[ref].resolve()
    except (KeyError, ValueError, pygit2.GitError) as error:
        mend = f"bring it back: git branch {ref.removeprefix('refs/heads/')} COMMIT"
        raise TargetMissing(f"show-ref {ref}", 1, f"the branch is gone: {error}", mend=mend) from error


def _is_same(git: Git, ref: str | None, other: str) -> bool:
    if ref is None or ref == other:
        return ref is not None
    try:
        return bool(_resolve(git, ref).name == _resolve(git, other).name)
    except GitError:
        return False
