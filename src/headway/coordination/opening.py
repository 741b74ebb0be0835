"""Opens a repository for a run: its settings, its store, the lease, and everything that a run has at hand."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.agents import process
from headway.agents.profiles import Profile, build_profiles, find_agents
from headway.agents.prompt import load_template
from headway.config import Settings, find_settings, parse_duration, read_settings
from headway.coordination.context import Board, RunContext
from headway.coordination.decide import Limits
from headway.coordination.home import Home
from headway.coordination.host import host_name
from headway.errors import AgentError, SettingsError, StoreError
from headway.landing.git import Git
from headway.landing.target import Target
from headway.nouns import Fence, Holder, RequestKind, Run, Ticket

if TYPE_CHECKING:
    from headway.store.store import Store

#: Memory that an agent is taken to need, in bytes: command-line agents were seen to use 0.4 to 2 GB.
MEMORY_OF_AGENT = 1.5 * 2**30

#: `agents = "auto"` goes no higher than this.
MOST_AUTO = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """What a run was started with; kept with it, so that it is resumed with the same."""

    agents: int | None = None
    agent: str | None = None
    agent_command: str | None = None
    verify: str | None = None
    #: Seconds.
    timeout: float | None = None

    def as_mapping(self) -> dict[str, Any]:
        """For the store."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> RunOptions:
        """From the store; names that this version does not know are left out."""
        return cls(**{name: mapping[name] for name in cls.__slots__ if name in mapping})


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """A repository with its settings and the places of Headway's own files."""

    git: Git
    settings: Settings
    home: Home

    @property
    def store_url(self) -> str:
        """Where the coordination store is."""
        return self.settings.store.url or self.home.store_url


async def open_repository(path: Path) -> Repository:
    """The repository that ``path`` lies in. Raises RepositoryError, SettingsError."""
    git = await Git.open(path, read_settings(None).git)
    settings = read_settings(find_settings(git.root))
    if settings.git != git.settings:
        git = await Git.open(path, settings.git)
    return Repository(git=git, settings=settings, home=Home(git.common_dir))


@contextmanager
def hold_lease(store: Store, patience: float) -> Iterator[Fence]:
    """Be the repository's coordinator. Raises LeaseHeld."""
    holder = Holder(host=host_name(), process=process.own_process_id(), command=" ".join(sys.argv)[:500])
    fence = store.acquire_lease(holder, now=time.time(), is_alive=_is_alive, patience=patience)
    try:
        yield fence
    except BaseException:
        with suppress(StoreError):  # what ended us is told, and a dead holder is seen to be dead
            store.release_lease(fence, now=time.time())
        raise
    store.release_lease(fence, now=time.time())


def _is_alive(holder: Holder) -> bool:
    return process.is_alive(holder.process)


def choose_profiles(
    settings: Settings, options: RunOptions, tickets: Sequence[Ticket]
) -> tuple[dict[str, Profile], str]:
    """All profiles, and the name of the one for tickets that name none (empty where there are no tickets and no such).

    Those that ``tickets`` need can be started, as far as is known before. Raises AgentError, SettingsError.
    """
    profiles = build_profiles(settings, agent_command=options.agent_command)
    path = os.environ.get("PATH", os.defpath)
    default = "command" if options.agent_command else options.agent or settings.agents.default
    if default is None:
        default = next(iter(find_agents(path)), None)
    needed = {t.agent or default for t in tickets}
    if needed and default is None:
        raise AgentError(
            "no agent is configured, and none was found on this machine",
            mend="install Claude Code, Codex or OpenCode, or give one: --agent-command 'CMD … {prompt_file}'",
        )
    for name in sorted(n for n in needed if n is not None):
        profile = profiles.get(name)
        if profile is None:
            raise SettingsError(
                f"there is no agent profile {name!r}; there are: {', '.join(sorted(profiles))}",
                mend=f"add [profiles.{name}] to headway.toml, or name another",
            )
        _check_command(profile, path)
    return profiles, default or ""


def _check_command(profile: Profile, path: str) -> None:
    """Refuse a command that cannot be started before anything starts."""
    name = profile.argv[0]
    if "{" in name or ("/" in name and not name.startswith("/")):
        return  # known only in the worktree; the launcher will tell
    if shutil.which(name, path=path) is None:
        there = Path(name).exists() if "/" in name else False
        what = "is not executable" if there else "is not found" + ("" if "/" in name else " in PATH")
        raise AgentError(
            f"agent {profile.name!r}: the command {name!r} {what}",
            mend=f"chmod +x {name}"
            if there
            else "install it, or mend the command; headway doctor shows more",
        )


def agents_at_once(settings: Settings, options: RunOptions) -> int:
    """Most agents at once."""
    if options.agents is not None:
        return options.agents
    if settings.run.agents != "auto":
        return settings.run.agents
    import psutil

    return max(1, min(MOST_AUTO, int(psutil.virtual_memory().available / MEMORY_OF_AGENT)))


def make_context(
    repository: Repository, store: Store, fence: Fence, run: Run, *, is_starting: bool
) -> RunContext:
    """Everything that a run has at hand. ``is_starting``: agents are wanted, and must be there for all tickets that are
    open or that a person asked to have tried again. Raises AgentError, SettingsError."""
    settings, options = repository.settings, RunOptions.of(run.options)
    progress = store.progress(run.id)
    retried = {r.ticket for r in store.requests() if r.kind is RequestKind.RETRY}
    wanted = [p.ticket for p in progress if not p.state.is_over or p.ticket.id in retried]
    profiles, profile = choose_profiles(settings, options, wanted if is_starting else [])
    return RunContext(
        run=run,
        settings=settings,
        limits=Limits(
            agents=agents_at_once(settings, options),
            attempts=settings.run.attempts,
            redos=settings.run.redos,
            accept_nothing_left=settings.run.nothing_left == "accept",
        ),
        store=store,
        fence=fence,
        git=replace(repository.git, guard=lambda: store.confirm_lease(fence)),
        target=Target(run.target),
        home=repository.home,
        profiles=profiles,
        profile=profile,
        board=Board(progress, store.orders(run.id)),
        template=load_template(settings, repository.git.root),
        verify=options.verify or settings.landing.verify,
        timeout=options.timeout,
    )


def seconds_of(value: str | float | None) -> float | None:
    """A duration as a person writes it. Raises SettingsError."""
    if value is None:
        return None
    try:
        return parse_duration(value)
    except ValueError as error:
        raise SettingsError(f"timeout: {error}") from error
