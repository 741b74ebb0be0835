"""Generated fleets: tickets with dependencies, in any state that a run can show."""

from hypothesis import strategies as st

from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Exit,
    Landing,
    LandingState,
    Outcome,
    Priority,
    Progress,
    Ticket,
    TicketState,
)

RUN = "r1"


def ticket(id_: str, *needs: str, priority: Priority = Priority.MEDIUM) -> Ticket:
    return Ticket(id=id_, title=id_, depends_on=needs, priority=priority)


def progress(
    id_: str,
    state: TicketState = TicketState.WAITING,
    *needs: str,
    priority: Priority = Priority.MEDIUM,
    position: int = 0,
    **fields: object,
) -> Progress:
    return Progress(
        run=RUN, ticket=ticket(id_, *needs, priority=priority), state=state, position=position, **fields
    )


def attempt(
    number: int = 1,
    outcome: Outcome | None = Outcome.WORK,
    cause: Cause = Cause.FIRST,
    work: str | None = None,
    exit_: Exit | None = None,
) -> Attempt:
    if work is None and outcome is Outcome.WORK:
        work = "a" * 40
    return Attempt(
        run=RUN,
        ticket="A",
        number=number,
        state=AttemptState.COLLECTED,
        cause=cause,
        profile="p",
        slot=None,
        base="b" * 40,
        directory="/nowhere",
        started_at=0.0,
        outcome=outcome,
        work=work,
        exit=exit_,
    )


def landing(state: LandingState, *, number: int = 1, reason: str = "because") -> Landing:
    return Landing(run=RUN, ticket="A", attempt=number, state=state, queued_at=0.0, reason=reason)


@st.composite
def fleets(draw: st.DrawFn, most: int = 12) -> list[Progress]:
    """Tickets in any state, each depending on earlier ones only."""
    count = draw(st.integers(1, most))
    found = []
    for position in range(count):
        needs = draw(st.sets(st.integers(0, position - 1), max_size=3)) if position else set()
        found.append(
            progress(
                f"T{position}",
                draw(st.sampled_from(TicketState)),
                *(f"T{n}" for n in sorted(needs)),
                priority=draw(st.sampled_from(Priority)),
                position=position,
                attempt=draw(st.integers(0, 2)),
            )
        )
    return found
