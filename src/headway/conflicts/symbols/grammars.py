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


def why_missing(language: str, module: str) -> str:
    """What to tell of a language whose grammar cannot be loaded."""
    return f"{language}: no grammar ({module.replace('_', '-')}), so its symbols are not read; {EXTRA}"
