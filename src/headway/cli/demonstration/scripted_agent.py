#!/usr/bin/env python3
"""The agent of `headway demo`: does a ticket as work.toml says, at the pace of somebody who types. No model.

    scripted_agent.py TICKET

It works in the current folder, as every agent does, and prints a JSON line for what it does. The keys of an edit:

    path                the file
    everywhere          or: every Python file below these folders that holds what is to be replaced
    create              its whole content; {total} stands for what the cart's method is called just now
    append              text for its end
    after, before       a line of it, and with insert: text for that place
    replace, with       text of it, and what stands there afterwards

An edit that finds its work done changes nothing. Standard library only.
"""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

WORK = Path(__file__).with_name("work.toml")


def main(ticket: str) -> int:
    """Do one ticket; 1 where an edit finds no place."""
    work = tomllib.loads(WORK.read_text(encoding="utf-8"))[ticket]
    steps = [(path, edit) for edit in work["edits"] for path in paths_of(edit)]
    pause = work["seconds"] / (len(steps) + 1)
    files = len({path for path, _ in steps})
    say("read", message=f"{files} file{'s' if files != 1 else ''}")
    time.sleep(pause)
    for path, edit in steps:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        changed = apply(text, edit)
        if changed is None:
            say("error", message=f"{path}: there is no place for the edit")
            return 1
        if changed != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(changed, encoding="utf-8")
            say("edit", path=str(path))
        time.sleep(pause)
    say("result", input_tokens=1800 * len(steps), output_tokens=240 * len(steps))
    return 0


def paths_of(edit: Mapping[str, Any]) -> Iterator[Path]:
    """The files that an edit changes, as they are now."""
    if "path" in edit:
        yield Path(edit["path"])
    for folder in edit.get("everywhere", ()):
        for path in sorted(Path(folder).rglob("*.py")):
            if edit["replace"] in path.read_text(encoding="utf-8"):
                yield path


def apply(text: str, edit: Mapping[str, Any]) -> str | None:
    """A file's text after an edit; None where it has no place for it."""
    if "create" in edit:
        return str(edit["create"]).replace("{total}", name_of_total())
    if "replace" in edit:
        done = edit["with"] in text and edit["replace"] not in text
        return (
            text if done else text.replace(edit["replace"], edit["with"]) if edit["replace"] in text else None
        )
    added = edit.get("append") or edit["insert"]
    if added in text:
        return text
    if "append" in edit:
        return text + str(added)
    anchor = edit.get("after", edit.get("before")) + "\n"
    if anchor not in text:
        return None
    place = text.index(anchor) + (len(anchor) if "after" in edit else 0)
    return text[:place] + str(added) + text[place:]


def name_of_total() -> str:
    """What the method that sums up a cart is called in this worktree."""
    cart = Path("till/cart.py").read_text(encoding="utf-8")
    return "subtotal" if "def subtotal(" in cart else "total"


def say(event: str, **fields: object) -> None:
    """Tell what is done."""
    print(json.dumps({"event": event, **fields}), flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
