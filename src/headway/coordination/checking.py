"""Holds commits against each other without a run: the glue of ``headway check`` between git and the detectors.

Not for: how a conflict is seen (:mod:`headway.conflicts`), what is printed (:mod:`headway.cli.check`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from headway.conflicts import trees
from headway.conflicts.edits import EditConflict, EditJudge, Verdict
from headway.conflicts.pairs import Sources, edit_conflicts, symbol_conflicts
from headway.conflicts.symbols import find_symbol_conflicts
from headway.errors import GitError, RevisionError
from headway.landing import merge
from headway.landing.git import Git
from headway.nouns import CONFLICT_THRESHOLD, Conflict

__all__ = ["Checker", "Pair", "attributes_of", "make_judge", "verdict_of"]

_SPOKEN = re.compile(r"^CONFLICT \(([^)\n]*)\): (.*)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two revisions, as a person named them, and what stands between them."""

    a: str
    b: str
    conflicts: tuple[Conflict, ...]

    @property
    def clean(self) -> bool:
        """Whether there is nothing but suspicions."""
        return all(conflict.context["score"] < CONFLICT_THRESHOLD for conflict in self.conflicts)


class Checker:
    """Checks pairs of one repository, one after the other, and keeps what it read of it."""

    def __init__(self, git: Git, *, symbols: bool = True) -> None:
        """``symbols``: whether to look also for what merges as text and breaks as a program."""
        self._git = git
        self._symbols = symbols
        self._judge = make_judge(git)
        self._sources = Sources(git.repository, self._judge)

    @property
    def ways(self) -> Mapping[str, int]:
        """How often edits were decided in process (``here``), and why how often git was asked."""
        return self._judge.ways

    async def check(self, a: str, b: str, *, base: str | None = None) -> Pair:
        """What stands between two revisions; over ``base`` where one is given, else over their merge base.

        Raises RevisionError for what cannot be compared, GitError.
        """
        left, right = await self._commit(a), await self._commit(b)
        given = await self._commit(base) if base is not None else None
        try:
            return await self._check(a, b, left, right, given)
        except (pygit2.GitError, KeyError, ValueError) as error:
            raise GitError(f"cat-file: {error}", -1, "", mend="git fsck shows what is missing") from error

    async def _check(self, a: str, b: str, left: str, right: str, given: str | None) -> Pair:
        base, is_only = (given, True) if given is not None else await self._base(a, b, left, right)
        repository = self._git.repository
        base_tree, left_tree, right_tree = (trees.tree_of(repository, each) for each in (base, left, right))

        async def ask() -> Verdict:
            merged = await merge.merge(self._git, left, right, base=base, exactly=given is not None)
            return verdict_of(merged, {left: a, right: b})

        verdict = await self._judge.judge(base_tree if is_only else None, left_tree, right_tree, ask)
        sides = (a, b)
        now = datetime.now(UTC)
        found = edit_conflicts(verdict.conflicts, sides, now)
        two = self._sources.two_sided(base_tree, left_tree, right_tree, verdict) if self._symbols else None
        if two is not None:
            found += symbol_conflicts(find_symbol_conflicts(two), sides, now)
        return Pair(a=a, b=b, conflicts=found)

    async def _commit(self, revision: str) -> str:
        """The commit that a person means."""
        if re.fullmatch(r"[0-9a-f]{40}", revision):
            with suppress(KeyError, ValueError, pygit2.GitError):
                trees.tree_of(self._git.repository, revision)
                return revision
        if not revision or "\0" in revision:
            raise RevisionError(f"{revision!r} names no revision", mend="name a branch, a tag or a commit")
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        ran = await self._git.refs(*arguments, check=False, env={"GIT_DIR": str(self._git.git_dir)})
        found = ran.text.rpartition("\n")[2]
        if ran.status == 0 and re.fullmatch(r"[0-9a-f]{40}", found):
            return found
        raise RevisionError(
            f"there is no commit {revision!r} in {self._git.root}",
            mend="git branch --all lists the branches; git fetch brings those of others",
        )

    async def _base(self, a: str, b: str, left: str, right: str) -> tuple[str, bool]:
        """(the merge base, whether it is the only one). Raises RevisionError where there is none."""
        try:
            found = [str(each) for each in _merge_bases(self._git.repository, left, right)]
        except pygit2.GitError:
            # On the way is a commit that libgit2 cannot parse, as old histories and clumsy agents have them.
            ran = await self._git.run("merge-base", "--all", left, right, check=False)
            if ran.status not in (0, 1):
                raise GitError("merge-base", ran.status, ran.err.decode("utf-8", "replace")) from None
            found = ran.text.split()
        if not found:
            raise RevisionError(
                f"the histories of {a!r} and {b!r} have nothing in common",
                mend="say over which commit to compare them: --base REV; in a shallow clone: git fetch --unshallow",
            )
        return found[0], len(found) == 1


def make_judge(git: Git) -> EditJudge:
    """The judge of a repository's edits, with what the user's attributes files and configuration say."""
    *weak, strong = attributes_of(git)
    return EditJudge(
        git.repository,
        weak_attributes=weak,
        strong_attributes=strong,
        ignores_case=git.config.get("core.ignorecase", "false") != "false",
    )


def attributes_of(git: Git) -> tuple[bytes, ...]:
    """The attributes files beside those in the trees: the machine's, the user's, and the last, which counts most, of
    the repository's git directory."""
    return (
        *(_read(path) for path in _attributes_files(git.config)),
        _read(git.private_dir / "info" / "attributes"),
    )


def _merge_bases(repository: pygit2.Repository, left: str, right: str) -> list[pygit2.Oid]:
    """The best common ancestors: one, or that one and another where there are several. Raises pygit2.GitError."""
    found: pygit2.Oid | None = repository.merge_base(left, right)
    if found is None:
        return []
    if str(found) in (left, right):
        return [found]
    # What both have and the one that was found has not: then it is not the only one.
    ahead = []
    for tip in (left, right):
        walk = repository.walk(tip)
        walk.hide(found)
        ahead.append({commit.id for commit in walk})
    return [found, *list(ahead[0] & ahead[1])[:1]]


_SAID = {
    "content": "both sides change the same lines of {path}, or lines next to each other",
    "add/add": "both sides add {path}, with different contents",
}


def verdict_of(merged: merge.Merged, names: Mapping[str, str]) -> Verdict:
    """Git's answer as a verdict. Where git puts a side's name into a path (``file~SIDE``) it is as it was typed."""

    def named(text: str) -> str:
        for commit, name in names.items():
            text = text.replace(f"~{commit}", f"~{name.replace('/', '_')}").replace(commit, name)
        return text

    spoken = [(type_, named(text)) for type_, text in _SPOKEN.findall(merged.messages)]
    found: list[EditConflict] = []
    for path in sorted(named(each) for each in merged.conflicts):
        about = [(t, text) for t, text in spoken if path in re.split(r"[ ,:]+", text.rstrip("."))]
        about = about or [(t, text) for t, text in spoken if path in text] or [("content", "")]
        type_, text = about[0]
        type_ = "content" if type_ == "contents" else type_
        if type_ in _SAID:  # git says no more than that there is a conflict
            text = _SAID[type_].format(path=path)
        found.append(EditConflict(path=path, type=type_, detail=text or f"git cannot merge {path}"))
    if merged.tree is None and not found:
        type_, text = spoken[0] if spoken else ("content", "git cannot merge them")
        found.append(EditConflict(path="", type=type_, detail=text))
    return Verdict(conflicts=tuple(found), tree=merged.tree, clean=merged.tree is not None)


def _attributes_files(config: Mapping[str, str]) -> list[Path]:
    """The attributes files of the machine and the user, the one that counts least first."""
    home = Path(os.environ.get("HOME", "/"))
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [
        Path("/etc/gitattributes"),
        Path(config.get("core.attributesfile", folder / "git" / "attributes")),
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:  # git passes over what it may not read
        return b""
