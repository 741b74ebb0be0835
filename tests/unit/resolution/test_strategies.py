from __future__ import annotations

import pytest

from headway.config import ResolutionSettings
from headway.nouns import DecisionSource, OrderOf
from headway.resolution.effects import (
    Boost,
    Consult,
    Mediate,
    Mediated,
    QueueLease,
    Redo,
    Reorder,
    Replace,
    Rule,
    Split,
    Tell,
)
from headway.resolution.facts import Facts, OpenFile, Pattern
from headway.resolution.strategies import STRATEGIES, contention, edits, priority, technical
from headway.resolution.strategies.tables import TABLE, Verdict

from .samples import CRITICAL, HIGH, LOW, conflict, decision, side

WANT = conflict("resource_contention")
DISAGREE = conflict("technical_disagreement")
FIRST = conflict("priority_conflict")
EDIT = conflict("edit", path="a.py", detail="both change line 3")


def test_the_specifications_strategies_are_tried_in_its_order() -> None:
    names = {kind: [each.name for each in STRATEGIES[kind]] for kind in STRATEGIES}
    assert names["resource_contention"] == [
        "queue_access_strategy",
        "resource_splitting_strategy",
        "priority_boost_strategy",
    ]
    assert names["technical_disagreement"] == [
        "framework_pattern_strategy",
        "architect_authority_strategy",
        "research_consultation_strategy",
    ]
    assert names["priority_conflict"] == [
        "timeline_analysis_strategy",
        "business_impact_strategy",
        "dependency_reordering_strategy",
    ]


# Resources


def test_who_is_more_important_has_it_first_and_the_others_are_told() -> None:
    facts = Facts(sides=(side("A"), side("B", priority=HIGH), side("C")), resource="port:8080")
    ruling = contention.queue_access_strategy(WANT, facts)
    assert ruling.successful
    assert ruling.effects[0] == QueueLease(resource="port:8080", tickets=("B", "A", "C"))
    assert [each.ticket for each in ruling.effects if isinstance(each, Tell)] == ["A", "C"]
    assert ruling.details == {"access_order": ["B", "A", "C"], "estimated_delay": 20.0}


def test_what_is_shared_by_amount_is_not_queued_for() -> None:
    assert not contention.queue_access_strategy(
        WANT, Facts(sides=(side("A"), side("B")), resource="memory")
    ).successful


def test_a_resource_is_split_by_parts_that_no_two_need() -> None:
    parts = {"A": frozenset({"f"}), "B": frozenset({"g"})}
    ruling = contention.resource_splitting_strategy(
        WANT, Facts(sides=(side("A"), side("B")), resource="path:a.py", parts=parts)
    )
    assert ruling.effects[0] == Split(resource="path:a.py", parts={"A": ("f",), "B": ("g",)})


def test_a_part_that_both_need_is_not_split() -> None:
    parts = {"A": frozenset({"f", "h"}), "B": frozenset({"g", "h"})}
    assert not contention.resource_splitting_strategy(
        WANT, Facts(sides=(side("A"), side("B")), resource="path:a.py", parts=parts)
    ).successful


@pytest.mark.parametrize(("capacity", "enough"), [(10.0, True), (9.0, False)])
def test_an_amount_is_split_where_it_is_enough(capacity: float, enough: bool) -> None:
    facts = Facts(
        sides=(side("A"), side("B")), resource="memory", capacity=capacity, demands={"A": 4.0, "B": 6.0}
    )
    assert contention.resource_splitting_strategy(WANT, facts).successful is enough


def test_who_holds_what_a_critical_one_waits_for_becomes_critical() -> None:
    facts = Facts(sides=(side("A", priority=LOW, since=1.0), side("B", priority=CRITICAL, since=2.0)))
    (boost,) = contention.priority_boost_strategy(WANT, facts).effects
    assert isinstance(boost, Boost)
    assert (boost.ticket, boost.was, boost.to) == ("A", LOW, CRITICAL)


def test_who_has_waited_long_rises_one_step() -> None:
    facts = Facts(now=1000.0, sides=(side("A", since=1.0), side("B", since=2.0)))
    (boost,) = contention.priority_boost_strategy(WANT, facts).effects
    assert isinstance(boost, Boost)
    assert (boost.ticket, boost.to) == ("B", HIGH)


# Decisions


def contradicting(*roles: str, **more: object) -> Facts:
    left, right = (side(name, role=role) for name, role in zip("AB", roles or ("", ""), strict=True))
    told = {
        "sides": (left, right),
        "decisions": (decision("redis", scope="api"), decision("postgres")),
        **more,
    }
    return Facts(**told)  # type: ignore[arg-type]


def test_the_surest_pattern_of_the_house_holds() -> None:
    patterns = (
        Pattern(name="old", topic="session store", choice="redis", confidence=0.7),
        Pattern(name="new", topic="Session-Store", choice="postgres", confidence=0.9),
        Pattern(name="guess", topic="session store", choice="redis", confidence=0.3),
    )
    ruling = technical.framework_pattern_strategy(DISAGREE, contradicting(patterns=patterns))
    assert ruling.details["pattern"] == "new"
    rule, tell = ruling.effects
    assert rule == Rule(topic="session store", choice="postgres", scope="api", reason="pattern new")
    assert isinstance(tell, Tell)
    assert tell.ticket == "A"


def test_a_persons_decision_is_surer_than_any_pattern() -> None:
    decisions = (decision("redis", source=DecisionSource.PERSON), decision("postgres"))
    patterns = (Pattern(name="p", topic="session store", choice="postgres", confidence=1.0),)
    ruling = technical.framework_pattern_strategy(
        DISAGREE, contradicting(decisions=decisions, patterns=patterns)
    )
    assert ruling.details["choice"] == "redis"


def test_without_a_pattern_it_does_not_know() -> None:
    assert not technical.framework_pattern_strategy(DISAGREE, contradicting()).successful


def test_the_architects_specification_holds_against_the_engineer() -> None:
    facts = contradicting("architect", "engineer", specification="Sessions are kept in postgres.")
    assert technical.architect_authority_strategy(DISAGREE, facts).details["choice"] == "postgres"


def test_without_a_specification_the_architect_is_asked_for_one() -> None:
    ruling = technical.architect_authority_strategy(DISAGREE, contradicting("architect", "engineer"))
    assert isinstance(ruling.question, Consult)
    assert ruling.question.role == "architect"
    assert ruling.question.options == ("redis", "postgres")


@pytest.mark.parametrize(("risk", "choice"), [("critical", "redis"), ("low", "postgres"), ("", "postgres")])
def test_security_holds_against_performance_at_a_critical_risk_only(risk: str, choice: str) -> None:
    facts = contradicting("security", "performance", risk=risk)
    assert technical.architect_authority_strategy(DISAGREE, facts).details["choice"] == choice


def test_at_a_high_risk_performance_is_asked_for_an_analysis() -> None:
    ruling = technical.architect_authority_strategy(
        DISAGREE, contradicting("security", "performance", risk="high")
    )
    assert isinstance(ruling.question, Consult)
    assert ruling.question.role == "performance"


def test_a_deployment_pattern_holds_between_devops_and_engineer_else_a_person() -> None:
    pattern = Pattern(name="p", topic="session store", choice="redis", confidence=0.2)
    known = contradicting("devops", "engineer", patterns=(pattern,))
    assert technical.architect_authority_strategy(DISAGREE, known).details["choice"] == "redis"
    unknown = technical.architect_authority_strategy(DISAGREE, contradicting("devops", "engineer"))
    assert not unknown.successful
    assert unknown.question is None


def test_every_table_ends_with_a_row_that_holds_always() -> None:
    last = {row.roles: row for row in TABLE}
    assert len(last) == 3
    assert all(row.when.value == "always" for row in last.values())
    assert [row.verdict for row in last.values()] == [Verdict.ASK, Verdict.ROLE, Verdict.ESCALATE]


@pytest.mark.parametrize(
    ("answer", "choice"),
    [
        ("postgres", "postgres"),
        ("I would take Postgres here.", "postgres"),
        ("mongodb", None),
        ("redis or postgres", None),
    ],
)
def test_only_one_of_the_two_counts_as_an_answer(answer: str, choice: str | None) -> None:
    ruling = technical.research_consultation_strategy(DISAGREE, contradicting(answer=answer))
    assert ruling.successful is (choice is not None)
    assert ruling.details.get("choice") == choice


# Who goes first


def test_who_has_less_time_to_spare_goes_first() -> None:
    facts = Facts(now=0.0, sides=(side("A", due=1000.0), side("B", due=300.0)))
    (effect,) = priority.timeline_analysis_strategy(FIRST, facts).effects
    assert isinstance(effect, Reorder)
    assert (effect.first, effect.then, effect.of) == ("B", "A", OrderOf.LAND)


def test_a_date_does_not_put_a_ticket_before_a_more_important_one() -> None:
    facts = Facts(now=0.0, sides=(side("A", priority=CRITICAL), side("B", due=300.0)))
    assert not priority.timeline_analysis_strategy(FIRST, facts).successful


def test_without_dates_time_says_nothing() -> None:
    assert not priority.timeline_analysis_strategy(FIRST, Facts(sides=(side("A"), side("B")))).successful


def test_who_is_more_important_goes_first() -> None:
    facts = Facts(sides=(side("A"), side("B", priority=HIGH, is_running=False)))
    (effect,) = priority.business_impact_strategy(
        FIRST, Facts(sides=(side("A", is_running=False), facts.sides[1]))
    ).effects
    assert isinstance(effect, Reorder)
    assert (effect.first, effect.then, effect.of) == ("B", "A", OrderOf.START)


def test_what_a_critical_one_depends_on_becomes_critical() -> None:
    facts = Facts(
        sides=(side("A", priority=LOW), side("C", priority=CRITICAL)),
        before=frozenset({("A", "B"), ("B", "C")}),
    )
    (boost,) = priority.business_impact_strategy(FIRST, facts).effects
    assert isinstance(boost, Boost)
    assert (boost.ticket, boost.to) == ("A", CRITICAL)


def test_the_longer_chain_goes_first_and_never_against_what_is_in_order() -> None:
    sides = (side("A", chain=1), side("B", chain=5))
    (effect,) = priority.dependency_reordering_strategy(FIRST, Facts(sides=sides)).effects
    assert isinstance(effect, Reorder)
    assert effect.first == "B"
    against = Facts(sides=sides, before=frozenset({("A", "X"), ("X", "B")}))
    (effect,) = priority.dependency_reordering_strategy(FIRST, against).effects
    assert isinstance(effect, Reorder)
    assert effect.first == "A"


# Edits


def test_who_has_only_begun_is_put_behind() -> None:
    facts = Facts(sides=(side("A", elapsed=100.0), side("B", elapsed=1.0, rest=50.0)))
    ruling = edits.order_strategy(EDIT, facts)
    kinds = [(type(each).__name__, getattr(each, "of", None)) for each in ruling.effects]
    assert kinds == [("Reorder", OrderOf.LAND), ("Reorder", OrderOf.START), ("Redo", None)]
    assert "behind" in ruling.message


def test_who_is_told_hears_the_other_sides_intent_and_diff() -> None:
    first = side("A", elapsed=100.0, intent="rate limits", diff="+limit()")
    ruling = edits.order_strategy(EDIT, Facts(sides=(first, side("B", elapsed=99.0, rest=1.0, share=0.3))))
    (tell,) = [each for each in ruling.effects if isinstance(each, Tell)]
    assert tell.ticket == "B"
    assert all(word in tell.text for word in ("a.py", "both change line 3", "rate limits", "+limit()"))


def test_work_that_is_done_is_not_put_in_order_any_more() -> None:
    facts = Facts(sides=(side("target", is_running=False, has_landed=True), side("B", is_running=False)))
    assert not edits.order_strategy(EDIT, facts).successful


def open_file(path: str = "AUTHORS", **more: bytes) -> OpenFile:
    return OpenFile(**{"path": path, "base": b"a\n", "left": b"a\nl\n", "right": b"a\nr\n", **more})  # type: ignore[arg-type]


def merging(*files: OpenFile, **more: object) -> Facts:
    sides = (side("A", has_landed=True, is_running=False), side("B", is_running=False))
    return Facts(**{"sides": sides, "files": files, "can_merge": True, **more})  # type: ignore[arg-type]


def test_what_a_rule_settles_is_merged() -> None:
    ruling = edits.mechanical_strategy(EDIT, merging(open_file()))
    assert ruling.effects == (Replace(ticket="B", files={"AUTHORS": b"a\nl\nr\n"}),)


def test_one_file_without_a_rule_leaves_all_to_others() -> None:
    assert not edits.mechanical_strategy(EDIT, merging(open_file(), open_file("a.bin"))).successful


def test_what_a_command_makes_is_planned() -> None:
    settings = ResolutionSettings.model_validate({"mechanical": {"regenerate": {"uv.lock": "uv lock"}}})
    ruling = edits.mechanical_strategy(EDIT, merging(open_file(), open_file("uv.lock"), settings=settings))
    (effect,) = ruling.effects
    assert isinstance(effect, Replace)
    assert effect.commands == {"uv lock": ("uv.lock",)}


def test_nothing_is_merged_while_work_is_not_done() -> None:
    assert not edits.mechanical_strategy(EDIT, merging(open_file(), can_merge=False)).successful


def test_the_later_one_goes_again_as_often_as_it_may() -> None:
    (redo,) = edits.redo_strategy(EDIT, merging()).effects
    assert isinstance(redo, Redo)
    assert redo.ticket == "B"
    used = Facts(sides=(side("A", has_landed=True), side("B", redos_left=0)))
    assert not edits.redo_strategy(EDIT, used).successful


def test_a_mediator_is_asked_where_one_is_configured() -> None:
    assert not edits.mediation_strategy(EDIT, merging(open_file())).successful
    settings = ResolutionSettings(mediator="claude", mediator_timeout=60.0)
    ruling = edits.mediation_strategy(EDIT, merging(open_file(), settings=settings))
    assert isinstance(ruling.question, Mediate)
    assert ruling.question.timeout == 60.0
    done = edits.mediation_strategy(
        EDIT, merging(open_file(), settings=settings, mediated=Mediated(tree={"AUTHORS": b"a\nr\nl\n"}))
    )
    assert done.effects == (Replace(ticket="B", files={"AUTHORS": b"a\nr\nl\n"}),)
