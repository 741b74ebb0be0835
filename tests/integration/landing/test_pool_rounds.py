"""Round after round of anything that agents do to files, in one slot: each snapshot is what ``git add -A`` makes
of the files in a new index, each fill what ``git worktree add`` makes of the commit. Neither knows any cache."""

import os
import random
import shutil
from pathlib import Path

import pytest

from headway.landing.git import Git
from headway.landing.pool import WorktreePool
from headway.landing.snapshot import take_snapshot
from tests.integration.landing.conftest import Repo
from tests.integration.landing.test_pool import on_disk

NAMES = ["a", "b", "c.txt", "d.ignored", ".gitignore", "é", "x y"]
CONTENTS = ["", "1\n", "2\n", "a\r\nb\r\n", "*.ignored\n", "a\n", "longer " * 50]


class Agent:
    """Does something to the files below ``top``, as its dice say."""

    def __init__(self, dice: random.Random, top: Path) -> None:
        self.dice, self.top = dice, top

    def act(self) -> None:
        self.dice.choice(
            [self.write, self.write, self.write, self.remove, self.move, self.link, self.chmod, self.mkdir,
             self.append, self.set_time_back, self.commit]
        )()  # fmt: skip

    def somewhere(self) -> Path:
        path = self.top
        for _ in range(self.dice.randrange(3)):
            path /= self.dice.choice(["dir", "sub", "e"])
        return path / self.dice.choice(NAMES)

    def something(self) -> Path | None:
        found = sorted(p for p in self.top.rglob("*") if ".git" not in p.parts)
        return self.dice.choice(found) if found else None

    def _clear(self, path: Path) -> None:
        for part in [*reversed(path.parents), path]:
            if part.is_relative_to(self.top) and part != self.top and (part.is_symlink() or part.is_file()):
                part.unlink()
        if path.is_dir():
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self) -> None:
        path = self.somewhere()
        self._clear(path)
        path.write_text(self.dice.choice(CONTENTS), newline="")

    def append(self) -> None:
        path = self.something()
        if path and path.is_file() and not path.is_symlink():
            path.write_bytes(path.read_bytes()[::-1])

    def remove(self) -> None:
        path = self.something()
        if path and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path:
            path.unlink()

    def move(self) -> None:
        path, to = self.something(), self.somewhere()
        if path and not to.is_relative_to(path) and not path.is_relative_to(to):
            self._clear(to)
            if path.exists() or path.is_symlink():
                path.rename(to)

    def link(self) -> None:
        path = self.somewhere()
        self._clear(path)
        path.symlink_to(self.dice.choice(["a", "dir", "nowhere", "/etc", ".."]))

    def chmod(self) -> None:
        path = self.something()
        if path and path.is_file() and not path.is_symlink():
            path.chmod(self.dice.choice([0o755, 0o644]))

    def mkdir(self) -> None:
        path = self.somewhere().with_name("void")
        self._clear(path)
        path.mkdir()

    def set_time_back(self) -> None:
        path = self.something()
        if path and path.exists():
            os.utime(path, ns=(10**18, 10**18))

    def commit(self) -> None:
        agent = Repo(self.top)
        agent.git("add", "-A", check=False)
        agent.git("commit", "-q", "-m", "by the agent", check=False)


@pytest.mark.parametrize("is_seen", [False, True], ids=["looked-at-again", "seen"])
@pytest.mark.parametrize("seed", range(4))
async def test_rounds(repo: Repo, git: Git, tmp_path: Path, seed: int, is_seen: bool) -> None:
    dice = random.Random(seed)
    path = tmp_path / "worktrees" / "1"
    pool = WorktreePool(git)
    bases = [repo.commit({"dir/sub/c.txt": "c\n", "dir/a": "a\n", "e/b": "b\n", ".gitignore": "*.ignored\n"})]
    agent = Agent(dice, path)
    seen = None
    for number in range(12):
        base = dice.choice(bases)
        await pool.fill(1, path, base, clean_ignored=True, seen=seen)
        fresh = tmp_path / "fresh"
        repo.git("worktree", "add", "-q", "--detach", str(fresh), base)
        assert on_disk(path) == on_disk(fresh), f"round {number}"
        repo.git("worktree", "remove", "--force", str(fresh))
        assert repo.git("status", "--porcelain", cwd=path) == "", f"round {number}"
        for _ in range(dice.randrange(1, 12)):
            agent.act()
        ref = f"refs/headway/r/T/{number}"
        snapshot = await take_snapshot(
            git, 1, path, base=base, ref=ref, message="m", keep=tmp_path / "kept" / str(number)
        )
        seen = snapshot.seen if is_seen else None
        index = tmp_path / "index"
        index.unlink(missing_ok=True)
        expected = _added(repo, path, base, index)
        work = snapshot.commit or base
        assert repo.git("rev-parse", f"{work}^{{tree}}") == expected, f"round {number}"
        if snapshot.commit:
            bases.append(snapshot.commit)


def _added(repo: Repo, path: Path, base: str, index: Path) -> str:
    """The tree that ``git add -A`` leads to with an index of its own."""
    if not [entry for entry in path.iterdir() if entry.name != ".git"]:
        return repo.git("rev-parse", "HEAD^{tree}", cwd=path)
    variables = {"GIT_INDEX_FILE": str(index)}
    os.environ.update(variables)
    try:
        repo.git("read-tree", base, cwd=path)
        repo.git("add", "-A", cwd=path)
        return repo.git("write-tree", cwd=path)
    finally:
        for name in variables:
            del os.environ[name]
