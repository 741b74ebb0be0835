"""The files of an attempt's directory: whole or not there, and nothing planted in their place does harm."""

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.agents import records

TEXT = st.text(
    st.characters(codec=None, categories=None)
)  # lone surrogates too: that is how odd file names look
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@given(JSON)
def test_what_is_encoded_is_json_and_is_decoded_to_the_same(value):
    text = records.encode(value)
    assert text.isascii()
    assert json.loads(text) == value
    assert records.decode(text) == value


@given(JSON)
def test_what_the_standard_library_writes_is_decoded_to_the_same(value):
    assert records.decode(json.dumps(value, indent=2)) == value


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, [math.nan]])
def test_a_figure_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="not written as JSON"):
        records.encode(value)


@pytest.mark.parametrize("value", [b"bytes", {1: 2}, object(), {"a": {1}}])
def test_what_json_has_no_word_for_is_refused(value):
    with pytest.raises(TypeError):
        records.encode(value)


@pytest.mark.parametrize("text", ["", "{", "{} {}", "nul", '{"a": }', "[" * 200_000])
def test_text_that_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        records.decode(text)


def test_a_file_that_is_not_there_reads_as_none(tmp_path):
    assert records.read(str(tmp_path / "claim.json")) is None


def test_what_is_written_is_read_back(tmp_path):
    path = str(tmp_path / "spec.json")
    records.write(path, {"argv": ["a", "\udcff"]})
    records.write(path, {"argv": ["b", "\udcff"]})
    assert records.read(path) == {"argv": ["b", "\udcff"]}


def _plant_pipe(path: Path) -> None:
    os.mkfifo(path)


def _plant_directory(path: Path) -> None:
    path.mkdir()


def _plant_endless_file(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _plant_huge_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(records.LARGEST + 1)


def _plant_undecodable(path: Path) -> None:
    path.write_bytes(b'{"reason": "\xff"}')


@pytest.mark.parametrize(
    "plant", [_plant_pipe, _plant_directory, _plant_endless_file, _plant_huge_file, _plant_undecodable]
)
def test_what_was_planted_in_place_of_a_file_is_a_value_error_and_holds_nobody(tmp_path, plant):
    plant(tmp_path / "stop")
    with pytest.raises(ValueError):
        records.read(str(tmp_path / "stop"))


def test_the_first_to_create_a_file_wins_and_leaves_no_other(tmp_path):
    path = str(tmp_path / "claim.json")
    assert records.create(path, {"pid": 1}) is True
    assert records.create(path, {"pid": 2}) is False
    assert records.read(path) == {"pid": 1}
    assert names(tmp_path) == ["claim.json"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = str(tmp_path / "spec.json")
    records.write(path, {"a": 1})
    with pytest.raises(TypeError):
        records.write(path, {"a": object()})
    assert records.read(path) == {"a": 1}
    assert names(tmp_path) == ["spec.json"]


def test_the_end_is_written_into_the_reserve(tmp_path):
    records.reserve(str(tmp_path))
    held = (tmp_path / records.RESERVE).stat()
    records.finish(str(tmp_path), {"how": "exited"})
    end = (tmp_path / records.EXIT).stat()
    assert (end.st_ino, end.st_size) == (held.st_ino, records.RESERVE_SIZE)
    assert records.read(str(tmp_path / records.EXIT)) == {"how": "exited"}
    assert names(tmp_path) == [records.EXIT]


def test_the_end_is_written_without_a_reserve(tmp_path):
    records.finish(str(tmp_path), {"how": "exited"})
    assert records.read(str(tmp_path / records.EXIT)) == {"how": "exited"}


@pytest.mark.parametrize("name", [records.RESERVE, records.EXIT])
@pytest.mark.parametrize("plant", [_plant_pipe, _plant_directory, _plant_endless_file])
def test_the_end_is_written_whatever_lies_in_its_place(tmp_path, name, plant):
    plant(tmp_path / name)
    records.finish(str(tmp_path), {"how": "exited"})
    assert records.read(str(tmp_path / records.EXIT)) == {"how": "exited"}


def test_a_link_in_place_of_the_reserve_leads_nothing_elsewhere(tmp_path):
    treasure = tmp_path / "treasure"
    treasure.write_text("gold")
    (tmp_path / records.RESERVE).symlink_to(treasure)
    records.finish(str(tmp_path), {"how": "exited"})
    assert treasure.read_text() == "gold"


@given(TEXT.map(lambda text: text * 50), st.integers(min_value=20, max_value=500))
def test_a_long_message_keeps_its_beginning_and_its_end(message, most):
    short = records.shorten(message, most)
    assert len(short) <= most
    assert short[:5] == message[:5]
    assert short[-5:] == message[-5:]


def test_the_longest_end_fits_the_reserve():
    end = {
        "status": -64,
        "how": "unstartable",
        "seconds": 1e-320,
        "cpu_seconds": 123456789.123456,
        "peak_memory": 2**63,
        "swept": 32768,
        "message": records.shorten("\U0001f4a3" * 1000),
        "ended_at": 1795567912.6417031,
        "output": {stream: {"bytes": 2**63, "dropped": 2**63} for stream in ("out", "err")},
    }
    assert len(records.encode(end)) < records.RESERVE_SIZE
