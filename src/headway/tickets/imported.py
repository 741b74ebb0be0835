"""What came out of reading tickets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from headway.errors import Problem
from headway.nouns import Ticket


class Reason(StrEnum):
    """Why a file of a folder is no ticket to work on; the value names the heap in a summary."""

    #: It is only text: a report, a README.
    NO_FRONT_MATTER = "no front matter"
    #: It is not UTF-8, not a file, not readable, too large.
    UNREADABLE = "unreadable"
    #: Its front matter is no YAML, or a field of it cannot be.
    WRONG = "something is wrong in it"
    #: Finished, or given up.
    OVER = "done or dropped already"
    #: Somebody is at work on it.
    UNDER_WAY = "under way elsewhere"
    #: Somebody put it off.
    ON_HOLD = "on hold"
    #: Its status is none that Headway knows.
    UNKNOWN_STATUS = "unknown status"
    #: Made by a tool and never filled in.
    PLACEHOLDER = "placeholder"
    #: It holds other tickets together; those are the work.
    EPIC = "an epic"
    #: It is about work that exists already.
    PULL_REQUEST = "a pull request"
    #: Another file has its id.
    DUPLICATE = "the id of another file"
    #: What it waits for will not land: unknown, not taken, or itself.
    WAITS_IN_VAIN = "waits for something that is not taken"


@dataclass(frozen=True, slots=True)
class Rejected(Problem):
    """A file that is no ticket to work on; ``what`` says it in full."""

    reason: Reason = Reason.WRONG


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """Everything that was read. For a folder, ``len(tickets) + len(rejected) == files``."""

    tickets: tuple[Ticket, ...]
    #: Files that are no tickets to work on, each once, with its reason. Always empty for a single file.
    rejected: tuple[Rejected, ...] = ()
    #: What the user may want to know; nothing is lost by it.
    notes: tuple[Problem, ...] = ()
    #: How many files were read.
    files: int = 1

    def heaps(self) -> dict[Reason, int]:
        """How many files were rejected for which reason, the largest heap first."""
        return dict(Counter(rejected.reason for rejected in self.rejected).most_common())
