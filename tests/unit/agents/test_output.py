"""Reading what agents print: every byte once, every gap told, wherever the writer stands."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.agents import records
from headway.agents.output import OutputReader, Position, tail
from headway.agents.segments import LEAST_CAP, SegmentWriter, head_size, tail_size
from headway.errors import AgentError
from tests.unit.agents.test_segments import printed, write

HEAD, TAIL = head_size(LEAST_CAP), tail_size(LEAST_CAP)

#: What happens to a stream: so many bytes are printed, or at most so many are read.
STEPS = st.lists(
    st.tuples(st.sampled_from(["print", "read"]), st.integers(min_value=1, max_value=LEAST_CAP)), max_size=40
)


def keep_cap(directory, cap=LEAST_CAP):
    records.write(str(directory / records.SPEC), {"log_cap": cap})


@given(STEPS)
def test_what_is_read_and_what_is_skipped_is_all_that_was_printed(tmp_path_factory, steps):
    directory = tmp_path_factory.mktemp("attempt")
    keep_cap(directory)
    everything = printed(sum(size for what, size in steps if what == "print"))
    writer, reader = SegmentWriter(str(directory), "out", LEAST_CAP), OutputReader(directory)
    written = got = 0
    for what, size in [*steps, *[("read", LEAST_CAP)] * 5]:
        if what == "print":
            writer.write(memoryview(everything)[written : written + size])
            written += size
        else:
            data = reader.read(size)
            start = got + reader.skipped
            assert data == everything[start : start + len(data)]
            got += len(data)
    writer.close()
    assert reader.read() == b""
    assert got + reader.skipped == len(everything)


@given(STEPS)
def test_a_reader_that_goes_on_from_a_kept_position_reads_the_rest(tmp_path_factory, steps):
    directory = tmp_path_factory.mktemp("attempt")
    keep_cap(directory)
    write(directory, [size for what, size in steps if what == "print"])
    one = OutputReader(directory)
    position, rest = Position(), b""
    for _ in range(200):
        other = OutputReader(directory, position=position)
        data = other.read(1000)
        assert data == one.read(1000)
        position = other.position
        rest += data
    assert one.read() == b""


def test_a_stream_that_is_not_there_yet_reads_as_nothing(tmp_path):
    assert OutputReader(tmp_path / "nowhere").read() == b""
    assert OutputReader(tmp_path).read() == b""
    assert tail(tmp_path / "nowhere", 5) == []
    assert tail(tmp_path, 5) == []


def test_the_two_streams_are_apart(tmp_path):
    (tmp_path / "out.000.log").write_bytes(b"1")
    (tmp_path / "err.000.log").write_bytes(b"2")
    assert (OutputReader(tmp_path, "out").read(), OutputReader(tmp_path, "err").read()) == (b"1", b"2")


def test_a_read_never_crosses_a_gap(tmp_path):
    keep_cap(tmp_path)
    write(tmp_path, [20 * LEAST_CAP])
    reader = OutputReader(tmp_path)
    assert reader.read(10 * LEAST_CAP) == printed(HEAD)
    assert reader.skipped == 0
    reader.read()
    assert reader.skipped > 0


def test_the_tail_tells_of_a_gap_that_it_crosses(tmp_path):
    keep_cap(tmp_path)
    writer = SegmentWriter(str(tmp_path), "out", LEAST_CAP)
    writer.write(memoryview(b"first\n" + b"x" * (HEAD - 6)))
    writer.write(memoryview(b"y" * (3 * TAIL)))
    writer.write(memoryview(b"\nlast\n"))
    writer.close()
    lines = tail(tmp_path, 100)
    assert lines[0] == "first"
    assert lines[-1] == "last"
    assert f"[{2 * TAIL} bytes of output were not kept]" in lines


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=10), max_size=30)


@given(LINES, st.booleans(), st.integers(min_value=0, max_value=40))
def test_the_tail_is_the_last_lines(tmp_path_factory, lines, is_ended, wanted):
    directory = tmp_path_factory.mktemp("attempt")
    text = "\n".join(lines) + ("\n" if is_ended and lines else "")
    (directory / "out.000.log").write_text(text, encoding="utf-8", newline="")
    expected = text.removesuffix("\n").split("\n") if text else []
    assert tail(directory, wanted) == (expected[-wanted:] if wanted else [])


def test_the_tail_of_long_lines_is_read_to_their_beginning(tmp_path):
    lines = [letter * 200_000 for letter in "abc"]
    (tmp_path / "out.000.log").write_text("\n".join(lines) + "\n")
    assert tail(tmp_path, 2) == lines[1:]


def test_what_cannot_be_decoded_is_shown_as_a_replacement(tmp_path):
    (tmp_path / "out.000.log").write_bytes(b"caf\xe9\n")
    assert tail(tmp_path, 1) == ["caf\ufffd"]


def test_a_pipe_that_was_planted_in_place_of_a_segment_holds_nobody(tmp_path):
    os.mkfifo(tmp_path / "out.000.log")
    with pytest.raises(AgentError, match=re.escape(str(tmp_path))):
        OutputReader(tmp_path).read()
    assert tail(tmp_path, 1) == []
