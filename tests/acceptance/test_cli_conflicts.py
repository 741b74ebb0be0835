"""``headway conflicts``, ``escalations``, ``answer`` and ``undo`` as a user types them, over a store that is filled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from headway.nouns import RequestKind
from headway.store.store import Store
from tests.acceptance.commandline import COLOUR, Desk, Terminal, until
from tests.acceptance.conftest import make_desk
from tests.tools import filled

Opens = Callable[..., Terminal]


def make_filled(folder: Path) -> Desk:
    """A place of work whose store is filled; no run is behind it that would have to be ended."""
    desk = make_desk(folder)
    filled.fill(desk.root, desk.folder)
    return desk


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One to be looked at and left as it is."""
    return make_filled(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One of the test's own."""
    return make_filled(tmp_path)


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    """Its store."""
    with Store.open(f"sqlite:///{desk.root / '.git/headway/store.db'}") as store:
        yield store


def shown(screen: Terminal) -> str:
    """What a terminal showed, without colours."""
    assert screen.wait() == 0
    return COLOUR.sub("", screen.text).replace("\r\n", "\n")


# Looking


def test_what_stands_is_listed_with_what_is_being_done(look: Desk) -> None:
    out = look.run("conflicts").out
    assert "1 conflict needs you, 1 is being settled, 1 is forming, 2 are over" in out
    rows = [line.split()[0] for line in out.splitlines() if line.startswith("c-")]
    assert rows == [filled.ESCALATED, filled.EDIT, filled.FORMING]
    assert "E-1 asks you: Are prices kept as floats" in out
    assert "redo is being tried, try 2" in out
    assert "headway escalations E-1" in out


def test_those_that_are_over_are_listed_too_where_that_is_asked(look: Desk) -> None:
    out = look.run("conflicts", "--all").out
    assert "T-2 goes again from T-3's work" in out
    assert filled.GONE in out


def test_a_program_gets_the_same(look: Desk) -> None:
    (told,) = look.run("conflicts", "--json", "--all").events
    assert (told["run"], told["open"], told["over"]) == ("r1", 3, 2)
    assert [each["state"] for each in told["conflicts"]] == [
        "escalated",
        "resolving",
        "forming",
        "resolved",
        "gone",
    ]


def test_on_a_narrow_terminal_every_line_fits(look: Desk, terminal: Opens) -> None:
    commands = ("conflicts", f"conflicts {filled.EDIT}", "escalations", "escalations E-1", "leases", "order")
    for command in commands:
        text = shown(terminal(look, *command.split(), columns=60))
        assert max(map(len, text.splitlines())) <= 60, command


def test_one_conflict_shows_what_was_tried_and_both_sides_changes(look: Desk) -> None:
    out = look.run("conflicts", filled.EDIT).out
    assert "1. mechanical: failed in 1.0s: no file class says how to merge shop/cart.py" in out
    assert 'paths: ["shop/cart.py"]' in out
    assert "2. redo: trying" in out
    side_by_side = [line.partition(" │") for line in out.splitlines() if " │" in line]
    assert ("-         result += item.price", " -         result += item.price") in [
        (left.rstrip(), right.rstrip()) for left, _, right in side_by_side
    ]
    left, right = ("\n".join(cells) for cells in zip(*((a, b) for a, _, b in side_by_side), strict=True))
    assert "T-1  being written" in left
    assert "+         result += round(item.price * 100)" in left
    assert "+         result += item.price * (1 + item.vat)" in right


def test_a_program_gets_one_conflict_with_its_diffs(look: Desk) -> None:
    (told,) = look.run("conflicts", filled.EDIT, "--json").events
    assert [each["state"] for each in told["resolutions"]] == ["failed", "trying"]
    ours, theirs = told["changes"]
    assert (ours["side"], ours["work"], theirs["side"], theirs["worktree"]) == ("T-1", None, "T-2", None)
    assert "+        result += round(item.price * 100)" in ours["diff"]
    assert "+        result += item.price * (1 + item.vat)" in theirs["diff"]


def test_the_target_branch_is_a_side_too(look: Desk) -> None:
    out = look.run("conflicts", filled.FORMING).out
    assert "target  " in out
    assert "unchanged" in out


def test_a_conflict_about_no_file_has_no_diffs(look: Desk) -> None:
    out = look.run("conflicts", filled.ESCALATED).out
    assert "T-2 and T-5 about how prices are kept" in out
    assert "decision, high, score 0.93" in out
    assert "question: headway escalations E-1" in out
    assert " │ " not in out


def test_the_beginning_of_an_id_will_do(look: Desk) -> None:
    assert filled.EDIT in look.run("conflicts", filled.EDIT[:6]).out
    assert filled.EDIT in look.run("conflicts", filled.EDIT[2:6]).out
    assert "did you mean" in look.run("conflicts", filled.EDIT[:-1] + "!", status=2).err
    assert "has no conflict 'c-'" in look.run("conflicts", "c-", status=2).err


def test_a_worktree_whose_agent_put_a_link_or_a_pipe_there_is_told_and_not_followed(desk: Desk) -> None:
    cart = desk.folder / "slots/1/shop/cart.py"
    secret = desk.folder / "secret"
    secret.write_text("secret\n")
    cart.unlink()
    cart.symlink_to(secret)
    out = desk.run("conflicts", filled.EDIT).out
    assert f"→ {desk.folder}"[:20] in out
    assert "+ secret" not in out
    cart.unlink()
    cart.parent.rmdir()
    cart.parent.symlink_to(desk.folder)
    assert "deleted" in desk.run("conflicts", filled.EDIT).out


def test_commits_that_are_gone_are_told_and_the_rest_is_shown(desk: Desk, store: Store) -> None:
    attempt = store.attempt("r1", "T-2", 1)
    assert attempt is not None
    with store.write(None) as writer:
        writer.save_attempt(replace(attempt, work="0" * 40))
    out = desk.run("conflicts", filled.EDIT).out
    assert "its commits are gone from the repository" in out
    assert "+         result += round(item.price * 100)" in out


def test_questions_are_listed_with_their_age_and_what_is_recommended(look: Desk) -> None:
    out = look.run("escalations").out
    assert "E-1  Are prices kept as floats" in out
    assert "T-2, T-5, high, asked 6m" in out
    assert "told 2 times" in out
    assert "• keep T-5's (--keep right): sums come out exact" in out
    assert "headway answer E-1 'what to do' | --keep left|right|both | --order T-2,T-5" in out
    assert "E-2" not in out
    assert "answered by kim" in look.run("escalations", "--all").out


def test_one_question_is_shown_with_its_package(look: Desk) -> None:
    out = look.run("escalations", "1").out
    for part in ("what it is about", "both sides", "what was tried", "what hangs on it"):
        assert part in out
    assert "intent: whole cents, because sums must be exact" in out
    assert "time spent: 20m00s" in out
    assert "price: float" not in out  # headway conflicts shows the changes
    (told,) = look.run("escalations", "e-1", "--json").events
    assert told["package"]["impact"]["waiting"] == 1


def test_status_counts_conflicts_and_questions(look: Desk) -> None:
    out = look.run("status").out
    assert "1 conflict needs you, 1 is being settled, 1 is forming (headway conflicts)" in out
    assert "2 questions wait for you (headway escalations)" in out
    told = look.status()
    assert told["conflicts"] == {"forming": 1, "standing": 0, "resolving": 1, "escalated": 1}
    assert told["escalations"] == 2


def test_where_nothing_is_in_conflict_it_says_so(desk: Desk, store: Store) -> None:
    with store.write(None) as writer:
        for each in store.runs():
            writer.save_run(type(each)(**{s: getattr(each, s) for s in each.__slots__} | {"id": "r2"}))
    assert desk.run("conflicts").out == "run r2: no conflict stands\n"
    assert f"headway conflicts {filled.EDIT} --run r1" in desk.run("conflicts", filled.EDIT, status=2).err
    assert "r2 has begun since" in desk.run("answer", "E-1", "x", status=2).err
    assert "run r1, asked" in desk.run("escalations").out


def test_who_has_what_and_who_waits_for_it_is_drawn(look: Desk) -> None:
    out = look.run("leases").out
    assert "run r1: 2 tickets have something, 1 waits" in out
    assert "path:shop/cart.py  T-1 10m" in out
    assert "└─ T-4  waits 3m" in out
    assert "landing  T-2" in out
    (told,) = look.run("leases", "--json").events
    assert {(each["resource"], each["ticket"], each["state"]) for each in told["leases"]} == {
        ("landing", "T-2", "held"),
        ("path:shop/cart.py", "T-1", "held"),
        ("path:shop/cart.py", "T-4", "waiting"),
        ("port:8080", "T-1", "held"),
        ("slot", "T-1", "held"),
    }


def test_who_waits_for_whom_is_drawn_as_a_tree(look: Desk) -> None:
    out = look.run("order").out
    assert "run r1: 5 tickets wait" in out
    assert "│  └─ T-7  lands after it" in out
    assert "E-3\n└─ T-5  waits for the answer" in out
    (told,) = look.run("order", "--json").events
    kinds = {(wait["waiter"], wait["holder"], wait["kind"]) for wait in told["waits"]}
    assert {
        ("T-4", "T-1", "dependency"),
        ("T-7", "T-2", "land_order"),
        ("T-5", "E-1", "answer"),
        ("T-4", "T-1", "lease"),
    } <= kinds
    assert told["deadlocks"] == []


@pytest.mark.parametrize(
    "arguments", [["conflicts", "--all"], ["conflicts", filled.SETTLED], ["escalations", "E-2"]]
)
def test_it_says_the_same_whichever_way_its_options_are_read(look: Desk, arguments: list[str]) -> None:
    # A double dash is typer's to understand.
    age = re.compile(r"\d+m\d\ds|\d\.\ds")
    assert age.sub("", look.run(*arguments).out) == age.sub("", look.run(*arguments, "--").out)


def test_what_others_wrote_is_shown_and_never_obeyed(desk: Desk, store: Store, terminal: Opens) -> None:
    hostile = "\x1b[2J\u202e[bold]x[/bold]\n\udcff"
    record, asked = store.conflict("r1", filled.ESCALATED), store.escalation("E-1")
    assert record is not None
    assert asked is not None
    context = {"path": hostile, "detail": hostile, "type": hostile}
    with store.write(None) as writer:
        writer.save_conflict(
            replace(record, conflict=replace(record.conflict, context=context), reason=hostile)
        )
        package = {"summary": hostile, hostile: [hostile]}
        writer.save_escalation(replace(asked, question=hostile, package=package))
    (desk.folder / "slots/1/shop/cart.py").write_text(hostile.encode("utf-8", "replace").decode())
    for command in (
        "conflicts",
        f"conflicts {filled.ESCALATED}",
        f"conflicts {filled.EDIT}",
        "escalations",
        "escalations E-1",
        "order",
    ):
        screen = terminal(desk, *command.split(), columns=80)
        assert screen.wait() == 0, command
        assert "\x1b[2J" not in screen.text, command
        assert "\u202e" not in screen.text, command
        assert "[bold]x" in screen.text, command
        assert "\x1b[2J" not in desk.run(*command.split()).out, command


# Answering


def test_an_answer_waits_for_the_next_coordinator_where_none_is_alive(desk: Desk, store: Store) -> None:
    out = desk.run("answer", "E-1", "--keep", "right").out
    assert "no coordinator is alive: the next headway resume takes it up" in out
    (request,) = store.requests()
    assert request.kind is RequestKind.ANSWER
    assert {key: request.data[key] for key in ("escalation", "keep")} == {
        "escalation": "E-1",
        "keep": "right",
    }
    assert request.data["by"]
    second = desk.run("answer", "E-1", "use cents", status=2).err
    assert "has an answer already, which waits to be taken up: keep right" in second


def test_a_coordinator_that_is_alive_takes_it_up(desk: Desk, store: Store) -> None:
    filled.be_coordinator(desk.root)
    process = desk.start("answer", "E-1", "--order", "T-5,T-2")
    until(lambda: bool(store.requests()), "nothing is asked")
    (request,) = store.requests()
    assert request.data["order"] == ["T-5", "T-2"]
    with store.write(None) as writer:
        writer.take_request(request.id)
    assert process.wait(60) == 0
    assert "E-1: T-5, then T-2: the coordinator (pid" in desk.out()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["E-9", "x"], "open are: E-1, E-3"),
        (["E-2", "x"], "E-2 is over: answered by kim at"),
        (["E-1"], "nothing is answered"),
        (["E-1", "x", "--keep", "left"], "TEXT and --keep are two answers"),
        (["E-1", "--keep", "middle"], "middle"),
        (["E-1", "--order", "T-2,T-4"], "E-1 is not about 'T-4'"),
        (["E-3", "--keep", "left"], "E-3 is about no conflict"),
    ],
)
def test_what_is_no_answer_is_refused_with_the_reason(look: Desk, arguments: list[str], why: str) -> None:
    ran = look.run("answer", *arguments, status=2)
    assert why in ran.err
    assert ran.out == ""


def test_what_settled_a_conflict_is_asked_back(desk: Desk, store: Store) -> None:
    told = json.loads(desk.run("undo", filled.SETTLED[:7], "--json").out)
    assert (told["request"], told["conflict"], told["taken"]) == ("undo", filled.SETTLED, False)
    (request,) = store.requests()
    assert (request.kind, request.data) == (RequestKind.UNDO, {"conflict": filled.SETTLED})
    assert "somebody has asked for that already" in desk.run("undo", filled.SETTLED, status=2).err


@pytest.mark.parametrize(
    ("conflict", "why"),
    [
        (filled.EDIT, "nothing has settled it (2 tries so far), so there is nothing to undo"),
        (filled.GONE, "nothing has settled it (0 tries so far)"),
        ("c-000000000000", "has no conflict"),
    ],
)
def test_where_nothing_settled_it_there_is_nothing_to_undo(look: Desk, conflict: str, why: str) -> None:
    assert why in look.run("undo", conflict, status=2).err


def test_before_the_first_run_it_says_how_to_start_one(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    commands = (
        ["conflicts"],
        ["escalations"],
        ["leases"],
        ["order"],
        ["answer", "E-1", "x"],
        ["undo", "c-1"],
    )
    for command in commands:
        assert "headway run TICKETS" in desk.run(*command, status=2).err
