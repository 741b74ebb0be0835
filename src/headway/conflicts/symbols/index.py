"""What one file says: its scopes, what they bind, what they use, and facts such as routes and flags. No I/O.

The same for every language; :mod:`.python_index` and :mod:`.tree_index` fill it. These are not frozen: a file
of a thousand lines makes some thousands of them, and freezing triples what that costs. Nobody changes them after
the file has been read.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Any

#: A way from a name to a value: ``a.b(1).c[0]`` is ``("a", "b", "()", "c", "[]")``. The first part is empty where
#: it begins with something that has no name, and one of the roots below where it begins with something special.
Chain = tuple[str, ...]

CALLED = "()"
INDEXED = "[]"
#: Root of a chain that a ``super()`` call begins.
SUPER = "<super>"
#: Root of a chain that a dotted name in a string makes: ``mock.patch("pkg.module.name")``.
DOTTED = "<dotted>"
#: Root of a chain of one fixture's name: a parameter of a test.
FIXTURE = "<fixture>"


class BindingKind(Enum):
    """What makes a name."""

    FUNCTION = auto()
    CLASS = auto()
    VARIABLE = auto()
    IMPORT = auto()
    PARAMETER = auto()


@dataclass(slots=True)
class Signature:
    """What a call must look like."""

    #: Names of the parameters that a position can fill, ``self`` included.
    positional: tuple[str, ...] = ()
    #: How many of these cannot be given by name.
    positional_only: int = 0
    #: How many of these must be given.
    required: int = 0
    #: ``*args``.
    star: bool = False
    keyword_only: tuple[str, ...] = ()
    required_keywords: tuple[str, ...] = ()
    #: ``**kwargs``.
    double_star: bool = False


@dataclass(slots=True)
class Shape:
    """What a call looks like."""

    positional: int
    keywords: tuple[str, ...] = ()
    #: ``*args`` among the arguments.
    star: bool = False
    #: ``**kwargs`` among them.
    double_star: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """For comparing."""
        return (self.positional, self.keywords, self.star, self.double_star)


@dataclass(slots=True)
class Binding:
    """One place that makes a name."""

    name: str
    kind: BindingKind
    line: int
    end_line: int
    #: The alternatives it lies in (``if``, ``else``, ``except``), outermost first: two that differ exclude each other.
    branch: tuple[int, ...] = ()
    #: A variable's value, a parameter's or variable's type, a function's declared result; None where none is known.
    chain: Chain | None = None
    #: Whether ``chain`` is a type (its instances are meant) and not the value itself.
    is_type: bool = False
    #: Of functions.
    signature: Signature | None = None
    decorators: tuple[Chain, ...] = ()
    is_async: bool = False
    is_abstract: bool = False
    #: Whether it only says that somebody else has to do it.
    is_stub: bool = False
    #: Of classes: what it inherits from.
    bases: tuple[Chain, ...] = ()
    #: Of functions and classes: index of the scope that they open; -1 for none.
    scope: int = -1
    #: Of imports: module as written, how many dots before it, and the name in it; None for the module itself.
    module: str = ""
    level: int = 0
    member: str | None = None
    #: Of imports ``import a.b.c`` (which bind ``a``): the whole dotted name.
    whole: str = ""
    #: Whether other files can have it, where a language says so.
    is_exported: bool = True
    #: Of variables: the keywords of the call that makes the value (``field(default=1)``).
    keywords: tuple[str, ...] = ()


@dataclass(slots=True)
class Scope:
    """A module, class or function, or one of the nameless scopes in them."""

    #: "module", "class", "function" or "block" (lambdas, comprehensions: they have no name of their own).
    kind: str
    #: Names of the scopes around it and its own; a nameless one has that of the scope around it.
    qualname: tuple[str, ...]
    parent: int
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    #: Of classes: what methods assign to ``self``.
    attributes: dict[str, list[Binding]] = field(default_factory=dict)
    #: Names declared global or nonlocal here.
    elsewhere: set[str] = field(default_factory=set)
    #: Of methods: the name of the instance (``self``) or class (``cls``) parameter; empty for none.
    receiver: str = ""
    #: Whether names may come to be in ways that are not seen (``exec``, ``import *``, ``__getattr__``).
    is_dynamic: bool = False
    #: Whether ``setattr(self, …)`` may make attributes of its instances.
    sets_anything: bool = False
    #: Modules of ``from x import *``.
    stars: list[Binding] = field(default_factory=list)
    binding: Binding | None = None


@dataclass(slots=True)
class Use:
    """A chain that is used somewhere, with the calls in it."""

    chain: Chain
    scope: int
    #: Lines of its occurrences.
    lines: list[int]
    #: (place of the ``()`` in the chain, what the call looks like).
    calls: tuple[tuple[int, Shape], ...] = ()
    #: "await", "alone" (a statement of its own, the value is dropped), "passed" (an argument),
    #: "import" (the name is only made), or empty.
    how: str = ""


class FactKind(Enum):
    """What a fact is about."""

    ROUTE = auto()
    ENDPOINT = auto()
    FLAG = auto()
    PORT = auto()
    REVISION = auto()


@dataclass(slots=True)
class Fact:
    """Something that a file claims for itself and that only one can have."""

    kind: FactKind
    #: What is claimed: ``/users/{}``, ``--port``, ``8080``.
    key: str
    #: Who hands it out: the chain of the app, router or parser; empty for the whole project.
    owner: Chain
    #: Index of the scope it stands in.
    scope: int
    line: int
    #: Kind by kind: methods of a route, name of a port's setting, revision ids.
    detail: tuple[str, ...] = ()
    #: How a person would write it.
    label: str = ""


@dataclass
class FileIndex:
    """What one version of one file says."""

    language: str
    text: str
    scopes: list[Scope]
    uses: list[Use]
    facts: list[Fact] = field(default_factory=list)
    #: ``__all__``, where it is a plain list.
    exported: tuple[str, ...] | None = None
    #: Of languages that say what a module offers (JavaScript): name for others → bindings. None: every name.
    exports: dict[str, list[Binding]] | None = None
    #: Lines that could not be read and were left out: what stands there is not known.
    gaps: frozenset[int] = frozenset()
    #: Package name, where a language has them (Go).
    package: str = ""
    #: What was found out by comparing it with others, by who asked and whom it was compared with. Every pair of
    #: worktrees asks the same of the same two versions.
    compared: dict[tuple[str, int], tuple[weakref.ref[FileIndex] | None, Any]] = field(
        default_factory=dict, repr=False
    )

    @property
    def is_whole(self) -> bool:
        """Whether all of it could be read."""
        return not self.gaps

    @cached_property
    def lines(self) -> list[str]:
        """Its lines without their ends."""
        return self.text.splitlines()

    @cached_property
    def gap_words(self) -> frozenset[str]:
        """The words of what could not be read: any of them may be defined or used there."""
        import re

        lines = self.lines
        text = "\n".join(lines[n - 1] for n in self.gaps if 0 < n <= len(lines))
        return frozenset(re.findall(r"\w+", text))

    @cached_property
    def by_qualname(self) -> dict[tuple[str, ...], list[int]]:
        """Indices of the named scopes of each qualified name."""
        found: dict[tuple[str, ...], list[int]] = {}
        for number, scope in enumerate(self.scopes):
            if scope.kind != "block":
                found.setdefault(scope.qualname, []).append(number)
        return found

    @cached_property
    def use_table(self) -> dict[tuple[object, ...], Use]:
        """The uses by what they say and the named scope they stand in."""
        found: dict[tuple[object, ...], Use] = {}
        for use in self.uses:
            key = self.key_of(use)
            known = found.get(key)
            if known is None:
                found[key] = use
            else:  # two nameless scopes of one function say the same
                known.lines.extend(use.lines)
        return found

    def key_of(self, use: Use) -> tuple[object, ...]:
        """What stays the same of a use when the lines around it change."""
        return (
            self.scopes[use.scope].qualname,
            use.chain,
            tuple((place, shape.key) for place, shape in use.calls),
            use.how,
        )

    def definitions(self) -> Iterator[tuple[Scope, Binding]]:
        """Every binding of every named scope, with that scope; attributes of instances with their class."""
        for scope in self.scopes:
            if scope.kind == "block":
                continue
            for bindings in scope.bindings.values():
                for binding in bindings:
                    yield scope, binding
            for bindings in scope.attributes.values():
                for binding in bindings:
                    yield scope, binding

    def statement(self, binding: Binding) -> tuple[str, ...]:
        """The lines of a definition, stripped, without the empty ones: two that say the same are equal."""
        taken = self.lines[binding.line - 1 : binding.end_line]
        return tuple(line for each in taken if (line := each.strip()))

    def body(self, binding: Binding) -> list[str]:
        """The lines of a definition but its first, stripped, without the empty ones."""
        taken = self.lines[binding.line : binding.end_line]
        return [line for each in taken if (line := each.strip())]
