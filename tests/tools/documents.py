"""The project's documents as data: pages, fenced blocks, links, tables, and the parts that are made from the code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

#: A part of a page that :mod:`tests.tools.reference` writes.
_MADE = re.compile(r"(<!-- made: (?P<name>[^>]+?) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[\w-]*).*")
_COMMENT = re.compile(r"<!-- (.+?) -->")
_HEADING = re.compile(r"(#{1,6}) (.+)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


def pages() -> list[Path]:
    """Every page that people read, from the root down."""
    return [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *sorted(DOCS.rglob("*.md")),
    ]


def name_of(page: Path) -> str:
    """A page's path from the root, for messages."""
    return str(page.relative_to(ROOT))


@dataclass(frozen=True, slots=True)
class Block:
    """A code block of a page."""

    page: Path
    #: Line of its fence, or of its first line where it is indented.
    line: int
    language: str
    text: str
    #: The HTML comment on the line above: what a test does with it. Empty where there is none.
    mark: str = ""

    @property
    def where(self) -> str:
        """``page:line``, for messages."""
        return f"{name_of(self.page)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The code blocks of a page, fenced or indented, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return list(_blocks(page, lines))


def _blocks(page: Path, lines: list[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        fence = _FENCE.fullmatch(lines[at])
        if fence:
            end = next(n for n in range(at + 1, len(lines)) if lines[n].strip() == fence["fence"])
            comment = _COMMENT.fullmatch(lines[at - 1].strip()) if at else None
            indent = len(fence["indent"])
            text = "".join(f"{line[indent:]}\n" for line in lines[at + 1 : end])
            yield Block(page, at + 1, fence["language"], text, comment[1] if comment else "")
            at = end + 1
        elif lines[at].startswith("    ") and at and not lines[at - 1].strip() and not _in_list(lines, at):
            end = at
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            text = "".join(f"{line[4:]}\n" for line in lines[at:end]).rstrip("\n") + "\n"
            yield Block(page, at + 1, "", text)
            at = end
        else:
            at += 1


def _in_list(lines: list[str], at: int) -> bool:
    """Whether an indented line goes on with an item of a list."""
    before = next((line for line in reversed(lines[:at]) if line.strip() and not line.startswith("    ")), "")
    return bool(re.match(r"\s*([-*]|\d+\.) ", before))


def prose(page: Path) -> str:
    """A page without its code blocks and comments."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for block in blocks(page):
        indented = lines[block.line - 1].startswith("    ")
        for n in range(block.line - 1, block.line + block.text.count("\n") + (-1 if indented else 1)):
            lines[n] = ""
    return re.sub(r"<!--.*?-->", "", "\n".join(lines), flags=re.DOTALL)


def inline_code(page: Path) -> list[str]:
    """What a page's prose has in backticks."""
    return [" ".join(found[2].split()) for found in _CODE.finditer(prose(page))]


def links(page: Path) -> list[str]:
    """Where a page's links lead."""
    return _LINK.findall(_CODE.sub("", prose(page)))


def anchors(page: Path) -> set[str]:
    """What a link into a page can name, as GitHub makes it of headings."""
    found: list[str] = []
    for heading in filter(None, map(_HEADING.fullmatch, prose(page).splitlines())):
        plain = re.sub(r"[^\w\- ]", "", heading[2].lower()).strip().replace(" ", "-")
        times = sum(
            name == plain or re.fullmatch(rf"{re.escape(plain)}-\d+", name) is not None for name in found
        )
        found.append(f"{plain}-{times}" if times else plain)
    return set(found)


def section(page: Path, heading: str) -> str:
    """The text under a heading, up to the next one of its level or above. Raises LookupError."""
    lines = page.read_text(encoding="utf-8").splitlines()
    begin = next((n for n, line in enumerate(lines) if _is(line, heading)), None)
    if begin is None:
        raise LookupError(f"{name_of(page)} has no heading {heading!r}")
    level = len(lines[begin]) - len(lines[begin].lstrip("#"))
    ends = (n for n in range(begin + 1, len(lines)) if re.match(rf"#{{1,{level}}} ", lines[n]))
    return "\n".join(lines[begin + 1 : next(ends, len(lines))])


def _is(line: str, heading: str) -> bool:
    found = _HEADING.fullmatch(line)
    return found is not None and found[2].replace("`", "") == heading


def table(text: str) -> list[list[str]]:
    """The rows of the first table of a text, without its head; backticks around a whole cell are left out."""
    rows: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("|"):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            rows.append([re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in cells])
        elif rows:
            break
    return rows[2:]


def made(page: Path) -> dict[str, str]:
    """The parts of a page that are made from the code, by name."""
    return {found["name"]: found["body"] for found in _MADE.finditer(page.read_text(encoding="utf-8"))}


def remade(page: Path, parts: Mapping[str, str]) -> str:
    """A page's text with those parts as they should be."""

    def replace(found: re.Match[str]) -> str:
        return found[1] + parts[found["name"]] + found[4]

    return _MADE.sub(replace, page.read_text(encoding="utf-8"))
