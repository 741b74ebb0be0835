"""The audit against git's own merges, and against what people merged."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from headway.config import MechanicalSettings
from headway.resolution.audit import audit
from headway.resolution.hunks import parse
from headway.resolution.mechanical import settle
from tests.workloads import workload


def changed(rng: random.Random, lines: list[bytes], side: bytes) -> list[bytes]:
    """A side of three edits: lines put in, taken out, rewritten, moved, or taken twice."""
    lines = list(lines)
    for number in range(3):
        at = rng.randrange(len(lines))
        match rng.randrange(5):
            case 0:
                lines[at:at] = [b"%s %d %d" % (side, number, each) for each in range(rng.randint(1, 3))]
            case 1:
                del lines[at : at + rng.randint(1, 2)]
            case 2:
                lines[at] = b"%s instead %d" % (side, number)
            case 3:
                lines.insert(rng.randrange(len(lines)), lines.pop(at))
            case _:
                lines.insert(rng.randrange(len(lines)), rng.choice([b"}", b"return", lines[at]]))
    return lines


def made(seed: int, folder: Path) -> tuple[list[bytes], bytes, bool]:
    """(base, left and right; what git makes of them, showing the base; whether it is clean)."""
    rng = random.Random(seed)
    base = [rng.choice([b"}", b"return", b"line %d" % number]) for number in range(rng.randint(8, 40))]
    texts = [
        b"".join(line + b"\n" for line in lines)
        for lines in (base, changed(rng, base, b"left"), changed(rng, base, b"right"))
    ]
    for name, text in zip(("base", "left", "right"), texts, strict=True):
        (folder / name).write_bytes(text)
    argv = ["git", "merge-file", "-p", "--diff3", "left", "base", "right"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
    return texts, done.stdout, done.returncode == 0


@pytest.mark.parametrize("block", range(4))
def test_gits_own_clean_merges_pass_and_lack_nothing_that_could_be_dropped(
    block: int, tmp_path: Path
) -> None:
    clean = 0
    for seed in range(block * 100, block * 100 + 100):
        texts, merged, is_clean = made(seed, tmp_path)
        if not is_clean:
            continue
        clean += 1
        base, left, right = ({"f": text} for text in texts)
        assert audit(base, left, right, {"f": merged}) == [], f"seed {seed}"
        lines = merged.splitlines(keepends=True)
        own = [line for line in lines if line.startswith((b"left ", b"right ")) and lines.count(line) == 1]
        for victim in own:
            lacking = b"".join(line for line in lines if line != victim)
            told = audit(base, left, right, {"f": lacking})
            assert any(each.line.encode() == victim.strip() for each in told), f"seed {seed}: {victim!r}"
    assert clean > 10


@pytest.mark.parametrize("block", range(2))
def test_hunks_of_git_are_read_with_each_piece_as_it_stands_in_its_side(block: int, tmp_path: Path) -> None:
    for seed in range(block * 100, block * 100 + 100):
        texts, merged, is_clean = made(seed, tmp_path)
        if is_clean:
            continue
        text = parse(merged, *texts)
        assert text is not None
        assert len(text.hunks) == merged.count(b"<<<<<<< ")
        for hunk in text.hunks:
            for lines, side in zip((hunk.base, hunk.left, hunk.right), texts, strict=True):
                assert b"".join(lines) in side, f"seed {seed}"


@pytest.mark.parametrize("name", ["history-42", "history-200"])
def test_the_audit_objects_to_no_merge_that_git_made_of_real_work(name: str, tmp_path: Path) -> None:
    from collections import Counter

    from benchmarks.mechanical import Repository, audited, pairs

    repository = Repository(workload(name).make_repository(tmp_path / name))
    told, listed = Counter[str](), list[str]()
    for pair in pairs(name):
        audited(repository, pair, told, listed)
    assert told["git"] > 0
    assert told["git_objected"] == 0
    assert told["people_objected_though_clean"] == 0


@pytest.mark.parametrize(("name", "least"), [("history-42", 10), ("history-200", 30)])
def test_rules_settle_a_good_part_of_what_git_cannot_merge(name: str, least: int, tmp_path: Path) -> None:
    from benchmarks.mechanical import Repository, Tally, by_rule, pairs

    repository = Repository(workload(name).make_repository(tmp_path / name))
    tally = Tally()
    for pair in pairs(name):
        if not pair.clean:
            by_rule(repository, pair, tally)
    assert tally.settled >= least
    assert tally.objected == 0


def test_what_a_rule_makes_of_gits_hunks_leaves_the_rest_as_git_has_it(tmp_path: Path) -> None:
    base = b"one\ntwo\nthree\nfour\nfive\n"
    left = b"ONE\ntwo\nthree\nfour\nfive\nleft\n"
    right = b"one\ntwo\nthree\nfour\nfive\nright\n"
    for name, text in (("base", base), ("left", left), ("right", right)):
        (tmp_path / name).write_bytes(text)
    argv = ["git", "merge-file", "-p", "--diff3", "left", "base", "right"]
    written = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False).stdout
    found = settle("AUTHORS", base, left, right, MechanicalSettings(), conflicted=written)
    assert found is not None
    assert found.content == b"ONE\ntwo\nthree\nfour\nfive\nleft\nright\n"
