"""An agent's output as files: the head, the last of the tail, and never more than the cap."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.agents.segments import (
    LEAST_CAP,
    SegmentWriter,
    head_size,
    segment_name,
    segment_numbers,
    tail_size,
)

SIZES = st.lists(st.integers(min_value=0, max_value=3 * LEAST_CAP), max_size=12)


_EVERYTHING = b"".join(i.to_bytes(4, "big") for i in range(1 << 18))


def printed(size: int) -> bytes:
    """Up to 1 MiB of which every four bytes that begin at a multiple of four are found at one place only."""
    return _EVERYTHING[:size]


def write(directory: Path, sizes: list[int], cap: int = LEAST_CAP) -> SegmentWriter:
    writer = SegmentWriter(str(directory), "out", cap)
    data = memoryview(printed(sum(sizes)))
    for size in sizes:
        writer.write(data[:size])
        data = data[size:]
    writer.close()
    return writer


def kept(directory: Path) -> list[bytes]:
    return [
        (directory / segment_name("out", number)).read_bytes()
        for number in segment_numbers(str(directory), "out")
    ]


@given(SIZES)
def test_head_and_tail_are_kept_and_no_more_than_the_cap(tmp_path_factory, sizes):
    directory = tmp_path_factory.mktemp("attempt")
    writer = write(directory, sizes)
    everything, segments = printed(sum(sizes)), kept(directory)
    assert sum(map(len, segments)) <= LEAST_CAP
    assert everything.startswith(segments[0])
    assert everything.endswith(b"".join(segments[1:]) or segments[0])
    assert len(segments[0]) == min(len(everything), head_size(LEAST_CAP))
    assert (writer.bytes, writer.dropped) == (len(everything), len(everything) - sum(map(len, segments)))
    assert writer.trouble == ""


@given(st.integers(min_value=LEAST_CAP, max_value=50 * LEAST_CAP))
def test_a_flood_keeps_at_least_the_last_quarter_of_the_cap(tmp_path_factory, size):
    directory = tmp_path_factory.mktemp("attempt")
    write(directory, [size])
    assert b"".join(kept(directory)).endswith(printed(size)[-tail_size(LEAST_CAP) :])


def test_a_reader_finds_the_first_segment_before_anything_is_printed(tmp_path):
    write(tmp_path, [])
    assert kept(tmp_path) == [b""]


def test_a_cap_that_is_too_small_is_taken_as_the_least(tmp_path):
    write(tmp_path, [2 * LEAST_CAP], cap=1)
    assert head_size(LEAST_CAP) < sum(map(len, kept(tmp_path))) <= LEAST_CAP


def test_numbers_beyond_three_digits_are_in_order(tmp_path):
    for number in (0, 999, 1000, 7):
        (tmp_path / segment_name("out", number)).touch()
    (tmp_path / "err.005.log").touch()
    (tmp_path / "out.txt").touch()
    assert segment_numbers(str(tmp_path), "out") == [0, 7, 999, 1000]


@pytest.mark.parametrize("plant", ["link", "pipe", "directory"])
def test_what_the_agent_planted_in_place_of_a_segment_costs_output_and_nothing_else(tmp_path, plant):
    in_the_way, treasure = tmp_path / segment_name("out", 1), tmp_path / "treasure"
    treasure.write_text("gold")
    match plant:
        case "link":
            in_the_way.symlink_to(treasure)
        case "pipe":
            os.mkfifo(in_the_way)
        case "directory":
            in_the_way.mkdir()
    writer = write(tmp_path, [head_size(LEAST_CAP), 100, 100])
    assert treasure.read_text() == "gold"
    assert (writer.bytes, writer.dropped) == (head_size(LEAST_CAP) + 200, 200)
    assert str(in_the_way) in writer.trouble
