"""Who gets a resource next."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from headway.conflicts.waiting import TicketFacts, lease
from headway.nouns import LeaseState, Priority, ResourceLease

TICKETS = [f"T-{n}" for n in range(5)]
RESOURCES = ["path:a", "path:b", "slot"]
MOST = {"slot": 2}
tickets, resources = st.sampled_from(TICKETS), st.sampled_from(RESOURCES)


def ask(ticket: str, resource: str = "path:a", since: float = 0.0) -> ResourceLease:
    return ResourceLease(run="r1", resource=resource, ticket=ticket, state=LeaseState.WAITING, since=since)


def test_the_higher_priority_goes_first_and_among_equals_who_waits_longest():
    effective = {"A": Priority.LOW, "B": Priority.HIGH, "C": Priority.HIGH}
    asked = [ask("A", since=1.0), ask("B", since=3.0), ask("C", since=2.0)]
    [grant] = lease(asked, [], now=9.0, effective=effective)
    assert (grant.lease.ticket, grant.waited, grant.lease.since) == ("C", 7.0, 9.0)


def test_what_is_raised_by_others_yields_to_what_is_as_high_by_itself():
    effective = dict.fromkeys("AB", Priority.CRITICAL)
    facts = {"A": TicketFacts(stake=Priority.LOW), "B": TicketFacts(stake=Priority.CRITICAL)}
    [grant] = lease([ask("A", since=1.0), ask("B", since=2.0)], [], now=9.0, effective=effective, facts=facts)
    assert grant.lease.ticket == "B"


def test_who_has_it_gets_it_again_as_it_was():
    [had] = [x.lease for x in lease([ask("A")], [], now=1.0)]
    [again] = lease([ask("A", since=5.0)], [had], now=6.0)
    assert again.is_again
    assert again.lease == had


@given(st.permutations([ask("A", since=1.0), ask("B", since=1.0), ask("C", "path:b"), ask("D", "path:b")]))
def test_the_order_of_asking_plays_no_part(asked):
    given_to = {x.lease.resource: x.lease.ticket for x in lease(asked, [], now=2.0)}
    assert given_to == {"path:a": "A", "path:b": "C"}


class Leases(RuleBasedStateMachine):
    """A desk that gives out leases as the policy says, in any order of asking and giving back."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.waiting: dict[tuple[str, str], ResourceLease] = {}
        self.held: dict[tuple[str, str], ResourceLease] = {}
        self.effective: dict[str, Priority] = {}

    @rule(ticket=tickets, priority=st.sampled_from(Priority))
    def raise_or_lower(self, ticket: str, priority: Priority) -> None:
        self.effective[ticket] = priority

    @rule(target=asked, ticket=tickets, resource=resources)
    def asks(self, ticket: str, resource: str) -> tuple[str, str]:
        self.now += 1.0
        self.waiting.setdefault((resource, ticket), ask(ticket, resource, self.now))
        return resource, ticket

    @rule(who=asked)
    def gives_back(self, who: tuple[str, str]) -> None:
        self.held.pop(who, None)

    @rule(who=asked)
    def gives_up_asking(self, who: tuple[str, str]) -> None:
        self.waiting.pop(who, None)

    @rule()
    def give_out(self) -> None:
        self.now += 1.0
        had = dict(self.held)
        for grant in lease(
            self.waiting.values(), self.held.values(), now=self.now, effective=self.effective, most=MOST
        ):
            who = (grant.lease.resource, grant.lease.ticket)
            del self.waiting[who]
            assert grant.is_again == (who in had)
            assert grant.lease.state is LeaseState.HELD
            if grant.is_again:
                assert grant.lease == had[who]
            self.held[who] = grant.lease
        for (resource, _), left in self.waiting.items():
            holders = [x for x in self.held.values() if x.resource == resource]
            assert len(holders) == MOST.get(resource, 1), "nobody waits for what is free"
            for new in holders:
                if (new.resource, new.ticket) not in had:
                    assert self.rank(new.ticket) >= self.rank(left.ticket), "no lower one goes before"

    def rank(self, ticket: str) -> Priority:
        return self.effective.get(ticket, Priority.MEDIUM)

    @invariant()
    def nothing_is_given_twice(self) -> None:
        for resource in RESOURCES:
            assert sum(1 for what, _ in self.held if what == resource) <= MOST.get(resource, 1)

    def teardown(self) -> None:
        for _ in range(len(TICKETS) + 1):  # whoever asked gets it, when those before have given it back
            self.give_out()
            self.held = {}
        assert not self.waiting


TestLeases = Leases.TestCase
TestLeases.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
