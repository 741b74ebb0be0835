"""What a tracker's word for a ticket's status means: is there work left, and is it anybody's?"""

from __future__ import annotations

import re
from enum import Enum


class Standing(Enum):
    """What a status says to somebody who looks for work."""

    OPEN = "open"
    OVER = "over"
    #: Somebody is at work on it, and a second one would do the same again.
    UNDER_WAY = "under way"
    ON_HOLD = "on hold"
    UNKNOWN = "unknown"


_WORDS = {
    Standing.OPEN: """
        open new todo to_do backlog planning planned pending ready queued triage triaged accepted approved unstarted
        not_started reopened selected selected_for_development unassigned scheduled next created refined
    """,
    Standing.OVER: """
        done complete completed closed resolved fixed finished merged released shipped deployed verified implemented
        landed cancelled canceled wont_do wont_fix wontfix rejected declined duplicate invalid obsolete superseded
        abandoned archived dropped not_planned
    """,
    Standing.UNDER_WAY: """
        active in_progress inprogress wip doing started working claimed assigned ongoing review in_review code_review
        under_review testing in_testing qa in_qa verifying
    """,
    Standing.ON_HOLD: """
        blocked on_hold hold paused waiting deferred postponed draft proposed needs_info needs_triage icebox later
        someday stalled
    """,
}
_STANDINGS = {word: standing for standing, words in _WORDS.items() for word in words.split()}
#: ``ready_for_engineering`` is work to begin, ``ready_for_review`` is work that somebody has done.
_READY = "ready_for_"
_READY_FOR_THE_END = frozenset(
    {"review", "qa", "test", "testing", "merge", "release", "deploy", "deployment"}
)


def plain(status: str) -> str:
    """A status as it is compared: ``In Progress`` → ``in_progress``, ``won't-do`` → ``wont_do``."""
    return re.sub(r"[\s_-]+", "_", re.sub(r"['’`]", "", status.strip().lower())).strip("_")


def standing_of(status: str) -> Standing:
    """What a status means; UNKNOWN where no list has it."""
    word = plain(status)
    if word.startswith(_READY):
        return Standing.UNDER_WAY if word.removeprefix(_READY) in _READY_FOR_THE_END else Standing.OPEN
    return _STANDINGS.get(word, Standing.UNKNOWN)
