"""What others wrote is shown, never obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.cli.text import (
    amount,
    columns,
    count,
    duration,
    fit,
    pieces,
    safe,
    shorten,
    size,
    width,
    wrapped,
)

ANY_TEXT = st.text(st.characters(), max_size=200)


@given(ANY_TEXT)
def test_nothing_invisible_gets_through(text: str) -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not [char for char in safe(text) if unicodedata.category(char) in hidden]


@given(ANY_TEXT)
def test_with_lines_only_line_breaks_and_tabs_stay(text: str) -> None:
    controls = {char for char in safe(text, lines=True) if unicodedata.category(char) == "Cc"}
    assert controls <= {"\n", "\t"}


@given(ANY_TEXT)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    once = safe(text)
    assert safe(once) == once


@given(ANY_TEXT)
def test_every_safe_text_can_be_written(text: str) -> None:
    safe(text).encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\x00b", "a\\x00b"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("\x9b31m", "\\x9b31m"),
        ("two\nlines", "two lines"),
        ("Größe [bold]", "Größe [bold]"),
        ("日本語", "日本語"),
    ],
)
def test_hostile_text_is_spelt_out(raw: str, shown: str) -> None:
    assert safe(raw) == shown


def test_accents_do_not_pile_up_over_other_lines() -> None:
    assert safe("e" + "\u0301" * 500) == "e" + "\u0301" * 3


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0.0s"),
        (0.04, "0.0s"),
        (9.9, "9.9s"),
        (42, "42s"),
        (59.6, "1m00s"),
        (725, "12m05s"),
        (11220, "3h07m"),
    ],
)
def test_durations_are_short(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@given(st.floats(0, 10**8))
def test_a_duration_takes_at_most_eight_columns(seconds: float) -> None:
    assert len(duration(seconds)) <= 8


@pytest.mark.parametrize(
    ("bytes_", "shown"), [(0, "0 B"), (812, "812 B"), (3565158, "3.4 MiB"), (2**34, "16 GiB")]
)
def test_sizes_are_short(bytes_: int, shown: str) -> None:
    assert size(bytes_) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (999, "999"), (1000, "1.0k"), (12_345_678, "12M")])
def test_amounts_are_short(number: int, shown: str) -> None:
    assert amount(number) == shown


def test_one_is_singular() -> None:
    assert (count(1, "ticket"), count(2, "ticket"), count(0, "ticket")) == (
        "1 ticket",
        "2 tickets",
        "0 tickets",
    )


@given(ANY_TEXT, st.integers(1, 50))
def test_a_shortened_text_fits(text: str, most: int) -> None:
    assert len(shorten(text, most)) <= most


@given(st.text("a日é ", max_size=40), st.integers(1, 30), st.booleans())
def test_a_cell_takes_exactly_its_columns(text: str, columns_: int, right: bool) -> None:
    assert width(fit(text, columns_, right=right)) == columns_


def test_columns_stand_below_each_other_whatever_their_script() -> None:
    lines = columns([["日本", "x"], ["a", "y"]])
    assert [width(line[: line.index(mark)]) for line, mark in zip(lines, "xy", strict=True)] == [6, 6]


@given(st.text("ab é日\u0301", max_size=60), st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_no_word(text: str, columns_: int) -> None:
    lines = wrapped(text, columns_)
    assert all(width(line) <= columns_ for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(ANY_TEXT, st.integers(2, 20))
def test_pieces_fit_and_are_the_text(text: str, columns_: int) -> None:
    text = safe(text)
    assert all(width(piece) <= columns_ for piece in pieces(text, columns_))
    assert "".join(pieces(text, columns_)) == text


def test_lines_are_cut_between_words() -> None:
    assert wrapped("one two  three", 7) == ["one two", "three"]
    assert wrapped("unbreakable", 5) == ["unbre", "akabl", "e"]
    assert wrapped("", 5) == [""]
