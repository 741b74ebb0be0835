"""Nouns as anybody could make them, hostile text included."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Conflict,
    ConflictRecord,
    ConflictState,
    Decision,
    DecisionSource,
    Escalation,
    EscalationState,
    Event,
    Exit,
    Holder,
    Landing,
    LandingState,
    Lease,
    LeaseState,
    Order,
    OrderOf,
    Outcome,
    Priority,
    ProcessId,
    Progress,
    Request,
    RequestKind,
    Resolution,
    ResolutionState,
    ResourceLease,
    Run,
    RunState,
    Slot,
    SlotState,
    Ticket,
    TicketState,
    Usage,
)

#: Everything that a Python text can be: NUL, our own escape, quotes, lone surrogates, right-to-left marks.
hostile = st.text(st.characters(codec=None, exclude_categories=()), max_size=30) | st.sampled_from(
    [
        "",
        "\0",
        "\x10",
        "\x100000",
        "a\ud800",
        "\udcff",
        "'; DROP TABLE events; --",
        "?",
        "%s",
        "\u202e",
        "é",
        "e\u0301",
    ]
)
#: The same within JSON, which makes one character of two surrogates that follow each other.
told = hostile.filter(lambda text: not re.search("[\ud800-\udbff][\udc00-\udfff]", text))
times = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)
hashes = st.text("0123456789abcdef", min_size=40, max_size=40)
counts = st.integers(0, 2**31 - 1)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | told,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(told, inner, max_size=3),
    max_leaves=5,
)
mappings = st.dictionaries(told, values, max_size=3)
texts = st.lists(told, max_size=3).map(tuple)


def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """``strategy``, or None."""
    return st.none() | strategy


runs = st.builds(
    Run,
    id=hostile,
    target=hostile,
    base=hashes,
    state=st.sampled_from(RunState),
    started_at=times,
    ended_at=maybe(times),
    options=mappings,
    trace_id=hostile,
)
tickets = st.builds(
    Ticket,
    id=hostile,
    title=hostile,
    description=hostile,
    priority=st.sampled_from(Priority),
    depends_on=texts,
    paths=texts,
    agent=maybe(hostile),
    role=maybe(hostile),
    verify=maybe(hostile),
    timeout=maybe(times),
    labels=texts,
    source=hostile,
    extra=mappings,
)
progress = st.builds(
    Progress,
    run=hostile,
    ticket=tickets,
    state=st.sampled_from(TicketState),
    reason=hostile,
    since=times,
    attempt=counts,
    failures=counts,
    redos=counts,
    landed=maybe(hashes),
    position=counts,
)
exits = st.builds(
    Exit,
    status=maybe(st.integers(-64, 255)),
    how=st.sampled_from(["exited", "timeout", "stopped", "unstartable", "lost"]),
    seconds=times,
    cpu_seconds=times,
    peak_memory=st.integers(0, 2**70),
    swept=counts,
    message=told,
)
usages = st.builds(
    Usage,
    input_tokens=st.integers(0, 2**70),
    output_tokens=counts,
    cached_tokens=counts,
    cost=st.floats(allow_nan=False),
    turns=counts,
)
attempts = st.builds(
    Attempt,
    run=hostile,
    ticket=hostile,
    number=counts,
    state=st.sampled_from(AttemptState),
    cause=st.sampled_from(Cause),
    profile=hostile,
    slot=maybe(counts),
    base=hashes,
    directory=hostile,
    started_at=times,
    ended_at=maybe(times),
    outcome=maybe(st.sampled_from(Outcome)),
    exit=maybe(exits),
    work=maybe(hashes),
    files=texts,
    session=maybe(hostile),
    usage=usages,
)
landings = st.builds(
    Landing,
    run=hostile,
    ticket=hostile,
    attempt=counts,
    state=st.sampled_from(LandingState),
    queued_at=times,
    onto=maybe(hashes),
    commit=maybe(hashes),
    ended_at=maybe(times),
    reason=hostile,
    paths=texts,
    verify_seconds=times,
)
slots = st.builds(
    Slot,
    id=counts,
    path=hostile,
    state=st.sampled_from(SlotState),
    base=maybe(hashes),
    holder=maybe(st.tuples(told, told, counts)),
)
events = st.builds(
    Event, kind=hostile, at=times, run=hostile, ticket=maybe(hostile), attempt=maybe(counts), data=mappings
)
requests = st.builds(
    Request,
    id=counts,
    kind=st.sampled_from(RequestKind),
    at=times,
    ticket=maybe(hostile),
    data=mappings,
)
holders = st.builds(
    Holder,
    host=hostile,
    process=st.builds(ProcessId, boot_id=hostile, pid=counts, start_time=st.integers(0, 2**62)),
    command=hostile,
)
leases = st.builds(
    Lease,
    token=st.integers(1, 2**62),
    holder=holders,
    acquired_at=times,
    renewed_at=times,
    released_at=maybe(times),
)
zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
records = st.builds(
    ConflictRecord,
    run=hostile,
    conflict=st.builds(
        Conflict,
        conflict_id=hostile,
        conflict_type=hostile,
        involved_agents=texts,
        severity=hostile,
        context=mappings,
        timestamp=st.datetimes(datetime(1970, 1, 2), timezones=zones),
    ),
    state=st.sampled_from(ConflictState),
    formed_at=times,
    since=times,
    stood_at=maybe(times),
    ended_at=maybe(times),
    reason=hostile,
    returns=counts,
)
decisions = st.builds(
    Decision,
    id=counts,
    topic=hostile,
    choice=hostile,
    scope=hostile,
    reason=hostile,
    agent=hostile,
    ticket=maybe(hostile),
    source=st.sampled_from(DecisionSource),
    run=maybe(hostile),
    at=times,
)
resolutions = st.builds(
    Resolution,
    run=hostile,
    conflict=hostile,
    number=counts,
    strategy=hostile,
    state=st.sampled_from(ResolutionState),
    started_at=times,
    ended_at=maybe(times),
    message=hostile,
    inputs=mappings,
    result=mappings,
)
orders = st.builds(
    Order,
    run=hostile,
    first=hostile,
    then=hostile,
    of=st.sampled_from(OrderOf),
    at=times,
    reason=hostile,
    conflict=maybe(hostile),
)
resource_leases = st.builds(
    ResourceLease,
    run=hostile,
    resource=hostile,
    ticket=hostile,
    state=st.sampled_from(LeaseState),
    since=times,
)
escalations = st.builds(
    Escalation,
    id=hostile,
    run=hostile,
    state=st.sampled_from(EscalationState),
    question=hostile,
    opened_at=times,
    conflict=maybe(hostile),
    tickets=texts,
    severity=hostile,
    told_at=times,
    times_told=counts,
    package=mappings,
    answer=mappings,
    ended_at=maybe(times),
)
