"""What a person is told when something goes wrong, and with which status it ends."""

import pytest

from headway.cli import quick
from headway.cli.main import main
from headway.errors import GitError, HeadwayError, LeaseHeld, Problem, TicketsError


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def answer(arguments: object) -> bool:
        raise error

    monkeypatch.setattr(quick, "answer", answer)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (HeadwayError("wrong"), 2),
        (LeaseHeld("held"), 2),
        (GitError("merge-tree", 128, "fatal"), 1),
        (RuntimeError("unthought of"), 1),
        (SystemExit(3), 3),
        (SystemExit("text"), 1),
        (SystemExit(None), 0),
    ],
)
def test_the_exit_status_says_what_kind_of_end_it_was(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    fail_with(monkeypatch, error)
    assert main([]) == status


def test_an_error_is_told_on_standard_error_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, HeadwayError("the \x1b[31mthing\nis broken", mend="mend it\nor leave it"))
    main([])
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "the \\x1b[31mthing\nis broken\n  → mend it\n  → or leave it\n"


def test_an_error_of_one_line_says_who_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, HeadwayError("the thing is broken"))
    main([])
    assert capsys.readouterr().err == "headway: the thing is broken\n"


def test_problems_of_tickets_begin_with_their_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, TicketsError([Problem("a.yaml:1", "one"), Problem("a.yaml:2", "two")]))
    main([])
    assert capsys.readouterr().err.splitlines()[:3] == [
        "a.yaml:1: one",
        "a.yaml:2: two",
        "headway: 2 problems",
    ]


def test_what_nobody_thought_of_is_told_with_all_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, RuntimeError("unthought of"))
    main([])
    told = capsys.readouterr().err
    assert "RuntimeError: unthought of" in told
    assert "this is a defect of Headway" in told


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["status", "--help"],
        ["status", "--run"],
        ["status", "--json=1"],
        ["status", "extra"],
        ["conflicts", "c-1", "c-2"],
        ["conflicts", ""],
        ["escalations", "--run", "r1"],
        ["order", "extra"],
        ["--version", "run"],
    ],
)
def test_what_is_not_plain_is_left_to_typer(arguments: list[str]) -> None:
    assert not quick.answer(arguments)
