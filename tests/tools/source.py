"""What the source says of itself: comments of enum members, events that are recorded, texts that people read."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from headway.coordination.kinds import EVENT_KINDS
from headway.coordination.result import RunResult
from headway.nouns import RunState
from tests.tools.documents import ROOT

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SOURCE = ROOT / "src" / "headway"

#: Where the kind of an event is not written out: module and function → the kinds that it can be there.
COMPUTED = {
    ("coordination/api.py", "_coordinate"): ("run.started", "run.resumed"),
    ("coordination/coordinator.py", "_end_run"): ("run.stopped", "run.ended"),
    ("coordination/context.py", "follow"): (
        "ticket.waiting",
        "ticket.landed",
        "ticket.failed",
        "ticket.needs_human",
        "ticket.cancelled",
    ),
    ("coordination/seeing.py", "_record"): ("conflict.standing", "conflict.gone"),
    ("coordination/scheduler.py", "_move"): ("ticket.blocked", "ticket.waiting"),
    ("coordination/landing_queue.py", "_end"): (
        "landing.landed",
        "landing.conflict",
        "landing.unverified",
        "landing.refused",
    ),
    ("coordination/requests.py", "_handle"): tuple(k for k in EVENT_KINDS if k.startswith("request.")),
}


def member_comments(enum: type[Enum]) -> dict[str, str]:
    """Each member's ``#:`` lines, as one sentence; empty where it has none."""
    comments = _comments(enum, r"([A-Z_]+) = ")
    return {member.name: comments.get(member.name, "") for member in enum}


def field_comments(noun: type[DataclassInstance]) -> dict[str, str]:
    """The same for each field of a dataclass."""
    comments = _comments(noun, r"([a-z_]+): ")
    return {field.name: comments.get(field.name, "") for field in fields(noun)}


def _comments(class_: type, line_of: str) -> dict[str, str]:
    comments: dict[str, str] = {}
    said: list[str] = []
    for line in inspect.getsource(class_).splitlines():
        comment = re.fullmatch(r"\s*#: ?(.*)", line)
        member = re.match(r"\s*" + line_of, line)
        if comment:
            said.append(comment[1])
            continue
        if member:
            comments[member[1]] = " ".join(said)
        said = []
    return comments


@dataclass(frozen=True, slots=True)
class Recorded:
    """A place in the source that records an event."""

    where: str
    kinds: tuple[str, ...]
    #: Keys of its data.
    keys: tuple[str, ...]


@cache
def recorded() -> tuple[Recorded, ...]:
    """Every place that records an event."""
    return tuple(each for path in modules() for each in _recorded(path))


def keys_of(kind: str) -> list[str]:
    """The keys of the data of one kind of events, each once, in the order of the source."""
    return list(dict.fromkeys(key for each in recorded() if kind in each.kinds for key in each.keys))


def modules() -> list[Path]:
    """All modules of the source, but for what the demo's agents work on."""
    return [path for path in sorted(SOURCE.rglob("*.py")) if "project" not in path.parts]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a module with its line, docstrings left out; of an f-string with ``…`` for what is put in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(each) for each in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
            if id(node) not in skipped:
                yield node.lineno, _text(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def _recorded(path: Path) -> Iterator[Recorded]:
    module = str(path.relative_to(SOURCE))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or function.name == "record":
            continue
        for call in ast.walk(function):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr == "record":
                yield _place(module, function.name, call)


def _place(module: str, function: str, call: ast.Call) -> Recorded:
    where = f"{module}:{call.lineno} ({function})"
    # Of the context: (writer, kind, ticket, attempt, **data); of a writer: (kind, *, at, run, …, **data).
    kind = next(
        (a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)), None
    )
    kinds = (kind,) if kind is not None else COMPUTED.get((module, function))
    assert kinds, f"{where}: say in {__name__}.COMPUTED which kinds of events it records"
    keys: list[str] = []
    for keyword in call.keywords:
        if keyword.arg is None:
            assert ast.unparse(keyword.value) == "counts", f"{where}: which keys are these?"
            keys += _counts()
        elif keyword.arg not in ("at", "run", "ticket", "attempt"):
            keys.append(keyword.arg)
    return Recorded(where, kinds, tuple(keys))


def _counts() -> list[str]:
    """The keys that the end of a run tells."""
    zero = {f.name: 0 for f in fields(RunResult)} | {"run": "r1", "state": RunState.ENDED}
    return list(RunResult(**zero).counts())  # type: ignore[arg-type]


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def _text(node: ast.JoinedStr) -> str:
    return "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
