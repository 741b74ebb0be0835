"""A new SQLite store in one go: the statements that Alembic's migrations come to, written down.

Importing Alembic and SQLAlchemy costs 0.5 s, a third of what a coordinator takes to start, and the first run in each
repository would pay it. A test holds that the statements are those of the migrations. To write them anew after a
migration was added: ``python -m headway.store.newest``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from headway.store import revision

FILE = Path(__file__).with_name("newest.sql")


def make_new(connection: sqlite3.Connection) -> bool:
    """Make the tables of the newest revision, if the store has none of any revision; whether that was so.

    In one transaction: of several processes one makes them. ``connection`` begins none by itself. Raises sqlite3.Error.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        has = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (revision.TABLE,)).fetchone()
        if not has:
            for statement in statements(FILE.read_text(encoding="utf-8")):
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return not has


def statements(script: str) -> Iterator[str]:
    """The statements of a script, triggers with their inner semicolons whole."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


def script_of(connection: sqlite3.Connection) -> str:
    """The statements that made a store's tables and the rows that are there from the beginning."""
    made = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY rowid"
    ).fetchall()
    rows = [line for line in connection.iterdump() if line.startswith("INSERT INTO")]
    return "".join(f"{sql};\n\n" for (sql,) in made) + "".join(f"{row}\n" for row in rows)


def script_of_migrations() -> str:
    """What the migrations come to, from an empty store in memory on."""
    from headway.store.migrate import migrate

    connection = sqlite3.connect(":memory:", isolation_level=None)

    class Lent:
        """The connection without its end, which SQLAlchemy would bring about."""

        def __getattr__(self, name: str) -> object:
            return (lambda: None) if name == "close" else getattr(connection, name)

    migrate("sqlite", Lent, "BEGIN IMMEDIATE", lambda error: error)
    return script_of(connection)


if __name__ == "__main__":
    FILE.write_text(script_of_migrations(), encoding="utf-8")
