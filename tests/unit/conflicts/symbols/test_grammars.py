"""Without its grammar a language is told and left out."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from headway.conflicts.symbols import grammars, missing_grammars, tree_index
from headway.conflicts.symbols.cache import read_index
from tests.unit.conflicts.symbols.sides import alarms, conflicts


@pytest.fixture
def without_grammars(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if tree-sitter were not installed."""

    def refuse(name: str) -> ModuleType:
        if name.startswith("tree_sitter"):
            raise ModuleNotFoundError(name)
        return importlib.import_module(name)

    caches = (grammars.grammar, grammars.parser, tree_index._query)
    monkeypatch.setattr(grammars, "import_module", refuse)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.mark.usefixtures("without_grammars")
def test_a_missing_grammar_is_told_with_what_installs_it() -> None:
    told = missing_grammars()
    assert [each.partition(":")[0] for each in told] == ["go", "javascript", "python", "tsx", "typescript"]
    assert all("headway-agents[symbols]" in each for each in told)


def test_nothing_is_told_where_all_are_there() -> None:
    assert missing_grammars() == ()


@pytest.mark.usefixtures("without_grammars")
def test_a_file_without_a_grammar_says_nothing() -> None:
    base = {"a.js": "export function first () {}\n"}
    assert (
        conflicts(base, {"a.js": "export function other () {}\n"}, {"b.js": "import { first } from './a'\n"})
        == []
    )


@pytest.mark.usefixtures("without_grammars")
def test_python_that_is_half_written_is_read_without_a_grammar() -> None:
    base = {"a.py": "def first(x):\n    y = x\n    return y\n\n\ndef second():\n    return 2\n"}
    typing = {"a.py": "def begin(x):\n    y = x\n    return y\n\n\ndef second():\n    return fo(\n"}
    assert alarms(base, typing, {"b.py": "from a import first\n\nfirst(1)\n"}) == [("renamed", "first")]


def test_every_language_of_the_table_can_be_read_here() -> None:
    assert all(tree_index.is_readable(name) for name in ("python", "javascript", "typescript", "tsx", "go"))


@pytest.mark.usefixtures("without_grammars")
def test_the_index_of_an_unknown_language_is_none() -> None:
    assert read_index("go", b"package a\n") is None
