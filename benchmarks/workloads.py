"""The workloads from real history: a repository made from a bundle, its tickets, its agent, its answer."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Where the shared material lies, if it is there.
SHARED = Path(os.environ.get("HEADWAY_SHARED") or Path(__file__).resolve().parents[2] / "shared")

#: The agents' and the baseline's interpreter: the same for both, and as it would be on a user's PATH.
PYTHON = shutil.which("python3") or sys.executable


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """One repository and its tickets."""

    name: str
    directory: Path

    @property
    def tickets_file(self) -> Path:
        """The tickets, as ``headway run`` takes them."""
        return self.directory / f"{self.name}.json"

    @property
    def baseline(self) -> Path:
        """The naive coordinator to be measured beside."""
        return self.directory / "baseline.py"

    def read(self) -> Mapping[str, Any]:
        """The whole file, with the answer that only tests and benchmarks may read."""
        value: Mapping[str, Any] = json.loads(self.tickets_file.read_text(encoding="utf-8"))
        return value

    def make_repository(self, path: Path) -> Path:
        """A repository with ``main`` checked out at the workload's base."""
        path.mkdir(parents=True)
        bundle = str(self.directory / f"{self.name}.bundle")
        git(path, "init", "-q", "-b", "main")
        git(path, "config", "user.name", "A. User")
        git(path, "config", "user.email", "user@example.org")
        git(path, "fetch", "-q", bundle, "refs/*:refs/*", "--update-head-ok")
        git(path, "reset", "-q", "--hard", "main")
        return path

    def agent(self, seconds: float, *, commit: bool = False, witness: Path | None = None) -> str:
        """The command of an agent that redoes a ticket from history within ``seconds``.

        ``witness``: a directory in which each agent leaves its own proof (:mod:`benchmarks.witness`).
        """
        words = [PYTHON, str(self.directory / "replay_agent.py"), "{id}", "--seconds", f"{seconds:g}"]
        if commit:
            words.append("--commit")
        if witness is not None:
            words[1:1] = [str(Path(__file__).with_name("witness.py")), str(witness)]
        return " ".join(word if word == "{id}" else shlex.quote(word) for word in words)

    def check(self, repository: Path, branch: str = "main") -> Answer:
        """Hold a branch against what people merged."""
        done = subprocess.run(
            [PYTHON, str(self.directory / "check.py"), str(self.tickets_file), str(repository), branch],
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.stdout.strip():
            raise RuntimeError(f"check.py failed: {done.stderr}")
        told = json.loads(done.stdout)
        lost = tuple(each["ticket"] for each in told.pop("lost"))
        return Answer(**told, lost=lost)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What check.py says of a branch."""

    tickets: int
    landed: int
    pairs: int
    #: Folders that equal, byte for byte, what people committed as the merge.
    as_people_merged: int
    #: Files with conflict markers.
    markers: int
    #: Files changed outside every ticket.
    outside: int
    #: Tickets whose work is not all there.
    lost: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether everything landed as people merged it, and nothing else happened."""
        everything = self.landed == self.tickets and self.as_people_merged == self.pairs
        return everything and not self.markers and not self.outside


def workload(name: str) -> Workload:
    """The workload of this name. Raises FileNotFoundError that says where it was looked for."""
    found = Workload(name=name, directory=SHARED / "workloads")
    if not found.tickets_file.exists():
        raise FileNotFoundError(
            f"{found.tickets_file}: no such workload (HEADWAY_SHARED says where they lie)"
        )
    return found


def git(repository: Path, *args: str) -> str:
    """What one git command prints. Raises CalledProcessError."""
    done = subprocess.run(["git", "-C", str(repository), *args], check=True, capture_output=True, text=True)
    return done.stdout
