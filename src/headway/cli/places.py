"""Where things are, found without starting git or importing anything heavy: the repository, its store, its run.

Not for: whether a repository can be worked on (:mod:`headway.landing.repository` says that before a run).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headway.coordination.home import Home
from headway.errors import RepositoryError, RunError, SettingsError

if TYPE_CHECKING:
    from headway.coordination.view import RunView
    from headway.nouns import Run
    from headway.store.reader import Reader

_SETTINGS = "headway.toml"  # headway.config says it too, and costs 90 ms of pydantic


@dataclass(frozen=True, slots=True)
class Place:
    """A repository on this machine."""

    #: Root of the work tree that was meant; the git directory where there is none.
    root: Path
    #: Its git directory, shared by all its worktrees.
    common_dir: Path

    @property
    def home(self) -> Home:
        """Where our files are."""
        return Home(self.common_dir)

    def store_url(self) -> str:
        """SQLAlchemy URL of the store. Raises SettingsError."""
        path = self.root / _SETTINGS
        if not path.exists():
            return self.home.store_url
        import tomllib

        try:
            url = tomllib.loads(path.read_text(encoding="utf-8")).get("store", {}).get("url")
        except (OSError, ValueError, AttributeError) as error:
            raise SettingsError(f"{path}: {error}", mend="mend it, then: headway doctor") from error
        return url if isinstance(url, str) and url else self.home.store_url

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """The store, for reading. Raises StoreMissing where there is none yet, StoreError."""
        from headway.store.reader import open_reader

        reader = open_reader(self.store_url())
        try:
            yield reader
        finally:
            reader.close()

    def view(self, reader: Reader, run: Run) -> RunView:
        """How a run stands. Raises StoreError."""
        from headway.coordination.view import read_view

        return read_view(reader, run, signs=self.home.signs(run.id))


def find_place(path: Path) -> Place:
    """The repository that ``path`` lies in. Raises RepositoryError.

    As git finds it from a work tree, a linked one or a bare repository; ``GIT_DIR`` counts for nothing here.
    """
    start = path.expanduser().absolute()
    if not start.exists():
        raise RepositoryError(f"{path}: there is no such folder", mend="give the repository with --repo PATH")
    start = start.resolve()
    for folder in (start, *start.parents):
        inside = folder / ".git"
        if inside.is_dir() and _is_git_directory(inside):
            return Place(root=folder, common_dir=inside.resolve())
        if inside.is_file():
            return Place(root=folder, common_dir=_linked(inside))
        if _is_git_directory(folder):
            return Place(root=folder, common_dir=folder)
    raise RepositoryError(
        f"{start} is in no git repository",
        mend="go to one, or give it with --repo PATH, or make one: git init, then a first commit",
    )


def the_run(reader: Reader, run: str | None) -> Run:
    """The run that is meant: the latest where none is named. Raises RunError."""
    if run is None:
        found = reader.latest_run()
        if found is None:
            raise RunError("no run was started in this repository yet", mend="start one: headway run TICKETS")
        return found
    found = reader.run(run)
    if found is None:
        known = ", ".join(r.id for r in reader.runs()[-10:])
        raise RunError(f"there is no run {run!r}", mend=f"the latest are: {known}" if known else "")
    return found


def _is_git_directory(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _linked(file: Path) -> Path:
    """The shared git directory that a ``.git`` file leads to."""
    try:
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
        if not text.startswith("gitdir:"):
            raise RepositoryError(f"{file} is not git's", mend="see: git -C … status")
        git_dir = (file.parent / text.removeprefix("gitdir:").strip()).resolve()
        common = git_dir / "commondir"
        if common.is_file():
            return (git_dir / common.read_text(encoding="utf-8", errors="surrogateescape").strip()).resolve()
    except (OSError, ValueError) as error:
        raise RepositoryError(f"{file}: {error}", mend="see: git status") from error
    if not _is_git_directory(git_dir):
        raise RepositoryError(
            f"{file} leads to {git_dir}, which is no git directory", mend="see: git worktree repair"
        )
    return git_dir
