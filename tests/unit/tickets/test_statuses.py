"""What a tracker's word for a status means."""

from __future__ import annotations

import pytest

from headway.tickets.statuses import Standing, standing_of


@pytest.mark.parametrize(
    "status",
    [
        "open",
        "New",
        "to do",
        "To-Do",
        "TODO",
        "planning",
        "pending",
        "ready",
        "ready_for_engineering",
        "Backlog",
    ],
)
def test_open_is_work_for_anybody(status: str) -> None:
    assert standing_of(status) is Standing.OPEN


@pytest.mark.parametrize(
    "status", ["done", "Complete", "completed", "resolved", "won't_do", "Won’t Do", "wontfix", "merged"]
)
def test_over_is_no_work(status: str) -> None:
    assert standing_of(status) is Standing.OVER


@pytest.mark.parametrize(
    "status", ["active", "In Progress", "in-progress", "WIP", "in review", "ready_for_qa"]
)
def test_under_way_is_somebody_else_s_work(status: str) -> None:
    assert standing_of(status) is Standing.UNDER_WAY


@pytest.mark.parametrize("status", ["blocked", "on hold", "draft", "Deferred"])
def test_on_hold_is_no_work_now(status: str) -> None:
    assert standing_of(status) is Standing.ON_HOLD


@pytest.mark.parametrize("status", ["banana", "", "42", "done?", "undone"])
def test_a_word_that_no_list_has_is_unknown(status: str) -> None:
    assert standing_of(status) is Standing.UNKNOWN
