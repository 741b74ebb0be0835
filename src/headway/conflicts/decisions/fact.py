"""One thing that a file says and that somebody decided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A topic and its answer. What stands between backquotes in a topic is one name, and compared as a whole."""

    topic: str
    choice: str
    scope: str = ""
    line: int = 0
    reason: str = ""
    #: Whether another answer than before is a decision, too; else only a topic that was not there before.
    changes: bool = False
