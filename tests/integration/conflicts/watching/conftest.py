"""A repository, worktrees of it, and a watch over them whose looks can be waited for."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.conflicts.watching import ConflictWatch, Look, WatchSettings
from headway.coordination.watch_tools import WatchTools
from headway.landing.git import Git

#: Longest wait for what must come, in seconds.
PATIENCE = 30.0

LINES = "".join(f"line {n}\n" for n in range(1, 41))


def git(where: Path, *args: str) -> str:
    """What one git command prints."""
    done = subprocess.run(["git", "-C", str(where), *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def changed(text: str, line: int, to: str) -> str:
    """The text with another line, counted from 1."""
    lines = text.splitlines(keepends=True)
    lines[line - 1] = f"{to}\n"
    return "".join(lines)


@dataclass
class Bench:
    """A repository under watch."""

    root: Path
    watch: ConflictWatch
    tools: WatchTools
    told: list[str]
    looks: dict[tuple[str, str], Look] = field(default_factory=dict)
    history: list[Look] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def repository(self) -> Path:
        return self.root / "repository"

    @property
    def base(self) -> str:
        return git(self.repository, "rev-parse", "main")

    def worktree(self, name: str, base: str = "main") -> Path:
        path = self.root / name
        git(self.repository, "worktree", "add", "-q", "--detach", str(path), base)
        return path

    async def side(self, name: str, base: str = "main") -> Path:
        path = self.worktree(name, base)
        await self.watch.add(name, path, git(path, "rev-parse", "HEAD"))
        return path

    def commit(self, files: Mapping[str, str | None], message: str = "more") -> str:
        """A commit on main."""
        for name, content in files.items():
            if content is None:
                git(self.repository, "rm", "-q", name)
            else:
                (self.repository / name).parent.mkdir(parents=True, exist_ok=True)
                (self.repository / name).write_text(content)
        git(self.repository, "add", "-A")
        git(self.repository, "commit", "-q", "-m", message)
        return self.base

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds of the looks so far."""
        async with asyncio.timeout(PATIENCE), self.came:
            await self.came.wait_for(holds)

    async def conflict(self, a: str, b: str, *, still: bool = True) -> Look:
        """Wait for a look at a pair that has conflicts."""

        def holds() -> bool:
            look = self.looks.get((a, b))
            return look is not None and bool(look.conflicts) and look.still is still

        await self.until(holds)
        return self.looks[a, b]

    async def clean(self, a: str, b: str) -> None:
        """Wait until a pair that had conflicts has none."""
        await self.until(lambda: (a, b) in self.looks and not self.looks[a, b].conflicts)

    async def eventually(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds of what is there."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0.01)

    async def follow(self) -> None:
        async for look in self.watch.looks():
            async with self.came:
                self.looks[look.sides] = look
                self.history.append(look)
                self.came.notify_all()


Make = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Makes a bench of files and settings."""
    benches: list[tuple[Bench, asyncio.Task[None]]] = []

    async def make_bench(
        files: Mapping[str, str | bytes] | None = None,
        config: Mapping[str, str] | None = None,
        **settings: object,
    ) -> Bench:
        repository = tmp_path / "repository"
        repository.mkdir()
        git(repository, "init", "-q", "-b", "main")
        for key, value in {"user.name": "U", "user.email": "u@example.org", **(config or {})}.items():
            git(repository, "config", key, value)
        for name, content in (files or {"a.txt": LINES, "b.txt": LINES}).items():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", "begin")
        tools = WatchTools(await Git.open(repository, GitSettings()))
        told: list[str] = []
        chosen = WatchSettings(**{"still_after": 0.05, **settings})  # type: ignore[arg-type]
        watch = ConflictWatch(tools, chosen, tell=told.append)
        bench = Bench(tmp_path, watch, tools, told)
        benches.append((bench, asyncio.create_task(bench.follow())))
        return bench

    yield make_bench
    for bench, task in benches:
        await bench.watch.close()
        await task
