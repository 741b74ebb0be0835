from __future__ import annotations

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.config import MechanicalSettings
from headway.resolution.hunks import Hunk, compare, parse
from headway.resolution.mechanical import settle
from headway.resolution.mechanical.migrations import renumber
from headway.resolution.mechanical.regenerate import Regeneration, plan
from headway.resolution.mechanical.versions import order

SETTINGS = MechanicalSettings()


def settled(
    path: str, base: str, left: str, right: str, settings: MechanicalSettings = SETTINGS
) -> str | None:
    found = settle(path, base.encode(), left.encode(), right.encode(), settings)
    if found is None:
        return None
    assert not found.objections, [str(each) for each in found.objections]
    return found.content.decode()


def test_a_list_gets_what_both_added_the_earlier_side_first() -> None:
    assert settled("AUTHORS", "a\n", "a\nl\n", "a\nr\n") == "a\nl\nr\n"


def test_a_list_gets_what_both_added_once() -> None:
    assert settled(".gitignore", "a\n", "a\nboth\nl\n", "a\nr\nboth\n") == "a\nboth\nl\nr\n"


def test_a_list_without_a_line_break_at_its_end_gets_one() -> None:
    assert settled("AUTHORS", "a\n", "a\nl", "a\nr") == "a\nl\nr\n"


def test_a_line_taken_out_beside_one_put_in_is_no_conflict_in_a_list() -> None:
    assert settled("AUTHORS", "a\nb\n", "a\n", "a\nb\nr\n") == "a\nr\n"


def test_a_class_that_is_switched_off_settles_nothing() -> None:
    off = MechanicalSettings(lists=())
    assert settled("AUTHORS", "a\n", "a\nl\n", "a\nr\n", off) is None


def test_a_program_is_no_list() -> None:
    assert settled("a.py", "x = 1\n", "x = 1\ny = 2\n", "x = 1\nz = 3\n") is None


def test_entries_of_a_changelog_stand_under_their_heading() -> None:
    base = "Version 2\n---------\n\n- old\n\nVersion 1\n---------\n"
    left = base.replace("- old\n", "- old\n- left\n  goes on\n")
    right = base.replace("- old\n", "- old\n- right\n")
    assert settled("CHANGES.rst", base, left, right) == base.replace(
        "- old\n", "- old\n- left\n  goes on\n- right\n"
    )


def test_a_section_that_both_added_is_there_once() -> None:
    base = "# Changes\n\n## 1.0\n\n- old\n"
    left = "# Changes\n\n## Unreleased\n\n- left\n\n## 1.0\n\n- old\n"
    right = left.replace("left", "right")
    expected = "# Changes\n\n## Unreleased\n\n- left\n- right\n\n## 1.0\n\n- old\n"
    assert settled("CHANGELOG.md", base, left, right) == expected


def test_the_higher_version_stands_first() -> None:
    base = "Changes\n\nVersion 1.0\n-----------\n\n- old\n"
    left = base.replace("Version 1.0\n", "Version 1.0.1\n-------------\n\n- l\n\n\nVersion 1.0\n")
    right = base.replace("Version 1.0\n", "Version 1.1\n-----------\n\n- r\n\n\nVersion 1.0\n")
    merged = settled("CHANGES", base, left, right)
    assert merged is not None
    assert [line for line in merged.splitlines() if line.startswith("Version")] == [
        "Version 1.1",
        "Version 1.0.1",
        "Version 1.0",
    ]


def test_entries_beside_a_new_section_are_not_for_a_rule() -> None:
    base = "## 1.0\n\n"
    assert settled("CHANGELOG.md", base, base + "- entry\n", base + "## 0.9\n\n- r\n") is None


@pytest.mark.parametrize(
    ("left", "right", "higher"),
    [("2.2.0.dev0", "2.1.2", "2.2.0.dev0"), ("2.1.2.dev0", "2.1.2", "2.1.2"), ("1.10.0", "1.9.9", "1.10.0")],
)
def test_of_two_versions_the_higher_one_stays(left: str, right: str, higher: str) -> None:
    text = 'import x\n__version__ = "{}"\n'
    assert settled(
        "p/__init__.py", text.format("1.0.0"), text.format(left), text.format(right)
    ) == text.format(higher)
    assert settled(
        "p/__init__.py", text.format("1.0.0"), text.format(right), text.format(left)
    ) == text.format(higher)


def test_versions_are_in_order() -> None:
    ordered = ["1.0.dev0", "1.0a1", "1.0b1", "1.0rc1", "1.0", "1.0.1-dev", "1.0.1", "1.1", "1.10", "2"]
    assert sorted(ordered, key=order) == ordered
    assert order("1.0") == order("1.0.0")


def test_a_pin_that_both_sides_raised_differently_is_not_for_a_rule() -> None:
    assert settled("requirements.txt", "a==1\n", "a==2\n", "a==3\n") is None


def test_requirements_of_both_are_there_in_order() -> None:
    base = "a==1\nz==1\n"
    merged = settled("requirements/dev.txt", base, "a==1\nm==1\n    # via a\nz==1\n", "a==1\nb==2\nz==1\n")
    assert merged == "a==1\nb==2\nm==1\n    # via a\nz==1\n"


def test_the_same_new_package_in_two_ways_is_not_for_a_rule() -> None:
    assert settled("requirements.txt", "a==1\n", "a==1\nb==1\n", "a==1\nb==2\n") is None


def test_a_package_json_stays_one() -> None:
    base = '{\n  "dependencies": {\n    "a": "^1"\n  }\n}\n'
    left = base.replace('"a": "^1"', '"a": "^1",\n    "c": "^3"')
    right = base.replace('"a": "^1"', '"a": "^1",\n    "b": "^2"')
    merged = settled("package.json", base, left, right)
    assert merged is not None
    assert json.loads(merged) == {"dependencies": {"a": "^1", "b": "^2", "c": "^3"}}


def test_dependencies_of_a_project_are_put_together() -> None:
    base = 'dependencies = [\n  "a>=1",\n]\n'
    left, right = base.replace("]", '  "c>=1",\n]'), base.replace("]", '  "b>=1",\n]')
    assert (
        settled("pyproject.toml", base, left, right)
        == 'dependencies = [\n  "a>=1",\n  "b>=1",\n  "c>=1",\n]\n'
    )


def test_names_imported_from_one_module_stand_on_one_statement() -> None:
    tail = "\n\nx = 1\n"
    base = "import os\nfrom m import a\n" + tail
    left = "import os\nfrom m import a, c\n" + tail
    right = "import os\nimport re\nfrom m import a, b\n" + tail
    assert settled("a.py", base, left, right) == "import os\nimport re\nfrom m import a, b, c\n" + tail


def test_what_one_side_no_longer_imports_is_gone() -> None:
    base, left, right = "from m import a, b\n", "from m import a\n", "from m import a, b, c\n"
    assert settled("a.py", base, left, right) == "from m import a, c\n"


def test_imports_over_several_lines_stay_so() -> None:
    base = "from m import (\n    a,\n    c,\n)\n"
    left, right = (
        "from m import (\n    a,\n    b,\n    c,\n)\n",
        "from m import (\n    a,\n    bb,\n    c,\n)\n",
    )
    assert settled("a.py", base, left, right) is None  # the piece in conflict is no statement by itself


def test_imports_with_comments_are_not_for_a_rule() -> None:
    assert settled("a.py", "import a\n", "import a  # noqa\nimport b\n", "import a\nimport c\n") is None


def test_imports_of_javascript() -> None:
    base = "import { a } from 'm';\n"
    left, right = "import { a, c } from 'm';\n", "import { a, b } from 'm';\nimport x from 'x';\n"
    assert settled("a.ts", base, left, right) == "import { a, b, c } from 'm';\nimport x from 'x';\n"


def test_imports_of_go() -> None:
    base = 'import (\n\t"fmt"\n)\n'
    left, right = base.replace(")", '\t"os"\n)'), base.replace(")", '\t"log"\n)')
    assert settled("a.go", base, left, right) == 'import (\n\t"fmt"\n\t"log"\n\t"os"\n)\n'


def test_functions_that_both_put_at_the_end_are_both_there() -> None:
    base = "def a():\n    pass\n"
    left, right = base + "\n\ndef b():\n    return 1\n", base + "\n\ndef c():\n    return 2\n"
    merged = settled("a.py", base, left, right)
    assert merged == base + "\n\ndef b():\n    return 1\n\n\ndef c():\n    return 2\n"


def test_functions_of_one_name_are_not_for_a_rule() -> None:
    base = "def a():\n    pass\n"
    assert (
        settled("a.py", base, base + "\n\ndef b():\n    return 1\n", base + "\n\ndef b():\n    return 2\n")
        is None
    )


def test_one_hunk_that_no_rule_knows_leaves_the_file_to_others() -> None:
    base = "import a\n\nx = 1\n"
    assert settled("a.py", base, "import a\nimport b\n\nx = 2\n", "import a\nimport c\n\nx = 3\n") is None


def test_binary_files_are_not_for_a_rule() -> None:
    assert settle("AUTHORS", b"a\0\n", b"a\0\nl\n", b"a\0\nr\n", SETTINGS) is None


def test_a_number_taken_twice_goes_to_the_earlier_side() -> None:
    base = {"app/migrations/0004_old.py": b""}
    left = {**base, "app/migrations/0005_left.py": b'dependencies = [("app", "0004_old")]\n'}
    right = {
        **base,
        "app/migrations/0005_right.py": b'dependencies = [("app", "0004_old")]\n',
        "app/migrations/0006_more.py": b'dependencies = [("app", "0005_right")]\n',
    }
    found = renumber(base, left, right, SETTINGS.migrations)
    assert found is not None
    assert found.files == {
        "app/migrations/0005_right.py": None,
        "app/migrations/0006_right.py": b'dependencies = [("app", "0005_left")]\n',
        "app/migrations/0006_more.py": None,
        "app/migrations/0007_more.py": b'dependencies = [("app", "0006_right")]\n',
    }


def test_numbered_sql_files_with_their_ways_back() -> None:
    base = {"db/migrations/0001_a.up.sql": b"1"}
    left = {**base, "db/migrations/0002_l.up.sql": b"l", "db/migrations/0002_l.down.sql": b"-l"}
    right = {**base, "db/migrations/0002_r.up.sql": b"r", "db/migrations/0002_r.down.sql": b"-r"}
    found = renumber(base, left, right, SETTINGS.migrations)
    assert found is not None
    assert {path for path, text in found.files.items() if text is not None} == {
        "db/migrations/0003_r.up.sql",
        "db/migrations/0003_r.down.sql",
    }


def test_the_later_revision_of_alembic_goes_behind_the_earlier_one() -> None:
    text = 'Revises: {1}\n"""\nrevision = "{0}"\ndown_revision: str | None = "{1}"\n'
    folder = "alembic/versions/"
    base = {folder + "a.py": text.format("a1", "00").encode()}
    names = {"b": ("b2", "a1"), "c": ("c3", "b2"), "d": ("d4", "a1"), "e": ("e5", "d4")}
    made = {name: {f"{folder}{name}.py": text.format(*each).encode()} for name, each in names.items()}
    left = {**base, **made["b"], **made["c"]}
    right = {**base, **made["d"], **made["e"]}
    found = renumber(base, left, right, SETTINGS.migrations)
    assert found is not None
    assert found.files == {folder + "d.py": text.format("d4", "c3").encode()}


def test_migrations_that_do_not_clash_stay() -> None:
    base = {"app/migrations/0001_a.py": b""}
    left = {**base, "app/migrations/0002_b.py": b""}
    assert renumber(base, left, base, SETTINGS.migrations) is None
    assert renumber(base, left, {**base, "app/migrations/0003_c.py": b""}, SETTINGS.migrations) is None


def test_each_command_makes_its_files_once() -> None:
    commands = {"uv.lock": "uv lock", "*.pb.go": "make proto"}
    assert plan(["b/x.pb.go", "a/x.pb.go", "uv.lock", "a.py"], commands) == (
        Regeneration("make proto", ("a/x.pb.go", "b/x.pb.go")),
        Regeneration("uv lock", ("uv.lock",)),
    )


def test_a_headline_within_a_hunk_does_not_end_it() -> None:
    left, right = b"a\nTitle L\n=======\nb\n", b"a\nTitle R\n=======\nb\n"
    base = b"a\nb\n"
    written = b"a\n<<<<<<< l\nTitle L\n=======\n||||||| base\n=======\nTitle R\n=======\n>>>>>>> r\nb\n"
    text = parse(written, base, left, right)
    assert text is not None
    (hunk,) = text.hunks
    assert (hunk.base, hunk.left, hunk.right) == (
        (),
        (b"Title L\n", b"=======\n"),
        (b"Title R\n", b"=======\n"),
    )


TEXTS = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n"]), max_size=8).map(b"".join)


@given(TEXTS, TEXTS, TEXTS)
def test_where_only_one_side_did_something_nothing_is_open(base: bytes, left: bytes, right: bytes) -> None:
    for ours, theirs, merged in ((left, base, left), (base, right, right), (left, left, left)):
        text = compare(base, ours, theirs)
        assert not text.hunks
        assert b"".join(line for part in text.parts if not isinstance(part, Hunk) for line in part) == merged


NAMES = st.lists(st.sampled_from(["os", "re", "json", "abc", "sys", "io"]), unique=True, max_size=5)


@given(NAMES, NAMES, NAMES)
def test_merged_imports_are_what_both_want(base: list[str], left: list[str], right: list[str]) -> None:
    texts = ["".join(f"import {name}\n" for name in names) + "\nx = 1\n" for names in (base, left, right)]
    found = settle("a.py", *(text.encode() for text in texts), SETTINGS)
    if found is None or found.objections:
        return
    nodes = [node for node in ast.parse(found.content).body if isinstance(node, ast.Import)]
    names = [alias.name for node in nodes for alias in node.names]
    assert set(names) >= (set(left) | set(right)) - set(base)
    assert set(names) >= set(left) & set(right)
