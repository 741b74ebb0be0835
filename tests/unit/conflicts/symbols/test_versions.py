"""Specifiers that exclude each other: held against ``packaging``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from headway.conflicts.symbols.versions import exclude_each_other

numbers = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
clauses = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["==", ">=", "<=", "<", ">", "!="]), numbers),
    st.builds("~={}.{}".format, st.integers(0, 3), numbers),
    st.builds("=={}.*".format, numbers),
)
specifiers = st.lists(clauses, min_size=1, max_size=2).map(",".join)

#: Every release near the versions above.
RELEASES = [f"{a}.{b}.{c}.{d}" for a in range(5) for b in range(5) for c in range(5) for d in (0, 1)]


@given(specifiers, specifiers)
def test_what_is_said_to_exclude_has_no_version_in_common(one: str, other: str) -> None:
    both = SpecifierSet(f"{one},{other}")
    if exclude_each_other(one, other):
        assert not any(both.contains(release) for release in RELEASES)


@given(specifiers, specifiers)
def test_the_order_makes_no_difference(one: str, other: str) -> None:
    assert exclude_each_other(one, other) == exclude_each_other(other, one)


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        ("==1.0", "==1.0.0", False),
        ("==1.0", "==1.1", True),
        ("~=1.4", ">=2", True),
        ("<2", ">=1.9", False),
        ("", "==3", False),
        ("git+https://example.org/x", "==3", None),
    ],
)
def test_specifiers_of_python(one: str, other: str, excluded: bool | None) -> None:
    assert exclude_each_other(one, other) is excluded


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        ("^1.2.0", "^1.9.0", False),
        ("^1.2.0", "^2.0.0", True),
        ("^0.2.0", "^0.3.0", True),
        ("~1.2.3", "1.2.9", False),
        ("1.x", "2.x", True),
        (">=1 <2", "1.5.0", False),
        ("latest", "1.5.0", False),
        ("^1 || ^2", "3.0.0", None),
        ("workspace:*", "3.0.0", None),
    ],
)
def test_specifiers_of_npm(one: str, other: str, excluded: bool | None) -> None:
    assert exclude_each_other(one, other, npm=True) is excluded
