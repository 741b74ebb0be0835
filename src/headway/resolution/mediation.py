"""A neutral agent that merges what two sides wrote: what it is told, and whether what it leaves may count.

It gets both intents and both diffs, and a worktree at the merge with git's conflicts in it. It is believed no more than
anybody: its result is audited like any other, and what it says counts in one point only. Where both sides rewrote the
same lines, one of the two must go, and it names the lines that it replaced; elsewhere its word changes nothing. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headway.nouns import Conflict
from headway.resolution.audit import audit
from headway.resolution.blobs import blob
from headway.resolution.effects import Mediated
from headway.resolution.facts import OpenFile, Side

#: Most characters of one side's diff; some 10,000 tokens.
MOST_DIFF = 40_000

#: Most objections that are told.
MOST_TOLD = 20

_FENCED = re.compile(r"```(?:json)?\s*\n(\{.*?\})\s*\n```", re.S)

_PROMPT = """\
Two tickets changed the same places of this repository, and git cannot merge them. You belong to neither. Merge them, \
so that what each is for is reached, and nothing that either added is lost.

# What is in conflict

{conflict}

# The left side: {left}

{left_intent}

{left_diff}

# The right side: {right}

{right_intent}

{right_diff}

# How you work here

- The worktree holds the merge as far as git came. Settle the files named above; leave every other file as it is.
- Keep every line that either side added, unless the other side removed it. Leave no conflict markers.
- Where both sides rewrote the same line, combine the two. Where only one can stand, choose by what both are for, and \
name each line that you replaced.
- Your result is compared with both sides line by line, and refused where anything is missing.
- Do not commit, do not push, do not touch git's configuration.

When you are done, end with this block and nothing after it:

```json
{{"reason": "why it is merged so", "superseded": {{"PATH": ["a line that only one side could keep, as it stood"]}}}}
```
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A mediator's result: files that count, or why they do not."""

    files: Mapping[str, bytes | None] = field(default_factory=dict)
    superseded: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def prompt(conflict: Conflict, sides: Sequence[Side], paths: Sequence[str]) -> str:
    """What a mediator is told. What tickets and agents wrote is data, behind fences that it cannot close."""
    left, right = sides
    detail = str(conflict.context.get("detail") or "")
    lines = [detail, *(f"- `{path}`" for path in paths)]
    return _PROMPT.format(
        conflict="\n".join(line for line in lines if line),
        left=left.ticket,
        left_intent=_quoted(left.intent),
        left_diff=_quoted(_cut(left.diff), "diff"),
        right=right.ticket,
        right_intent=_quoted(right.intent),
        right_diff=_quoted(_cut(right.diff), "diff"),
    )


def judge(files: Sequence[OpenFile], mediated: Mediated) -> Judged:
    """Whether the files that a mediator was to settle may count. Files are compared, and nothing else is believed."""
    if mediated.failed:
        return Judged(refused=(mediated.failed,))
    open_ = {file.path for file in files}
    outside = sorted(set(mediated.tree) - open_)
    refused = [f"{path}: it is not in conflict, and was changed" for path in outside]
    try:
        superseded = read_superseded(mediated.said)
    except ValueError as error:
        superseded = {}
        refused.append(f"what it says of its result cannot be read: {error}")
    result = {path: mediated.tree.get(path) for path in open_}
    base, left, right = (
        {file.path: getattr(file, name) for file in files} for name in ("base", "left", "right")
    )
    objections = audit(base, left, right, result, superseded=superseded)
    refused += [str(each) for each in objections[:MOST_TOLD]]
    if len(objections) > MOST_TOLD:
        refused.append(f"and {len(objections) - MOST_TOLD} more")
    if refused:
        return Judged(refused=tuple(refused))
    contents = {path: made.content if (made := blob(value)) else None for path, value in result.items()}
    return Judged(files=contents, superseded=superseded)


def read_superseded(said: str) -> dict[str, tuple[bytes, ...]]:
    """The lines that a mediator says it replaced, of its last block of JSON. Raises ValueError."""
    found = _FENCED.findall(said)
    if not found:
        return {}
    try:
        told = json.loads(found[-1]).get("superseded", {})
    except RecursionError:
        raise ValueError("it nests too deep") from None
    if not isinstance(told, dict) or not all(
        isinstance(lines, list) and all(isinstance(line, str) for line in lines) for lines in told.values()
    ):
        raise ValueError('"superseded" is not a table of paths and lists of lines')
    return {
        path: tuple(line.encode("utf-8", "surrogateescape") for line in lines) for path, lines in told.items()
    }


def _cut(text: str) -> str:
    return (
        text
        if len(text) <= MOST_DIFF
        else f"{text[:MOST_DIFF]}\n[cut: {len(text) - MOST_DIFF} more characters]"
    )


def _quoted(text: str, language: str = "") -> str:
    text = text.strip("\n") or "(nothing is known)"
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
