"""Adds decisions to the ledger, lists them, and checks files of them."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.cli import render
from headway.cli.exits import CONFLICTS, WRONG_INPUT
from headway.cli.places import Place, find_place, the_run
from headway.cli.text import count, safe
from headway.errors import HeadwayError, Problem, RepositoryError, RunError, StoreMissing
from headway.nouns import Decision, DecisionSource

if TYPE_CHECKING:
    from headway.conflicts.decisions import Catalogue, Contradiction

#: Most bytes of one line of a file that is checked.
_LONGEST_LINE = 4 * 2**20
#: A longer part of a scope is no folder's name.
_LONGEST_NAME = 200
#: Most wrong lines that are told one by one.
_MOST_TOLD = 1000
_KEYS = ("agent", "ticket", "topic", "decision", "scope", "reason")

_NO_PLACE = (
    "an agent's worktree is in a repository: run it there, or give the repository with --repo PATH; without one:"
    " headway decisions check FILE"
)


def add(
    repo: Path,
    *,
    topic: str,
    choice: str,
    scope: str,
    reason: str,
    ticket: str | None,
    agent: str,
    run: str | None,
    as_json: bool,
) -> None:
    """Add a decision to the ledger and tell what it contradicts. Raises HeadwayError."""
    from headway.conflicts.decisions import Ledger
    from headway.store.store import Store

    for name, text in (("TOPIC", topic), ("CHOICE", choice)):
        if not text.strip():
            raise HeadwayError(f"{name} is empty", mend="headway decisions add 'http client' httpx")
    place = _place(repo)
    by_agent = "HEADWAY_TICKET" in os.environ or bool(agent)
    ticket = ticket or os.environ.get("HEADWAY_TICKET") or None
    run = run or os.environ.get("HEADWAY_RUN") or None
    decision = Decision(
        topic=topic,
        choice=choice,
        scope=_with_folders(scope, place.root),
        reason=reason,
        agent=agent,
        ticket=ticket,
        source=DecisionSource.AGENT if by_agent else DecisionSource.PERSON,
        run=_known_run(place, run, ticket),
        at=time.time(),
    )
    catalogue, threshold = _settings(place.root)
    with closing(Store.open(place.store_url())) as store:
        latest = store.latest_run()
        counts = {None, decision.run or (latest.id if latest is not None else None)}
        before = [each for each in store.decisions() if each.run in counts]
        added = store.add_decision(decision)
    found = Ledger(before, catalogue).against(added)
    if as_json:
        told = _decision_json(added)
        render.print_json({**told, "contradicts": [_json(each, threshold) for each in found]})
        return
    print(safe(f"recorded as {added.id}: {added.topic}: {added.choice}"))
    _print(found, threshold)


def _with_folders(scope: str, root: Path) -> str:
    """The scope with a slash after the names of folders of the repository: ``src`` alone may be a component."""
    parts = [part.strip() for part in scope.split(",")]
    if "\0" in scope or not all(len(part) < _LONGEST_NAME for part in parts):
        return scope
    return ", ".join(
        f"{part}/" if part and "/" not in part and (root / part).is_dir() else part for part in parts
    )


def _known_run(place: Place, run: str | None, ticket: str | None) -> str | None:
    """The run that a decision belongs to: none for a person's that belongs to no ticket. Raises RunError."""
    if run is None and ticket is None:
        return None
    try:
        with place.reader() as reader:
            found = the_run(reader, run)
            if ticket is not None and reader.progress_of(found.id, ticket) is None:
                raise RunError(f"run {found.id} has no ticket {ticket!r}", mend="see: headway status")
            return found.id
    except StoreMissing:
        raise RunError(
            "no run was started in this repository yet, so it has no tickets",
            mend="record it for the whole repository, without --ticket and --run",
        ) from None


def list_(repo: Path, run: str | None, *, as_json: bool) -> None:
    """List the ledger, the oldest first. Raises HeadwayError."""
    place = _place(repo)
    with place.reader() as reader:
        chosen = the_run(reader, run).id if run is not None or reader.latest_run() is not None else None
        decisions = [each for each in reader.decisions() if each.run in (None, chosen)]
    if as_json:
        for each in decisions:
            render.print_json(_decision_json(each))
        return
    if not decisions:
        print("nothing is decided yet; to record something: headway decisions add TOPIC CHOICE")
        return
    rows = [
        [
            render.Cell(text)
            for text in (
                str(each.id),
                _who(each),
                _short(each.topic),
                _short(each.choice),
                _short(each.scope) or "everywhere",
                each.source.value,
            )
        ]
        for each in decisions
    ]
    render.print_table(("id", "who", "topic", "choice", "where", "source"), rows)


def check(file: str, repo: Path, *, as_json: bool) -> int:
    """Tell the contradictions among the decisions of a file; the exit status. Raises HeadwayError."""
    from headway.conflicts.decisions.ledger import contradictions

    try:
        catalogue, threshold = _settings(repo)
    except HeadwayError as error:
        error.exit_status = WRONG_INPUT
        raise
    decisions, problems = _read(file)
    if problems:
        for problem in problems[:_MOST_TOLD]:
            print(safe(str(problem)), file=sys.stderr)
        mend = 'a line is {"agent": …, "ticket": …, "topic": …, "decision": …, "scope": …}'
        raise HeadwayError(f"{file}: {count(len(problems), 'problem')}", mend=mend)
    found = contradictions(decisions, catalogue)
    if as_json:
        for each in found:
            render.print_json(_json(each, threshold))
    else:
        _print(found, threshold, of=len(decisions))
    return CONFLICTS if any(each.score.score >= threshold for each in found) else 0


def _read(file: str) -> tuple[list[Decision], list[Problem]]:
    """The decisions of a file, and what is wrong with its lines. Raises HeadwayError where it cannot be read."""
    decisions: list[Decision] = []
    problems: list[Problem] = []
    name = "standard input" if file == "-" else file
    for number, line in _lines(file):
        if line.strip():
            read = _decision(line, number)
            if isinstance(read, Decision):
                decisions.append(read)
            else:
                problems += [Problem(f"{name}:{number}", each) for each in read]
    return decisions, problems


def _lines(file: str) -> Iterator[tuple[int, bytes]]:
    try:
        stream = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115 (closed below)
        with stream:
            yield from enumerate(stream, 1)
    except OSError as error:
        raise HeadwayError(f"{file}: {error.strerror}", mend="give a file of JSON lines, or -") from error


def _decision(line: bytes, number: int) -> Decision | list[str]:
    """The decision of a line, or all that is wrong with it."""
    if len(line) > _LONGEST_LINE:
        return [f"longer than {_LONGEST_LINE // 2**20} MiB"]
    try:
        data = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return [f"no JSON: {error}"]
    if not isinstance(data, dict):
        return ["no JSON object"]
    wrong = [f"{key} must be a text" for key in _KEYS if not isinstance(data.get(key) or "", str)]
    told = {key: data.get(key) or "" for key in _KEYS if isinstance(data.get(key) or "", str)}
    wrong += [f"{key} is missing" for key in ("topic", "decision") if key in told and not told[key].strip()]
    if not wrong and not (told["agent"] or told["ticket"]):
        wrong.append("agent and ticket are missing: nobody decided it")
    if wrong:
        return wrong
    return Decision(
        topic=told["topic"],
        choice=told["decision"],
        scope=told["scope"],
        reason=told["reason"],
        agent=told["agent"],
        ticket=told["ticket"] or None,
        at=float(number),
        id=number,
    )


def _settings(where: Path) -> tuple[Catalogue, float]:
    """Catalogue and threshold of the repository that ``where`` lies in, or of that folder. Raises SettingsError."""
    from headway.conflicts.decisions import built_in, read_catalogue
    from headway.nouns import CONFLICT_THRESHOLD

    try:
        folder = find_place(where).root
    except RepositoryError:
        folder = where
    path = folder / "headway.toml"
    if not path.is_file():
        return built_in(), CONFLICT_THRESHOLD
    from headway.config import read_settings

    settings = read_settings(path)
    own = settings.decisions
    file = folder / own.catalogue if own.catalogue is not None else None
    return read_catalogue(file, own.alternatives, settings=path), settings.conflicts.threshold


def _place(repo: Path) -> Place:
    try:
        return find_place(repo)
    except RepositoryError as error:
        raise RepositoryError(str(error), mend=_NO_PLACE) from error


def _who(decision: Decision) -> str:
    both = [each for each in (decision.ticket, decision.agent) if each]
    return " by ".join(both) or decision.source.value


def _decision_json(decision: Decision) -> dict[str, Any]:
    from headway.conflicts.decisions.ledger import told

    return {**told(decision), "run": decision.run, "at": decision.at}


def _json(found: Contradiction, threshold: float) -> dict[str, Any]:
    from headway.conflicts.decisions.ledger import told

    return {
        "id": found.id,
        "kind": "decision",
        "type": str(found.score.contradiction_type),
        "severity": found.severity,
        "about": found.about,
        "score": found.score.score,
        "conflict": found.score.score >= threshold,
        "detail": found.score.why,
        "a": told(found.one),
        "b": told(found.other),
    }


def _print(found: Sequence[Contradiction], threshold: float, of: int | None = None) -> None:
    sure = [each for each in found if each.score.score >= threshold]
    if of is not None or found:
        told = count(len(sure), "contradiction") if sure else "no contradiction"
        if len(found) > len(sure):
            told += f", {count(len(found) - len(sure), 'suspicion')}"
        print(told + (f" among {count(of, 'decision')}" if of is not None else ""))
    for each in found:
        doubt = "" if each.score.score >= threshold else "suspicion, "
        print(safe(f"  {each.score.score:.2f}  {doubt}{each.severity}: {each.score.why}"))
        for decision in (each.one, each.other):
            place = f" (in {decision.scope})" if decision.scope else ""
            print(safe(f"        {_who(decision)}: {decision.topic}: {_short(decision.choice)}{place}"))


def _short(text: str) -> str:
    text = " ".join(text[:400].split())
    return text if len(text) <= 160 else text[:159] + "…"
