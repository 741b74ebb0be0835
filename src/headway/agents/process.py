"""Starts, finds, awaits and stops agents, each kept by a launcher that outlives the coordinator.

What stands in an attempt's directory and which processes live is all that counts: a coordinator that starts
again finds every agent, whatever was killed when. Not for: what an attempt is for, or what its end means."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from headway.agents import procfs, records
from headway.agents.activity import Activity, activity
from headway.agents.claims import (
    Claim,
    Started,
    boot_id,
    is_alive,
    own_process_id,
    process_id,
    read_claim,
    read_exit,
    read_started,
)
from headway.agents.sweep import sweep
from headway.errors import AgentError
from headway.nouns import Exit, ProcessId

__all__ = [
    "Activity",
    "Claim",
    "LaunchSpec",
    "LaunchState",
    "Started",
    "activity",
    "boot_id",
    "is_alive",
    "launch",
    "own_process_id",
    "prepare",
    "process_id",
    "read_claim",
    "read_exit",
    "read_started",
    "relaunch",
    "state_of",
    "stop",
    "stop_and_wait",
    "sweep",
    "wait",
]

#: How long a launcher that somebody else started may take to claim its attempt, in seconds. It takes 15 ms.
CLAIM_PATIENCE = 10.0

#: How often it is looked whether a process has ended where the kernel has no pidfd, in seconds.
POLL_EVERY = 0.2

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))

#: Launchers that are children of ours and whose status nobody took yet, with their directories.
_children: dict[ProcessId, Path] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class LaunchSpec:
    """What an agent's launcher is to do."""

    #: The command. A name without ``/`` is looked for in ``env``'s PATH, one with it from ``cwd``.
    argv: Sequence[str]
    cwd: str | Path
    #: The whole environment; the launcher adds ``HEADWAY_ATTEMPT_DIR``.
    env: Mapping[str, str]
    #: A file for standard input; None for none.
    stdin: str | Path | None = None
    #: Longest time that it may take, in seconds without those that the machine slept.
    timeout: float
    #: Most bytes kept of each of its two streams.
    log_cap: int
    #: Seconds between SIGTERM and SIGKILL when it is stopped.
    stop_grace: float = 5.0


class LaunchState(StrEnum):
    """Where an attempt's process stands."""

    #: No launcher has it (yet): it can be started.
    UNCLAIMED = "unclaimed"
    #: Its launcher runs.
    RUNNING = "running"
    #: Its launcher has ended and wrote down how the agent did.
    ENDED = "ended"
    #: Its launcher was killed: :func:`wait` ends what is left of it and writes that down.
    LOST = "lost"


def prepare(directory: Path, spec: LaunchSpec) -> None:
    """Write down what is to be run in ``directory``, made (0700) where missing; start nothing.

    To be done before an attempt is recorded as started: then whoever finds the record can :func:`relaunch`
    it. An attempt that is claimed already keeps its file. Raises AgentError."""
    told = {
        "argv": list(spec.argv),
        "cwd": str(Path(spec.cwd).absolute()),
        "env": dict(spec.env),
        "stdin": None if spec.stdin is None else str(Path(spec.stdin).absolute()),
        "timeout": spec.timeout,
        "stop_grace": spec.stop_grace,
        "log_cap": spec.log_cap,
    }
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (directory / records.CLAIM).exists():
            records.write(str(directory / records.SPEC), told)
    except OSError as error:
        raise AgentError(
            f"{directory}: {error.strerror}", mend="free some space, or mend the rights"
        ) from error


def relaunch(directory: Path) -> None:
    """Start a launcher for a prepared directory. Takes about 1 ms. Raises AgentError.

    A launcher that finds the attempt claimed leaves without a trace, so this is safe at any time.
    """
    directory = _real(directory)
    if not (directory / records.SPEC).exists():
        raise AgentError(
            f"{directory}: there is no {records.SPEC}, so nothing to start", mend="start it anew"
        )
    _reap()
    log = str(directory / records.LAUNCHER_LOG)
    try:
        # posix_spawn, because it neither copies our page tables nor holds the event loop as fork does. The
        # launcher closes what it inherited; Python's descriptors are not inherited anyway.
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", _LAUNCHER, str(directory)],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
        )
    except OSError as error:
        raise AgentError(
            f"cannot start a launcher ({sys.executable}) in {directory}: {error.strerror}",
            mend="see `ulimit -u` and the free memory",
        ) from error
    found = procfs.stat(pid)  # there at least as a zombie: nobody but us takes its status
    if found is not None:
        _children[ProcessId(boot_id=boot_id(), pid=pid, start_time=found.start_time)] = directory


def launch(directory: Path, spec: LaunchSpec) -> None:
    """:func:`prepare` and :func:`relaunch`: start an agent. Safe to do again. Raises AgentError."""
    prepare(directory, spec)
    relaunch(directory)


def state_of(directory: Path) -> LaunchState:
    """Where it stands, by the files and the living processes alone. Raises AgentError."""
    claim = read_claim(directory)
    if claim is None:
        return LaunchState.UNCLAIMED
    if is_alive(claim.launcher):
        return LaunchState.RUNNING
    # Looked for after the launcher was seen dead: it is the last thing that one writes.
    return LaunchState.ENDED if (directory / records.EXIT).exists() else LaunchState.LOST


async def wait(directory: Path) -> Exit:
    """Wait until the agent has ended, and everything that it started; whoever started its launcher.

    Where the launcher was killed, what is left of the agent is ended and the end written down as ``lost``, so
    that it is final. Cancelling the wait leaves the agent running. Raises AgentError where no launcher claims
    the attempt."""
    directory = _real(directory)
    claim = await _claimed(directory)
    await _ended(claim.launcher)
    _reap()
    return read_exit(directory) or await asyncio.to_thread(_declare_lost, directory, claim)


def stop(directory: Path, reason: str) -> None:
    """Ask the launcher to end the agent with everything that it started; ``reason`` becomes the exit's
    message.

    Returns at once. The first reason counts. An attempt that is not started yet ends when it would be. Raises
    AgentError.
    """
    directory = _real(directory)
    try:
        records.create(str(directory / records.STOP), {"reason": reason[:500], "at": time.time()})
    except OSError as error:
        raise AgentError(
            f"{directory}: cannot ask for a stop: {error.strerror}", mend="free some space"
        ) from error
    claim = read_claim(directory)
    # One that has no claim yet looks for the request before it starts the agent; SIGTERM might kill it
    # instead.
    if claim is not None and is_alive(claim.launcher):
        procfs.send(claim.launcher.pid, claim.launcher.start_time, signal.SIGTERM)


async def stop_and_wait(directory: Path, reason: str, *, within: float = 60.0) -> Exit:
    """:func:`stop`, then :func:`wait`; an attempt that was never started gets its record too.

    A launcher that does not come to an end ``within`` so many seconds is killed, and the agent with it.
    Raises AgentError."""
    stop(directory, reason)
    if state_of(directory) is LaunchState.UNCLAIMED:
        relaunch(directory)
    try:
        async with asyncio.timeout(within):
            return await wait(directory)
    except TimeoutError:
        claim = read_claim(directory)
        if claim is not None:
            procfs.send(claim.launcher.pid, claim.launcher.start_time, signal.SIGKILL)
        return await wait(directory)


async def _claimed(directory: Path) -> Claim:
    """The claim, waited for if a launcher is on its way."""
    until = time.monotonic() + CLAIM_PATIENCE
    while (claim := read_claim(directory)) is None:
        ours = [process for process, its in _children.items() if its == directory]
        if ours:
            await _ended(
                ours[0]
            )  # it ends after the agent, or because another has the claim, or because it failed
            _reap()
            until = 0.0
        elif time.monotonic() < until:
            await asyncio.sleep(POLL_EVERY / 4)
        else:
            raise AgentError(
                f"{directory}: no launcher claims it: {_last_words(directory)}",
                mend="headway resume starts it again",
            )
    return claim


async def _ended(process: ProcessId) -> None:
    """Wait until a process has ended, a child of ours or not."""
    try:
        fd = os.pidfd_open(process.pid) if process.pid > 0 else -1
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # an old kernel, a strict sandbox, or no descriptor free
        fd = -1
    if fd < 0:
        while is_alive(process):
            await asyncio.sleep(POLL_EVERY)  # noqa: ASYNC110 (it is not our event)
        return
    loop = asyncio.get_running_loop()
    try:
        # Asked after the pidfd was opened, which stays with the process that it was opened for.
        if is_alive(process):
            gone = asyncio.Event()
            loop.add_reader(fd, gone.set)
            try:
                await gone.wait()
            finally:
                loop.remove_reader(fd)
    finally:
        os.close(fd)


def _reap() -> None:
    """Take the status of launchers of ours that have ended; of no other child, those are asyncio's."""
    for process in list(_children):
        try:
            pid, _ = os.waitpid(process.pid, os.WNOHANG)
        except ChildProcessError:
            pid = process.pid  # somebody waits for any child, or this is a fork of who started it
        if pid:
            del _children[process]


def _declare_lost(directory: Path, claim: Claim) -> Exit:
    restarted = claim.launcher.boot_id not in ("", boot_id())
    message = (
        "the machine was restarted" if restarted else f"its launcher (pid {claim.launcher.pid}) was killed"
    )
    swept = 0
    try:
        swept = sweep(directory)
    except AgentError as error:
        message += f"; {error}"
    lost = {
        "status": None,
        "how": "lost",
        "seconds": 0.0,
        "cpu_seconds": 0.0,
        "peak_memory": 0,
        "swept": swept,
        "message": records.shorten(message),
        "ended_at": time.time(),
    }
    try:
        _write_lost(directory, lost)
    except OSError as error:
        raise AgentError(
            f"{directory}: cannot write down its end: {error.strerror}",
            mend="free some space, then: headway resume",
        ) from error
    exit_ = read_exit(directory)
    assert exit_ is not None, "it was just written"
    return exit_


def _write_lost(directory: Path, lost: Mapping[str, object]) -> None:
    try:
        records.create(str(directory / records.EXIT), lost)  # the first of several who find out is the one
    except OSError:
        records.finish(str(directory), lost)  # a full disk: into the room that the launcher held for it


def _last_words(directory: Path) -> str:
    try:
        text = (directory / records.LAUNCHER_LOG).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        text = ""
    return text[-500:] or "it said nothing"


def _real(directory: Path) -> Path:
    """One name for a directory, as its launcher and what that started carry it."""
    return directory.resolve()
