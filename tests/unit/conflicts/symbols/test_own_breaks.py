"""Only what the two sides break together counts: not what was broken before, nor what one side breaks alone."""

from __future__ import annotations

from tests.unit.conflicts.symbols.sides import alarms, conflicts

BASE = {
    "a.py": "def first():\n    return 1\n\n\ndef second():\n    return first()\n\n\ndef third():\n    return 3\n",
    "b.py": "from a import first\n\nfirst()\n",
}


def test_a_use_that_the_breaker_left_behind_is_its_own_break() -> None:
    removed = {"a.py": "def second():\n    return first()\n\n\ndef third():\n    return 3\n"}
    edited = {"b.py": "from a import first\n\nfirst()\nprint(1)\n"}
    assert conflicts(BASE, removed, edited) == []


def test_a_name_that_was_missing_before_is_not_told() -> None:
    base = {"a.py": "def second():\n    return nowhere()\n"}
    left = {"a.py": "def second():\n    return nowhere()\n\n\ndef third():\n    return 3\n"}
    assert conflicts(base, left, {"b.py": "from a import nowhere\n\nnowhere()\n"}) == []


def test_what_one_side_breaks_alone_is_not_told() -> None:
    renamed = {"a.py": BASE["a.py"].replace("first", "begin")}
    assert conflicts(BASE, renamed, {"c.txt": "nothing to do with it\n"}) == []


def test_a_call_that_never_fitted_is_not_told() -> None:
    changed = {"a.py": BASE["a.py"].replace("def first()", "def first(given, more)")}
    assert conflicts(BASE, changed, {"c.py": "from a import first\n\nfirst(1, 2, 3)\n"}) == []


def test_a_use_that_is_still_there_while_its_definition_goes_counts() -> None:
    base = {
        "a.py": "def first():\n    return 1\n",
        "b.py": "from a import first\n\n\ndef run():\n    return first()\n",
    }
    left = {"a.py": None, "b.py": None}
    right = {"b.py": None, "c.py": base["b.py"]}
    assert [kind for kind, _ in alarms(base, left, right)] == ["import"]


def test_uses_that_both_sides_write_where_text_conflicts_are_left_to_that() -> None:
    base = {"a.py": "import os\n\n\ndef run():\n    return 1\n"}
    left = {"a.py": "def run():\n    return 2\n"}
    right = {"a.py": "import os\n\n\ndef run():\n    return os.sep\n"}
    assert conflicts(base, left, right) == []
