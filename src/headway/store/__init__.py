"""The coordination store: nouns in, nouns out; the only SQL of the project.

    reader     reading, light enough for a command that only answers
    store      opening, migrating, the lease, writing, asking, check and backup
    writer     what can be saved within one transaction
    lease      who may hold the lease: plain decisions
    rows       rows ↔ nouns, and the statements that move them
    codec      texts and JSON as a database column can hold them
    location   what a store URL names
    sqlite, postgres   one connection each: transactions, and driver errors made StoreErrors that say what to do
    revision   which revisions of the schema this program knows
    schema, migrations   the tables, as SQLAlchemy Core and as Alembic migrations

At run time the statements are plain texts on the drivers' own connections, and SQLAlchemy and Alembic are imported
only to make or migrate a store. Measured: their import takes 0.2 to 0.5 s, more than ``headway status`` may take
altogether, and a statement costs ten times as much through them as the SQLite call itself.

Not for: git, or what the facts mean.
"""
