"""The messages of commits that Headway makes, and of troubles that it tells."""

from __future__ import annotations

import errno

from headway.errors import HeadwayError
from headway.nouns import Ticket


def commit_message(ticket: Ticket, run: str) -> str:
    """The message of a ticket's commit, with the trailers that name it."""
    return f"{ticket.title}\n\nHeadway-Ticket: {ticket.id}\nHeadway-Run: {run}\n"


def told_with_mend(error: Exception) -> str:
    """What went wrong and what to do about it, as one sentence."""
    mend = error.mend if isinstance(error, HeadwayError) else ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        mend = "free some space"
    return f"{error}; {mend}" if mend else str(error)
