"""RESULTS.md from what was measured: plain functions without I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number that the project promises, or tells."""

    name: str
    measured: str
    #: What was promised; empty where nothing was.
    target: str = ""
    #: Whether the promise is kept; None where there is none.
    met: bool | None = None
    #: What measures it again.
    command: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """What one part of the benchmark found."""

    title: str
    figures: Sequence[Figure] = ()
    #: Markdown below the title.
    detail: str = ""
    #: Why it could not be measured; empty where it could.
    failure: str = ""


def at_most(name: str, value: float, limit: float, *, unit: str, digits: int, command: str) -> Figure:
    """A figure that shall not exceed ``limit``; NaN keeps no promise."""
    return Figure(
        name=name,
        measured=f"{value:.{digits}f}{unit}",
        target=f"≤ {limit:g}{unit}",
        met=value <= limit,
        command=command,
    )


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, right_from: int = 1) -> str:
    """A Markdown table whose columns from ``right_from`` on are numbers."""
    marks = ["---" if i < right_from else "---:" for i in range(len(head))]
    lines = [head, marks, *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def report(sections: Sequence[Section], facts: Sequence[str]) -> str:
    """The whole of RESULTS.md."""
    figures = [figure for section in sections for figure in section.figures]
    missed = [figure for figure in figures if figure.met is False]
    failed = [section for section in sections if section.failure]
    parts = [
        "# Results",
        "Written by `make bench`; every figure comes from the command beside it.",
        "\n".join(facts),
    ]
    parts.append(
        table(
            ["figure", "measured", "target", "", "command"],
            [[f.name, f.measured, f.target, _mark(f.met), f"`{f.command}`"] for f in figures],
            right_from=9,
        )
    )
    parts.append(_verdict(figures, missed, failed))
    for section in sections:
        if section.detail or section.failure:
            parts += [
                f"## {section.title}",
                section.failure and f"**Not measured:** {section.failure}",
                section.detail,
            ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _mark(met: bool | None) -> str:
    return {True: "met", False: "**missed**", None: ""}[met]


def _verdict(figures: Sequence[Figure], missed: Sequence[Figure], failed: Sequence[Section]) -> str:
    promised = sum(1 for f in figures if f.met is not None)
    lines = [f"{promised - len(missed)} of {promised} targets met."]
    lines += [f"- Missed: {f.name}: {f.measured}, target {f.target}." for f in missed]
    lines += [f"- Not measured: {s.title}: {s.failure}" for s in failed]
    return "\n".join(lines)
