"""The commit that lands a ticket's work, in each of the three styles."""

import re
import subprocess
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.config import GitSettings
from headway.landing import merge as merging
from headway.landing.git import Git
from headway.landing.merge import make_commit, merge, trailers, with_trailers
from tests.integration.landing.conftest import Repo

MESSAGE = "Mend the pump\n\nHeadway-Ticket: T-1\nHeadway-Run: r1\n"

Style = Literal["merge", "squash", "rebase"]


async def land(git: Git, style: Style, *, onto: str, work: str, base: str) -> str:
    """The commit of what merges cleanly."""
    merged = await merge(git, onto, work, base=base)
    assert merged.tree is not None
    return await make_commit(git, style, onto=onto, work=work, base=base, tree=merged.tree, message=MESSAGE)


def author(repo: Repo, name: str, date: str, files: dict[str, str | bytes | None], message: str) -> str:
    """A commit by somebody, at some time."""
    repo.write(files)
    repo.git("add", "-A")
    options = ("-c", f"user.name={name}", "-c", f"user.email={name.lower()}@example.org")
    repo.git(*options, "commit", "-q", "--allow-empty", "--date", date, "-m", message)
    return repo.git("rev-parse", "HEAD")


def told(repo: Repo, commit: str, format_: str) -> str:
    return repo.git("log", "-1", f"--format={format_}", commit)


async def test_merge_has_both_parents_and_the_message(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    work = repo.commit({"a.txt": "work\n"})
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"b.txt": "onto\n"})
    commit = await land(git, "merge", onto=onto, work=work, base=base)
    assert told(repo, commit, "%P") == f"{onto} {work}"
    assert told(repo, commit, "%B").strip() == MESSAGE.strip()
    assert told(repo, commit, "%(trailers:key=Headway-Ticket,valueonly)").strip() == "T-1"
    assert (
        told(repo, commit, "%an <%ae>, %cn <%ce>") == "A User <user@example.org>, A User <user@example.org>"
    )
    repo.git("fsck", "--strict", "--no-dangling", commit)


async def test_merge_has_two_parents_though_the_target_stood_still(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    work = repo.commit({"a.txt": "work\n"})
    commit = await land(git, "merge", onto=base, work=work, base=base)
    assert told(repo, commit, "%P") == f"{base} {work}"
    assert told(repo, commit, "%T") == told(repo, work, "%T")


async def test_squash_is_one_commit(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    repo.commit({"a.txt": "1\n"})
    work = repo.commit({"a.txt": "2\n"})
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"b.txt": "onto\n"})
    commit = await land(git, "squash", onto=onto, work=work, base=base)
    assert told(repo, commit, "%P") == onto
    assert told(repo, commit, "%B").strip() == MESSAGE.strip()
    assert repo.content(commit, "a.txt") == b"2\n"


async def test_rebase_keeps_authors_dates_and_messages(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    author(repo, "Ada", "2001-02-03T04:05:06+0530", {"a.txt": "1\n"}, "First\n\nwith a body")
    work = author(repo, "Bob", "2002-02-03T04:05:06-0330", {"a.txt": "2\n", "dir/c.txt": "2\n"}, "Second")
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"b.txt": "onto\n"})
    commit = await land(git, "rebase", onto=onto, work=work, base=base)
    assert told(repo, f"{commit}~2", "%H") == onto
    assert told(repo, f"{commit}~1", "%an <%ae> %ad") == "Ada <ada@example.org> Sat Feb 3 04:05:06 2001 +0530"
    assert told(repo, commit, "%an <%ae> %ad") == "Bob <bob@example.org> Sun Feb 3 04:05:06 2002 -0330"
    assert told(repo, commit, "%cn") == "A User"
    assert told(repo, f"{commit}~1", "%B").strip().startswith("First\n\nwith a body\n\nHeadway-Ticket: T-1")
    assert told(repo, commit, "%s|%(trailers:key=Headway-Ticket,valueonly)").strip() == "Second|T-1"
    assert repo.content(f"{commit}~1", "a.txt") == b"1\n"
    assert repo.content(f"{commit}~1", "b.txt") == b"onto\n"
    merged = await merge(git, onto, work, base=base)
    assert told(repo, commit, "%T") == merged.tree


async def test_rebase_leaves_out_commits_that_change_nothing(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    repo.commit({"a.txt": "same\n"}, "also on the target")
    repo.commit({}, "empty")
    work = repo.commit({"b.txt": "work\n"}, "the rest")
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"a.txt": "same\n"})
    commit = await land(git, "rebase", onto=onto, work=work, base=base)
    assert repo.git("log", "--format=%s", f"{onto}..{commit}") == "the rest"


async def test_rebase_flattens_a_merge_that_added_nothing_of_its_own(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    side = repo.commit({"a.txt": "side\n"}, "side")
    repo.git("checkout", "-q", "--detach", base)
    repo.commit({"b.txt": "line\n"}, "line")
    repo.git("merge", "-q", "--no-edit", side)
    work = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"dir/c.txt": "onto\n"})
    commit = await land(git, "rebase", onto=onto, work=work, base=base)
    assert repo.git("rev-list", "--merges", f"{onto}..{commit}") == ""
    assert sorted(repo.git("log", "--format=%s", f"{onto}..{commit}").split("\n")) == ["line", "side"]
    assert told(repo, commit, "%T") == (await merge(git, onto, work, base=base)).tree


async def test_rebase_is_one_commit_that_says_so_where_they_do_not_apply_one_by_one(
    repo: Repo, git: Git
) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    repo.commit({"a.txt": "in the way\n"})
    work = repo.commit({"a.txt": "a\n", "b.txt": "work\n"}, "taken back")
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"a.txt": "onto\n"})
    commit = await land(git, "rebase", onto=onto, work=work, base=base)
    assert told(repo, commit, "%P") == onto
    assert "do not apply one by one" in told(repo, commit, "%(trailers:key=Headway-Note,valueonly)")
    assert told(repo, commit, "%(trailers:key=Headway-Ticket,valueonly)").strip() == "T-1"


async def test_rebase_never_lands_another_tree_than_the_merged_one(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    side = repo.commit({"a.txt": "side\n"}, "side")
    repo.git("checkout", "-q", "--detach", base)
    repo.commit({"b.txt": "line\n"}, "line")
    repo.git("merge", "-q", "--no-commit", side)
    work = repo.commit({"dir/only-in-the-merge": "x\n"}, "merge")
    commit = await land(git, "rebase", onto=base, work=work, base=base)
    assert told(repo, commit, "%T") == told(repo, work, "%T")
    assert "lead to something else" in told(repo, commit, "%B")


async def test_rebase_of_work_with_nothing_left_leaves_a_commit_that_names_the_ticket(
    repo: Repo, git: Git
) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    work = repo.commit({"a.txt": "same\n"})
    repo.git("checkout", "-q", "main")
    onto = repo.commit({"a.txt": "same\n"})
    commit = await land(git, "rebase", onto=onto, work=work, base=base)
    assert told(repo, commit, "%P") == onto
    assert told(repo, commit, "%(trailers:key=Headway-Ticket,valueonly)").strip() == "T-1"


async def test_rebase_of_very_many_commits_is_one(
    repo: Repo, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MOST_REPLAYED", 2)
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach")
    for n in range(3):
        work = repo.commit({"a.txt": f"{n}\n"})
    commit = await land(git, "rebase", onto=base, work=work, base=base)
    assert told(repo, commit, "%P") == base
    assert "they are 3, more than 2" in told(repo, commit, "%B")


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
async def test_commits_that_were_taken_out_of_the_target_stay_out_of_its_history(
    repo: Repo, git: Git, style: Style
) -> None:
    first = repo.git("rev-parse", "HEAD")
    base = repo.commit({"a.txt": "secret\n"}, "to be taken out")
    work = repo.commit({"b.txt": "work\n"}, "work")
    repo.git("reset", "-q", "--hard", first)
    onto = repo.commit({"dir/c.txt": "onto\n"})
    commit = await land(git, style, onto=onto, work=work, base=base)
    assert base not in repo.git("rev-list", commit).split("\n")
    assert repo.content(commit, "a.txt") == b"a\n"
    assert repo.content(commit, "b.txt") == b"work\n"
    assert ("taken out" in told(repo, commit, "%B")) is (style == "merge")


async def test_an_author_and_an_encoding_stay_byte_for_byte(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    (repo.path / "a.txt").write_text("work\n")
    repo.git("add", "-A")
    tree = repo.git("write-tree")
    raw = b"tree %s\nparent %s\nauthor \xc9mile <e@example.org> 1 +0000\n" % (tree.encode(), base.encode())
    raw += b"committer X <x@example.org> 1 +0000\nencoding ISO-8859-1\n\n\xe9t\xe9\n"
    work = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
    repo.git("reset", "-q", "--hard")
    onto = repo.commit({"b.txt": "onto\n"})
    commit = await land(git, "rebase", onto=onto, work=work, base=base)
    found = subprocess.run(
        ["git", "cat-file", "commit", commit], cwd=repo.path, capture_output=True, check=True
    ).stdout
    assert b"author \xc9mile <e@example.org> 1 +0000\n" in found
    assert b"\nencoding ISO-8859-1\n" in found
    assert b"\n\n\xe9t\xe9\n\nHeadway-Ticket: T-1\n" in found
    assert told(repo, commit, "%an %s") == "Émile été"


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
async def test_a_malformed_commit_does_not_become_history(repo: Repo, git: Git, style: Style) -> None:
    base = repo.git("rev-parse", "HEAD")
    (repo.path / "a.txt").write_text("work\n")
    repo.git("add", "-A")
    tree = repo.git("write-tree")
    raw = b"tree %s\nparent %s\nauthor nobody\ncommitter X <x@example.org> 1 +0000\n\nx\n"
    raw %= (tree.encode(), base.encode())
    work = repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw)
    repo.git("reset", "-q", "--hard")
    onto = repo.commit({"b.txt": "onto\n"})
    commit = await land(git, style, onto=onto, work=work, base=base)
    assert told(repo, commit, "%an|%P") == f"A User|{onto}"
    assert ("malformed" in told(repo, commit, "%B")) is (style != "squash")
    assert repo.content(commit, "a.txt") == b"work\n"


async def test_a_name_that_git_would_refuse_is_cleaned(repo: Repo) -> None:
    repo.git("config", "user.name", "  <A>\tUser.; ")
    git = await Git.open(repo.path, GitSettings())
    base = repo.git("rev-parse", "HEAD")
    work = repo.commit({"a.txt": "work\n"})
    commit = await land(git, "squash", onto=base, work=work, base=base)
    assert told(repo, commit, "%an") == "A\tUser"
    repo.git("fsck", "--strict", "--no-dangling", commit)


async def test_without_a_name_it_is_headway(repo: Repo) -> None:
    work = repo.commit({"a.txt": "work\n"})
    repo.git("config", "--global", "--remove-section", "user")
    git = await Git.open(repo.path, GitSettings())
    base = repo.git("rev-parse", "HEAD~1")
    commit = await land(git, "merge", onto=base, work=work, base=base)
    assert told(repo, commit, "%cn <%ce>") == "Headway <headway@localhost>"


async def test_no_ref_is_moved(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    work = repo.commit({"a.txt": "work\n"})
    before = repo.git("for-each-ref")
    await land(git, "merge", onto=base, work=work, base=base)
    assert repo.git("for-each-ref") == before


async def test_a_title_that_no_message_can_hold_is_no_obstacle(repo: Repo, git: Git) -> None:
    base = repo.git("rev-parse", "HEAD")
    work = repo.commit({"a.txt": "work\n"})
    tree = repo.git("rev-parse", "HEAD^{tree}")
    message = "N\0UL \ud800\n\nHeadway-Ticket: T-1\n"
    commit = await make_commit(git, "merge", onto=base, work=work, base=base, tree=tree, message=message)
    assert told(repo, commit, "%s|%(trailers:key=Headway-Ticket,valueonly)").strip() == "NUL ?|T-1"


def test_trailers_are_the_last_paragraph_of_several() -> None:
    assert trailers(MESSAGE) == [b"Headway-Ticket: T-1", b"Headway-Run: r1"]
    assert trailers("Fix: a title is no trailer\n") == []
    assert trailers("Title\n\nKey: value\nprose\n") == []


def test_trailers_join_those_that_are_there() -> None:
    got = with_trailers(b"T\n\nSigned-off-by: X\n", [b"Headway-Ticket: T-1"])
    assert got == b"T\n\nSigned-off-by: X\nHeadway-Ticket: T-1\n"


@given(
    st.text(max_size=80),
    st.lists(st.from_regex(r"[A-Za-z-]{1,8}: [a-z0-9 ]{0,7}[a-z]", fullmatch=True), min_size=1, max_size=3),
)
def test_trailers_are_added_once_and_nothing_is_taken_away(text: str, lines: list[str]) -> None:
    message, wanted = f"Title {text}".encode(), [line.encode() for line in lines]
    once = with_trailers(message, wanted)
    assert with_trailers(once, wanted) == once
    assert once.startswith(message.rstrip())
    assert all(re.search(rb"^" + re.escape(line) + rb"$", once, re.M) for line in wanted)
