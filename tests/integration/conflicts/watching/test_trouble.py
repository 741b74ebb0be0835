"""What goes wrong with files, watches and objects costs a look, never the watch."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from headway.conflicts.watching import inotify
from headway.errors import GitError
from tests.integration.conflicts.watching.conftest import LINES, Make, changed, git
from tests.integration.conflicts.watching.test_files_taken import FILES, files_by_git, files_of, same


async def test_a_file_of_50_mb_is_not_read_into_memory(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = await make()
    top = await bench.side("l")
    sizes: list[int] = []
    from headway.conflicts.watching import taking

    read = taking._read

    def note(fd: int, size: int) -> bytes:
        sizes.append(size)
        return read(fd, size)

    monkeypatch.setattr(taking, "_read", note)
    (top / "big.bin").write_bytes(os.urandom(2**20) * 50)
    (top / "small.txt").write_text("x\n")
    await same(bench, top)
    assert max(sizes) < 2**20


async def test_two_big_files_of_one_name_are_a_conflict(make: Make) -> None:
    bench = await make()
    left, right = await bench.side("l"), await bench.side("r")
    (left / "big.txt").write_bytes(b"left\n" * (3 * 2**20))
    (right / "big.txt").write_bytes(b"right\n" * (3 * 2**20))
    look = await bench.conflict("l", "r")
    assert [each.context["type"] for each in look.conflicts] == ["add/add"]


async def test_a_big_file_that_both_changed_apart_is_none(make: Make) -> None:
    content = "".join(f"line {n}\n" for n in range(10**6))
    bench = await make({"big.txt": content, "a.txt": LINES})
    left, right = await bench.side("l"), await bench.side("r")
    (left / "big.txt").write_text(content.replace("line 10\n", "left\n"))
    (right / "big.txt").write_text(content.replace("line 900000\n", "right\n"))
    await bench.watch.quiet()
    assert (bench.history, bench.told) == ([], [])


async def test_ten_thousand_files_that_are_renamed_at_once(make: Make) -> None:
    files = {f"d{n % 50}/f{n}.txt": f"{n}\n" for n in range(10_000)}
    bench = await make({**files, "a.txt": LINES})
    left, right = await bench.side("l"), await bench.side("r")
    for n in range(50):
        (left / f"d{n}").rename(left / f"e{n}")
    for n in range(10_000):
        (left / f"e{n % 50}/f{n}.txt").rename(left / f"e{n % 50}/g{n}.txt")
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    (right / "a.txt").write_text(changed(LINES, 20, "right"))
    look = await bench.conflict("l", "r")
    assert [each.context["path"] for each in look.conflicts] == ["a.txt"]
    assert len(files_of(bench, "l")) == 10_001


async def test_events_that_were_lost_are_made_up_for(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = await make()
    top = await bench.side("l")
    real = inotify.Inotify.read

    def lose(self: inotify.Inotify) -> list[tuple[int, int, str]]:
        return [(-1, inotify.OVERFLOW, "")] if real(self) else []

    monkeypatch.setattr(inotify.Inotify, "read", lose)
    (top / "a.txt").write_text("written unseen\n")
    await bench.eventually(lambda: files_of(bench, "l") != files_of_base(bench.repository))
    await same(bench, top)


def files_of_base(repository: Path) -> dict[str, tuple[int, str]]:
    lines = (line.split() for line in git(repository, "ls-tree", "-r", "main").splitlines())
    return {path: (int(mode, 8), id_) for mode, _, id_, path in lines}


async def test_a_git_that_fails_once_is_asked_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = await make()
    left, right = await bench.side("l"), await bench.side("r")
    ask, failures = bench.tools.ask, [GitError("merge-tree", 128, "no space left")]

    async def fail_once(*args, **kwargs):  # type: ignore[no-untyped-def]
        if failures:
            raise failures.pop()
        return await ask(*args, **kwargs)

    monkeypatch.setattr(bench.tools, "ask", fail_once)
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    (right / "a.txt").write_text(changed(LINES, 20, "right"))
    await bench.conflict("l", "r")
    assert len(bench.told) == 1


async def test_a_file_that_cannot_be_read_stays_as_it_was_known(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = await make()
    top = await bench.side("l")
    open_ = os.open

    def refuse(path: str, *args: int, **kwargs: int) -> int:
        if str(path).endswith("l/a.txt"):
            raise PermissionError(13, "Permission denied", path)
        return open_(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    (top / "b.txt").write_text("other\n")
    os.utime(top / "a.txt")
    await bench.watch.quiet()
    assert {
        path for path, entry in files_of(bench, "l").items() if entry != files_of_base(bench.repository)[path]
    } == {"b.txt"}


async def test_fifos_and_sockets_are_nothing(make: Make) -> None:
    bench = await make()
    top = await bench.side("l")
    os.mkfifo(top / "pipe")
    (top / "a.txt").unlink()
    os.mkfifo(top / "a.txt")
    await bench.watch.quiet()
    assert set(files_of(bench, "l")) == {"b.txt"}


async def test_a_new_place_for_objects_loses_nothing(make: Make) -> None:
    bench = await make(FILES)
    left, right = await bench.side("l"), await bench.side("r")
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    (left / "new.txt").write_text("new\n")
    await bench.watch.quiet()
    before = bench.tools.size()
    await bench.watch.renew()
    assert bench.tools.size() <= before
    assert not [path for path in (bench.repository / ".git/headway").iterdir() if path.name == "scratch"]
    (right / "a.txt").write_text(changed(LINES, 20, "right"))
    await bench.conflict("l", "r")
    await same(bench, left)


async def test_nothing_is_written_among_the_users_objects(make: Make) -> None:
    bench = await make()
    before = git(bench.repository, "count-objects", "-v")
    left, right = await bench.side("l"), await bench.side("r")
    before = git(bench.repository, "count-objects", "-v")
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    (right / "a.txt").write_text(changed(LINES, 20, "right"))
    await bench.conflict("l", "r")
    assert git(bench.repository, "count-objects", "-v") == before


async def test_a_nested_repository_counts_by_its_files(make: Make) -> None:
    bench = await make()
    top = await bench.side("l")
    git(top, "init", "-q", "inner")
    (top / "inner/x.txt").write_text("x\n")
    await bench.watch.quiet()
    assert set(files_of(bench, "l")) == {"a.txt", "b.txt", "inner/x.txt"}


async def test_a_side_that_is_removed_while_it_is_written_is_forgotten(make: Make) -> None:
    bench = await make()
    left, right = await bench.side("l"), await bench.side("r")
    (right / "a.txt").write_text(changed(LINES, 20, "right"))

    async def write() -> None:
        for n in range(100):
            (left / "a.txt").write_text(changed(LINES, 20, f"left {n}"))
            await asyncio.sleep(0.001)

    writing = asyncio.create_task(write())
    await bench.until(lambda: ("l", "r") in bench.looks)
    await bench.watch.remove("l")
    await writing
    await bench.clean("l", "r")
    await bench.watch.quiet()
    assert not bench.looks["l", "r"].conflicts


async def test_a_filter_of_the_users_is_run_by_git(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(os.environ["HOME"])
    (home / ".gitconfig").write_text('[filter "lfs"]\n\tclean = tr a-z A-Z\n\tsmudge = cat\n')
    try:
        bench = await make({"a.big": "x\n", ".gitattributes": "*.big filter=lfs\n"})
        top = await bench.side("l")
        (top / "a.big").write_text("shouted\n")
        await bench.watch.quiet()
        assert files_of(bench, "l") == files_by_git(bench, top)
    finally:
        (home / ".gitconfig").unlink()
