"""Starts, finds, awaits and stops agents, each kept by a launcher that outlives the coordinator.

What stands in an attempt's directory and which processes live is all that counts: a coordinator that starts again
finds every agent, whatever was killed when. Not for: what an attempt is for, or what its end means.
"""

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
from headway.agents.lost import declare_lost
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

_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}

#: What a launcher gets of our environment: how its Python finds its libraries, and the mark of the attempt that we
#: belong to ourselves, if any. Nothing else: an agent can read its launcher's environment.
_LAUNCHER_ENVIRONMENT = ("LD_LIBRARY_PATH", records.ATTEMPT_DIR)

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

    To be done before an attempt is recorded as started: then whoever finds the record can :func:`relaunch` it. An
    attempt that is claimed already keeps its file. Raises AgentError.
    """
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
    except ValueError as error:
        raise AgentError(f"{directory}: {error}", mend="give a number that is finite") from error


def relaunch(directory: Path) -> None:
    """Start a launcher for a prepared directory. Raises AgentError.

    Takes 1 ms; on a busy machine, as long as a new process waits for its first turn.
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
        # posix_spawn, because it neither copies our page tables nor holds the event loop as fork does. The launcher
        # closes what it inherited; Python's descriptors are not inherited anyway. UTF-8, because spec.json is.
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", "-X", "utf8", _LAUNCHER, str(directory)],
            {name: os.environ[name] for name in _LAUNCHER_ENVIRONMENT if name in os.environ},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=_SIGNALS,
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

    Where the launcher was killed, what is left of the agent is ended and the end written down, so that it is final:
    as ``stopped`` if somebody had asked for that, else as ``lost``. The exit status and the CPU time are unknown
    then; ``seconds`` is exact if we waited while it was killed, else it goes up to the last sign of the agent.
    Cancelling the wait leaves the agent running. Raises AgentError where no launcher claims the attempt.
    """
    directory = _real(directory)
    claim, waited = await _claimed(directory)
    waited |= await _ended(claim.launcher)
    _reap()
    if exit_ := read_exit(directory):
        return exit_
    seen = time.time() if waited else None
    return await asyncio.to_thread(declare_lost, directory, claim, seen)


def stop(directory: Path, reason: str) -> None:
    """Ask the launcher to end the agent with everything that it started.

    ``reason`` becomes the exit's message; where there is more to say, it begins with it. Returns at once. The first
    reason counts. An attempt that is not started yet ends when it would be. Raises AgentError.
    """
    directory = _real(directory)
    try:
        records.create(str(directory / records.STOP), {"reason": reason[:500], "at": time.time()})
    except OSError as error:
        raise AgentError(
            f"{directory}: cannot ask for a stop: {error.strerror}", mend="free some space"
        ) from error
    claim = read_claim(directory)
    # One that has no claim yet looks for the request before it starts the agent; SIGTERM might kill it instead.
    if claim is not None and is_alive(claim.launcher):
        _signal(claim.launcher, signal.SIGTERM)
        _signal(claim.launcher, signal.SIGCONT)  # a stopped process does not act on SIGTERM


async def stop_and_wait(directory: Path, reason: str, *, within: float = 60.0) -> Exit:
    """:func:`stop`, then :func:`wait`; an attempt that was prepared but never started gets its record too.

    A launcher that does not come to an end ``within`` so many seconds is killed, and the agent with it. Raises
    AgentError.
    """
    stop(directory, reason)
    if state_of(directory) is LaunchState.UNCLAIMED:
        relaunch(directory)
    try:
        async with asyncio.timeout(within):
            return await wait(directory)
    except TimeoutError:
        claim = read_claim(directory)
        if claim is not None:
            _signal(claim.launcher, signal.SIGKILL)
        return await wait(directory)


async def _claimed(directory: Path) -> tuple[Claim, bool]:
    """The claim, waited for if a launcher is on its way; whether it was waited for."""
    until = time.monotonic() + CLAIM_PATIENCE
    waited = False
    while (claim := read_claim(directory)) is None:
        ours = [process for process, its in _children.items() if its == directory]
        if ours:
            # It ends after the agent has, or because another launcher has the claim, or because it failed.
            waited |= await _ended(ours[0])
            _reap()
            until = 0.0
        elif time.monotonic() < until:
            await asyncio.sleep(POLL_EVERY / 4)
        else:
            raise AgentError(
                f"{directory}: no launcher claims it: {_last_words(directory)}",
                mend="headway resume starts it again",
            )
    return claim, waited


async def _ended(process: ProcessId) -> bool:
    """Wait until a process has ended, a child of ours or not; whether it still ran when we came."""
    try:
        fd = os.pidfd_open(process.pid) if process.pid > 0 else -1
    except ProcessLookupError:
        return False
    except (AttributeError, OSError):  # an old kernel, a strict sandbox, or no descriptor free
        fd = -1
    try:
        # Asked after the pidfd was opened, which stays with the process that it was opened for.
        if not is_alive(process):
            return False
        if fd >= 0:
            await _readable(fd)
        else:
            while is_alive(process):  # noqa: ASYNC110 (it is not our event)
                await asyncio.sleep(POLL_EVERY)
        return True
    finally:
        if fd >= 0:
            os.close(fd)


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(fd, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(fd)


def _signal(process: ProcessId, number: int) -> None:
    try:
        procfs.send(process.pid, process.start_time, number)
    except PermissionError as error:
        raise AgentError(
            f"the launcher (pid {process.pid}) belongs to another user", mend="run this as that user"
        ) from error


def _reap() -> None:
    """Take the status of launchers of ours that have ended; of no other child, those are asyncio's."""
    for process in list(_children):
        try:
            pid, _ = os.waitpid(process.pid, os.WNOHANG)
        except ChildProcessError:
            pid = process.pid  # somebody waits for any child, or this is a fork of who started it
        if pid:
            del _children[process]


def _last_words(directory: Path) -> str:
    try:
        text = (directory / records.LAUNCHER_LOG).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        text = ""
    return text[-500:] or "it said nothing"


def _real(directory: Path) -> Path:
    """One name for a directory, as its launcher and what that started carry it."""
    return directory.resolve()
