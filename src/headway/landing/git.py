"""How git is called. Nothing else in Headway starts a git process or opens a repository.

Two ways, and a third without a process:

* :meth:`Git.run` for all that touches files or objects: with the private git directory (see
  :mod:`.private`), so that nothing an agent writes into the repository's configuration, hooks or metadata
  ever runs in it;
* :meth:`Git.refs` for moving refs, with the real git directory and every key pinned that could run something;
* :attr:`Git.repository`, libgit2 on the private git directory: objects and refs, 1.2 ms cheaper each.

Not for: what the commands are for (:mod:`.pool`, :mod:`.snapshot`, :mod:`.merge`, :mod:`.target`).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pygit2

from headway.config import GitSettings
from headway.errors import GitError, RepositoryError
from headway.landing.child import Ran, run_child
from headway.landing.private import make_private, parse_listing

__all__ = ["OLDEST", "Git", "Ran"]

#: The oldest git that will do: the first with ``merge-tree --write-tree``.
OLDEST = (2, 38)

#: Most commits that :meth:`Git.log_between` tells of: it goes into a prompt.
MOST_COMMITS = 30

#: Pinned on every command that reads the repository's own configuration.
_PINNED = (
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.pager=cat",
    "-c",
    "diff.ignoreSubmodules=all",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "protocol.allow=never",
)


@dataclass(frozen=True, kw_only=True)
class Git:
    """A repository, and git as Headway calls it."""

    #: Top of the user's working copy, or the git directory where the repository is bare.
    root: Path
    #: The git directory of :attr:`root`: of a linked worktree its own, else the common one.
    git_dir: Path
    #: The git directory that all worktrees share.
    common_dir: Path
    #: Ours; see :mod:`.private`.
    private_dir: Path
    is_bare: bool
    settings: GitSettings
    version: tuple[int, ...]
    #: Name and address that commits are made with.
    identity: tuple[str, str]
    #: The configuration of the private git directory.
    config: Mapping[str, str]
    #: Raises where we may not act any more. Asked once a slot or a copy is locked: a coordinator that was stopped and
    #: presumed dead would go on in a worktree that another's agent is at work in by now.
    guard: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)
    #: Where objects are written; None for the repository's own (see :mod:`.scratch`).
    objects: Path | None = None
    _executable: str = field(repr=False)
    _environment: Mapping[str, str] = field(repr=False)

    @staticmethod
    async def open(path: Path, settings: GitSettings) -> Git:
        """The repository that ``path`` lies in. Raises RepositoryError."""
        executable = shutil.which("git")
        if executable is None:
            raise RepositoryError("git is not installed", mend="install git 2.38 or later")
        if not path.is_dir():
            raise RepositoryError(f"{path} is not a directory", mend="name a git repository: --repo PATH")
        # The user's own configuration as it is, for it says which repositories of other owners are safe.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _ALWAYS

        async def ask(*args: str) -> Ran:
            argv = [executable, *_PINNED, "-C", str(path.absolute()), *args]
            ran = await run_child(argv, environment, timeout=settings.timeout)
            if ran.status is None:
                raise RepositoryError(
                    f"git {args[0]} in {path} has not answered for {settings.timeout:g} s",
                    mend="see what its configuration includes: git config --list --show-origin",
                )
            return ran

        version = _parse_version((await ask("version")).text)
        if version < OLDEST:
            raise RepositoryError(
                f"git {'.'.join(map(str, version))} is too old", mend="install git 2.38 or later"
            )
        root, git_dir, common_dir, is_bare = _parse_places(
            path,
            await ask(
                "rev-parse",
                "--path-format=absolute",
                "--is-bare-repository",
                "--git-dir",
                "--git-common-dir",
                "--show-toplevel",
            ),
        )
        listing = await ask(f"--git-dir={common_dir}", "config", "--list", "-z", "--show-scope")
        if listing.status != 0:
            raise RepositoryError(
                f"git cannot read the configuration of {common_dir}: {_shown(listing.err)}",
                mend="mend the file that it names",
            )
        try:
            private_dir, config = make_private(common_dir, parse_listing(listing.out), settings.filters)
        except OSError as error:
            raise RepositoryError(
                f"cannot write {error.filename or common_dir / 'headway'}: {error.strerror}",
                mend="free some space, or mend the rights of the git directory",
            ) from error
        identity = (
            os.environ.get("GIT_AUTHOR_NAME") or config["user.name"],
            os.environ.get("GIT_AUTHOR_EMAIL") or config["user.email"],
        )
        return Git(
            root=root,
            git_dir=git_dir,
            common_dir=common_dir,
            private_dir=private_dir,
            is_bare=is_bare,
            settings=settings,
            version=version,
            identity=identity,
            config=config,
            _executable=executable,
            _environment=environment | _ALONE | _signed(identity),
        )

    @cached_property
    def repository(self) -> pygit2.Repository:
        """libgit2 on the private git directory: all objects, and refs for reading. Raises RepositoryError.

        Methods hold the interpreter's lock, so nothing big in the coordinator's own thread.
        """
        # Whose the repository is was asked of git when it was opened.
        pygit2.option(pygit2.enums.Option.SET_OWNER_VALIDATION, False)
        try:
            return pygit2.Repository(str(self.private_dir))
        except pygit2.GitError as error:
            raise RepositoryError(f"libgit2 cannot open {self.common_dir}: {error}") from error

    async def run(
        self,
        *args: str,
        index: Path | None = None,
        work_tree: Path | None = None,
        stdin: bytes | None = None,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        hold: int | None = None,
    ) -> Ran:
        """Git with the private git directory, for all that touches files or objects.

        ``check``: raise GitError for an exit status other than 0. ``timeout`` in seconds, by default
        ``git.timeout``; when it is over GitError is raised in any case. ``hold``: see :func:`.run_child`.
        Names of paths are taken literally. Output is kept in memory.
        """
        environment = {
            **self._environment,
            "GIT_DIR": str(self.private_dir),
            "GIT_COMMON_DIR": str(self.private_dir),
            "GIT_OBJECT_DIRECTORY": str(self.objects or self.common_dir / "objects"),
        }
        if work_tree is not None:
            environment["GIT_WORK_TREE"] = str(work_tree)
        if index is not None:
            environment["GIT_INDEX_FILE"] = str(index)
        where = self.private_dir if work_tree is None else work_tree
        environment |= env or {}
        return await self._call([*args], where, environment, stdin, check=check, timeout=timeout, hold=hold)

    async def refs(
        self,
        *args: str,
        stdin: bytes | None = None,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Ran:
        """Git with the real git directory, for refs only: update-ref, for-each-ref, rev-parse, …"""
        environment = {
            **self._environment,
            "GIT_DIR": str(self.common_dir),
            "GIT_COMMON_DIR": str(self.common_dir),
            # No ref needs it, and it takes the place of a core.worktree that leads nowhere.
            "GIT_WORK_TREE": str(self.common_dir),
        }
        environment |= env or {}
        argv = [*_PINNED, *args]
        return await self._call(argv, self.common_dir, environment, stdin, check=check, timeout=timeout)

    async def log_between(self, base: str, tip: str, paths: tuple[str, ...] | list[str]) -> str:
        """What was committed on the way from ``base`` to ``tip`` that touches ``paths`` (all, where none are
        given): a short log for a person or a prompt, the newest first. Raises GitError."""
        ran = await self.run(
            "log",
            "--no-color",
            "--no-merges",
            f"--max-count={MOST_COMMITS}",
            "--format=%h %an: %s",
            "--name-status",
            "--no-ext-diff",
            "--no-renames",
            "--end-of-options",
            f"{base}..{tip}",
            "--",
            *paths,
        )
        return ran.out.decode("utf-8", "replace").strip()

    async def _call(
        self,
        args: list[str],
        where: Path,
        environment: Mapping[str, str],
        stdin: bytes | None,
        *,
        check: bool,
        timeout: float | None,
        hold: int | None = None,
    ) -> Ran:
        argv = [self._executable, "-C", str(where), *args]
        limit = self.settings.timeout if timeout is None else timeout
        shown = " ".join(args[_options(args) :])[:200]
        try:
            ran = await run_child(argv, environment, stdin=stdin, timeout=limit, hold=hold)
        except OSError as error:
            raise GitError(
                shown, -1, f"cannot be started: {error.strerror}", mend="see `ulimit -u` and the free memory"
            ) from error
        if ran.status is None:
            raise GitError(shown, None, _shown(ran.err), mend="raise git.timeout in headway.toml")
        if check and ran.status != 0:
            raise GitError(shown, ran.status, _shown(ran.err or ran.out))
        return ran


#: For every git, also the one that only looks for the repository.
_ALWAYS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
}

#: For every git that works: no configuration but the one of its git directory, no pathspec magic, and no
#: replacement of objects, which agents can order and libgit2 does not know.
_ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}


def _signed(identity: tuple[str, str]) -> dict[str, str]:
    name, email = identity
    return {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }


def _parse_version(text: str) -> tuple[int, ...]:
    found = re.search(r"\d+(\.\d+)+", text)
    return tuple(int(part) for part in found[0].split(".")) if found else (0,)


def _parse_places(path: Path, ran: Ran) -> tuple[Path, Path, Path, bool]:
    """(root, git directory, common directory, whether it is bare) of ``git rev-parse``'s answer."""
    lines = ran.text.split("\n")
    if ran.status != 0 and len(lines) < 3:
        what = _shown(ran.err)
        if "not a git repository" in what:
            raise RepositoryError(f"{path} is not in a git repository", mend="git init, or --repo PATH")
        raise RepositoryError(f"{path}: {what}", mend="do what git says above")
    bare, git_dir, common_dir, *top = lines
    if bare == "true" and not top:
        return Path(common_dir), Path(git_dir), Path(common_dir), True
    if len(top) != 1 or ran.status != 0:
        raise RepositoryError(
            f"{path} lies inside a git directory, or its name holds a line break",
            mend="name the working copy: --repo PATH",
        )
    return Path(top[0]), Path(git_dir), Path(common_dir), False


def _options(args: list[str]) -> int:
    """How many of the arguments stand before the command: ``-c NAME=VALUE`` any number of times."""
    count = 0
    while args[count : count + 1] == ["-c"]:
        count += 2
    return count


def _shown(output: bytes) -> str:
    return output.decode("utf-8", "replace").strip()[-2000:]
