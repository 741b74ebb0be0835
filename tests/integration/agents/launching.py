"""Starts real agents, looks at what is left of them, and waits for facts instead of for time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from headway.agents import process, procfs, records, sweep
from headway.agents.process import LaunchSpec, LaunchState
from headway.agents.segments import segment_name, segment_numbers
from headway.nouns import Exit

T = TypeVar("T")

#: What agents get of our environment.
ENVIRONMENT = {"PATH": os.environ["PATH"]}

LAUNCHER = str(Path(process.__file__).with_name("launcher.py"))


def spec(*argv: str, **changes: Any) -> LaunchSpec:
    told: dict[str, Any] = {
        "argv": argv,
        "cwd": "/",
        "env": ENVIRONMENT,
        "timeout": 60.0,
        "log_cap": 1 << 20,
        "stop_grace": 5.0,
    }
    return LaunchSpec(**told | changes)


def shell(script: str, **changes: Any) -> LaunchSpec:
    return spec("sh", "-c", script, **changes)


def python(source: str, *argv: str, **changes: Any) -> LaunchSpec:
    return spec(sys.executable, "-I", "-S", "-c", textwrap.dedent(source), *argv, **changes)


async def run(directory: Path, what: LaunchSpec) -> Exit:
    """Start an agent and wait for its end."""
    process.launch(directory, what)
    return await process.wait(directory)


def start_launcher(directory: Path, *, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """A launcher that is not known to be ours, as that of an earlier coordinator."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", LAUNCHER, str(directory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=pass_fds,
    )


def printed(directory: Path, stream: str = "out") -> bytes:
    """All that is kept of a stream."""
    numbers = segment_numbers(str(directory), stream)
    return b"".join((directory / segment_name(stream, number)).read_bytes() for number in numbers)


def record_of(directory: Path, name: str = records.EXIT) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / name).read_text())
    return found


def launcher_pid(directory: Path) -> int:
    claim = process.read_claim(directory)
    assert claim is not None
    return claim.launcher.pid


def living(directory: Path) -> list[int]:
    """What lives of an attempt, its launcher included."""
    claim = process.read_claim(directory)
    found = [member.pid for member in sweep.members(directory)]
    if claim is not None and process.is_alive(claim.launcher):
        found.append(claim.launcher.pid)
    return found


def end_all(root: Path) -> None:
    """Kill whatever still lives of the attempts below a folder."""
    for directory in {file.parent for file in root.rglob("*.json")}:
        claim = process.read_claim(directory)
        if claim is not None and process.is_alive(claim.launcher):
            procfs.send(claim.launcher.pid, claim.launcher.start_time, signal.SIGKILL)
        sweep.sweep(directory)


def is_settled(directory: Path) -> bool:
    """Whether nothing lives of an attempt but the launcher, the agent and its daemon, ``sleep 1000``."""
    pids = living(directory)
    return len(pids) == 3 and any(procfs.read_or_nothing(p, "cmdline") == b"sleep\x001000\0" for p in pids)


async def until(fact: Callable[[], T], *, patience: float = 30.0) -> T:
    """Wait until something is so; what it is."""
    end = time.monotonic() + patience
    while not (found := fact()):
        assert time.monotonic() < end, f"still not so after {patience:g} s: {fact}"
        await asyncio.sleep(0.002)
    return found


async def started(directory: Path) -> int:
    """Wait until the agent runs; its pid."""
    found = await until(lambda: process.read_started(directory))
    assert found is not None
    return found.agent.pid


async def ready(directory: Path) -> None:
    """Wait until the agent has printed something."""
    first = directory / segment_name("out", 0)
    await until(lambda: first.exists() and first.stat().st_size > 0)


async def ended(directory: Path) -> None:
    await until(lambda: process.state_of(directory) in (LaunchState.ENDED, LaunchState.LOST))
