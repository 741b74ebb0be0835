"""What an event says to a person."""

import pytest

from headway.cli.render import event_json, told_line
from headway.cli.telling import Tone, tell, tell_always
from headway.coordination.kinds import EVENT_KINDS
from headway.nouns import Event


def event(kind: str, **data: object) -> Event:
    return Event(kind=kind, at=0.0, run="r1", ticket="T-1", attempt=2, data=data)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_every_kind_of_event_has_a_line_in_the_log(kind: str) -> None:
    assert tell_always(event(kind)).text


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_whose_data_is_of_the_wrong_type_is_told_all_the_same(kind: str) -> None:
    odd = {
        "reason": None,
        "commit": 5,
        "tickets": [1],
        "target": 7,
        "agents": "x",
        "profile": None,
        "cause": [],
    }
    assert tell_always(event(kind, **odd)).text


def test_landing_is_good_news_with_its_commit() -> None:
    told = tell(event("ticket.landed", commit="4f3a2b1c0d9e8f7a"))
    assert told is not None
    assert (told.text, told.tone) == ("landed as 4f3a2b1c0d", Tone.GOOD)


def test_a_second_attempt_says_why() -> None:
    told = tell(event("attempt.started", profile="claude", cause="conflict"))
    assert told is not None
    assert told.text == "claude is at work, attempt 2: on top of what landed meanwhile"


def test_steps_that_the_next_event_tells_are_not_worth_a_line() -> None:
    assert tell(event("landing.queued")) is None
    assert tell(event("attempt.collected", outcome="work")) is None


def test_a_reason_with_escape_sequences_is_spelt_out() -> None:
    told = tell(event("ticket.needs_human", reason="\x1b]0;owned\x07 in a\nb"))
    assert told is not None
    assert told_line(told).endswith("T-1  needs you: \\x1b]0;owned\\x07 in a b")


def test_data_cannot_pretend_to_be_another_event() -> None:
    told = event_json(event("ticket.failed", event="ticket.landed", run="r9", reason="x"))
    assert told == {
        "event": "ticket.failed",
        "at": 0.0,
        "run": "r1",
        "ticket": "T-1",
        "attempt": 2,
        "reason": "x",
    }
