"""Edits: verdict and files are those of ``git merge-tree --write-tree``, whatever two sides did."""

import asyncio
import random
from itertools import combinations
from pathlib import Path

import pytest
from benchmarks import generated_pairs as make
from benchmarks.edits import Edits, attributes_folder, generated, git_says, git_says_of_all, hold, is_right
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.config import GitSettings
from headway.conflicts import trees
from headway.conflicts.edit_index import EditIndex
from headway.conflicts.edits import EditJudge
from headway.conflicts.lines import Undecided
from headway.landing.git import Git
from tests.workloads import workload

LINES = "".join(f"line {n}\n" for n in range(1, 21)).encode()


def write(git: Git, files: make.Files, *parents: str) -> str:
    """A commit of these files."""
    return make.write_commit(git.repository, make.write_tree(git.repository, files), *parents)


def changed(content: bytes, line: int) -> bytes:
    """The content with another line."""
    return content.replace(b"line %d\n" % line, b"other %d\n" % line)


def file(content: bytes, mode: int = make.FILE) -> tuple[int, bytes]:
    return mode, content


@given(seed=st.integers(min_value=0))
@settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_generated_pair_is_judged_as_git_judges_it(
    git: Git, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    pair, left, right = generated(git, f"test-{seed}")
    has_attributes = any(path.endswith(b".gitattributes") for path in pair.left)
    work_tree = (
        attributes_folder(pair, tmp_path_factory.mktemp("attributes") / "tree") if has_attributes else None
    )
    ours, gits = Edits(git).says(left, right), git_says(git.common_dir, left, right, work_tree)
    assert is_right(ours, gits), (ours, gits, pair)


def test_every_two_tickets_of_history_are_judged_as_git_judges_them(tmp_path: Path) -> None:
    chosen = workload("history-42")
    path = chosen.make_repository(tmp_path / "repository")
    git = asyncio.run(Git.open(path, GitSettings()))
    alone = {ticket["id"]: ticket["alone"] for ticket in chosen.read()["tickets"]}
    pairs = [(f"{a}-{b}", alone[a], alone[b]) for a, b in combinations(sorted(alone), 2)]
    gits = git_says_of_all(git.common_dir, [(left, right) for _, left, right in pairs], path)
    tally = hold(Edits(git), pairs, gits)
    assert tally.wrong == []
    assert (tally.pairs, tally.conflicting) == (861, 14)
    assert tally.ways["here"] >= 840, "only tickets of one folder touch the same files"


@pytest.mark.parametrize(
    ("left", "right", "type_"),
    [
        ({b"a": file(changed(LINES, 5))}, {b"a": file(changed(LINES, 15))}, None),
        ({b"a": file(changed(LINES, 5))}, {}, "modify/delete"),
        ({}, {}, None),
        ({b"a": file(LINES), b"n": file(b"1\n")}, {b"a": file(LINES), b"n": file(b"1\n")}, None),
        ({b"a": file(LINES), b"n": file(b"", make.EXECUTABLE)}, {b"a": file(LINES), b"n": file(b"")}, "mode"),
        ({b"a": file(LINES, make.EXECUTABLE)}, {b"a": file(changed(LINES, 5))}, None),
        ({b"a": file(b"\0left")}, {b"a": file(b"\0right")}, "binary"),
        ({b"a": file(LINES), b"n": (make.LINK, b"x")}, {b"a": file(LINES), b"n": (make.LINK, b"y")}, "link"),
    ],
)
def test_what_is_decided_in_process(git: Git, left: make.Files, right: make.Files, type_: str | None) -> None:
    base = write(git, {b"a": file(LINES)})
    ours, theirs = write(git, left, base), write(git, right, base)
    judge = EditJudge(git.repository)
    verdict = judge.decide(*(trees.tree_of(git.repository, each) for each in (base, ours, theirs)))
    assert [each.type for each in verdict.conflicts] == ([] if type_ is None else [type_])
    assert git_says(git.common_dir, ours, theirs).paths == verdict.paths


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ({b"a": file(changed(LINES, 5))}, {b"a": file(changed(LINES, 6))}, "edits close to each other"),
        (
            {b"a": file(LINES.replace(b"\n", b"\r\n"))},
            {b"a": file(changed(LINES, 5))},
            "edits close to each other",
        ),
        (
            {b"a": file(LINES), b"n": file(b"1\n")},
            {b"a": file(LINES), b"n": file(b"2\n")},
            "both add a file",
        ),
        ({b"b": file(LINES)}, {b"a": file(changed(LINES, 5))}, "renames"),
        (
            {b"a": file(LINES), b"d/x": file(b"x")},
            {b"a": file(LINES), b"d": file(b"d")},
            "a directory against a file",
        ),
        ({b"a": (make.LINK, b"x")}, {b"a": file(changed(LINES, 5))}, "a file against a link"),
        ({b"a": (make.GITLINK, b"1" * 20)}, {b"a": (make.GITLINK, b"2" * 20)}, "submodules"),
    ],
)
def test_what_only_git_decides_is_handed_to_git(
    git: Git, left: make.Files, right: make.Files, why: str
) -> None:
    base = write(git, {b"a": file(LINES)})
    ours, theirs = write(git, left, base), write(git, right, base)
    edits = Edits(git)
    assert edits.says(ours, theirs) == git_says(git.common_dir, ours, theirs)
    assert edits.checker.ways == {why: 1}


def test_a_file_that_one_side_adds_to_a_directory_that_the_other_renames_is_gits(git: Git) -> None:
    base = write(git, {b"d/a": file(LINES), b"x": file(b"x")})
    left = write(git, {b"e/a": file(LINES), b"x": file(b"x")}, base)
    right = write(git, {b"d/a": file(LINES), b"d/new": file(b"n"), b"x": file(b"x")}, base)
    edits = Edits(git)
    assert edits.says(left, right) == git_says(git.common_dir, left, right)
    assert edits.checker.ways == {"directory renames": 1}


def test_where_histories_cross_git_merges_over_several_bases(git: Git) -> None:
    base = write(git, {b"a": file(LINES)})
    one = write(git, {b"a": file(changed(LINES, 3))}, base)
    two = write(git, {b"a": file(changed(LINES, 17))}, base)
    both = changed(changed(LINES, 3), 17)
    left = write(git, {b"a": file(changed(both, 10))}, one, two)
    right = write(git, {b"a": file(changed(both, 10) + b"more\n")}, two, one)
    edits = Edits(git)
    assert edits.says(left, right) == git_says(git.common_dir, left, right)
    assert edits.checker.ways == {"several merge bases": 1}


def test_ten_thousand_renames_are_judged_as_git_judges_them(git: Git) -> None:
    files = {b"d/%d" % n: file(b"%d\n" % n * 3) for n in range(10_000)}
    base = write(git, files)
    left = write(git, {b"e" + path[1:]: each for path, each in files.items()}, base)
    right = write(git, files | {b"d/7": file(b"7\n7\n7\n8\n"), b"d/new": file(b"new\n")}, base)
    assert Edits(git).says(left, right) == git_says(git.common_dir, left, right)


@given(seeds=st.lists(st.integers(min_value=0), min_size=2, max_size=4), base=st.integers(min_value=0))
@settings(max_examples=60, deadline=None, database=None)
def test_sides_in_conflict_are_near_each_other(git: Git, seeds: list[int], base: int) -> None:
    rng = random.Random(f"base-{base}")
    pairs = [make.make_pair(rng)]
    tree = make.write_tree(git.repository, pairs[0].base)
    sides = {"left": pairs[0].left, "right": pairs[0].right}
    for seed in seeds:
        sides[f"other {seed}"] = make.side_of(random.Random(seed), pairs[0].base)
    judge, index = EditJudge(git.repository), EditIndex()
    written = {name: make.write_tree(git.repository, files) for name, files in sides.items()}
    for name, each in written.items():
        index.put(name, judge.edits(tree, tree))
        index.put(name, judge.edits(tree, each))
    for one, two in combinations(written, 2):
        try:
            is_clean = judge.decide(tree, written[one], written[two]).clean
        except Undecided:
            is_clean = False
        assert is_clean or two in index.near(one)
        assert (two in index.near(one)) == (one in index.near(two))


def test_a_side_that_is_forgotten_is_near_nobody(git: Git) -> None:
    tree = make.write_tree(git.repository, {b"a": file(LINES)})
    left = make.write_tree(git.repository, {b"a": file(changed(LINES, 5))})
    judge, index = EditJudge(git.repository), EditIndex()
    for name in ("one", "two"):
        index.put(name, judge.edits(tree, left))
    index.discard("two")
    assert index.near("one") == set()
