"""Prints questions that only a person can answer, and one with all that is known."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.cli import render
from headway.cli.places import find_place
from headway.cli.render import put
from headway.cli.telling import Tone
from headway.cli.text import ago, clock, count, duration, shorten
from headway.errors import RunError
from headway.nouns import Escalation, EscalationState

if TYPE_CHECKING:
    from headway.store.reader import Reader

_TONES = {"critical": Tone.BAD, "high": Tone.BAD, "medium": Tone.CARE}

#: Parts of a package in the order in which one reads them, with what stands above them.
_PARTS = {
    "summary": "what it is about",
    "sides": "both sides",
    "tried": "what was tried",
    "impact": "what hangs on it",
    "recommendations": "what is recommended",
}

#: Where a part of a package tells the same as a sentence.
_SAYS = ("ticket", "strategy", "text", "summary", "what", "title", "message", "action", "recommendation")


def print_escalations(repo: Path, *, all_: bool, as_json: bool) -> None:
    """Print the open questions of all runs; with ``all_`` also those that are over. Raises HeadwayError."""
    place = find_place(repo)
    with place.reader() as reader:
        found = reader.escalations(states=None if all_ else (EscalationState.OPEN,))
        latest = reader.latest_run()
    if as_json:
        render.print_json({"escalations": [escalation_json(each) for each in found]})
        return
    if not found:
        print("nothing is asked of you" if not all_ else "nothing was ever asked of you")
        return
    now = time.time()
    for number, each in enumerate(found):
        if number:
            print()
        _print_short(each, now, "" if latest is None or each.run == latest.id else f"run {each.run}, ")
    first = next((each for each in found if each.state is EscalationState.OPEN), None)
    if first is not None:
        print()
        put(f"all about one: headway escalations {first.id}", Tone.QUIET)
        put(f"to answer: {ways(first)}", Tone.QUIET)


def print_escalation(repo: Path, id_: str, *, as_json: bool) -> None:
    """Print one question with its package. Raises HeadwayError."""
    place = find_place(repo)
    with place.reader() as reader:
        found = the_escalation(reader, id_)
    if as_json:
        render.print_json(escalation_json(found))
        return
    _print_head(found, time.time(), f"run {found.run}, ")
    if found.conflict is not None:
        put(f"the conflict: headway conflicts {found.conflict}", Tone.QUIET, indent=2)
    for name in (*_PARTS, *(each for each in found.package if each not in _PARTS)):
        if lines := list(told(_readable(found.package.get(name)))):
            print()
            put(_PARTS.get(name, name), bold=True)
            for line in lines:
                _put_item(line, indent=2)
    print()
    if found.state is EscalationState.OPEN:
        put(f"to answer: {ways(found)}")
    else:
        put(how_it_ended(found))


def the_escalation(reader: Reader, id_: str) -> Escalation:
    """One question by its id (``E-3``, ``e-3`` or ``3``). Raises RunError, with those that are open."""
    wanted = f"E-{id_}" if id_.isdecimal() else id_.upper()
    found = reader.escalation(wanted)
    if found is None:
        open_ = [each.id for each in reader.escalations(states=(EscalationState.OPEN,))]
        raise RunError(
            f"there is no escalation {id_!r}",
            mend=f"open are: {', '.join(open_[:10])}" if open_ else "none is open: headway escalations --all",
        )
    return found


def how_it_ended(escalation: Escalation) -> str:
    """``answered by kim 12m05s ago: keep left``; what became of one that is over."""
    when = f" at {clock(escalation.ended_at)}" if escalation.ended_at is not None else ""
    if escalation.state is EscalationState.CLOSED:
        return f"closed{when}: what it asked about is over without an answer"
    by = f" by {escalation.answer['by']}" if escalation.answer.get("by") else ""
    what = said(escalation.answer)
    return f"answered{by}{when}{': ' + what if what else ''}"


def said(answer: Mapping[str, Any]) -> str:
    """An answer in a few words: ``keep left``, ``T-7, then T-1``."""
    if answer.get("keep"):
        return f"keep {answer['keep']}"
    if answer.get("order"):
        return ", then ".join(map(str, answer["order"]))
    return shorten(str(answer.get("text") or ""), 60)


def ways(escalation: Escalation) -> str:
    """How it can be answered."""
    parts = [f"headway answer {escalation.id} 'what to do'"]
    if escalation.conflict is not None:
        parts.append("--keep left|right|both")
    if len(escalation.tickets) > 1:
        parts.append(f"--order {escalation.tickets[0]},{escalation.tickets[1]}")
    return " | ".join(parts)


def escalation_json(escalation: Escalation) -> dict[str, Any]:
    """A question as the command line's JSON tells it."""
    return asdict(escalation)


def told(value: Any) -> Iterator[str]:
    """A part of a package as lines for a person, whatever shape it has; lines of a list begin with ``• ``."""
    if value is None or value in ("", [], {}, ()):
        return
    if isinstance(value, Mapping):
        head = next((str(value[name]) for name in _SAYS if value.get(name)), "")
        rest = {k: v for k, v in value.items() if v not in (None, "", [], {}) and str(v) != head}
        if head:
            yield head
        for name, each in rest.items():
            lines = list(told(each))
            if len(lines) == 1 and not lines[0].startswith(("• ", "  ")):
                yield f"{'  ' if head else ''}{name}: {lines[0]}"
            elif lines:
                yield f"{'  ' if head else ''}{name}:"
                yield from (f"{'    ' if head else '  '}{line}" for line in lines)
    elif isinstance(value, list | tuple):
        for each in value:
            lines = list(told(each))
            yield from (f"• {line}" if not number else f"  {line}" for number, line in enumerate(lines))
    else:
        yield from (line for line in str(value).splitlines() if line.strip())


def _readable(value: Any) -> Any:
    """A part of a package without what is shown better elsewhere: whole diffs (``headway conflicts ID``), what is not
    so, and with durations as people read them."""
    if isinstance(value, list | tuple):
        return [_readable(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    found = {name: each for name, each in value.items() if name != "diff" and each is not False}
    seconds = [name for name, each in found.items() if "seconds" in name and isinstance(each, int | float)]
    spoken = {name: duration(found[name]) for name in seconds}
    return {
        name.replace("seconds", "time").replace("_", " "): spoken.get(name, _readable(each))
        for name, each in found.items()
    }


def _print_short(escalation: Escalation, now: float, run: str) -> None:
    _print_head(escalation, now, run)
    for line in told(escalation.package.get("recommendations")):
        _put_item(line, indent=2)


def _print_head(escalation: Escalation, now: float, run: str) -> None:
    tickets = ", ".join(escalation.tickets)
    is_open = escalation.state is EscalationState.OPEN
    if is_open:
        since = f"asked {ago(now - escalation.opened_at)}"
        if escalation.times_told > 1:
            since += f", told {count(escalation.times_told, 'time')}"
    else:
        since = how_it_ended(escalation)
    about = f"{tickets + ', ' if tickets else ''}{escalation.severity}, {run}{since}"
    tone = _TONES.get(escalation.severity, Tone.PLAIN) if is_open else Tone.QUIET
    put(f"{escalation.id}  {escalation.question}", tone, bold=True, hang=len(escalation.id) + 2)
    put(about, Tone.QUIET, indent=2)


def _put_item(line: str, *, indent: int) -> None:
    """A line of a list; what is longer goes on below its text."""
    text = line.lstrip(" ")
    inner = len(line) - len(text)
    put(text, indent=indent + inner, hang=2 if text.startswith("• ") else 0)
