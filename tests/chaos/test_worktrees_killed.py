"""kill -9 in the middle of a fill or a snapshot, at random moments: done again, the result is right."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.landing.git import Git
from headway.landing.pool import WorktreePool
from headway.landing.snapshot import take_snapshot
from tests.integration.landing.conftest import Repo, home, make_repo

__all__ = ["home", "make_repo"]

pytestmark = pytest.mark.slow

FILES = 1500

VICTIM = """
import asyncio, sys
from pathlib import Path
from headway.config import GitSettings
from headway.landing.git import Git
from headway.landing.pool import WorktreePool
from headway.landing.snapshot import take_snapshot

async def main(what, repo, worktree, base, keep):
    git = await Git.open(Path(repo), GitSettings())
    print("ready", flush=True)
    if what == "fill":
        await WorktreePool(git).fill(1, Path(worktree), base, clean_ignored=False)
    else:
        await take_snapshot(
            git, 1, Path(worktree), base=base, ref="refs/headway/r/T/1", message="m", keep=Path(keep)
        )
    print("done", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


class Scene:
    """A repository with two bases that differ in many files, and a worktree."""

    def __init__(self, repo: Repo, tmp_path: Path) -> None:
        self.repo, self.path, self.keep = repo, tmp_path / "worktrees" / "1", tmp_path / "kept"
        self.bases = [
            repo.commit({f"{n % 40}/{n}": f"{n}\n" for n in range(FILES)}),
            repo.commit({f"{n % 40}/{n}": f"other {n}\n" for n in range(0, FILES, 3)} | {"0/0": None}),
        ]

    def run_and_kill(self, what: str, base: str, after: float) -> bool:
        """Whether it was killed before its end. What it started is left alone, as after a crash."""
        argv = [sys.executable, "-c", VICTIM, what, str(self.repo.path), str(self.path), base, str(self.keep)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            assert victim.stdout.readline() == "ready\n"
            time.sleep(after)
            victim.kill()
            return "done" not in victim.stdout.read()

    async def timed(self, what: str, base: str) -> float:
        """How long it takes when nobody disturbs it, in seconds."""
        git = await Git.open(self.repo.path, GitSettings())
        started = time.monotonic()
        if what == "fill":
            await WorktreePool(git).fill(1, self.path, base, clean_ignored=False)
        else:
            await take_snapshot(
                git, 1, self.path, base=base, ref="refs/headway/r/T/0", message="m", keep=self.keep
            )
        return time.monotonic() - started

    def content(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in self.path.rglob("*")
            if path.is_file() and path.name != ".git"
        }

    def wanted(self, base: str) -> dict[str, bytes]:
        names = self.repo.git("ls-tree", "-r", "--name-only", base).split("\n")
        given = "".join(f"{base}:{name}\n" for name in names).encode()
        out = subprocess.run(
            ["git", "cat-file", "--batch"], cwd=self.repo.path, input=given, capture_output=True, check=True
        ).stdout
        wanted = {}
        for name in names:
            head, _, rest = out.partition(b"\n")
            size = int(head.split()[2])
            wanted[name], out = rest[:size], rest[size + 1 :]
        return wanted


@pytest.fixture
def scene(make_repo: Callable[..., Repo], tmp_path: Path) -> Scene:
    return Scene(make_repo(), tmp_path)


async def test_fills_that_are_killed(scene: Scene) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    git = await Git.open(scene.repo.path, GitSettings())
    pool = WorktreePool(git)
    whole = await scene.timed("fill", scene.bases[0])
    killed = 0
    for number in range(12):
        base, other = dice.sample(scene.bases, 2)
        # From a fresh directory as well as from one that is there: the two ways of a fill.
        if number % 4 == 0:
            await pool.remove(1, scene.path)
        else:
            for _ in range(5):
                path = scene.path / str(dice.randrange(40)) / f"{dice.randrange(FILES)}"
                path.parent.mkdir(exist_ok=True)
                path.write_text("an agent's\n")
        killed += await asyncio.to_thread(scene.run_and_kill, "fill", base, dice.random() * whole)
        again = dice.choice([base, other])
        await pool.fill(1, scene.path, again, clean_ignored=False)
        assert scene.content() == scene.wanted(again), f"seed {seed}, kill {number}"
        assert scene.repo.git("status", "--porcelain", cwd=scene.path) == "", f"seed {seed}, kill {number}"
    assert killed, "no kill came in time"
    assert scene.repo.git("fsck", "--strict", "--no-dangling") == ""


async def test_snapshots_that_are_killed(scene: Scene) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    git = await Git.open(scene.repo.path, GitSettings())
    pool = WorktreePool(git)
    base = scene.bases[0]
    await pool.fill(1, scene.path, base, clean_ignored=False)
    (scene.path / "first").write_bytes(os.urandom(100))
    whole = await scene.timed("snapshot", base)
    killed = 0
    for number in range(12):
        await pool.fill(1, scene.path, base, clean_ignored=False)
        nested = Repo(scene.path / "nested")
        nested.path.mkdir()
        nested.git("init", "-q")
        nested.commit({"inner": f"{number}\n"})
        for name in range(dice.randrange(1, 60)):
            (scene.path / f"new-{name}").write_bytes(os.urandom(1000))
        (scene.path / "1" / "1").unlink()
        written = scene.content()
        written = {name: data for name, data in written.items() if "/.git/" not in name}
        killed += await asyncio.to_thread(scene.run_and_kill, "snapshot", base, dice.random() * whole * 2)
        snapshot = await take_snapshot(
            git, 1, scene.path, base=base, ref="refs/headway/r/T/1", message="m", keep=scene.keep
        )
        assert snapshot.commit is not None
        assert scene.wanted(snapshot.commit) == written, f"seed {seed}, kill {number}"
        assert scene.repo.git("rev-parse", "refs/headway/r/T/1") == snapshot.commit
        assert any("nested" in note for note in snapshot.notes)
    assert killed, "no kill came in time"
    assert scene.repo.git("fsck", "--strict", "--no-dangling") == ""
