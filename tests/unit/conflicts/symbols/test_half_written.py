"""Python that does not parse: half-written, or of an earlier Python."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.symbols.cache import read_index
from headway.conflicts.symbols.python_repair import repair
from tests.unit.conflicts.symbols.sides import alarms

SOURCE = '''\
import os


class Store:
    """Keeps things."""

    def __init__(self, path, mode="r"):
        self.path = path

    def size(self):
        if self.path:
            return os.stat(self.path)
        return 0


def run(first, second):
    try:
        return first(second)
    except ValueError as error:
        print(error)
'''
LINES = SOURCE.splitlines()


@given(
    st.integers(0, len(LINES) - 1),
    st.integers(0, 60),
    st.sampled_from(["", "(", ".", " = ", ":", "[1,", "def ", '"']),
)
def test_one_half_written_line_hides_little_else(number: int, length: int, ending: str) -> None:
    lines = list(LINES)
    lines[number] = lines[number][:length] + ending
    text = "\n".join(lines)
    mended = repair(text)
    assert mended is not None
    ast.parse(mended[0])
    assert mended[0].count("\n") == text.count("\n")


@given(st.text(max_size=200))
def test_any_text_can_be_asked_about(text: str) -> None:
    mended = repair(text)
    if mended is not None and "\0" not in mended[0]:
        ast.parse(mended[0])


@pytest.mark.parametrize(
    "broken", ["    def late(self", "x = Store(", "if run(", "    retu", "@", "from os imp"]
)
def test_what_stands_before_a_half_written_end_is_read(broken: str) -> None:
    index = read_index("python", f"{SOURCE}\n{broken}\n".encode())
    assert index is not None
    assert {("Store",), ("Store", "size"), ("run",)} <= set(index.by_qualname)


def test_names_in_lines_that_cannot_be_read_are_not_taken_for_removed() -> None:
    base = {"a.py": "def first(x):\n    return x\n\n\ndef second():\n    return 2\n"}
    typing = {"a.py": "def first(x\n    return x\n\n\ndef second():\n    return 2\n"}
    assert alarms(base, typing, {"b.py": "from a import first\n\nfirst(1)\n"}) == []


def test_a_file_that_is_half_written_elsewhere_still_tells_what_it_renames() -> None:
    base = {"a.py": "def first(x):\n    y = x\n    return y\n\n\ndef second():\n    return 2\n"}
    typing = {"a.py": "def begin(x):\n    y = x\n    return y\n\n\ndef second():\n    return fo(\n"}
    assert alarms(base, typing, {"b.py": "from a import first\n\nfirst(1)\n"}) == [("renamed", "first")]


def test_python_2_is_read_without_gaps() -> None:
    old = (
        "import os\n\ndef run(x):\n    try:\n        print 'a', x\n        print >>x, 1\n        exec 'y'\n"
        "    except ValueError, error:\n        raise KeyError, 'no'\n    return 0777 + 10L, ur'x', 1 <> 2\n"
    )
    mended = repair(old)
    assert mended is not None
    assert not mended[1]
    ast.parse(mended[0])
