"""New code of one side that uses a definition of the other, in the ways that people write."""

from __future__ import annotations

import ast
import random

from benchmarks.symbol_pairs.pair import Sides, arguments
from benchmarks.symbol_pairs.projects import Target


def new_path(sides: Sides, rng: random.Random, stem: str = "addition") -> str:
    """A path for a new module of the project."""
    root = sides.project.root
    return f"{root}/{stem}_{rng.randrange(10**6)}.py" if root else f"{stem}_{rng.randrange(10**6)}.py"


def use_function(sides: Sides, rng: random.Random, target: Target, call: str | None = None) -> None:
    """Calls a module-level function, or names a constant or class."""
    if call is None:
        call = f"({arguments(target.node)})" if isinstance(target.node, ast.FunctionDef) else ""
    dotted, name = sides.project.dotted(target.path), target.name
    way = rng.randrange(5)
    function = f"handle_{rng.randrange(10**6)}"
    if way == 0 or not dotted:
        sides.append(
            target.path, f"\n\ndef {function}(given):\n    found = {name}{call}\n    return given, found\n"
        )
    elif way == 1:
        sides.append(
            new_path(sides, rng),
            f"from {dotted} import {name}\n\n\ndef {function}(given):\n    return [given, {name}{call}]\n",
        )
    elif way == 2:
        sides.append(
            new_path(sides, rng),
            f"import {dotted} as where\n\n\nclass Handler:\n    def run(self):\n        return where.{name}{call}\n",
        )
    elif way == 3:
        sides.append(
            new_path(sides, rng),
            f"import {dotted}\n\n\ndef {function}():\n    for each in range(3):\n        yield {dotted}.{name}{call}\n",
        )
    else:
        sides.append(
            new_path(sides, rng, "test_addition"),
            f"from {dotted} import {name} as wanted\n\n\ndef test_{function}():\n    assert wanted{call} is not None\n",
        )


def use_method(sides: Sides, rng: random.Random, target: Target, call: str | None = None) -> bool:
    """Calls a method; whether that could be written."""
    assert isinstance(target.node, ast.FunctionDef)
    if call is None:
        call = f"({arguments(target.node, skip=1)})"
    dotted, cls, name = sides.project.dotted(target.path), target.holder, target.name
    function = f"handle_{rng.randrange(10**6)}"
    way = rng.randrange(4)
    if way == 0:
        return sides.insert_into_class(
            target.path, cls, f"def {function}(self, given):\n    return given, self.{name}{call}"
        )
    if way == 1:
        text = (
            f"from {dotted} import {cls}\n\n\ndef {function}(given: {cls}):\n    return given.{name}{call}\n"
        )
    elif way == 2:
        text = f"import {dotted} as where\n\n\nclass More(where.{cls}):\n    def {function}(self):\n"
        text += f"        return self.{name}{call}\n"
    else:
        text = (
            f"from {dotted} import {cls}\n\n\nclass Narrow({cls}):\n    def {name}(self, *args, **kwargs):\n"
        )
        text += f"        return super().{name}{call}\n"
    sides.append(new_path(sides, rng), text)
    return True


def use_unseen(sides: Sides, rng: random.Random, target: Target) -> None:
    """Calls a method on something of which nothing is said."""
    assert isinstance(target.node, ast.FunctionDef)
    call = f"({arguments(target.node, skip=1)})"
    sides.append(
        new_path(sides, rng),
        f"def handle_{rng.randrange(10**6)}(things):\n    return [each.{target.name}{call} for each in things]\n",
    )
