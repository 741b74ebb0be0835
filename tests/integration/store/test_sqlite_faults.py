"""What can go wrong with a SQLite file: each ends in an error that says which file and what to do."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from headway.errors import StoreError, StoreMissing
from headway.nouns import RequestKind
from headway.store.reader import Reader, open_reader
from headway.store.store import Store
from tests.integration.store.nouns_at_hand import PROGRESS, RUN
from tests.integration.store.processes import other

NOBODY = 65534


@pytest.fixture
def path() -> Iterator[Path]:
    """A store's path with one run in it, where every user may go."""
    directory = Path(tempfile.mkdtemp(prefix="hw-store-"))
    directory.chmod(0o755)
    path = directory / "headway" / "store.db"
    with Store.open(f"sqlite:///{path}") as store, store.write(None) as writer:
        writer.save_run(RUN)
    yield path
    shutil.rmtree(directory)


@contextmanager
def user(*paths: Path) -> Iterator[None]:
    """A user whom rights hold (root they do not), and to whom ``paths`` belong."""
    if os.geteuid() != 0:
        yield
        return
    for path in paths:
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only(path: Path) -> Iterator[Path]:
    """The same where neither the file nor its directory can be written."""
    with user(path, path.parent):
        path.chmod(0o400)
        path.parent.chmod(0o500)
        yield path
        path.parent.chmod(0o700)


def test_the_directory_and_the_file_are_the_users_alone(path: Path) -> None:
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_files_beside_it_are_the_users_alone(path: Path) -> None:
    with Store.open(f"sqlite:///{path}"):
        assert {p.stat().st_mode & 0o777 for p in path.parent.iterdir()} == {0o600}
        assert len(list(path.parent.iterdir())) == 3


@pytest.mark.parametrize(
    "name",
    ["a b", "100%25", "wh?at#is=this", "ü", "\udcff"],
    ids=["blank", "percent", "query", "umlaut", "no-utf-8"],
)
def test_any_path_can_be_a_stores(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path / name / 'store.db'}"
    with Store.open(url) as store, store.write(None) as writer:
        writer.save_run(RUN)
    with open_reader(url) as reader:
        assert reader.runs() == [RUN]
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_no_directory_is_made_but_the_last(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"there is no directory {tmp_path}/no") as raised:
        Store.open(f"sqlite:///{tmp_path}/no/such/store.db")
    assert "store.url" in raised.value.mend
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be"):
        Store.open(f"sqlite:///{tmp_path}")
    with pytest.raises(StoreError, match="cannot be"):
        open_reader(f"sqlite:///{tmp_path}")


def test_an_empty_file_is_no_store_to_read_but_can_become_one(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    with pytest.raises(StoreMissing):
        open_reader(f"sqlite:///{path}")
    with Store.open(f"sqlite:///{path}") as store:
        store.check()


def test_a_store_that_another_process_writes_to_for_too_long_is_told_with_its_pid(path: Path) -> None:
    code = """
with Store.open(url) as store, store.write(None):
    say("in the middle")
    hear()
"""
    url = f"sqlite:///{path}"
    with other(url, code) as writer, Store.open(url, patience=0.1) as store:
        assert writer.said() == "in the middle"
        with pytest.raises(StoreError, match=f"locked: process {writer.pid} ") as raised:
            store.ask(RequestKind.DRAIN, at=1.0)
        assert f"kill {writer.pid}" in raised.value.mend
        writer.kill()
        assert store.ask(RequestKind.DRAIN, at=1.0).id == 1


def test_a_read_only_store_is_refused_when_it_is_opened_to_write(read_only: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written") as raised:
        Store.open(f"sqlite:///{read_only}")
    assert str(read_only.parent) in raised.value.mend


def test_a_read_only_directory_is_refused_when_its_store_is_opened_to_write(path: Path) -> None:
    with user(path, path.parent):
        path.parent.chmod(0o500)
        with pytest.raises(StoreError, match="cannot be") as raised:
            Store.open(f"sqlite:///{path}")
        path.parent.chmod(0o700)
    assert str(path.parent) in raised.value.mend


def test_a_read_only_store_can_be_read(read_only: Path) -> None:
    with open_reader(f"sqlite:///{read_only}") as reader:
        assert reader.runs() == [RUN]


def test_a_read_only_store_whose_writer_was_killed_is_read_to_its_last_commit(path: Path) -> None:
    code = """
with Store.open(url) as store:
    with store.write(None) as writer:
        writer.save_run(run)
    say("written")
    hear()
"""
    url = f"sqlite:///{path}"
    with other(url, code) as writer:
        assert writer.said() == "written"
        writer.kill()
    Path(f"{path}-shm").unlink()  # as where the files were copied, or the machine was restarted
    with user(path, path.parent, Path(f"{path}-wal")):
        path.parent.chmod(0o500)
        with open_reader(url) as reader:
            assert len(reader.runs()) == 2
        path.parent.chmod(0o700)


def test_a_read_only_store_is_read_beside_the_coordinator_of_another_user(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to be two users")
    url = f"sqlite:///{path}"
    with Store.open(url) as store:
        path.parent.chmod(0o755)
        for file in path.parent.iterdir():
            file.chmod(0o644)
        with user(), open_reader(url) as reader:
            assert reader.runs() == [RUN]
            os.seteuid(0)
            with store.write(None) as writer:
                writer.save_progress(PROGRESS)
            os.seteuid(NOBODY)
            assert reader.progress("r1") == [PROGRESS]


def test_who_may_not_look_into_the_directory_is_told(path: Path) -> None:
    with user(path.parent):
        path.parent.chmod(0o000)
        with pytest.raises(StoreError, match="Permission denied") as raised:
            open_reader(f"sqlite:///{path}")
        path.parent.chmod(0o700)
    assert "rights" in raised.value.mend


def damage_randomly(path: Path) -> None:
    path.write_bytes(bytes((i * 193 + 71) % 256 for i in range(8192)))


def damage_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [damage_randomly, damage_pages, truncate])
@pytest.mark.parametrize("way", [Store.open, open_reader])
def test_a_corrupt_store_is_told_with_what_is_left(
    path: Path, damage: Callable[[Path], None], way: Callable[[str], Reader]
) -> None:
    damage(path)
    with pytest.raises(StoreError) as raised, way(f"sqlite:///{path}") as store:
        store.check()
    assert "corrupt" in str(raised.value) or "damaged" in str(raised.value)
    assert "backup" in raised.value.mend
    assert "refs/headway" in raised.value.mend


def test_a_check_finds_nothing_wrong_with_a_good_store(path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        store.check()


def test_a_store_can_be_checked_by_who_may_only_read_it(read_only: Path) -> None:
    with open_reader(f"sqlite:///{read_only}") as reader:
        reader.check()


@pytest.mark.parametrize("damage", ["DROP TABLE slots", "DROP TRIGGER events_are_not_updated"])
def test_a_check_finds_what_is_missing(path: Path, damage: str) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        store._database.execute(damage)
        with pytest.raises(StoreError, match=f"{damage.rsplit(maxsplit=1)[-1]} is missing"):
            store.check()


def test_a_check_finds_a_row_that_is_no_noun(path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        store._database.execute("UPDATE runs SET state = 'flying'")
        with pytest.raises(StoreError, match=r"runs r1: .*flying"):
            store.check()


def fill(store: Store) -> None:
    for number in range(10_000):
        with store.write(None) as writer:
            writer.record("ticket.waiting", at=1.0, run=f"r{number}", note="x" * 2000)


def test_a_store_that_may_not_grow_says_so_and_keeps_what_it_has(path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        pages = store._database.query("PRAGMA page_count")[0][0]
        store._database.query(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(StoreError, match="disk is full") as raised:
            fill(store)
        assert "free some space" in raised.value.mend
        before = store.events()
        store._database.query(f"PRAGMA max_page_count = {pages + 1000}")
        with store.write(None) as writer:
            event = writer.record("run.resumed", at=2.0, run="r1")
        assert store.events() == [*before, event]
        store.check()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with 1 MiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a small file system")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_on_a_full_disk_nothing_is_half_written_and_all_goes_on_when_there_is_space(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/store.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 400_000)
    with Store.open(url) as store:
        with pytest.raises(StoreError, match="disk is full") as raised:
            fill(store)
        assert "headway resume" in raised.value.mend
        before = store.events()
        assert len(before) == len({event.run for event in before})
        ballast.unlink()
        with store.write(None) as writer:
            event = writer.record("run.resumed", at=2.0, run="r1")
        assert store.events() == [*before, event]
        store.check()


def test_a_store_on_a_full_disk_cannot_be_made_and_that_is_told(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space"), (small_disk / "ballast").open("wb") as ballast:
        while True:
            ballast.write(b"x" * 4096)
            ballast.flush()
    with pytest.raises(StoreError, match=r"No space|disk is full|disk I/O error") as raised:
        Store.open(f"sqlite:///{small_disk}/store.db")
    assert "df -h" in raised.value.mend


def test_a_backup_is_a_store_of_its_own_made_while_others_write(path: Path, tmp_path: Path) -> None:
    code = """
with Store.open(url) as store:
    with store.write(None) as writer:
        writer.save_run(run)
        say("in the middle")
        hear()
"""
    url = f"sqlite:///{path}"
    copy = tmp_path / "copy.db"
    with other(url, code) as writer, Store.open(url) as store:
        assert writer.said() == "in the middle"
        store.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [copy]
    with Store.open(f"sqlite:///{copy}") as store:
        store.check()
        assert store.runs() == [RUN]


def test_a_backup_takes_the_place_of_nothing(path: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    with Store.open(f"sqlite:///{path}") as store, pytest.raises(StoreError, match="is there already"):
        store.backup(there)
    assert there.read_text() == "mine"


def test_a_backup_that_cannot_be_written_is_told(path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store, pytest.raises(StoreError) as raised:
        store.backup(path / "copy.db")
    assert "may write" in raised.value.mend


def test_a_backup_onto_a_full_disk_leaves_nothing_half_there(path: Path, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"x" * 950_000)
    with Store.open(f"sqlite:///{path}") as store:
        with store.write(None) as writer:
            writer.record("x", at=1.0, run="r1", note="x" * 500_000)
        with pytest.raises(StoreError, match=r"backup to .*full"):
            store.backup(small_disk / "copy.db")
    assert [p.name for p in small_disk.iterdir()] == ["ballast"]


def test_a_store_is_written_ahead_of_its_file(path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        assert store._database.query("PRAGMA journal_mode") == [("wal",)]
        assert store._database.query("PRAGMA synchronous") == [(1,)]


def test_what_is_written_after_others_have_come_and_gone_is_not_lost(path: Path) -> None:
    code = """
with Store.open(url) as store:
    store.ask(RequestKind.DRAIN, at=1.0)
say("closed")
hear()
with open_reader(url) as reader:
    say(*(run.id for run in reader.runs()))
"""
    url = f"sqlite:///{path}"
    with Store.open(url) as store:
        Store.open(url).close()  # in this process
        with other(url, code) as another:
            assert another.said() == "closed"
            with store.write(None) as writer:
                writer.save_run(replace(RUN, id="r2"))
            another.tell()
            assert another.said() == "r1 r2"


def test_a_file_that_is_not_ours_alone_is_not_harmed(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE runs (theirs INTEGER)")
    theirs.close()
    with pytest.raises(StoreError, match="runs"):
        Store.open(f"sqlite:///{path}")
    with sqlite3.connect(path) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("runs",)]
    theirs.close()
