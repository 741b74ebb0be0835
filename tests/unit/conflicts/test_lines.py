"""How far changes reach, and merging those that are apart. That it is git's verdict: tests/integration/conflicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.lines import Undecided, merge, reach, split

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"}\n", b"1\n", b"2\n", b"3\n"]), max_size=25)


@given(LINES, LINES)
def test_what_one_side_alone_changed_is_the_merge(base: list[bytes], side: list[bytes]) -> None:
    assert merge(base, reach(base, side), None) == side
    assert merge(base, None, reach(base, side)) == side


@given(LINES)
def test_equal_texts_reach_nowhere(lines: list[bytes]) -> None:
    assert reach(lines, lines) is None


@given(LINES, LINES, LINES)
def test_a_merge_is_the_same_from_both_sides(
    base: list[bytes], left: list[bytes], right: list[bytes]
) -> None:
    found = []
    for one, two in ((left, right), (right, left)):
        try:
            found.append(merge(base, reach(base, one), reach(base, two)))
        except Undecided:
            found.append(None)
    assert found[0] == found[1]


@given(st.binary())
def test_lines_are_the_whole_text(content: bytes) -> None:
    assert b"".join(split(content)) == content


def test_edits_with_an_untouched_line_between_merge_and_those_next_to_each_other_are_gits() -> None:
    base = split(b"1\n2\n3\n4\n")
    left, near, far = split(b"x\n2\n3\n4\n"), split(b"1\ny\n3\n4\n"), split(b"1\n2\ny\n4\n")
    assert merge(base, reach(base, left), reach(base, far)) == split(b"x\n2\ny\n4\n")
    with pytest.raises(Undecided):
        merge(base, reach(base, left), reach(base, near))


def test_a_change_reaches_over_equal_lines_that_it_could_be_said_to_have_changed() -> None:
    base = split(b"top\n\n\n\nend\n")
    longer = split(b"top\n\n\n\n\nend\n")
    found = reach(base, longer)
    assert found is not None
    assert (found.start, found.end) == (1, 4)
