"""What an agent is told: a template with the ticket's and the attempt's words put in.

A template is plain text (the built-in one is ``prompt.md`` beside this file; ``agents.prompt`` in headway.toml names
another) with

* the placeholders of :mod:`.placeholders`; their names and meanings are :data:`NAMES`;
* lines ``{if NAME}`` … ``{end}``, kept where that name's value is not empty, and ``{if not NAME}`` … ``{end}``. They
  stand alone on their lines, and nest.

What a ticket, an agent or a command wrote is put in as it is, once: it is data, and cannot be a placeholder.

Not for: what is put in (:mod:`headway.coordination.briefing` gathers it), how the agent gets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from headway.agents.placeholders import UnknownName, clean, fill, names_in
from headway.config import Settings
from headway.errors import SettingsError
from headway.nouns import Cause, Ticket

#: What a template can say in braces.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "id": "the ticket's id",
        "title": "its title, on one line",
        "description": "its description",
        "priority": "its priority: low, medium, high or critical",
        "labels": "its labels, separated by commas",
        "paths": "the globs of what it is expected to change, separated by commas",
        "worktree": "the directory that the agent works in",
        "verify": "the command that must succeed on the merged tree, as a Markdown block",
        "attempt": "the number of this attempt: 1, 2, …",
        "again": "not empty where there was an attempt before",
        "reason": "why the ticket goes again, one line",
        "conflict": "not empty where the earlier work could not be merged",
        "unverified": "not empty where the earlier work did not pass verification",
        "failed": "not empty where the attempt before brought nothing",
        "lost": "not empty where the attempt before was ended from outside",
        "retry": "not empty where a person asked for another attempt",
        "conflicts": "the paths in conflict, as a Markdown list",
        "landed": "what landed at those paths meanwhile, as a Markdown block",
        "output": "the end of what verification printed, as a Markdown block",
        "diff": "what the earlier attempt changed, cut where it is long, as a Markdown block",
    }
)

#: The flag of each cause.
_FLAGS = {
    "conflict": Cause.CONFLICT,
    "unverified": Cause.VERIFY,
    "failed": Cause.FAILED,
    "lost": Cause.LOST,
    "retry": Cause.RETRY,
}

#: Most characters of each thing that an agent or a command wrote. Some 10,000 tokens.
MOST_QUOTED = 40_000

#: Most paths in conflict that are listed.
MOST_PATHS = 200

_IF = re.compile(r"\s*\{if\s+(not\s+)?([A-Za-z_]\w*)\s*\}\s*")
_END = re.compile(r"\s*\{end\}\s*")
_BUILT_IN = Path(__file__).with_name("prompt.md")


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """What a ticket's earlier attempts came to, for the next one."""

    #: Why there is a next one.
    cause: Cause
    #: The same for a person.
    reason: str = ""
    #: Unified diff of the latest earlier work, from its base.
    diff: str = ""
    #: Paths in conflict.
    paths: Sequence[str] = ()
    #: Short log of what landed at those paths meanwhile.
    landed: str = ""
    #: What verification printed.
    verify_output: str = ""


def load_template(settings: Settings, root: Path) -> str:
    """The template that ``agents.prompt`` names, a path relative to ``root``, or the built-in one.

    Raises SettingsError with file, line and name for one that cannot be read or used.
    """
    if settings.agents.prompt is None:
        return _BUILT_IN.read_text(encoding="utf-8")
    path = root / Path(settings.agents.prompt).expanduser()
    try:
        template = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"agents.prompt: {path}: {error.strerror}",
            mend="mend agents.prompt in headway.toml, or leave it out",
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"agents.prompt: {path}: it is not UTF-8 text", mend="save it as UTF-8"
        ) from error
    check_template(template, str(path))
    return template


def check_template(template: str, where: str) -> None:
    """Raises SettingsError for the first line with an unknown name, or an ``{if}`` and ``{end}`` that do not pair."""
    open_: list[int] = []
    for number, line in enumerate(template.splitlines(), 1):
        if _END.fullmatch(line):
            if not open_:
                raise SettingsError(
                    f"{where}:{number}: {{end}} without an {{if …}} before it", mend="take it out"
                )
            open_.pop()
            continue
        found = _IF.fullmatch(line)
        if found:
            open_.append(number)
        for name in [found[2]] if found else [name for name, _ in names_in(line)]:
            if name not in NAMES:
                raise _unknown(f"{where}:{number}", name)
    if open_:
        raise SettingsError(
            f"{where}:{open_[-1]}: {{if …}} without an {{end}}", mend="close it by a line {end}"
        )


def render_prompt(
    template: str, *, ticket: Ticket, worktree: str, verify: str | None, attempt: int, earlier: Earlier | None
) -> str:
    """The prompt of an attempt. ``verify`` is the command that must succeed on the merged tree.

    NUL and halves of surrogate pairs become ``�``. Raises SettingsError for a template that
    :func:`check_template` refuses.
    """
    values = _values(ticket, worktree, verify, attempt, earlier)
    kept: list[str] = []
    #: Whether each block that is open is kept.
    blocks: list[bool] = []
    for line in template.splitlines(keepends=True):
        found = _IF.fullmatch(line)
        if found:
            if found[2] not in values:
                raise _unknown("the prompt's template", found[2])
            blocks.append(bool(values[found[2]]) != bool(found[1]))
        elif _END.fullmatch(line) and blocks:
            blocks.pop()
        elif all(blocks):
            try:
                kept.append(fill(line, values))
            except UnknownName as error:
                raise _unknown("the prompt's template", error.name) from error
    return clean("".join(kept))


def _values(
    ticket: Ticket, worktree: str, verify: str | None, attempt: int, earlier: Earlier | None
) -> dict[str, str]:
    values = dict.fromkeys(NAMES, "")
    values.update(
        id=ticket.id,
        title=" ".join(ticket.title.split()),
        description=ticket.description.strip("\n"),
        priority=ticket.priority.name.lower(),
        labels=", ".join(ticket.labels),
        paths=", ".join(f"`{path}`" for path in ticket.paths),
        worktree=worktree,
        verify=_block(verify, "sh") if verify else "",
        attempt=str(attempt),
    )
    if earlier is not None:
        values.update({name: "yes" for name, cause in _FLAGS.items() if cause is earlier.cause})
        values.update(
            again="yes",
            reason=" ".join(earlier.reason.split()) or earlier.cause.value,
            conflicts=_list(earlier.paths),
            landed=_block(_head(earlier.landed)),
            output=_block(_tail(earlier.verify_output)),
            diff=_block(_head(earlier.diff), "diff"),
        )
    return values


def _block(text: str, language: str = "") -> str:
    """A Markdown code block with a fence that the text cannot close; nothing for nothing."""
    text = text.strip("\n")
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _list(paths: Sequence[str]) -> str:
    lines = [f"- `{path}`" for path in paths[:MOST_PATHS]]
    if len(paths) > MOST_PATHS:
        lines.append(f"- and {len(paths) - MOST_PATHS} more")
    return "\n".join(lines)


def _head(text: str) -> str:
    if len(text) <= MOST_QUOTED:
        return text
    return f"{text[:MOST_QUOTED]}\n[{len(text) - MOST_QUOTED} more characters are left out here]"


def _tail(text: str) -> str:
    if len(text) <= MOST_QUOTED:
        return text
    return f"[{len(text) - MOST_QUOTED} characters before this are left out]\n{text[-MOST_QUOTED:]}"


def _unknown(where: str, name: str) -> SettingsError:
    return SettingsError(
        f"{where}: unknown placeholder {{{name}}}; there are: {' '.join(f'{{{x}}}' for x in NAMES)}",
        mend=f"write {{{{{name}}}}} where the braces are meant as they stand",
    )
