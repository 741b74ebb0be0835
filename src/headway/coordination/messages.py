"""The messages of commits that Headway makes."""

from __future__ import annotations

from headway.nouns import Ticket


def commit_message(ticket: Ticket, run: str) -> str:
    """The message of a ticket's commit, with the trailers that name it."""
    return f"{ticket.title}\n\nHeadway-Ticket: {ticket.id}\nHeadway-Run: {run}\n"
