"""What is refused before a run starts, with what to do about it, and what its user is told."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headway.config import GitSettings, LandingSettings
from headway.errors import RepositoryError
from headway.landing.git import Git
from headway.landing.repository import Checked, check_repository
from tests.integration.landing.conftest import Repo


async def checked(repo: Repo, into: str | None = None, **landing: object) -> Checked:
    git = await Git.open(repo.path, GitSettings())
    return await check_repository(git, into, LandingSettings(**landing))  # type: ignore[arg-type]


async def refused(repo: Repo, into: str | None = None, **landing: object) -> tuple[str, str]:
    with pytest.raises(RepositoryError) as caught:
        await checked(repo, into, **landing)
    assert caught.value.mend
    return str(caught.value), caught.value.mend


async def test_by_default_work_lands_on_the_branch_that_is_checked_out(repo: Repo) -> None:
    head = repo.git("rev-parse", "HEAD")
    assert await checked(repo) == Checked(target="refs/heads/main", tip=head, notes=())


@pytest.mark.parametrize("into", ["release/1.0", "refs/heads/release/1.0"])
async def test_a_branch_can_be_named(repo: Repo, into: str) -> None:
    repo.git("branch", "release/1.0")
    assert (await checked(repo, into)).target == "refs/heads/release/1.0"


async def test_in_a_linked_worktree_it_is_the_branch_of_that(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "topic", str(tmp_path / "linked"))
    assert (await checked(Repo(tmp_path / "linked"))).target == "refs/heads/topic"


async def test_a_bare_repository_lands_on_its_head(repo: Repo, make_repo: Callable[..., Repo]) -> None:
    bare = make_repo("bare.git", "--bare")
    repo.git("push", "-q", str(bare.path), "main")
    assert (await checked(bare)).target == "refs/heads/main"


async def test_a_branch_that_is_a_name_for_another_is_that_one(repo: Repo) -> None:
    repo.git("symbolic-ref", "refs/heads/master", "refs/heads/main")
    assert (await checked(repo, "master")).target == "refs/heads/main"


@pytest.mark.parametrize("into", [None, "main", "other"])
async def test_no_commit_yet(make_repo: Callable[..., Repo], into: str | None) -> None:
    what, mend = await refused(make_repo(), into)
    assert "no commit yet" in what
    assert "git commit" in mend


async def test_an_unborn_branch(repo: Repo) -> None:
    repo.git("switch", "-q", "--orphan", "fresh")
    what, mend = await refused(repo)
    assert "no branch fresh" in what
    assert "main" in mend


async def test_a_detached_head(repo: Repo) -> None:
    repo.git("switch", "-q", "--detach")
    what, mend = await refused(repo)
    assert "detached" in what
    assert "--into" in mend
    assert (await checked(repo, "main")).target == "refs/heads/main"


async def test_a_missing_branch(repo: Repo) -> None:
    repo.git("branch", "release")
    what, mend = await refused(repo, "relaese")
    assert "no branch relaese" in what
    assert "release" in mend


async def test_a_branch_that_only_a_remote_has(repo: Repo, tmp_path: Path) -> None:
    repo.git("branch", "release")
    repo.git("clone", "-q", str(repo.path), str(tmp_path / "clone"))
    _, mend = await refused(Repo(tmp_path / "clone"), "release")
    assert "git branch --track release origin/release" in mend
    _, mend = await refused(Repo(tmp_path / "clone"), "origin/release")
    assert "--into release" in mend


@pytest.mark.parametrize(
    "into", ["", "-rf", "../x", "a..b", "x\ny", "x y", "a.lock", "@{-1}", "HEAD~1", "x\0y"]
)
async def test_a_name_that_no_branch_can_have(repo: Repo, into: str) -> None:
    await refused(repo, into)


async def test_a_tag_is_no_branch(repo: Repo) -> None:
    repo.git("tag", "v1")
    await refused(repo, "v1")


@pytest.mark.parametrize("pattern", ["main", "ma*", "refs/heads/main"])
async def test_a_protected_branch(repo: Repo, pattern: str) -> None:
    what, mend = await refused(repo, protected=(pattern,))
    assert "protected" in what
    assert "--into" in mend
    repo.git("branch", "topic")
    assert (await checked(repo, "topic", protected=(pattern,))).target == "refs/heads/topic"


def _two_sides(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "side")
    repo.commit({"a.txt": "side\n"})
    repo.git("switch", "-q", "main")
    repo.commit({"a.txt": "main\n"})


@pytest.mark.parametrize(
    ("command", "abort"),
    [
        (("merge", "side"), "merge --abort"),
        (("rebase", "side"), "rebase --abort"),
        (("cherry-pick", "side"), "cherry-pick --abort"),
        (("revert", "HEAD~1"), "revert --abort"),
        (("bisect", "start", "HEAD", "HEAD~1"), "bisect reset"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("into", [None, "main"])
async def test_something_in_the_middle_of_being_done(
    repo: Repo, command: tuple[str, ...], abort: str, into: str | None
) -> None:
    _two_sides(repo)
    if command[0] == "revert":
        repo.commit({"a.txt": "yet another\n"})
    repo.git(*command, check=False)
    what, mend = await refused(repo, into)
    assert f"a {command[0]} is in progress" in what
    assert abort in mend
    repo.git("-C", *mend.split("git -C ")[1].split())
    assert (await checked(repo, into)).target == "refs/heads/main"


async def test_a_merge_in_progress_elsewhere_does_not_matter(repo: Repo, tmp_path: Path) -> None:
    _two_sides(repo)
    linked = Repo(tmp_path / "linked")
    repo.git("worktree", "add", "-q", "-b", "topic", str(linked.path), "main")
    linked.git("merge", "side", check=False)
    assert (await checked(repo)).target == "refs/heads/main"
    what, _ = await refused(repo, "topic")
    assert str(linked.path) in what


async def test_a_partial_clone(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "clone"))
    what, mend = await refused(Repo(tmp_path / "clone"))
    assert "partial clone" in what
    assert "--refetch" in mend


async def test_a_sha256_repository(make_repo: Callable[..., Repo]) -> None:
    repo = make_repo("sha256", "--object-format=sha256")
    repo.commit({"a": "a"})
    what, _ = await refused(repo)
    assert "SHA-256" in what


async def test_a_shallow_clone_is_told(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.txt": "x\n"})
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone"))
    (note,) = (await checked(Repo(tmp_path / "clone"))).notes
    assert "git fetch --unshallow" in note


async def test_submodules_are_told(repo: Repo, make_repo: Callable[..., Repo]) -> None:
    library = make_repo("library")
    library.commit({"x": "x"})
    repo.git("submodule", "--quiet", "add", str(library.path), "lib")
    repo.commit({})
    assert (await checked(repo)).notes == ("submodules are empty in the agents' worktrees: lib",)


async def test_a_sparse_checkout_is_told(repo: Repo) -> None:
    repo.git("config", "core.sparseCheckout", "true")
    (note,) = (await checked(repo)).notes
    assert "sparse" in note


async def test_filters_that_are_not_run_are_told(repo: Repo) -> None:
    repo.commit(
        {
            ".gitattributes": "*.bin filter=lfs diff=lfs\n# *.no filter=no\n",
            "dir/.gitattributes": "x filter=crypt\n",
        }
    )
    crypt, lfs = (await checked(repo)).notes
    assert "crypt" in crypt
    assert "git.filters" in crypt
    assert "git lfs install" in lfs
    repo.git("config", "filter.lfs.clean", "cat")
    assert len((await checked(repo)).notes) == 2
    repo.git("config", "--global", "filter.lfs.clean", "cat")
    assert len((await checked(repo)).notes) == 1


async def test_a_clone_that_borrows_objects_is_as_good_as_any(repo: Repo, tmp_path: Path) -> None:
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "-q", "--shared", str(repo.path), str(clone.path))
    assert (await checked(clone)).tip == repo.git("rev-parse", "HEAD")


async def test_a_repository_without_hooks_or_info_is_as_good_as_any(repo: Repo) -> None:
    for name in ("hooks", "info", "logs"):
        shutil.rmtree(repo.path / ".git" / name)
    assert (await checked(repo)).target == "refs/heads/main"
