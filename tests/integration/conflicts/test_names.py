"""A conflict has one name."""

import subprocess
import sys

from headway.nouns import conflict_id


def test_a_conflict_is_named_the_same_in_another_process() -> None:
    here = conflict_id("edit content", ("caf\udce9",), (), ("T-1", "T-2"))
    script = (
        "from headway.nouns import conflict_id; "
        "print(conflict_id('edit content', ('caf\\udce9',), (), ('T-2', 'T-1')))"
    )
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_other_paths_kinds_symbols_and_sides_are_other_conflicts() -> None:
    names = {
        conflict_id("edit content", ("a",), (), ("x", "y")),
        conflict_id("edit binary", ("a",), (), ("x", "y")),
        conflict_id("edit content", ("b",), (), ("x", "y")),
        conflict_id("edit content", ("a",), ("f",), ("x", "y")),
        conflict_id("edit content", ("a",), (), ("x", "z")),
    }
    assert len(names) == 5
