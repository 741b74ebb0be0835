"""``headway.toml`` → :class:`Settings`. Each key is documented where it is defined.

Not for: finding the repository or the agents, reading tickets.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from headway.errors import SettingsError

FILE_NAME = "headway.toml"

_DURATION_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE_UNITS = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZE_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "K": 2**10, "M": 2**20, "G": 2**30}


def parse_duration(value: str | float) -> float:
    """Seconds of ``90``, ``"90s"``, ``"1h30m"`` or ``"250ms"``. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("a duration is a number of seconds or a text such as 30m")
    if isinstance(value, int | float):
        seconds = float(value)
    else:
        text = value.strip().lower()
        if not re.fullmatch(r"(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+|\d+(\.\d+)?", text):
            raise ValueError(f"{value!r} is not a duration: write 90, 90s, 30m or 1h30m")
        parts = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|)", text)
        seconds = sum(float(number) * _DURATION_UNITS[unit] for number, unit in parts)
    if not 0 < seconds < 366 * 86400:
        raise ValueError(f"{value!r} is not a duration between 0 and a year")
    return seconds


def parse_size(value: str | int) -> int:
    """Bytes of ``1048576``, ``"100MB"`` or ``"4GiB"``. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a size is a number of bytes or a text such as 4GiB")
    if isinstance(value, int):
        size = value
    else:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", value.strip())
        if not found or found[2].upper() not in _SIZE_UNITS:
            raise ValueError(f"{value!r} is not a size: write 1048576, 100MB or 4GiB")
        size = int(float(found[1]) * _SIZE_UNITS[found[2].upper()])
    if size <= 0:
        raise ValueError(f"{value!r} is not a size greater than 0")
    return size


Duration = Annotated[float, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_size)]


class Section(BaseModel):
    """A table of ``headway.toml``; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RunSettings(Section):
    """``[run]``: how tickets are taken on."""

    into: str | None = None
    """Branch to land on. Default: the branch that is checked out."""
    agents: Annotated[int, Field(ge=1, le=1000)] | Literal["auto"] = "auto"
    """Most agents at once. `auto`: one for every 1.5 GiB of memory that is free, 16 at the most."""
    timeout: Duration = 1800.0
    """Longest time that one attempt may take."""
    attempts: Annotated[int, Field(ge=1, le=100)] = 3
    """How often an agent may end without usable work before the ticket has failed."""
    redos: Annotated[int, Field(ge=0, le=100)] = 4
    """How often work is done again after a conflict or a failed verification before a person is asked."""
    nothing_left: Literal["accept", "ask"] = "accept"
    """An agent that goes again after a conflict and finds nothing left to do on top of what landed meanwhile:
    `accept` counts the ticket as landed, `ask` shows it to a person. Its earlier work is kept either way."""


class AgentsSettings(Section):
    """``[agents]``: what holds for every agent."""

    default: str | None = None
    """Name of the profile for tickets that name none. Default: the first one found on this machine."""
    silent_after: Duration = 600.0
    """An agent without output, CPU time and edits for this long is looked at and told; it is not ended."""
    log_cap: Size = 16 * 2**20
    """Most bytes kept of one attempt's output: the first half of it and the last half."""
    environment: tuple[str, ...] = (
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LC_*",
        "TERM",
        "TZ",
        "TMPDIR",
    )
    """Names of the coordinator's environment variables that agents get (`*` as in file names)."""
    prompt: str | None = None
    """File with the prompt's template, relative to `headway.toml`. Default: the built-in one."""


class ProfileSettings(Section):
    """``[profiles.NAME]``: a command-line agent. What is unsaid is as in the built-in one."""

    command: str | tuple[str, ...] | None = None
    """What to run: a list, or one text that is split as a shell splits words. No shell runs it.
    Placeholders: {id} {title} {prompt} {prompt_file} {worktree} {repo} {attempt}."""
    resume_command: str | tuple[str, ...] | None = None
    """The same for going on with an earlier session, with {session}. Default: a new session each time."""
    events: Literal["claude", "codex", "opencode", "json", "none"] | None = None
    """The format of what it prints: where signs of life, edited files, tokens and cost are read from."""
    environment: dict[str, str] = {}
    """Environment variables for this agent. `$NAME` takes the coordinator's variable of that name."""
    timeout: Duration | None = None
    """Longest time of one attempt with this agent. Default: `run.timeout`."""


class LandingSettings(Section):
    """``[landing]``: how work gets onto the target branch."""

    style: Literal["merge", "squash", "rebase"] = "merge"
    """`merge`: a merge commit; `squash`: one commit; `rebase`: the agent's commits on top of the target."""
    verify: str | None = None
    """Command that must succeed on exactly the merged tree before the branch is moved. Run by `sh -c`."""
    verify_timeout: Duration = 1800.0
    """Longest time that verification may take."""
    max_file_size: Size = 100 * 10**6
    """A ticket that adds a larger file is not landed but shown to a person."""
    outside_links: Literal["refuse", "allow"] = "refuse"
    """What to do with a new symbolic link that leads outside the repository."""
    protected: tuple[str, ...] = ()
    """Branches (globs) that Headway must not move."""


class WorktreesSettings(Section):
    """``[worktrees]``: the pool of worktrees."""

    directory: str | None = None
    """Where they lie. Default: a folder of the repository's own under the user's state directory."""
    spare: Annotated[int, Field(ge=0, le=100)] = 2
    """How many are prepared ahead of need."""
    ignored: Literal["keep", "clean"] = "keep"
    """What happens to ignored files (build results, …) when a worktree goes to another ticket."""


class GitSettings(Section):
    """``[git]``: how git is called."""

    filters: tuple[str, ...] = ("lfs",)
    """Names of content filters that Headway's git may run (`filter.NAME.*` of the user's configuration)."""
    timeout: Duration = 300.0
    """Longest time that one git command may take."""


class StoreSettings(Section):
    """``[store]``: the coordination store."""

    url: str | None = None
    """SQLAlchemy URL. Default: SQLite under the repository's git directory."""


class Settings(Section):
    """All of ``headway.toml``."""

    run: RunSettings = RunSettings()
    agents: AgentsSettings = AgentsSettings()
    profiles: dict[str, ProfileSettings] = {}
    landing: LandingSettings = LandingSettings()
    worktrees: WorktreesSettings = WorktreesSettings()
    git: GitSettings = GitSettings()
    store: StoreSettings = StoreSettings()


def read_settings(path: Path | None) -> Settings:
    """The settings of one file; defaults where ``path`` is None. Raises SettingsError with all reasons."""
    if path is None:
        return Settings()
    try:
        return Settings.model_validate(_read_toml(path))
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(str(x) for x in e['loc'])}: {e['msg']}" for e in error.errors()]
        raise SettingsError(
            "\n".join(lines), mend="see docs/reference/configuration.md for every key"
        ) from error


def find_settings(repository: Path) -> Path | None:
    """``headway.toml`` at the repository's root, if there is one."""
    path = repository / FILE_NAME
    return path if path.is_file() else None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}", mend="mend the line, then: headway doctor") from error
