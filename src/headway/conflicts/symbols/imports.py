"""Which file an import names, by the three ways that languages have: dotted names, paths, paths of packages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from headway.conflicts.symbols.entities import ExternalValue, Missing, ModuleValue
from headway.conflicts.symbols.index import Binding, FileIndex
from headway.conflicts.symbols.languages import LANGUAGES, extensions_of, shares_names
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
        way = LANGUAGES[index.language].imports
        if way == "path":
            return self._by_path(path, binding)
        if way == "go":
            return self._go_package(path, binding) or ExternalValue((binding.module,))
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

    def _by_path(self, path: str, binding: Binding) -> ModuleValue | ExternalValue | Missing:
        """``./store`` from a file: with an extension of the language, or the index of a directory."""
        module = binding.module
        if not module.startswith("."):
            return ExternalValue((module, binding.member) if binding.member else (module,))
        at = posixpath.normpath(posixpath.join(path.rpartition("/")[0], module))
        extensions = extensions_of("path")
        stem, _, extension = at.rpartition(".")
        candidates = [at, *(f"{at}.{each}" for each in extensions)]
        if extension in ("js", "mjs", "cjs", "jsx"):  # TypeScript names what its files become
            candidates += [f"{stem}.{each}" for each in extensions]
        candidates += [f"{at}/index.{each}" for each in extensions]
        found = next((each for each in candidates if self._program.has(each)), None)
        return ModuleValue(found) if found is not None else Missing(module, "module")

    def _go_package(self, path: str, binding: Binding) -> ModuleValue | None:
        """The directory of a package of the same Go module."""
        directory = path
        while directory:
            directory = directory.rpartition("/")[0]
            manifest = self._program.text(_join(directory, "go.mod"))
            if manifest is None:
                continue
            match = re.search(rb"^module\s+(\S+)", manifest, re.MULTILINE)
            name = match[1].decode("utf-8", "replace") if match is not None else ""
            if name and (binding.module == name or binding.module.startswith(f"{name}/")):
                inside = _join(directory, binding.module[len(name) + 1 :])
                return ModuleValue(inside) if self._go_files(inside) else None
            return None
        return None

    def _go_files(self, directory: str) -> list[str]:
        return [path for path in self._program.files_in(directory) if path.endswith(".go")]

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
        if not self._program.has(module.path):
            files = [path for path in self._go_files(module.path) if not path.endswith("_test.go")]
            indices = [(path, self._program.index(path)) for path in files]
            return [(path, index) for path, index in indices if index is not None] or None
        index = self._program.index(module.path)
        return [(module.path, index)] if index is not None else None

    def siblings(self, path: str, index: FileIndex) -> Iterator[tuple[str, FileIndex]]:
        """The other files that share a file's global names."""
        if not shares_names(index.language):
            return
        for other_path in self._go_files(path.rpartition("/")[0]):
            other = self._program.index(other_path) if other_path != path else None
            if other is not None and other.package == index.package:
                yield other_path, other


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory and name else directory or name
