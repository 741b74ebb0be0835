"""Who gets a resource next. Pure.

The highest priority; among equals who has more at stake, then who has waited longest, then by name. Priorities are the
effective ones (:func:`.priorities.boosts`). Nobody gets what another has, and who has it gets it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from headway.conflicts.waiting.facts import UNKNOWN, Facts
from headway.nouns import LeaseState, Priority, ResourceLease


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A resource lease that is given now."""

    #: As it is to be kept, state *held* and since now; one that the ticket had already as it was.
    lease: ResourceLease
    #: How long it was waited for, in seconds.
    waited: float
    #: Whether the ticket had it already.
    is_again: bool = False


def lease(
    requests: Iterable[ResourceLease],
    held: Iterable[ResourceLease],
    *,
    now: float,
    effective: Mapping[str, Priority] | None = None,
    facts: Facts | None = None,
    most: Mapping[str, int] | None = None,
) -> list[Grant]:
    """Who gets what now, in the order in which it is given.

    ``requests``: leases that are waited for; ``held``: all that are had. ``effective``: priorities, those of ``facts``
    where a ticket is not in it. ``most``: how many may have a counted resource at a time; one, where it is not said.
    Resources of different runs are different ones only where their names are: a path of one repository is one path.
    """
    ranks = _Ranks(effective or {}, facts or {})
    had: dict[str, dict[tuple[str, str], ResourceLease]] = defaultdict(dict)
    for each in held:
        had[each.resource][each.run, each.ticket] = each
    given: list[Grant] = []
    for request in sorted(requests, key=ranks.place):
        holders = had[request.resource]
        who = (request.run, request.ticket)
        if who in holders:
            given.append(Grant(lease=holders[who], waited=0.0, is_again=True))
        elif len(holders) < (most or {}).get(request.resource, 1):
            new = replace(request, state=LeaseState.HELD, since=now)
            holders[who] = new
            given.append(Grant(lease=new, waited=max(0.0, now - request.since)))
    return given


@dataclass(frozen=True, slots=True)
class _Ranks:
    effective: Mapping[str, Priority]
    facts: Facts

    def place(self, request: ResourceLease) -> tuple[int, int, float, str, str, str]:
        at = self.facts.get(request.ticket, UNKNOWN)
        effective = self.effective.get(request.ticket, at.priority)
        return (-effective, -at.stake, request.since, request.ticket, request.resource, request.run)
