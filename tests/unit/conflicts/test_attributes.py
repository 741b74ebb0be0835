"""Which merge driver attributes name."""

import pytest

from headway.conflicts.attributes import has_say, merge_driver
from headway.conflicts.lines import Undecided


@pytest.mark.parametrize(
    ("path", "content", "driver"),
    [
        ("CHANGES", b"CHANGES merge=union\n", "union"),
        ("docs/CHANGES", b"CHANGES merge=union\n", "union"),
        ("docs/CHANGES", b"/CHANGES merge=union\n", "text"),
        ("docs/CHANGES", b"docs/CHANGES merge=union\r\n", "union"),
        ("a.png", b"*.png binary\n", "binary"),
        ("a.png", b"*.png -merge\na.png merge\n", "text"),
        ("a.txt", b"# *.txt -merge\n", "text"),
    ],
)
def test_the_last_line_that_matches_counts(path: str, content: bytes, driver: str) -> None:
    assert merge_driver(path, [("", content)]) == driver


def test_attributes_deeper_in_the_tree_count_more() -> None:
    told = [("", b"*.txt merge=union\n"), ("docs", b"*.txt -merge\n")]
    assert merge_driver("docs/a.txt", told) == "binary"


@pytest.mark.parametrize(
    "content", [b"a?c merge=union\n", b"*.txt merge=ours\n", b"[attr]ours -merge\n", b'"a b" -merge\n']
)
def test_what_is_not_plain_is_left_to_git(content: bytes) -> None:
    with pytest.raises(Undecided):
        merge_driver("abc", [("", content)])


def test_attributes_of_something_else_have_no_say() -> None:
    assert not has_say(b"*.sh text eol=lf\n*.png diff=exif\n")
