"""Indices of file versions, kept by what the files hold: a save costs the one file that changed."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from hashlib import blake2b

from headway.conflicts.symbols.index import FileIndex
from headway.conflicts.symbols.languages import language_of
from headway.conflicts.symbols.python_index import index_python
from headway.conflicts.symbols.python_repair import repair
from headway.conflicts.symbols.tree_index import index_tree

#: Files larger than this are made by machines; nobody waits seconds for them.
LARGEST = 400_000


class IndexCache:
    """The newest indices, by content. Not for several threads at once."""

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[str, bytes], FileIndex | None] = OrderedDict()
        self.made = 0

    def index(self, path: str, content: bytes) -> FileIndex | None:
        """What a file says; None where its language is not known, or nothing can be made of it."""
        language = language_of(path)
        if language is None or len(content) > LARGEST:
            return None
        key = (language, blake2b(content, digest_size=16).digest())
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = read_index(language, content)
        self.made += 1
        self._kept[key] = made
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return made


def read_index(language: str, content: bytes) -> FileIndex | None:
    """The index of one file's content; None where nothing can be made of it, or the grammar is missing."""
    if b"\0" in content:
        return None
    text = content.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if language != "python":
        return index_tree(language, text)
    # Form feeds and the like end a line for str.splitlines, not for the parser: one kind of line for both.
    text = text.translate(_NO_LINE_ENDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the user's code are not ours to tell
            return index_python(text)
    except SyntaxError:
        pass
    except (ValueError, RecursionError, MemoryError):
        return None
    mended = repair(text)
    if mended is None:
        return None
    try:
        index = index_python(*mended)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    index.text = text  # what was left out is still what the file says
    return index


_NO_LINE_ENDS = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
