"""One slot's side of the repository: its own git directory within the private one, its lock, its metadata.

* ``<private>/slots/N`` is ours: the index that says how the worktree's files stood when it was filled, HEAD,
  and ``state.json``, which is there only while the index and the files are known to belong together;
* ``<common_dir>/worktrees/headway-N`` is what makes the files a linked worktree for whoever works in them. It
  is the agent's to write, so it is written anew at each fill, and what it says is read as data.

Not for: moving files (:mod:`.pool`), what an agent made of them (:mod:`.snapshot`).
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from headway.errors import GitError
from headway.landing.files import move_aside, read_plain, remove, write_whole
from headway.landing.git import Git, Ran

#: How often it is looked whether another process has let go of a slot, in seconds.
POLL_EVERY = 0.02

#: Without these git would look for untracked files in all directories: 43 ms instead of 26 ms at 13,000 files.
#: The cache holds only what was asked for in the same way, so how it is asked stands here too.
_CACHED = ("-c", "core.untrackedCache=true", "-c", "status.showUntrackedFiles=all")

_UNCACHED = ("-c", "core.untrackedCache=false", "-c", "status.showUntrackedFiles=all")

#: File systems whose directories change their times when a name in them comes or goes.
_WITH_DIRECTORY_TIMES = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "f2fs", "bcachefs", "zfs"}
)


@dataclass(frozen=True, slots=True)
class Filled:
    """How a slot was left by the fill that came to its end."""

    path: str
    base: str
    #: When the directories were looked into, in nanoseconds since the epoch (see :mod:`.layout`).
    seen_at: int
    #: How many fills in a row only moved what differed.
    moves: int = 0


class Slot:
    """The paths of one slot, and git as it is called for it."""

    def __init__(self, git: Git, number: int, path: Path) -> None:
        if number < 1:
            raise ValueError(f"slots are numbered from 1, not {number}")
        self.git = git
        self.number = number
        #: Top of its worktree.
        self.path = path
        self.directory = git.private_dir / "slots" / str(number)
        self.index = self.directory / "index"
        self.metadata = git.common_dir / "worktrees" / f"headway-{number}"
        self._cached = has_directory_times(path.parent)

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[int]:
        """Hold the slot: nobody else fills or reads it. Yields the lock's descriptor, for git to hold as well.

        A git that outlived a coordinator still moves files: it holds the lock until it has ended, and so we
        wait for it. Raises GitError when that takes longer than ``git.timeout``, and what ``git.guard`` raises.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                async with asyncio.timeout(self.git.settings.timeout):
                    while not _try_lock(fd):  # noqa: ASYNC110 (the kernel has no event for it)
                        await asyncio.sleep(POLL_EVERY)
            except TimeoutError:
                raise GitError(
                    f"in slot {self.number}",
                    None,
                    "another process has been at work there all the time",
                    mend=f"see who holds {self.directory / 'lock'}",
                ) from None
            self.git.guard()
            yield fd
        finally:
            os.close(fd)

    def filled(self) -> Filled | None:
        """How the last fill left it; None where that is not known."""
        data = read_plain(self.directory / "state.json")
        try:
            state = Filled(**json.loads(data)) if data else None
        except (ValueError, TypeError):
            return None
        return state if state and state.path == str(self.path) and self.index.exists() else None

    def set_filled(self, state: Filled | None) -> None:
        """Write down how a fill left it, as its last act; None as the first act of the next."""
        if state is None:
            (self.directory / "state.json").unlink(missing_ok=True)
        else:
            write_whole(self.directory / "state.json", json.dumps(asdict(state)).encode())

    def set_up(self, base: str) -> None:
        """Make the slot's own git directory, at ``base``. Raises OSError."""
        for name, content in (("commondir", "../..\n"), ("HEAD", f"{base}\n")):
            if read_plain(self.directory / name) != content.encode():
                write_whole(self.directory / name, content.encode())

    def drop_locks(self) -> None:
        """Remove what a git that was killed left; nobody else's, for we hold the slot."""
        for name in ("index.lock", "HEAD.lock"):
            (self.directory / name).unlink(missing_ok=True)

    async def run(
        self,
        *args: str,
        hold: int,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        index: Path | None = None,
        cached: bool = True,
    ) -> Ran:
        """Git on the slot's worktree with the slot's index."""
        return await self.git.run(
            *(_CACHED if cached and self._cached else _UNCACHED),
            *args,
            index=index or self.index,
            work_tree=self.path,
            stdin=stdin,
            env={"GIT_DIR": str(self.directory), **(env or {})},
            check=check,
            hold=hold,
        )

    def link(self, base: str) -> None:
        """Make the files a linked worktree of the user's repository, with HEAD at ``base`` and no past.

        Written beside and put in place at once, so that nobody sees half of it and nothing that an agent left
        in the old one is followed. Raises OSError.
        """
        new, old = self.directory / "metadata.new", self.directory / "metadata.old"
        remove(new)
        new.mkdir(mode=0o777)
        (new / "HEAD").write_text(f"{base}\n")
        (new / "commondir").write_text("../..\n")
        (new / "gitdir").write_text(f"{self.path}/.git\n", errors="surrogateescape")
        (new / "locked").write_text("Headway moves it from ticket to ticket\n")
        times = self.index.stat()
        shutil.copyfile(self.index, new / "index")
        # A file that changed in the moment when it was written down is told by the index's own time.
        os.utime(new / "index", ns=(times.st_atime_ns, times.st_mtime_ns))
        remove(old)
        self.metadata.parent.mkdir(exist_ok=True)
        if os.path.lexists(self.metadata):
            move_aside(self.metadata, self.directory, "metadata.old")
        new.rename(self.metadata)
        remove(old)
        link = self.path / ".git"
        wanted = f"gitdir: {self.metadata}\n".encode(errors="surrogateescape")
        if read_plain(link) != wanted:
            remove(link)
            link.write_bytes(wanted)


@lru_cache(maxsize=64)
def has_directory_times(directory: Path) -> bool:
    """Whether the file system that a directory lies on is known to keep the times of directories."""
    try:
        real = directory.resolve()
        found = (Path("/"), "")
        for line in Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines():
            mount, _, source = line.partition(" - ")
            point = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), mount.split()[4]))
            if real.is_relative_to(point) and len(point.parts) >= len(found[0].parts):
                found = (point, source.split()[0])
    except (OSError, IndexError):
        return False
    return found[1] in _WITH_DIRECTORY_TIMES


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
