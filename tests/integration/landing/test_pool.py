"""A slot's worktree stands at exactly the base after each fill, whatever it was before."""

import asyncio
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.errors import GitError
from headway.landing.git import Git
from headway.landing.pool import WorktreePool
from headway.landing.slot import Slot
from headway.landing.snapshot import Snapshot, take_snapshot
from tests.integration.landing.conftest import Canary, Repo


def on_disk(top: Path) -> dict[str, str]:
    """Path → what is there, of everything below ``top`` but ``.git``; directories too."""
    found = {}
    for directory, names, files in os.walk(top):
        where = Path(directory)
        if where == top:
            names[:] = [name for name in names if name != ".git"]
            files = [name for name in files if name != ".git"]
        for name in [*names, *files]:
            path = where / name
            if path.is_symlink():
                what = f"link {path.readlink()}"
            elif path.is_dir():
                what = "directory"
            elif path.is_file():
                what = f"{'x' if os.access(path, os.X_OK) else '-'} {path.read_bytes()!r}"
            else:
                what = "special"
            found[str(path.relative_to(top))] = what
    return found


class Pool:
    """A pool of one repository, and what its worktrees should look like."""

    def __init__(self, repo: Repo, git: Git, top: Path) -> None:
        self.repo, self.git, self.top = repo, git, top
        self.pool = WorktreePool(git)

    def path(self, slot: int = 1) -> Path:
        return self.top / str(slot)

    async def fill(self, base: str, slot: int = 1, *, clean_ignored: bool = False) -> Path:
        await self.pool.fill(slot, self.path(slot), base, clean_ignored=clean_ignored)
        return self.path(slot)

    async def snapshot(self, base: str, keep: Path, slot: int = 1) -> Snapshot:
        ref = "refs/headway/r/T/1"
        return await take_snapshot(
            self.git, slot, self.path(slot), base=base, ref=ref, message="m", keep=keep
        )

    def wanted(self, base: str) -> dict[str, str]:
        """What git itself makes of the commit in an empty directory."""
        fresh = self.top / "fresh"
        self.repo.git("worktree", "add", "-q", "--detach", str(fresh), base)
        wanted = on_disk(fresh)
        self.repo.git("worktree", "remove", "--force", str(fresh))
        return wanted


@pytest.fixture
async def pool(repo: Repo, git: Git, tmp_path: Path) -> Pool:
    return Pool(repo, git, tmp_path / "worktrees")


@pytest.fixture
def base(repo: Repo) -> str:
    """A commit with a bit of everything."""
    (repo.path / "run.sh").write_text("#!/bin/sh\n")
    (repo.path / "run.sh").chmod(0o755)
    (repo.path / "link").symlink_to("a.txt")
    return repo.commit(
        {
            ".gitignore": "*.ignored\nbuild/\n",
            "deep/er/est.txt": "deep\n",
            "dir/d.txt": "d\n",
            "name with spaces": "x",
            "-dash": "y",
            "new\nline": "z",
            "ünïcode": "u",
            os.fsdecode(b"not-utf8-\xff"): "n",
        },
        "second",
    )


async def test_a_new_worktree_is_the_base(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_the_worktree_is_one_of_the_users_repository(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    repo = pool.repo
    assert repo.git("status", "--porcelain", cwd=path) == ""
    assert repo.git("rev-parse", "HEAD", cwd=path) == base
    assert repo.git("symbolic-ref", "-q", "HEAD", cwd=path, check=False) == ""
    assert f"worktree {path}\nHEAD {base}\ndetached" in repo.git("worktree", "list", "--porcelain")
    repo.git("worktree", "prune")
    assert str(path) in repo.git("worktree", "list")
    assert repo.git("fsck", "--strict") == ""


async def test_agents_work_with_git_as_ever(pool: Pool, base: str) -> None:
    path, repo = await pool.fill(base), pool.repo
    commit = repo.commit({"a.txt": "changed\n"}, "agent's", at=path)
    repo.git("switch", "-q", "-c", "topic", cwd=path)
    repo.git("switch", "-q", "--detach", base, cwd=path)
    repo.git("stash", cwd=path, check=False)
    assert "agent's" in repo.git("log", "topic", cwd=path)
    assert repo.git("rev-parse", "topic") == commit
    assert repo.git("status", "--porcelain", cwd=path) == ""


async def test_filling_twice_changes_no_file(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    before = {p: p.lstat().st_ctime_ns for p in path.rglob("*")}
    await pool.fill(base)
    assert {p: p.lstat().st_ctime_ns for p in path.rglob("*")} == before


async def test_another_base_moves_only_what_differs(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    untouched = (path / "deep" / "er" / "est.txt").stat().st_ino
    other = pool.repo.commit({"a.txt": None, "new/file": "new\n", "dir/c.txt": "other\n"}, "third")
    await pool.fill(other)
    assert on_disk(path) == pool.wanted(other)
    assert (path / "deep" / "er" / "est.txt").stat().st_ino == untouched
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


def _edit(path: Path) -> None:
    (path / "a.txt").write_text("edited\n")


def _same_size(path: Path) -> None:
    (path / "a.txt").write_text("b\n")


def _delete(path: Path) -> None:
    (path / "b.txt").unlink()
    shutil.rmtree(path / "deep")


def _add(path: Path) -> None:
    (path / "new dir" / "sub").mkdir(parents=True)
    (path / "new dir" / "sub" / "file").write_text("x")
    (path / os.fsdecode(b"\xfe\xff")).write_text("x")


def _modes(path: Path) -> None:
    (path / "a.txt").chmod(0o755)
    (path / "run.sh").chmod(0o644)


def _file_for_directory(path: Path) -> None:
    shutil.rmtree(path / "deep")
    (path / "deep").write_text("a file now")


def _directory_for_file(path: Path) -> None:
    (path / "a.txt").unlink()
    (path / "a.txt").mkdir()
    (path / "a.txt" / "inner").write_text("x")


def _empty_directory_for_file(path: Path) -> None:
    (path / "a.txt").unlink()
    (path / "a.txt").mkdir()


def _link_for_directory(path: Path) -> None:
    shutil.rmtree(path / "dir")
    outside = path.parent / "outside"
    outside.mkdir()
    (outside / "c.txt").write_text("not yours")
    (path / "dir").symlink_to(outside)


def _empty_directories(path: Path) -> None:
    (path / "void" / "er").mkdir(parents=True)
    (path / "deep" / "void").mkdir()


def _special_files(path: Path) -> None:
    os.mkfifo(path / "fifo")
    os.mkfifo(path / "dir" / "fifo")
    (path / "b.txt").unlink()
    os.mkfifo(path / "b.txt")
    with socket.socket(socket.AF_UNIX) as sock:
        here = Path.cwd()
        os.chdir(path / "deep")
        sock.bind("socket")
        os.chdir(here)


def _nested_repository(path: Path) -> None:
    repo = Repo(path / "dir" / "nested")
    repo.path.mkdir()
    repo.git("init", "-q")
    repo.commit({"f": "f"})
    empty = Repo(path / "empty")
    empty.path.mkdir()
    empty.git("init", "-q")


def _git_directory(path: Path) -> None:
    (path / ".git").unlink()
    Repo(path).git("init", "-q")
    Repo(path).commit({"own": "x"})


def _no_git_file(path: Path) -> None:
    (path / ".git").unlink()


def _deleted(path: Path) -> None:
    shutil.rmtree(path)


def _file_for_worktree(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("ha")


def _link_for_worktree(path: Path) -> None:
    shutil.rmtree(path)
    elsewhere = path.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("stays")
    path.symlink_to(elsewhere)


def _locked(path: Path) -> None:
    Repo(path).git("rev-parse", "--git-dir")
    metadata = Path(Repo(path).git("rev-parse", "--absolute-git-dir"))
    (metadata / "index.lock").write_text("")
    (metadata / "HEAD.lock").write_text("")


def _metadata_gone(path: Path) -> None:
    shutil.rmtree(Path(Repo(path).git("rev-parse", "--absolute-git-dir")))


def _metadata_planted(path: Path) -> None:
    metadata = Path(Repo(path).git("rev-parse", "--absolute-git-dir"))
    (metadata / "commondir").write_text("/nowhere\n")
    (metadata / "HEAD").write_text("ref: refs/heads/nothing\n")
    (metadata / "index").write_bytes(b"broken")
    (metadata / "hooks").mkdir()


def _merging(path: Path) -> None:
    agent = Repo(path)
    agent.git("switch", "-q", "-c", "one")
    agent.commit({"a.txt": "one\n"})
    agent.git("switch", "-q", "-c", "two", "HEAD~1")
    agent.commit({"a.txt": "two\n"})
    agent.git("merge", "one", check=False)
    assert "<<<<<<<" in (path / "a.txt").read_text()


def _closed_directory(path: Path) -> None:
    (path / "dir").chmod(0o555)
    (path / "dir" / "c.txt").chmod(0o000)


def _index_flags(path: Path) -> None:
    (path / "a.txt").write_text("hidden\n")
    Repo(path).git("update-index", "--assume-unchanged", "a.txt")
    Repo(path).git("sparse-checkout", "set", "dir")


STATES: list[Callable[[Path], None]] = [
    _edit, _same_size, _delete, _add, _modes, _file_for_directory, _directory_for_file,
    _empty_directory_for_file, _link_for_directory, _empty_directories, _special_files, _nested_repository,
    _git_directory, _no_git_file, _deleted, _file_for_worktree, _link_for_worktree, _locked, _metadata_gone,
    _metadata_planted, _merging, _closed_directory, _index_flags,
]  # fmt: skip


@pytest.mark.parametrize("move", [False, True], ids=["same-base", "other-base"])
@pytest.mark.parametrize("make", STATES, ids=lambda make: make.__name__.strip("_"))
async def test_from_any_state_to_the_base(
    pool: Pool, base: str, make: Callable[[Path], None], move: bool
) -> None:
    path = await pool.fill(base)
    target = pool.repo.commit({"b.txt": None, "dir/c.txt": "moved\n"}, "third") if move else base
    make(path)
    await pool.fill(target)
    assert on_disk(path) == pool.wanted(target)
    assert pool.repo.git("status", "--porcelain", cwd=path) == ""
    assert pool.repo.git("rev-parse", "HEAD", cwd=path) == target
    assert not (path.parent / "elsewhere" / "a.txt").exists()


@pytest.mark.parametrize("make", STATES, ids=lambda make: make.__name__.strip("_"))
async def test_what_a_snapshot_found_is_not_looked_for_again(
    pool: Pool, base: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = await pool.fill(base)
    target = pool.repo.commit({"b.txt": None, "dir/c.txt": "moved\n"}, "third")
    make(path)
    snapshot = await pool.snapshot(base, tmp_path / "kept")
    await pool.pool.fill(1, path, target, clean_ignored=False, seen=snapshot.seen)
    assert on_disk(path) == pool.wanted(target)
    assert pool.repo.git("status", "--porcelain", cwd=path) == ""


@pytest.mark.parametrize("why", ["old", "other-base"])
async def test_what_was_found_counts_for_a_moment_and_for_that_base(
    pool: Pool, base: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await pool.fill(base)
    seen = (await pool.snapshot(base, tmp_path / "kept")).seen
    assert seen is not None
    if why == "old":
        monkeypatch.setattr("headway.landing.pool.SEEN_FOR", 0.0)
    else:
        seen = replace(seen, base="0" * 40)
    (path / "a.txt").write_text("by a person\n")
    await pool.pool.fill(1, path, base, clean_ignored=False, seen=seen)
    assert on_disk(path) == pool.wanted(base)


async def test_files_of_the_second_of_their_index_are_not_read_at_each_look(
    pool: Pool, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.landing.pool.MANY_FILES", 1)
    path = await pool.fill(base)
    await pool.pool.age(1, path)
    newest = max(int(p.lstat().st_mtime) for p in path.rglob("*"))
    for index in (Slot(pool.git, 1, path).index, pool.repo.path / ".git/worktrees/headway-1/index"):
        assert newest < int(index.stat().st_mtime)
    (path / "a.txt").write_text("x" * (path / "a.txt").stat().st_size)
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_only_new_worktrees_of_many_files_are_waited_for(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    before = Slot(pool.git, 1, path).index.stat().st_mtime_ns
    await pool.pool.age(1, path)
    assert Slot(pool.git, 1, path).index.stat().st_mtime_ns == before


async def test_what_a_link_leads_to_is_not_touched(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    _link_for_directory(path)
    await pool.fill(base)
    assert (path.parent / "outside" / "c.txt").read_text() == "not yours"
    _link_for_worktree(path)
    await pool.fill(base)
    assert (path.parent / "elsewhere" / "precious").read_text() == "stays"


async def test_a_slot_without_state_is_filled_from_what_is_there(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    slot = pool.git.private_dir / "slots" / "1"
    for name in ("state.json", "index", "HEAD", "layout"):
        (slot / name).unlink()
        _edit(path)
        _add(path)
        _special_files(path)
        await pool.fill(base)
        assert on_disk(path) == pool.wanted(base), name


@pytest.mark.parametrize("name", ["state.json", "index", "HEAD", "layout", "made-with", "commondir"])
async def test_a_broken_file_of_ours_does_not_matter(pool: Pool, base: str, name: str) -> None:
    path = await pool.fill(base)
    (pool.git.private_dir / "slots" / "1" / name).write_bytes(b"\0broken")
    _add(path)
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_ignored_files_stay_or_go_as_it_is_set(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    (path / "x.ignored").write_text("x")
    (path / "build").mkdir()
    (path / "build" / "out").write_text("x")
    await pool.fill(base)
    assert (path / "build" / "out").exists()
    assert (path / "x.ignored").exists()
    await pool.fill(base, clean_ignored=True)
    assert on_disk(path) == pool.wanted(base)


async def test_what_only_the_agent_ignored_goes(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    (path / ".gitignore").write_text("*.secret\n")
    (path / "x.secret").write_text("x")
    Repo(path).git("config", "core.excludesFile", str(path / ".gitignore"))
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_files_as_the_agents_attributes_want_them_are_set_back(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    (path / ".gitattributes").write_text("*.txt text eol=crlf\n")
    (path / "a.txt").write_bytes(b"a\r\n")
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_files_that_a_new_gitignore_hides_go(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    Repo(path).write(
        {"x/.gitignore": "*.log\ny\n", "x/a.log": "x", "x/y/.gitignore": "*.tmp\n", "x/y/b.tmp": "x"}
    )
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)
    (pool.git.private_dir / "slots" / "1" / "state.json").unlink()
    Repo(path).write(
        {"x/.gitignore": "*.log\ny\n", "x/a.log": "x", "x/y/.gitignore": "*.tmp\n", "x/y/b.tmp": "x"}
    )
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_many_fills_in_a_row_stay_right(pool: Pool, base: str) -> None:
    other = pool.repo.commit({"a.txt": None, "dir/c.txt": "other\n"}, "third")
    for number in range(40):
        path = await pool.fill((base, other)[number % 2])
        Repo(path).write({f"dir/{number}": "x", "b.txt": f"{number}\n"})
    path = await pool.fill(other)
    assert on_disk(path) == pool.wanted(other)


async def test_other_attributes_write_the_files_anew(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    crlf = pool.repo.commit({".gitattributes": "*.txt text eol=crlf\n"}, "crlf")
    await pool.fill(crlf)
    assert (path / "a.txt").read_bytes() == b"a\r\n"
    assert pool.repo.git("status", "--porcelain", cwd=path) == ""
    await pool.fill(base)
    assert (path / "a.txt").read_bytes() == b"a\n"


async def test_other_settings_write_the_files_anew(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    pool.repo.git("config", "core.autocrlf", "true")
    git = await Git.open(pool.repo.path, GitSettings())
    await WorktreePool(git).fill(1, path, base, clean_ignored=False)
    assert (path / "a.txt").read_bytes() == b"a\r\n"
    assert pool.repo.git("status", "--porcelain", cwd=path) == ""


async def test_many_paths_at_once(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    many = pool.repo.commit({f"many/{n % 7}/{n}": f"{n}" for n in range(500)}, "many")
    await pool.fill(many)
    assert on_disk(path) == pool.wanted(many)
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_submodules_stay_empty(pool: Pool, base: str, make_repo: Callable[..., Repo]) -> None:
    library = make_repo("library")
    library.commit({"lib.txt": "lib\n"})
    pool.repo.git("submodule", "--quiet", "add", str(library.path), "lib")
    with_module = pool.repo.commit({}, "submodule")
    path = await pool.fill(with_module)
    assert (path / "lib").is_dir()
    Repo(path).git("submodule", "--quiet", "update", "--init")
    assert (path / "lib" / "lib.txt").exists()
    await pool.fill(with_module)
    assert list((path / "lib").iterdir()) == []
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_several_at_once(pool: Pool, base: str) -> None:
    paths = await asyncio.gather(*(pool.fill(base, slot) for slot in range(1, 7)))
    wanted = pool.wanted(base)
    assert all(on_disk(path) == wanted for path in paths)


async def test_one_slot_is_filled_by_one_at_a_time(pool: Pool, base: str) -> None:
    other = pool.repo.commit({"a.txt": "other\n"}, "third")
    await asyncio.gather(*(pool.fill(commit) for commit in (base, other) * 3))
    assert on_disk(pool.path()) in (pool.wanted(base), pool.wanted(other))
    assert pool.repo.git("status", "--porcelain", cwd=pool.path()) == ""


async def test_removing_leaves_nothing(pool: Pool, base: str) -> None:
    path = await pool.fill(base)
    _closed_directory(path)
    await pool.pool.remove(1, path)
    assert not path.exists()
    assert not (pool.git.common_dir / "worktrees").exists()
    assert pool.repo.git("worktree", "list").count("\n") == 0
    await pool.pool.remove(1, path)
    await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)


async def test_a_commit_that_is_not_there_is_told(pool: Pool, base: str) -> None:
    with pytest.raises(GitError):
        await pool.fill("0123456789" * 4)


async def test_a_bare_repository_has_worktrees_too(
    repo: Repo, base: str, make_repo: Callable[..., Repo], tmp_path: Path
) -> None:
    bare = make_repo("bare.git", "--bare")
    repo.git("push", "-q", str(bare.path), "main")
    pool = Pool(bare, await Git.open(bare.path, GitSettings()), tmp_path / "worktrees")
    path = await pool.fill(base)
    assert on_disk(path) == pool.wanted(base)
    assert bare.git("status", "--porcelain", cwd=path) == ""


async def test_nothing_of_ours_shows_in_the_users_copy(pool: Pool, base: str) -> None:
    await pool.fill(base)
    assert pool.repo.git("status", "--porcelain", "--ignored") == ""


async def test_a_filter_of_the_repositorys_configuration_does_not_run(
    pool: Pool, base: str, canary: Canary
) -> None:
    pool.repo.git("config", "filter.evil.smudge", str(canary.script))
    with_filter = pool.repo.commit({".gitattributes": "*.txt filter=evil\n"}, "filter")
    canary.path.unlink(missing_ok=True)
    path = await pool.fill(with_filter)
    assert (path / "a.txt").read_text() == "a\n"
    assert not canary.sang
