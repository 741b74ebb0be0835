"""Rows ↔ nouns, in one place, and the statements that move them. No I/O.

    shape      what a noun's row is, and its statements
    work       runs, tickets and where they stand, attempts, landings, slots
    log        events, requests, the coordinator's leases
    conflicts  conflicts, what settles them, and what only a person can answer

Every statement is understood by SQLite and PostgreSQL alike. Parameters are ``?``; names are quoted, because nouns
have fields (``commit``, ``at``, ``then``) that SQL uses too. That columns, nouns and :mod:`headway.store.schema` agree
is held by tests.
"""

from __future__ import annotations

from typing import Any

from headway.store.rows.conflicts import (
    CONFLICTS,
    DECISIONS,
    ESCALATIONS,
    ORDERS,
    RESOLUTIONS,
    RESOURCE_LEASES,
)
from headway.store.rows.log import EVENTS, LEASES, REQUESTS
from headway.store.rows.shape import Shape
from headway.store.rows.work import (
    ATTEMPTS,
    LANDINGS,
    PROGRESS,
    RUNS,
    SELECT_PROGRESS,
    SLOTS,
    TICKETS,
    RunTicket,
)

__all__ = [
    "ATTEMPTS",
    "CONFLICTS",
    "DECISIONS",
    "ESCALATIONS",
    "EVENTS",
    "LANDINGS",
    "LEASES",
    "ORDERS",
    "PROGRESS",
    "REQUESTS",
    "RESOLUTIONS",
    "RESOURCE_LEASES",
    "RUNS",
    "SELECT_PROGRESS",
    "SHAPES",
    "SLOTS",
    "TICKETS",
    "RunTicket",
    "Shape",
]

#: Every table that a noun lies in.
SHAPES: tuple[Shape[Any], ...] = (
    RUNS,
    TICKETS,
    PROGRESS,
    ATTEMPTS,
    LANDINGS,
    SLOTS,
    EVENTS,
    REQUESTS,
    LEASES,
    CONFLICTS,
    DECISIONS,
    RESOLUTIONS,
    ORDERS,
    RESOURCE_LEASES,
    ESCALATIONS,
)
