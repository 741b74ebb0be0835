"""Who decides between which roles, as data: the decision tables of the specification's digest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a row says."""

    #: The choice of the role that the row names.
    ROLE = "role"
    #: What is written down (a specification, a deployment pattern) names the choice.
    WRITTEN = "written"
    #: The role that the row names is asked, and its answer holds.
    ASK = "ask"
    #: A person decides.
    ESCALATE = "escalate"


class When(StrEnum):
    """What must hold for a row."""

    ALWAYS = "always"
    #: A specification of the architect's, or a person's decision, names one of the choices.
    SPECIFIED = "specified"
    #: A pattern of the house names one of the choices.
    PATTERN = "pattern"
    RISK_CRITICAL = "critical risk"
    RISK_HIGH = "high risk"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """The first row that holds decides."""

    roles: frozenset[str]
    when: When
    verdict: Verdict
    role: str = ""
    #: Seconds after which a question without an answer goes to a person.
    patience: float = 3600.0
    says: str = ""


ARCHITECT_ENGINEER = frozenset({"architect", "engineer"})
SECURITY_PERFORMANCE = frozenset({"security", "performance"})
DEVOPS_ENGINEER = frozenset({"devops", "engineer"})

TABLE: tuple[Row, ...] = (
    Row(
        roles=ARCHITECT_ENGINEER,
        when=When.SPECIFIED,
        verdict=Verdict.WRITTEN,
        says="the architect's specification holds",
    ),
    Row(
        roles=ARCHITECT_ENGINEER,
        when=When.ALWAYS,
        verdict=Verdict.ASK,
        role="architect",
        patience=3600.0,
        says="the architect is asked for a specification",
    ),
    Row(
        roles=SECURITY_PERFORMANCE,
        when=When.RISK_CRITICAL,
        verdict=Verdict.ROLE,
        role="security",
        says="a critical risk: security holds",
    ),
    Row(
        roles=SECURITY_PERFORMANCE,
        when=When.RISK_HIGH,
        verdict=Verdict.ASK,
        role="performance",
        says="a high risk: what security costs is analysed",
    ),
    Row(
        roles=SECURITY_PERFORMANCE,
        when=When.ALWAYS,
        verdict=Verdict.ROLE,
        role="performance",
        says="no high risk: the faster one",
    ),
    Row(
        roles=DEVOPS_ENGINEER,
        when=When.PATTERN,
        verdict=Verdict.WRITTEN,
        says="the deployment pattern of the house holds",
    ),
    Row(
        roles=DEVOPS_ENGINEER,
        when=When.ALWAYS,
        verdict=Verdict.ESCALATE,
        says="no deployment pattern: a person decides",
    ),
)


def rows_for(roles: frozenset[str]) -> tuple[Row, ...]:
    """The rows about two roles, in order."""
    return tuple(row for row in TABLE if row.roles == roles)
