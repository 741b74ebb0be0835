"""What an event says to a person: one sentence, or nothing where the next event says it better. Pure.

Not for: colours and columns (:mod:`.render`), which kinds there are (``docs/reference/events.md``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from headway.cli.text import count, duration
from headway.nouns import Event

#: Why an attempt was started, for a person; "first" goes without saying.
CAUSES = {
    "failed": "the one before brought nothing that could land",
    "conflict": "on top of what landed meanwhile",
    "verify": "the one before did not pass verification",
    "lost": "the one before was ended from outside",
    "retry": "somebody asked",
}


#: What somebody asked for from another terminal.
ASKED = {
    "cancel": "somebody asked to cancel it",
    "retry": "somebody asked for another try",
    "drain": "somebody asked to stop: nothing new starts, what runs may finish",
    "leave": "somebody asked the coordinator to go and leave its agents at work",
    "kill": "somebody asked to end the agents; their work is kept",
    "answer": "somebody answered a question",
    "undo": "somebody asked to take back what settled a conflict",
}


class Tone(StrEnum):
    """How much a sentence matters."""

    QUIET = "quiet"
    PLAIN = "plain"
    GOOD = "good"
    CARE = "care"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One sentence about a run, or about one ticket of it."""

    at: float
    #: The ticket that it is about; empty for the run itself.
    ticket: str
    text: str
    tone: Tone = Tone.PLAIN


def tell(event: Event) -> Told | None:
    """What ``event`` says to a person; None where it is not worth a line."""
    found = _sentence(event.kind, event.data, event.attempt)
    if found is None:
        return None
    text, tone = found
    return Told(at=event.at, ticket=event.ticket or "", text=text, tone=tone)


def tell_always(event: Event) -> Told:
    """The same for the log, where every event has its line."""
    told = tell(event)
    if told is not None:
        return told
    data = ", ".join(
        f"{key} {_plain(value)}" for key, value in event.data.items() if value not in (None, "", [], 0)
    )
    number = f" (attempt {event.attempt})" if event.attempt else ""
    text = f"{event.kind}{number}{': ' + data if data else ''}"
    return Told(at=event.at, ticket=event.ticket or "", text=text, tone=Tone.QUIET)


def _sentence(  # noqa: PLR0911, PLR0912 (one kind after the other: a table in the shape of a match)
    kind: str, data: Mapping[str, Any], attempt: int | None
) -> tuple[str, Tone] | None:
    reason = str(data.get("reason") or "")
    again = f", attempt {attempt}" if attempt and attempt > 1 else ""
    match kind:
        case "run.started":
            return _with("the run began", _on(data)), Tone.PLAIN
        case "run.resumed":
            return _with("the run goes on", _on(data)), Tone.PLAIN
        case "run.ended":
            return "the run has ended", Tone.PLAIN
        case "run.stopped":
            return _with("the run was stopped: headway resume goes on", reason), Tone.CARE
        case "attempt.started":
            cause = CAUSES.get(str(data.get("cause")))
            head = f"{data.get('profile', 'an agent')} is at work"
            return f"{head}{again}{': ' + cause if cause else ''}", Tone.QUIET
        case "attempt.silent":
            for_ = duration(float(data.get("seconds") or 0))
            open_ = data.get("connections")
            seen = f"; {open_} connections are open" if open_ else ""
            return f"no sign of life for {for_} (it is left alone){seen}", Tone.CARE
        case "ticket.waiting" if reason:
            return reason, Tone.CARE
        case "conflict.standing":
            between = " and ".join(map(str, data.get("between") or ()))
            return f"conflict {data.get('conflict')} between {between}: {data.get('detail')}", Tone.CARE
        case "conflict.settled":
            return f"conflict settled: {reason}", Tone.PLAIN
        case "landing.waits":
            return f"its landing waits: {reason}", Tone.CARE
        case "copy.behind":
            return f"landed, but a checkout was left as it is: {reason}", Tone.CARE
        case "run.note":
            return f"note: {reason}", Tone.CARE
        case "ticket.trouble":
            return f"trouble, tried again: {reason}", Tone.CARE
        case (
            "request.cancel"
            | "request.retry"
            | "request.drain"
            | "request.leave"
            | "request.kill"
            | "request.answer"
            | "request.undo"
        ):
            return ASKED[kind.removeprefix("request.")], Tone.PLAIN
        case "ticket.landed":
            commit = str(data.get("commit") or "")[:10]
            return _with(f"landed{' as ' + commit if commit else ''}", reason), Tone.GOOD
        case "ticket.failed":
            return _with("failed", reason), Tone.BAD
        case "ticket.needs_human":
            return _with("needs you", reason), Tone.BAD
        case "ticket.blocked":
            return _with("cannot start", reason), Tone.CARE
        case "ticket.cancelled":
            return _with("cancelled", "" if reason == "cancelled" else reason), Tone.CARE
        case _:
            return None


def _with(head: str, reason: str) -> str:
    return f"{head}: {reason}" if reason else head


def _on(data: Mapping[str, Any]) -> str:
    parts = []
    if data.get("tickets"):
        number = data["tickets"]
        number = len(number) if isinstance(number, Sequence) and not isinstance(number, str) else number
        parts.append(count(number, "ticket"))
    if data.get("target"):
        parts.append(f"onto {str(data['target']).removeprefix('refs/heads/')}")
    if isinstance(data.get("agents"), int):
        parts.append(f"up to {count(data['agents'], 'agent')} at once")
    return ", ".join(parts)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value[:5])) + (" …" if len(value) > 5 else "")
    return str(value)
