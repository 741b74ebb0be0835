"""RESULTS.md says plainly what was met, missed and not measured."""

import math

from benchmarks.report import Figure, Section, at_most, report, table

KEPT = at_most("fast", 0.5, 0.6, unit=" ×", digits=2, command="measure fast")
MISSED = at_most("slow", 0.7, 0.6, unit=" ×", digits=2, command="measure slow")
TOLD = Figure(name="told", measured="56", command="measure told")


def test_a_missed_target_stands_there_as_it_is() -> None:
    text = report([Section(title="walls", figures=[KEPT, MISSED])], [])
    assert "1 of 2 targets met." in text
    assert "- Missed: slow: 0.70 ×, target ≤ 0.6 ×." in text


def test_a_figure_without_a_target_is_no_promise() -> None:
    assert "0 of 0 targets met." in report([Section(title="walls", figures=[TOLD])], [])


def test_what_could_not_be_measured_is_named_with_its_reason() -> None:
    text = report([Section(title="idle", failure="only 3 agents were alive")], [])
    assert "- Not measured: idle: only 3 agents were alive" in text


def test_not_a_number_keeps_no_promise() -> None:
    assert at_most("none", math.nan, 1.0, unit="", digits=0, command="").met is False


def test_every_figure_stands_beside_the_command_that_measures_it() -> None:
    text = report([Section(title="walls", figures=[KEPT, TOLD])], [])
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.rsplit("|", 2)[1].strip() for row in rows[2:]] == ["`measure fast`", "`measure told`"]


def test_a_table_has_as_many_marks_as_columns() -> None:
    head, marks, row = table(["a", "b"], [["x", 1]]).splitlines()
    assert (head, marks, row) == ("| a | b |", "| --- | ---: |", "| x | 1 |")
