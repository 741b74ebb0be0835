"""Command-line agents: how each is started, how a session of it is resumed, and what it prints.

Built in are Claude Code, Codex and OpenCode, each as measured with the real program; ``[profiles.NAME]`` of
headway.toml changes one or adds another. The prompt is on every agent's standard input.

Not for: starting one (:mod:`.process`), reading what it prints (:mod:`.streams`).
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from headway.agents.environment import check_environment
from headway.agents.placeholders import clean, fill, names_in
from headway.config import ProfileSettings, Settings
from headway.errors import AgentError
from headway.nouns import Attempt, Outcome, Usage

#: What a command may say in braces; ``{session}`` only the one that resumes a session.
PLACEHOLDERS = ("id", "title", "prompt", "prompt_file", "worktree", "repo", "attempt")
SESSION = "session"

#: Name of the profile that ``--agent-command`` makes.
COMMAND = "command"

#: The kernel takes no single argument of more bytes than this, its final NUL included (MAX_ARG_STRLEN).
MOST_ARGUMENT = 128 * 1024

#: A program's own start-up needs some of the room that the kernel gives arguments and environment together.
_SPARE_ROOM = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A command-line agent."""

    name: str
    #: The command with its placeholders.
    argv: tuple[str, ...]
    #: The command that goes on with an earlier session; None where it always begins a new one.
    resume_argv: tuple[str, ...] | None = None
    #: The format of what it prints: one of :data:`headway.agents.streams.FORMATS`.
    events: str = "json"
    #: Variables of its own, as :func:`headway.agents.environment.build_environment` reads them.
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Longest time of one attempt, in seconds; None for the run's.
    timeout: float | None = None
    #: Whether the first one on a machine must have begun before others start beside it.
    starts_alone: bool = False


def _taken(*names: str) -> dict[str, str]:
    return {name: f"${name}" for name in names}


#: What any program needs to reach its model from behind a proxy or with a certificate authority of the house.
_NETWORK = _taken(
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
)

_CLAUDE = (
    "claude",
    "-p",
    "--output-format",
    "stream-json",
    "--verbose",
    "--permission-mode",
    "bypassPermissions",
    # It would go on in a worktree of its own making, where nobody looks for its work.
    "--disallowedTools",
    "EnterWorktree,ExitWorktree",
)
_CODEX_OPTIONS = ("--json", "--dangerously-bypass-approvals-and-sandbox", "--skip-git-repo-check")

#: OpenCode keeps with a session the directory that it began in, and works *there* when it is resumed, whatever
#: ``--dir`` and ``--fork`` say: in a worktree that by now is another ticket's. A session that is taken out and in
#: again belongs to the directory where that is done. Where it is gone, a new one begins.
_OPENCODE_RESUME = """\
file=$(mktemp) || exit
if opencode export "$1" </dev/null >"$file" && opencode import "$file" </dev/null >&2; then
  rm -f "$file"
  exec opencode run --format json --session "$1"
fi
rm -f "$file"
exec opencode run --format json
"""

BUILT_IN: Mapping[str, Profile] = MappingProxyType(
    {
        "claude": Profile(
            name="claude",
            argv=_CLAUDE,
            resume_argv=(*_CLAUDE, "--resume", "{session}"),
            events="claude",
            environment={
                **_NETWORK,
                **_taken("ANTHROPIC_*", "CLAUDE_*"),
                # 42 agents need no updates, telemetry and release notes each.
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                # Without it, it refuses to work unattended for root, as who runs in a container mostly is.
                "IS_SANDBOX": "1",
            },
        ),
        "codex": Profile(
            name="codex",
            argv=("codex", "exec", *_CODEX_OPTIONS, "-"),
            resume_argv=("codex", "exec", "resume", *_CODEX_OPTIONS, "{session}", "-"),
            events="codex",
            environment={**_NETWORK, **_taken("OPENAI_*", "CODEX_*")},
        ),
        "opencode": Profile(
            name="opencode",
            argv=("opencode", "run", "--format", "json"),
            resume_argv=("sh", "-c", _OPENCODE_RESUME, "opencode", "{session}"),
            events="opencode",
            starts_alone=True,
            environment={
                **_NETWORK,
                **_taken("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"),
                **_taken(
                    "OPENCODE_CONFIG*", "OPENCODE_API_KEY", "OPENCODE_AUTH_CONTENT", "OPENCODE_MODELS_*"
                ),
                **_taken("OPENCODE_DISABLE_*", "OPENCODE_ENABLE_*", "OPENCODE_EXPERIMENTAL*"),
                **_taken("ANTHROPIC_*", "OPENAI_*"),
                # 42 agents that each put another version in the place of the one that runs.
                "OPENCODE_DISABLE_AUTOUPDATE": "1",
                # By default it asks, is refused, and leaves at once with exit status 0 and half its work done. Told
                # that it must not, it goes on without.
                "OPENCODE_PERMISSION": '{"external_directory": "deny", "doom_loop": "deny"}',
            },
        ),
    }
)


def build_profiles(settings: Settings, *, agent_command: str | None = None) -> dict[str, Profile]:
    """All profiles by name: the built-in ones, those of headway.toml, and ``command`` for ``agent_command``.

    Raises AgentError for a command that cannot be split, is empty or has an unknown placeholder, and for an
    environment that cannot be.
    """
    profiles = dict(BUILT_IN)
    for name, told in settings.profiles.items():
        if name == COMMAND and agent_command is not None:
            continue
        profiles[name] = _build(name, told, BUILT_IN.get(name))
    if agent_command is not None:
        told = settings.profiles.get(COMMAND, ProfileSettings())
        told = told.model_copy(update={"command": agent_command, "resume_command": None})
        profiles[COMMAND] = _build(COMMAND, told, None, command_from="--agent-command")
    return profiles


def find_agents(path: str) -> dict[str, str]:
    """The built-in agents that are found in a PATH, with their executables, in the order of preference."""
    found = {name: shutil.which(profile.argv[0], path=path) for name, profile in BUILT_IN.items()}
    return {name: executable for name, executable in found.items() if executable is not None}


def session_to_resume(profile: Profile, earlier: Sequence[Attempt]) -> str | None:
    """The session that a ticket's next attempt goes on with; None for a new one. ``earlier``: all of it, in order.

    It is the latest one of the same agent, wherever that ended: it knows the ticket and what it tried. But not one that
    an attempt failed to resume, or that failed twice in a row: then the session itself may be what is wrong (lost,
    longer than the model takes), and going on with it would use up the attempts.
    """
    own = [attempt for attempt in earlier if attempt.profile == profile.name]
    for attempt in reversed(own):
        if attempt.session is not None:
            tries = [a.outcome for a in own if a.session == attempt.session]
            return None if tries[-2:] == [Outcome.ERROR, Outcome.ERROR] else attempt.session
        if attempt.outcome is Outcome.ERROR:
            return None
    return None


def usage_by_session(earlier: Sequence[Attempt]) -> dict[str, Usage]:
    """What a ticket's earlier attempts used, by session: for :class:`headway.agents.streams.StreamReader`."""
    used: dict[str, Usage] = {}
    for attempt in earlier:
        if attempt.session is not None:
            used[attempt.session] = used.get(attempt.session, Usage()) + attempt.usage
    return used


def build_argv(
    profile: Profile,
    *,
    id: str,
    title: str,
    prompt: str,
    prompt_file: str,
    worktree: str,
    repo: str,
    attempt: int,
    session: str | None,
    environment: Mapping[str, str],
) -> list[str]:
    """The command of one attempt; the one that resumes where there is a session and the agent can.

    A value is part of exactly one argument, whatever it holds: nothing is split or interpreted again. Text of a
    ticket that no argument can hold (NUL, half a surrogate pair) becomes ``�``. Raises AgentError where the
    kernel would take no argument of that size, or not all of them together with ``environment``.
    """
    # A session's name is an agent's word: it must not become an option.
    resumes = session is not None and profile.resume_argv is not None and not session.startswith("-")
    argv = profile.resume_argv if resumes and profile.resume_argv is not None else profile.argv
    values = {
        "id": id,
        "title": clean(title),
        "prompt": clean(prompt),
        "prompt_file": prompt_file,
        "worktree": worktree,
        "repo": repo,
        "attempt": str(attempt),
        SESSION: session or "",
    }
    filled = [fill(argument, values) for argument in argv]
    for template, argument in zip(argv, filled, strict=True):
        _check_argument(profile, template, argument)
    strings = [*filled, *(f"{name}={value}" for name, value in environment.items())]
    size = sum(len(os.fsencode(s)) + 1 + 8 for s in strings) + _SPARE_ROOM
    if size > os.sysconf("SC_ARG_MAX"):
        raise AgentError(
            f"agent {profile.name!r}: its command and its environment take {size} bytes together, more than the "
            f"{os.sysconf('SC_ARG_MAX')} that the kernel allows",
            mend="use {prompt_file} in place of {prompt}, or give it less environment",
        )
    return filled


def _build(
    name: str, told: ProfileSettings, base: Profile | None, command_from: str | None = None
) -> Profile:
    where = f"profiles.{name}"
    if told.command is None and base is None:
        raise AgentError(
            f"{where}: it has no command, and no agent of that name is built in",
            mend=f'add command = "…" to [{where}] in headway.toml',
        )
    resume = None
    if told.resume_command is not None:
        resume = _split(f"{where}.resume_command", told.resume_command, (*PLACEHOLDERS, SESSION))
    elif told.command is None and base is not None:
        # Only then: a command of the user's own is not resumed by another one.
        resume = base.resume_argv
    if told.command is not None:
        argv = _split(command_from or f"{where}.command", told.command, PLACEHOLDERS)
    else:
        assert base is not None, "looked at above"
        argv = base.argv
    environment = {**(base.environment if base else {}), **told.environment}
    check_environment(where, told.environment)
    return Profile(
        name=name,
        argv=argv,
        resume_argv=resume,
        events=told.events or (base.events if base else "json"),
        environment=MappingProxyType(environment),
        timeout=told.timeout if told.timeout is not None else (base.timeout if base else None),
        starts_alone=base is not None and base.starts_alone,
    )


def _split(where: str, command: str | Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    try:
        argv = tuple(shlex.split(command)) if isinstance(command, str) else tuple(command)
    except ValueError as error:
        raise AgentError(
            f"{where}: {error}: {command}", mend="close the quote, or write a list of arguments"
        ) from error
    if not argv or not argv[0]:
        raise AgentError(f"{where}: it is empty", mend="name a program, as in: my-agent {prompt_file}")
    if argv[0].startswith("~/"):
        # As a shell would; in a list too, for no program is called so.
        argv = (str(Path(argv[0]).expanduser()), *argv[1:])
    for argument in argv:
        if "\0" in argument:
            raise AgentError(f"{where}: there is a NUL in {argument!r}", mend="leave it out")
        for found, _ in names_in(argument):
            if found not in allowed:
                known = " ".join(f"{{{x}}}" for x in allowed)
                only = ", which only resume_command knows" if found == SESSION else ""
                raise AgentError(
                    f"{where}: unknown placeholder {{{found}}}{only}; there are: {known}",
                    mend=f"write {{{{{found}}}}} where the braces are meant as they stand",
                )
    return argv


def _check_argument(profile: Profile, template: str, argument: str) -> None:
    size = len(os.fsencode(argument))
    if size < MOST_ARGUMENT:
        return
    prompted = any(name == "prompt" for name, _ in names_in(template))
    raise AgentError(
        f"agent {profile.name!r}: the argument {template[:60]!r} comes to {size} bytes, and the kernel takes no "
        f"argument of {MOST_ARGUMENT} bytes or more",
        mend="use {prompt_file} in place of {prompt}, or read the prompt from standard input"
        if prompted
        else "shorten it",
    )
