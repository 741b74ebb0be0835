"""What git says of a worktree is read as it stands."""

import os

from headway.landing.scan import Scan, parse_status


def test_only_the_worktrees_side_counts() -> None:
    output = b"M  staged\0 M changed\0MM both\0 D gone\0D  staged-gone\0 T type\0 A intended\0"
    assert parse_status(output) == Scan(("changed", "both", "gone", "type", "intended"), (), ())


def test_new_files_and_new_repositories_are_told_apart() -> None:
    assert parse_status(b"?? new\0?? dir/nested/\0?? with\nline\0") == Scan(
        (), ("new", "with\nline"), ("dir/nested",)
    )


def test_a_name_that_is_no_utf8_comes_back_as_it_was() -> None:
    (path,) = parse_status(b"?? \xff\xfe\0").untracked
    assert os.fsencode(path) == b"\xff\xfe"


def test_nothing_is_nothing() -> None:
    assert parse_status(b"") == Scan((), (), ())
