"""What may be wrong with the coordination store or the disk: the coordinator says so and goes, agents stay, and the
next one loses nothing."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import headway
from headway.coordination import api, checkpoints, opening
from headway.coordination.home import Home
from headway.coordination.opening import make_context
from headway.errors import LeaseHeld, StoreError
from headway.nouns import RunState
from headway.store import revision
from headway.store.store import Store
from tests.integration.coordination.conftest import Place, Typed

Types = Callable[..., Typed]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


def store_path(place: Place) -> Path:
    return Home(place.root / ".git").root / "store.db"


class TestRefused:
    """A run does not start with a store that it cannot use, and says what to do."""

    @pytest.fixture(autouse=True)
    def a_store(self, place: Place) -> None:
        store_path(place).parent.mkdir(exist_ok=True)
        place.store().close()

    @staticmethod
    def assert_refused(place: Place, ran: Typed, what: str, mend: str) -> None:
        assert ran.status == 2
        assert ran.out == ""
        assert str(store_path(place)) in ran.err
        assert what in ran.err
        assert mend in ran.err
        assert "Traceback" not in ran.err
        assert not (place.root / ".git/headway/attempts").exists()

    def test_a_store_of_a_newer_version(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        with sqlite3.connect(store_path(place)) as connection:
            connection.execute(f"UPDATE {revision.TABLE} SET version_num = '9999_later'")
        connection.close()
        self.assert_refused(
            place, typed(*one_ticket), "made by a newer version of Headway", "pip install --upgrade"
        )

    def test_a_store_that_is_corrupt(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        store_path(place).write_bytes(b"no database at all" * 1000)
        self.assert_refused(place, typed(*one_ticket), "corrupt", "git for-each-ref refs/headway")

    def test_a_store_that_is_locked(
        self, place: Place, typed: Types, one_ticket: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        be_impatient(monkeypatch)
        holder = subprocess.Popen(
            ["python3", "-c", HOLD, str(store_path(place))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            ran = typed(*one_ticket)
        self.assert_refused(place, ran, f"locked: process {holder.pid}", f"kill {holder.pid}")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_store_that_is_read_only(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        store_path(place).chmod(0o400)
        self.assert_refused(place, typed(*one_ticket), "cannot be written", "mend the rights")

    @needs_root
    def test_a_disk_that_is_read_only(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        where = store_path(place).parent
        with mounted(where, "--bind", str(where)):
            subprocess.run(["mount", "-o", "remount,ro,bind", str(where)], check=True)
            ran = typed(*one_ticket)
        assert ran.status == 2
        assert "Read-only file system" in ran.err
        assert "→ " in ran.err
        assert "Traceback" not in ran.err


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for another writer for half a second, not for ten."""
    options = dict(Store.open.__func__.__kwdefaults__, patience=0.5)  # type: ignore[attr-defined]
    monkeypatch.setattr(Store.open.__func__, "__kwdefaults__", options)  # type: ignore[attr-defined]
    monkeypatch.setattr(checkpoints, "PATIENCE", 0.5)


async def test_a_store_that_somebody_locks_on_the_way_ends_the_coordinator_and_no_agent(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_impatient(monkeypatch)
    gate = place.gate("A")
    handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
    await gate.reached()
    holder = subprocess.Popen(
        ["python3", "-c", HOLD, str(store_path(place))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        gate.open()
        with pytest.raises(StoreError, match=f"locked: process {holder.pid}") as told:
            await handle
    assert f"kill {holder.pid}" in told.value.mend
    place.events.clear()
    give_lease_back(place)
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)
    place.assert_sound()


def give_lease_back(place: Place) -> None:
    """As if the coordinator's process had ended: it is this one, and lives."""
    with sqlite3.connect(store_path(place)) as connection:
        connection.execute("UPDATE leases SET released_at = renewed_at WHERE released_at IS NULL")
    connection.close()


@dataclass(frozen=True)
class Disk:
    """A disk of the test's own."""

    path: Path

    @property
    def ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self) -> None:
        """Until not a byte more can be written."""
        with self.ballast.open("ab", buffering=0) as file:
            for size in (2**20, 4096, 1):
                with suppress(OSError):
                    while True:
                        file.write(b"x" * size)


@contextmanager
def mounted(path: Path, *how: str) -> Iterator[Disk]:
    subprocess.run(["mount", *how, str(path)], check=True)
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def tmpfs(path: Path, size: str) -> AbstractContextManager[Disk]:
    return mounted(path, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")


@pytest.fixture
def small_disk(place: Place) -> Iterator[Disk]:
    """The repository, moved to a disk of 16 MiB."""
    away = place.folder / "away"
    place.root.rename(away)
    place.root.mkdir()
    with tmpfs(place.root, "16m") as disk:
        shutil.copytree(away, place.root, dirs_exist_ok=True, symlinks=True)
        (place.root / ".git/info/exclude").write_text("ballast\n")
        yield disk


@needs_root
async def test_a_full_disk_ends_the_coordinator_and_no_agent_and_resume_goes_on(
    place: Place, small_disk: Disk
) -> None:
    gate = place.gate("A")
    handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
    await gate.reached()
    small_disk.fill()
    gate.open()
    with pytest.raises(StoreError, match="the disk is full") as told:
        await handle
    assert "free some space" in told.value.mend
    assert "headway resume" in told.value.mend
    small_disk.ballast.unlink()
    give_lease_back(place)
    result = await headway.resume_run(place.root)
    assert (result.landed, result.attempts) == (1, 1)
    assert place.show("a.txt") == "a\n"
    place.assert_sound()


@needs_root
async def test_a_disk_that_is_full_where_the_worktrees_lie_is_told_and_waited_for(place: Place) -> None:
    worktrees = place.folder / "worktrees"
    worktrees.mkdir()
    with tmpfs(worktrees, "4m") as disk:
        disk.fill()
        place.commit("headway.toml", f'[worktrees]\ndirectory = "{worktrees}"\n')
        handle = place.start({"A": "echo a > a.txt"})
        trouble = await place.until(handle, "ticket.trouble", "A")
        assert f"No space left on device: '{worktrees}" in trouble.data["reason"]
        assert trouble.data["reason"].endswith("free some space")
        disk.ballast.unlink()
        result = await place.watch(handle)
        assert (result.landed, result.attempts) == (1, 1)
        place.assert_sound()


@needs_root
async def test_an_agent_whose_disk_is_full_fails_and_what_it_wrote_is_kept(place: Place) -> None:
    worktrees = place.folder / "worktrees"
    worktrees.mkdir()
    with tmpfs(worktrees, "8m"):
        place.commit("headway.toml", f'[run]\nattempts = 1\n[worktrees]\ndirectory = "{worktrees}"\n')
        plan = {"A": "echo a > a.txt; head -c 20000000 /dev/zero > big.bin"}
        result = await place.run(plan)
        assert (result.needs_human, result.exit_status) == (1, 3)
        assert "the agent left with exit status 1" in place.progress("A").reason
        assert place.show("a.txt", "refs/headway/r1/A/1") == "a\n"


class Clock:
    """The machine's wall clock as coordinators see it, which the test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0

        def with_clock(*args: object, **options: object) -> object:
            return replace(make_context(*args, **options), clock=self.time)  # type: ignore[arg-type]

        monkeypatch.setattr(api, "make_context", with_clock)
        monkeypatch.setattr(opening, "time", self)

    def time(self) -> float:
        return time.time() + self.ahead


async def renewed(place: Place, clock: Clock) -> None:
    """Wait until the coordinator has said that it lives, by the clock as it is now."""
    with place.store() as store:
        while abs(store.lease().renewed_at - clock.time()) > 60:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("jump", [86400.0, -86400.0])
async def test_a_clock_that_jumps_costs_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    monkeypatch.setattr("headway.coordination.coordinator.RENEW_EVERY", 0.1)
    clock = Clock(monkeypatch)
    gate = place.gate("A")
    handle = place.start(
        {"A": f"{gate.script}; echo a > a.txt", "B": "sleep 0.5; echo b > b.txt"}, timeout=60
    )
    await gate.reached()
    clock.ahead = jump
    await place.until(handle, "ticket.landed", "B")
    await renewed(place, clock)
    with pytest.raises(LeaseHeld):
        await headway.resume_run(place.root)
    gate.open()
    result = await place.watch(handle)
    assert (result.state, result.landed, result.attempts) == (RunState.ENDED, 2, 2)
    assert result.seconds >= 0
    assert not place.told("attempt.silent")
    place.assert_sound()
