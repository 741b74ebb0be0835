"""How git is called: where it looks, what it inherits, how it ends."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.errors import GitError, RepositoryError
from headway.landing.git import Git
from tests.integration.landing.conftest import Repo


async def test_a_folder_inside_the_working_copy_is_enough(repo: Repo) -> None:
    git = await Git.open(repo.path / "dir", GitSettings())
    assert git.root == repo.path
    assert git.common_dir == git.git_dir == repo.path / ".git"
    assert git.private_dir == repo.path / ".git" / "headway" / "git"
    assert not git.is_bare


async def test_a_bare_repository_is_its_own_root(make_repo: Callable[..., Repo]) -> None:
    bare = make_repo("bare.git", "--bare")
    git = await Git.open(bare.path, GitSettings())
    assert git.is_bare
    assert git.root == git.common_dir == bare.path


async def test_a_linked_worktree_shares_the_common_directory(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    git = await Git.open(tmp_path / "linked", GitSettings())
    assert git.root == tmp_path / "linked"
    assert git.common_dir == repo.path / ".git"
    assert git.git_dir == repo.path / ".git" / "worktrees" / "linked"


@pytest.mark.parametrize("where", [".", "missing"])
async def test_no_repository_is_an_error_that_says_what_to_do(tmp_path: Path, where: str) -> None:
    with pytest.raises(RepositoryError) as caught:
        await Git.open(tmp_path / where, GitSettings())
    assert "--repo" in caught.value.mend


async def test_the_inside_of_a_git_directory_is_no_working_copy(repo: Repo) -> None:
    with pytest.raises(RepositoryError, match="inside a git directory"):
        await Git.open(repo.path / ".git" / "refs", GitSettings())


async def test_a_broken_configuration_is_named(repo: Repo) -> None:
    with (repo.path / ".git" / "config").open("a") as file:
        file.write("[broken\n")
    with pytest.raises(RepositoryError, match="bad config line"):
        await Git.open(repo.path, GitSettings())


async def test_git_variables_of_the_environment_are_not_inherited(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    git = await Git.open(repo.path, GitSettings())
    assert (await git.run("rev-parse", "refs/heads/main")).status == 0


async def test_objects_and_refs_are_found_from_both_sides(repo: Repo, git: Git) -> None:
    blob = git.repository.create_blob(b"ours\n")
    assert repo.git("cat-file", "blob", str(blob)) == "ours"
    head = repo.git("rev-parse", "HEAD")
    assert (await git.run("rev-parse", "refs/heads/main")).text == head
    assert (await git.refs("rev-parse", "refs/heads/main")).text == head
    repo.git("pack-refs", "--all")
    assert str(git.repository.references["refs/heads/main"].target) == head


async def test_a_failed_command_says_what_git_said(git: Git) -> None:
    with pytest.raises(
        GitError, match=r"git rev-parse --verify no/such: exit status 128: fatal: Needed"
    ) as caught:
        await git.run("rev-parse", "--verify", "no/such")
    assert caught.value.status == 128
    assert (await git.run("rev-parse", "--verify", "no/such", check=False)).status == 128


async def test_a_command_that_takes_too_long_is_ended_with_its_children(git: Git, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(GitError, match="timed out"):
        await git.run("-c", f"alias.hang=!echo $$ > {pid_file}; sleep 60", "hang", timeout=0.5)
    assert time.monotonic() - started < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


async def test_a_cancelled_command_is_ended(git: Git, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    task = asyncio.create_task(git.run("-c", f"alias.hang=!echo $$ > {pid_file}; exec sleep 60", "hang"))
    while not pid_file.exists() or not pid_file.read_text():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


async def test_input_and_output_of_megabytes_pass(git: Git) -> None:
    data = os.urandom(5_000_000)
    blob = (await git.run("hash-object", "-w", "--stdin", stdin=data)).text
    assert (await git.run("cat-file", "blob", blob)).out == data


async def test_pathspecs_are_literal(repo: Repo, git: Git) -> None:
    repo.commit({"*": "star\n"})
    assert (await git.run("ls-tree", "--name-only", "main", "*")).text == "*"


async def test_commits_are_made_by_the_user(repo: Repo, git: Git) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    made = (await git.run("commit-tree", tree, "-m", "x")).text
    assert repo.git("log", "-1", "--format=%an <%ae>, %cn", made) == "A User <user@example.org>, A User"


async def test_commits_are_possible_where_nobody_has_a_name(repo: Repo, home: Path) -> None:
    (home / ".gitconfig").unlink()
    git = await Git.open(repo.path, GitSettings())
    tree = repo.git("rev-parse", "HEAD^{tree}")
    made = (await git.run("commit-tree", tree, "-m", "x")).text
    assert repo.git("log", "-1", "--format=%an <%ae>", made) == "Headway <headway@localhost>"


async def test_the_log_between_two_commits_names_what_touched_the_paths(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.commit({"a.txt": "1\n"}, "Touch a")
    tip = repo.commit({"b.txt": "1\n"}, "Touch b")
    told = await git.log_between(base, tip, ("a.txt",))
    assert "A User: Touch a" in told
    assert "M\ta.txt" in told
    assert "Touch b" not in told
    assert "Touch b" in await git.log_between(base, tip, ())


async def test_opening_twice_changes_nothing(repo: Repo, git: Git) -> None:
    before = (git.private_dir / "config").stat().st_mtime_ns
    await Git.open(repo.path, GitSettings())
    assert (git.private_dir / "config").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "value", ["a # b ; c", 'quote"d', "back\\slash", "tab\tand\nline", " spaces ", "ünïcode", ""]
)
async def test_a_value_of_the_users_arrives_as_it_is(repo: Repo, value: str) -> None:
    repo.git("config", "--global", "filter.my.own.clean", value)
    git = await Git.open(repo.path, GitSettings(filters=("my.own",)))
    assert (await git.run("config", "-z", "filter.my.own.clean")).out == value.encode() + b"\0"


async def test_what_the_user_ignores_and_excludes_is_known(repo: Repo, home: Path) -> None:
    (home / "ignore").write_text("*.mine\n")
    repo.git("config", "--global", "core.excludesFile", "~/ignore")
    (repo.path / ".git" / "info" / "exclude").write_text("*.excluded\n")
    git = await Git.open(repo.path, GitSettings())
    repo.write({"x.mine": "", "x.excluded": "", "x.other": ""})
    ran = await git.run("ls-files", "--others", "--exclude-standard", work_tree=repo.path)
    assert "x.other" in ran.text
    assert "x.mine" not in ran.text
    assert "x.excluded" not in ran.text


async def test_a_configuration_that_waits_for_a_fifo_is_given_up(repo: Repo, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with (repo.path / ".git" / "config").open("a") as file:
        file.write(f"[include]\n\tpath = {tmp_path / 'fifo'}\n")
    with pytest.raises(RepositoryError):
        await Git.open(repo.path, GitSettings(timeout=0.5))
