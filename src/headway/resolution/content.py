"""What data holds, apart from how it is laid out. Pure."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from headway.conflicts.lines import split


def reader(path: str) -> Callable[[bytes], Counter[Any]] | None:
    """What counts the leaves of a file of this name; None where it is not known as data. It raises ValueError."""
    name = path.rpartition("/")[2].lower()
    if name.endswith(".json"):
        return lambda text: Counter(_leaves(json.loads(text)))
    if name.endswith((".toml", ".lock")):

        def read(text: bytes) -> Counter[Any]:
            found: Counter[Any] = Counter(_leaves(tomllib.loads(text.decode("utf-8"))))
            # Content has no comments, and people's are work too.
            found.update(("#", line) for line in map(bytes.strip, split(text)) if line.startswith(b"#"))
            return found

        return read
    return None


def _leaves(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        if not value:
            yield at, "{}"
        for key, inner in value.items():
            yield from _leaves(inner, (*at, str(key)))
    elif isinstance(value, list):
        for inner in value:
            name = inner.get("name") if isinstance(inner, Mapping) else None
            if isinstance(name, str):
                yield from _leaves(inner, (*at, f"[{name}]"))
            else:
                yield (*at, "[]"), repr(inner)
    else:
        yield at, repr(value)
