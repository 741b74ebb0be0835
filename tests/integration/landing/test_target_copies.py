"""The user's own working copies follow the branch, and nothing of the user's is ever overwritten."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.errors import GitError
from headway.landing.git import Git
from headway.landing.target import Moved, Target
from tests.integration.landing.conftest import Repo
from tests.integration.landing.test_target import MAIN, beside


async def land(git: Git, onto: str, commit: str) -> list[str]:
    """Move the branch and the copies; what kept copies back."""
    assert await MAIN.move(git, onto, commit, "headway: T-1") is Moved.MOVED
    return await MAIN.sync_copies(git, onto, commit)


def status(repo: Repo, at: Path | None = None) -> str:
    return repo.git("status", "--porcelain", cwd=at)


@pytest.fixture
def onto(repo: Repo) -> str:
    """Where the branch is; a.txt, b.txt, dir/c.txt."""
    # Files as old as a user's are: not of the moment in which the index was written.
    for path in ("a.txt", "b.txt", "dir/c.txt"):
        os.utime(repo.path / path, (1_000_000_000, 1_000_000_000))
    repo.git("update-index", "--refresh")
    return repo.git("rev-parse", "main")


# What moves along


async def test_a_clean_copy_follows(repo: Repo, git: Git, onto: str) -> None:
    commit = beside(repo, {"a.txt": "landed\n", "b.txt": None, "new/x": "x\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo) == ""
    assert (repo.path / "a.txt").read_text() == "landed\n"
    assert (repo.path / "new" / "x").read_text() == "x\n"
    assert not (repo.path / "b.txt").exists()


async def test_the_branch_that_is_not_checked_out_moves_no_file(repo: Repo, git: Git, onto: str) -> None:
    repo.git("checkout", "-q", "-b", "other")
    (repo.path / "a.txt").write_text("edit\n")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo) == " M a.txt"


async def test_a_detached_copy_stays(repo: Repo, git: Git, onto: str) -> None:
    repo.git("checkout", "-q", "--detach")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await land(git, onto, commit) == []
    assert (repo.path / "a.txt").read_text() == "a\n"


async def test_linked_worktrees_follow_and_those_of_the_pool_do_not(
    repo: Repo, git: Git, onto: str, tmp_path: Path
) -> None:
    repo.git("checkout", "-q", "--detach")
    repo.git("worktree", "add", "-q", str(tmp_path / "users"), "main")
    repo.git("worktree", "add", "-q", "--force", str(tmp_path / "headway-1"), "main")
    repo.git("worktree", "add", "-q", "--force", str(tmp_path / "missing"), "main")
    shutil.rmtree(tmp_path / "missing")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo, tmp_path / "users") == ""
    assert (tmp_path / "users" / "a.txt").read_text() == "landed\n"
    assert (tmp_path / "headway-1" / "a.txt").read_text() == "a\n"


async def test_the_main_copy_follows_when_headway_was_called_in_a_linked_one(
    repo: Repo, onto: str, tmp_path: Path
) -> None:
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    git = await Git.open(tmp_path / "linked", GitSettings())
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await land(git, onto, commit) == []
    assert status(repo) == ""
    assert (repo.path / "a.txt").read_text() == "landed\n"


async def test_a_worktree_that_does_not_point_back_is_not_believed(
    repo: Repo, git: Git, onto: str, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    repo.git("worktree", "add", "-q", "--force", str(tmp_path / "agents"), "main")
    shutil.copytree(tmp_path / "agents", victim)
    (victim / ".git").unlink()
    (repo.path / ".git" / "worktrees" / "agents" / "gitdir").write_text(f"{victim}/.git\n")
    commit = beside(repo, {"authorized_keys": "evil\n"})
    assert await land(git, onto, commit) == []
    assert not (victim / "authorized_keys").exists()


async def test_a_fifo_in_the_git_directory_is_not_waited_for(repo: Repo, git: Git, onto: str) -> None:
    planted = repo.path / ".git" / "worktrees" / "planted"
    planted.mkdir(parents=True)
    for name in ("gitdir", "HEAD", "index"):
        os.mkfifo(planted / name)
    commit = beside(repo, {"a.txt": "landed\n"})
    async with asyncio.timeout(20):
        assert await MAIN.obstacle(git, onto, commit) is None
        assert await land(git, onto, commit) == []


async def test_edits_of_other_files_stay_staged_or_not(repo: Repo, git: Git, onto: str) -> None:
    repo.write({"b.txt": "staged\n", "dir/c.txt": "edit\n", "mine.txt": "mine\n", "added.txt": "added\n"})
    repo.git("add", "b.txt", "added.txt")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo).split("\n") == ["A  added.txt", "M  b.txt", " M dir/c.txt", "?? mine.txt"]


async def test_a_name_that_ends_like_another_is_not_mistaken_for_it(repo: Repo, git: Git, onto: str) -> None:
    (repo.path / "dir" / "c.txt").write_text("edit\n")
    commit = beside(repo, {"c.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert "c.txt" in (await MAIN.obstacle(git, commit, beside(repo, {"dir/c.txt": None})) or "")


async def test_touched_files_are_no_edits(repo: Repo, git: Git, onto: str) -> None:
    (repo.path / "a.txt").touch()
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo) == ""


async def test_what_is_already_as_it_lands_is_in_nobodys_way(repo: Repo, git: Git, onto: str) -> None:
    repo.write({"a.txt": "landed\n", "new.txt": "new\n"})
    commit = beside(repo, {"a.txt": "landed\n", "new.txt": "new\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert status(repo).split("\n") == [" M a.txt", "?? new.txt"]
    assert await land(git, onto, commit) == []
    assert status(repo) == ""


async def test_modes_links_and_kinds_follow(repo: Repo, git: Git, onto: str) -> None:
    repo.git("checkout", "-q", "-b", "made")
    (repo.path / "a.txt").chmod(0o755)
    (repo.path / "b.txt").unlink()
    (repo.path / "b.txt").symlink_to("a.txt")
    shutil.rmtree(repo.path / "dir")
    commit = repo.commit({"dir": "a file now\n", "tool": "#!/bin/sh\n"})
    repo.git("checkout", "-q", "main")
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo) == ""
    assert os.access(repo.path / "a.txt", os.X_OK)
    assert (repo.path / "b.txt").readlink() == Path("a.txt")
    back = repo.git("commit-tree", f"{onto}^{{tree}}", "-p", commit, "-m", "back")
    assert await land(git, commit, back) == []
    assert status(repo) == ""
    assert (repo.path / "dir" / "c.txt").read_text() == "c\n"


async def test_line_ends_are_written_as_the_user_has_them(repo: Repo) -> None:
    repo.git("config", "--global", "core.autocrlf", "true")
    repo.git("rm", "-q", "--cached", "-r", ".")
    repo.git("reset", "-q", "--hard")
    git = await Git.open(repo.path, GitSettings())
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"a.txt": "one\ntwo\n"})
    assert await land(git, onto, commit) == []
    assert (repo.path / "a.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert status(repo) == ""


async def test_attributes_count_when_files_are_written(repo: Repo, git: Git) -> None:
    onto = repo.commit({".gitattributes": "*.txt ident\n*.crlf eol=crlf\n", "x.crlf": "x\n"})
    commit = beside(repo, {"a.txt": "$Id$\n", "x.crlf": "y\n"})
    assert await land(git, onto, commit) == []
    assert (repo.path / "a.txt").read_text().startswith("$Id: ")
    assert (repo.path / "x.crlf").read_bytes() == b"y\r\n"
    assert status(repo) == ""


async def test_a_sparse_checkout_stays_sparse(repo: Repo, git: Git) -> None:
    repo.commit({"in/x": "x\n", "out/y": "y\n", "out/z": "z\n"})
    repo.git("sparse-checkout", "set", "in")
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"in/x": "landed\n", "out/y": "landed\n", "out/new": "new\n", "out/z": None})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert (repo.path / "in" / "x").read_text() == "landed\n"
    assert not (repo.path / "out").exists()
    assert status(repo) == ""
    repo.git("sparse-checkout", "disable")
    assert (repo.path / "out" / "y").read_text() == "landed\n"
    assert status(repo) == ""


async def test_a_sparse_index_is_moved_too(repo: Repo, git: Git) -> None:
    repo.commit({"in/x": "x\n", "out/y": "y\n"})
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"in/x": "landed\n", "out/y": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert not (repo.path / "out").exists()
    assert status(repo) == ""


async def test_a_split_index_is_moved_too(repo: Repo, git: Git, onto: str) -> None:
    repo.git("update-index", "--split-index")
    (repo.path / "b.txt").write_text("staged\n")
    repo.git("add", "b.txt")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo) == "M  b.txt"


async def test_an_index_of_version_4_is_moved_too(repo: Repo, git: Git, onto: str) -> None:
    repo.git("update-index", "--index-version", "4")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo) == ""


async def test_the_bit_that_hides_local_edits_stays(repo: Repo, git: Git, onto: str) -> None:
    repo.git("update-index", "--skip-worktree", "b.txt")
    (repo.path / "b.txt").write_text("hidden edit\n")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await land(git, onto, commit) == []
    assert repo.git("ls-files", "-t", "b.txt") == "S b.txt"
    assert (repo.path / "b.txt").read_text() == "hidden edit\n"
    further = beside(repo, {"b.txt": "landed\n"})
    assert "b.txt" in (await MAIN.obstacle(git, commit, further) or "")
    assert (await land(git, commit, further)) != []
    assert (repo.path / "b.txt").read_text() == "hidden edit\n"


async def test_submodules_are_left_alone(repo: Repo, make_repo: Callable[..., Repo]) -> None:
    other = make_repo("other")
    other.commit({"x": "1\n"})
    repo.git("submodule", "add", "-q", str(other.path), "sub")
    onto = repo.commit({})
    git = await Git.open(repo.path, GitSettings())
    inside = repo.git("rev-parse", "HEAD", cwd=repo.path / "sub")
    moved = other.commit({"x": "2\n"})
    repo.git("checkout", "-q", "-b", "made")
    repo.git("update-index", "--cacheinfo", f"160000,{moved},sub")
    repo.git("commit", "-q", "-m", "move the submodule")
    commit = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "main")
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert repo.git("rev-parse", "HEAD", cwd=repo.path / "sub") == inside
    assert repo.git("ls-files", "--stage", "sub").split()[1] == moved


async def test_an_index_keeps_its_rights(repo: Repo, git: Git, onto: str) -> None:
    (repo.path / ".git" / "index").chmod(0o660)
    assert await land(git, onto, beside(repo, {"a.txt": "landed\n"})) == []
    assert (repo.path / ".git" / "index").stat().st_mode & 0o777 == 0o660


async def test_many_files_follow(repo: Repo, git: Git, onto: str) -> None:
    commit = beside(repo, {f"many/{n}/{n}": f"{n}\n" for n in range(300)})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert status(repo) == ""


# What is in the way


@pytest.mark.parametrize(
    ("user", "landing", "named"),
    [
        ({"a.txt": "edit\n"}, {"a.txt": "landed\n"}, "a.txt"),
        ({"a.txt": "edit\n"}, {"a.txt": None}, "a.txt"),
        ({"a.txt": None}, {"a.txt": "landed\n"}, "a.txt"),
        ({"new.txt": "mine\n"}, {"new.txt": "landed\n"}, "new.txt"),
        ({"new": "mine\n"}, {"new/x": "landed\n"}, "new"),
        ({"new/x": "mine\n"}, {"new": "landed\n"}, "new/x"),
        ({"dir/mine": "mine\n"}, {"dir/c.txt": None, "dir": "landed\n"}, "dir/mine"),
        ({"dir/c.txt": "edit\n"}, {"dir/c.txt": None, "dir": "landed\n"}, "dir/c.txt"),
    ],
)
@pytest.mark.parametrize("staged", [False, True])
async def test_an_edit_in_the_way_is_named_and_never_touched(
    repo: Repo,
    git: Git,
    onto: str,
    user: dict[str, str | bytes | None],
    landing: dict[str, str | bytes | None],
    named: str,
    staged: bool,
) -> None:
    repo.write(user)
    if staged:
        repo.git("add", "-A")
    before = (status(repo), repo.git("write-tree"), _files(repo.path))
    commit = beside(repo, landing)
    told = await MAIN.obstacle(git, onto, commit)
    assert told is not None
    assert f"would be overwritten: {named}; " in told
    assert str(repo.path) in told
    assert await MAIN.obstacle(git, onto, commit) == told
    assert (status(repo), repo.git("write-tree"), _files(repo.path)) == before
    problems = await land(git, onto, commit)
    assert len(problems) == 1
    assert f"{named}; " in problems[0]
    assert (repo.git("write-tree"), _files(repo.path)) == before[1:]


@pytest.mark.parametrize("landing", [{"secrets.env": "x\n"}, {"secrets.env/x": "x\n"}])
async def test_an_ignored_file_is_not_overwritten_either(
    repo: Repo, git: Git, landing: dict[str, str | bytes | None]
) -> None:
    onto = repo.commit({".gitignore": "secrets.env\nbuild/\n"})
    repo.write({"secrets.env": "mine\n"})
    commit = beside(repo, landing)
    told = await MAIN.obstacle(git, onto, commit)
    assert told is not None
    assert "files that are in no commit" in told
    assert len(await land(git, onto, commit)) == 1
    assert (repo.path / "secrets.env").read_text() == "mine\n"


async def test_a_folder_that_becomes_a_file_takes_what_the_old_commit_had_in_it(
    repo: Repo, git: Git, onto: str
) -> None:
    commit = beside(repo, {"dir/c.txt": None, "dir": "a file now\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await land(git, onto, commit) == []
    assert (repo.path / "dir").read_text() == "a file now\n"
    assert status(repo) == ""


async def test_ignored_files_below_what_becomes_a_file_are_kept(repo: Repo, git: Git) -> None:
    onto = repo.commit({".gitignore": "*.o\n", "tool/x.c": "x\n"})
    repo.write({"tool/x.o": "built\n"})
    commit = beside(repo, {"tool/x.c": None, "tool": "a file\n"})
    assert "tool/x.o" in (await MAIN.obstacle(git, onto, commit) or "")


async def test_a_link_in_place_of_a_folder_is_not_followed(
    repo: Repo, git: Git, onto: str, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo.path / "new").symlink_to(tmp_path / "elsewhere")
    commit = beside(repo, {"new/x": "landed\n"})
    assert "new; " in (await MAIN.obstacle(git, onto, commit) or "")
    assert len(await land(git, onto, commit)) == 1
    assert not (tmp_path / "elsewhere" / "x").exists()


async def test_many_edits_are_counted(repo: Repo, git: Git) -> None:
    names = [f"f{n}" for n in range(9)]
    onto = repo.commit(dict.fromkeys(names, "0\n"))
    repo.write(dict.fromkeys(names, "edit\n"))
    told = await MAIN.obstacle(git, onto, beside(repo, dict.fromkeys(names, "landed\n")))
    assert told is not None
    assert "f0, f1, f2, f3, f4 and 4 more; commit or stash them" in told


async def test_an_edit_within_the_same_moment_as_the_index_is_seen(repo: Repo, git: Git) -> None:
    onto = repo.commit({"a.txt": "one\n"})
    index = repo.path / ".git" / "index"
    found = (repo.path / "a.txt").stat()
    (repo.path / "a.txt").write_text("two\n")
    os.utime(repo.path / "a.txt", ns=(found.st_atime_ns, found.st_mtime_ns))
    os.utime(index, ns=(found.st_atime_ns, found.st_mtime_ns))
    commit = beside(repo, {"a.txt": "landed\n"})
    assert "a.txt" in (await MAIN.obstacle(git, onto, commit) or "")


@pytest.mark.parametrize("what", ["merge", "cherry-pick", "revert", "rebase"])
async def test_something_in_progress_is_an_obstacle(repo: Repo, git: Git, what: str) -> None:
    repo.git("checkout", "-q", "-b", "other")
    other = repo.commit({"a.txt": "other\n"})
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"a.txt": "main\n"})
    if what == "revert":
        repo.git("revert", "--no-commit", other, check=False)
    elif what == "rebase":
        repo.git("rebase", "other", check=False)
    else:
        repo.git(what, "other", check=False)
    commit = beside(repo, {"b.txt": "landed\n"}, onto)
    told = await MAIN.obstacle(git, onto, commit)
    assert told is not None
    assert f"a {what}" in told
    repo.git(what, "--abort")
    assert await MAIN.obstacle(git, onto, commit) is None


async def test_a_conflict_that_is_not_settled_is_an_obstacle_wherever_it_is(repo: Repo, git: Git) -> None:
    (repo.path / "a.txt").write_text("stashed\n")
    repo.git("stash")
    onto = repo.commit({"a.txt": "committed\n"})
    repo.git("stash", "pop", check=False)
    told = await MAIN.obstacle(git, onto, beside(repo, {"b.txt": "landed\n"}))
    assert told is not None
    assert "resolve your current index first" in told


async def test_a_lock_that_is_there_is_an_obstacle_with_its_time_and_mend(
    repo: Repo, git: Git, onto: str
) -> None:
    lock = repo.path / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (1_000_000_000, 1_000_000_000))
    commit = beside(repo, {"a.txt": "landed\n"})
    told = await MAIN.obstacle(git, onto, commit)
    assert told is not None
    assert told.endswith(f"where none runs any more: rm {lock}")
    assert "2001-09-09" in told
    problems = await land(git, onto, commit)
    assert "index.lock" in problems[0]
    assert lock.exists()
    lock.unlink()
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert status(repo) == ""


async def test_a_lock_that_goes_away_is_waited_for(repo: Repo, git: Git, onto: str) -> None:
    lock = repo.path / ".git" / "index.lock"
    lock.touch()
    patient = Target("refs/heads/main", patience=30)
    asked = asyncio.create_task(patient.obstacle(git, onto, beside(repo, {"a.txt": "landed\n"})))
    await asyncio.sleep(0)
    lock.unlink()
    assert await asked is None


async def test_nothing_of_ours_is_left_in_the_way_of_the_users_git(repo: Repo, git: Git, onto: str) -> None:
    await land(git, onto, beside(repo, {"a.txt": "landed\n"}))
    assert not (repo.path / ".git" / "index.lock").exists()
    repo.commit({"b.txt": "user\n"})


# What was left behind


async def test_a_copy_that_was_left_behind_catches_up_before_the_next_landing(
    repo: Repo, git: Git, onto: str
) -> None:
    (repo.path / "a.txt").write_text("edit\n")
    first = beside(repo, {"a.txt": "first\n", "b.txt": "first\n"})
    assert len(await land(git, onto, first)) == 1
    second = beside(repo, {"dir/c.txt": "second\n"})
    assert "a.txt" in (await MAIN.obstacle(git, first, second) or "")
    (repo.path / "a.txt").write_text("a\n")
    assert await MAIN.obstacle(git, first, second) is None
    assert status(repo) == ""
    assert await land(git, first, second) == []
    assert status(repo) == ""


async def test_a_copy_that_was_left_behind_catches_up_with_several_landings(
    repo: Repo, git: Git, onto: str
) -> None:
    (repo.path / "a.txt").write_text("edit\n")
    first = beside(repo, {"a.txt": "first\n", "b.txt": "first\n"})
    await land(git, onto, first)
    second = beside(repo, {"a.txt": "second\n", "b.txt": None})
    await land(git, first, second)
    (repo.path / "a.txt").write_text("a\n")
    assert await MAIN.sync_copies(git, second, second) == []
    assert status(repo) == ""


async def test_a_copy_that_the_user_brought_along_is_where_it_is(repo: Repo, git: Git, onto: str) -> None:
    (repo.path / "a.txt").write_text("edit\n")
    first = beside(repo, {"a.txt": "first\n", "b.txt": "first\n"})
    await land(git, onto, first)
    repo.git("reset", "-q", "--hard")
    second = beside(repo, {"a.txt": "second\n"})
    assert await MAIN.obstacle(git, first, second) is None
    assert await land(git, first, second) == []
    assert status(repo) == ""


# Run again


async def test_taking_along_twice_changes_nothing(repo: Repo, git: Git, onto: str) -> None:
    commit = beside(repo, {"a.txt": "landed\n"})
    await land(git, onto, commit)
    repo.write({"a.txt": "edit after it\n", "b.txt": "staged\n"})
    repo.git("add", "b.txt")
    before = (status(repo), _files(repo.path))
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert (status(repo), _files(repo.path)) == before


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_commit_of_the_users_on_top_is_left_alone(
    repo: Repo, git: Git, onto: str, forgotten: bool
) -> None:
    commit = beside(repo, {"a.txt": "landed\n", "b.txt": "landed\n"})
    await land(git, onto, commit)
    if forgotten:
        shutil.rmtree(git.private_dir / "copies")
    repo.commit({"a.txt": "user\n"})
    (repo.path / "a.txt").write_text("user's edit\n")
    repo.git("add", "a.txt")
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert status(repo) == "M  a.txt"


async def test_a_branch_that_was_taken_elsewhere_is_not_followed(repo: Repo, git: Git, onto: str) -> None:
    commit = beside(repo, {"a.txt": "landed\n"})
    await MAIN.move(git, onto, commit, "x")
    repo.git("update-ref", "refs/heads/main", onto)
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert (repo.path / "a.txt").read_text() == "a\n"
    assert status(repo) == ""


KILLED = textwrap.dedent("""
    import asyncio, os, signal, sys
    from pathlib import Path
    from headway.config import GitSettings
    from headway.landing import following, moving
    from headway.landing.git import Git
    from headway.landing.target import Target

    where, repo, onto, commit = sys.argv[1:]

    def die(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        git, target = await Git.open(Path(repo), GitSettings()), Target("refs/heads/main")
        await target.move(git, onto, commit, "headway: T-1")
        if where == "after the branch":
            die()
        if where == "before git":
            moving.Move.run = die
        if where == "after git":
            moving.Move.put_in_place = die
        if where == "after the index":
            following._State.write = lambda self, *args: die() if self.what == "" else None
        await target.sync_copies(git, onto, commit)

    asyncio.run(main())
""")


@pytest.mark.parametrize("where", ["after the branch", "before git", "after git", "after the index"])
async def test_killed_anywhere_and_run_again_the_copy_is_right(
    repo: Repo, git: Git, onto: str, where: str
) -> None:
    (repo.path / "dir" / "c.txt").write_text("edit\n")
    commit = beside(repo, {"a.txt": "landed\n", "b.txt": None, "new": "new\n"})
    ran = subprocess.run([sys.executable, "-c", KILLED, where, str(repo.path), onto, commit], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert await MAIN.move(git, onto, commit, "headway: T-1") is Moved.MOVED
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert status(repo) == " M dir/c.txt"
    assert (repo.path / "dir" / "c.txt").read_text() == "edit\n"
    assert not (repo.path / ".git" / "index.lock").exists()


@pytest.fixture
def deadly(repo: Repo, tmp_path: Path) -> Path:
    """A filter that, while this file is there, kills the git that writes ``b.txt``, which is half written then."""
    trap = tmp_path / "trap"
    script = tmp_path / "filter.py"
    script.write_text(
        textwrap.dedent(f"""
        import os, signal, sys
        from pathlib import Path
        data = sys.stdin.buffer.read()
        if Path({str(trap)!r}).exists():
            Path("b.txt").write_bytes(b"lan")
            pid = os.getppid()
            while Path(f"/proc/{{pid}}/comm").read_text().strip() != "git":
                pid = int(Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[1])
            os.kill(pid, signal.SIGKILL)
        sys.stdout.buffer.write(data)
        """)
    )
    repo.git("config", "--global", "filter.deadly.smudge", f"{sys.executable} {script}")
    trap.touch()
    return trap


async def test_git_killed_in_the_middle_and_run_again_the_copy_is_right(repo: Repo, deadly: Path) -> None:
    onto = repo.commit({".gitattributes": "b.txt filter=deadly\n"})
    commit = beside(repo, {"a.txt": "landed\n", "b.txt": "landed\n", "dir/c.txt": "landed\n", "z": "new\n"})
    git = await Git.open(repo.path, GitSettings(filters=("deadly",)))
    with pytest.raises(GitError):
        await land(git, onto, commit)
    assert (repo.path / "a.txt").read_text() == "landed\n"
    assert (repo.path / "b.txt").read_text() == "lan"
    deadly.unlink()
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert status(repo) == ""
    assert (repo.path / "b.txt").read_text() == "landed\n"


async def test_an_edit_made_after_git_was_killed_is_kept(repo: Repo, deadly: Path) -> None:
    onto = repo.commit({".gitattributes": "b.txt filter=deadly\n"})
    commit = beside(repo, {"a.txt": "landed\n", "b.txt": "landed\n"})
    git = await Git.open(repo.path, GitSettings(filters=("deadly",)))
    with pytest.raises(GitError):
        await land(git, onto, commit)
    deadly.unlink()
    (repo.path / "b.txt").write_text("edit\n")
    assert "b.txt" in (await MAIN.sync_copies(git, onto, commit))[0]
    assert (repo.path / "b.txt").read_text() == "edit\n"


async def test_a_git_that_outlived_its_coordinator_is_waited_for(repo: Repo, git: Git, onto: str) -> None:
    commit = beside(repo, {"a.txt": "landed\n"})
    place = git.private_dir / "copies" / "main"
    place.mkdir(parents=True)
    outlived = subprocess.Popen(["flock", str(place / "busy"), "cat"], stdin=subprocess.PIPE)
    while subprocess.run(["flock", "-n", str(place / "busy"), "true"], check=False).returncode == 0:
        await asyncio.sleep(0.01)
    landing = asyncio.create_task(land(git, onto, commit))
    while repo.git("rev-parse", "main") != commit:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert (repo.path / "a.txt").read_text() == "a\n"
    outlived.communicate()
    assert await landing == []
    assert status(repo) == ""


async def test_git_that_fails_on_the_way_is_an_error_and_no_edit_of_the_users(repo: Repo) -> None:
    onto = repo.commit({".gitattributes": "b.txt filter=broken\n"})
    repo.git("config", "--global", "filter.broken.smudge", "false")
    repo.git("config", "--global", "filter.broken.clean", "cat")
    repo.git("config", "--global", "filter.broken.required", "true")
    commit = beside(repo, {"a.txt": "landed\n", "b.txt": "landed\n", "dir/c.txt": None})
    git = await Git.open(repo.path, GitSettings(filters=("broken",)))
    for _ in range(2):
        with pytest.raises(GitError, match="smudge filter broken failed"):
            await land(git, onto, commit)
    repo.git("config", "--global", "filter.broken.smudge", "cat")
    git = await Git.open(repo.path, GitSettings(filters=("broken",)))
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert status(repo) == ""


def _files(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if ".git" not in path.parts and path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}
