"""Durations and sizes as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.units import parse_duration, parse_size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90", 90),
        (90, 90),
        (0.5, 0.5),
        ("90s", 90),
        ("250ms", 0.25),
        ("1h30m", 5400),
        (" 1H 30M ", 5400),
        ("1.5d", 129600),
    ],
)
def test_a_duration_is_seconds(written: str | float, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "s",
        "soon",
        "1w",
        "-1s",
        "1h30",
        "0",
        0,
        -1,
        True,
        math.nan,
        math.inf,
        10**400,
        "9" * 500,
        "366d",
        "٣s",
    ],
)
def test_what_is_no_duration_is_refused(written: str | float) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(written)


@pytest.mark.parametrize(
    ("written", "size"),
    [(5, 5), ("5", 5), ("5B", 5), ("1KB", 1000), ("4GiB", 4 * 2**30), ("1.5 kib", 1536), ("2m", 2**21)],
)
def test_a_size_is_bytes(written: str | int, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize("written", ["", "x", "5XB", "-5", 0, -1, True, 1.5, "0"])
def test_what_is_no_size_is_refused(written: str | int) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(written)


@given(st.text(max_size=12))
def test_no_text_is_worse_than_refused(text: str) -> None:
    for parse in (parse_duration, parse_size):
        try:
            assert parse(text) > 0
        except ValueError:
            continue
