"""Types what a page says to type, in a home of its own, and compares what is printed with what the page shows.

    <!-- type -->            above a shell block: it is typed; each command of it must succeed
    <!-- type: status 3 -->  the last command leaves with this exit status
    <!-- file: NAME -->      above any block: it is put into a file of that name, where one is just then
    <!-- prints -->          above a block: what the block before printed; a line ``…`` stands for any lines
    <!-- prints: in any order -->

``python -m tests.tools.walkthrough PAGE…`` types a page and puts in what is really printed, where it differs. Times,
durations, commits, process ids and the machine's name are equal to any other.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.tools.documents import ROOT, Block, blocks

#: What a reader's home is called in the pages.
HOME = "/home/you"
HOST = "laptop"

#: Longest that typing a page may take, in seconds; only a defect comes near to it.
PATIENCE = 240.0

#: Comes before what a block prints; no program prints it.
_MARK = "\x1e"

_SAME: Sequence[tuple[str, str]] = (
    (r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:?\d\d|Z)?", "DATE"),
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"\b(?:now|\d+s ago|\d+m\d\ds ago)\b", ""),  # not known in the first half second
    (r"\b\d+(?:\.\d)?s\b|\b\d+m\d\ds\b", "SECONDS"),
    (r"\bpid \d+|\bprocess \d+", "PID"),
    (r"\b[0-9a-f]{7,40}\b", "COMMIT"),
    (r"\b((?:cpu_)?seconds|peak_memory) \d+(?:\.\d+)?", r"\1 FIGURE"),
    (r"\b\d+(?:\.\d+)? [KMGT]iB\b", "SIZE"),
    (r"\bup to \d+ agents at once", "up to N agents at once"),
    (r"([\"']?seconds[\"']?: )\d+(?:\.\d+)?", r"\1SECONDS"),
    (r"([\"']?at[\"']?: )\d+(?:\.\d+)?", r"\1AT"),
    (r" · about SECONDS left| · nearly done", ""),
    (r"-[0-9a-f]{10}\b", "-HASH"),
    (r"[ ]{2,}", " "),
)


@dataclass(frozen=True, slots=True)
class Typed:
    """A block that was typed, and what it printed."""

    block: Block
    printed: str
    #: The block of the page that shows it, if one does.
    shown: Block | None


class Failed(AssertionError):
    """Something did not go as the page says."""


def walk(
    page: Path, folder: Path, environment: Mapping[str, str] | None = None, *, programs: Path | None = None
) -> list[Typed]:
    """Type a page in ``folder``, which becomes the home. Raises Failed where a command does not do as it should.

    ``programs``: a folder of further programs for it.
    """
    steps = [block for block in blocks(page) if block.mark.partition(":")[0] in ("type", "file", "prints")]
    typed = [block for block in steps if block.mark.startswith("type")]
    done = subprocess.run(
        ["bash", "-c", _script(steps)],
        cwd=folder,
        env=environment_of(folder, programs) | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
    )
    printed = done.stdout.decode("utf-8", "replace").split(_MARK)[1:]
    if done.returncode != 0 or len(printed) != len(typed):
        at = typed[max(0, len(printed) - 1)]
        raise Failed(
            f"{at.where}: exit status {done.returncode}\n{at.text}\n{printed[-1] if printed else done.stdout!r}"
        )
    return list(_paired(steps, [as_shown(each.removeprefix("\n"), folder) for each in printed]))


def difference(typed: Typed) -> str | None:
    """How what a block printed differs from what the page shows; None where it does not."""
    if typed.shown is None:
        return None
    shown, printed = (
        [_plain(line) for line in text.strip("\n").splitlines()] for text in (typed.shown.text, typed.printed)
    )
    if "any order" in typed.shown.mark:
        shown, printed = sorted(shown), sorted(printed)
    if _fits(shown, printed):
        return None
    return f"{typed.shown.where}: it prints\n{typed.printed}\nand not\n{typed.shown.text}"


def main(names: Sequence[str]) -> None:
    """Put into pages what is really printed."""
    ours = {name: value for name, value in os.environ.items() if name == "PYTHONPATH"}
    for name in names:
        page = Path(name).resolve()
        with tempfile.TemporaryDirectory(prefix="hw-") as folder:
            lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
            for typed in reversed(walk(page, Path(folder), ours)):
                if typed.shown is None or difference(typed) is None:
                    continue
                print(difference(typed))
                indent = re.match(r" *", lines[typed.shown.line - 1])
                begin, end = typed.shown.line, typed.shown.line + typed.shown.text.count("\n")
                new = typed.printed.splitlines(keepends=True)
                lines[begin:end] = [f"{indent[0] if indent else ''}{line}" for line in new]
            page.write_text("".join(lines), encoding="utf-8")


def _script(steps: Sequence[Block]) -> str:
    lines: list[str] = []
    for block in steps:
        kind, _, more = block.mark.partition(":")
        if kind == "file":
            lines.append(f"printf %s {shlex.quote(block.text)} > {shlex.quote(more.strip())}")
        elif kind == "type":
            lines.append(f"printf '{_MARK}\\n'")
            status = re.fullmatch(r" *status (\d+)", more)
            lines.append("set +e" if status else "set -e")
            lines.append(block.text)
            if status:
                lines.append(
                    f'found=$?; [ $found = {status[1]} ] || {{ echo "exit status $found"; exit 1; }}'
                )
    return "\n".join([*lines, "exit 0"])


def environment_of(folder: Path, programs: Path | None = None) -> dict[str, str]:
    """The environment of a reader whose home ``folder`` is; ``programs``: a folder of further programs."""
    (folder / ".gitconfig").write_text(
        "[user]\n\tname = You\n\temail = you@example.org\n[init]\n\tdefaultBranch = main\n"
        "[advice]\n\tdetachedHead = false\n",
        encoding="utf-8",
    )
    path = [str(Path(sys.executable).parent), os.environ["PATH"], *([str(programs)] if programs else [])]
    return {
        "PATH": os.pathsep.join(path),
        "HOME": str(folder),
        "USER": "you",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "COLUMNS": "100",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _paired(steps: Sequence[Block], printed: Sequence[str]) -> Iterator[Typed]:
    said = iter(printed)
    for block, following in zip(steps, [*steps[1:], None], strict=True):
        if block.mark.startswith("type"):
            shown = following if following is not None and following.mark.startswith("prints") else None
            yield Typed(block, next(said), shown)


def as_shown(printed: str, folder: Path) -> str:
    """What is printed as a page shows it: the home, the checkout and the machine by names that mean nothing."""
    for path in (str(folder.resolve()), str(folder)):
        printed = printed.replace(path, HOME)
    return printed.replace(str(ROOT), f"{HOME}/headway").replace(socket.gethostname(), HOST)


def _plain(line: str) -> str:
    for pattern, same in _SAME:
        line = re.sub(pattern, same, line)
    return line.strip()


def _fits(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether lines are those that are shown, where ``…`` stands for any number of them."""
    if not shown:
        return not printed
    if shown[0] == "…":
        return any(_fits(shown[1:], printed[n:]) for n in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and _fits(shown[1:], printed[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
