"""Events and decisions are written once: the databases themselves refuse anything else, whoever asks."""

import pytest

from headway.errors import StoreError
from headway.nouns import Decision
from headway.store.database import Database
from headway.store.store import Store

DECISION = Decision(topic="http client", choice="httpx", at=1.0)


@pytest.fixture
def database(store: Store) -> Database:
    with store.write(None) as writer:
        writer.record("run.started", at=1.0, run="r1")
        writer.add_decision(DECISION)
    return store._database


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events SET kind = 'run.ended'",
        "DELETE FROM events",
        "INSERT INTO events (seq, kind, at, run, data) VALUES (1, 'x', 2.0, 'r1', '{}')"
        " ON CONFLICT (seq) DO UPDATE SET kind = excluded.kind",
    ],
)
def test_an_event_is_never_changed(store: Store, database: Database, sql: str) -> None:
    before = store.events()
    with pytest.raises(StoreError, match="written once"):
        database.execute(sql)
    assert store.events() == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE decisions SET choice = 'requests'",
        "DELETE FROM decisions",
        "INSERT INTO decisions (id, topic, choice, scope, reason, agent, source, at)"
        " VALUES (1, 'http client', 'requests', '', '', '', 'agent', 2.0)"
        " ON CONFLICT (id) DO UPDATE SET choice = excluded.choice",
    ],
)
def test_a_decision_is_never_changed(store: Store, database: Database, sql: str) -> None:
    before = store.decisions()
    with pytest.raises(StoreError, match="decisions are written once"):
        database.execute(sql)
    assert store.decisions() == before


def test_a_decision_is_not_replaced_on_sqlite(make_sqlite_url) -> None:
    with Store.open(make_sqlite_url()) as store:
        decision = store.add_decision(DECISION)
        with pytest.raises(StoreError, match="written once"):
            store._database.execute(
                "INSERT OR REPLACE INTO decisions (id, topic, choice, scope, reason, agent, source, at)"
                " VALUES (1, 'http client', 'requests', '', '', '', 'agent', 2.0)"
            )
        assert store.decisions() == [decision]


def test_decisions_are_not_truncated_on_postgresql(make_postgres_url) -> None:
    with Store.open(make_postgres_url()) as store:
        decision = store.add_decision(DECISION)
        with pytest.raises(StoreError, match="written once"):
            store._database.execute("TRUNCATE decisions")
        assert store.decisions() == [decision]


def test_an_event_is_not_replaced_on_sqlite(make_sqlite_url) -> None:
    with Store.open(make_sqlite_url()) as store:
        with store.write(None) as writer:
            event = writer.record("run.started", at=1.0, run="r1")
        with pytest.raises(StoreError, match="written once"):
            store._database.execute(
                "INSERT OR REPLACE INTO events (seq, kind, at, run, data) VALUES (1, 'x', 2.0, 'r1', '{}')"
            )
        assert store.events() == [event]


def test_events_are_not_truncated_on_postgresql(make_postgres_url) -> None:
    with Store.open(make_postgres_url()) as store:
        with store.write(None) as writer:
            event = writer.record("run.started", at=1.0, run="r1")
        with pytest.raises(StoreError, match="written once"):
            store._database.execute("TRUNCATE events")
        assert store.events() == [event]
