"""The tree-sitter grammars that are installed, loaded once. A missing one is told, never an exception."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

#: What installs them all.
EXTRA = "pip install 'headway-agents[symbols]'"


@cache
def grammar(module: str, function: str = "language") -> Any | None:
    """The ``tree_sitter.Language`` that a package offers under a function's name; None where it cannot be had."""
    try:
        tree_sitter = import_module("tree_sitter")
        return tree_sitter.Language(getattr(import_module(module), function)())
    except (ImportError, AttributeError, ValueError, TypeError):
        # Not installed, or of a version that does not go with the other's.
        return None


@cache
def parser(module: str, function: str = "language") -> Any | None:
    """A parser of that grammar; None where it cannot be had. Not for several threads at once."""
    language = grammar(module, function)
    return import_module("tree_sitter").Parser(language) if language is not None else None


def missing(modules: dict[str, str]) -> tuple[str, ...]:
    """A sentence for each language (name → module of its grammar) whose grammar cannot be loaded."""
    return tuple(
        f"{language}: no grammar ({module.replace('_', '-')}), so its symbols are not read; {EXTRA}"
        for language, module in sorted(modules.items())
        if grammar(module) is None and grammar(module, "language_typescript") is None
    )
