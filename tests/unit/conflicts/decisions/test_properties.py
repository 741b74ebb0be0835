"""What holds for any text: symmetry, no contradiction with oneself, wider scopes, no crash."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.conflicts.decisions import Ledger, built_in, contradiction, find_contradictions
from headway.conflicts.decisions.figures import read_figures, read_versions
from headway.conflicts.decisions.scopes import Relation, ScopeMap, read_scope, relate
from headway.nouns import Decision

CATALOGUE = built_in()
NAMES = sorted({" ".join(phrase) for phrase in CATALOGUE.phrases})
TOPICS = sorted(CATALOGUE.topics)
WORDS = (
    "use",
    "do not use",
    "instead of",
    "replace",
    "by",
    "from",
    "to",
    "no",
    "30 s",
    "5 min",
    ">=2",
    "3.x",
)
any_text = st.text(max_size=200)
said = st.lists(st.one_of(st.sampled_from(NAMES), st.sampled_from(WORDS), st.text(max_size=8)), max_size=6)
choices = st.one_of(any_text, said.map(" ".join))
topics = st.one_of(
    any_text, st.sampled_from(TOPICS), st.tuples(st.sampled_from(TOPICS), any_text).map(" ".join)
)
segments = st.sampled_from(("src", "web", "api", "a.py", "b.ts", "*", "**", "*.py", "x*"))
paths = st.lists(segments, min_size=1, max_size=4).map("/".join)
scopes = st.one_of(st.just(""), paths, st.sampled_from(("billing", "the api", "src, web")), any_text)
decisions = st.builds(Decision, topic=topics, choice=choices, scope=scopes)
tickets = st.sampled_from(("T-1", "T-2", "T-3", None))
ledgers = st.lists(
    st.builds(Decision, topic=topics, choice=choices, scope=scopes, ticket=tickets, agent=st.just("a")),
    max_size=8,
)


@given(decisions, decisions)
def test_it_does_not_matter_which_is_first(a: Decision, b: Decision) -> None:
    assert contradiction(a, b, CATALOGUE) == contradiction(b, a, CATALOGUE)


@given(decisions, decisions)
def test_a_score_is_between_0_and_1_and_says_why(a: Decision, b: Decision) -> None:
    score = contradiction(a, b, CATALOGUE)
    assert 0 <= score.score <= 1
    assert bool(score.why) == bool(score.contradiction_type) == (score.score > 0)


@given(decisions)
def test_a_decision_never_contradicts_itself(a: Decision) -> None:
    assert contradiction(a, replace(a, ticket="T-2"), CATALOGUE).score == 0


@given(decisions, decisions)
def test_two_decisions_of_one_ticket_do_not_contradict_each_other(a: Decision, b: Decision) -> None:
    assert contradiction(replace(a, ticket="T-1"), replace(b, ticket="T-1"), CATALOGUE).score == 0


@given(
    topics,
    choices,
    topics,
    choices,
    paths,
    paths,
    st.lists(st.sampled_from(("src", "web")), min_size=1, max_size=3),
)
def test_a_wider_path_contradicts_no_less(
    t1: str, c1: str, t2: str, c2: str, path: str, other: str, below: list[str]
) -> None:
    b = Decision(topic=t2, choice=c2, scope=other)
    narrow = "/".join((path.replace("*.py", "src").replace("a.py", "src").replace("b.ts", "web"), *below))
    scores = [
        contradiction(Decision(topic=t1, choice=c1, scope=scope), b, CATALOGUE).score
        for scope in (narrow, narrow.rpartition("/")[0], "")
    ]
    assert scores == sorted(scores)


@given(ledgers)
def test_telling_contradictions_twice_tells_the_same(ledger: list[Decision]) -> None:
    numbered = [replace(each, at=float(n), id=n) for n, each in enumerate(ledger)]
    found = find_contradictions(numbered)
    assert found == find_contradictions(list(reversed(numbered)))
    assert len({each.conflict_id for each in found}) == len(found)


@given(ledgers)
def test_saying_everything_again_changes_nothing(ledger: list[Decision]) -> None:
    once = [replace(each, at=float(n), id=n) for n, each in enumerate(ledger)]
    standing = Ledger(once).standing()
    again = [*standing, *(replace(each, at=each.at + 100, id=each.id + 100) for each in standing)]
    assert {each.conflict_id for each in find_contradictions(again)} == {
        each.conflict_id for each in find_contradictions(standing)
    }


@given(ledgers, decisions)
def test_the_index_misses_nothing_that_comparing_with_each_finds(
    ledger: list[Decision], new: Decision
) -> None:
    others = [replace(each, ticket=f"T-{n}", id=n, at=float(n)) for n, each in enumerate(ledger)]
    new = replace(new, ticket="T-new")
    found = {each.score.score for each in Ledger(others).against(new)}
    assert found == {s.score for each in others if (s := contradiction(each, new, CATALOGUE)).score}


@given(st.lists(paths, max_size=12), paths)
def test_scopes_near_one_are_all_that_have_a_part_in_common(listed: list[str], path: str) -> None:
    kept: ScopeMap[str] = ScopeMap()
    for each in listed:
        kept.put(read_scope(each), each)
    scope = read_scope(path)
    shared = {read_scope(each) for each in listed if relate(read_scope(each), scope) is not Relation.DISJOINT}
    assert shared <= {read_scope(each) for each in kept.near(scope)}


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "use httpx " * 100_000,
        "1" * 1_000_000,
        "1 " * 500_000,
        "9,999," * 100_000,
        "a/" * 500_000,
        "*" * 100_000,
        "**/" * 20_000,
        "\0httpx\0",
        "\u202ehttpx\u2066\u200f",
        "\ud800",
        "`" * 1000,
        "(" * 100_000,
        "not " * 100_000,
        "ﬃ" * 100_000,
        ">=" * 100_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_any_text_can_be_compared(text: str) -> None:
    one = Decision(topic="http client", choice="httpx", scope="src")
    for other in (
        Decision(topic=text, choice="requests"),
        Decision(topic="http client", choice=text),
        Decision(topic="http client", choice="requests", scope=text),
        Decision(topic=text, choice=text, scope=text),
    ):
        assert 0 <= contradiction(one, other, CATALOGUE).score <= 1


def test_marks_that_cannot_be_seen_do_not_count() -> None:
    one = Decision(topic="http\u200b client", choice="\u202ehttp\u200dx\u202c")
    assert contradiction(one, Decision(topic="http client", choice="requests"), CATALOGUE).score == 1


@given(any_text)
@settings(max_examples=300)
def test_any_text_can_be_read_for_figures(text: str) -> None:
    for kind in (None, "duration", "size", "rate", "count", "percent"):
        read_figures(text, kind)
    read_versions(text)
