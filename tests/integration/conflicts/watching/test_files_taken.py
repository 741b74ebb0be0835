"""Whatever happens to the files of a worktree, it is seen as git would see it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pygit2
import pytest

from headway.conflicts import trees
from tests.integration.conflicts.watching.conftest import LINES, Bench, Make, git

FILES = {
    "a.txt": LINES,
    "run.sh": "#!/bin/sh\n",
    "deep/er/one.txt": "one\n",
    "deep/er/two.txt": "two\n",
    "deep/three.txt": "three\n",
    ".gitignore": "*.log\nbuild/\n",
    "kept.log": "tracked all the same\n",
}


def files_of(bench: Bench, side: str) -> dict[str, tuple[int, str]]:
    """What the watch has of a side."""
    desk = bench.watch._desk
    assert desk is not None
    found = trees.files(desk.repository, desk.sheets[side].tree)
    return {path: (entry.mode, entry.hex) for path, entry in found}


def files_by_git(bench: Bench, top: Path) -> dict[str, tuple[int, str]]:
    """What ``git add --all`` makes of a worktree."""
    git(top, "add", "--all")
    tree = git(top, "write-tree")
    repository = pygit2.Repository(str(bench.repository))
    return {path: (entry.mode, entry.hex) for path, entry in trees.files(repository, tree)}


async def same(bench: Bench, top: Path) -> None:
    """The watch and git see the same of the side ``l``."""
    await bench.watch.quiet()
    assert bench.told == []
    assert files_of(bench, "l") == files_by_git(bench, top)


def edit(top: Path) -> None:
    (top / "a.txt").write_text("other\n")


def add_deep(top: Path) -> None:
    (top / "new/er/est").mkdir(parents=True)
    (top / "new/er/est/a.txt").write_text("a\n")
    (top / "new/b.txt").write_text("b\n")


def remove_directory(top: Path) -> None:
    shutil.rmtree(top / "deep")


def rename_directory(top: Path) -> None:
    (top / "deep").rename(top / "shallow")
    (top / "shallow/er/one.txt").write_text("in its new place\n")


def rename_there_and_back(top: Path) -> None:
    (top / "deep").rename(top / "shallow")
    (top / "shallow/er/two.txt").unlink()
    (top / "shallow").rename(top / "deep")


def swap_directories(top: Path) -> None:
    (top / "deep").rename(top / "old")
    (top / "deep/er").mkdir(parents=True)
    (top / "deep/er/one.txt").write_text("another one\n")


def file_for_directory(top: Path) -> None:
    shutil.rmtree(top / "deep")
    (top / "deep").write_text("a file now\n")


def directory_for_file(top: Path) -> None:
    (top / "a.txt").unlink()
    (top / "a.txt").mkdir()
    (top / "a.txt/inside").write_text("x\n")


def link_for_directory(top: Path) -> None:
    shutil.move(top / "deep", top.parent / "elsewhere")
    (top / "deep").symlink_to(top.parent / "elsewhere")


def link_for_file(top: Path) -> None:
    (top / "a.txt").unlink()
    (top / "a.txt").symlink_to("run.sh")


def make_executable(top: Path) -> None:
    (top / "run.sh").chmod(0o755)


def replace_whole(top: Path) -> None:
    (top / "a.new").write_text("written beside\n")
    (top / "a.new").replace(top / "a.txt")


def write_ignored(top: Path) -> None:
    (top / "x.log").write_text("x\n")
    (top / "build/deep").mkdir(parents=True)
    (top / "build/deep/a.o").write_text("x\n")
    (top / "kept.log").write_text("tracked, so it counts\n")


def ignore_less(top: Path) -> None:
    (top / "x.log").write_text("x\n")
    (top / ".gitignore").write_text("build/\n")


def ignore_more(top: Path) -> None:
    (top / "notes.tmp").write_text("x\n")
    (top / "deep/.gitignore").write_text("*.new\n")
    (top / "deep/a.new").write_text("x\n")
    (top / ".gitignore").write_text("*.log\nbuild/\n*.tmp\n")


def strange_names(top: Path) -> None:
    (top / "ü ' \" \n.txt").write_text("x\n")
    Path(os.fsdecode(os.fsencode(top) + b"/no\xffutf8")).write_text("x\n")
    (top / ":(glob)x").write_text("x\n")


def rename_many(top: Path) -> None:
    for n in range(300):
        (top / f"f{n}.txt").write_text(f"{n}\n")
    for n in range(300):
        (top / f"f{n}.txt").rename(top / f"g{n}.txt")


def vanish(top: Path) -> None:
    for n in range(200):
        (top / "brief.txt").write_text(f"{n}\n")
        (top / "brief.txt").unlink()


def carriage_returns(top: Path) -> None:
    (top / "a.txt").write_bytes(LINES.replace("\n", "\r\n").encode())


def empty_directories(top: Path) -> None:
    (top / "empty/er").mkdir(parents=True)
    for path in sorted((top / "deep/er").iterdir()):
        path.unlink()


CHANGES = [
    edit,
    add_deep,
    remove_directory,
    rename_directory,
    rename_there_and_back,
    swap_directories,
    file_for_directory,
    directory_for_file,
    link_for_directory,
    link_for_file,
    make_executable,
    replace_whole,
    write_ignored,
    ignore_less,
    ignore_more,
    strange_names,
    rename_many,
    vanish,
    carriage_returns,
    empty_directories,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_worktree_is_seen_as_git_would_add_it(make: Make, change) -> None:  # type: ignore[no-untyped-def]
    bench = await make(FILES)
    top = await bench.side("l")
    git(top, "add", "--all")  # the index knows of the ignored file that is tracked
    change(top)
    await same(bench, top)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_worktree_that_was_written_before_is_looked_through(make: Make, change) -> None:  # type: ignore[no-untyped-def]
    bench = await make(FILES)
    top = bench.worktree("l")
    change(top)
    await bench.watch.add("l", top, bench.base, fresh=False)
    await same(bench, top)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_worktree_without_watches_is_scanned(make: Make, change) -> None:  # type: ignore[no-untyped-def]
    bench = await make(FILES, most_watches=0, scan_every=0.01, scan_share=1.0)
    top = await bench.side("l")
    change(top)
    expected = files_by_git(bench, top)
    await bench.eventually(lambda: files_of(bench, "l") == expected)
    (told,) = bench.told
    assert "sysctl fs.inotify.max_user_watches=" in told


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
@pytest.mark.parametrize(
    "attributes",
    ["", "* text=auto\n", "*.txt text eol=crlf\n", "*.txt -text\n", "*.txt ident\n", "* binary\n"],
)
async def test_line_endings_and_idents_are_taken_as_git_takes_them(
    make: Make, autocrlf: str, attributes: str
) -> None:
    files = {**FILES, ".gitattributes": attributes, "windows.txt": b"one\r\ntwo\r\n"}
    bench = await make(files, {"core.autocrlf": autocrlf, "core.safecrlf": "false"})
    top = await bench.side("l")
    (top / "windows.txt").write_bytes(b"one\r\nzwei\r\n")
    (top / "new.txt").write_bytes(b"one\r\n$Id$\ntwo\n")
    (top / "a.txt").write_bytes(b"$Id: 123 $\n")
    await same(bench, top)


async def test_modes_are_the_bases_where_the_file_system_has_none(make: Make) -> None:
    bench = await make(FILES, {"core.fileMode": "false"})
    top = await bench.side("l")
    (top / "run.sh").write_text("#!/bin/sh\ntrue\n")
    (top / "run.sh").chmod(0o755)
    await same(bench, top)


async def test_a_worktree_that_is_gone_has_changed_nothing(make: Make) -> None:
    bench = await make()
    left, right = await bench.side("l"), await bench.side("r")
    (left / "a.txt").write_text("left\n")
    (right / "a.txt").write_text("right\n")
    await bench.conflict("l", "r")
    shutil.rmtree(left)
    await bench.clean("l", "r")
    assert files_of(bench, "l") == files_of(bench, "r") | {
        path: entry for path, entry in files_of(bench, "l").items() if path == "a.txt"
    }
