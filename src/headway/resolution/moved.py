"""Where lines went that are not in their file any more: into others, which have more than they had. Pure."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from headway.conflicts.lines import split
from headway.resolution.blobs import Blob, Tree, blob, count, is_whole


class Moved:
    """Lines that a result has beyond what any side has at that path: where lines of other files may have gone."""

    def __init__(self, base: Tree, left: Tree, right: Tree, result: Tree) -> None:
        self._trees = base, left, right, result

    @cached_property
    def _surplus(self) -> dict[str, Counter[bytes]]:
        base, left, right, result = self._trees
        found = {}
        for path, value in result.items():
            new = blob(value)
            olds = [blob(tree.get(path)) for tree in (base, left, right)]
            if new is None or new in olds or is_whole(new):
                continue
            most: Counter[bytes] = Counter()
            for old in olds:
                if old is not None and not is_whole(old):
                    most |= count([line.strip() for line in split(old.content)])
            found[path] = count([line.strip() for line in split(new.content)]) - most
        return found

    @cached_property
    def _files(self) -> set[bytes]:
        """Files of the result that stand where no side has the same."""
        return {new.content for path, value in self._trees[3].items() if (new := blob(value)) is not None}

    def take(self, path: str, line: bytes) -> bool:
        """Whether a line stands in another file, beyond what that had anyway; each such place counts once."""
        for other, lines in self._surplus.items():
            if other != path and lines[line] > 0:
                lines[line] -= 1
                return True
        return False

    def has_file(self, file: Blob) -> bool:
        """Whether the same content stands somewhere in the result."""
        return file.content in self._files

    def has_most(self, file: Blob) -> bool:
        """Whether another file of the result has at least half of its lines."""
        lines = count([line.strip() for line in split(file.content)])
        total = sum(lines.values())
        for value in self._trees[3].values():
            new = blob(value)
            if new is not None and not is_whole(new):
                there = count([line.strip() for line in split(new.content)])
                if 2 * sum((lines & there).values()) >= total:
                    return True
        return False

    def is_known(self, file: Blob) -> bool:
        """Whether a side has the same content somewhere."""
        return any(
            (known := blob(value)) is not None and known.content == file.content
            for tree in self._trees[:3]
            for value in tree.values()
        )
