"""What two decisions say, in pairs that show one rule each."""

import pytest

from headway.conflicts.decisions import built_in, contradiction
from headway.conflicts.decisions.scoring import ContradictionType
from headway.nouns import Decision


def score(one: tuple[str, ...], other: tuple[str, ...], ticket: str | None = None) -> tuple[float, str]:
    a, b = (
        Decision(
            topic=each[0], choice=each[1], scope=each[2] if len(each) > 2 else "", agent=name, ticket=ticket
        )
        for name, each in (("a", one), ("b", other))
    )
    found = contradiction(a, b, built_in())
    return found.score, found.contradiction_type.value


HTTPX = ("http client", "httpx")


@pytest.mark.parametrize(
    "choice",
    [
        "requests",
        "Requests",
        "use `requests`",
        "replace httpx by requests",
        "requests instead of httpx",
        "move from httpx to requests",
        "prefer requests over httpx",
        "no httpx, requests",
    ],
)
def test_another_choice_contradicts_however_it_is_worded(choice: str) -> None:
    assert score(HTTPX, ("HTTP library", choice))[0] == 1


@pytest.mark.parametrize(
    "choice", ["drop httpx", "do not use httpx", "without httpx", "httpx is banned", "never httpx"]
)
def test_what_is_refused_contradicts_what_is_chosen(choice: str) -> None:
    assert score(HTTPX, ("http client", choice)) == (1, ContradictionType.REFUSED)


@pytest.mark.parametrize(
    "choice",
    [
        "httpx 0.27",
        "httpx instead of requests",
        "replace requests by httpx",
        "do not drop httpx",
        "we considered requests; httpx it is",
        "drop requests, httpx instead",
        "prefer httpx over requests",
    ],
)
def test_the_same_choice_is_no_contradiction_however_it_is_worded(choice: str) -> None:
    assert score(HTTPX, ("HTTP library", choice))[0] == 0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "src", 1),
        ("src", "src/a.py", 1),
        ("src/**", "src/a/b", 1),
        ("*.py", "src/a.py", 1),
        ("src, web", "web/a", 1),
        ("billing", "src/billing/a", 1),
        ("the whole repository", "src", 1),
        ("src/", "web/", 0),
        ("src/a", "src/ab", 0),
        ("*.py", "*.md", 0),
        ("src/*.ts", "web/**/*.ts", 0),
        ("billing", "shop", 0.7),
        ("billing", "src/core", 0.7),
    ],
)
def test_the_scope_says_how_much_a_contradiction_counts(one: str, other: str, expected: float) -> None:
    assert score((*HTTPX, one), ("http client", "requests", other))[0] == expected


def test_choices_of_different_languages_do_not_exclude_each_other() -> None:
    assert score(("test runner", "pytest"), ("test runner", "vitest"))[0] == 0


def test_choices_that_may_stand_side_by_side_do_not_exclude_each_other() -> None:
    assert score(("cache", "redis"), ("cache", "a CDN in front"))[0] == 0


def test_a_common_word_is_a_choice_only_under_its_topic() -> None:
    assert score(("form fields", "validate all requests before use"), HTTPX)[0] == 0


def test_doing_without_contradicts_a_choice() -> None:
    assert score(("cache", "none"), ("caching", "Redis")) == (0.9, ContradictionType.WITHOUT)


@pytest.mark.parametrize(
    ("one", "other", "contradicts"),
    [
        ("30s", "5 min", True),
        ("60 s", "1 minute", False),
        ("1500ms", "1.5 seconds", False),
        ("at most 30 s", "10 s", False),
        ("at most 30 s", "at most 10 s", True),
        ("none, it never expires, unlimited", "10 s", True),
    ],
)
def test_durations_are_compared_in_any_unit(one: str, other: str, contradicts: bool) -> None:
    assert (score(("timeout", one), ("time limit", other))[0] >= 0.8) is contradicts


@pytest.mark.parametrize(
    ("one", "other", "contradicts"),
    [
        (">=2,<3", "3.x", True),
        (">=2,<3", "2.7", False),
        ("^1.2", "1.10", False),
        ("~=1.4", "2.0.1", True),
        ("v2", "2.1.0", False),
    ],
)
def test_versions_are_compared_as_ranges(one: str, other: str, contradicts: bool) -> None:
    assert (score(("pydantic version", one), ("pydantic", other))[0] >= 0.8) is contradicts


def test_the_lowest_version_supported_can_only_be_one() -> None:
    assert score(("minimum python", ">=3.10"), ("minimum python", ">=3.12"))[1] == ContradictionType.VERSION


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("on", "off by default"),
        ("required", "not required"),
        ("nullable", "NOT NULL"),
        ("reload on change", "do not reload on change"),
    ],
)
def test_opposites_contradict_each_other(one: str, other: str) -> None:
    found = score(("dark banner", one), ("dark banner", other))
    assert found[0] >= 0.8
    assert found[1] == ContradictionType.OPPOSITE


def test_a_more_special_figure_is_only_a_suspicion() -> None:
    assert 0 < score(("timeout", "30 s"), ("database timeout", "5 s"))[0] < 0.8


def test_two_answers_that_nobody_knows_are_only_a_suspicion() -> None:
    assert score(("map widget", "leaflet"), ("map widget", "openlayers")) == (0.5, ContradictionType.UNCLEAR)


def test_what_was_withdrawn_contradicts_nothing() -> None:
    assert score(HTTPX, ("http client", "withdrawn: requests"))[0] == 0


def test_production_and_tests_may_differ() -> None:
    assert score(("database", "PostgreSQL in production"), ("database of the tests", "SQLite"))[0] < 0.8
