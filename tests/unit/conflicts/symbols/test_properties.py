"""What holds for all questions, whatever the two sides did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.symbols import BaseTree, IndexCache, Kind, TwoSided, Versions, find_symbol_conflicts
from headway.conflicts.symbols.nouns import SymbolConflict

PARTS = [
    "def first(a, b=1):\n    return a\n",
    "def first(a):\n    return a\n",
    "def second(a, b=1):\n    return a\n",
    "class Box(Base):\n    def first(self):\n        return super().first()\n",
    "class Base:\n    def first(self):\n        return 1\n",
    "from a import first, Base\n\nprint(first(1, 2), Base().first())\n",
    "import a\n\na.first(b=2)\n",
    "X_PORT = 9001\n",
    "Y_PORT = 9001\n",
    "def broken(\n",
    "print 'old'\n",
]
texts = st.lists(st.sampled_from(PARTS), max_size=3).map("\n\n".join)
contents = st.one_of(st.none(), texts.map(str.encode), st.binary(max_size=20))
versions = st.builds(Versions, base=contents, left=contents, right=contents)
changes = st.dictionaries(
    st.sampled_from(["a.py", "b.py", "pkg/a.py", "x.js", "y.go", "requirements.txt"]), versions
)


def asked(changed: dict[str, Versions]) -> TwoSided:
    files = {path: each.base for path, each in changed.items() if each.base is not None}
    return TwoSided(base=BaseTree(files, files.get), changed=changed)


def plain(conflicts: list[SymbolConflict]) -> list[tuple[object, ...]]:
    """Without lines: which of two places that say the same is told depends on which comes first."""
    return sorted((str(c.kind), c.path, c.other_path, c.symbol, c.score) for c in conflicts)


@given(changes)
def test_left_and_right_are_the_same_to_it(changed: dict[str, Versions]) -> None:
    question = asked(changed)
    found = find_symbol_conflicts(question, IndexCache())
    turned = find_symbol_conflicts(question.turned(), IndexCache())
    assert plain(found) == plain([each.turned() for each in turned])


@given(changes)
def test_what_is_kept_in_the_cache_changes_no_answer(changed: dict[str, Versions]) -> None:
    question, cache = asked(changed), IndexCache(3)
    assert plain(find_symbol_conflicts(question, cache)) == plain(find_symbol_conflicts(question, cache))


@given(changes)
def test_one_side_alone_breaks_nothing_with_the_other(changed: dict[str, Versions]) -> None:
    alone = {path: Versions(base=v.base, left=v.left, right=v.base) for path, v in changed.items()}
    assert find_symbol_conflicts(asked(alone), IndexCache()) == []


@given(changes)
def test_two_sides_that_did_the_same_break_nothing(changed: dict[str, Versions]) -> None:
    same = {path: Versions(base=v.base, left=v.left, right=v.left) for path, v in changed.items()}
    assert find_symbol_conflicts(asked(same), IndexCache()) == []


@given(changes)
def test_scores_are_between_nothing_and_sure_and_the_surest_come_first(changed: dict[str, Versions]) -> None:
    scores = [each.score for each in find_symbol_conflicts(asked(changed), IndexCache())]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("size", [0, 5_000_000])
def test_a_file_too_large_to_be_written_by_people_is_passed_over(size: int) -> None:
    changed = {"a.py": Versions(base=b"x = 1\n", left=b"x = 1\n" + b"y = 2\n" * size, right=b"x = 2\n")}
    assert find_symbol_conflicts(asked(changed), IndexCache()) == []


def test_source_that_is_nested_too_deeply_is_passed_over() -> None:
    deep = b"x = " + b"(" * 3000 + b")" * 3000
    changed = {"a.py": Versions(base=b"x = 1\n", left=deep, right=b"x = 2\n")}
    assert find_symbol_conflicts(asked(changed), IndexCache()) == []


def test_a_save_costs_the_one_file_that_changed() -> None:
    files = {f"m{n}.py": f"def f{n}():\n    return {n}\n".encode() for n in range(50)}
    tree, cache = BaseTree(files, files.get), IndexCache()
    changed = {
        path: Versions(base=text, left=text + b"\nx = 1\n", right=text + b"\ny = 1\n")
        for path, text in files.items()
    }
    find_symbol_conflicts(TwoSided(base=tree, changed=changed, merged=files), cache)
    before = cache.made
    changed["m7.py"] = Versions(
        base=files["m7.py"], left=files["m7.py"] + b"\nz = 1\n", right=changed["m7.py"].right
    )
    find_symbol_conflicts(TwoSided(base=tree, changed=changed, merged=files), cache)
    assert cache.made == before + 1


def test_ten_thousand_files_that_move_at_once_are_not_read() -> None:
    files = {f"old/m{n}.py": f"def f{n}():\n    return {n}\n".encode() for n in range(10_000)}
    files["old/__init__.py"] = b""
    changed = {path: Versions(base=text, left=None, right=text) for path, text in files.items()}
    changed |= {f"new{path[3:]}": Versions(base=None, left=text, right=None) for path, text in files.items()}
    changed["late.py"] = Versions(base=None, left=None, right=b"from old.m7 import f7\n\nf7()\n")
    cache = IndexCache()
    (found,) = find_symbol_conflicts(TwoSided(base=BaseTree(files, files.get), changed=changed), cache)
    assert (found.kind, found.path) == (Kind.MOVED, "new/m7.py")
    assert cache.made < 10


def test_a_name_that_is_made_of_itself_again_and_again_is_looked_up_once() -> None:
    steps = "".join("    node = node.left()\n    node = node.right(node)\n" for _ in range(30))
    walk = f"def walk(node):\n{steps}    return node\n\n\ndef other():\n    return 1\n".encode()
    files = {"a.py": b"def first():\n    return 1\n", "b.py": walk}
    changed = {
        "a.py": Versions(base=files["a.py"], left=b"def left():\n    return 1\n", right=files["a.py"]),
        "b.py": Versions(base=walk, left=walk, right=walk.replace(b"left()", b"left(1)")),
    }
    assert (
        find_symbol_conflicts(TwoSided(base=BaseTree(files, files.get), changed=changed), IndexCache()) == []
    )
