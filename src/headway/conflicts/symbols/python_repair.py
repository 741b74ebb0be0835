"""Python source that does not parse → source that does, line for line. Pure. Not for: keeping what it means.

Half-written files are the rule while agents type, and Python 2 lives on in old repositories. What the grammar of
tree-sitter understands (``print x``, ``except E, e``, ``exec``) is written anew; statements with an error in them
are blanked, as few lines around what ``ast`` complains about as it takes, and these lines are told, so that nobody
takes what stood there for removed. Where that does not help, what the grammar calls an error is taken out.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

from headway.conflicts.symbols import grammars

#: Most places that are mended: a file with more errors than that is not Python.
ROUNDS = 12

#: Nodes that stand on lines of their own, so that they can be blanked alone.
_STATEMENTS = frozenset(
    {
        *(
            "expression_statement",
            "return_statement",
            "import_statement",
            "import_from_statement",
            "raise_statement",
        ),
        *("assert_statement", "print_statement", "exec_statement", "delete_statement", "pass_statement"),
        *("global_statement", "nonlocal_statement", "type_alias_statement", "decorator"),
    }
)
_OLD_OCTAL = re.compile(r"^0[0-7]+$")
#: What only Python 2 has, as far as a line shows it.
_PYTHON_2 = re.compile(
    r"^\s*(print\s+[^(=\s,.\[]|print\s*>>|exec\s+[^(=\s]|except\s+[^:\n]+,\s*\w+\s*:|raise\s+\w+\s*,)|\bur['\"]|<>|\b0[0-7]+\b|\b\d+L\b",
    re.MULTILINE,
)
#: Headers that only stand after another one, and what stands in for them.
_CONTINUES = {"elif": "elif 1:", "else": "else:", "except": "except Exception:", "finally": "finally:"}
_CLASS = re.compile(r"class\s+(\w+)")


def repair(text: str) -> tuple[str, frozenset[int]] | None:
    """The source as ``ast`` takes it, and the lines that were blanked for it; None where it cannot be done."""
    parser = grammars.parser("tree_sitter_python")
    if parser is not None and _PYTHON_2.search(text):
        text = _by_grammar(text, parser, None)
    gaps: set[int] = set()
    mended = _mend(text.split("\n"), gaps)
    if mended is None and parser is not None:
        gaps.clear()
        mended = _mend(_by_grammar(text, parser, gaps).split("\n"), gaps)
    return (mended, frozenset(gaps)) if mended is not None else None


def _mend(lines: list[str], gaps: set[int]) -> str | None:
    """Blanks as little as it takes around each line that ``ast`` complains about."""
    wrong = _error_line(lines)
    then: int | None = None
    for _ in range(ROUNDS):
        if wrong is None:
            return "\n".join(lines)
        best: tuple[int, int, list[str]] | None = None
        for first, last in _windows(lines, wrong):
            for stand_in in _stand_ins(lines, first, last):
                tried = [*lines[: first - 1], *stand_in, *lines[last:]]
                then = _error_line(tried)
                if then is None or then > max(last, wrong) + 1:
                    best = (first, last, tried)
                    break
            if best is not None:
                break
        if best is None:
            return None
        wrong = then
        first, last, lines = best
        gaps.update(range(first, last + 1))
    return "\n".join(lines) if wrong is None else None


def _windows(lines: list[str], wrong: int) -> Iterator[tuple[int, int]]:
    """Spans of lines around one, the likeliest first: itself, its neighbours, the blocks around it."""
    at = _text_at_or_before(lines, min(max(wrong, 1), len(lines)))
    if at == 0:
        return
    yield at, at
    before = _text_at_or_before(lines, at - 1)
    if before:
        yield before, before
        yield before, at
    if at < len(lines):
        yield at, at + 1
    for middle in (at, before):
        first = last = middle
        while first > 0:
            indent = _indent(lines[first - 1])
            while first > 1 and (not lines[first - 2].strip() or _indent(lines[first - 2]) >= indent):
                first -= 1
            while last < len(lines) and (not lines[last].strip() or _indent(lines[last]) >= indent):
                last += 1
            first = min(max(first, 1), middle)
            yield first, last
            if indent == 0 or first <= 1:
                break
            first -= 1  # with its header
            yield first, last


def _stand_ins(lines: list[str], first: int, last: int) -> Iterator[list[str]]:
    """What can stand for these lines, as many as they are."""
    head = next((line for line in lines[first - 1 : last] if line.strip()), "")
    indent = head[: len(head) - len(head.lstrip())]
    rest = [""] * (last - first)
    word = re.match(r"\s*(\w*)", head)
    named = _CLASS.match(head.strip())
    continued = _CONTINUES.get(word[1]) if word else None
    if continued and first == last:
        yield [indent + continued]
    if named and first == last:
        yield [f"{indent}class {named[1]}:"]
    yield [indent + "pass", *rest]
    if first == last:
        yield [indent + "if 1:"]
    yield ["", *rest]
    if continued:
        yield [f"{indent}{continued} pass", *rest]


def _text_at_or_before(lines: list[str], at: int) -> int:
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    return at


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _error_line(lines: list[str]) -> int | None:
    """The line that ``ast`` complains about; None where it parses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except SyntaxError as error:
        return min(error.lineno or 1, len(lines))
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None


def _by_grammar(text: str, parser: Any, gaps: set[int] | None) -> str:
    """Python 2 written anew and, with ``gaps``, what the grammar calls an error taken out."""
    source = text.encode("utf-8", "surrogatepass")
    tree = parser.parse(source)
    edits: list[tuple[int, int, bytes]] = []
    stack = [tree.root_node]
    while stack:
        node = stack.pop()
        if gaps is not None and (node.is_error or node.is_missing):
            _take_out(node, source, edits, gaps)
            continue
        edit = _modern(node, source)
        if edit is not None:
            edits.extend(edit)
        if gaps is not None and node.type in _STATEMENTS and node.has_error:
            _take_out(node, source, edits, gaps)
            continue
        stack.extend(node.children)
    return _apply(source, edits).decode("utf-8", "surrogatepass")


def _take_out(node: Any, source: bytes, edits: list[tuple[int, int, bytes]], gaps: set[int]) -> None:
    """Blanks the lines of a node, leaving a ``pass`` at its indentation where it begins its line."""
    start = node.start_byte
    line_start = source.rfind(b"\n", 0, start) + 1
    end = source.find(b"\n", max(node.end_byte, start))
    end = len(source) if end < 0 else end
    before = source[line_start:start]
    first, last = node.start_point[0] + 1, node.end_point[0] + 1
    if node.is_missing or before.strip():
        # In the middle of a line (a header that is not finished): left to the rounds of blanking.
        return
    gaps.update(range(first, last + 1))
    taken = source[start:end]
    edits.append((start, end, b"pass" + b"\n" * taken.count(b"\n")))


def _modern(node: Any, source: bytes) -> list[tuple[int, int, bytes]] | None:
    """Edits that make Python 3 of a Python 2 node; None where it is none."""
    kind = node.type
    if kind == "print_statement":
        head = node.children[0]
        rest = source[head.end_byte : node.end_byte].strip()
        if rest.startswith(b">>"):
            rest = rest[2:].lstrip()
        return [
            (
                head.end_byte,
                node.end_byte,
                b"(" + _same_lines(rest, source[head.end_byte : node.end_byte]) + b")",
            )
        ]
    if kind == "exec_statement":
        code = node.child_by_field_name("code")
        if code is not None:
            return [
                (node.start_byte, node.end_byte, b"exec(" + source[code.start_byte : code.end_byte] + b")")
            ]
    if kind == "except_clause":
        commas = [child for child in node.children if child.type == ","]
        return [(each.start_byte, each.end_byte, b" as") for each in commas[:1]]
    if kind == "raise_statement":
        lists = [child for child in node.children if child.type == "expression_list"]
        if lists and lists[0].named_children:
            first = lists[0].named_children[0]
            gone = source[first.end_byte : lists[0].end_byte]
            return [
                (first.end_byte, lists[0].end_byte, b"\n" * gone.count(b"\n") if b"\n" not in gone else gone)
            ]
    if kind == "integer":
        digits = source[node.start_byte : node.end_byte].decode("ascii", "replace").rstrip("lL")
        if _OLD_OCTAL.match(digits) and int(digits, 8):
            return [(node.start_byte, node.end_byte, f"0o{digits.lstrip('0')}".encode())]
        if source[node.end_byte - 1 : node.end_byte] in (b"l", b"L"):
            return [(node.end_byte - 1, node.end_byte, b"")]
    if kind == "string_start":
        prefix = source[node.start_byte : node.end_byte].lower()
        if prefix.startswith(b"ur"):
            return [(node.start_byte, node.start_byte + 2, b"r")]
    if kind == "<>":
        return [(node.start_byte, node.end_byte, b"!=")]
    return None


def _same_lines(text: bytes, before: bytes) -> bytes:
    """``text`` with as many line ends as ``before`` had; a line that a backslash goes on stays inside brackets."""
    return text + b"\n" * (before.count(b"\n") - text.count(b"\n"))


def _apply(source: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """The edits made, the outermost of those that overlap only."""
    parts: list[bytes] = []
    at = 0
    for start, end, text in sorted(edits, key=lambda e: (e[0], -e[1])):
        if start < at:
            continue
        parts += [source[at:start], text]
        at = end
    parts.append(source[at:])
    return b"".join(parts)
