"""Every field of a ticket: what is read, what is refused, and what is said of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.nouns import Priority
from headway.tickets.rules import MOST_ID, MOST_TITLE, why_not_id
from tests.unit.tickets.reader import notes, one, problem, problem_of, problems, read_json, read_yaml

BIDI = "\u202e"


@pytest.mark.parametrize(
    "id_", ["A", "T-1", "H010R", "ISS-0079", "a.b_c-d", "1", "x" * MOST_ID, "v1.lock.x", "HEAD"]
)
def test_these_are_ids(id_: str) -> None:
    assert one(id=id_).id == id_


@pytest.mark.parametrize(
    "id_",
    [
        "../x",
        "a/b",
        "..",
        "a..b",
        ".hidden",
        "-rf",
        "--help",
        "_x",
        "x.",
        "x.lock",
        "x.LOCK",
        "a@{1}",
        "@",
        "a b",
        " a",
        "a\n",
        "a\x00b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[1]",
        "a\\b",
        "a\tb",
        "a\x7fb",
        f"a{BIDI}b",
        "a\u200bb",
        "a\ufeffb",
        "é",
        "А-1",  # Cyrillic
        "$(x)",
        "`x`",
        "a;b",
        "a'b",
        "\ud800",
    ],
)
def test_a_hostile_id_is_refused_with_what_an_id_is(id_: str) -> None:
    assert "cannot be an id: letters, digits, . _ - only" in problem(id=id_)


def test_an_id_of_ten_thousand_characters_is_refused_and_not_repeated_in_full() -> None:
    said = problem(id="x" * 10_000)
    assert f"is 10000 characters long, {MOST_ID} at most" in said
    assert len(said) < 200


def test_a_problem_shows_no_invisible_character() -> None:
    assert problem(id=f"a{BIDI}b", title="a").isprintable()


@given(st.text(st.sampled_from("abAZ09._-@{}lock/~^: *"), min_size=1, max_size=12))
def test_an_id_is_never_what_git_refuses_in_a_ref_name(text: str) -> None:
    """What ``git check-ref-format`` refuses of one component, by its manual."""
    if why_not_id(text) is None:
        assert not text.startswith((".", "-"))
        assert not text.endswith((".", ".lock", "/"))
        assert not any(bad in text for bad in ("..", "@{", "/", "~", "^", ":", " ", "*", "?", "[", "\\"))


@pytest.mark.parametrize("missing", [{}, {"id": None}, {"id": ""}, {"id": "  "}])
def test_a_ticket_without_id_is_refused(missing: dict[str, Any]) -> None:
    assert problem_of({"title": "a", **missing}) == "a ticket without id: give it one of its own"


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("two\nlines", "has a line break in it"),
        ("two\u2028lines", "has a line break in it"),
        ("a\x00b", "has an invisible character in it (U+0000)"),
        ("a\x1b[31mb", "has an invisible character in it (U+001B)"),
        (f"a{BIDI}b", "has an invisible character in it (U+202E)"),
        ("a\u200bb", "has an invisible character in it (U+200B)"),
        ("a\U000e0041b", "has an invisible character in it (U+E0041)"),
        ("a\ud800b", "has an invisible character in it (U+D800)"),
        ("x" * 10_000, f"is 10000 characters long, {MOST_TITLE} at most"),
    ],
)
def test_a_hostile_title_is_refused_with_the_reason(title: str, why: str) -> None:
    said = problem(title=title)
    assert why in said
    assert said.isprintable()


@pytest.mark.parametrize(
    "title",
    ["-rf /", "../x", "[TEST] a: b", "Añadir 限速", "👩\u200d💻 pairing", "می\u200cخواهم", "'; DROP TABLE"],
)
def test_a_title_may_say_anything_that_can_be_seen(title: str) -> None:
    assert one(title=title).title == title


def test_space_around_a_title_is_not_part_of_it() -> None:
    assert one(title="  a \n").title == "a"


@pytest.mark.parametrize("title", [None, "", "  "])
def test_a_ticket_without_title_takes_the_first_line_of_its_description(title: str | None) -> None:
    assert one(title=title, description="\n## Fix it ##\nnow").title == "Fix it"


def test_a_title_from_a_description_is_made_fit_to_be_one() -> None:
    title = one(title=None, description=f"a{BIDI}b " + "x" * 1000).title
    assert title.startswith("ab x")
    assert title.endswith("…")
    assert len(title) <= 120


def test_a_ticket_with_neither_title_nor_description_is_refused() -> None:
    assert problem(title=None) == "a ticket with neither title nor description: nobody could do it"


def test_a_wrong_title_is_one_problem_and_not_also_a_missing_one() -> None:
    assert problem(title=["a"]) == "title must be a text, this is a list"


@pytest.mark.parametrize("key", ["title", "description", "priority", "agent", "role", "verify"])
@pytest.mark.parametrize(
    ("value", "kind"), [([], "a list"), ({}, "a mapping"), (3, "a number"), (True, "true or false")]
)
def test_a_text_of_the_wrong_type_is_refused(key: str, value: object, kind: str) -> None:
    assert problem(**{key: value}) == f"{key} must be a text, this is {kind}"


@pytest.mark.parametrize("value", [1.5, -1, True, [], {}])
def test_an_id_of_the_wrong_type_is_refused(value: object) -> None:
    text = json.dumps([{"id": value, "title": "a"}])
    assert "id must be a text" in problems(text, as_json=True)[0]


@pytest.mark.parametrize("key", ["depends_on", "paths", "labels", "blocks", "blocked_by"])
@pytest.mark.parametrize("value", [{}, True, [[]], [{}], [True], [1.5]])
def test_a_list_of_the_wrong_type_is_refused(key: str, value: object) -> None:
    assert f"{key} must be a text" in problem(**{key: value})


@pytest.mark.parametrize("key", ["depends_on", "paths", "labels"])
def test_an_empty_entry_of_a_list_is_refused(key: str) -> None:
    assert problem(**{key: [None]}) == f"{key}: an empty entry"


@pytest.mark.parametrize("key", ["paths", "labels"])
def test_one_text_is_a_list_of_one(key: str) -> None:
    assert getattr(one(**{key: "x"}), key) == ("x",)


@pytest.mark.parametrize("key", ["paths", "labels"])
def test_the_same_entry_twice_is_one(key: str) -> None:
    assert getattr(one(**{key: ["x", "y", "x"]}), key) == ("x", "y")


@pytest.mark.parametrize("nothing", [None, "", "  "])
@pytest.mark.parametrize("key", ["agent", "role", "verify", "timeout"])
def test_a_field_that_says_nothing_is_left_to_the_run(key: str, nothing: str | None) -> None:
    assert getattr(one(**{key: nothing}), key) is None


@pytest.mark.parametrize("name", ["critical", "high", "medium", "low"])
def test_a_priority_is_one_of_four_words(name: str) -> None:
    assert one(priority=name).priority is Priority[name.upper()]


def test_without_priority_a_ticket_is_medium() -> None:
    assert one(priority=None).priority is Priority.MEDIUM


@pytest.mark.parametrize("word", ["hihg", "HIGH", "P0", " high"])
def test_another_word_for_a_priority_is_refused_with_those_that_are(word: str) -> None:
    assert problem(priority=word) == f"priority {word!r}: write critical, high, medium or low"


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("30m", 1800), ("1h30m", 5400), (45, 45), (0.5, 0.5), ("90", 90)]
)
def test_a_timeout_is_a_duration(written: str | float, seconds: float) -> None:
    assert one(timeout=written).timeout == seconds


@pytest.mark.parametrize(
    "written", [0, -5, "0s", "soon", "30 minutes", "400d", "1e3", 1e300, "1" * 1000, "٣s"]
)
def test_a_timeout_that_is_none_is_refused_with_how_to_write_one(written: str | float) -> None:
    said = problem(timeout=written)
    assert "write seconds, or 90s, 30m, 1h30m" in said
    assert len(said) < 200


@pytest.mark.parametrize(
    "path", ["src/**", "a b.py", "./x", "grün/*.md", "{{name}}/x", "..x/y", "x..", ".", "-x"]
)
def test_these_are_paths(path: str) -> None:
    assert one(paths=[path]).paths == (path,)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/etc/passwd", "is absolute"),
        ("../x", "leads out of the repository"),
        ("a/../../x", "leads out of the repository"),
        ("..", "leads out of the repository"),
        ("", "is empty"),
        ("a\nb", "has a line break"),
        ("a\x00b", "(U+0000)"),
        (f"a{BIDI}b", "(U+202E)"),
        ("x" * 10_000, "is 10000 characters long, 4096 at most"),
    ],
)
def test_a_path_that_is_none_is_refused_with_the_reason(path: str, why: str) -> None:
    assert why in problem(paths=[path])


@pytest.mark.parametrize("key", ["agent", "role", "labels"])
@pytest.mark.parametrize("name", ["a\nb", f"a{BIDI}b", "x" * 101])
def test_a_name_is_one_short_visible_line(key: str, name: str) -> None:
    assert problem(**{key: name}).startswith(f"{key}")


@pytest.mark.parametrize("key", ["description", "verify", "note"])
@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"])
def test_a_text_that_no_program_takes_is_refused(key: str, bad: str) -> None:
    assert "which no program takes" in problem(**{key: bad})


def test_a_bad_character_deep_in_an_unknown_key_is_refused() -> None:
    assert "'x' has the character U+0000" in problem(x={"y": [{"z\x00": 1}]})


def test_a_verify_command_may_have_several_lines() -> None:
    assert one(verify="make lint\nmake test\n").verify == "make lint\nmake test"


def test_a_description_keeps_its_inner_shape() -> None:
    assert one(description="\r\na\r\n\r\n    code\r\n").description == "a\n\n    code"


def test_invisible_characters_of_a_description_are_noted() -> None:
    assert notes('- id: A\n  title: a\n  description: "x\\u202Ey"\n') == [
        "3: the description has invisible characters (U+202E): an agent will read them"
    ]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("dependson", "depends_on"),
        ("depend_on", "depends_on"),
        ("depends-on", "depends_on"),
        ("Title", "title"),
        ("blockedBy", "blocked_by"),
        ("path", "paths"),
        ("label", "labels"),
        ("dependencies", "depends_on"),
        ("tags", "labels"),
    ],
)
def test_an_unknown_key_that_looks_like_one_of_ours_is_noted(key: str, meant: str) -> None:
    found = read_yaml(f"- id: A\n  title: a\n  {key}: B\n")
    assert [str(note) for note in found.notes] == [
        f"t.yaml:3: {key!r} is no key of a ticket and is kept aside: meant is {meant}?"
    ]
    assert found.tickets[0].extra == {key: "B"}


def test_the_same_doubtful_key_in_many_tickets_is_one_note() -> None:
    text = "".join(f"- {{id: T{n}, title: a, dependson: B}}\n" for n in range(10))
    (note,) = read_yaml(text).notes
    assert str(note).startswith("t.yaml:1: 'dependson' is no key of a ticket (10 times)")


@pytest.mark.parametrize("key", ["alone", "after", "folder", "pairs", "status", "assignee", "points", "epic"])
def test_an_unknown_key_like_none_of_ours_goes_without_a_word(key: str) -> None:
    assert notes(f"- {{id: A, title: a, {key}: x}}") == []


def test_every_problem_of_every_ticket_is_told_in_the_order_of_the_file() -> None:
    text = """
- id: ../x
  title: "a\\nb"
  priority: urgent
  paths:
    - /etc
    - ok
    - ../up
- id: B
  timeout: never
  depends_on: [A, B, C]
- title: x
"""
    assert [line.partition(":")[0] for line in problems(text)] == [
        "2",
        "3",
        "4",
        "6",
        "8",
        "9",
        "10",
        "11",
        "11",
        "11",
        "12",
    ]


def test_ten_thousand_tickets_are_read_in_order() -> None:
    text = json.dumps([{"id": f"T{n}", "title": "a", "depends_on": [f"T{n - 1}"][:n]} for n in range(10_000)])
    tickets = read_json(text).tickets
    assert [ticket.id for ticket in tickets] == [f"T{n}" for n in range(10_000)]
