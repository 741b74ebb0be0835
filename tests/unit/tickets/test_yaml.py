"""YAML as it is written: what it means, where it goes wrong, what it must not be able to do."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.errors import TicketsError
from headway.tickets import from_yaml
from headway.tickets.from_yaml import tree_of_yaml
from headway.tickets.reading import read_document
from headway.tickets.tree import Report, as_plain
from tests.unit.tickets.reader import problems, read_yaml


@pytest.mark.parametrize(
    "written", ["010", "1e3", "no", "true", "2024-01-01", "0x1F", "1_000", "12", "0o7", "3.10"]
)
def test_an_id_is_the_text_as_written(written: str) -> None:
    assert read_yaml(f"- id: {written}\n  title: {written}").tickets[0].id == written


def test_a_title_that_looks_like_something_else_is_a_text() -> None:
    (ticket,) = read_yaml("- id: A\n  title: 404\n  labels: [1.0, yes, 2024-01-01, 010]").tickets
    assert (ticket.title, ticket.labels) == ("404", ("1.0", "yes", "2024-01-01", "010"))


def test_all_keys_of_a_ticket_are_read() -> None:
    (_, ticket) = read_yaml(
        """
- {id: A, title: first}
- id: B
  title: Add rate limiting
  description: |
    Per client.

    With a test.
  priority: critical
  depends_on: [A]
  paths: [src/api/**, tests/test_api.py]
  agent: claude
  role: engineer
  verify: make test
  timeout: 1h30m
  labels: [api, backend]
"""
    ).tickets
    assert ticket.title == "Add rate limiting"
    assert ticket.description == "Per client.\n\nWith a test."
    assert ticket.priority.name == "CRITICAL"
    assert ticket.depends_on == ("A",)
    assert ticket.paths == ("src/api/**", "tests/test_api.py")
    assert (ticket.agent, ticket.role, ticket.verify) == ("claude", "engineer", "make test")
    assert ticket.timeout == 5400
    assert ticket.labels == ("api", "backend")
    assert ticket.source == "t.yaml:3"


def test_tickets_can_stand_under_tickets_beside_other_keys() -> None:
    found = read_yaml("version: 2\nowner: {name: x}\ntickets:\n- {id: A, title: a}\n")
    assert [ticket.id for ticket in found.tickets] == ["A"]


def test_an_anchor_shares_defaults() -> None:
    text = """
defaults: &defaults {agent: claude, labels: [api]}
tickets:
- {<<: *defaults, id: A, title: a}
- {<<: [*defaults, {role: tester}], id: B, title: b, agent: codex}
"""
    a, b = read_yaml(text).tickets
    assert (a.agent, a.labels, b.agent, b.role, b.labels) == ("claude", ("api",), "codex", "tester", ("api",))


def test_a_quoted_merge_key_is_a_key_like_others() -> None:
    assert read_yaml('- {id: A, title: a, "<<": x}').tickets[0].extra == {"<<": "x"}


def test_unknown_keys_are_kept_as_json_would_hold_them() -> None:
    (ticket,) = read_yaml(
        "- {id: A, title: a, points: 3, ratio: 2.5, version: 1.10, done: false, none: ~, "
        "when: 2024-01-01, at: {x: [1]}}"
    ).tickets
    assert ticket.extra == {
        "points": 3,
        "ratio": 2.5,
        "version": "1.10",
        "done": False,
        "none": None,
        "when": "2024-01-01",
        "at": {"x": [1]},
    }


def test_windows_line_ends_are_line_ends() -> None:
    (ticket,) = read_yaml("- id: A\r\n  title: a\r\n  description: |\r\n    one\r\n    two\r\n").tickets
    assert (ticket.title, ticket.description) == ("a", "one\ntwo")


def test_a_folded_title_is_one_line() -> None:
    assert read_yaml("- id: A\n  title: >\n    one\n    two\n").tickets[0].title == "one two"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file is empty"),
        (" \n\n", "1: the file is empty"),
        ("# nothing\n", "1: the file says nothing"),
        ("~", "1: the file says nothing"),
        ("[]", "1: the list of tickets is empty"),
        ("\ntickets:\n", "2: tickets are a list, this is nothing"),
        ("tickets: {A: {title: a}}", "1: tickets are a list, this is a mapping"),
        ("just a text", "1: tickets are a list, this is a text"),
        ("id: A\ntitle: a\n", "1: no `tickets` among its keys ('id', 'title')"),
        ("- id: A\n  title: Fix: it\n", "2: not YAML: a colon too many"),
        ("- id: A\n\ttitle: a\n", "2: not YAML: a tab"),
        ("- id: A\n  title: @home\n", "2: not YAML: a tab, @"),
        ("- id: A\n  title: 'open\n  agent: x\n", "2: not YAML: found unexpected end of stream"),
        ("- id: A\n  title: a\x07\n", "2: the character 0x7 is not allowed"),
        ("- {id: A, title: grün}\n- {id: B, title: ü\x00}\n", "2: the character 0x0 is not allowed"),
        ("- {id: A, title: a}\n---\n- {id: B, title: b}\n", "2: a second YAML document begins here"),
        ("- {id: A, title: a}\n- text\n", "2: a ticket is a mapping with id and title, this is a text"),
        ("- {id: A, title: a}\n-\n", "2: a ticket is a mapping with id and title, this is nothing"),
        ("- id: A\n  title: a\n  title: b\n", "3: the key 'title' stands twice: here and on line 2"),
        ("- id: A\n  title: a\n  ? [x, y]\n  : z\n", "3: a key must be a text, this is a list"),
        ("- id: A\n  title: a\n  <<: text\n", "3: << takes a mapping or a list of mappings, this is a text"),
        ("- id: A\n  title: *missing\n", "2: the alias *missing names no anchor before it"),
        ("- &me {id: A, title: a, x: *me}\n", "1: the alias *me stands inside what it names"),
        (
            "- id: A\n  title: a\n  x: !!python/object/apply:os.system [ls]\n",
            "3: the tag !!python/object/apply:os.sys",
        ),
        ("- id: A\n  title: !custom a\n", "2: the tag !custom is not allowed"),
    ],
)
def test_a_file_that_is_no_list_of_tickets_is_told_where(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(expected)


def test_problems_before_a_place_that_is_no_yaml_are_told_too() -> None:
    text = "tickets:\n- {id: -rf, title: a}\n- {id: B, title: b, depends_on: C}\n- {id: C, title: x: y}\n"
    assert [line.partition(":")[0] for line in problems(text)] == ["2", "4"]


def test_a_file_of_laughs_is_refused_before_it_multiplies() -> None:
    laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    laughs += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    (problem,) = problems(laughs)
    assert "aliases repeat more than 4194304 characters" in problem


def test_a_long_text_that_aliases_repeat_is_refused() -> None:
    text = f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 100)}]\n"
    assert "aliases repeat more" in problems(text)[0]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_nesting_without_end_is_refused(opening: str) -> None:
    (problem,) = problems(opening * 50_000)
    assert "nested deeper than 64" in problem


def test_what_is_nested_deepest_is_read() -> None:
    deep = "[" * 60 + "]" * 60
    assert read_yaml(f"- {{id: A, title: a, x: {deep}}}").tickets[0].extra


def test_a_tag_of_yaml_itself_changes_nothing() -> None:
    (ticket,) = read_yaml("- {id: !!str 010, title: !!int 5, x: !!str 12}").tickets
    assert (ticket.id, ticket.title, ticket.extra) == ("010", "5", {"x": "12"})


plain_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co"]), max_size=20)
anything = st.recursive(
    plain_texts | st.lists(plain_texts, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_texts, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200)
@given(st.dictionaries(plain_texts, anything, min_size=1, max_size=4), st.booleans())
def test_a_tree_is_what_yaml_was_written_from(value: dict[str, object], flow: bool) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow)
    tree = tree_of_yaml(text, Report("f"))
    assert tree is not None
    assert as_plain(tree) == value


@settings(max_examples=300)
@given(st.text("-:[]{}&*!|>'\"%@`# \n\tabid01,?~<", max_size=60))
def test_no_text_does_worse_than_problems_with_a_line(text: str) -> None:
    try:
        read_yaml(text)
    except TicketsError as error:
        assert error.problems
        for problem in error.problems:
            line = int(problem.where.rpartition(":")[2])
            assert 1 <= line <= text.count("\n") + 1


def test_without_libyaml_the_slow_parser_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "- id: 010\n  title: a\n  depends_on: [x]\n"
    fast = problems(text)
    monkeypatch.setattr(from_yaml, "_Loader", yaml.SafeLoader)
    assert problems(text) == fast


def test_a_file_is_named_as_the_user_gave_it() -> None:
    with pytest.raises(TicketsError, match=r"\Asome/where\.yaml:1: the list of tickets is empty"):
        read_document("[]", "some/where.yaml", json=False)
