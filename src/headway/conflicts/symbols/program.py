"""One version of the whole program: the base with a side's changes, or the merge. Files are read when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headway.conflicts.symbols.cache import IndexCache
from headway.conflicts.symbols.index import FileIndex
from headway.conflicts.symbols.nouns import BaseTree


class Program:
    """A base and what is different from it."""

    def __init__(
        self, base: BaseTree, overlay: Mapping[str, bytes | FileIndex | None], cache: IndexCache
    ) -> None:
        self._base = base
        self._overlay = overlay
        self._cache = cache
        self._indices: dict[str, FileIndex | None] = {}
        self._listed: dict[str, tuple[str, ...]] = {}
        self._added = _directories(path for path, content in overlay.items() if content is not None)
        self._removed = {path for path, content in overlay.items() if content is None}
        self._removed_in = _directories(self._removed)

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        if path in self._overlay:
            return self._overlay[path] is not None
        return path in self._base.files

    def has_directory(self, path: str) -> bool:
        """Whether there is a file below this directory."""
        if path in self._added:
            return True
        if path not in self._base.directories:
            return False
        if path not in self._removed_in:
            return True
        inside = f"{path}/" if path else ""
        return any(each.startswith(inside) and each not in self._removed for each in self._base.files)

    def files_in(self, directory: str) -> tuple[str, ...]:
        """The files right in a directory, sorted."""
        known = self._listed.get(directory)
        if known is None:
            found = {p for p in self._base.by_directory.get(directory, ()) if self.has(p)}
            found |= {
                p for p, c in self._overlay.items() if c is not None and p.rpartition("/")[0] == directory
            }
            known = self._listed[directory] = tuple(sorted(found))
        return known

    def ending_with(self, suffix: str) -> Iterator[str]:
        """The files whose path is ``suffix`` or ends with ``/suffix``."""
        name = suffix.rpartition("/")[2]
        added = (p for p, c in self._overlay.items() if c is not None and p not in self._base.files)
        for path in (*self._base.by_name.get(name, ()), *added):
            if (path == suffix or path.endswith(f"/{suffix}")) and self.has(path):
                yield path

    def index(self, path: str) -> FileIndex | None:
        """What a file says; None where there is none, or none that can be read as a program."""
        if path in self._indices:
            return self._indices[path]
        content = self._overlay[path] if path in self._overlay else self._base_content(path)
        found = content if isinstance(content, FileIndex) else None
        if isinstance(content, bytes):
            found = self._cache.index(path, content)
        self._indices[path] = found
        return found

    def text(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none, or where it is in conflict."""
        content = self._overlay[path] if path in self._overlay else self._base_content(path)
        return content if isinstance(content, bytes) else None

    def _base_content(self, path: str) -> bytes | None:
        return self._base.read(path) if path in self._base.files else None


def _directories(paths: Iterator[str] | set[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        directory = path.rpartition("/")[0]
        while directory not in found:
            found.add(directory)
            directory = directory.rpartition("/")[0]
    return found
