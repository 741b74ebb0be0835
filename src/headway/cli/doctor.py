"""What ``headway doctor`` looks at. Each look says what it found, and the command that mends what is missing.

Nothing is changed, but for the private git directory that opening a repository makes.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli.text import count, size
from headway.errors import HeadwayError

if TYPE_CHECKING:
    from headway.config import Settings
    from headway.coordination.opening import Repository

#: How the built-in agents are installed.
INSTALL = {
    "claude": "npm install -g @anthropic-ai/claude-code",
    "codex": "npm install -g @openai/codex",
    "opencode": "npm install -g opencode-ai",
}

#: Processes and threads that a command-line agent with a build under it was seen to have.
PROCESSES_OF_AGENT = 60

#: Descriptors that the coordinator holds for itself and for each agent (a pidfd, its output while it is read).
FILES_OF_COORDINATOR, FILES_OF_AGENT = 64, 4

#: Less free space than this and worktrees, logs and objects will not fit for long, in bytes.
LEAST_DISK = 2 * 2**30


class State(StrEnum):
    """What a look found."""

    OK = "ok"
    #: Worth knowing; a run will do.
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    what: str
    #: The command or the step that mends it.
    mend: str = ""


async def examine(repo: Path) -> list[Check]:
    """Look at everything. What cannot be looked at is a check that says so."""
    checks = [_python(), _processes()]
    repository, found = await _repository(repo)
    checks += found
    settings = repository.settings if repository else _default_settings()
    agents = _agents_at_once(settings)
    checks += _agents(settings)
    checks.append(_sandbox())
    checks.append(_memory(settings, agents))
    checks += _limits(agents)
    if repository is not None:
        checks += _disk(repository)
        checks.append(_store(repository))
    return checks


def _python() -> Check:
    version = platform.python_version()
    return Check(name="python", state=State.OK, what=f"{version} ({sys.executable})")


def _processes() -> Check:
    from headway.agents.claims import boot_id
    from headway.errors import AgentError

    try:
        boot_id()
    except AgentError as error:
        return Check(name="processes", state=State.MISSING, what=str(error), mend=error.mend)
    if not hasattr(os, "pidfd_open"):
        what = "/proc is there; no pidfd, so the end of an agent is seen up to 0.2 s late"
        return Check(name="processes", state=State.NOTE, what=what)
    return Check(
        name="processes", state=State.OK, what="/proc and pidfds are there: agents are found after a crash"
    )


async def _repository(repo: Path) -> tuple[Repository | None, list[Check]]:
    from headway.coordination.opening import open_repository
    from headway.errors import SettingsError
    from headway.landing.git import OLDEST
    from headway.landing.repository import check_repository

    least = ".".join(map(str, OLDEST))
    git = shutil.which("git")
    if git is None:
        mend = f"install git {least} or later: apt-get install git, or brew install git"
        return None, [Check(name="git", state=State.MISSING, what="git is not in PATH", mend=mend)]
    try:
        repository = await open_repository(repo)
    except SettingsError as error:
        return None, [Check(name="settings", state=State.MISSING, what=str(error), mend=error.mend)]
    except HeadwayError as error:
        return None, [Check(name="repository", state=State.MISSING, what=str(error), mend=error.mend)]
    version = ".".join(map(str, repository.git.version))
    checks = [
        Check(name="git", state=State.OK, what=f"{version} ({git}); {least} or later is needed"),
        _settings(repository),
    ]
    try:
        settings = repository.settings
        checked = await check_repository(repository.git, settings.run.into, settings.landing)
    except HeadwayError as error:
        return repository, [
            *checks,
            Check(name="repository", state=State.MISSING, what=str(error), mend=error.mend),
        ]
    target = checked.target.removeprefix("refs/heads/")
    what = f"{repository.git.root}: lands on {target}, now at {checked.tip[:10]}"
    checks.append(Check(name="repository", state=State.OK, what=what))
    checks += [Check(name="repository", state=State.NOTE, what=note) for note in checked.notes]
    return repository, checks


def _settings(repository: Repository) -> Check:
    from headway.config import find_settings

    path = find_settings(repository.git.root)
    if path is None:
        what = "no headway.toml: everything is as by default"
        return Check(
            name="settings", state=State.OK, what=what, mend="to write a commented one: headway init"
        )
    return Check(name="settings", state=State.OK, what=f"{path} can be read")


def _default_settings() -> Settings:
    from headway.config import Settings

    return Settings()


def _agents(settings: Settings) -> Iterator[Check]:
    from headway.agents.profiles import build_profiles, find_agents

    path = os.environ.get("PATH", os.defpath)
    found = find_agents(path)
    try:
        own = {name: p for name, p in build_profiles(settings).items() if name in settings.profiles}
    except HeadwayError as error:
        own = {}
        yield Check(name="agents", state=State.MISSING, what=str(error), mend=error.mend)
    usable = dict.fromkeys(found)
    for name, executable in found.items():
        if name not in own:
            yield Check(name="agents", state=State.OK, what=f"{name}: {executable}")
    for name, profile in own.items():
        command = profile.argv[0]
        where = command if "{" in command else shutil.which(command, path=path)
        if where is None:
            mend = f"install it, or mend [profiles.{name}] in headway.toml"
            what = f"{name}: {command!r} is not found, or not executable"
            yield Check(name="agents", state=State.MISSING, what=what, mend=mend)
        else:
            usable[name] = None
            yield Check(name="agents", state=State.OK, what=f"{name} (headway.toml): {where}")
    default = settings.agents.default
    if default is not None and default not in usable:
        what = f"agents.default is {default!r}, which is not there"
        yield Check(
            name="agents", state=State.MISSING, what=what, mend=INSTALL.get(default, "mend headway.toml")
        )
    if not usable:
        mend = "\n".join(
            [*INSTALL.values(), "or, for a run: headway run … --agent-command 'CMD … {prompt_file}'"]
        )
        yield Check(
            name="agents", state=State.MISSING, what="no command-line agent was found in PATH", mend=mend
        )


def _sandbox() -> Check:
    # Said as it is: agents are kept together and ended together, and nothing keeps them out of anything yet.
    what = (
        "processes: what an agent starts ends with it, its time and its log are bounded; there are no kernel limits "
        "and no file isolation: an agent can reach what you can"
    )
    return Check(
        name="sandbox",
        state=State.NOTE,
        what=what,
        mend="for agents that you do not trust: run headway in a container",
    )


def _agents_at_once(settings: Settings) -> int:
    from headway.coordination.opening import RunOptions, agents_at_once

    return agents_at_once(settings, RunOptions())


def _memory(settings: Settings, agents: int) -> Check:
    import psutil

    from headway.coordination.opening import MEMORY_OF_AGENT

    memory = psutil.virtual_memory()
    room = int(memory.available / MEMORY_OF_AGENT)
    cores = count(os.cpu_count() or 1, "core")
    what = (
        f"{size(memory.available)} of {size(memory.total)} free, {cores}: room for {count(room, 'agent')} of "
        f"{size(int(MEMORY_OF_AGENT))}; a run takes {agents} at once"
    )
    if room < agents:
        mend = f"headway run … --agents {max(1, room)}, or close something"
        return Check(name="memory", state=State.NOTE, what=what, mend=mend)
    why = "" if settings.run.agents == "auto" else " (run.agents)"
    return Check(name="memory", state=State.OK, what=what + why)


def _limits(agents: int) -> Iterator[Check]:
    def hold(name: str, limit: int | None, needed: int, mend: str) -> Check:
        if limit is None:
            return Check(name="limits", state=State.OK, what=f"{name}: unlimited")
        what = f"{name}: {limit}; {count(agents, 'agent')} at once may need {needed}"
        if limit < needed:
            return Check(name="limits", state=State.MISSING, what=what, mend=mend)
        return Check(name="limits", state=State.OK, what=what)

    files = FILES_OF_COORDINATOR + FILES_OF_AGENT * agents
    yield hold("open files (ulimit -n)", _rlimit(resource.RLIMIT_NOFILE), files, f"ulimit -n {files}")
    processes = PROCESSES_OF_AGENT * agents
    yield hold("processes (ulimit -u)", _rlimit(resource.RLIMIT_NPROC), processes, f"ulimit -u {processes}")
    for name, path, mend in (
        (
            "processes of this control group",
            "/sys/fs/cgroup/pids.max",
            "start the container with a higher --pids-limit",
        ),
        ("process ids", "/proc/sys/kernel/pid_max", "sysctl -w kernel.pid_max=4194304"),
    ):
        limit = _read_number(path)
        if limit is not None:
            yield hold(name, limit, processes, mend)
    watches = _read_number("/proc/sys/fs/inotify/max_user_watches")
    if watches is not None:
        yield Check(name="limits", state=State.OK, what=f"file watches: {watches}; Headway uses none so far")


def _disk(repository: Repository) -> Iterator[Check]:
    places = {
        "worktrees": repository.home.worktrees(repository.settings.worktrees.directory),
        "repository": repository.git.common_dir,
    }
    for name, path in places.items():
        there = next(p for p in (path, *path.parents) if p.exists())
        try:
            free = shutil.disk_usage(there).free
        except OSError as error:
            yield Check(name="disk", state=State.MISSING, what=f"{name}: {there}: {error.strerror}")
            continue
        what = f"{name}: {size(free)} free in {there}"
        if not os.access(there, os.W_OK):
            mend = "mend its rights, or name another folder: worktrees.directory in headway.toml"
            yield Check(
                name="disk", state=State.MISSING, what=f"{name}: {there} cannot be written", mend=mend
            )
        elif free < LEAST_DISK:
            mend = "headway clean, or name another folder: worktrees.directory in headway.toml"
            yield Check(name="disk", state=State.MISSING, what=what, mend=mend)
        else:
            yield Check(name="disk", state=State.OK, what=what)


def _store(repository: Repository) -> Check:
    from headway.errors import StoreMissing
    from headway.store.reader import open_reader

    try:
        with open_reader(repository.store_url) as reader:
            reader.check()
            what = f"{reader.where}: whole, {count(len(reader.runs()), 'run')}"
    except StoreMissing:
        return Check(name="store", state=State.OK, what="none yet: the first run makes it")
    except HeadwayError as error:
        return Check(name="store", state=State.MISSING, what=str(error), mend=error.mend)
    return Check(name="store", state=State.OK, what=what)


def _rlimit(which: int) -> int | None:
    soft, _ = resource.getrlimit(which)
    return None if soft == resource.RLIM_INFINITY else soft


def _read_number(path: str) -> int | None:
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None  # not there, or "max"
