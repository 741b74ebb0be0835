"""One working copy of the user's on its way from one commit to another.

Git's two-tree ``read-tree -m -u OLD NEW`` does it: it changes the paths that differ between the two and refuses where
that would touch an edit. It runs on a copy of the index, so a dry run locks nobody out and an end at any moment
leaves the user's index whole. Here is also what git does not do: spare ignored files, let pass what is already as it
is to become, say all that is in the way. Not for: who may move a copy when, and what is remembered of it
(:mod:`.following`).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pygit2

from headway.errors import GitError
from headway.landing import objects
from headway.landing.copies import Copy, read_file
from headway.landing.git import Git, Ran
from headway.landing.index_file import IndexFile, blocker
from headway.landing.objects import Change
from headway.landing.private import write_if_other

#: Most paths that are named to a person.
MOST_NAMED = 5

#: What git says where it found something in the way, before it touches a file.
_REFUSAL = re.compile(
    r"Cannot merge|overwritten by merge|would lose untracked|resolve your current index|unmerged"
)


@dataclass(frozen=True, kw_only=True)
class Move:
    """One copy on its way from one commit to another, on a copy of its index."""

    git: Git
    copy: Copy
    #: Commits.
    old: str
    new: str
    changed: Sequence[Change]
    #: The copy of the index.
    index: Path
    #: Descriptor of the lock that git shares with us.
    busy: int
    #: For git: how this copy's own directory differs from the private one.
    options: tuple[str, ...]
    environment: Mapping[str, str]

    @staticmethod
    def begin(git: Git, copy: Copy, old: str, new: str, busy: int) -> Move:
        """Take a copy of the index as it is now."""
        index = place_of(git, copy) / "index"
        index.with_name("index.lock").unlink(missing_ok=True)  # of a git that was killed
        _copy_index(copy.git_dir / "index", index)
        options, environment = _as_copy(git, copy)
        return Move(
            git=git,
            copy=copy,
            old=old,
            new=new,
            changed=changed_between(git, old, new),
            index=index,
            busy=busy,
            options=options,
            environment=environment,
        )

    async def run(self, *, dry: bool = False, is_interrupted: bool = False) -> str | None:
        """Move the files and our index; what is in the way, for a person.

        ``is_interrupted``: it was begun before, and how far it came is not known. Raises GitError where git fails
        on the way: then files may have been written.
        """
        is_plain = not is_interrupted and not any(self._exposed()) and not self._missing()
        if is_plain and await self._read_tree(dry) is None:
            return None
        # Times that differ where contents do not are no edits.
        await self._git("update-index", "-q", "--refresh")
        if await self.has_moved():
            return None
        await self._take_in(is_interrupted)
        in_the_way = await self._overwritten() or (None if is_interrupted else await self._removed())
        if in_the_way is not None:
            return in_the_way
        refused = await self._read_tree(dry)
        if refused is None:
            return None
        edited = await self._edited({change.path for change in self.changed})
        if edited:
            return self._in_the_way("changes of yours", edited, "commit or stash them")
        return f"git cannot move {self.copy.root} along: {'; '.join(refused.splitlines())}"

    def put_in_place(self) -> None:
        """Make our index the copy's."""
        path = self.copy.git_dir / "index"
        self.index.chmod(stat.S_IMODE(path.stat().st_mode))
        self.index.replace(path)

    async def has_moved(self) -> bool:
        """Whether the index is at the new commit already, or further: nowhere at the old one."""
        staged = await self._staged()
        is_old = any(staged.get(change.path) == _key(change.old) for change in self.changed)
        is_new = any(staged.get(change.path) == _key(change.new) for change in self.changed)
        return not is_old and (is_new or not self.changed)

    async def _read_tree(self, dry: bool) -> str | None:
        """Have git move files and index; what it says where it refuses. Raises GitError where it fails on the
        way: then files may have been written."""
        ran = await self._git("read-tree", "-m", "-u", *(["-n"] if dry else []), self.old, self.new)
        if ran.status == 0:
            return None
        said = ran.err.decode("utf-8", "replace").strip()
        if not _REFUSAL.search(said):
            raise GitError("read-tree -m -u", ran.status, said, mend=f"{git_in(self.copy)} status")
        return said

    async def _git(self, *args: str, stdin: bytes | None = None) -> Ran:
        return await self.git.run(
            *self.options,
            *args,
            index=self.index,
            work_tree=self.copy.root,
            stdin=stdin,
            check=False,
            env=self.environment,
            hold=self.busy,
        )

    async def _staged(self) -> dict[str, tuple[int, str]]:
        """Path → mode and id, of all that is in the index."""
        listed = await self._git("ls-files", "--stage", "-z")
        entries = {}
        for line in listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            meta, _, path = line.partition("\t")
            mode, id_, _ = meta.split()
            entries[path] = (int(mode, 8), id_)
        return entries

    async def _edited(self, among: Set[str]) -> list[str]:
        """Paths in which index or file differ from the old commit: those of ``among``, and above and below them."""
        if not among:
            return []
        listed = await self._git(
            "diff-index", "--name-only", "-z", "--no-renames", "--ignore-submodules=all", self.old
        )
        edited = listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1]
        above = {folder for path in among for folder in _folders(path)}
        return [
            path for path in edited if path in among or path in above or not among.isdisjoint(_folders(path))
        ]

    def _missing(self) -> set[str]:
        """Paths that the move changes and that are not on the disk: removed, or left out of a sparse checkout."""
        both = (change.path for change in self.changed if change.old is not None and change.new is not None)
        return {path for path in both if not os.path.lexists(self.copy.root / path)}

    def _exposed(self) -> tuple[set[str], set[str]]:
        """What is on the disk where the move adds a path: files that the old commit does not know, and all that is
        below a folder in place of a file.

        Git would not spare them: of files in no commit not the ignored ones, of staged ones none below a folder.
        """
        removed = {change.path for change in self.changed if change.old is not None}
        standing: set[str] = set()
        below: set[str] = set()
        for change in self.changed:
            if change.old is not None or change.new is None or change.new.mode == objects.GITLINK:
                continue
            there = blocker(self.copy.root, change.path)
            if there is None or there in removed:
                continue
            path = self.copy.root / there
            if path.is_dir() and not path.is_symlink():
                below.update(str(file.relative_to(self.copy.root)) for file in _files_below(path))
            else:
                standing.add(there)
        return standing, below

    async def _take_in(self, is_interrupted: bool) -> None:
        """Let our index know of files that are as the new commit has them already, so that they are in nobody's way.

        ``is_interrupted``: our own git was killed in the middle, so that a file may be half of what it is to become.
        """
        staged = await self._staged()
        ids = await self._ids([change for change in self.changed if change.new is not None])
        lines = []
        for change in self.changed:
            found = ids.get(change.path)
            if change.new is None or found is None or staged.get(change.path) not in (None, _key(change.old)):
                continue
            if found == _key(change.new):
                lines.append(f"{found[0]:o} {found[1]}\t{change.path}\0")
            elif is_interrupted and found != _key(change.old) and self._is_half(change):
                (self.copy.root / change.path).unlink()
        if lines:
            given = os.fsencode("".join(lines))
            await self._git("update-index", "-z", "--add", "--replace", "--index-info", stdin=given)
            await self._git("update-index", "-q", "--refresh")

    async def _ids(self, changed: Iterable[Change]) -> dict[str, tuple[int, str]]:
        """Path → mode and id that the file on the disk would have in a commit."""
        found: dict[str, tuple[int, str]] = {}
        files = []
        trust_mode = self.git.config.get("core.filemode") != "false"
        for change in changed:
            path = self.copy.root / change.path
            try:
                status = path.lstat()
            except OSError:
                continue
            if stat.S_ISLNK(status.st_mode):
                found[change.path] = (objects.LINK, str(pygit2.hash(os.fsencode(path.readlink()))))
            elif stat.S_ISREG(status.st_mode) and "\n" not in change.path and change.new is not None:
                is_executable = bool(status.st_mode & stat.S_IXUSR)
                mode = (
                    (objects.EXECUTABLE if is_executable else objects.FILE) if trust_mode else change.new.mode
                )
                files.append((change.path, mode))
        if files:
            given = os.fsencode("".join(f"{path}\n" for path, _ in files))
            hashed = await self._git("hash-object", "--stdin-paths", stdin=given)
            if hashed.status == 0:
                for (name, mode), id_ in zip(files, hashed.text.split("\n"), strict=True):
                    found[name] = (mode, id_)
        return found

    def _is_half(self, change: Change) -> bool:
        """Whether the file holds nothing but a part of what it is to become."""
        path = self.copy.root / change.path
        if change.new is None or path.is_symlink() or not path.is_file():
            return False
        return objects.content(self.git.repository, change.new).startswith(read_file(path))

    async def _overwritten(self) -> str | None:
        """What git would overwrite without a word."""
        standing, below = self._exposed()
        staged = await self._staged() if standing or below else {}
        untracked = sorted((standing | below) - staged.keys())
        if untracked:
            return self._in_the_way("files that are in no commit", untracked, "move them away")
        known = {change.path: _key(change.old) for change in self.changed if change.old is not None}
        edited = sorted(path for path in below if staged[path] != known.get(path))
        return self._in_the_way("changes of yours", edited, "commit or stash them") if edited else None

    async def _removed(self) -> str | None:
        removed = await self._edited(self._missing())
        return (
            self._in_the_way("files that you removed", removed, "commit that, or restore them")
            if removed
            else None
        )

    def _in_the_way(self, what: str, paths: Sequence[str], mend: str) -> str:
        return f"{what} in {self.copy.root} would be overwritten: {_named(paths)}; {mend}"


def all_free(git: Git, copy: Copy, changed: Sequence[Change]) -> bool:
    """Whether certainly nothing of the user's is in the way of these changes. Quick; False says nothing."""
    path = copy.git_dir / "index"
    try:
        mtime_ns = path.lstat().st_mtime_ns
        data = read_file(path)
    except OSError:
        return False
    index = IndexFile(data, mtime_ns, trust_mode=git.config.get("core.filemode") != "false")
    return all(index.is_free_for(change, copy.root) for change in changed)


def changed_between(git: Git, old: str, new: str) -> list[Change]:
    """The paths in which two commits differ. Raises GitError."""
    repository = git.repository
    return objects.changes(repository, objects.tree_of(repository, old), objects.tree_of(repository, new))


def place_of(git: Git, copy: Copy) -> Path:
    """The folder for what we keep about a copy."""
    return git.private_dir / "copies" / copy.name


def git_in(copy: Copy) -> str:
    """How a person calls git there."""
    return f"git -C {shlex.quote(str(copy.root))}"


def _as_copy(git: Git, copy: Copy) -> tuple[tuple[str, ...], dict[str, str]]:
    """Options and environment that give git what a copy's own git directory has and the private one has not: which
    files are left out of a sparse checkout, and the shared part of a split index (which is written whole)."""
    sparse = copy.git_dir / "info" / "sparse-checkout"
    shared = list(copy.git_dir.glob("sharedindex.*"))
    options: list[str] = []
    if sparse.is_file():
        for key in ("core.sparseCheckout", "core.sparseCheckoutCone"):
            value = _configured(git, copy, key)
            options += ["-c", f"{key}={value}"] if value is not None else []
    if not options and not shared:
        return (), {}
    own = place_of(git, copy) / "git"
    (own / "info").mkdir(parents=True, exist_ok=True)
    write_if_other(own / "HEAD", b"ref: refs/headway/nothing\n")
    if options:
        write_if_other(own / "info" / "sparse-checkout", read_file(sparse))
    for file in shared:
        (own / file.name).unlink(missing_ok=True)
        (own / file.name).symlink_to(file)
    return tuple(options), {"GIT_DIR": str(own)}


def _configured(git: Git, copy: Copy, key: str) -> str | None:
    """The value of a harmless key in a copy's own configuration, else in the repository's."""
    for path in (copy.git_dir / "config.worktree", git.common_dir / "config"):
        with suppress(KeyError, OSError, pygit2.GitError):
            if path.is_file():
                return "true" if pygit2.Config(str(path)).get_bool(key) else "false"
    return None


def _key(entry: objects.Entry | None) -> tuple[int, str] | None:
    return None if entry is None else (entry.mode, str(entry.id))


def _copy_index(source: Path, target: Path) -> None:
    # With its time: git takes a file that is not older than the index for one that may have changed since.
    found = source.stat()
    shutil.copyfile(source, target)
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _files_below(path: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(path):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*names, *links):
            yield Path(folder) / name


def _folders(path: str) -> set[str]:
    """Every folder above a path."""
    parts = path.split("/")
    return {"/".join(parts[:n]) for n in range(1, len(parts))}


def _named(paths: Sequence[str]) -> str:
    shown = ", ".join(path if path.isprintable() else ascii(path) for path in paths[:MOST_NAMED])
    more = len(paths) - MOST_NAMED
    return shown + (f" and {more} more" if more > 0 else "")
