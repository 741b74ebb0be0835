import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.agents.placeholders import UnknownName, fill, names_in

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("{}\"' :,\\n", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab {}", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_known_name_becomes_its_value():
    assert fill("fix {id}: {title}!", {"id": "T-1", "title": "x"}) == "fix T-1: x!"


def test_doubled_braces_around_a_name_are_literal_braces():
    assert fill("awk {{print}} {{id}}", {"id": "T-1"}) == "awk {print} {id}"


def test_an_unknown_name_is_told_with_its_place():
    with pytest.raises(UnknownName) as caught:
        fill("ab {nope}", {"id": "T-1"})
    assert (caught.value.name, caught.value.position) == ("nope", 3)


@pytest.mark.parametrize(
    "text", ['{"a": {"b": 1}}', "{}", "{ id }", "{1}", "{a-b}", "}{", "${", "{:x}", "{a.b}"]
)
def test_braces_that_hold_no_name_stand_as_they_are(text):
    assert fill(text, {"id": "T-1"}) == text


def test_a_value_is_not_looked_into_again():
    assert fill("{title}{id}", {"id": "{title}", "title": "{id}{{id}}{nope}"}) == "{id}{{id}}{nope}{title}"


@given(JSON)
def test_any_json_with_spaces_after_its_braces_or_quotes_stands_as_it_is(value):
    text = json.dumps(value)
    if not names_in(text) and "{{" not in text:
        assert fill(text, {}) == text


@given(st.text(), st.text(), st.text("ab{} "))
def test_filling_is_one_pass(one, other, between):
    if names_in("{a}" + between + "{b}") == [("a", 0), ("b", 3 + len(between))]:
        filled = fill("{a}" + between + "{b}", {"a": one, "b": other})
        assert filled.startswith(one)
        assert filled.endswith(other)
