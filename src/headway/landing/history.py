"""What an agent did to the history: where its HEAD stands and stood, which stashes are its own.

All of it is read from files that the agent can write, as data. Not for: files in the worktree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType

from headway.landing import objects
from headway.landing.files import read_plain
from headway.landing.git import Git

_ID = re.compile(rb"[0-9a-f]{40}")

#: Files of a worktree's git directory that name commits which no branch may hold.
_OTHER_HEADS = (
    "ORIG_HEAD",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "rebase-merge/orig-head",
    "rebase-apply/orig-head",
)

#: What is under way when one of these is there.
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "BISECT_LOG": "a bisection",
}

#: Most commits kept that HEAD was at and that nothing else holds.
MOST_TIPS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What the metadata of one worktree says."""

    #: Commit that HEAD is at; None where that cannot be told.
    head: str | None
    #: Branch that HEAD is on, as a full ref; None where it is detached.
    branch: str | None
    #: Other commits than the base that HEAD was at, the oldest first.
    visited: tuple[str, ...]
    #: Commits of stashes that were made on top of one of them.
    stashes: tuple[str, ...]
    #: What was left in the middle: "a merge", ….
    under_way: str | None


def read_history(git: Git, metadata: Path, base: str) -> History:
    """Read the metadata of a worktree (``<common_dir>/worktrees/ID``) that began at ``base``. Raises GitError."""
    repository = git.repository
    head, branch = _head(git, metadata)
    visited = [base]
    for commit in (*_logged(metadata / "logs" / "HEAD"), *_others(metadata), head):
        if commit is not None and commit not in visited and _is_commit(repository, commit):
            visited.append(commit)
    if head is not None and not _is_commit(repository, head):
        head = None
    under_way = next((what for name, what in _UNDER_WAY.items() if (metadata / name).exists()), None)
    return History(
        head=head,
        branch=branch,
        visited=tuple(visited[1:]),
        stashes=tuple(_stashes(git, set(visited))),
        under_way=under_way,
    )


async def tips(git: Git, commits: Iterable[str], held: Iterable[str]) -> list[str]:
    """Those of ``commits``, in their order, that neither ``held`` nor another one of them reaches.

    Raises GitError.
    """
    holders = set(held)
    open_ = [commit for commit in dict.fromkeys(commits) if commit not in holders][-MOST_TIPS:]
    if not open_ or (len(open_) == 1 and not holders):
        return open_
    # One git for all of them, and one that reads commits that libgit2 does not parse.
    ran = await git.run("merge-base", "--independent", *open_, *holders)
    independent = set(ran.text.split())
    return [commit for commit in open_ if commit in independent]


def _head(git: Git, metadata: Path) -> tuple[str | None, str | None]:
    content = (read_plain(metadata / "HEAD", most=4096) or b"").strip()
    if _ID.fullmatch(content):
        return content.decode(), None
    if not content.startswith(b"ref: refs/"):
        return None, None
    name = content.removeprefix(b"ref: ").decode("utf-8", "surrogateescape")
    try:
        found = git.repository.references[name].resolve().target
    except (KeyError, ValueError, UnicodeError, pygit2.GitError):
        return None, name
    return str(found), name


def _logged(log: Path) -> Iterator[str]:
    """The commits of a reflog: the old and the new one of each line."""
    for line in (read_plain(log) or b"").split(b"\n"):
        for id_ in line[:81].split(b" ")[:2]:
            if _ID.fullmatch(id_):
                yield id_.decode()


def _others(metadata: Path) -> Iterator[str]:
    for name in _OTHER_HEADS:
        for line in (read_plain(metadata / name, most=65536) or b"").split():
            if _ID.fullmatch(line):
                yield line.decode()


def _stashes(git: Git, visited: set[str]) -> Iterator[str]:
    """The stashes that were made on a commit where HEAD was: all worktrees share one list of them."""
    for commit in dict.fromkeys(_logged(git.common_dir / "logs" / "refs" / "stash")):
        if _first_parent(git.repository, commit) in visited:
            yield commit


def _is_commit(repository: pygit2.Repository, id_: str) -> bool:
    try:
        return bool(repository.odb.read_header(pygit2.Oid(hex=id_))[0] == ObjectType.COMMIT)
    except (KeyError, ValueError, pygit2.GitError):
        return False


def _first_parent(repository: pygit2.Repository, commit: str) -> str | None:
    if not _is_commit(repository, commit):
        return None
    with objects.told(f"cat-file {commit}"):
        header = bytes(repository.read(pygit2.Oid(hex=commit))[1]).partition(b"\n\n")[0]
    found = re.search(rb"^parent ([0-9a-f]{40})$", header, re.M)
    return found[1].decode() if found else None
