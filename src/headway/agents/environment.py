"""What an agent's process gets for an environment: an explicit list, never the coordinator's own.

Not for: what the launcher adds (``HEADWAY_ATTEMPT_DIR``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from headway.errors import AgentError

if TYPE_CHECKING:
    from headway.agents.profiles import Profile
    from headway.config import AgentsSettings

#: Where git looks. An agent finds its repository from its worktree; these would lead it into another one.
GIT_PLACES = frozenset(
    {
        "GIT_DIR",
        "GIT_COMMON_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
        "GIT_CEILING_DIRECTORIES",
    }
)

#: What no pattern takes, so that ``*`` is safe to write: git's, ours, and what ties a process to the one agent
#: session that Headway itself may have been started from. A name that is written out is taken.
NEVER_BY_PATTERN = (
    "GIT_*",
    "HEADWAY_*",
    "TRACEPARENT",
    "TRACESTATE",
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SSE_PORT",
    "CLAUDE_CODE_SESSION_ID",
    "CODEX_SANDBOX*",
    "CODEX_THREAD_ID",
    "OPENCODE_PID",
    "OPENCODE_SERVER_*",
    "OPENCODE_WORKSPACE_ID",
)

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_REFERENCE = re.compile(rf"\$(?:(\$)|({_NAME})|\{{({_NAME})\}})")


def build_environment(
    agents: AgentsSettings, profile: Profile, environ: Mapping[str, str], extra: Mapping[str, str]
) -> dict[str, str]:
    """The whole environment of an agent. The later wins:

    1. the variables of ``environ`` that ``agents.environment`` names (``*``, ``?`` and ``[…]`` as in file names);
    2. ``profile.environment``: ``$NAME`` or ``${NAME}`` stands for the coordinator's variable, ``$$`` for a dollar. A
       value that is only a reference to a variable that is not set sets nothing; within a longer text it is
       empty. ``"ABC_*" = "$ABC_*"`` takes all the coordinator's variables that begin so;
    3. ``extra``.

    Of ``environ``, no variable that says where git looks is ever taken by 1, and those of
    :data:`NEVER_BY_PATTERN` only by their whole name.
    """
    built: dict[str, str] = {}
    for wanted in agents.environment:
        built.update(_taken(wanted, environ))
    # Patterns first: a name that is written out says more.
    for wanted in filter(_is_pattern, profile.environment):
        built.update(_taken(wanted, environ))
    for name, value in profile.environment.items():
        if _is_pattern(name):
            continue
        filled = _fill(value, environ)
        if filled is not None:
            built[name] = filled
    return {**built, **extra}


def check_environment(where: str, environment: Mapping[str, str]) -> None:
    """Refuse what a profile's environment cannot mean. Raises AgentError."""
    for name, value in environment.items():
        if _is_pattern(name):
            if value != f"${name}":
                raise AgentError(
                    f"{where}.environment: {name!r} is a pattern, so its value can only be {'$' + name!r}",
                    mend=f'"{name}" = "${name}" takes the coordinator\'s variables of such names',
                )
        elif not name or "=" in name or "\0" in name or "\0" in value:
            raise AgentError(
                f"{where}.environment: {name!r} cannot be set: a name has no = and no NUL, a value no NUL",
                mend="mend the name or the value",
            )
        elif name in GIT_PLACES:
            raise AgentError(
                f"{where}.environment: {name} would lead the agent's git into another repository than its worktree's",
                mend=f"leave {name} out",
            )


def _is_pattern(name: str) -> bool:
    return any(c in name for c in "*?[")


def _taken(wanted: str, environ: Mapping[str, str]) -> dict[str, str]:
    if not _is_pattern(wanted):
        return {wanted: environ[wanted]} if wanted in environ and wanted not in GIT_PLACES else {}
    return {
        name: value
        for name, value in environ.items()
        if fnmatchcase(name, wanted) and not any(fnmatchcase(name, never) for never in NEVER_BY_PATTERN)
    }


def _fill(value: str, environ: Mapping[str, str]) -> str | None:
    """The value with its references replaced; None where it is nothing but a reference to what is not set."""
    whole = _REFERENCE.fullmatch(value)
    if whole and not whole[1]:
        return environ.get(whole[2] or whole[3])
    return _REFERENCE.sub(lambda found: found[1] or environ.get(found[2] or found[3], ""), value)
