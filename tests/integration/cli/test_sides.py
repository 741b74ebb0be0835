"""What each side of a conflict changed, read from real commits and worktrees, whatever stands there."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from headway.cli.side_by_side import Cell, Gap, Row
from headway.cli.sides import LARGEST, TARGET, FileSides, Side, diff_of, read_sides
from headway.landing.git import Git
from headway.nouns import Run, RunState
from tests.integration.landing.conftest import Repo

RUN = Run(id="r1", target="refs/heads/main", base="0" * 40, state=RunState.RUNNING, started_at=1.0)


@pytest.fixture
def base(repo: Repo) -> str:
    """The commit that both sides began from."""
    return repo.git("rev-parse", "HEAD")


def work(repo: Repo, base: str, name: str, files: dict[str, str | bytes | None]) -> Side:
    """A side whose work is a commit."""
    repo.git("checkout", "-q", "--detach", base)
    commit = repo.commit(files)
    repo.git("checkout", "-q", "main")
    return Side(name=name, base=base, work=commit)


def written(tmp_path: Path, repo: Repo, base: str) -> Side:
    """A side whose worktree is being written."""
    top = tmp_path / "slot"
    repo.git("worktree", "add", "-q", "--detach", str(top), base)
    return Side(name="W", base=base, worktree=top)


async def look(git: Git, left: Side, right: Side, path: str) -> FileSides:
    """One file as both sides have it."""
    _, (file,) = await read_sides(git, RUN, [left, right], [path])
    return file


def told(file: FileSides) -> list[str]:
    """The rows as one sees them."""

    def cell(each: Cell | None) -> str:
        return f"{each.mark}{each.text}" if each else ""

    return [f"@{r.line}" if isinstance(r, Gap) else f"{cell(r.left)}|{cell(r.right)}" for r in file.rows]


async def test_two_commits(repo: Repo, git: Git, base: str) -> None:
    left, right = work(repo, base, "A", {"a.txt": "x\n"}), work(repo, base, "B", {"a.txt": "a\ny\n"})
    file = await look(git, left, right, "a.txt")
    assert (told(file), file.notes) == (["-a| a", "+x|+y"], ("", ""))


async def test_a_worktree_that_is_being_written(repo: Repo, git: Git, base: str, tmp_path: Path) -> None:
    left, right = written(tmp_path, repo, base), work(repo, base, "B", {"a.txt": "y\n"})
    assert left.worktree is not None
    (left.worktree / "a.txt").write_text("a\nhalf")
    file = await look(git, left, right, "a.txt")
    assert told(file) == [" a|-a", "+half|+y"]


async def test_the_target_branch_as_it_is_now(repo: Repo, git: Git, base: str) -> None:
    left = work(repo, base, "A", {"a.txt": "x\n"})
    repo.commit({"a.txt": "landed\n"})
    seen, (file,) = await read_sides(git, RUN, [left, Side(name=TARGET, base=base)], ["a.txt"])
    assert told(file) == ["-a|-a", "+x|+landed"]
    assert seen[1].work == repo.git("rev-parse", "main")


@pytest.mark.parametrize(
    ("left", "right", "notes"),
    [
        ({"a.txt": None}, {"a.txt": "x\n"}, ("deleted", "")),
        ({"new.txt": "x\n"}, {"new.txt": "y\n"}, ("new file", "new file")),
        ({"a.txt": b"\0\1"}, {"a.txt": "x\n"}, ("binary (2 B)", "")),
        ({"a.txt": b"x" * (LARGEST + 1)}, {"a.txt": "x\n"}, ("too large to be shown (1.0 MiB)", "")),
        ({"b.txt": "x"}, {"a.txt": "a\r\n"}, ("unchanged", "other line ends")),
        ({"a.txt": b"caf\xe9\n"}, {"a.txt": "y\n"}, ("", "")),
        ({"b.txt": "x"}, {"b.txt": "y"}, ("unchanged", "unchanged")),
    ],
)
async def test_what_lines_do_not_tell_is_told(
    repo: Repo,
    git: Git,
    base: str,
    left: dict[str, str | bytes | None],
    right: dict[str, str | bytes | None],
    notes: tuple[str, str],
) -> None:
    path = "new.txt" if "new.txt" in left else "a.txt"
    file = await look(git, work(repo, base, "A", left), work(repo, base, "B", right), path)
    assert file.notes == notes


async def test_a_mode_and_a_link(repo: Repo, git: Git, base: str) -> None:
    repo.git("checkout", "-q", "--detach", base)
    (repo.path / "a.txt").chmod(0o755)
    (repo.path / "b.txt").unlink()
    (repo.path / "b.txt").symlink_to("elsewhere")
    left = Side(name="A", base=base, work=repo.commit({}))
    repo.git("checkout", "-q", "main")
    right = work(repo, base, "B", {"a.txt": "x\n", "b.txt": "y\n"})
    assert (await look(git, left, right, "a.txt")).notes[0] == "mode 100644 → 100755"
    assert told(await look(git, left, right, "b.txt")) == ["-b|-b", "+→ elsewhere|+y"]


async def test_sides_of_different_bases_stand_each_for_itself(repo: Repo, git: Git, base: str) -> None:
    left = work(repo, base, "A", {"a.txt": "x\n"})
    later = repo.commit({"a.txt": "b\nc\n"})
    right = work(repo, later, "B", {"a.txt": "b\n"})
    assert told(await look(git, left, right, "a.txt")) == ["-a| b", "+x|-c"]


async def test_line_ends_of_a_checkout_are_no_change(repo: Repo, git: Git, base: str, tmp_path: Path) -> None:
    left = written(tmp_path, repo, base)
    assert left.worktree is not None
    (left.worktree / "a.txt").write_bytes(b"a\r\n")
    file = await look(git, left, work(repo, base, "B", {"a.txt": "y\n"}), "a.txt")
    assert (told(file), file.notes) == ([" a|-a", "|+y"], ("unchanged", ""))


@pytest.mark.parametrize("planted", ["link to a file", "link to a folder", "pipe", "folder"])
async def test_what_an_agent_plants_is_not_followed(
    repo: Repo, git: Git, base: str, tmp_path: Path, planted: str
) -> None:
    left = written(tmp_path, repo, base)
    assert left.worktree is not None
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "c.txt").write_text("secret\n")
    place = left.worktree / "dir" / "c.txt"
    place.unlink()
    if planted == "link to a file":
        place.symlink_to(secret / "c.txt")
    elif planted == "pipe":
        os.mkfifo(place)
    elif planted == "folder":
        place.mkdir()
    else:
        place.parent.rmdir()
        place.parent.symlink_to(secret)
    file = await look(git, left, work(repo, base, "B", {"dir/c.txt": "y\n"}), "dir/c.txt")
    assert not any("+secret" in row for row in told(file))
    assert "+secret" not in diff_of(git, left, ["dir/c.txt"])


async def test_commits_that_are_gone_are_told_in_their_place(repo: Repo, git: Git, base: str) -> None:
    left = replace(work(repo, base, "A", {"a.txt": "x\n"}), work="1" * 40)
    seen, (file,) = await read_sides(git, RUN, [left, work(repo, base, "B", {"a.txt": "y\n"})], ["a.txt"])
    assert seen[0].why_not == "its commits are gone from the repository"
    assert told(file) == [" a|-a", "|+y"]


async def test_a_target_that_is_gone_is_told_in_its_place(repo: Repo, git: Git, base: str) -> None:
    left = work(repo, base, "A", {"a.txt": "x\n"})
    run = replace(RUN, target="refs/heads/gone")
    seen, _ = await read_sides(git, run, [left, Side(name=TARGET, base=base)], ["a.txt"])
    assert "gone" in seen[1].why_not


@pytest.mark.parametrize("name", ["with blank.txt", "ünï.txt", os.fsdecode(b"caf\xe9.txt"), "-dash"])
async def test_any_name_of_a_file(repo: Repo, git: Git, base: str, name: str) -> None:
    left, right = work(repo, base, "A", {name: "x\n"}), work(repo, base, "B", {name: "y\n"})
    assert told(await look(git, left, right, name)) == ["+x|+y"]
    assert "+x\n" in diff_of(git, left, [name])


async def test_the_diff_for_programs_is_what_git_says(repo: Repo, git: Git, base: str) -> None:
    left = work(repo, base, "A", {"a.txt": "x\n", "b.txt": None, "bin": b"\0"})
    diff = diff_of(git, left, ["a.txt", "b.txt", "dir/c.txt", "bin"])
    assert "-a\n+x\n" in diff
    assert "-b\n" in diff
    assert "c.txt" not in diff
    assert "b/bin\nbinary (1 B)\n" in diff


def test_a_row_in_which_nothing_changes_is_none() -> None:
    assert not Row(Cell(" ", "a"), Cell(" ", "a")).is_changed
