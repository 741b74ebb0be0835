"""A store that an older version of Headway filled is brought up to date with everything that is in it."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from alembic import command
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from headway.errors import StoreError
from headway.nouns import (
    Attempt,
    AttemptState,
    Cause,
    Event,
    Exit,
    Holder,
    Landing,
    LandingState,
    Lease,
    Outcome,
    Priority,
    ProcessId,
    Progress,
    Request,
    RequestKind,
    Run,
    RunState,
    Slot,
    SlotState,
    Ticket,
    TicketState,
    Usage,
)
from headway.store import revision
from headway.store.database import connect
from headway.store.location import SqliteFile, locate
from headway.store.migrate import configuration
from headway.store.reader import Reader
from headway.store.store import Store
from tests.integration.store.processes import other

#: What a coordinator of the first version left behind, as that wrote it.
ROWS_OF_0001 = (
    "INSERT INTO runs VALUES ('r1', 'refs/heads/main', 'aa', 'running', 1000.0, NULL, '{\"agents\":4}', 'ff')",
    "INSERT INTO tickets VALUES ('r1', 'T-1', 'Add a limit', 'What for', 2, '[\"T-0\"]', '[\"src/**\"]', NULL, NULL,"
    " 'make test', 60.0, '[]', 'tickets.yaml:1', '{\"points\":3}')",
    "INSERT INTO progress VALUES ('r1', 'T-1', 'landing', 'in the queue', 1001.5, 1, 0, 1, NULL, 0)",
    "INSERT INTO attempts VALUES ('r1', 'T-1', 1, 'collected', 'first', 'command', NULL, 'aa', '/attempts/1',"
    ' 1001.0, 1009.0, \'work\', \'{"status":0,"how":"exited","seconds":8.0,"cpu_seconds":1.0,'
    '"peak_memory":1,"swept":0,"message":""}\', \'bb\', \'["src/a.py"]\', NULL, \'{"input_tokens":7,'
    '"output_tokens":1,"cached_tokens":0,"cost":0.5,"turns":1}\')',
    "INSERT INTO landings VALUES ('r1', 'T-1', 1, 'queued', 1009.5, NULL, NULL, NULL, '', '[]', 0.0)",
    "INSERT INTO slots VALUES (1, '/w/1', 'busy', 'aa', '[\"r1\",\"T-1\",1]')",
    "INSERT INTO events (kind, at, run, ticket, attempt, data) VALUES"
    " ('ticket.landing', 1009.5, 'r1', 'T-1', 1, '{\"place\":1}')",
    "INSERT INTO requests (kind, at, ticket) VALUES ('cancel', 1010.0, 'T-1')",
    "INSERT INTO requests (kind, at, ticket) VALUES ('drain', 1011.0, NULL)",
    "INSERT INTO leases VALUES (1, 'here', 'boot', 4711, 5, 'headway run', 999.0, 1011.0, NULL)",
    "UPDATE changes SET counter = 41",
)


@pytest.fixture
def old(url: str) -> str:
    """The URL of a store that the first version made and filled."""
    connect(url).close()  # makes the file of SQLite, with its log
    is_file = isinstance(locate(url), SqliteFile)
    engine = create_engine(
        url if is_file else url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool
    )
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
    with engine.begin() as connection:
        for row in ROWS_OF_0001:
            connection.exec_driver_sql(row)
    engine.dispose()
    return url


def test_everything_is_there_afterwards_as_it_was(old: str) -> None:
    with Store.open(old) as store:
        store.check()
        assert store._database.revision() == revision.HEAD
        assert store.runs() == [
            Run(
                id="r1",
                target="refs/heads/main",
                base="aa",
                state=RunState.RUNNING,
                started_at=1000.0,
                options={"agents": 4},
                trace_id="ff",
            )
        ]
        assert store.progress("r1") == [
            Progress(
                run="r1",
                ticket=Ticket(
                    id="T-1",
                    title="Add a limit",
                    description="What for",
                    priority=Priority.HIGH,
                    depends_on=("T-0",),
                    paths=("src/**",),
                    verify="make test",
                    timeout=60.0,
                    source="tickets.yaml:1",
                    extra={"points": 3},
                ),
                state=TicketState.LANDING,
                reason="in the queue",
                since=1001.5,
                attempt=1,
                redos=1,
            )
        ]
        assert store.attempts("r1") == [
            Attempt(
                run="r1",
                ticket="T-1",
                number=1,
                state=AttemptState.COLLECTED,
                cause=Cause.FIRST,
                profile="command",
                slot=None,
                base="aa",
                directory="/attempts/1",
                started_at=1001.0,
                ended_at=1009.0,
                outcome=Outcome.WORK,
                exit=Exit(status=0, how="exited", seconds=8.0, cpu_seconds=1.0, peak_memory=1),
                work="bb",
                files=("src/a.py",),
                usage=Usage(input_tokens=7, output_tokens=1, cost=0.5, turns=1),
            )
        ]
        assert store.landings("r1") == [
            Landing(run="r1", ticket="T-1", attempt=1, state=LandingState.QUEUED, queued_at=1009.5)
        ]
        assert store.slots() == [
            Slot(id=1, path="/w/1", state=SlotState.BUSY, base="aa", holder=("r1", "T-1", 1))
        ]
        assert store.events() == [
            Event(
                kind="ticket.landing", at=1009.5, run="r1", ticket="T-1", attempt=1, data={"place": 1}, seq=1
            )
        ]
        assert store.requests() == [
            Request(id=1, kind=RequestKind.CANCEL, at=1010.0, ticket="T-1"),
            Request(id=2, kind=RequestKind.DRAIN, at=1011.0),
        ]
        process = ProcessId(boot_id="boot", pid=4711, start_time=5)
        assert store.lease() == Lease(
            token=1,
            holder=Holder(host="here", process=process, command="headway run"),
            acquired_at=999.0,
            renewed_at=1011.0,
        )
        assert store.change_counter() == 41


def test_numbers_go_on_where_they_were(old: str) -> None:
    with Store.open(old) as store:
        assert store.ask(RequestKind.ANSWER, at=1.0, data={"escalation": "E-1"}).id == 3
        with store.write(None) as writer:
            assert writer.record("run.resumed", at=1.0, run="r1").seq == 2


def test_events_stay_unchangeable(old: str) -> None:
    with Store.open(old) as store, pytest.raises(StoreError, match="events are written once"):
        store._database.execute("DELETE FROM events")


def test_a_coordinator_of_before_goes_on_beside_it(old: str) -> None:
    before = connect(old)
    Store.open(old).close()
    before.execute(ROWS_OF_0001[-3])
    before.close()
    with Store.open(old) as store:
        assert [request.data for request in store.requests()] == [{}, {}, {}]


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(old: str) -> None:
    database = connect(old)
    database.execute("CREATE TABLE escalations (theirs INTEGER)")  # one of the last to be made
    before = database.objects()
    with pytest.raises(StoreError, match="escalations"):
        Store.open(old)
    assert (database.revision(), database.objects()) == ("0001", before)
    assert len(Reader(database).events()) == 1
    database.close()


def test_several_processes_upgrade_it_once(old: str) -> None:
    code = """
say("ready")
hear()
with Store.open(url) as store:
    store.ask(RequestKind.DRAIN, at=1.0)
say("done")
"""
    with ExitStack() as stack:
        openers = [stack.enter_context(other(old, code)) for _ in range(3)]
        assert [opener.said() for opener in openers] == ["ready"] * 3
        for opener in openers:
            opener.tell()
        assert [opener.said() for opener in openers] == ["done"] * 3
    with Store.open(old) as store:
        store.check()
        assert [request.id for request in store.requests()] == [1, 2, 3, 4, 5]
