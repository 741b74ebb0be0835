"""Whether a file's bytes are what git would make a blob of: then no git has to be asked for it. Pure.

``git add`` changes bytes only by line endings, ``$Id$``, filters and encodings, and only where attributes or
``core.autocrlf`` say so. A file without a carriage return has no line ending to change, whatever ``text=auto`` says;
so nearly all are taken as they are. Not for: making the blob (:mod:`.taking`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SAYS_ENDINGS = re.compile(rb"text|crlf|eol|\[attr\]")
_SAYS_IDENT = re.compile(rb"ident|\[attr\]")
_SAYS_FILTER = re.compile(rb"filter|working-tree-encoding|\[attr\]")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What could stand between one file and its blob."""

    endings: bool = False
    ident: bool = False
    #: A filter or another encoding: only git can say what comes of it.
    other: bool = False

    def spares(self, part: bytes) -> bool:
        """Whether these bytes of the file stay as they are."""
        return not (self.other or (self.endings and b"\r" in part) or (self.ident and b"$Id" in part))


#: Bytes are taken as they are.
NONE = Conversion()


def conversion(path: str, attributes: Iterable[bytes], *, autocrlf: bool) -> Conversion:
    """What could be done to a path, by the contents of the attributes files that have a say."""
    endings, ident, other = autocrlf, False, False
    for content in attributes:
        endings = endings or _SAYS_ENDINGS.search(content) is not None
        ident = ident or _SAYS_IDENT.search(content) is not None
        if not other and _SAYS_FILTER.search(content):
            other = any(_concerns(line, path) for line in content.split(b"\n") if _SAYS_FILTER.search(line))
    return Conversion(endings, ident, other)


def has_say(content: bytes) -> bool:
    """Whether an attributes file could say anything of how bytes are taken."""
    return any(each.search(content) for each in (_SAYS_ENDINGS, _SAYS_IDENT, _SAYS_FILTER))


def _concerns(line: bytes, path: str) -> bool:
    """Whether a line could be about a path. Only patterns like ``*.bin`` and plain names are known not to be."""
    pattern = line.strip().partition(b" ")[0].partition(b"\t")[0].decode("utf-8", "surrogateescape")
    if not pattern or pattern.startswith("#"):
        return False
    name = path.rpartition("/")[2]
    if re.fullmatch(r"\*\.[A-Za-z0-9_.-]+", pattern):
        return name.lower().endswith(pattern[1:].lower())
    if re.fullmatch(r"[A-Za-z0-9_.-]+", pattern):
        return name.lower() == pattern.lower()
    return True
