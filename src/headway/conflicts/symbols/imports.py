"""Which file an import names. For Python here; other languages by the rules of their entry in the table."""

from __future__ import annotations

from collections.abc import Iterator

from headway.conflicts.symbols.entities import ExternalValue, Missing, ModuleValue
from headway.conflicts.symbols.index import Binding, FileIndex
from headway.conflicts.symbols.program import Program

#: Directories beside which, or in which, a project's packages lie.
_SOURCES = ("", "src", "lib", "python")


class Importer:
    """Finds modules in one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._roots: dict[str, tuple[str, ...]] = {}
        self._absolute: dict[tuple[str, tuple[str, ...]], ModuleValue | None] = {}

    def module(self, path: str, index: FileIndex, binding: Binding) -> ModuleValue | ExternalValue | Missing:
        """The module that an import names."""
        words = tuple(binding.module.split(".")) if binding.module else ()
        if binding.level:
            directory = path
            for _ in range(binding.level):
                directory = directory.rpartition("/")[0]
            found = self._below(directory, words) if words else self._package(directory)
            return found or Missing(".".join(words) or directory, "module")
        found = self.absolute(path, words)
        if found is not None:
            return found
        return ExternalValue((*words, binding.member) if binding.member else words)

    def absolute(self, path: str, words: tuple[str, ...]) -> ModuleValue | None:
        """The module of a dotted name, seen from a file; None where it is not in the program."""
        directory = path.rpartition("/")[0]
        key = (directory, words)
        if key not in self._absolute:
            self._absolute[key] = next(
                (
                    found
                    for root in self._sources(directory)
                    if (found := self._below(root, words)) is not None
                ),
                None,
            )
        return self._absolute[key]

    def _sources(self, directory: str) -> tuple[str, ...]:
        """The directories in which a dotted name may begin, the nearest first.

        A directory that is a package itself is none: its modules are found through it, not beside each other.
        """
        known = self._roots.get(directory)
        if known is None:
            found: list[str] = []
            at = directory
            while True:
                if not self._program.has(_join(at, "__init__.py")):
                    found.extend(_join(at, source) if source else at for source in _SOURCES)
                if not at:
                    break
                at = at.rpartition("/")[0]
            known = self._roots[directory] = tuple(
                root for root in found if not root or self._program.has_directory(root)
            )
        return known

    def _below(self, root: str, words: tuple[str, ...]) -> ModuleValue | None:
        at = _join(root, "/".join(words))
        for path in (f"{at}.py", f"{at}.pyi"):
            if self._program.has(path):
                return ModuleValue(path)
        return self._package(at)

    def _package(self, directory: str) -> ModuleValue | None:
        init = _join(directory, "__init__.py")
        if self._program.has(init):
            return ModuleValue(init, directory)
        if directory and self._program.has_directory(directory) and self._has_python(directory):
            return ModuleValue(directory, directory)
        return None

    def _has_python(self, directory: str) -> bool:
        return any(path.endswith(".py") for path in self._program.files_in(directory))

    def submodule(self, module: ModuleValue, name: str) -> ModuleValue | None:
        """A module in a package."""
        return self._below(module.directory, (name,)) if module.directory is not None else None

    def members(self, module: ModuleValue) -> list[tuple[str, FileIndex]] | None:
        """The files that make a module's names; None where they cannot be read."""
        if module.path == module.directory:
            return []
        index = self._program.index(module.path)
        return [(module.path, index)] if index is not None else None

    def siblings(self, path: str, index: FileIndex) -> Iterator[tuple[str, FileIndex]]:
        """The other files that share a file's global names."""
        return iter(())


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory and name else directory or name
