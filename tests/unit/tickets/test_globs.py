"""Whether two globs can name the same file, held against all paths of a small world."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.tickets.globs import can_meet, parse_glob

#: All names of up to three characters over two letters and all paths of up to three parts made of the short ones.
NAMES = ["".join(letters) for n in (1, 2, 3) for letters in product("ab", repeat=n)]
PATHS = [*NAMES, *("/".join(parts) for n in (2, 3, 4) for parts in product(["a", "b", "ab"], repeat=n))]

part = st.sampled_from(["a", "b", "ab", "*", "a*", "*b", "?", "a?", "[ab]", "[!a]", "[a-b]b", "**", "*a*"])
glob = st.lists(part, min_size=1, max_size=4).map("/".join)


def as_regex(text: str) -> re.Pattern[str]:
    """The same language, said independently: what ``docs/reference`` says a glob means."""
    said = ""
    parts = text.split("/")
    for number, name in enumerate(parts):
        last = number == len(parts) - 1
        if name == "**":
            said += "(?:[^/]+/)*[^/]+" if last else "(?:[^/]+/)*"
        else:
            said += name.replace("*", "[^/]*").replace("?", "[^/]").replace("[!", "[^") + (
                "" if last else "/"
            )
    return re.compile(said)


def named(text: str) -> set[str]:
    pattern = as_regex(text)
    return {path for path in PATHS if pattern.fullmatch(path) and "//" not in path}


@settings(max_examples=500)
@given(glob, glob)
def test_two_globs_that_name_a_common_path_meet(left: str, right: str) -> None:
    if named(left) & named(right):
        assert can_meet(parse_glob(left), parse_glob(right))


@settings(max_examples=500)
@given(glob.filter(lambda g: g.count("/") <= 1), glob.filter(lambda g: g.count("/") <= 1))
def test_two_globs_that_meet_name_a_common_path(left: str, right: str) -> None:
    """Two short globs that meet do so on a path of this small world."""
    if can_meet(parse_glob(left), parse_glob(right)):
        assert named(left) & named(right)


@given(glob, st.sampled_from(PATHS))
def test_a_glob_meets_a_path_exactly_when_it_names_it(text: str, path: str) -> None:
    assert can_meet(parse_glob(text), parse_glob(path)) == (path in named(text))


@given(glob, glob)
def test_meeting_is_mutual(left: str, right: str) -> None:
    assert can_meet(parse_glob(left), parse_glob(right)) == can_meet(parse_glob(right), parse_glob(left))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("src/app.py", "src/app.py"),
        ("./src//app.py", "src/app.py"),
        ("src/*.py", "src/app.py"),
        ("src/**", "src/a/b/c.py"),
        ("src/", "src/a/b/c.py"),
        ("**/*.py", "setup.py"),
        ("**", "anything/at/all"),
        (".", "anything/at/all"),
        ("**/test_*.py", "tests/**/test_api*.py"),
        ("a/**/z", "a/z"),
        ("a/**/z", "**/b/z"),
        ("docs/[a-f]*", "docs/[f-z]x"),
        ("[!a]x", "[!b]x"),
        (".*", ".gitignore"),
        ("*", ".gitignore"),
        (r"a\*b", r"a[*]b"),
        ("odd[name", "odd[name"),
        ("{{cookiecutter.name}}/x", "{{cookiecutter.name}}/*"),
        ("[]x]", "]"),
        ("grün/*.md", "gr?n/a.md"),
    ],
)
def test_these_meet(left: str, right: str) -> None:
    assert can_meet(parse_glob(left), parse_glob(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("src/app.py", "src/app.pyc"),
        ("src/*.py", "src/a/b.py"),
        ("src/*", "src/a/b"),
        ("src/**", "src"),
        ("tests/**", "*"),
        ("src/**/*.py", "test/**/*.py"),
        ("**/*.py", "**/*.md"),
        ("**/a.py", "**/b.py"),
        ("a/**/z", "a/**/y"),
        ("docs/[a-e]*", "docs/[f-z]x"),
        ("[!a]", "a"),
        ("a?", "a"),
        (r"a\*b", "axb"),
        ("[z-a]", "*"),
        ("**/[z-a]/x", "**"),
        ("[a-b]/x", "c/x"),
        ("Readme.md", "README.md"),
        ("{a,b}.py", "a.py"),
    ],
)
def test_these_do_not_meet(left: str, right: str) -> None:
    assert not can_meet(parse_glob(left), parse_glob(right))


def test_a_glob_of_many_stars_is_decided_at_once() -> None:
    """What a backtracking matcher takes 2^50 steps for takes 100 × 100 here."""
    assert not can_meet(parse_glob("a*" * 50 + "b"), parse_glob("*a" * 50 + "c"))
    assert can_meet(parse_glob("/".join(["**", "a"] * 30)), parse_glob("/".join(["a", "**"] * 30)))
