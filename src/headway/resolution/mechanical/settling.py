"""One file: each of its hunks by the rules of its classes, then the audit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headway.config import MechanicalSettings
from headway.resolution.audit import audit
from headway.resolution.faults import Objection
from headway.resolution.hunks import Hunk, Lines, compare, loosen, parse, tighten
from headway.resolution.mechanical.classes import FileClass, classes_of

#: A larger file is a person's, in bytes.
LARGEST = 5_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """A file that was settled; it counts where there are no objections."""

    content: bytes
    #: The classes whose rules did it.
    by: tuple[str, ...]
    #: Lines that a rule took the place of, knowingly.
    superseded: Lines = ()
    objections: tuple[Objection, ...] = ()


def settle(
    path: str,
    base: bytes,
    left: bytes,
    right: bytes,
    settings: MechanicalSettings,
    *,
    conflicted: bytes | None = None,
) -> Settled | None:
    """The merge of a file that git could not merge; None where a hunk of it is no rule's.

    ``left`` is the side that was there first. ``conflicted``: what git wrote (``merge.conflictStyle=diff3``); without
    it the lines are compared here. A result with objections is none, and is returned so that they can be told.
    """
    classes = classes_of(path, settings)
    if not classes or max(len(base), len(left), len(right)) > LARGEST or b"\0" in base + left + right:
        return None
    text = compare(base, left, right) if conflicted is None else parse(conflicted, base, left, right)
    if text is None or not text.hunks:
        return None
    done: list[bytes] = []
    by: list[str] = []
    superseded: list[bytes] = []
    for part in text.parts:
        if not isinstance(part, Hunk):
            done += part
            continue
        found = _settle(path, part, classes, by, superseded)
        if found is None:
            return None
        done += found
    content = b"".join(done)
    trees = [{path: each} for each in (base, left, right, content)]
    objections = audit(*trees, superseded={path: superseded})
    return Settled(
        content=content,
        by=tuple(dict.fromkeys(by)),
        superseded=tuple(superseded),
        objections=tuple(objections),
    )


def _settle(
    path: str, hunk: Hunk, classes: Sequence[FileClass], by: list[str], superseded: list[bytes]
) -> list[bytes] | None:
    done: list[bytes] = []
    for part in tighten(hunk):
        if not isinstance(part, Hunk):
            done += part
            continue
        found = _by_class(path, part, classes, by, superseded)
        if found is None:
            return None
        done += found
    return done


def _by_class(
    path: str, hunk: Hunk, classes: Sequence[FileClass], by: list[str], superseded: list[bytes]
) -> list[bytes] | None:
    for each in classes:
        for rule in each.rules:
            answer = rule(path, hunk)
            if answer is not None:
                by.append(each.name)
                superseded += answer.superseded
                return list(answer.lines)
    for each in classes:
        if each.is_list:
            parts = loosen(hunk)
            if [part for part in parts if isinstance(part, Hunk)] == [hunk] or len(parts) <= 1:
                continue
            done: list[bytes] = []
            for part in parts:
                if isinstance(part, Hunk):
                    found = _by_class(path, part, classes, by, superseded)
                    if found is None:
                        return None
                    done += found
                else:
                    done += part
            by.append(each.name)
            return done
    return None
