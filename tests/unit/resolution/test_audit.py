from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.resolution.audit import EXECUTABLE, LINK, SUBMODULE, Blob, Fault, audit

BASE = b"a\nb\nc\nd\ne\n"


def faults(
    base: object, left: object, right: object, result: object, **more: object
) -> list[tuple[str, str]]:
    trees = [{} if each is None else {"f": each} for each in (base, left, right, result)]
    return [(each.fault.value, each.line) for each in audit(*trees, **more)]  # type: ignore[arg-type]


def test_a_merge_that_holds_both_sides_is_right() -> None:
    assert faults(BASE, b"a\nnew\nb\nc\nd\ne\n", b"a\nb\nc\nd\nE\n", b"a\nnew\nb\nc\nd\nE\n") == []


def test_a_dropped_line_is_told_with_its_side_and_number() -> None:
    (told,) = audit({"f": BASE}, {"f": b"a\nnew\nb\nc\nd\ne\n"}, {"f": BASE + b"f\n"}, {"f": BASE + b"f\n"})
    assert str(told) == "f:2: a line that the left side added is gone: new"


def test_taking_one_side_whole_brings_back_what_the_other_removed() -> None:
    assert faults(BASE, b"a\nb\nd\ne\n", BASE + b"f\n", BASE + b"f\n") == [("returned", "c")]


def test_a_line_that_neither_side_touched_may_not_go() -> None:
    assert faults(BASE, BASE + b"f\n", b"0\n" + BASE, b"0\na\nb\nd\ne\nf\n") == [("gone", "c")]


def test_a_line_that_moved_is_there() -> None:
    assert faults(BASE, b"a\nnew\nb\nc\nd\ne\n", BASE + b"f\n", BASE + b"f\nnew\n") == []


def test_a_block_that_a_side_indents_takes_the_lines_of_the_other_along() -> None:
    left = b"if x:\n    a\n    b\n    c\n"
    assert faults(b"a\nb\nc\n", left, b"a\nb\nnew\nc\n", b"if x:\n    a\n    b\n    new\n    c\n") == []


def test_the_same_line_added_in_two_places_is_wanted_twice() -> None:
    left, right = b"a\nreturn\nb\nc\nd\ne\n", b"a\nb\nc\nd\nreturn\ne\n"
    assert faults(BASE, left, right, b"a\nreturn\nb\nc\nd\nreturn\ne\n") == []
    assert faults(BASE, left, right, left) == [("dropped", "return")]


def test_the_same_line_added_in_one_place_by_both_is_wanted_once() -> None:
    both = b"a\nnew\nb\nc\nd\ne\n"
    assert faults(BASE, both + b"f\n", both, both + b"f\n") == []


def test_a_line_into_which_both_edits_went_holds_both() -> None:
    base, left, right = b"from x import a\n", b"from x import a, b\n", b"from x import a, c\n"
    assert faults(base, left, right, b"from x import a, b, c\n") == []
    assert faults(base, left, right, b"from x import a, b\n") == [("dropped", "from x import a, c")]


def test_what_was_superseded_is_believed_only_where_both_rewrote_the_same_line() -> None:
    base, left, right = b'v = "1.0"\nx\n', b'v = "1.1"\nx\nnew\n', b'v = "2.0"\nx\n'
    right_kept = b'v = "2.0"\nx\nnew\n'
    assert faults(base, left, right, right_kept) == [("dropped", 'v = "1.1"')]
    assert faults(base, left, right, right_kept, superseded={"f": [b'v = "1.1"']}) == []
    told = faults(base, left, right, right, superseded={"f": [b'v = "1.1"', b"new"]})
    assert told == [("dropped", "new")]


@pytest.mark.parametrize("marker", [b"<<<<<<< ours", b">>>>>>> theirs", b"<<<<<<<", b">>>>>>> a/b (c)"])
def test_a_marker_that_neither_side_had_is_refused(marker: bytes) -> None:
    result = b"r\n" + marker + b"\n" + BASE + b"l\n"
    assert faults(BASE, BASE + b"l\n", b"r\n" + BASE, result) == [("marker", marker.decode())]


def test_markers_that_a_side_has_are_text() -> None:
    text = b"<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n"
    assert faults(BASE, BASE + text, b"r\n" + BASE, b"r\n" + BASE + text) == []


def test_a_headline_is_no_marker() -> None:
    assert faults(BASE, BASE + b"Title\n=======\n", b"r\n" + BASE, b"r\n" + BASE + b"Title\n=======\n") == []


def test_a_file_that_a_side_added_must_be_there() -> None:
    assert faults(None, b"x\n", None, None) == [("lost", "")]


def test_a_file_that_neither_touched_must_be_there() -> None:
    assert faults(BASE, BASE, BASE, None) == [("lost", "")]


def test_a_file_that_one_deleted_and_the_other_did_not_touch_stays_away() -> None:
    assert faults(BASE, None, BASE, None) == []
    assert faults(BASE, None, BASE, BASE) == [("revived", "")]


def test_a_file_that_one_deleted_and_the_other_changed_may_not_go_without_a_word() -> None:
    assert faults(BASE, None, BASE + b"new\n", None) == [("dropped", "new")]
    assert faults(BASE, None, BASE + b"new\n", BASE + b"new\n") == []


def test_edits_follow_a_file_that_the_other_side_renamed() -> None:
    base, left = {"old": BASE}, {"new": BASE}
    right = {"old": b"a\nb\nC\nd\ne\n"}
    assert audit(base, left, right, {"new": b"a\nb\nC\nd\ne\n"}) == []
    assert [each.line for each in audit(base, left, right, left)] == ["C", "c"]  # gone, and back


def test_a_file_that_went_along_with_a_renamed_folder_is_there() -> None:
    base = {"old/a": BASE}
    assert (
        audit(base, {"new/a": BASE}, {"old/a": BASE, "old/b": b"x\n"}, {"new/a": BASE, "new/b": b"x\n"}) == []
    )


def test_a_binary_file_is_one_sides() -> None:
    one, two = b"\0one", b"\0two"
    assert faults(b"\0", one, b"\0", one) == []
    assert faults(b"\0", one, b"\0", b"\0") == [("neither", "")]
    assert faults(b"\0", one, two, two) == []
    assert faults(b"\0", one, two, b"\0both") == [("neither", "")]


def test_links_and_submodules_are_one_sides() -> None:
    for mode in (LINK, SUBMODULE):
        base, left, other = Blob(b"a", mode), Blob(b"b", mode), Blob(b"c", mode)
        assert faults(base, left, base, left) == []
        assert faults(base, left, base, other) == [("neither", "")]


def test_a_file_that_was_made_executable_stays_so() -> None:
    made = Blob(BASE, EXECUTABLE)
    assert faults(BASE, made, BASE + b"x\n", Blob(BASE + b"x\n", EXECUTABLE)) == []
    assert faults(BASE, made, BASE + b"x\n", BASE + b"x\n") == [("mode", "")]


def test_data_counts_by_content() -> None:
    base = {"p.json": b'{"dependencies": {"a": "1"}}'}
    left = {"p.json": b'{"dependencies": {"a": "1", "b": "2"}}'}
    right = {"p.json": b'{"dependencies": {"a": "1", "c": "3"}}'}
    merged = b'{\n  "dependencies": {\n    "a": "1",\n    "b": "2",\n    "c": "3"\n  }\n}\n'
    assert audit(base, left, right, {"p.json": merged}) == []
    assert audit(base, left, right, {"p.json": merged.replace(b'    "b": "2",\n', b"")}) != []


def test_comments_of_toml_are_work() -> None:
    base = {"p.toml": b"[a]\nx = 1\n"}
    left = {"p.toml": b"[a]\n# why\nx = 1\n"}
    right = {"p.toml": b"[a]\nx = 1\ny = 2\n"}
    assert [each.line for each in audit(base, left, right, {"p.toml": b"[a]\nx = 1\ny = 2\n"})] == ["# why"]


def test_a_file_made_anew_only_has_to_be_there() -> None:
    assert faults(BASE, BASE + b"l\n", BASE + b"r\n", b"other\n", made_anew=["f"]) == []
    assert faults(BASE, BASE + b"l\n", BASE + b"r\n", None, made_anew=["f"]) != []


def test_only_the_sides_asked_for_are_looked_at() -> None:
    left, right = BASE + b"l\n", b"r\n" + BASE
    assert faults(BASE, left, right, left, sides=["left"]) == []
    assert faults(BASE, left, right, left, sides=["right"]) == [("dropped", "r")]


LINES = st.integers(0, 10**6).map(lambda n: b"line %d\n" % n)


@given(
    base=st.lists(LINES, min_size=4, max_size=30, unique=True),
    left=st.lists(LINES, min_size=1, max_size=6, unique=True),
    right=st.lists(LINES, min_size=1, max_size=6, unique=True),
    seed=st.integers(0, 10**6),
)
def test_any_one_added_line_that_is_dropped_is_refused(
    base: list[bytes], left: list[bytes], right: list[bytes], seed: int
) -> None:
    rng = random.Random(seed)
    ours = [b"l" + line for line in left]
    theirs = [b"r" + line for line in right]
    at, there = sorted(rng.sample(range(len(base) + 1), 2))
    trees = [
        base,
        base[:at] + ours + base[at:],
        base[:there] + theirs + base[there:],
        base[:at] + ours + base[at:there] + theirs + base[there:],
    ]
    files = [{"f": b"".join(lines)} for lines in trees]
    assert audit(*files) == []
    victim = rng.choice(ours + theirs)
    lacking = {"f": b"".join(line for line in trees[3] if line != victim)}
    (objection,) = audit(files[0], files[1], files[2], lacking)
    assert (objection.fault, objection.line) == (Fault.DROPPED, victim.decode().strip())


@given(st.lists(st.sampled_from("abcde"), max_size=12), st.lists(st.sampled_from("abcde"), max_size=12))
def test_where_one_side_did_nothing_the_other_is_the_merge(base: list[str], left: list[str]) -> None:
    before, after = ["".join(f"{x}\n" for x in each).encode() for each in (base, left)]
    assert faults(before, after, before, after) == []
