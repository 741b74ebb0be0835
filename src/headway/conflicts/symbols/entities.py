"""What a chain can lead to. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from headway.conflicts.symbols.index import Binding, FileIndex


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module, or a package or namespace: ``path`` is its file, or its directory where it has none."""

    path: str
    #: The directory in which its submodules lie; empty for none.
    directory: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ClassValue:
    """A class of the program."""

    path: str
    index: FileIndex
    binding: Binding

    @property
    def identity(self) -> tuple[str, tuple[str, ...]]:
        """What names it."""
        return self.path, self.index.scopes[self.binding.scope].qualname


@dataclass(frozen=True, slots=True, eq=False)
class FunctionValue:
    """A function of the program; several bindings where it is written more than once (overloads, branches)."""

    path: str
    index: FileIndex
    bindings: tuple[Binding, ...]
    #: The class that it was found through, if any.
    owner: ClassValue | None = None
    #: Whether the first parameter is given by what it was found on.
    is_bound: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class InstanceValue:
    """An object of a class."""

    cls: ClassValue


@dataclass(frozen=True, slots=True, eq=False)
class SuperValue:
    """``super()`` in a class."""

    cls: ClassValue


@dataclass(frozen=True, slots=True)
class DottedValue:
    """The first words of a dotted name, seen from a file."""

    words: tuple[str, ...]
    seen_from: str


@dataclass(frozen=True, slots=True)
class ExternalValue:
    """Something outside the program, as far as can be seen."""

    dotted: tuple[str, ...]


Value = (
    ModuleValue | ClassValue | FunctionValue | InstanceValue | SuperValue | DottedValue | ExternalValue | None
)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A name that something makes."""

    path: str
    index: FileIndex | None
    #: Qualified name of what holds it (class, function), without its own.
    holder: tuple[str, ...]
    bindings: tuple[Binding, ...]
    #: What it leads to; None where that is not known.
    value: Value = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that nothing makes."""

    name: str
    #: "name", "member" (of a module), "attribute" (of a class or instance), "module", "super" or "fixture".
    what: str
    #: Whether it can be nowhere else; False where a class inherits from one outside.
    is_sure: bool = True
    #: Whether only data can be there after all, no method: something sets attributes by names that are not seen.
    only_data: bool = False
    #: The module that does not have it, of a member.
    path: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be said."""

    #: Where it leads outside the program: what is there.
    value: ExternalValue | None = None


Step = Found | Missing | Unknown
UNKNOWN = Unknown()
