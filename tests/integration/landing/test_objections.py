"""What must not land, and what is none of anybody's business."""

import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.config import GitSettings, LandingSettings
from headway.landing.git import Git
from headway.landing.objections import is_git_name, leads_to, new_markers, objections
from tests.integration.landing.conftest import Repo

CONFLICT = "above\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> main\nbelow\n"
SETTINGS = LandingSettings(max_file_size=1000)


def tree_with(repo: Repo, *entries: tuple[str, str, str], onto: str = "HEAD") -> str:
    """``onto`` with these entries (mode, name, content or id) at its top, whatever git thinks of their names."""
    lines = [line for line in repo.git("ls-tree", "-z", onto).split("\0") if line]
    for mode, name, content in entries:
        type_ = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
        is_id = type_ != "blob"
        id_ = content if is_id else repo.git("hash-object", "-w", "--stdin", stdin=content.encode())
        lines = [line for line in lines if not line.endswith(f"\t{name}")]
        lines.append(f"{mode} {type_} {id_}\t{name}")
    given = "".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape")
    return repo.git("mktree", "-z", "--missing", stdin=given)


def test_ordinary_work_meets_no_objection(repo: Repo, git: Git) -> None:
    tree = tree_with(repo, ("100644", "new.py", "x = 1\n"), ("100755", "run", "#!/bin/sh\n"))
    assert objections(git, repo.git("rev-parse", "HEAD"), tree, SETTINGS) is None


def object_to(
    repo: Repo, git: Git, *entries: tuple[str, str, str], settings: LandingSettings = SETTINGS
) -> str:
    """What is said against these entries; empty where nothing is."""
    return objections(git, repo.git("rev-parse", "HEAD"), tree_with(repo, *entries), settings) or ""


def test_a_large_file_is_named_with_the_limit(repo: Repo, git: Git) -> None:
    said = object_to(repo, git, ("100644", "dump.sql", "x" * 2_000_000), ("100644", "small", "x" * 1000))
    assert said.startswith("dump.sql: 2.0 MB, more than landing.max_file_size (0.0 MB)")
    assert "small" not in said


def test_a_large_file_that_was_there_may_stay_and_move(repo: Repo, git: Git) -> None:
    repo.commit({"big": "x" * 2000})
    assert object_to(repo, git, ("100644", "other", "y\n")) == ""
    repo.git("mv", "big", "moved")
    assert objections(git, repo.git("rev-parse", "HEAD"), repo.git("write-tree"), SETTINGS) is None


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "dir/../../outside", "up/..", "a.txt/../.."])
def test_a_link_to_outside_is_refused_unless_allowed(repo: Repo, git: Git, target: str) -> None:
    (repo.path / "dir" / "up").symlink_to("..")
    (repo.path / "up").symlink_to("dir/up")
    repo.commit({})
    said = object_to(repo, git, ("120000", "link", target))
    assert said.startswith(f"link: a symbolic link to {target}, outside the repository")
    allowed = LandingSettings(outside_links="allow")
    assert object_to(repo, git, ("120000", "link", target), settings=allowed) == ""


@pytest.mark.parametrize(
    "target", ["a.txt", "dir/c.txt", "dir/../a.txt", "missing", ".", "link", "./dir//", ""]
)
def test_a_link_inside_is_nobodys_business(repo: Repo, git: Git, target: str) -> None:
    assert object_to(repo, git, ("120000", "link", target)) == ""


@pytest.mark.parametrize("settings", [SETTINGS, LandingSettings(outside_links="allow")])
def test_a_link_into_gits_directory_is_refused(repo: Repo, git: Git, settings: LandingSettings) -> None:
    said = object_to(repo, git, ("120000", "link", "dir/../.GIT/hooks"), settings=settings)
    assert "git's own directory" in said


def test_a_link_that_was_there_is_not_judged(repo: Repo, git: Git) -> None:
    (repo.path / "old").symlink_to("/etc")
    repo.commit({})
    assert object_to(repo, git, ("100644", "new", "x\n")) == ""


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".GIT",
        ".Git",
        "git~1",
        "GIT~1",
        ".git ",
        ".git.",
        ".git . ",
        ".git::$INDEX_ALLOCATION",
        ".g\u200cit",
        "\ufeff.git",
        ".git\u202e",
        "x\\.git\\hooks",
        ".git\\config",
    ],
)
def test_names_that_some_system_takes_for_git_are_known(name: str) -> None:
    assert is_git_name(name)


@pytest.mark.parametrize(
    "name", [".gitignore", ".github", "git", "git~2", "x.git", ".git-x", ".gi", "..git", "a\\b"]
)
def test_names_that_only_look_like_it_are_not(name: str) -> None:
    assert not is_git_name(name)


def test_a_name_like_git_is_refused_at_any_depth(repo: Repo, git: Git) -> None:
    inner = tree_with(repo, ("100644", ".g\u200cit", "x\n"), onto="HEAD:dir")
    assert "a name that some systems take for .git" in object_to(repo, git, ("040000", "dir", inner))


def test_a_name_that_would_break_a_line_is_shown_escaped(repo: Repo, git: Git) -> None:
    said = object_to(repo, git, ("100644", "a\n\x1b[31mb", "x" * 2000))
    assert said.startswith("'a\\n\\x1b[31mb': 0.0 MB")


def test_a_linked_gitmodules_is_refused(repo: Repo, git: Git) -> None:
    assert "refuses to follow" in object_to(repo, git, ("120000", ".gitmodules", "a.txt"))


def test_a_repository_inside_that_nobody_declared_is_refused(repo: Repo, git: Git) -> None:
    gitlink = ("160000", "nested", "1" * 40)
    assert object_to(repo, git, gitlink).startswith("nested: another repository inside this one")
    declared = ("100644", ".gitmodules", '[submodule "x"]\n\tpath = nested\n\turl = ../x\n')
    assert object_to(repo, git, gitlink, declared) == ""


def test_a_submodule_that_moves_on_is_nobodys_business(repo: Repo, git: Git) -> None:
    tree = tree_with(repo, ("160000", "nested", "1" * 40))
    onto = repo.git("commit-tree", tree, "-m", "x")
    moved = tree_with(repo, ("160000", "nested", "2" * 40), onto=onto)
    assert objections(git, onto, moved, SETTINGS) is None


def test_markers_of_a_conflict_are_named_with_their_line(repo: Repo, git: Git) -> None:
    said = object_to(repo, git, ("100644", "a.txt", CONFLICT))
    assert said.startswith("a.txt:2: the markers of a conflict")
    allowed = LandingSettings(conflict_markers="allow")
    assert object_to(repo, git, ("100644", "a.txt", CONFLICT), settings=allowed) == ""


@pytest.mark.parametrize(
    "content",
    [
        "Title\n=======\n",
        "<<<<<<< HEAD\n",
        "    <<<<<<< HEAD\n    =======\n    >>>>>>> main\n",
        ">>>>>>> main\n=======\n<<<<<<< HEAD\n",
        "<<<<<<< HEAD\n>>>>>>> main\n",
        "<<<<<<<\n=======\n>>>>>>>\n",
        "<<<<<<<< HEAD\n========\n>>>>>>>> main\n",
        "\0" + CONFLICT,
    ],
)
def test_what_is_no_conflict_is_left_alone(repo: Repo, git: Git, content: str) -> None:
    assert object_to(repo, git, ("100644", "a.txt", content)) == ""


@pytest.mark.parametrize(
    "content",
    [
        CONFLICT.replace("\n", "\r\n"),
        CONFLICT.replace("=======", "||||||| base\n0\n======="),
        "<<<<<<< x\n" + CONFLICT,
    ],
)
def test_every_form_that_git_writes_is_known(repo: Repo, git: Git, content: str) -> None:
    assert "the markers of a conflict" in object_to(repo, git, ("100644", "a.txt", content))


def test_markers_that_were_there_are_left_alone(repo: Repo, git: Git) -> None:
    onto = repo.commit({"guide.md": CONFLICT})
    repo.write({"guide.md": None, "docs/guide.md": CONFLICT + "more\n"})
    repo.git("add", "-A")
    assert objections(git, onto, repo.git("write-tree"), SETTINGS) is None


def test_markers_beside_those_that_were_there_are_found(repo: Repo, git: Git) -> None:
    onto = repo.commit({"guide.md": CONFLICT})
    repo.write({"guide.md": CONFLICT + CONFLICT.replace("HEAD", "4f0c9e1 (theirs)")})
    repo.git("add", "-A")
    said = objections(git, onto, repo.git("write-tree"), SETTINGS)
    assert said is not None
    assert said.startswith("guide.md:9:")


def test_names_that_differ_only_by_case_matter_where_the_file_system_keeps_one(repo: Repo, git: Git) -> None:
    assert object_to(repo, git, ("100644", "A.TXT", "x\n")) == ""


async def test_names_that_differ_only_by_case_are_refused_there(repo: Repo) -> None:
    repo.git("config", "core.ignoreCase", "true")
    git = await Git.open(repo.path, GitSettings())
    said = object_to(repo, git, ("100644", "A.TXT", "x\n"))
    assert said == "A.TXT: differs only by case from a.txt beside it: have one renamed"
    assert object_to(repo, git, ("100644", "a.txt", "x\n")) == ""


def test_many_objections_are_cut(repo: Repo, git: Git) -> None:
    said = object_to(repo, git, *(("120000", f"link{n}", "/etc") for n in range(9)))
    assert said.count("outside the repository") == 5
    assert said.endswith("; and 4 more like these")


@pytest.mark.parametrize(("style", "refused"), [("merge", True), ("rebase", True), ("squash", False)])
def test_what_the_agents_commits_brought_and_took_away_again_counts_where_they_land(
    repo: Repo, git: Git, style: str, refused: bool
) -> None:
    onto = repo.git("rev-parse", "HEAD")
    repo.commit({"big": "x" * 2000}, "big")
    work = repo.commit({"big": None, "a.txt": "work\n"}, "small")
    settings = LandingSettings.model_validate({"style": style, "max_file_size": 1000})
    said = objections(git, onto, work, settings, work=work) or ""
    assert ("it would stay in the history" in said) is refused
    assert objections(git, onto, work, settings) is None


names = st.sampled_from(["a", "b", "l1", "l2", "l3", "..", ".", ""])
targets = st.lists(names, min_size=1, max_size=5).map("/".join).filter(bool)


@given(links=st.dictionaries(st.sampled_from(["l1", "a/l2", "a/b/l3"]), targets, min_size=1))
def test_links_lead_where_the_kernel_says(
    tmp_path_factory: pytest.TempPathFactory, links: dict[str, str]
) -> None:
    top = Path(os.path.realpath(tmp_path_factory.mktemp("links"))) / "x" / "top"
    (top / "a" / "b").mkdir(parents=True)
    for link, target in links.items():
        (top / link).symlink_to(target)
    for link in links:
        led = leads_to(link, links.get)
        try:
            real = posixpath.relpath(os.path.realpath(top / link, strict=True), top)
        except OSError:
            continue  # leads to nothing, or round in a circle: the kernel has no opinion
        if any(part == ".." for part in real.split("/")) or led is None:
            # Out and back in is out: the folder's name is not the repository's.
            assert led is None
        else:
            assert led == ("" if real == "." else real)


@given(st.lists(st.sampled_from(["<<<<<<< a", "=======", ">>>>>>> b", "text", "<<<<<<< c"]), max_size=12))
def test_nothing_is_new_in_what_is_the_same(lines: list[str]) -> None:
    content = "\n".join(lines).encode()
    assert new_markers(content, content) is None
