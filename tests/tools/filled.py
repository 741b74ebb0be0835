"""A store that is filled with conflicts at every stage, over a repository with the commits that they are about.

``python -m tests.tools.filled FOLDER`` makes one to be looked at.
"""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headway.agents.process import own_process_id
from headway.coordination.host import host_name
from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Conflict,
    ConflictRecord,
    ConflictState,
    Escalation,
    EscalationState,
    Fence,
    Holder,
    Landing,
    LandingState,
    LeaseState,
    Order,
    OrderOf,
    Priority,
    Progress,
    Resolution,
    ResolutionState,
    ResourceLease,
    Run,
    RunState,
    Slot,
    SlotState,
    Ticket,
    TicketState,
    conflict_id,
)
from headway.store.store import Store
from headway.store.writer import Writer

CART = """def total(items):
    result = 0
    for item in items:
        result += item.price
    return result


def describe(items):
    return ", ".join(item.name for item in items)
"""
IN_CENTS = CART.replace("result += item.price", "result += round(item.price * 100)").replace(
    "return result", "return result  # in cents"
)
WITH_VAT = CART.replace("result += item.price", "result += item.price * (1 + item.vat)")

#: Ticket → state.
TICKETS = {
    "T-1": TicketState.RUNNING,
    "T-2": TicketState.LANDING,
    "T-3": TicketState.LANDED,
    "T-4": TicketState.WAITING,
    "T-5": TicketState.NEEDS_HUMAN,
    "T-6": TicketState.WAITING,
    "T-7": TicketState.LANDING,
}
EDIT = conflict_id("edit content", ["shop/cart.py"], [], ["T-1", "T-2"])
FORMING = conflict_id("edit content", ["shop/cart.py"], [], ["T-1", "target"])
ESCALATED = conflict_id("decision", [], [], ["T-2", "T-5"])
SETTLED = conflict_id("symbol", ["shop/cart.py"], ["total"], ["T-3", "T-2"])
GONE = conflict_id("edit content", ["README.md"], [], ["T-1", "T-6"])


def git(root: Path, *args: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *args], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def fill(root: Path, folder: Path, *, now: float | None = None) -> str:
    """Fill the store of the repository at ``root``, whose branch is ``main``; worktrees in ``folder``. The run's id."""
    now = time.time() if now is None else now
    git(root, "config", "user.name", "A. User")
    git(root, "config", "user.email", "user@example.org")
    base = _commit(root, CART, "The shop's cart")
    worktree = folder / "slots" / "1"
    git(root, "worktree", "add", "-q", "--detach", str(worktree), base)
    (worktree / "shop" / "cart.py").write_text(IN_CENTS)
    git(root, "checkout", "-q", "--detach")
    work = _commit(root, WITH_VAT, "VAT")
    git(root, "checkout", "-q", "main")
    with (
        Store.open(f"sqlite:///{root / '.git' / 'headway' / 'store.db'}") as store,
        store.write(None) as writer,
    ):
        _save_run(writer, now, base, work, worktree)
        _save_conflicts(writer, now, base, work)
        _save_waits(writer, now)
    return "r1"


def be_coordinator(root: Path) -> Fence:
    """Let this process be the coordinator that is alive."""
    holder = Holder(host=host_name(), process=own_process_id(), command="headway run tickets.yaml")
    with Store.open(f"sqlite:///{root / '.git' / 'headway' / 'store.db'}") as store:
        return store.acquire_lease(holder, now=time.time(), is_alive=lambda _: True, patience=30.0)


def _commit(root: Path, cart: str, message: str) -> str:
    (root / "shop").mkdir(exist_ok=True)
    (root / "shop" / "cart.py").write_text(cart)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def _save_run(writer: Writer, now: float, base: str, work: str, worktree: Path) -> None:
    writer.save_run(
        Run(
            id="r1",
            target="refs/heads/main",
            base=base,
            state=RunState.RUNNING,
            started_at=now - 700,
            options={"agents": 3},
        )
    )
    writer.record("run.started", at=now - 700, run="r1", tickets=7, target="refs/heads/main", agents=3)
    for position, (id_, state) in enumerate(TICKETS.items()):
        ticket = Ticket(
            id=id_,
            title=f"Do {id_}",
            depends_on={"T-4": ("T-1",), "T-6": ("T-4", "T-5")}.get(id_, ()),
            priority=Priority.HIGH if id_ == "T-2" else Priority.MEDIUM,
        )
        begun = state is not TicketState.WAITING
        writer.save_progress(
            Progress(
                run="r1",
                ticket=ticket,
                state=state,
                since=now - 300 + position,
                attempt=int(begun),
                position=position,
                landed=base if state is TicketState.LANDED else None,
                reason="two ways to keep prices, and both are in use"
                if state is TicketState.NEEDS_HUMAN
                else "",
            )
        )
        if begun:
            writer.save_attempt(_attempt(id_, base, work, worktree, now))
    writer.save_slot(Slot(id=1, path=str(worktree), state=SlotState.BUSY, base=base, holder=("r1", "T-1", 1)))
    writer.save_slot(Slot(id=2, path=str(worktree.with_name("2")), state=SlotState.FREE, base=base))
    for id_, at in (("T-2", 240.0), ("T-7", 30.0)):
        writer.save_landing(
            Landing(run="r1", ticket=id_, attempt=1, state=LandingState.QUEUED, queued_at=now - at)
        )


def _attempt(ticket: str, base: str, work: str, worktree: Path, now: float) -> Attempt:
    running = ticket == "T-1"
    return Attempt(
        run="r1",
        ticket=ticket,
        number=1,
        state=AttemptState.RUNNING if running else AttemptState.COLLECTED,
        cause=Cause.FIRST,
        profile="command",
        slot=1 if running else None,
        base=base,
        directory=str(worktree.parent),
        started_at=now - 600,
        ended_at=None if running else now - 300,
        work=None if running else work,
        files=() if running else ("shop/cart.py",),
    )


def _conflict(id_: str, kind: str, sides: tuple[str, str], severity: str, **context: Any) -> Conflict:
    told = {"path": None, "symbol": None, "detail": "", "score": 1.0, **context}
    return Conflict(
        conflict_id=id_,
        conflict_type=kind,
        involved_agents=sides,
        severity=severity,
        context=told,
        timestamp=datetime(2025, 1, 2, tzinfo=UTC),
    )


def _save_conflicts(writer: Writer, now: float, base: str, work: str) -> None:
    cart = {"path": "shop/cart.py", "type": "content"}
    edit = _conflict(
        EDIT,
        "edit",
        ("T-1", "T-2"),
        "medium",
        detail="both sides change the same lines of shop/cart.py, or lines next to each other",
        **cart,
    )
    target = _conflict(FORMING, "edit", ("T-1", "target"), "medium", detail="both sides change", **cart)
    prices = _conflict(
        ESCALATED,
        "decision",
        ("T-2", "T-5"),
        "high",
        topic="how prices are kept",
        scope="shop/**",
        score=0.93,
        detail="T-2 keeps prices as floats, T-5 as whole cents",
    )
    renamed = _conflict(
        SETTLED,
        "symbol",
        ("T-3", "T-2"),
        "high",
        path="shop/cart.py",
        type="renamed",
        symbol="total",
        detail="T-3 renames total, which T-2 begins to call",
    )
    readme = _conflict(GONE, "edit", ("T-1", "T-6"), "low", path="README.md", type="content")
    for conflict, state, formed, since, more in (
        (edit, ConflictState.RESOLVING, 200, 150, {"stood_at": now - 180}),
        (target, ConflictState.FORMING, 3, 3, {}),
        (prices, ConflictState.ESCALATED, 500, 400, {"stood_at": now - 490}),
        (
            renamed,
            ConflictState.RESOLVED,
            450,
            350,
            {"stood_at": now - 449, "ended_at": now - 350, "reason": "T-2 goes again from T-3's work"},
        ),
        (readme, ConflictState.GONE, 300, 280, {"ended_at": now - 280}),
    ):
        writer.save_conflict(
            ConflictRecord(
                run="r1", conflict=conflict, state=state, formed_at=now - formed, since=now - since, **more
            )
        )
    inputs = {"left": base, "right": work, "paths": ["shop/cart.py"]}
    for conflict_, number, strategy, state, message, result in (
        (EDIT, 1, "mechanical", ResolutionState.FAILED, "no file class says how to merge shop/cart.py", {}),
        (EDIT, 2, "redo", ResolutionState.TRYING, "", {}),
        (
            SETTLED,
            1,
            "order",
            ResolutionState.SUCCEEDED,
            "T-2 goes again from T-3's work",
            {"order": ["T-3", "T-2"], "of": "start"},
        ),
    ):
        ended = None if state is ResolutionState.TRYING else now - 179
        writer.save_resolution(
            Resolution(
                run="r1",
                conflict=conflict_,
                number=number,
                strategy=strategy,
                state=state,
                started_at=now - 180,
                ended_at=ended,
                message=message,
                inputs=inputs,
                result=result,
            )
        )
    _save_escalations(writer, now)


def _save_escalations(writer: Writer, now: float) -> None:
    open_ = Escalation(
        id="E-1",
        run="r1",
        state=EscalationState.OPEN,
        question="Are prices kept as floats, as T-2 has them, or as whole cents, as T-5 has them?",
        opened_at=now - 400,
        conflict=ESCALATED,
        tickets=("T-2", "T-5"),
        severity="high",
        told_at=now - 100,
        times_told=2,
        package={
            "summary": "T-2 and T-5 decided differently how prices are kept, and both have built on it.",
            "sides": [
                {
                    "ticket": "T-2",
                    "role": "engineer",
                    "priority": "high",
                    "intent": "prices as floats, as the API delivers them",
                    "diff": "-    price: int\n+    price: float\n",
                    "seconds_spent": 300.0,
                    "has_landed": False,
                },
                {
                    "ticket": "T-5",
                    "role": "engineer",
                    "priority": "medium",
                    "intent": "whole cents, because sums must be exact",
                    "diff": "",
                    "seconds_spent": 1200.0,
                    "has_landed": False,
                },
            ],
            "tried": [
                {
                    "strategy": "framework_pattern_strategy",
                    "state": "failed",
                    "message": "no pattern says it",
                    "seconds": 0.1,
                }
            ],
            "recommendations": [
                "keep T-5's (--keep right): sums come out exact; T-2 is done again, about 5 minutes",
                "keep T-2's (--keep left): less is changed; T-5 is done again, about 20 minutes",
            ],
            "impact": {"waiting": 1, "seconds_spent": 1500.0, "highest_priority": "high"},
        },
    )
    writer.save_escalation(open_)
    writer.save_escalation(
        Escalation(
            id="E-2",
            run="r1",
            state=EscalationState.ANSWERED,
            question="Which port does the shop listen on?",
            opened_at=now - 600,
            ended_at=now - 500,
            tickets=("T-3",),
            answer={"text": "8080", "by": "kim"},
        )
    )
    writer.save_escalation(
        Escalation(
            id="E-3",
            run="r1",
            state=EscalationState.OPEN,
            question="T-5 was not verified three times in a row: what is it to do?",
            opened_at=now - 60,
            tickets=("T-5",),
        )
    )


def _save_waits(writer: Writer, now: float) -> None:
    for resource, ticket, state, since in (
        ("path:shop/cart.py", "T-1", LeaseState.HELD, 600),
        ("path:shop/cart.py", "T-4", LeaseState.WAITING, 200),
        ("port:8080", "T-1", LeaseState.HELD, 500),
    ):
        writer.save_lease(
            ResourceLease(run="r1", resource=resource, ticket=ticket, state=state, since=now - since)
        )
    writer.save_order(
        Order(
            run="r1",
            first="T-2",
            then="T-7",
            of=OrderOf.LAND,
            at=now - 90,
            reason="both change shop/cart.py, and T-2 is the more important one",
        )
    )


if __name__ == "__main__":
    import sys

    top = Path(sys.argv[1])
    (top / "repo").mkdir(parents=True)
    git(top / "repo", "init", "-q", "-b", "main")
    fill(top / "repo", top)
