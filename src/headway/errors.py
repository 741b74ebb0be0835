"""Everything that can go wrong, each with what to do about it.

Every error that reaches a person is a :class:`HeadwayError`: ``str(error)`` says what went wrong and where,
``error.mend`` says what to do next. The command line prints both and leaves with ``error.exit_status``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class HeadwayError(Exception):
    """Something went wrong that a person can do something about."""

    #: Exit status of the command line: 2 for wrong use or input, 1 for a failure on the way.
    exit_status = 2

    def __init__(self, what: str, *, mend: str = "") -> None:
        super().__init__(what)
        #: What to do about it, as a sentence or a command; empty where the message says it.
        self.mend = mend


class SettingsError(HeadwayError):
    """``headway.toml`` or an option says something that cannot be."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a tickets file."""

    #: ``file:line``, or only the file.
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class TicketsError(HeadwayError):
    """Tickets could not be read; ``problems`` lists every reason, not only the first."""

    def __init__(self, problems: Sequence[Problem], *, mend: str = "") -> None:
        shown = "\n".join(str(problem) for problem in problems)
        super().__init__(shown, mend=mend or "mend the lines above, then: headway tickets check FILE")
        self.problems = tuple(problems)


class RepositoryError(HeadwayError):
    """The repository cannot be worked on as it is."""


class RevisionError(HeadwayError):
    """What was named cannot be compared: no such revision, or histories that have nothing in common."""


class GitError(HeadwayError):
    """A git command failed."""

    exit_status = 1

    def __init__(self, command: str, status: int | None, output: str, *, mend: str = "") -> None:
        ending = "timed out" if status is None else f"exit status {status}"
        super().__init__(f"git {command}: {ending}: {output.strip() or 'no output'}", mend=mend)
        self.command, self.status, self.output = command, status, output


class TargetMissing(GitError):
    """The branch to land on is gone; whoever removed it can bring it back."""


class AgentError(HeadwayError):
    """An agent's command cannot be used."""


class StoreError(HeadwayError):
    """The coordination store cannot be used."""


class StoreMissing(StoreError):
    """There is no coordination store here (yet)."""


class LeaseHeld(StoreError):
    """Another coordinator holds the repository."""


class LeaseLost(StoreError):
    """This coordinator was presumed dead and another one took over; nothing of it is written any more."""

    exit_status = 1


class RunError(HeadwayError):
    """A run cannot be started, found or continued."""
