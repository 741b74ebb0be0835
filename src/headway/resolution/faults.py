"""What can be wrong with a result, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with a result."""

    #: A line that a side added is not there.
    DROPPED = "dropped"
    #: A line that a side removed is there again.
    RETURNED = "returned"
    #: A line that neither side touched is not there.
    GONE = "gone"
    #: A file that a side added or changed is not there.
    LOST = "lost"
    #: A file that a side deleted, and the other did not touch, is there.
    REVIVED = "revived"
    #: A marker of a conflict that nobody settled.
    MARKER = "marker"
    #: A binary file, a link or a submodule that is what neither side made of it.
    NEITHER = "neither"
    #: Executable or not, against the side that said so.
    MODE = "mode"


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """One reason why a result is none."""

    path: str
    fault: Fault
    #: ``left`` or ``right``: whose work it is; empty where it is nobody's.
    side: str = ""
    #: The line in question, as the side has it.
    line: str = ""
    #: Its number there, from 1.
    number: int = 0
    #: Whether both sides rewrote the same lines there, so that something had to go: only then may whoever settles it
    #: say that the line was superseded.
    contested: bool = False

    def __str__(self) -> str:
        where = f"{self.path}:{self.number}" if self.number else self.path
        whose = f"the {self.side} side" if self.side else "both sides"
        told = _TOLD[self.fault].format(whose=whose)
        return f"{where}: {told}: {self.line}" if self.line else f"{where}: {told}"


_TOLD = {
    Fault.DROPPED: "a line that {whose} added is gone",
    Fault.RETURNED: "a line that {whose} removed is back",
    Fault.GONE: "a line that neither side touched is gone",
    Fault.LOST: "the file of {whose} is gone",
    Fault.REVIVED: "{whose} deleted it, and it is back",
    Fault.MARKER: "the marker of a conflict that nobody settled",
    Fault.NEITHER: "it is what neither side made of it",
    Fault.MODE: "its mode is not what {whose} made it",
}
