"""Many decisions: which pairs are told, under which id, and what no longer counts."""

from dataclasses import replace
from itertools import count

from headway.conflicts.decisions import Ledger, find_contradictions
from headway.conflicts.decisions.ledger import contradictions
from headway.nouns import Conflict, Decision

numbers = count(1)


def decided(ticket: str | None, topic: str, choice: str, scope: str = "", agent: str = "a") -> Decision:
    number = next(numbers)
    return Decision(
        topic=topic,
        choice=choice,
        scope=scope,
        ticket=ticket,
        agent=agent,
        id=number,
        at=float(number),
        run="r",
    )


def sides(found: list[Conflict]) -> list[tuple[str, ...]]:
    return sorted(each.involved_agents for each in found)


def test_a_conflict_tells_both_decisions_in_full() -> None:
    one = decided("T-1", "http client", "httpx", "src")
    other = decided("T-2", "HTTP library", "requests", "src/a.py", agent="b")
    (found,) = find_contradictions([one, other])
    assert (found.conflict_type, found.involved_agents, found.severity) == (
        "decision",
        ("T-1", "T-2"),
        "medium",
    )
    assert found.context["type"] == "choice"
    assert found.context["score"] == 1
    assert [(each["topic"], each["decision"], each["scope"]) for each in found.context["decisions"]] == [
        ("http client", "httpx", "src"),
        ("HTTP library", "requests", "src/a.py"),
    ]


def test_its_id_is_the_same_in_other_words_and_from_the_other_side() -> None:
    one, other = decided("T-1", "http client", "httpx"), decided("T-2", "http library", "requests")
    told = find_contradictions([one, other])
    again = find_contradictions(
        [decided("T-2", "http client", "use requests, please"), decided("T-1", "http client", "httpx 0.27")]
    )
    assert told[0].conflict_id == again[0].conflict_id


def test_each_later_decision_is_told_against_the_earliest_that_says_otherwise() -> None:
    ledger = [decided(f"T-{n}", "http client", "httpx" if n % 2 else "requests") for n in range(1, 7)]
    assert sides(find_contradictions(ledger)) == [
        ("T-1", "T-2"),
        ("T-1", "T-4"),
        ("T-1", "T-6"),
        ("T-2", "T-3"),
        ("T-2", "T-5"),
    ]


def test_conflicts_grow_with_decisions_and_not_with_their_pairs() -> None:
    ledger = [decided(f"T-{n}", "http client", "httpx" if n % 2 else "requests") for n in range(400)]
    assert len(find_contradictions(ledger)) == 399


def test_what_a_ticket_decides_anew_takes_the_place_of_what_it_decided_before() -> None:
    first, other = decided("T-1", "http client", "httpx"), decided("T-2", "http client", "requests")
    assert find_contradictions([first, other])
    assert find_contradictions([first, other, decided("T-1", "HTTP library", "requests")]) == []


def test_what_a_ticket_decides_for_a_part_leaves_the_rest_as_it_was() -> None:
    ledger = [
        decided("T-1", "http client", "httpx"),
        decided("T-2", "http client", "requests", "web"),
        decided("T-1", "http client", "requests", "src"),
    ]
    assert sides(find_contradictions(ledger)) == [("T-1", "T-2")]


def test_what_a_ticket_withdraws_no_longer_counts() -> None:
    ledger = [
        decided("T-1", "http client", "httpx"),
        decided("T-2", "http client", "requests"),
        decided("T-1", "http client", "withdrawn"),
    ]
    assert find_contradictions(ledger) == []


def test_different_questions_of_one_topic_do_not_replace_each_other() -> None:
    ledger = [
        decided("T-1", "logging", "structlog"),
        decided("T-1", "logging", "a request id in every line"),
        decided("T-2", "logging", "loguru"),
    ]
    assert sides(find_contradictions(ledger)) == [("T-1", "T-2")]


def test_an_agent_without_a_ticket_is_a_side_of_its_own() -> None:
    ledger = [
        decided(None, "http client", "httpx", agent="anna"),
        decided(None, "http client", "requests", agent="bert"),
        decided(None, "http client", "aiohttp", agent="anna"),
    ]
    assert sides(find_contradictions(ledger)) == [("bert", "anna")]


def test_the_threshold_leaves_suspicions_out() -> None:
    ledger = [decided("T-1", "timeout", "30 s"), decided("T-2", "database timeout", "5 s")]
    assert [each.severity for each in find_contradictions(ledger)] == ["low"]
    assert find_contradictions(ledger, threshold=0.8) == []


def test_severity_is_that_of_the_topic() -> None:
    def severity(topic: str, one: str, other: str) -> str:
        return find_contradictions([decided("T-1", topic, one), decided("T-2", topic, other)])[0].severity

    assert severity("money", "float", "decimal") == "high"
    assert severity("quote style", "single", "double") == "low"
    assert severity("retries", "3", "5") == "medium"


def test_a_ledger_that_grows_says_what_all_at_once_say() -> None:
    decisions = [
        decided(f"T-{n}", "cache", choice, scope)
        for n, (choice, scope) in enumerate(
            (("redis", "a"), ("memcached", "a"), ("redis", "b"), ("memcached", ""))
        )
    ]
    ledger = Ledger()
    told = []
    for each in decisions:
        told += [found.id for found in ledger.against(each)]
        ledger.add(each)
    assert sorted(told) == sorted(each.id for each in contradictions(decisions))


def test_a_decision_of_another_run_is_of_another_side() -> None:
    one = decided("T-1", "http client", "httpx")
    assert Ledger([one]).against(replace(one, choice="requests", run="other"))
