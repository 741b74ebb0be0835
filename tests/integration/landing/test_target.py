"""The target branch: read, moved by compare-and-swap, never by accident."""

import os
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.errors import GitError
from headway.landing.git import Git
from headway.landing.target import Moved, Target
from tests.integration.landing.conftest import Canary, Repo

MAIN = Target("refs/heads/main", patience=0.1)


def beside(repo: Repo, files: dict[str, str | bytes | None], onto: str = "main") -> str:
    """A commit on top of ``onto``; no branch is moved, no file in the copy is touched."""
    index = repo.path.parent / "beside-index"
    index.unlink(missing_ok=True)
    os.environ["GIT_INDEX_FILE"] = str(index)
    try:
        repo.git("read-tree", onto)
        for path, content in files.items():
            if content is None:
                repo.git("update-index", "--force-remove", path)
                continue
            data = content.encode() if isinstance(content, str) else content
            blob = repo.git("hash-object", "-w", "--stdin", stdin=data)
            repo.git("update-index", "--add", "--replace", "--cacheinfo", f"100644,{blob},{path}")
        tree = repo.git("write-tree")
    finally:
        del os.environ["GIT_INDEX_FILE"]
    return repo.git("commit-tree", tree, "-p", onto, "-m", "landing")


async def test_the_tip_is_read_loose_or_packed(repo: Repo, git: Git) -> None:
    tip = repo.git("rev-parse", "HEAD")
    assert await MAIN.read_tip(git) == tip
    repo.git("pack-refs", "--all")
    assert await MAIN.read_tip(git) == tip
    assert await MAIN.read_tip(git) != repo.commit({"a.txt": "1\n"})
    assert await MAIN.read_tip(git) == repo.git("rev-parse", "HEAD")


async def test_a_branch_that_is_gone_is_an_error(git: Git) -> None:
    with pytest.raises(GitError, match="the branch is gone"):
        await Target("refs/heads/gone").read_tip(git)


async def test_the_branch_moves_and_its_reflog_says_why(repo: Repo, git: Git) -> None:
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"a.txt": "landed\n"})
    assert await MAIN.move(git, onto, commit, "headway: T-1\nmore") is Moved.MOVED
    assert repo.git("rev-parse", "main") == commit
    assert repo.git("reflog", "-1", "--format=%gs|%gn", "main") == "headway: T-1|A User"


async def test_moving_twice_is_moving_once(repo: Repo, git: Git) -> None:
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"a.txt": "landed\n"})
    await MAIN.move(git, onto, commit, "x")
    assert await MAIN.move(git, onto, commit, "x") is Moved.MOVED
    later = beside(repo, {"b.txt": "later\n"})
    repo.git("update-ref", "refs/heads/main", later)
    assert await MAIN.move(git, onto, commit, "x") is Moved.MOVED
    assert repo.git("rev-parse", "main") == later


async def test_a_branch_that_the_user_moved_stays_where_it_is(repo: Repo, git: Git) -> None:
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"a.txt": "landed\n"})
    users = repo.commit({"b.txt": "user\n"})
    assert await MAIN.move(git, onto, commit, "x") is Moved.ELSEWHERE
    assert repo.git("rev-parse", "main") == users


async def test_a_branch_that_the_user_rewound_stays_where_it_is(repo: Repo, git: Git) -> None:
    first = repo.git("rev-parse", "main")
    onto = repo.commit({"b.txt": "user\n"})
    commit = beside(repo, {"a.txt": "landed\n"})
    repo.git("reset", "-q", "--hard", first)
    assert await MAIN.move(git, onto, commit, "x") is Moved.ELSEWHERE
    assert repo.git("rev-parse", "main") == first


async def test_a_leftover_lock_on_the_branch_is_an_error_that_names_it(repo: Repo, git: Git) -> None:
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"a.txt": "landed\n"})
    lock = repo.path / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(GitError) as caught:
        await MAIN.move(git, onto, commit, "x")
    assert caught.value.mend == f"where no git runs any more: rm {lock}"
    lock.unlink()
    assert await MAIN.move(git, onto, commit, "x") is Moved.MOVED


async def test_a_name_that_stands_for_another_branch_moves_that_one(repo: Repo, git: Git) -> None:
    repo.git("branch", "trunk")
    repo.git("symbolic-ref", "refs/heads/alias", "refs/heads/trunk")
    target = Target("refs/heads/alias")
    commit = beside(repo, {"a.txt": "landed\n"}, "trunk")
    assert await target.move(git, await target.read_tip(git), commit, "x") is Moved.MOVED
    assert repo.git("rev-parse", "trunk") == commit
    assert repo.git("symbolic-ref", "refs/heads/alias") == "refs/heads/trunk"


async def test_a_branch_of_a_bare_repository_moves(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    git = await Git.open(tmp_path / "bare.git", GitSettings())
    bare = Repo(tmp_path / "bare.git")
    onto = await MAIN.read_tip(git)
    commit = beside(bare, {"a.txt": "landed\n"})
    assert await MAIN.obstacle(git, onto, commit) is None
    assert await MAIN.move(git, onto, commit, "x") is Moved.MOVED
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert bare.git("rev-parse", "main") == commit


async def test_nothing_that_was_planted_runs(repo: Repo, git: Git, canary: Canary) -> None:
    repo.commit({".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    onto = repo.git("rev-parse", "main")
    commit = beside(repo, {"a.txt": "landed\n", "new.txt": "new\n"})
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-checkout", "post-merge", "post-index-change", "pre-commit"):
        (hooks / name).write_bytes(canary.script.read_bytes())
        (hooks / name).chmod(0o755)
    keys = (
        "core.fsmonitor filter.evil.clean filter.evil.smudge filter.evil.process diff.evil.textconv diff.external "
        "core.sshCommand core.pager core.editor gpg.program merge.evil.driver"
    )
    for key in keys.split():
        repo.git("config", "-f", ".git/config", key, canary.command)
    repo.git("config", "-f", ".git/config", "core.hooksPath", str(hooks))
    repo.git("config", "-f", ".git/config", "log.showSignature", "true")
    for opened in (git, await Git.open(repo.path, GitSettings())):
        assert await MAIN.obstacle(opened, onto, commit) is None
        (repo.path / "a.txt").touch()
        assert await MAIN.obstacle(opened, onto, commit) is None
    assert await MAIN.move(git, onto, commit, "x") is Moved.MOVED
    assert await MAIN.sync_copies(git, onto, commit) == []
    assert (repo.path / "a.txt").read_text() == "landed\n"
    (repo.path / "a.txt").write_text("edit\n")
    assert await MAIN.obstacle(git, commit, onto) is not None
    assert not canary.sang
