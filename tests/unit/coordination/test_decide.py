"""What is decided, for generated fleets and for each single case."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.coordination.decide import (
    MOST_LOST,
    Fleet,
    Limits,
    after_attempt,
    after_landing,
    cause_of_next,
    exit_status,
    held_back,
    is_drained,
    is_run_over,
    next_to_land,
    stuck_tickets,
    tickets_to_block,
    tickets_to_start,
    tickets_to_unblock,
    waiting_for_others,
    why_no_work,
)
from headway.nouns import Cause, Exit, LandingState, Order, OrderOf, Outcome, Priority, Progress, TicketState
from tests.unit.coordination.fleets import RUN, attempt, fleets, landing, progress

LIMITS = Limits(agents=4, attempts=3, redos=2)
STARTED_OR_OVER = [s for s in TicketState if s is not TicketState.WAITING]


def fleet(found: list[Progress], **changes: object) -> Fleet:
    return Fleet(progress=found, **{"limits": LIMITS, **changes})


@given(fleets(), st.integers(1, 5), st.data())
def test_only_ready_tickets_start_and_never_more_than_there_are_places(found, agents, data):
    ids = [p.ticket.id for p in found]
    admitted = frozenset(data.draw(st.sets(st.sampled_from(ids))))
    limits = Limits(agents=agents, attempts=3, redos=2)
    chosen = tickets_to_start(fleet(found, limits=limits, admitted=admitted))
    state = {p.ticket.id: p for p in found}
    assert len(chosen) == len(set(chosen))
    assert len(chosen) + len(admitted) <= max(agents, len(admitted))
    for id_ in chosen:
        assert state[id_].state is TicketState.WAITING
        assert id_ not in admitted
        assert all(state[d].state is TicketState.LANDED for d in state[id_].ticket.depends_on)


@given(fleets())
def test_a_free_place_is_never_left_empty_while_a_ticket_is_ready(found):
    landed = {p.ticket.id for p in found if p.state is TicketState.LANDED}
    ready = [p for p in found if p.state is TicketState.WAITING and set(p.ticket.depends_on) <= landed]
    assert len(tickets_to_start(fleet(found))) == min(len(ready), LIMITS.agents)


@given(fleets())
def test_nothing_starts_while_draining(found):
    assert tickets_to_start(fleet(found, draining=True)) == []


@given(fleets())
def test_the_higher_priority_starts_first(found):
    priorities = {p.ticket.id: p.ticket.priority for p in found}
    chosen = [priorities[id_] for id_ in tickets_to_start(fleet(found))]
    assert chosen == sorted(chosen, reverse=True)


def meeting(*pairs: tuple[str, str, float]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for left, right, chance in pairs:
        found.setdefault(left, {})[right] = found.setdefault(right, {})[left] = chance
    return found


@st.composite
def meeting_fleets(draw: st.DrawFn) -> Fleet:
    """Fleets in which some may collide and some go before others."""
    found = draw(fleets())
    ids = st.sampled_from([p.ticket.id for p in found])
    pairs = draw(st.lists(st.tuples(ids, ids, st.floats(0.0, 1.0)), max_size=12))
    # As it is held: an order never turns against the dependencies or another order.
    ranks = {p.ticket.id: p.position for p in found}
    orders = [
        order(*sorted(pair, key=ranks.__getitem__))
        for pair in draw(st.lists(st.tuples(ids, ids), max_size=4))
        if pair[0] != pair[1]
    ]
    chances = meeting(*((left, right, chance) for left, right, chance in pairs if left != right))
    return fleet(found, chances=chances, orders=orders)


def order(first: str, then: str, of: OrderOf = OrderOf.START) -> Order:
    return Order(run=RUN, first=first, then=then, of=of, at=0.0)


@given(meeting_fleets())
def test_whatever_waits_for_others_somebody_is_at_work_or_starts(found):
    waits = waiting_for_others(found)
    busy = any(p.state.is_active for p in found.progress)
    assert not waits or busy or tickets_to_start(found)


@given(meeting_fleets())
def test_who_waits_does_not_start_and_waits_for_one_that_is_not_over(found):
    state = {p.ticket.id: p.state for p in found.progress}
    started = set(tickets_to_start(found))
    for ticket, other in waiting_for_others(found).items():
        assert ticket not in started
        assert not state[other].is_over


@given(meeting_fleets())
def test_the_higher_priority_starts_first_also_where_some_may_collide(found):
    priorities = {p.ticket.id: p.ticket.priority for p in found.progress}
    chosen = [priorities[id_] for id_ in tickets_to_start(found)]
    assert chosen == sorted(chosen, reverse=True)


def test_of_two_that_write_the_same_files_the_second_waits_for_the_first():
    found = fleet([progress("A", position=0), progress("B", position=1)], chances=meeting(("A", "B", 0.9)))
    assert tickets_to_start(found) == ["A"]
    assert waiting_for_others(found) == {"B": "A"}


@pytest.mark.parametrize("state", [s for s in TicketState if s.is_active])
def test_it_waits_until_the_others_work_has_landed(state):
    found = fleet([progress("A", state), progress("B", position=1)], chances=meeting(("A", "B", 0.9)))
    assert tickets_to_start(found) == []


@pytest.mark.parametrize("state", sorted(s for s in TicketState if s.is_over))
def test_it_does_not_wait_for_one_that_is_over(state):
    found = fleet([progress("A", state), progress("B", position=1)], chances=meeting(("A", "B", 0.9)))
    assert tickets_to_start(found) == ["B"]


def test_twenty_that_write_into_one_changelog_do_not_queue_up_for_each_other():
    names = [f"T{n}" for n in range(20)]
    pairs = [(a, b, 0.375) for a in names for b in names if a < b]
    found = [progress(name, position=n) for n, name in enumerate(names)]
    limits = Limits(agents=20, attempts=3, redos=2)
    assert len(tickets_to_start(fleet(found, limits=limits, chances=meeting(*pairs)))) >= 18


def test_a_critical_ticket_does_not_wait_for_what_may_never_happen():
    found = [
        progress("A", TicketState.RUNNING),
        progress("B", position=1, priority=Priority.CRITICAL),
        progress("C", position=2, priority=Priority.LOW),
    ]
    assert tickets_to_start(fleet(found, chances=meeting(("A", "B", 0.375), ("A", "C", 0.375)))) == ["B"]


def test_an_order_holds_a_ticket_back_until_the_first_is_over():
    waiting = [progress("A", position=1), progress("B", position=0)]
    assert tickets_to_start(fleet(waiting, orders=[order("A", "B")])) == ["A"]
    failed = [progress("A", TicketState.FAILED), progress("B")]
    assert tickets_to_start(fleet(failed, orders=[order("A", "B")])) == ["B"]


def test_an_order_of_landing_does_not_keep_an_agent_from_working():
    waiting = [progress("A", position=1), progress("B", position=0)]
    assert tickets_to_start(fleet(waiting, orders=[order("A", "B", OrderOf.LAND)])) == ["B", "A"]


def test_of_equal_priority_the_longer_chain_starts_first():
    found = [progress("short", position=0), progress("long", position=1)]
    assert tickets_to_start(fleet(found, chain={"short": 1, "long": 3})) == ["long", "short"]


def test_work_that_goes_again_starts_before_new_work_of_its_priority():
    found = [progress("new", position=0), progress("again", position=1, attempt=1)]
    assert tickets_to_start(fleet(found, chain={"new": 5})) == ["again", "new"]


def test_a_dependency_outside_the_run_is_taken_to_be_there():
    assert tickets_to_start(fleet([progress("A", TicketState.WAITING, "elsewhere")])) == ["A"]


@given(fleets())
def test_every_open_ticket_can_go_on_is_active_or_is_stuck(found):
    """Nobody waits for ever: what waits is ready, waits for something open, or is named as stuck."""
    stuck = stuck_tickets(found)
    state = {p.ticket.id: p.state for p in found}
    for p in found:
        if p.state is TicketState.WAITING and p.ticket.id not in stuck:
            for needed in p.ticket.depends_on:
                lost = (TicketState.FAILED, TicketState.NEEDS_HUMAN, TicketState.CANCELLED)
                assert state[needed] not in lost
                assert needed not in stuck


@given(fleets())
def test_what_is_blocked_is_unblocked_once_its_root_is_tried_again(found):
    blocked = tickets_to_block(found)
    after = [
        progress(
            p.ticket.id,
            TicketState.BLOCKED if p.ticket.id in blocked else p.state,
            *p.ticket.depends_on,
            position=p.position,
        )
        for p in found
    ]
    assert tickets_to_block(after) == {}
    given_up = (TicketState.FAILED, TicketState.NEEDS_HUMAN, TicketState.CANCELLED)
    retried = [
        progress(
            p.ticket.id,
            TicketState.WAITING if p.state in given_up else p.state,
            *p.ticket.depends_on,
            position=p.position,
        )
        for p in after
    ]
    assert set(tickets_to_unblock(retried)) == {
        p.ticket.id for p in retried if p.state is TicketState.BLOCKED
    }


def test_what_waits_for_a_failure_is_blocked_with_the_root_named():
    found = [
        progress("A", TicketState.FAILED),
        progress("B", TicketState.WAITING, "A"),
        progress("C", TicketState.WAITING, "B"),
        progress("D"),
    ]
    assert tickets_to_block(found) == {"B": "A", "C": "A"}


@given(fleets())
def test_a_run_is_over_when_every_ticket_is(found):
    assert is_run_over(found) == all(p.state.is_over for p in found)


def test_work_goes_to_the_landing_queue():
    assert after_attempt(progress("A"), [attempt()], LIMITS).state is TicketState.LANDING


@pytest.mark.parametrize("outcome", [Outcome.NOTHING, Outcome.ERROR, Outcome.TIMEOUT])
def test_an_attempt_without_usable_work_is_repeated_a_bounded_number_of_times(outcome):
    at = progress("A")
    states = []
    for number in range(1, LIMITS.attempts + 1):
        next_ = after_attempt(at, [attempt(n, outcome) for n in range(1, number + 1)], LIMITS)
        states.append(next_.state)
        at = progress("A", next_.state, failures=next_.failures)
    assert states == [TicketState.WAITING, TicketState.WAITING, TicketState.FAILED]


def test_a_ticket_with_kept_work_never_fails_but_is_shown_to_a_person():
    attempts = [attempt(1, Outcome.ERROR, work="c" * 40)]
    next_ = after_attempt(progress("A", failures=2), attempts, LIMITS)
    assert next_.state is TicketState.NEEDS_HUMAN
    assert "its work is kept" in next_.reason


def test_a_command_that_cannot_be_started_is_not_tried_again():
    exit_ = Exit(status=None, how="unstartable", message="cannot start nope: not found")
    next_ = after_attempt(progress("A"), [attempt(1, Outcome.UNSTARTABLE, exit_=exit_)], LIMITS)
    assert next_.state is TicketState.FAILED
    assert "cannot start nope" in next_.reason


def test_a_loss_counts_neither_as_a_failure_nor_as_a_redo():
    at = progress("A", failures=2, redos=1)
    next_ = after_attempt(at, [attempt(1, Outcome.LOST)], LIMITS)
    assert (next_.state, next_.failures, next_.redos) == (TicketState.WAITING, 2, 1)


def test_losses_without_end_come_to_an_end():
    attempts = [attempt(n, Outcome.LOST) for n in range(1, MOST_LOST + 1)]
    assert after_attempt(progress("A"), attempts, LIMITS).state is TicketState.FAILED


NOTHING_TWICE = [attempt(1), attempt(2, Outcome.NOTHING, Cause.CONFLICT), attempt(3, Outcome.NOTHING)]


@pytest.mark.parametrize(("accept", "state"), [(True, TicketState.LANDED), (False, TicketState.NEEDS_HUMAN)])
def test_nothing_left_to_do_said_twice_lands_or_is_shown_as_configured(accept, state):
    limits = Limits(agents=1, attempts=3, redos=2, accept_nothing_left=accept)
    assert after_attempt(progress("A"), NOTHING_TWICE, limits, overtaken=True).state is state


def test_nothing_left_to_do_is_not_believed_the_first_time():
    next_ = after_attempt(progress("A"), NOTHING_TWICE[:2], LIMITS, overtaken=True)
    assert next_.state is TicketState.WAITING


@given(st.integers(1, 3), st.booleans())
def test_nothing_is_never_done_where_nothing_else_landed(said, accept):
    limits = Limits(agents=1, attempts=3, redos=2, accept_nothing_left=accept)
    attempts = [attempt(n, Outcome.NOTHING) for n in range(1, said + 1)]
    next_ = after_attempt(progress("A", failures=said - 1), attempts, limits)
    assert next_.state is (TicketState.WAITING if said < 3 else TicketState.FAILED)


def test_a_cancelled_attempt_cancels_its_ticket_and_says_that_work_is_kept():
    next_ = after_attempt(progress("A"), [attempt(1, Outcome.CANCELLED, work="c" * 40)], LIMITS)
    assert (next_.state, next_.reason) == (TicketState.CANCELLED, "cancelled; its work is kept")


@pytest.mark.parametrize("state", [LandingState.CONFLICT, LandingState.UNVERIFIED])
def test_work_is_done_again_a_bounded_number_of_times_then_a_person_is_asked(state):
    at = progress("A", TicketState.LANDING)
    states = []
    for _ in range(LIMITS.redos + 1):
        next_ = after_landing(at, landing(state), LIMITS)
        states.append(next_.state)
        at = progress("A", TicketState.LANDING, redos=next_.redos)
    assert states == [TicketState.WAITING, TicketState.WAITING, TicketState.NEEDS_HUMAN]


def test_a_refused_landing_is_shown_to_a_person_with_the_reason():
    next_ = after_landing(progress("A"), landing(LandingState.REFUSED, reason="too large"), LIMITS)
    assert (next_.state, next_.reason) == (TicketState.NEEDS_HUMAN, "too large")


@pytest.mark.parametrize(
    ("attempts", "landings", "cause"),
    [
        ([], [], Cause.FIRST),
        ([attempt()], [landing(LandingState.CONFLICT)], Cause.CONFLICT),
        ([attempt()], [landing(LandingState.UNVERIFIED)], Cause.VERIFY),
        ([attempt()], [landing(LandingState.REFUSED)], Cause.RETRY),
        ([attempt(1, Outcome.ERROR)], [], Cause.FAILED),
        ([attempt(1, Outcome.LOST)], [], Cause.LOST),
        ([attempt(1, Outcome.CANCELLED)], [], Cause.RETRY),
        ([attempt(1), attempt(2, Outcome.ERROR)], [landing(LandingState.CONFLICT)], Cause.FAILED),
    ],
)
def test_the_cause_of_an_attempt_is_what_ended_the_one_before(attempts, landings, cause):
    assert cause_of_next(attempts, landings) is cause


@given(st.sampled_from(Outcome), st.floats(1, 10))
def test_who_is_asked_to_try_again_does_so_because_of_that(outcome, later):
    ended = replace(attempt(1, outcome), ended_at=5.0)
    expected = cause_of_next([ended], []) if later <= 5.0 else Cause.RETRY
    assert cause_of_next([ended], [], asked_at=later) is expected


def test_the_queue_takes_the_highest_priority_then_who_waits_longest():
    low, high = progress("L", priority=Priority.LOW), progress("H", priority=Priority.HIGH)
    first, second = landing(LandingState.QUEUED), landing(LandingState.QUEUED, number=2)
    assert next_to_land([(first, low), (second, high)]) is second
    assert next_to_land([(first, low), (second, low)]) is first
    assert next_to_land([]) is None


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (["landed", "landed"], 0),
        (["landed", "needs_human"], 3),
        (["landed", "failed"], 1),
        (["needs_human", "failed"], 1),
        (["landed", "cancelled"], 1),
    ],
)
def test_the_exit_status_says_who_can_go_on(states, status):
    found = [progress(f"T{i}", TicketState(s)) for i, s in enumerate(states)]
    assert exit_status(found) == status


def test_a_ticket_blocked_by_one_that_needs_a_person_needs_only_a_person():
    found = [progress("A", TicketState.NEEDS_HUMAN), progress("B", TicketState.BLOCKED, "A")]
    assert exit_status(found) == 3


@pytest.mark.parametrize(
    ("outcome", "exit_", "words"),
    [
        (Outcome.NOTHING, None, "had changed nothing"),
        (Outcome.TIMEOUT, Exit(status=None, how="timeout", seconds=1800.2), "after 1800 s"),
        (Outcome.ERROR, Exit(status=3, how="exited"), "exit status 3"),
        (Outcome.ERROR, Exit(status=-9, how="exited"), "signal 9"),
    ],
)
def test_why_an_attempt_brought_nothing_is_said_in_words(outcome, exit_, words):
    assert words in why_no_work(attempt(1, outcome, exit_=exit_))


def test_a_run_that_drains_waits_for_what_is_active_or_admitted_and_not_for_its_user() -> None:
    fleet = [progress("A", TicketState.LANDING), progress("B", TicketState.LANDED), progress("C")]
    assert not is_drained(fleet, admitted=set(), hindered=set())
    assert is_drained(fleet, admitted=set(), hindered={"A"})
    assert not is_drained(fleet, admitted={"C"}, hindered={"A"})


def test_one_that_yielded_goes_again_and_nothing_counts_against_it():
    before = progress("A", TicketState.COLLECTING, failures=1, redos=1)
    next_ = after_attempt(before, [attempt(1, Outcome.YIELDED)], LIMITS)
    assert (next_.state, next_.failures, next_.redos) == (TicketState.WAITING, 1, 1)
    assert cause_of_next([attempt(1, Outcome.YIELDED)], []) is Cause.CONFLICT


def test_what_an_order_of_landing_holds_back_lands_after_the_first_is_over():
    queued = [
        (landing(LandingState.QUEUED), progress("A", TicketState.LANDING, priority=Priority.CRITICAL)),
        (replace(landing(LandingState.QUEUED), ticket="B"), progress("B", TicketState.LANDING)),
    ]
    orders = [order("B", "A", OrderOf.LAND)]
    held = held_back(orders, [p for _, p in queued])
    first = next_to_land(queued, held)
    assert first is not None
    assert first.ticket == "B"
    assert held_back(orders, [queued[0][1], progress("B", TicketState.LANDED)]) == frozenset()
