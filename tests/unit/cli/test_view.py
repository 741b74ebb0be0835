"""A run as it stands: sums and the estimate."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.coordination.view import Row, estimate, read_signs
from headway.nouns import TicketState
from tests.unit.cli.builders import NOW, make_row, make_view


def landed(id: str, *, took: float, ago: float) -> Row:
    return make_row(id, TicketState.LANDED, began_at=NOW - ago - took, since=NOW - ago)


def three_landed(took: float = 60.0, gap: float = 1.0) -> list[Row]:
    return [landed(f"L-{n}", took=took, ago=gap * n) for n in range(3)]


def test_nothing_is_estimated_before_three_tickets_landed() -> None:
    rows = [*three_landed()[:2], make_row("T-1")]
    assert estimate(rows, agents=1, now=NOW) is None


def test_nothing_is_estimated_when_nothing_is_open() -> None:
    assert estimate(three_landed(), agents=1, now=NOW) is None


def test_tickets_that_wait_share_the_agents() -> None:
    rows = [*three_landed(took=60.0), *(make_row(f"T-{n}") for n in range(8))]
    found = estimate(rows, agents=2, now=NOW)
    assert found is not None
    assert (found.seconds, found.by) == (240.0, "agents")


def test_what_an_agent_has_done_already_is_taken_off() -> None:
    rows = [*three_landed(took=60.0), make_row("T-1", TicketState.RUNNING, began_at=NOW - 45)]
    found = estimate(rows, agents=4, now=NOW)
    assert found is not None
    assert found.seconds == pytest.approx(15.0)


def test_a_chain_of_tickets_takes_as_long_as_all_of_its_links() -> None:
    chain = [make_row("T-0"), *(make_row(f"T-{n}", depends_on=(f"T-{n - 1}",)) for n in range(1, 5))]
    found = estimate([*three_landed(took=60.0), *chain], agents=5, now=NOW)
    assert found is not None
    assert (found.seconds, found.by) == (300.0, "chain")


def test_a_slow_landing_queue_sets_the_pace() -> None:
    waiting = [make_row(f"T-{n}", TicketState.LANDING, began_at=NOW - 600) for n in range(10)]
    found = estimate([*three_landed(took=60.0, gap=30.0), *waiting], agents=10, now=NOW)
    assert found is not None
    assert (found.seconds, found.by) == (300.0, "landing")


def test_a_chain_longer_than_the_stack_is_estimated() -> None:
    chain = [make_row("T-0"), *(make_row(f"T-{n}", depends_on=(f"T-{n - 1}",)) for n in range(1, 3000))]
    found = estimate([*three_landed(took=1.0), *reversed(chain)], agents=5, now=NOW)
    assert found is not None
    assert found.seconds == pytest.approx(3000.0)


@given(
    st.lists(st.tuples(st.floats(0, 10**5), st.floats(0, 10**5)), min_size=3, max_size=40),
    st.lists(st.one_of(st.none(), st.floats(0, 10**5)), min_size=1, max_size=40),
    st.one_of(st.none(), st.integers(1, 1000)),
)
def test_an_estimate_is_never_negative(
    over: list[tuple[float, float]], open_: list[float | None], agents: int | None
) -> None:
    rows = [landed(f"L-{n}", took=took, ago=ago) for n, (took, ago) in enumerate(over)]
    rows += [
        make_row(f"T-{n}", TicketState.RUNNING, began_at=NOW - ago) if ago is not None else make_row(f"T-{n}")
        for n, ago in enumerate(open_)
    ]
    found = estimate(rows, agents=agents, now=NOW)
    assert found is not None
    assert found.seconds >= 0.0


def test_signs_are_read_from_their_file(tmp_path: Path) -> None:
    told = {"last_sign": 5.0, "doing": "edits a.py", "files": ["a.py"], "cpu_seconds": 1.5, "input_tokens": 7}
    (tmp_path / "signs.json").write_text(json.dumps({"at": 6.0, "attempts": {"T-1/2": told}}))
    sign = read_signs(tmp_path / "signs.json")["T-1/2"]
    assert (sign.last_sign, sign.doing, sign.files, sign.usage.input_tokens) == (
        5.0,
        "edits a.py",
        ("a.py",),
        7,
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"attempts": 5}', '{"attempts": {"T-1/1": {}}}', "\x00"])
def test_a_broken_file_of_signs_tells_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "signs.json").write_text(text)
    assert read_signs(tmp_path / "signs.json") == {}


def test_the_sums_of_a_run_count_every_ticket_once() -> None:
    rows = [make_row(f"T-{n}", state) for n, state in enumerate(TicketState)]
    totals = make_view(rows).totals()
    over = ("landed", "failed", "needs_human", "blocked", "cancelled", "open")
    assert sum(totals[name] for name in over) == totals["tickets"] == len(TicketState)
