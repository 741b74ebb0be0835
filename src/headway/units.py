"""Durations and sizes as people write them. Not for: showing them.

Apart from :mod:`headway.config`, because that imports pydantic and who reads tickets needs none of it.
"""

from __future__ import annotations

import re

_DURATION_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE_UNITS = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZE_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "K": 2**10, "M": 2**20, "G": 2**30}

_DURATION = re.compile(r"([0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)\s*)+|[0-9]+(\.[0-9]+)?")
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d|)")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")


def parse_duration(value: str | float) -> float:
    """Seconds of ``90``, ``"90s"``, ``"1h30m"`` or ``"250ms"``. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("a duration is a number of seconds or a text such as 30m")
    if isinstance(value, int | float):
        seconds = float(min(value, 10**9))
    else:
        text = value.strip().lower()
        if not _DURATION.fullmatch(text):
            raise ValueError(f"{value!r} is not a duration: write 90, 90s, 30m or 1h30m")
        seconds = sum(float(number) * _DURATION_UNITS[unit] for number, unit in _DURATION_PART.findall(text))
    if not 0 < seconds < 366 * 86400:
        raise ValueError(f"{value!r} is not a duration between 0 and a year")
    return seconds


def parse_size(value: str | int) -> int:
    """Bytes of ``1048576``, ``"100MB"`` or ``"4GiB"``. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a size is a number of bytes or a text such as 4GiB")
    if isinstance(value, int):
        size = value
    else:
        found = _SIZE.fullmatch(value.strip())
        if not found or found[2].upper() not in _SIZE_UNITS:
            raise ValueError(f"{value!r} is not a size: write 1048576, 100MB or 4GiB")
        size = int(float(found[1]) * _SIZE_UNITS[found[2].upper()])
    if size <= 0:
        raise ValueError(f"{value!r} is not a size greater than 0")
    return size
