"""Comparing and merging lines: what holds for any texts. That it is git's verdict: tests/integration/conflicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts import textmerge
from headway.conflicts.histogram import Undecided, hunks, split

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"}\n", b"1\n", b"2\n", b"3\n"]), max_size=25)


@given(LINES, LINES)
def test_hunks_lead_from_one_text_to_the_other(old: list[bytes], new: list[bytes]) -> None:
    made: list[bytes] = []
    at = 0
    for hunk in hunks(old, new):
        made += old[at : hunk.start] + new[hunk.new_start : hunk.new_start + hunk.new_count]
        at = hunk.start + hunk.count
    assert made + old[at:] == new


@given(LINES)
def test_equal_texts_have_no_hunks(lines: list[bytes]) -> None:
    assert hunks(lines, lines) == ()


@given(LINES, LINES, LINES)
def test_a_merge_is_the_same_from_both_sides(
    base: list[bytes], left: list[bytes], right: list[bytes]
) -> None:
    ours, theirs = hunks(base, left), hunks(base, right)
    assert textmerge.merge(left, ours, right, theirs) == textmerge.merge(right, theirs, left, ours)


@given(LINES, LINES)
def test_what_one_side_alone_changed_is_the_merge(base: list[bytes], changed: list[bytes]) -> None:
    assert textmerge.merge(base, (), changed, hunks(base, changed)) == changed
    both = hunks(base, changed)
    assert textmerge.merge(changed, both, changed, both) == changed


@given(st.binary())
def test_lines_are_the_whole_text(content: bytes) -> None:
    assert b"".join(split(content)) == content


def test_edits_next_to_each_other_conflict_and_those_with_a_line_between_do_not() -> None:
    base = split(b"1\n2\n3\n4\n")
    left, near, far = split(b"x\n2\n3\n4\n"), split(b"1\ny\n3\n4\n"), split(b"1\n2\ny\n4\n")
    assert textmerge.merge(left, hunks(base, left), near, hunks(base, near)) is None
    assert textmerge.merge(left, hunks(base, left), far, hunks(base, far)) == split(b"x\n2\ny\n4\n")


def test_where_every_common_line_is_frequent_nothing_is_said() -> None:
    with pytest.raises(Undecided):
        hunks([b"\n"] * 100, [b"x\n", *[b"\n"] * 99])
