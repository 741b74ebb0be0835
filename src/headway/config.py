"""``headway.toml`` → :class:`Settings`. Each key is documented where it is defined.

Not for: finding the repository or the agents, reading tickets.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from headway.errors import SettingsError
from headway.nouns import CONFLICT_THRESHOLD
from headway.units import parse_duration, parse_size

__all__ = [
    "FILE_NAME",
    "AgentsSettings",
    "ConflictsSettings",
    "DecisionsSettings",
    "Duration",
    "GitSettings",
    "LandingSettings",
    "MechanicalSettings",
    "ProfileSettings",
    "ResolutionSettings",
    "RunSettings",
    "Section",
    "Settings",
    "Size",
    "StoreSettings",
    "WorktreesSettings",
    "find_settings",
    "keys",
    "parse_duration",
    "parse_size",
    "read_settings",
    "sections",
]

FILE_NAME = "headway.toml"

Duration = Annotated[float, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_size)]


class Section(BaseModel):
    """A table of ``headway.toml``; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RunSettings(Section):
    """``[run]``: how tickets are taken on."""

    into: Annotated[str | None, Field(examples=["main"])] = None
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
    """An agent changes nothing, twice in a row, on top of other work that landed in this run where the ticket may
    have its own: `accept` counts the ticket as landed and says so, `ask` shows it to a person. What it did before
    is kept either way."""


class AgentsSettings(Section):
    """``[agents]``: what holds for every agent."""

    default: Annotated[str | None, Field(examples=["claude"])] = None
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
    prompt: Annotated[str | None, Field(examples=["prompt.md"])] = None
    """File with the prompt's template, relative to `headway.toml`. Default: the built-in one."""


class ProfileSettings(Section):
    """``[profiles.NAME]``: a command-line agent. What is unsaid is as in the built-in one."""

    command: Annotated[
        str | tuple[str, ...] | None, Field(examples=["my-agent --task {prompt_file} --in {worktree}"])
    ] = None
    """What to run: a list, or one text that is split as a shell splits words. No shell runs it.
    Placeholders: {id} {title} {prompt} {prompt_file} {worktree} {repo} {attempt}."""
    resume_command: Annotated[
        str | tuple[str, ...] | None, Field(examples=["my-agent --session {session} --task {prompt_file}"])
    ] = None
    """The same for going on with an earlier session, with {session}. Default: as the built-in agent of that name does
    it, where `command` is not set; else a new session each time."""
    events: Annotated[
        Literal["claude", "codex", "opencode", "json", "none"] | None, Field(examples=["json"])
    ] = None
    """The format of what it prints, where edited files, session, tokens and cost are read from. Default: `json`, one
    JSON object a line, such as `{"event": "edit", "path": "a.py"}`; other lines are signs of life."""
    environment: Annotated[dict[str, str], Field(examples=[{"API_KEY": "$MY_AGENT_KEY"}])] = {}
    """Environment variables for this agent. `$NAME` takes the coordinator's variable of that name, `$$` is a dollar;
    `"NAME_*" = "$NAME_*"` takes all that begin so."""
    timeout: Annotated[Duration | None, Field(examples=["1h"])] = None
    """Longest time of one attempt with this agent. Default: `run.timeout`."""


class LandingSettings(Section):
    """``[landing]``: how work gets onto the target branch."""

    style: Literal["merge", "squash", "rebase"] = "merge"
    """`merge`: a merge commit; `squash`: one commit; `rebase`: the agent's commits on top of the target."""
    verify: Annotated[str | None, Field(examples=["make test"])] = None
    """Command that must succeed on exactly the merged tree before the branch is moved. Run by `sh -c`."""
    verify_timeout: Duration = 1800.0
    """Longest time that verification may take."""
    max_file_size: Size = 100 * 10**6
    """A ticket that adds a larger file is not landed but shown to a person."""
    outside_links: Literal["refuse", "allow"] = "refuse"
    """What to do with a new symbolic link that leads outside the repository."""
    conflict_markers: Literal["refuse", "allow"] = "refuse"
    """What to do with a file in which a ticket leaves the markers of a conflict. `allow` them where they are meant,
    as in the tests of a merge tool."""
    protected: tuple[str, ...] = ()
    """Branches (globs) that Headway must not move."""


class ConflictsSettings(Section):
    """``[conflicts]``: conflicts between tickets, seen while they are typed."""

    foresee: bool = True
    """A ticket whose `paths` overlap with those of others waits for them where that is cheaper than doing its work
    again."""
    watch: bool = True
    """Watch what agents write, and hold it against each other, the queue and the target as it is written."""
    still_after: Duration = 0.3
    """A file that was not written for this long is no longer half-written: what is in conflict with it stands."""
    threshold: Annotated[float, Field(ge=0, le=1)] = CONFLICT_THRESHOLD
    """Score from which on it is a conflict; what is below is a suspicion that is only shown."""
    inversion_patience: Duration = 120.0
    """Longest time that a critical ticket waits for something that a lower one has; then the lower one gives it up: its
    work so far is kept, and it goes again from there."""


class DecisionsSettings(Section):
    """``[decisions]``: decisions that contradict each other."""

    catalogue: Annotated[str | None, Field(examples=["decisions.toml"])] = None
    """File with topics and choices of your own, relative to `headway.toml`, which are added to the built-in ones."""
    alternatives: Annotated[
        dict[str, tuple[str, ...]], Field(examples=[{"map library": ["leaflet", "openlayers"]}])
    ] = {}
    """Topics in short: the choices of which a program has only one."""


class MechanicalSettings(Section):
    """``[resolution.mechanical]``: which files are settled by rule, as globs (one without `/` names files in any
    folder). An empty list switches the rule off."""

    lists: tuple[str, ...] = (
        "AUTHORS*",
        "CONTRIBUTORS*",
        "CODEOWNERS",
        ".gitignore",
        ".dockerignore",
        ".npmignore",
        ".gitattributes",
    )
    """Lists that only grow: what both sides added, the earlier side's first."""
    changelogs: tuple[str, ...] = (
        "CHANGES",
        "CHANGES.*",
        "CHANGELOG*",
        "HISTORY*",
        "NEWS*",
        "changelog*",
        "changes.rst",
    )
    """Entries of both sides under their headings, a heading once, the higher version first."""
    versions: tuple[str, ...] = (
        "__init__.py",
        "__version__.py",
        "_version.py",
        "version.py",
        "VERSION",
        "setup.py",
        "setup.cfg",
        "pyproject.toml",
        "package.json",
        "Cargo.toml",
    )
    """Both sides raised the version's number: the higher one."""
    dependencies: tuple[str, ...] = (
        "requirements*.txt",
        "requirements*.in",
        "*requirements/*.txt",
        "*requirements/*.in",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "Cargo.toml",
        "package.json",
    )
    """What each side added, raised or took out. The same package in two ways is left to others."""
    imports: tuple[str, ...] = ("*.py", "*.pyi", "*.js", "*.jsx", "*.mjs", "*.ts", "*.tsx", "*.go")
    """Blocks of imports: what both sides import, less what either took out."""
    definitions: tuple[str, ...] = ("*.py",)
    """Whole functions and classes of different names that both sides put at one place: both."""
    migrations: tuple[str, ...] = ("*/migrations/*.py", "*/versions/*.py", "*migrations/*.sql")
    """A migration's number that both sides took: the later side's goes behind, and what refers to it follows."""
    regenerate: Annotated[dict[str, str], Field(examples=[{"uv.lock": "uv lock"}])] = {}
    """Files that a command makes anew on the merged tree, by glob, in place of a merge."""


class ResolutionSettings(Section):
    """``[resolution]``: how conflicts are settled."""

    mediator: Annotated[str | None, Field(examples=["claude"])] = None
    """Agent profile of the neutral mediator. Default: none, and what is left is a person's."""
    mediator_timeout: Duration = 900.0
    """Longest time that one mediation may take."""
    mediate_after: Duration = 1800.0
    """A conflict that no strategy settled for this long goes to mediation."""
    ask_after: Duration = 7200.0
    """A conflict that is open for this long goes to a person."""
    ask_after_technical: Duration = 3600.0
    """The same for decisions that contradict each other."""
    tell_again: Duration = 600.0
    """An escalation without an answer is told again, at most this often."""
    quality_failures: Annotated[int, Field(ge=1, le=100)] = 2
    """After more failed verifications of one ticket than this, a person is asked."""
    mechanical: MechanicalSettings = MechanicalSettings()
    """A table of its own."""


class WorktreesSettings(Section):
    """``[worktrees]``: the pool of worktrees."""

    directory: Annotated[str | None, Field(examples=["~/worktrees"])] = None
    """Where they lie. Default: a folder of the repository's own under the user's state directory."""
    spare: Annotated[int, Field(ge=0, le=100)] = 2
    """How many are prepared ahead of need."""
    ignored: Literal["keep", "clean"] = "keep"
    """What happens to ignored files (build results, …) when a worktree goes to another ticket."""


class GitSettings(Section):
    """``[git]``: how git is called."""

    filters: tuple[str, ...] = ("lfs",)
    """Names of content filters that Headway's git may run: `filter.NAME.*` of the user's own (global) or the
    system's configuration, never the repository's, which agents can write."""
    timeout: Duration = 300.0
    """Longest time that one git command may take."""


class StoreSettings(Section):
    """``[store]``: the coordination store."""

    url: Annotated[str | None, Field(examples=["postgresql://headway@localhost/headway"])] = None
    """SQLAlchemy URL. Default: SQLite under the repository's git directory."""


class Settings(Section):
    """All of ``headway.toml``."""

    run: RunSettings = RunSettings()
    agents: AgentsSettings = AgentsSettings()
    profiles: dict[str, ProfileSettings] = {}
    landing: LandingSettings = LandingSettings()
    conflicts: ConflictsSettings = ConflictsSettings()
    decisions: DecisionsSettings = DecisionsSettings()
    resolution: ResolutionSettings = ResolutionSettings()
    worktrees: WorktreesSettings = WorktreesSettings()
    git: GitSettings = GitSettings()
    store: StoreSettings = StoreSettings()


def sections() -> dict[str, type[Section]]:
    """The tables of the file by name, one within another after it; ``profiles.NAME`` stands for all of its kind."""
    found: dict[str, type[Section]] = {}
    for name, field in Settings.model_fields.items():
        section = _section(field.annotation)
        found[name if section else f"{name}.NAME"] = section or ProfileSettings
        for key, inner in (section.model_fields if section else {}).items():
            if within := _section(inner.annotation):
                found[f"{name}.{key}"] = within
    return found


def keys(section: type[Section]) -> dict[str, FieldInfo]:
    """The keys of a table, without the tables within it."""
    return {name: field for name, field in section.model_fields.items() if not _section(field.annotation)}


def _section(annotation: object) -> type[Section] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, Section) else None


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
