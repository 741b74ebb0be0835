"""What git merges, what it cannot, and what a merge is made against."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.errors import GitError
from headway.landing.git import Git
from headway.landing.merge import merge, parse_merge_tree
from tests.integration.landing.conftest import Canary, Repo
from tests.shared import shared


def branch(repo: Repo, base: str, files: dict[str, str | bytes | None], name: str = "work") -> str:
    """A commit on top of ``base`` beside ``main``, which stays checked out."""
    repo.git("checkout", "-q", "--detach", base)
    made = repo.commit(files, name)
    repo.git("update-ref", f"refs/heads/{name}", made)
    repo.git("checkout", "-q", "main")
    return made


async def test_changes_of_different_files_are_both_in_the_tree(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    work = branch(repo, base, {"a.txt": "work\n"})
    onto = repo.commit({"b.txt": "onto\n"})
    merged = await merge(git, onto, work, base=base)
    assert merged.conflicts == ()
    assert merged.tree is not None
    assert repo.content(merged.tree, "a.txt") == b"work\n"
    assert repo.content(merged.tree, "b.txt") == b"onto\n"


async def test_a_conflict_names_its_paths_and_what_git_says(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    work = branch(repo, base, {"a.txt": "work\n", "dir/c.txt": None})
    onto = repo.commit({"a.txt": "onto\n", "dir/c.txt": "onto\n"})
    merged = await merge(git, onto, work, base=base)
    assert merged.tree is None
    assert merged.conflicts == ("a.txt", "dir/c.txt")
    assert "CONFLICT (content): Merge conflict in a.txt" in merged.messages
    assert "modify/delete" in merged.messages


async def test_odd_names_come_through_as_they_are(repo: Repo, git: Git) -> None:
    odd = [
        "-n",
        'quo"te',
        "new\nline",
        "tab\tname",
        "émile",
        "trailing ",
        b"\xff".decode("utf-8", "surrogateescape"),
    ]
    base = repo.commit(dict.fromkeys(odd, "base\n"))
    work = branch(repo, base, dict.fromkeys(odd, "work\n"))
    onto = repo.commit(dict.fromkeys(odd, "onto\n"))
    assert (await merge(git, onto, work, base=base)).conflicts == tuple(sorted(odd))


async def test_a_split_folder_is_a_conflict_with_paths_though_git_lists_none(repo: Repo, git: Git) -> None:
    many = {f"old/{n}": f"{n}\n" * 9 for n in range(4)}
    base = repo.commit({**many})
    moved: dict[str, str | bytes | None] = dict.fromkeys(many)
    moved |= {f"new{n % 2}/{n}": f"{n}\n" * 9 for n in range(4)}
    work = branch(repo, base, moved)
    onto = repo.commit({"old/added": "added\n"})
    merged = await merge(git, onto, work, base=base)
    assert merged.tree is None
    assert merged.conflicts == ("old",)


async def test_a_commit_that_is_not_there_is_an_error(repo: Repo, git: Git) -> None:
    head = repo.git("rev-parse", "HEAD")
    with pytest.raises(GitError):
        await merge(git, head, "1" * 40, base=head)


async def test_a_missing_object_is_an_error_and_no_conflict(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    work = branch(repo, base, {"a.txt": "a\nwork\n"})
    onto = repo.commit({"a.txt": "onto\na\n"})
    blob = repo.git("rev-parse", f"{work}:a.txt")
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match="merge-tree"):
        await merge(git, onto, work, base=base)


async def test_what_the_user_took_out_of_the_target_does_not_come_back(repo: Repo, git: Git) -> None:
    first = repo.git("rev-parse", "HEAD")
    base = repo.commit({"a.txt": "a\ntaken out\n", "b.txt": "b\n"}, "to be taken out")
    work = branch(repo, base, {"b.txt": "b\nwork\n"})
    repo.git("reset", "-q", "--hard", first)
    onto = repo.commit({"dir/c.txt": "onto\n"})
    merged = await merge(git, onto, work, base=base)
    assert merged.tree is not None
    assert repo.content(merged.tree, "a.txt") == b"a\n"
    assert repo.content(merged.tree, "b.txt") == b"b\nwork\n"
    assert repo.content(merged.tree, "dir/c.txt") == b"onto\n"


async def test_a_rewritten_target_is_merged_with_what_the_work_changed(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    work = branch(repo, base, {"a.txt": "work\n"})
    repo.git("checkout", "-q", "--orphan", "other")
    onto = repo.commit({"b.txt": "rewritten\n"}, "everything anew")
    merged = await merge(git, onto, work, base=base)
    assert merged.tree is not None
    assert repo.content(merged.tree, "a.txt") == b"work\n"
    assert repo.content(merged.tree, "b.txt") == b"rewritten\n"


async def test_what_the_agent_merged_by_itself_is_not_merged_again(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    onto = repo.commit({"a.txt": "onto\n"})
    repo.git("checkout", "-q", "--detach", base)
    repo.commit({"a.txt": "work\n"})
    repo.git("merge", "-q", "main", check=False)
    work = repo.commit({"a.txt": "settled\n"}, "merged")
    repo.git("checkout", "-q", "main")
    merged = await merge(git, onto, work, base=base)
    assert merged.tree is not None
    assert repo.content(merged.tree, "a.txt") == b"settled\n"


async def test_a_planted_merge_driver_does_not_run(repo: Repo, git: Git, canary: Canary) -> None:
    base = repo.commit({".gitattributes": "*.txt merge=evil\n"})
    repo.git("config", "merge.evil.driver", canary.command)
    repo.git("config", "merge.default", "evil")
    work = branch(repo, base, {"a.txt": "work\n"})
    onto = repo.commit({"a.txt": "onto\n"})
    merged = await merge(await Git.open(git.root, GitSettings()), onto, work, base=base)
    assert merged.conflicts == ("a.txt",)
    assert not canary.sang


@pytest.mark.parametrize("where", [".gitattributes", "dir/.gitattributes"])
async def test_union_merges_as_for_git_merge(repo: Repo, git: Git, where: str) -> None:
    pattern = "log.txt" if "/" in where else "dir/log.txt"
    base = repo.commit({where: f"{pattern} merge=union\n", "dir/log.txt": "0\n", "a.txt": "0\n"})
    work = branch(repo, base, {"dir/log.txt": "0\nwork\n"})
    onto = repo.commit({"dir/log.txt": "0\nonto\n"})
    merged = await merge(git, onto, work, base=base)
    repo.git("merge", "-q", "--no-edit", work)
    assert merged.tree == repo.git("rev-parse", "HEAD^{tree}")


async def test_attributes_count_as_the_target_has_them_now(repo: Repo, git: Git) -> None:
    base = repo.commit({".gitattributes": "a.txt merge=union\n", "a.txt": "0\n"})
    work = branch(repo, base, {"a.txt": "0\nwork\n"})
    for attributes, merges in (("a.txt merge=union\n", True), ("a.txt -merge\n", False), (None, False)):
        repo.git("reset", "-q", "--hard", base)
        onto = repo.commit({"a.txt": "0\nonto\n", ".gitattributes": attributes})
        assert ((await merge(git, onto, work, base=base)).tree is not None) is merges


async def test_a_link_in_place_of_the_attributes_is_not_followed(
    repo: Repo, git: Git, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("* merge=union\n")
    (repo.path / ".gitattributes").symlink_to(tmp_path / "outside")
    base = repo.commit({})
    work = branch(repo, base, {"a.txt": "a\nwork\n"})
    onto = repo.commit({"a.txt": "a\nonto\n"})
    assert (await merge(git, onto, work, base=base)).conflicts == ("a.txt",)


async def test_merging_writes_nothing_but_objects(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    work = branch(repo, base, {"a.txt": "work\n"})
    onto = repo.commit({"a.txt": "onto\n"})
    before = repo.git("for-each-ref")
    await merge(git, onto, work, base=base)
    assert repo.git("for-each-ref") == before
    assert repo.git("status", "--porcelain") == ""


async def test_every_pair_of_history_42_merges_as_git_says(make_repo: Callable[..., Repo]) -> None:
    workload = json.loads(shared("workloads/history-42.json").read_text())
    repo = make_repo("history")
    repo.git("fetch", "-q", str(shared("workloads/history-42.bundle")), "refs/*:refs/*", "--update-head-ok")
    git = await Git.open(repo.path, GitSettings())
    tickets = {ticket["id"]: ticket for ticket in workload["tickets"]}
    for pair in workload["pairs"]:
        left, right = (tickets[pair[side]]["alone"] for side in ("left", "right"))
        merged = await merge(git, left, right, base=workload["base"])
        assert (merged.tree is not None) == pair["clean"], pair
        assert list(merged.conflicts) == sorted(pair["conflicted"]), pair


def test_an_answer_that_is_none_is_an_error() -> None:
    with pytest.raises(GitError):
        parse_merge_tree(b"fatal: something\n")


def test_messages_with_many_paths_are_parsed() -> None:
    out = b"%s\0a\0b\0\0" % (b"1" * 40)
    out += (
        b"1\0a\0Auto-merging\0Auto-merging a\n\0"
        + b"2\0a\0b\0CONFLICT (rename/rename)\0CONFLICT (x): a b\n\0"
    )
    assert parse_merge_tree(out) == ("1" * 40, ("a", "b"), "CONFLICT (x): a b")
