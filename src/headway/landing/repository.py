"""Whether a run can land on a branch of this repository, asked once before it starts; and what its user should know.

Not for: edits of the user's that are in the way of a landing (:meth:`.Target.obstacle`, asked at each).
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from headway.config import LandingSettings
from headway.errors import RepositoryError
from headway.landing.copies import Copy, find_copies, head_of, in_progress, read_small, rebased_in
from headway.landing.git import Git

_BRANCHES = "refs/heads/"

#: Most names that a note or a message lists.
_MOST_NAMED = 5

_PROMISOR = re.compile(r"remote\..*\.promisor")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """Where a run lands."""

    #: The branch, as a full ref (``refs/heads/main``).
    target: str
    #: The commit that it points at.
    tip: str
    #: What a person should know before the run starts.
    notes: tuple[str, ...]


async def check_repository(git: Git, into: str | None, landing: LandingSettings) -> Checked:
    """Whether work can land on ``into``, by default the branch that is checked out at ``git.root``.

    Raises RepositoryError, with what to do about it: no commit yet, no such branch, detached HEAD, protected
    branch, a merge, rebase, … in the middle where the branch is checked out, a partial clone, SHA-256. GitError.
    """
    config = await _config(git)
    _refuse_formats(config)
    target = await _resolved(git, await (_named(git, into) if into is not None else _checked_out(git)))
    tip = await _tip(git, target)
    _refuse_protected(target, landing)
    for copy in find_copies(git):
        _refuse_in_progress(copy, target)
    return Checked(target=target, tip=tip, notes=tuple(await _notes(git, tip, config)))


async def _config(git: Git) -> dict[str, str]:
    """The repository's own configuration; the last value of each key."""
    ran = await git.refs("config", "--list", "-z")
    entries = (entry.partition("\n") for entry in os.fsdecode(ran.out).split("\0") if entry)
    return {key: value if separator else "true" for key, separator, value in entries}


def _refuse_formats(config: dict[str, str]) -> None:
    if config.get("extensions.objectformat", "sha1") != "sha1":
        raise RepositoryError(
            "the repository's objects are named by SHA-256, which libgit2 cannot read yet",
            mend="use a repository with SHA-1",
        )
    if "extensions.partialclone" in config or any(
        _PROMISOR.fullmatch(key) and config[key] != "false" for key in config
    ):
        raise RepositoryError(
            "the repository is a partial clone: what it lacks would have to be fetched in the middle of a landing",
            mend="fetch everything: git fetch --refetch --no-filter, then git config --unset "
            "extensions.partialClone and remote.NAME.promisor; or clone it anew, whole",
        )


async def _checked_out(git: Git) -> str:
    """The branch that HEAD is on."""
    ran = await git.refs("symbolic-ref", "-q", "HEAD", check=False, env={"GIT_DIR": str(git.git_dir)})
    if ran.status == 0 and ran.text.startswith(_BRANCHES):
        return ran.text
    here = Copy("here", git.root, git.git_dir)
    if what := _stopped_at(here):
        raise _unfinished(here, what)
    raise RepositoryError(
        f"HEAD is detached in {git.root}, so there is no branch to land on",
        mend="name the branch: --into BRANCH; or check one out: git switch BRANCH",
    )


async def _named(git: Git, into: str) -> str:
    """The full name of the branch that a person called ``into``."""
    name = into.removeprefix(_BRANCHES)
    if "\0" in name or (await git.refs("check-ref-format", _BRANCHES + name, check=False)).status != 0:
        raise RepositoryError(f"{into!r} cannot be the name of a branch", mend="name a branch: --into BRANCH")
    return _BRANCHES + name


async def _resolved(git: Git, ref: str) -> str:
    """The branch that is moved when ``ref`` is: a branch may be a name for another one."""
    ran = await git.refs("symbolic-ref", "-q", ref, check=False)
    return ran.text if ran.status == 0 and ran.text.startswith(_BRANCHES) else ref


async def _tip(git: Git, target: str) -> str:
    name = target.removeprefix(_BRANCHES)
    found = await git.refs("rev-parse", "--verify", "--quiet", f"{target}^{{commit}}", check=False)
    if found.status == 0:
        return found.text
    listed = await git.refs("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")
    refs = listed.text.splitlines()
    if not refs:
        raise RepositoryError(
            f"{git.root} has no commit yet, so there is nothing to work from",
            mend="make the first commit: git add -A && git commit -m 'First commit'",
        )
    remote = next((r for r in refs if re.fullmatch(rf"refs/remotes/[^/]+/{re.escape(name)}", r)), None)
    if remote is not None:
        mend = f"make the branch: git branch --track {name} {remote.removeprefix('refs/remotes/')}"
    elif remote_name := next((r for r in refs if r == f"refs/remotes/{name}"), None):
        local = remote_name.split("/", 3)[3]
        mend = f"{name} is a branch of a remote; land on one of yours: --into {local}"
    else:
        branches = [r.removeprefix(_BRANCHES) for r in refs if r.startswith(_BRANCHES)]
        like = difflib.get_close_matches(name, branches, n=_MOST_NAMED) or branches[:_MOST_NAMED]
        mend = f"make the branch: git branch {name}"
        mend += f"; or name one that is there: {', '.join(like)}" if like else ""
    raise RepositoryError(f"there is no branch {name} with a commit", mend=mend)


def _refuse_protected(target: str, landing: LandingSettings) -> None:
    name = target.removeprefix(_BRANCHES)
    for pattern in landing.protected:
        if fnmatchcase(name, pattern.removeprefix(_BRANCHES)):
            raise RepositoryError(
                f"{name} is protected (landing.protected has {pattern!r})",
                mend="land on another branch, --into BRANCH, and open a pull request from there",
            )


def _refuse_in_progress(copy: Copy, target: str) -> None:
    what = _stopped_at(copy)
    bisected = read_small(copy.git_dir / "BISECT_START")
    concerned = {head_of(copy), rebased_in(copy), f"{_BRANCHES}{bisected}" if bisected else None}
    if what and target in concerned:
        raise _unfinished(copy, what)


def _stopped_at(copy: Copy) -> str | None:
    """What is in the middle of being done in a copy."""
    if what := in_progress(copy):
        return what
    return "bisect" if os.path.lexists(copy.git_dir / "BISECT_START") else None


def _unfinished(copy: Copy, what: str) -> RepositoryError:
    end = "git bisect reset" if what == "bisect" else f"git {what} --abort"
    return RepositoryError(
        f"a {what} is in progress in {copy.root}, where the branch is checked out",
        mend=f"finish it, or: git -C {copy.root} {end.removeprefix('git ')}",
    )


async def _notes(git: Git, tip: str, config: dict[str, str]) -> list[str]:
    notes = []
    if (git.common_dir / "shallow").exists():
        notes.append(
            "the clone is shallow: merges see its history only; git fetch --unshallow brings the rest"
        )
    if config.get("core.sparsecheckout") == "true":
        notes.append("the checkout is sparse; the agents' worktrees have all files")
    listed = await git.run("ls-tree", "-r", "-z", "--full-tree", tip)
    submodules, attributes = _told_by(os.fsdecode(listed.out))
    if submodules:
        notes.append(f"submodules are empty in the agents' worktrees: {_listed(submodules)}")
    wanted = await _filters(git, attributes)
    for name in sorted(wanted):
        if f"filter.{name}.clean" in git.config or f"filter.{name}.process" in git.config:
            continue
        if name in git.settings.filters:
            how = "your own git configuration has none of that name"
            how += ": git lfs install" if name == "lfs" else ""
        else:
            how = "git.filters in headway.toml does not allow it"
        notes.append(f"the filter {name} is not run, agents see files as they are stored: {how}")
    return notes


def _told_by(listing: str) -> tuple[list[str], list[str]]:
    """(paths of submodules, ids of ``.gitattributes``) of ``ls-tree -r -z``."""
    submodules, attributes = [], []
    for line in listing.split("\0"):
        meta, _, path = line.partition("\t")
        if meta.startswith("160000"):
            submodules.append(path)
        elif path.rpartition("/")[2] == ".gitattributes":
            attributes.append(meta.split()[2])
    return submodules, attributes


async def _filters(git: Git, attributes: list[str]) -> set[str]:
    """The names of filters that these attributes, or the repository's own, ask for."""
    texts = [(git.private_dir / "info" / "attributes")]
    content = b"".join(path.read_bytes() for path in texts if path.exists())
    if attributes:
        given = "".join(f"{id_}\n" for id_ in dict.fromkeys(attributes)).encode()
        content += b"\n" + (await git.run("cat-file", "--batch", stdin=given)).out
    found = re.findall(rb"^[^#\n]*?\sfilter=(\S+)", content, re.M)
    return {os.fsdecode(name) for name in found}


def _listed(paths: list[str]) -> str:
    more = len(paths) - _MOST_NAMED
    return ", ".join(paths[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
