"""A user's repository, as a user makes it, in a home of its own."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.landing.git import Git

Content = str | bytes | None


@dataclass(frozen=True)
class Repo:
    """A repository and its work tree, driven by the user's own git."""

    path: Path

    def git(self, *args: str, cwd: Path | None = None, check: bool = True, stdin: bytes | None = None) -> str:
        """What the user's git prints; with ``check`` it must succeed."""
        ran = subprocess.run(
            ["git", *args], cwd=cwd or self.path, capture_output=True, input=stdin, check=False
        )
        assert ran.returncode == 0 or not check, f"git {args}: {ran.stderr.decode(errors='replace')}"
        return ran.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, files: Mapping[str, Content], *, at: Path | None = None) -> None:
        """Write files, or remove those whose content is None."""
        for name, content in files.items():
            path = (at or self.path) / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, Content], message: str = "change", *, at: Path | None = None) -> str:
        """Commit these changes; the commit."""
        self.write(files, at=at)
        self.git("add", "-A", cwd=at)
        self.git("commit", "-q", "--allow-empty", "-m", message, cwd=at)
        return self.git("rev-parse", "HEAD", cwd=at)

    def files(self, commit: str) -> dict[str, str]:
        """Path -> ``MODE ID`` of everything in a commit or tree."""
        listed = self.git("ls-tree", "-r", "-z", commit)
        entries = [line.split("\t", 1) for line in listed.split("\0") if line]
        return {path: f"{meta.split()[0]} {meta.split()[2]}" for meta, path in entries}

    def content(self, commit: str, path: str) -> bytes:
        """A file's content in a commit."""
        return subprocess.run(
            ["git", "cat-file", "blob", f"{commit}:{path}"], cwd=self.path, capture_output=True, check=True
        ).stdout


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own: nobody's configuration, a name to commit with."""
    path = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(path / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (path / ".gitconfig").write_text(
        "[user]\n\tname = A User\n\temail = user@example.org\n[init]\n\tdefaultBranch = main\n"
        '[advice]\n\tdetachedHead = false\n[protocol "file"]\n\tallow = always\n'
    )
    return path


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Repo]:
    """Makes ``tmp_path/NAME`` a repository without a commit."""

    def make(name: str = "repo", *options: str) -> Repo:
        path = tmp_path / name
        path.mkdir(parents=True)
        repo = Repo(path)
        repo.git("init", "-q", *options)
        return repo

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    """A repository with one commit on ``main``: a.txt, b.txt, dir/c.txt."""
    made = make_repo()
    made.commit({"a.txt": "a\n", "b.txt": "b\n", "dir/c.txt": "c\n"}, "first")
    return made


@pytest.fixture
async def git(repo: Repo) -> Git:
    """``repo`` as Headway opens it."""
    return await Git.open(repo.path, GitSettings())


@dataclass(frozen=True)
class Canary:
    """A file that only planted code makes."""

    path: Path
    #: Shell command that makes the file.
    command: str
    #: Executable that makes the file.
    script: Path

    @property
    def sang(self) -> bool:
        return self.path.exists()


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    """Something to plant: whatever runs it leaves a file."""
    path, script = tmp_path / "canary-sang", tmp_path / "canary.sh"
    script.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{path}'\ncat\n")
    script.chmod(0o755)
    return Canary(path, f"{script}", script)
