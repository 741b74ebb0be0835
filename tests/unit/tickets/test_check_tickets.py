"""Tickets that a program made are held to the rules of a tickets file."""

from __future__ import annotations

import pytest

from headway.errors import TicketsError
from headway.nouns import Priority, Ticket
from headway.tickets.reading import check_tickets


def test_good_tickets_pass() -> None:
    a = Ticket(
        id="A", title="a", priority=Priority.HIGH, paths=("src/**",), timeout=1.5, extra={"x": object()}
    )
    check_tickets([a, Ticket(id="B", title="b", description="two\nlines", depends_on=("A",), labels=("x",))])


def test_every_problem_is_told_with_the_ticket_s_number() -> None:
    with pytest.raises(TicketsError) as caught:
        check_tickets(
            [
                Ticket(id="../x", title="a"),
                Ticket(id="A", title="a\nb", depends_on=("B",)),
                Ticket(id="B", title="b", depends_on=("A",), timeout=-1),
                Ticket(id="a", title="\ud800"),
            ]
        )
    assert [problem.where for problem in caught.value.problems] == [
        f"tickets:{number}" for number in (1, 2, 2, 3, 4, 4)
    ]
