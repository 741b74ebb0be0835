"""What the commands print with ``--json``: from a small real run, for the page on the command line.

``python -m tests.tools.examples`` writes them into the page. A test compares what is shown with what is printed, not
value by value but key by key.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.tools import filled
from tests.tools.documents import DOCS, blocks
from tests.tools.walkthrough import as_shown, environment_of

PAGE = DOCS / "reference" / "command-line.md"

AGENT = """\
#!/bin/sh
echo '{"event": "result", "session": "s-1", "input_tokens": 1200, "output_tokens": 80, "cost": 0.004}'
case $HEADWAY_TICKET in
  T-1) echo '9 to 18' > hours.txt ;;
  T-3) sleep 60 ;;
  *) echo "no model answers" >&2; exit 1 ;;
esac
"""

TICKETS = """\
- id: T-1
  title: Say when the shop is open
  paths: [hours.txt]
- id: T-2
  title: Open on Saturdays, too
  depends_on: [T-1]
  paths: ["*.txt"]
"""

PLANNED = (
    TICKETS
    + """\
- id: T-3
  title: Count the stock
  paths: [stock.txt, hours.txt]
"""
)

DECISIONS = """\
{"agent": "a-1", "ticket": "T-1", "topic": "prices", "decision": "integer cents", "scope": "src/till"}
{"agent": "a-2", "ticket": "T-2", "topic": "type of prices", "decision": "Decimal", "scope": ""}
"""

#: A longer object or list is written on several lines.
WIDTH = 96


def collect(folder: Path) -> dict[str, list[Any]]:
    """What each command prints in a home of its own, by the name that its block has in the page."""
    return _Collector(folder).collect()


def events(folder: Path) -> list[Any]:
    """All events of a run, as ``headway log --json`` tells them."""
    collector = _Collector(folder)
    collector.print_json("run", "tickets.yaml", "--agents", "2", "--agent-command", "my-agent", status=1)
    return collector.print_json("log")


def json_values(text: str) -> list[Any]:
    """The values of a text: one, or one a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def shape(value: Any) -> Any:
    """What kind of value it is: keys and kinds, no values. None where nothing can be told."""
    if isinstance(value, Mapping):
        return {key: shape(each) for key, each in value.items()} or None
    if isinstance(value, list):
        return [shape(value[0])] if value else None
    if value is None:
        return None
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def fits(shown: Any, printed: Any) -> bool:
    """Whether two shapes can be of the same thing."""
    if shown is None or printed is None:
        return True
    if isinstance(shown, dict) and isinstance(printed, dict):
        return list(shown) == list(printed) and all(fits(shown[key], printed[key]) for key in shown)
    if isinstance(shown, list) and isinstance(printed, list):
        return fits(shown[0], printed[0])
    return bool(shown == printed)


class _Collector:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment_of(folder)
        programs = folder / "bin"
        programs.mkdir()
        self.environment["PATH"] = f"{programs}{os.pathsep}{self.environment['PATH']}"
        for name, text in (("claude", "#!/bin/sh\n"), ("my-agent", AGENT)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.repository = folder / "shop"
        self.repository.mkdir()
        self._git("init", "-q")
        (self.repository / "README.md").write_text("# Shop\n")
        self._git("add", ".")
        self._git("commit", "-q", "-m", "A shop")
        (self.repository / "tickets.yaml").write_text(TICKETS)
        (self.repository / "planned.yaml").write_text(PLANNED)
        (self.repository / "slow.yaml").write_text("- id: T-3\n  title: Count the stock\n")
        (self.repository / "wrong.yaml").write_text("- id: T-1\n  title: Opening hours\n  priority: urgent\n")
        issues = self.repository / "issues"
        issues.mkdir()
        (issues / "hours.md").write_text("---\nid: T-4\ntitle: Opening hours\npriority: soon\n---\n")
        (issues / "README.md").write_text("How we write issues.\n")

    def collect(self) -> dict[str, list[Any]]:
        run = ("run", "tickets.yaml", "--agents", "2", "--agent-command", "my-agent")
        found = {"init": self.print_json("init")}
        ran = self.print_json(*run, status=1)
        chosen = ("run.started", "attempt.started", "ticket.landed")
        found["run"] = [next(line for line in ran if line["event"] == kind) for kind in chosen]
        found["run end"] = ran[-1:]
        found["status"] = self._trimmed(self.print_json("status"), "rows")
        found["logs"] = self.print_json("logs", "T-2", "--stderr")
        found["diff"] = self.print_json("diff", "T-1")
        found["log"] = [line for line in self.print_json("log") if line["event"] == "attempt.ended"][:1]
        found["plan"] = self.print_json("plan", "planned.yaml", "--agents", "2", "--agent", "claude")
        found["tickets check"] = self.print_json("tickets", "check", "wrong.yaml", "issues", status=2)
        found["tickets import"] = self.print_json("tickets", "import", "issues", "-o", "imported.yaml")
        found["tickets list"] = self.print_json("tickets", "list", "tickets.yaml")
        found["doctor"] = self._trimmed(self.print_json("doctor", status=None), "checks")
        found["clean"] = self.print_json("clean")
        slow = ("run", "slow.yaml", "--agents", "1", "--agent-command", "my-agent")
        found["run --detach"] = self.print_json(*slow, "--detach")
        self._until(lambda: self.print_json("status")[0]["counts"]["running"] == 1)
        found["cancel"] = self.print_json("cancel", "T-3")
        self._until(lambda: self.print_json("status")[0]["state"] == "ended")
        self.print_json("retry", "T-3")
        self.print_json("resume", "--detach")
        self._until(lambda: self.print_json("status")[0]["counts"]["running"] == 1)
        found["stop"] = self.print_json("stop", "--kill")
        for branch, hours in (("early", "8 to 18"), ("late", "9 to 20")):
            self._git("switch", "-q", "-c", branch, "main")
            (self.repository / "hours.txt").write_text(f"{hours}\n")
            self._git("commit", "-q", "-m", f"Open {branch}", "hours.txt")
        found["check"] = self.print_json("check", "early", "late", status=1)
        self.print_json("decisions", "add", "http client", "httpx", "--ticket", "T-3")
        found["decisions add"] = self.print_json(
            "decisions", "add", "HTTP library", "requests", "--scope", "src/till", "--agent", "a-2"
        )
        found["decisions list"] = self.print_json("decisions", "list")
        (self.repository / "decisions.jsonl").write_text(DECISIONS)
        found["decisions check"] = self.print_json("decisions", "check", "decisions.jsonl", status=1)
        return found | self._collect_conflicts()

    def _collect_conflicts(self) -> dict[str, list[Any]]:
        """What is printed of a run in which much is in conflict."""
        self.repository = self.folder / "till"
        self.repository.mkdir()
        self._git("init", "-q", "-b", "main")
        filled.fill(self.repository, self.folder)
        found = {"conflicts": self._trimmed(self.print_json("conflicts"), "conflicts")}
        found["conflicts ID"] = self.print_json("conflicts", filled.EDIT)
        found["escalations"] = self._trimmed(self.print_json("escalations"), "escalations")
        found["leases"] = self._trimmed(self.print_json("leases"), "leases")
        found["order"] = self._trimmed(self.print_json("order"), "waits")
        found["answer"] = self.print_json("answer", "E-1", "--keep", "right")
        found["undo"] = self.print_json("undo", filled.SETTLED)
        return found

    def print_json(self, *arguments: str, status: int | None = 0) -> list[Any]:
        """What a command prints with ``--json``, line by line."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("headway")), *arguments, "--json"],
            cwd=self.repository,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert status in (None, done.returncode), (
            f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return [json.loads(line) for line in as_shown(done.stdout, self.folder).splitlines()]

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.repository, env=self.environment, check=True)

    def _until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 90
        while not condition():
            assert time.monotonic() < end, self.print_json("status")
            time.sleep(0.1)

    def _trimmed(self, values: list[Any], key: str) -> list[Any]:
        """The values with only the first of a list's entries: the others look alike."""
        return [value | {key: value[key][:1]} for value in values]


def main() -> None:
    """Write what is printed into the page, where its keys have changed."""
    with tempfile.TemporaryDirectory(prefix="hw-", ignore_cleanup_errors=True) as folder:
        found = collect(Path(folder))
    lines = PAGE.read_text(encoding="utf-8").splitlines(keepends=True)
    for block in reversed(blocks(PAGE)):
        values = found.get(block.mark.removeprefix("json: "))
        if values is None or not block.mark.startswith("json: ") or is_shown(block.text, values):
            continue
        written = [json.dumps(v) for v in values] if len(values) > 1 else [_pretty(values[0])]
        lines[block.line : block.line + block.text.count("\n")] = [f"{text}\n" for text in written]
        print(f"written: {block.where}: {block.mark}")
    PAGE.write_text("".join(lines), encoding="utf-8")


def is_shown(text: str, values: list[Any]) -> bool:
    """Whether a block shows such values."""
    shown = json_values(text)
    return len(shown) == len(values) and all(shown) and all(map(fits, map(shape, shown), map(shape, values)))


def _pretty(value: Any, indent: str = "") -> str:
    """JSON for people: what is short stands on one line."""
    short = re.sub(r"\s+", " ", json.dumps(value, ensure_ascii=False))
    if len(indent) + len(short) <= WIDTH and (indent or not isinstance(value, dict)):
        return short
    inner = indent + "  "
    if isinstance(value, dict):
        entries = [f"{inner}{json.dumps(key)}: {_pretty(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"{inner}{_pretty(each, inner)}" for each in value) + f"\n{indent}]"
    return short


if __name__ == "__main__":
    main()
