"""One connection to a SQLite store. Only the standard library, so that reading costs a few milliseconds.

WAL, so that readers and the writer do not wait for each other; ``synchronous=NORMAL``, so that a write costs no
``fsync``: what a power cut takes is the last writes, never the file, and a killed process loses nothing.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.errors import StoreError, StoreMissing
from headway.store import revision
from headway.store.newest import make_new

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

#: Upserts came with 3.24, RETURNING with 3.35.
_OLDEST = (3, 35, 0)

#: The lock that a writer holds in WAL mode: this byte of the ``-shm`` file (SQLite's WALINDEX_LOCK_OFFSET).
_WRITE_LOCK = 120

#: How often the change to WAL is tried again; SQLite does not wait for others there.
_RETRY_EVERY = 0.05


class SqliteDatabase:
    """See :class:`headway.store.database.Database`."""

    def __init__(self, path: Path, *, patience: float, read_only: bool) -> None:
        """Open the file; made where missing unless ``read_only``. Raises StoreError."""
        self.where = str(path)
        self._path = path
        self._patience = patience
        self._lock = threading.RLock()
        self._in_transaction = False
        self._copy: TemporaryDirectory[str] | None = None
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreError(
                f"this Python has SQLite {sqlite3.sqlite_version}; Headway needs 3.35 or newer",
                mend="use another Python (uv python install), or PostgreSQL: store.url in headway.toml",
            )
        if read_only:
            self._connection = self._open_to_read()
        else:
            self._connection = self._open_to_write()

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a ``SELECT``."""
        with self._lock:
            try:
                return self._connection.execute(sql, parameters).fetchall()
            except (sqlite3.Error, OverflowError) as error:
                raise self._fault(error) from error

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; how many rows it changed."""
        with self._lock:
            try:
                return self._connection.execute(sql, parameters).rowcount
            except (sqlite3.Error, OverflowError) as error:
                raise self._fault(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Holds SQLite's write lock from the start, so that nothing that is read within can be overtaken."""
        with self._lock:
            if self._in_transaction:
                raise RuntimeError("a write within a write: finish the first before anything is awaited")
            self.execute("BEGIN IMMEDIATE")
            self._in_transaction = True
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors (disk full, I/O).
                if self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise
            finally:
                self._in_transaction = False

    def revision(self) -> str | None:
        """The schema's revision; None where there is no schema of ours."""
        if not self.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (revision.TABLE,)):
            return None
        rows = self.query(revision.SELECT)
        return str(rows[0][0]) if rows else None

    def objects(self) -> set[str]:
        """Names of the tables and triggers that are there."""
        return {
            name
            for (name,) in self.query("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
        }

    def check(self) -> list[str]:
        """What ``PRAGMA integrity_check`` finds, at most 20 lines."""
        found = [str(line) for (line,) in self.query("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def backup(self, path: Path) -> None:
        """Copy everything to a new file, by a connection of its own: our own writes go on meanwhile too."""
        if path.exists():
            raise StoreError(f"{path}: is there already", mend="name a file that is not there yet")
        partial = path.with_name(path.name + ".partial")
        try:
            partial.unlink(missing_ok=True)
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with (
                closing(sqlite3.connect(self._uri("ro"), uri=True, timeout=self._patience)) as source,
                closing(sqlite3.connect(partial)) as copy,
            ):
                source.backup(copy)
            partial.rename(path)
        except OSError as error:
            raise StoreError(
                f"{path}: {error.strerror}", mend="name a folder that you may write to"
            ) from error
        except sqlite3.Error as error:
            raise self._fault(error, f"backup to {path}") from error
        finally:
            with suppress(OSError):
                partial.unlink()

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        with self._lock:
            try:
                if make_new(self._connection):
                    return
            except sqlite3.Error as error:
                raise self._fault(error) from error
            from headway.store.migrate import migrate

            migrate("sqlite", self._connect_to_write, "BEGIN IMMEDIATE", self._fault)

    def close(self) -> None:
        """Close the file. Safe to do twice."""
        with self._lock:
            self._connection.close()
            if self._copy is not None:
                self._copy.cleanup()
                self._copy = None

    def _uri(self, mode: str) -> str:
        return f"{self._path.as_uri()}?mode={mode}"

    def _open_to_write(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            # Only a file that is not there is opened here: closing one that SQLite has open for another connection
            # of this process would give its locks away, and whoever closes last then removes the log under it.
            with suppress(FileExistsError):
                # 0600: prompts and what agents said are nobody else's business. SQLite gives -wal and -shm the same.
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise self._no_file(error) from error
        try:
            connection = self._connect_to_write()
        except sqlite3.Error as error:
            raise self._fault(error) from error
        return connection

    def _connect_to_write(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri("rw"),
            uri=True,
            timeout=self._patience,
            isolation_level=None,  # transactions begin where we say so
            check_same_thread=False,  # our own lock makes threads take turns
        )
        try:
            self._use_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        until = time.monotonic() + self._patience
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
                if mode != "wal":
                    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(_RETRY_EVERY)
        if mode != "wal":
            raise StoreError(
                f"{self.where}: SQLite cannot use its write-ahead log on this file system (it stays at {mode!r})",
                mend="put the store on a local disk, or use PostgreSQL: store.url in headway.toml",
            )

    def _open_to_read(self) -> sqlite3.Connection:
        try:
            self._path.stat()
            try:
                return self._try_to_read(self._uri("ro"))
            except sqlite3.OperationalError as error:
                # A reader makes the -shm file where nobody has the store open. Where it may not, nobody else
                # writes either (or the file would be there): then the file, and the log that a killed process
                # left beside it, stand still.
                if _code(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                    raise
            wal = Path(f"{self._path}-wal")
            if not wal.exists() or wal.stat().st_size == 0:
                return self._try_to_read(self._uri("ro") + "&immutable=1")
            return self._try_to_read(f"{self._copied(wal).as_uri()}?mode=rw")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise StoreMissing(
                f"{self.where}: there is no store here, so nothing was run yet", mend="headway run TICKETS"
            ) from error
        except sqlite3.Error as error:
            raise self._fault(error) from error
        except OSError as error:
            raise StoreError(
                f"{error.filename}: {error.strerror}", mend=f"mend the rights of {self._path.parent}"
            ) from error

    def _copied(self, wal: Path) -> Path:
        """A copy of the file and the log beside it, where SQLite can make its -shm file."""
        import shutil
        from tempfile import TemporaryDirectory

        self._copy = TemporaryDirectory(prefix="headway-")
        copy = Path(self._copy.name) / "store.db"
        shutil.copyfile(self._path, copy)
        shutil.copyfile(wal, f"{copy}-wal")
        return copy

    def _try_to_read(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    def _no_file(self, error: OSError) -> StoreError:
        if isinstance(error, FileNotFoundError):
            return StoreError(
                f"{self.where}: there is no directory {self._path.parent.parent}",
                mend="name a path in a directory that is there: store.url in headway.toml",
            )
        if error.errno == errno.ENOSPC:
            return StoreError(
                f"{self.where}: the disk is full ({error.strerror})",
                mend=f"free some space (df -h {self._path.parent})",
            )
        return StoreError(
            f"{self.where}: cannot be written ({error.strerror})",
            mend=f"mend the rights (ls -ld {self._path.parent}), or name another path: store.url in headway.toml",
        )

    def _fault(self, error: Exception, doing: str = "") -> StoreError:
        """The error as a person needs it: what is wrong with which file, and what to do."""
        if isinstance(error, StoreError):
            return error
        what, mend = self._told(error, _code(error))
        return StoreError(f"{self.where}: {f'{doing}: ' if doing else ''}{what}", mend=mend)

    def _told(self, error: Exception, code: int | None) -> tuple[str, str]:
        """What is wrong, and what to do about it."""
        directory = self._path.parent
        what, mend = str(error), "headway doctor"
        match code:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                pid = self._writer_pid()
                who = f"process {pid}" if pid else "another process"
                mend = "see what it is, and end it if it hangs: "
                mend += f"ps -fp {pid}; kill {pid}" if pid else f"fuser -v {self.where}"
                if pid == os.getpid():
                    who, mend = (
                        "another connection of this process",
                        "headway resume; and report it: it must not be",
                    )
                what = f"locked: {who} has been writing to it for more than {self._patience:g} s"
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
                what = f"cannot be {'written' if code == sqlite3.SQLITE_READONLY else 'opened'} ({error})"
                mend = (
                    f"mend the rights of the file and of its directory (ls -la {directory}), or name another path:"
                    " store.url in headway.toml"
                )
            case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
                what = f"corrupt ({error})"
                mend = (
                    f"move all its files away (mkdir {directory}/corrupt; mv {self.where}* {directory}/corrupt), then"
                    " put a backup in its place or begin anew; what agents wrote is in git all the same:"
                    " git for-each-ref refs/headway"
                )
            case sqlite3.SQLITE_FULL:
                what = f"the disk is full ({error})"
                mend = f"free some space (df -h {directory}), then: headway resume"
            case sqlite3.SQLITE_IOERR:
                what = f"cannot be read or written ({error})"
                mend = f"look at the disk (df -h {directory}; dmesg | tail), then: headway resume"
        return what, mend

    def _writer_pid(self) -> int | None:
        """Who holds the write lock, as the kernel tells it; None where it does not."""
        try:
            file = Path(f"{self._path}-shm").stat()
            locks = Path("/proc/locks").read_text(encoding="ascii")
        except (OSError, ValueError):
            return None
        for line in locks.splitlines():
            # 1: POSIX  ADVISORY  WRITE 4711 fe:00:1234567 120 120
            words = line.split()
            if len(words) == 8 and words[3] == "WRITE" and words[6:] == [str(_WRITE_LOCK)] * 2:
                inode = words[5].rpartition(":")[2]
                if inode == str(file.st_ino) and words[4] not in ("0", "-1"):
                    return int(words[4])
        return None


def _code(error: Exception) -> int | None:
    """SQLite's primary result code."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
