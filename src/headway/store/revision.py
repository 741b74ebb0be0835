"""Which revisions of the schema this program knows. Alembic is not asked: its import takes longer than a status."""

from __future__ import annotations

from headway.errors import StoreError

#: Where the store says its revision; a name of our own, because a database can have other users of Alembic.
TABLE = "headway_revision"

#: All revisions, oldest first, as the files in ``migrations/versions`` have them (a test holds that).
KNOWN = ("0001", "0002")
HEAD = KNOWN[-1]

SELECT = f'SELECT "version_num" FROM "{TABLE}"'


def needs_migration(found: str | None, where: object) -> bool:
    """Whether a store at revision ``found`` (None: a new one) has to be migrated. Raises StoreError where it is newer
    than this program."""
    if found is not None and found not in KNOWN:
        raise StoreError(
            f"{where}: made by a newer version of Headway (its schema is {found}, this one knows {HEAD})",
            mend="install the newer version here too: pip install --upgrade headway-agents",
        )
    return found != HEAD
