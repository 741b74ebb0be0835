"""How things look, as far as it can be said without a terminal."""

import json

import pytest

from headway.cli import render
from headway.cli.live import ended_json, rows_that_fit, summary
from headway.coordination.view import Sign
from headway.nouns import RunState, TicketState
from tests.unit.cli.builders import NOW, make_row, make_run, make_view

HOSTILE = "\x1b[31mred\x1b[0m [bold]x[/bold] :smile: \u202e"


def test_json_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_json({"title": HOSTILE + "\n\u2028ü"})
    line = capsys.readouterr().out
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line)["title"] == HOSTILE + "\n\u2028ü"


def test_a_table_outside_a_terminal_cuts_nothing_off(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_table(("a", "b"), [(render.Cell("x" * 300), render.Cell("y"))])
    assert "x" * 300 in capsys.readouterr().out


def test_a_table_outside_a_terminal_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_table(("a",), [(render.Cell("two\nlines"),), (render.Cell(HOSTILE),)])
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 3
    assert "\x1b" not in out


def test_markup_in_a_title_is_text() -> None:
    assert render.rich_text(HOSTILE).plain == "\\x1b[31mred\\x1b[0m [bold]x[/bold] :smile: \\u202e"


def test_a_row_says_what_the_agent_does_now() -> None:
    sign = Sign(last_sign=NOW - 4, doing="edits a.py", files=("a.py", "b.py"))
    row = make_row("T-1", TicketState.RUNNING, began_at=NOW - 75, sign=sign)
    cells = [cell.text for cell in render.row_cells(row, NOW)]
    assert cells == ["T-1", "running", "claude", "1m15s", "4s ago", "2", "edits a.py"]


def test_a_row_that_waits_says_for_what() -> None:
    row = make_row("T-2", TicketState.BLOCKED, reason="waits for T-1, which will not land")
    assert render.row_cells(row, NOW)[-1].text == "waits for T-1, which will not land"


def test_a_screen_has_only_the_active_tickets_nearest_to_the_branch_first() -> None:
    states = [TicketState.WAITING, TicketState.RUNNING, TicketState.LANDED, TicketState.LANDING]
    view = make_view([make_row(f"T-{n}", state, began_at=NOW) for n, state in enumerate(states)])
    rows, left_out = rows_that_fit(view, 50)
    assert [row.progress.ticket.id for row in rows] == ["T-3", "T-1"]
    assert left_out == 0


@pytest.mark.parametrize("height", [5, 24, 50])
def test_a_screen_is_no_higher_than_its_terminal(height: int) -> None:
    view = make_view([make_row(f"T-{n}", TicketState.RUNNING, began_at=NOW) for n in range(200)])
    rows, left_out = rows_that_fit(view, height)
    assert len(rows) <= max(1, height - 8)
    assert len(rows) + left_out == 200


@pytest.mark.parametrize(
    ("state", "event"),
    [(RunState.ENDED, "run.ended"), (RunState.STOPPED, "run.stopped"), (RunState.RUNNING, "run.left")],
)
def test_the_last_json_line_has_the_sums(state: RunState, event: str) -> None:
    rows = [make_row("T-1", TicketState.LANDED, began_at=NOW - 9), make_row("T-2", TicketState.NEEDS_HUMAN)]
    told = ended_json(make_view(rows, make_run(state=state, ended_at=NOW)))
    assert told == {
        "event": event,
        "at": NOW,
        "run": "r1",
        "tickets": 2,
        "landed": 1,
        "failed": 0,
        "needs_human": 1,
        "blocked": 0,
        "cancelled": 0,
        "open": 0,
        "attempts": 1,
        "seconds": 100.0,
    }


def test_the_summary_names_every_ticket_that_did_not_land_and_why() -> None:
    rows = [
        make_row("T-1", TicketState.LANDED),
        make_row("T-2", TicketState.FAILED, reason="exit status 1"),
        make_row("T-3", TicketState.BLOCKED, reason="waits for T-2"),
    ]
    lines = [told.text for told in summary(make_view(rows, make_run(state=RunState.ENDED, ended_at=NOW)))]
    assert lines[0].startswith("1 of 3 landed on main in 1m40s")
    assert lines[1:3] == ["  T-2  failed: exit status 1", "  T-3  blocked: waits for T-2"]
    assert "headway logs T-2" in lines[3]


def test_the_summary_of_a_stopped_run_says_how_to_go_on() -> None:
    view = make_view([make_row("T-1"), make_row("T-2")], make_run(state=RunState.STOPPED, ended_at=NOW))
    assert summary(view)[-1].text == "2 tickets not done yet; to go on: headway resume"
