"""Writes the parts of the documents that the code itself can say: ``python -m tests.tools.reference``.

A page holds such a part between ``<!-- made: NAME -->`` and ``<!-- end -->``; what stands around it is written by
hand. The tests hold that every part stands in a page, as it would be written now.
"""

from __future__ import annotations

import inspect
import re
import shlex
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

import headway
from headway.agents.profiles import BUILT_IN
from headway.agents.prompt import NAMES as PROMPT_NAMES
from headway.cli.settings_file import settings_text
from headway.config import Section, keys, parse_duration, parse_size, sections
from headway.conflicts.decisions import built_in
from headway.coordination.kinds import EVENT_KINDS
from headway.nouns import (
    AttemptState,
    Cause,
    ConflictState,
    DecisionSource,
    EscalationState,
    LandingState,
    LeaseState,
    OrderOf,
    Outcome,
    RequestKind,
    ResolutionState,
    RunState,
    SlotState,
    TicketState,
)
from headway.tickets.imported import Reason
from headway.tickets.schema import ticket_schema
from headway.tickets.statuses import _STANDINGS, Standing
from tests.tools import source
from tests.tools.commands import command_line
from tests.tools.documents import pages, remade

ENUMS: tuple[type[Enum], ...] = (
    TicketState,
    AttemptState,
    LandingState,
    SlotState,
    RunState,
    Outcome,
    Cause,
    RequestKind,
    ConflictState,
    ResolutionState,
    EscalationState,
    OrderOf,
    LeaseState,
    DecisionSource,
)

#: What ``import headway`` offers and the page on it says from the code.
PYTHON = ("start_run", "resume_run", "RunHandle", "RunResult", "Ticket", "Event")


def parts() -> dict[str, str]:
    """Every part, by name, as it is to stand in a page."""
    made = {f"command {name}": _command(name, command) for name, command in command_line().items()}
    made |= {f"settings {name}": _settings(name, section) for name, section in sections().items()}
    made |= {f"values {enum.__name__}": _values(enum) for enum in ENUMS}
    made["events"] = _table(
        ("kind", "when", "data"),
        ((f"`{kind}`", says, _codes(source.keys_of(kind))) for kind, says in EVENT_KINDS.items()),
    )
    made["ticket fields"] = _ticket_fields()
    made |= {f"python {name}": _python(getattr(headway, name)) for name in PYTHON}
    made["reasons"] = _table(
        ("reason", "which files"),
        ((each.value, source.member_comments(Reason)[each.name]) for each in Reason),
    )
    made["statuses"] = _statuses()
    made["profiles"] = _profiles()
    made["network variables"] = f"{_codes(_network())}\n"
    made["catalogue"] = _catalogue()
    made["prompt names"] = _table(
        ("name", "what it stands for"), ((f"`{{{n}}}`", s) for n, s in PROMPT_NAMES.items())
    )
    return made


def main() -> None:
    """Write them into the pages."""
    made = parts()
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = remade(page, made)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"written: {page}")


def _command(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["headway", name, *(["[OPTIONS]"] if options else []), *(p.metavar for p in arguments)])
    lines = ["```text", usage, "```", "", _paragraphs(command.help), ""]
    if command.params:
        rows = [(f"`{p.metavar}`", p.help) for p in arguments]
        rows += [(", ".join(f"`{_option(p, each)}`" for each in p.opts), _help(p)) for p in options]
        lines += [_table(("argument or option", "meaning"), rows)]
    return "\n".join([*lines, "```sh", *_examples(command), "```", ""])


def _option(parameter: Any, name: str) -> str:
    return name if parameter.is_flag else f"{name} {parameter.metavar}"


def _help(parameter: Any) -> str:
    default = f" Default: {parameter.show_default}." if isinstance(parameter.show_default, str) else ""
    bounds = f" {parameter.min} to {parameter.max}." if parameter.max is not None else ""
    least = f" From {parameter.min}." if parameter.min is not None and parameter.max is None else ""
    return f"{parameter.help}{bounds}{least}{default}"


def _examples(command: Any) -> list[str]:
    return [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  ")]


def _catalogue() -> str:
    """Every topic of the catalogue with its choices; those of one language exclude no other's."""
    rows = []
    for topic in built_in().topics.values():
        by_language: dict[str, list[str]] = {}
        for choice in topic.choices.values():
            by_language.setdefault(choice.language, []).append(choice.name)
        told = [
            (f"{language}: " if language != "any" else "") + ", ".join(names)
            for language, names in by_language.items()
        ]
        rows.append((topic.name, "; ".join(told) or f"a {topic.measure}", topic.severity))
    return _table(("topic", "choices", "severity"), rows)


def _settings(name: str, section: type[Section]) -> str:
    says = re.sub(r"^``\[[^`]*\]``: *", "", " ".join((section.__doc__ or "").split())).replace("``", "`")
    written = _written()
    rows = []
    for key, field in keys(section).items():
        default = field.get_default(call_default_factory=True)
        value = written[name.replace("NAME", "my-agent"), key]
        shown = f"none; such as `{value}`" if default in (None, {}) else f"`{value}`"
        rows.append((f"`{key}`", _type(field), shown, " ".join((field.description or "").split())))
    return f"{says[:1].upper()}{says[1:]}\n\n" + _table(("key", "value", "default", "meaning"), rows)


def _written() -> dict[tuple[str, str], str]:
    """Section and key → the value that a commented ``headway.toml`` shows."""
    values: dict[tuple[str, str], str] = {}
    section = ""
    for line in settings_text().splitlines():
        if found := re.fullmatch(r"#?\[([\w.-]+)\]", line):
            section = found[1]
        elif found := re.fullmatch(r"#([a-z_]+) = (.+)", line):
            values[section, found[1]] = found[2]
    return values


def _type(field: FieldInfo) -> str:
    return _type_of(field.annotation, field.metadata)


def _type_of(annotation: Any, metadata: Iterable[Any]) -> str:
    metadata = list(metadata)
    if hasattr(annotation, "__metadata__"):  # Annotated
        return _type_of(get_args(annotation)[0], [*metadata, *annotation.__metadata__])
    functions = [getattr(each, "func", None) for each in metadata]
    if parse_duration in functions:
        return "duration"
    if parse_size in functions:
        return "size"
    if get_origin(annotation) in (Union, types.UnionType):
        parts_ = [_type_of(each, metadata) for each in get_args(annotation) if each is not type(None)]
        return " or ".join(dict.fromkeys(parts_))
    if get_origin(annotation) is Literal:
        return _or([f'`"{each}"`' for each in get_args(annotation)])
    if get_origin(annotation) is tuple:
        return "list of texts"
    if get_origin(annotation) is dict:
        return "table of texts" if get_args(annotation)[1] is str else "table of lists of texts"
    if annotation is int:
        bounds = {name: v for each in metadata for name, v in _bounds(each)}
        return f"whole number, {bounds['ge']} to {bounds['le']}"
    if annotation is float:
        bounds = {name: v for each in metadata for name, v in _bounds(each)}
        return f"number, {bounds['ge']:g} to {bounds['le']:g}"
    return {str: "text", bool: "`true` or `false`"}[annotation]


def _bounds(metadata: Any) -> Iterable[tuple[str, Any]]:
    inner = getattr(metadata, "metadata", None)
    for each in inner if inner is not None else [metadata]:
        for name in ("ge", "le"):
            if hasattr(each, name):
                yield name, getattr(each, name)


def _python(public: Any) -> str:
    if inspect.isfunction(public):
        return _callable(public.__name__, public)
    text = f"{_says(public)}\n\n"
    if is_dataclass(public):
        comments = source.field_comments(public)
        said = {name: f"  # {text.replace('``', '`')}" if text else "" for name, text in comments.items()}
        lines = [f"{field.name}: {field.type}{said[field.name]}" for field in fields(public)]
        return text + "\n".join(["```python", *lines, "```", ""])
    methods = [each for name, each in vars(public).items() if inspect.isfunction(each) and name[0] != "_"]
    return text + "\n".join(_callable(f"{public.__name__}.{each.__name__}", each) for each in methods)


def _callable(name: str, function: Any) -> str:
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(function)))
    signature = signature.replace("(self, ", "(").replace("(self)", "()")
    if len(signature) > 80:
        inner, _, result = signature[1:].rpartition(") -> ")
        listed = "".join(f"    {each},\n" for each in re.split(r", (?![^\[]*\])", inner))
        signature = f"(\n{listed}) -> {result}"
    return f"```python\n{name}{signature}\n```\n\n{_says(function)}\n"


def _says(documented: Any) -> str:
    text = re.sub(r":\w+:`[~.]?([\w.]+)`", r"`\1`", inspect.getdoc(documented) or "")
    return _paragraphs(text.replace("``", "`"))


def _values(enum: type[Enum]) -> str:
    comments = source.member_comments(enum)
    rows = ((f"`{each.value}`", comments[each.name].replace("``", "`")) for each in enum)
    return _table(("value", "meaning"), rows)


def _ticket_fields() -> str:
    ticket = ticket_schema()["$defs"]["ticket"]
    return _table(
        ("key", "value", "meaning"),
        ((f"`{key}`", _form(said), said["description"]) for key, said in ticket["properties"].items()),
    )


def _form(said: Mapping[str, Any]) -> str:
    """What a value can be, in words; patterns and limits stand in the page's text."""
    forms = said.get("anyOf", [said])
    many = next((each["items"] for each in forms if each.get("type") == "array"), None)
    if many is not None:
        return f"list of {'ids' if 'anyOf' in many else 'texts'}, or one"
    named = [f"`{value}`" for each in forms for value in each.get("enum", ()) if value is not None]
    words = {"string": "text", "integer": "whole number", "number": "number"}
    return _or(named or [words[each["type"]] for each in forms if each.get("type") in words])


def _statuses() -> str:
    words: dict[Standing, list[str]] = {}
    for word, standing in _STANDINGS.items():
        words.setdefault(standing, []).append(word)
    said = {
        Standing.OPEN: "It is taken.",
        Standing.OVER: "Left out: done or dropped.",
        Standing.UNDER_WAY: "Left out: somebody is at work on it.",
        Standing.ON_HOLD: "Left out: put off.",
    }
    return _table(
        ("status", "the file"), ((_codes(words[standing]), says) for standing, says in said.items())
    )


def _profiles() -> str:
    told: list[str] = []
    for name, profile in BUILT_IN.items():
        taken = [n for n, value in profile.environment.items() if value == f"${n}" and n not in _network()]
        own = [f"{n}={value}" for n, value in profile.environment.items() if value != f"${n}"]
        told += [f"### {name}", "", "```text", _typed(profile.argv), "```", ""]
        if profile.resume_argv is not None:
            told += ["To go on with a session:", "", "```text", _typed(profile.resume_argv), "```", ""]
        told += [f"Events: `{profile.events}`. It is given {_codes(taken)}."]
        if own:
            told += [f"Set for it: {_codes(own)}."]
        told += [""]
    return "\n".join(told)


def _network() -> list[str]:
    """Variables that every built-in agent is given."""
    first, *others = (profile.environment for profile in BUILT_IN.values())
    return [name for name in first if all(name in other for other in others) and first[name] == f"${name}"]


def _typed(argv: Iterable[str]) -> str:
    """A command as one would type it; braces need no quotes here."""
    return " ".join(each if re.fullmatch(r"[\w{}./-]+", each) else shlex.quote(each) for each in argv)


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(each.split()) for each in text.split("\n\n"))


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _or(choices: list[str]) -> str:
    return ", ".join(choices[:-1]) + f" or {choices[-1]}" if len(choices) > 1 else choices[0]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("|  |", "| |")


if __name__ == "__main__":
    main()
