"""Whatever an agent wrote is a commit under refs/headway: nothing lost, nothing of the agent's run."""

import os
import shutil
import socket
import stat
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from headway.landing.git import Git
from headway.landing.pool import WorktreePool
from headway.landing.snapshot import Snapshot, diff, take_snapshot
from tests.integration.landing.conftest import Repo

REF = "refs/headway/r1/T-1/1"
MESSAGE = "A ticket\n\nHeadway-Ticket: T-1\n"


class Slot:
    """A filled worktree, an agent in it, and what becomes of its work."""

    def __init__(self, repo: Repo, git: Git, path: Path, base: str, keep: Path) -> None:
        self.repo, self.git, self.path, self.base, self.keep = repo, git, path, base, keep
        #: The agent's own git.
        self.agent = Repo(path)

    async def fill(self, base: str | None = None) -> None:
        await WorktreePool(self.git).fill(1, self.path, base or self.base, clean_ignored=False)

    async def snapshot(self, ref: str = REF) -> Snapshot:
        return await take_snapshot(
            self.git, 1, self.path, base=self.base, ref=ref, message=MESSAGE, keep=self.keep
        )

    async def taken(self) -> dict[str, str]:
        """The files of the work: path → mode and id."""
        snapshot = await self.snapshot()
        assert snapshot.commit is not None
        return self.repo.files(snapshot.commit)

    def kept(self) -> list[str]:
        return self.repo.git("for-each-ref", "--format=%(refname)", "refs/headway").split()


@pytest.fixture
async def slot(repo: Repo, git: Git, tmp_path: Path) -> Slot:
    base = repo.commit({".gitignore": "*.ignored\n", "run.sh": "#!/bin/sh\n", "deep/er/f": "f\n"}, "base")
    slot = Slot(repo, git, tmp_path / "worktrees" / "1", base, tmp_path / "kept")
    await slot.fill()
    return slot


async def test_nothing_written_is_no_commit(slot: Slot) -> None:
    assert await slot.snapshot() == Snapshot(commit=None, files=(), notes=())
    assert slot.kept() == []


async def test_edits_are_one_commit_on_the_base(slot: Slot) -> None:
    slot.agent.write({"a.txt": "changed\n", "new/file": "new\n", "b.txt": None})
    snapshot = await slot.snapshot()
    assert snapshot.files == ("a.txt", "b.txt", "new/file")
    assert snapshot.notes == ()
    assert slot.repo.git("rev-parse", f"{REF}^@") == slot.base
    assert slot.repo.git("rev-parse", REF) == snapshot.commit
    assert slot.repo.git("log", "-1", "--format=%B%an", REF) == f"{MESSAGE}A User"
    assert slot.repo.git("diff", "--name-status", slot.base, REF) == "M\ta.txt\nD\tb.txt\nA\tnew/file"
    assert slot.repo.content(REF, "a.txt") == b"changed\n"
    assert slot.repo.git("fsck", "--strict", "--no-dangling") == ""


async def test_the_worktree_is_left_as_it_is(slot: Slot) -> None:
    slot.agent.write({"a.txt": "changed\n", "new": "new\n"})
    slot.agent.git("add", "new")
    before = slot.agent.git("status", "--porcelain")
    await slot.snapshot()
    assert slot.agent.git("status", "--porcelain") == before


async def test_twice_is_the_same(slot: Slot) -> None:
    slot.agent.write({"a.txt": "changed\n"})
    first = await slot.snapshot()
    assert await slot.snapshot() == first
    assert slot.kept() == [REF]


async def test_what_was_written_between_two_snapshots_is_taken(slot: Slot) -> None:
    slot.agent.write({"a.txt": "changed\n"})
    await slot.snapshot()
    slot.agent.write({"b.txt": "as well\n"})
    assert (await slot.snapshot()).files == ("a.txt", "b.txt")


async def test_where_everything_was_committed_the_agents_commit_is_the_work(slot: Slot) -> None:
    commit = slot.agent.commit({"a.txt": "changed\n"}, "mine")
    snapshot = await slot.snapshot()
    assert snapshot.commit == commit
    assert slot.kept() == [REF]


async def test_what_was_not_committed_comes_on_top_of_what_was(slot: Slot) -> None:
    commit = slot.agent.commit({"a.txt": "changed\n"}, "mine")
    slot.agent.write({"b.txt": "later\n"})
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", f"{REF}^@") == commit
    assert snapshot.files == ("a.txt", "b.txt")
    assert slot.kept() == [REF]


async def test_what_is_staged_is_taken_as_it_stands_in_the_worktree(slot: Slot) -> None:
    slot.agent.write({"a.txt": "staged\n", "new": "new\n"})
    slot.agent.git("add", "-A")
    slot.agent.git("rm", "-q", "--cached", "b.txt")
    slot.agent.write({"a.txt": "later\n"})
    snapshot = await slot.snapshot()
    assert snapshot.files == ("a.txt", "new")
    assert slot.repo.content(REF, "a.txt") == b"later\n"


async def test_flags_in_the_agents_index_hide_nothing(slot: Slot) -> None:
    slot.agent.git("update-index", "--assume-unchanged", "a.txt")
    slot.agent.git("update-index", "--skip-worktree", "b.txt")
    slot.agent.write({"a.txt": "hidden\n", "b.txt": "hidden\n"})
    assert (await slot.snapshot()).files == ("a.txt", "b.txt")


async def test_a_change_of_the_same_size_at_the_same_moment_is_seen(slot: Slot) -> None:
    times = (slot.path / "a.txt").stat()
    slot.agent.write({"a.txt": "A\n"})
    os.utime(slot.path / "a.txt", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (await slot.snapshot()).files == ("a.txt",)


async def test_a_file_in_a_directory_whose_time_was_set_back_is_seen(slot: Slot) -> None:
    times = (slot.path / "dir").stat()
    slot.agent.write({"dir/new": "x"})
    os.utime(slot.path / "dir", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (await slot.snapshot()).files == ("dir/new",)


async def test_ignored_files_are_not_taken(slot: Slot) -> None:
    slot.agent.write(
        {"x.ignored": "x", "dir/y.ignored": "y", ".gitignore": "*.ignored\n*.mine\n", "z.mine": ""}
    )
    assert (await slot.snapshot()).files == (".gitignore",)


async def test_a_branch_of_the_agents_is_where_its_work_is(slot: Slot) -> None:
    slot.agent.git("switch", "-q", "-c", "topic")
    commit = slot.agent.commit({"a.txt": "changed\n"})
    snapshot = await slot.snapshot()
    assert snapshot.commit == commit
    assert "the worktree was on refs/heads/topic" in snapshot.notes


async def test_commits_left_behind_are_kept(slot: Slot) -> None:
    first = slot.agent.commit({"a.txt": "first\n"}, "first")
    second = slot.agent.commit({"a.txt": "second\n"}, "second")
    slot.agent.git("reset", "-q", "--hard", slot.base)
    slot.agent.git("switch", "-q", "-c", "topic")
    third = slot.agent.commit({"a.txt": "third\n"}, "third")
    slot.agent.git("switch", "-q", "--detach", slot.base)
    slot.agent.git("branch", "-q", "-D", "topic")
    slot.agent.write({"b.txt": "in the end\n"})
    snapshot = await slot.snapshot()
    assert snapshot.files == ("b.txt",)
    await slot.fill()
    kept = slot.repo.git("rev-list", "--glob=refs/headway").split()
    assert {first, second, third, snapshot.commit} <= set(kept)
    assert slot.kept() == [REF, f"{REF}-head-1", f"{REF}-head-2"]
    assert any(f"{REF}-head-2" in note for note in snapshot.notes)


async def test_commits_left_behind_are_kept_where_nothing_else_is(slot: Slot) -> None:
    commit = slot.agent.commit({"a.txt": "x\n"})
    slot.agent.git("reset", "-q", "--hard", slot.base)
    snapshot = await slot.snapshot()
    assert snapshot.commit is None
    assert slot.repo.git("rev-parse", f"{REF}-head-1") == commit


async def test_commit_and_revert_is_work_that_changes_nothing(slot: Slot) -> None:
    slot.agent.commit({"a.txt": "x\n"})
    commit = slot.agent.commit({"a.txt": "a\n"})
    snapshot = await slot.snapshot()
    assert snapshot.commit == commit
    assert snapshot.files == ()


async def test_amending_the_base_is_work_on_the_base(slot: Slot) -> None:
    slot.agent.write({"a.txt": "amended\n"})
    slot.agent.git("commit", "-q", "-a", "--amend", "-m", "not yours")
    amended = slot.agent.git("rev-parse", "HEAD")
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", f"{REF}^@") == slot.base
    assert snapshot.files == ("a.txt",)
    assert slot.repo.git("rev-parse", f"{REF}-head-1") == amended
    assert any("another history" in note for note in snapshot.notes)


async def test_amending_only_the_message_of_the_base_is_no_work(slot: Slot) -> None:
    slot.agent.git("commit", "-q", "--amend", "-m", "other words")
    assert (await slot.snapshot()).commit is None
    assert slot.kept() == [f"{REF}-head-1"]


async def test_an_orphan_branch_is_work_on_the_base(slot: Slot) -> None:
    slot.agent.git("switch", "-q", "--orphan", "fresh")
    commit = slot.agent.commit({"only.txt": "x\n"})
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", f"{REF}^@") == slot.base
    assert slot.repo.git("ls-tree", "-r", "--name-only", REF) == "only.txt"
    assert slot.repo.git("rev-parse", f"{REF}-head-1") == commit
    assert snapshot.commit


async def test_an_unborn_branch_is_work_on_the_base(slot: Slot) -> None:
    slot.agent.git("switch", "-q", "--orphan", "fresh")
    slot.agent.write({"only.txt": "x\n"})
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", f"{REF}^@") == slot.base
    assert "where HEAD stood cannot be told" in snapshot.notes


async def test_going_back_in_history_is_told(slot: Slot) -> None:
    slot.agent.git("reset", "-q", "--hard", "HEAD~1")
    slot.agent.write({"a.txt": "changed\n"})
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", f"{REF}^@") == slot.base
    assert "run.sh" in snapshot.files
    assert any("undoes" in note for note in snapshot.notes)


async def test_a_deleted_worktree_is_what_was_committed(slot: Slot) -> None:
    commit = slot.agent.commit({"a.txt": "x\n"})
    shutil.rmtree(slot.path)
    snapshot = await slot.snapshot()
    assert snapshot.commit == commit
    assert any("deleted" in note for note in snapshot.notes)


@pytest.mark.parametrize("how", ["gone", "empty", "only-git", "file", "link", "removed-by-git"])
async def test_a_deleted_worktree_is_never_a_mass_deletion(slot: Slot, how: str) -> None:
    match how:
        case "empty":
            shutil.rmtree(slot.path)
            slot.path.mkdir()
        case "only-git":
            for entry in slot.path.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.name == ".git" or entry.unlink()
        case "removed-by-git":
            slot.repo.git("worktree", "remove", "-f", "-f", str(slot.path))
        case _:
            shutil.rmtree(slot.path)
            if how == "file":
                slot.path.write_text("x")
            if how == "link":
                slot.path.symlink_to(slot.repo.path)
    snapshot = await slot.snapshot()
    assert snapshot.commit is None
    assert snapshot.files == ()
    assert any("deleted" in note for note in snapshot.notes)


async def test_the_git_file_may_be_gone(slot: Slot) -> None:
    commit = slot.agent.commit({"a.txt": "x\n"})
    (slot.path / ".git").unlink()
    slot.agent.write({"b.txt": "y\n"})
    assert (await slot.snapshot()).files == ("a.txt", "b.txt")
    assert slot.repo.git("rev-parse", f"{REF}^@") == commit


async def test_a_repository_in_place_of_the_git_file_is_kept(slot: Slot) -> None:
    (slot.path / ".git").unlink()
    slot.agent.git("init", "-q")
    commit = slot.agent.commit({"a.txt": "x\n"})
    snapshot = await slot.snapshot()
    assert snapshot.files == ("a.txt",)
    assert any(str(slot.keep / "git-directory") in note for note in snapshot.notes)
    await slot.fill()
    assert slot.repo.git(f"--git-dir={slot.keep / 'git-directory'}", "rev-parse", "main") == commit


async def test_a_lock_of_the_agents_is_in_nobodys_way(slot: Slot) -> None:
    metadata = Path(slot.agent.git("rev-parse", "--absolute-git-dir"))
    (metadata / "index.lock").write_text("")
    slot.agent.write({"a.txt": "x\n"})
    assert (await slot.snapshot()).files == ("a.txt",)


async def test_a_merge_in_the_middle_is_taken_with_its_markers(slot: Slot) -> None:
    slot.agent.git("switch", "-q", "-c", "one")
    one = slot.agent.commit({"a.txt": "one\n"})
    slot.agent.git("switch", "-q", "--detach", slot.base)
    slot.agent.commit({"a.txt": "two\n"})
    slot.agent.git("merge", "one", check=False)
    slot.repo.git("branch", "-D", "one")
    snapshot = await slot.snapshot()
    assert b"<<<<<<<" in slot.repo.content(REF, "a.txt")
    assert "a merge was left in the middle" in snapshot.notes
    assert one in slot.repo.git("rev-list", "--glob=refs/headway").split()


async def test_a_rebase_in_the_middle_loses_no_commit(slot: Slot) -> None:
    slot.agent.commit({"a.txt": "one\n"}, "one")
    other = slot.agent.commit({"b.txt": "two\n"}, "two")
    slot.agent.git("switch", "-q", "-c", "onto", slot.base)
    slot.agent.commit({"a.txt": "else\n"}, "else")
    slot.agent.git("rebase", "onto", other, check=False)
    snapshot = await slot.snapshot()
    assert "a rebase was left in the middle" in snapshot.notes
    assert other in slot.repo.git("rev-list", "--glob=refs/headway").split()


async def test_stashes_of_the_agent_are_kept_and_those_of_others_left(slot: Slot) -> None:
    slot.repo.write({"a.txt": "the user's\n"})
    slot.repo.git("stash", "-q")
    slot.agent.commit({"b.txt": "b2\n"})
    slot.agent.write({"a.txt": "stashed\n"})
    slot.agent.git("stash", "-q")
    slot.agent.write({"a.txt": "stashed as well\n"})
    slot.agent.git("stash", "-q")
    newest, older = slot.repo.git("rev-parse", "stash@{0}", "stash@{1}").split()
    await slot.snapshot()
    slot.repo.git("stash", "clear")
    kept = {name: slot.repo.git("rev-parse", name) for name in slot.kept()}
    assert {newest, older} <= set(kept.values())


async def test_a_large_file_is_taken_without_being_held_in_memory(slot: Slot) -> None:
    size = 200_000_000
    with (slot.path / "large.bin").open("wb") as file:
        for _ in range(size // 10**6):
            file.write(os.urandom(10**4) * 100)
    limit = 'ulimit -v 150000; exec git "$@"'
    wrapper = slot.path.parent / "git-with-little-memory"
    wrapper.write_text(f"#!/bin/sh\n{limit}\n")
    wrapper.chmod(0o755)
    object.__setattr__(slot.git, "_executable", str(wrapper))
    snapshot = await slot.snapshot()
    assert snapshot.files == ("large.bin",)
    assert slot.repo.git("cat-file", "-s", f"{REF}:large.bin") == str(size)
    assert await diff(slot.git, slot.base, snapshot.commit or "", limit=1000) == (
        "diff --git a/large.bin b/large.bin\ntoo large to be shown\n"
    )


async def test_links_are_taken_as_links(slot: Slot) -> None:
    (slot.path / "outside").symlink_to("/etc")
    (slot.path / "dangling").symlink_to("nowhere")
    (slot.path / "a.txt").unlink()
    (slot.path / "a.txt").symlink_to("b.txt")
    taken = await slot.taken()
    assert {name for name, what in taken.items() if what.startswith("120000")} == {
        "outside",
        "dangling",
        "a.txt",
    }
    assert slot.repo.content(REF, "outside") == b"/etc"


async def test_a_nested_repositorys_files_are_taken_and_its_past_is_kept(slot: Slot) -> None:
    nested = Repo(slot.path / "dir" / "nested")
    nested.path.mkdir()
    nested.git("init", "-q")
    commit = nested.commit({"f": "f\n", "sub/g": "g\n"})
    inner = Repo(nested.path / "inner")
    inner.path.mkdir()
    inner.git("init", "-q")
    inner.commit({"h": "h\n"})
    snapshot = await slot.snapshot()
    assert snapshot.files == ("dir/nested/f", "dir/nested/inner/h", "dir/nested/sub/g")
    assert all(what.startswith("100644") for what in slot.repo.files(REF).values())
    await slot.fill()
    kept = slot.keep / "nested" / "dir" / "nested" / ".git"
    assert slot.repo.git(f"--git-dir={kept}", "rev-parse", "main") == commit
    assert any(str(slot.keep / "nested") in note for note in snapshot.notes)


async def test_a_nested_repository_without_a_commit_is_kept_too(slot: Slot) -> None:
    nested = Repo(slot.path / "nested")
    nested.path.mkdir()
    nested.git("init", "-q")
    nested.write({"f": "f\n"})
    nested.git("add", "f")
    assert (await slot.snapshot()).files == ("nested/f",)
    assert (slot.keep / "nested" / "nested" / ".git" / "index").exists()


async def test_a_nested_repository_staged_as_gitlink_is_its_files(slot: Slot) -> None:
    nested = Repo(slot.path / "nested")
    nested.path.mkdir()
    nested.git("init", "-q")
    nested.commit({"f": "f\n"})
    slot.agent.git("add", "nested")
    commit = slot.agent.commit({}, "a gitlink")
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", f"{REF}^@") == commit
    assert snapshot.files == ("nested/f",)


async def test_a_submodule_moved_on_is_taken_and_its_content_kept(
    slot: Slot, make_repo: Callable[..., Repo]
) -> None:
    library = make_repo("library")
    old = library.commit({"lib.txt": "1\n"})
    slot.repo.git("submodule", "--quiet", "add", str(library.path), "lib")
    slot.base = slot.repo.commit({}, "submodule")
    await slot.fill()
    module = Repo(slot.path / "lib")
    slot.agent.git("submodule", "--quiet", "update", "--init")
    assert module.git("rev-parse", "HEAD") == old
    new = module.commit({"lib.txt": "2\n"})
    module.write({"uncommitted": "x"})
    for _ in range(2):  # also when the content was moved already
        snapshot = await slot.snapshot()
        assert snapshot.files == ("lib",)
        assert slot.repo.files(REF)["lib"] == f"160000 {new}"
        assert (slot.keep / "submodules" / "lib" / "uncommitted").exists()
        assert any(str(slot.keep / "submodules") in note for note in snapshot.notes)


async def test_a_submodule_that_was_only_filled_is_no_change(
    slot: Slot, make_repo: Callable[..., Repo]
) -> None:
    library = make_repo("library")
    library.commit({"lib.txt": "1\n"})
    slot.repo.git("submodule", "--quiet", "add", str(library.path), "lib")
    slot.base = slot.repo.commit({}, "submodule")
    await slot.fill()
    slot.agent.git("submodule", "--quiet", "update", "--init")
    assert (await slot.snapshot()).commit is None


async def test_special_files_are_named_and_left(slot: Slot) -> None:
    os.mkfifo(slot.path / "fifo")
    os.mkfifo(slot.path / "dir" / "pipe")
    slot.agent.write({"dir/new": "x"})
    (slot.path / "b.txt").unlink()
    os.mkfifo(slot.path / "b.txt")
    with socket.socket(socket.AF_UNIX) as sock:
        here = Path.cwd()
        os.chdir(slot.path)
        sock.bind("socket")
        os.chdir(here)
        snapshot = await slot.snapshot()
    assert snapshot.files == ("b.txt", "dir/new")
    assert "fifos, sockets and devices were not taken: b.txt, dir/pipe, fifo, socket" in snapshot.notes


def _in_the_shoes_of_nobody(slot: Slot) -> None:
    """Root reads anything; the rest of the test must not."""
    for top in (slot.path.parents[1], slot.repo.path):
        for directory, names, files in os.walk(top):
            for name in [*names, *files, "."]:
                os.chown(Path(directory, name), 65534, 65534, follow_symlinks=False)
    for parent in slot.path.parents:
        if parent.stat().st_mode & stat.S_IXOTH == 0:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)


@pytest.fixture
def as_nobody(slot: Slot) -> Callable[[Callable[[], Awaitable[Snapshot]]], Awaitable[Snapshot]]:
    if os.geteuid() != 0:
        pytest.skip("needs to be root to become somebody else")

    async def run(what: Callable[[], Awaitable[Snapshot]]) -> Snapshot:
        _in_the_shoes_of_nobody(slot)
        os.setegid(65534)
        os.seteuid(65534)
        try:
            return await what()
        finally:
            os.seteuid(0)
            os.setegid(0)

    return run


async def test_a_file_that_its_owner_may_not_read_is_taken(
    slot: Slot, as_nobody: Callable[..., Awaitable[Snapshot]]
) -> None:
    slot.agent.write({"closed": "closed\n", "shut/in": "in\n"})
    (slot.path / "closed").chmod(0)
    (slot.path / "shut").chmod(0)
    snapshot = await as_nobody(slot.snapshot)
    assert snapshot.files == ("closed", "shut/in")


async def test_somebody_elses_closed_file_is_put_aside(
    slot: Slot, as_nobody: Callable[..., Awaitable[Snapshot]]
) -> None:
    async def snapshot() -> Snapshot:
        os.seteuid(0)
        slot.agent.write({"roots": "x", "b.txt": "x"})
        for name in ("roots", "b.txt"):
            os.chown(slot.path / name, 0, 0)
            (slot.path / name).chmod(0o600)
        os.seteuid(65534)
        slot.agent.write({"mine": "x"})
        await slot.snapshot()
        return await slot.snapshot()

    found = await as_nobody(snapshot)
    assert found.files == ("mine",)
    assert (slot.keep / "unreadable" / "roots").read_text() == "x"
    assert (slot.keep / "unreadable" / "b.txt").exists()
    assert any("unreadable" in note for note in found.notes)


NAMES = [
    "new\nline", "tab\there", "-rf", "--", "quote\"d", "back\\slash", "*", ":(glob)x", ":!x", "$(touch x)", " ",
    "é", "e\u0301", "\u202egnp.exe", "x" * 255, "/".join(["d" * 200] * 12), os.fsdecode(b"\xff\xfe"), "aux", "~",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_any_name_is_taken(slot: Slot, name: str) -> None:
    slot.agent.write({name: "x\n"})
    taken = await slot.taken()
    assert taken.keys() - slot.repo.files(slot.base).keys() == {name}
    (await slot.snapshot()).files[0].encode()  # can be stored
    await slot.fill()
    assert not (slot.path / name).exists()


async def test_a_name_that_git_refuses_is_put_aside(slot: Slot) -> None:
    slot.agent.write({"dir/.GIT/config": "x", "good": "x"})
    snapshot = await slot.snapshot()
    assert snapshot.files == ("good",)
    assert (slot.keep / "unnameable" / "dir" / ".GIT" / "config").read_text() == "x"
    assert any("unnameable" in note for note in snapshot.notes)


async def test_a_path_deeper_than_python_recurses_is_taken(slot: Slot) -> None:
    name = "/".join("d" for _ in range(1500)) + "/f"
    for depth in range(1, 1501):
        Path(f"{slot.path}/{'/'.join('d' * depth)}").mkdir()
    Path(f"{slot.path}/{name}").write_text("x")
    assert (await slot.snapshot()).files == (name,)
    await slot.fill()
    assert not (slot.path / "d").exists()


async def test_empty_directories_are_nothing(slot: Slot) -> None:
    (slot.path / "void" / "er").mkdir(parents=True)
    assert (await slot.snapshot()).commit is None


async def test_a_rename_in_case_only(slot: Slot) -> None:
    (slot.path / "a.txt").rename(slot.path / "A.txt")
    assert (await slot.snapshot()).files == ("A.txt", "a.txt")


async def test_the_executable_bit(slot: Slot) -> None:
    (slot.path / "run.sh").chmod(0o755)
    taken = await slot.taken()
    assert taken["run.sh"].startswith("100755")


async def test_a_file_in_place_of_a_directory_and_the_other_way_round(slot: Slot) -> None:
    shutil.rmtree(slot.path / "deep")
    slot.agent.write({"deep": "a file now\n", "a.txt": None})
    slot.agent.write({"a.txt/inner/file": "x"})
    assert (await slot.snapshot()).files == ("a.txt", "a.txt/inner/file", "deep", "deep/er/f")


async def test_a_link_in_place_of_a_directory(slot: Slot) -> None:
    shutil.rmtree(slot.path / "deep")
    (slot.path / "deep").symlink_to("/etc")
    taken = await slot.taken()
    assert taken["deep"].startswith("120000")
    assert "deep/er/f" not in taken


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
async def test_line_ends_become_what_git_add_makes_of_them(slot: Slot, autocrlf: str) -> None:
    from headway.config import GitSettings

    slot.base = slot.repo.commit({"crlf.txt": "a\r\nb\r\n", "lf.txt": "a\nb\n"}, "before")
    slot.repo.git("config", "core.autocrlf", autocrlf)
    slot.repo.git("config", "core.safecrlf", "true")
    slot.git = await Git.open(slot.repo.path, GitSettings())
    await slot.fill()
    changes = {"crlf.txt": "a\r\nc\r\n", "lf.txt": "a\r\nc\r\n", "new.txt": "x\r\ny\r\n", "mixed": "x\r\ny\n"}
    slot.agent.write(changes)
    taken = await slot.taken()
    slot.agent.git("-c", "core.safecrlf=false", "add", "-A")
    assert slot.repo.files(slot.agent.git("write-tree")) == taken


async def test_attributes_of_the_agents_count(slot: Slot) -> None:
    slot.agent.write({".gitattributes": "*.crlf text\n", "x.crlf": "a\r\n"})
    await slot.snapshot()
    assert slot.repo.content(REF, "x.crlf") == b"a\n"


async def test_a_filter_that_nobody_allowed_does_not_run(slot: Slot, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    slot.repo.git("config", "filter.evil.clean", f"touch {canary}; cat")
    slot.repo.git("config", "filter.lfs.clean", f"touch {canary}; cat")
    slot.agent.write({".gitattributes": "*.txt filter=evil\n*.bin filter=lfs\n", "x.txt": "x", "y.bin": "y"})
    assert (await slot.snapshot()).files == (".gitattributes", "x.txt", "y.bin")
    assert not canary.exists()


async def test_a_filter_of_the_users_own_configuration_runs_where_it_is_allowed(slot: Slot) -> None:
    from headway.config import GitSettings

    slot.repo.git("config", "--global", "filter.lfs.clean", "tr a-z A-Z")
    slot.repo.git("config", "--global", "filter.lfs.smudge", "tr A-Z a-z")
    slot.git = await Git.open(slot.repo.path, GitSettings())
    slot.agent.write({".gitattributes": "*.bin filter=lfs\n", "x.bin": "abc\n"})
    snapshot = await slot.snapshot()
    assert slot.repo.content(REF, "x.bin") == b"ABC\n"
    assert snapshot.commit
    slot.base = snapshot.commit
    await slot.fill()
    assert (slot.path / "x.bin").read_text() == "abc\n"


async def test_a_filter_that_fails_costs_no_work(slot: Slot) -> None:
    from headway.config import GitSettings

    slot.repo.git("config", "--global", "filter.lfs.clean", "false")
    slot.repo.git("config", "--global", "filter.lfs.required", "true")
    slot.git = await Git.open(slot.repo.path, GitSettings())
    slot.agent.write({".gitattributes": "*.bin filter=lfs\n", "x.bin": "abc\n", "a.txt": "x\n"})
    snapshot = await slot.snapshot()
    assert snapshot.files == (".gitattributes", "a.txt", "x.bin")
    assert slot.repo.content(REF, "x.bin") == b"abc\n"
    assert any("x.bin was taken byte by byte" in note for note in snapshot.notes)


async def test_writers_that_do_not_rest_do_not_keep_the_work_from_being_taken(slot: Slot) -> None:
    over = threading.Event()

    def write() -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            (slot.path / f"comes-and-goes-{turn % 3}").write_text("x" * (turn % 50_000))
            (slot.path / "log.txt").write_text("y" * (turn * 37 % 100_000))
            (slot.path / f"comes-and-goes-{(turn + 1) % 3}").unlink(missing_ok=True)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        slot.agent.write({"a.txt": "settled\n"})
        for _ in range(5):
            snapshot = await slot.snapshot()
            assert slot.repo.content(REF, "a.txt") == b"settled\n"
    finally:
        over.set()
        writer.join()
    assert snapshot.commit
    assert slot.repo.git("fsck", "--strict", "--no-dangling") == ""


async def test_a_slot_whose_own_files_are_gone_gives_the_same(slot: Slot) -> None:
    slot.agent.write({"a.txt": "changed\n", "new": "x", "b.txt": None})
    first = await slot.snapshot()
    shutil.rmtree(slot.git.private_dir / "slots" / "1")
    assert await slot.snapshot() == first


async def test_metadata_that_an_agent_broke_is_no_obstacle(slot: Slot) -> None:
    metadata = Path(slot.agent.git("rev-parse", "--absolute-git-dir"))
    slot.agent.write({"a.txt": "x\n"})
    for name in ("HEAD", "index", "commondir"):
        (metadata / name).unlink()
        os.mkfifo(metadata / name)
    (metadata / "logs").mkdir(exist_ok=True)
    os.mkfifo(metadata / "logs" / "HEAD")
    (slot.git.common_dir / "logs" / "refs").mkdir(parents=True, exist_ok=True)
    os.mkfifo(slot.git.common_dir / "logs" / "refs" / "stash")
    assert (await slot.snapshot()).files == ("a.txt",)


async def test_head_that_names_no_commit_is_no_obstacle(slot: Slot) -> None:
    metadata = Path(slot.agent.git("rev-parse", "--absolute-git-dir"))
    tree = slot.agent.git("rev-parse", "HEAD^{tree}")
    slot.agent.write({"a.txt": "x\n"})
    for content in (tree, "0" * 40, "f" * 40, "ref: refs/../../x", "ref: refs/heads/" + "x" * 5000, "\xff"):
        (metadata / "HEAD").write_text(content, encoding="latin-1")
        assert (await slot.snapshot()).files == ("a.txt",)
        assert slot.repo.git("rev-parse", f"{REF}^@") == slot.base


async def test_a_malformed_commit_of_the_agents_is_kept(slot: Slot) -> None:
    tree = slot.agent.git("rev-parse", "HEAD^{tree}")
    raw = f"tree {tree}\nparent {slot.base}\nauthor nobody\ncommitter nobody\n\nx\n"
    commit = slot.agent.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw.encode())
    slot.agent.git("update-ref", "HEAD", commit)
    slot.agent.write({"a.txt": "x\n"})
    assert (await slot.snapshot()).files == ("a.txt",)
    assert commit in slot.repo.git("rev-list", "--glob=refs/headway").split()


async def test_a_lock_left_on_our_own_ref_is_waited_for_and_then_removed(slot: Slot) -> None:
    lock = slot.git.common_dir / f"{REF}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    slot.agent.write({"a.txt": "x\n"})
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", REF) == snapshot.commit
    assert not lock.exists()


async def test_packed_refs_are_no_obstacle(slot: Slot) -> None:
    slot.agent.write({"a.txt": "x\n"})
    await slot.snapshot()
    slot.repo.git("pack-refs", "--all")
    slot.agent.write({"a.txt": "y\n"})
    snapshot = await slot.snapshot()
    assert slot.repo.git("rev-parse", REF) == snapshot.commit


async def test_the_diff_shows_what_changed_up_to_a_limit(slot: Slot) -> None:
    slot.agent.write({"a.txt": "changed\n", "b.txt": None, "new": "one\n" * 100, "z": "z\n"})
    (slot.path / "run.sh").chmod(0o755)
    snapshot = await slot.snapshot()
    assert snapshot.commit
    whole = await diff(slot.git, slot.base, snapshot.commit, limit=10**6)
    assert "-a\n+changed\n" in whole
    assert "deleted file" in whole
    assert "mode 100644 → 100755" in whole
    assert whole.count("+one") == 100
    short = await diff(slot.git, slot.base, snapshot.commit, limit=600)
    assert "+changed" in short
    assert "… cut here …" in short
    assert "more file" in short
    assert len(short) < 800
