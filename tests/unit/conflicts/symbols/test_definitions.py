"""What one side renames, removes, moves or changes, and the other begins to use (Python)."""

from __future__ import annotations

import pytest

from headway.conflicts.symbols import Severity, Side
from tests.unit.conflicts.symbols.sides import alarms, conflicts

SHOP = {
    "shop/__init__.py": "",
    "shop/store.py": """\
        import os

        LIMIT = 10


        def open_store(path, mode="r"):
            found = os.path.join(path, mode)
            return found


        class Store:
            def __init__(self, path):
                self.path = path

            def total_price(self, account):
                return len(account) + LIMIT

            @property
            def size(self):
                return 1


        def make_store(path) -> Store:
            return Store(path)
        """,
    "shop/use.py": """\
        from shop.store import open_store

        print(open_store("a"))
        """,
}
USE_FUNCTION = {
    "shop/late.py": "from shop.store import open_store\n\n\ndef late():\n    return open_store('b')\n"
}


def edited(path: str, *changes: tuple[str, str]) -> dict[str, str | None]:
    """A file of the shop with texts replaced."""
    from textwrap import dedent

    text = dedent(SHOP[path])
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {path: text}


RENAMED = {
    **edited("shop/store.py", ("open_store", "open_place")),
    **edited("shop/use.py", ("open_store", "open_place")),
}


def test_a_renamed_function_that_the_other_side_begins_to_call() -> None:
    assert alarms(SHOP, RENAMED, USE_FUNCTION) == [("renamed", "open_store")]


def test_a_conflict_tells_both_places_the_breaker_and_how_bad_it_is() -> None:
    (conflict,) = conflicts(SHOP, RENAMED, USE_FUNCTION)
    assert (conflict.path, conflict.line) == ("shop/store.py", 6)
    assert (conflict.other_path, conflict.other_line) == ("shop/late.py", 1)
    assert conflict.breaker is Side.LEFT
    assert conflict.severity is Severity.HIGH
    assert conflict.detail == "Left renames open_store to open_place; right begins to use 'open_store'."


def test_a_renamed_function_used_through_its_module() -> None:
    late = {"shop/late.py": "import shop.store as place\n\nprint(place.open_store(1))\n"}
    assert alarms(SHOP, RENAMED, late) == [("renamed", "open_store")]


def test_a_renamed_function_patched_by_its_dotted_name() -> None:
    late = {
        "tests/test_late.py": "from unittest import mock\n\n\ndef test_x():\n    mock.patch('shop.store.open_store')\n"
    }
    assert alarms(SHOP, RENAMED, late) == [("renamed", "open_store")]


def test_a_name_that_stays_as_an_alias_breaks_nothing() -> None:
    kept = {**RENAMED, "shop/store.py": f"{RENAMED['shop/store.py']}\n\nopen_store = open_place\n"}
    assert alarms(SHOP, kept, USE_FUNCTION) == []


def test_a_function_that_both_sides_know_of_breaks_nothing() -> None:
    assert (
        alarms(SHOP, RENAMED, {"shop/late.py": "from shop.store import make_store\n\nmake_store(1)\n"}) == []
    )


@pytest.mark.parametrize(
    "use",
    [
        "from shop.store import Store\n\nprint(Store('a').total_price([]))\n",
        "from shop.store import Store\n\n\ndef late(store: Store):\n    return store.total_price([])\n",
        "from shop.store import make_store\n\nstore = make_store('a')\nprint(store.total_price([]))\n",
        "def late(store):\n    return store.total_price([])\n",
        "from shop.store import Store\n\n\nclass Late:\n    def __init__(self):\n        self.store = Store(1)\n\n"
        "    def run(self):\n        return self.store.total_price([])\n",
    ],
    ids=["made", "annotated", "by a function", "of anything", "of an attribute"],
)
def test_a_renamed_method_on_an_object_that_is(use: str) -> None:
    renamed = edited("shop/store.py", ("total_price", "sum_price"))
    assert alarms(SHOP, renamed, {"shop/late.py": use}) == [("renamed", "Store.total_price")]


def test_a_method_of_a_common_name_on_anything_says_nothing() -> None:
    base = {"a.py": "class Box:\n    def get(self):\n        return 1\n"}
    renamed = {"a.py": "class Box:\n    def fetch(self):\n        return 1\n"}
    assert alarms(base, renamed, {"b.py": "def late(box):\n    return box.get()\n"}) == []


def test_a_method_that_another_class_has_too_says_nothing() -> None:
    base = {**SHOP, "shop/other.py": "class Other:\n    def total_price(self):\n        return 1\n"}
    renamed = edited("shop/store.py", ("total_price", "sum_price"))
    assert alarms(base, renamed, {"shop/late.py": "def late(x):\n    return x.total_price()\n"}) == []


def test_a_removed_constant_that_the_other_side_imports() -> None:
    removed = edited("shop/store.py", ("LIMIT = 10\n", ""), (" + LIMIT", ""))
    assert alarms(SHOP, removed, {"shop/late.py": "from shop.store import LIMIT\n"}) == [("removed", "LIMIT")]


def test_a_removed_name_that_the_importer_can_do_without_is_only_a_suspicion() -> None:
    removed = edited("shop/store.py", ("LIMIT = 10\n", ""), (" + LIMIT", ""))
    late = {"shop/late.py": "try:\n    from shop.store import LIMIT\nexcept ImportError:\n    pass\n"}
    assert [c.score for c in conflicts(SHOP, removed, late)] == [0.6]


def test_a_function_moved_to_another_file() -> None:
    moved = {
        "shop/store.py": SHOP["shop/store.py"].replace("def open_store", "def gone").replace("found", "lost"),
        "shop/place.py": "import os\n\n\ndef open_store(path, mode='r'):\n    found = os.path.join(path, mode)\n    return found\n",
        "shop/use.py": "from shop.place import open_store\n\nprint(open_store('a'))\n",
    }
    assert alarms(SHOP, moved, USE_FUNCTION) == [("moved", "open_store")]


def test_a_function_moved_and_imported_where_it_was_breaks_nothing() -> None:
    moved = {
        "shop/store.py": "from shop.place import open_store\n",
        "shop/place.py": SHOP["shop/store.py"],
    }
    assert alarms(SHOP, moved, USE_FUNCTION) == []


def test_a_module_moved_that_the_other_side_begins_to_import() -> None:
    moved = {
        "shop/store.py": None,
        "shop/place.py": SHOP["shop/store.py"],
        **edited("shop/use.py", (".store", ".place")),
    }
    assert alarms(SHOP, moved, {"shop/late.py": "from shop import store\n"}) == [("moved", "store")]
    assert alarms(SHOP, moved, {"shop/late.py": "import shop.store\n"}) == [("moved", "shop.store")]


def test_a_module_removed_that_the_other_side_begins_to_import() -> None:
    removed = {"shop/use.py": None}
    assert alarms(SHOP, removed, {"shop/late.py": "from .use import anything\n"}) == []
    late = {"shop/late.py": "from .use import open_store\n"}
    assert [kind for kind, _ in alarms(SHOP, removed, late)] == ["import"]


def test_an_import_removed_from_where_the_other_side_begins_to_import() -> None:
    base = {**SHOP, "shop/__init__.py": "from shop.store import open_store\n"}
    removed = {"shop/__init__.py": ""}
    late = {"late.py": "from shop import open_store\n\nopen_store(1)\n"}
    assert alarms(base, removed, late) == [("import", "open_store")]


def test_a_new_module_that_an_old_one_hides_where_text_conflicts_is_not_told() -> None:
    base = {"shop/__init__.py": "a = 1\n", "use.py": "import shop\n"}
    left = {"shop/__init__.py": "a = 2\n"}
    right = {
        "shop/__init__.py": None,
        "src/shop/__init__.py": "a = 1\n",
        "src/shop/inner/__init__.py": "def run():\n    return 1\n",
        "use.py": "import shop.inner\n\nshop.inner.run()\n",
    }
    assert alarms(base, left, right) == []


def test_an_import_removed_that_the_other_side_begins_to_need() -> None:
    removed = edited("shop/store.py", ("import os\n", ""), ("os.path.join(path, mode)", "path + mode"))
    late = edited(
        "shop/store.py", ("    return Store(path)\n", "    print(os.sep)\n    return Store(path)\n")
    )
    assert alarms(SHOP, removed, late) == [("import", "os")]


def test_a_local_name_renamed_that_the_other_side_begins_to_use() -> None:
    base = {"a.py": "def run(first):\n    a = 1\n    b = 2\n    c = 3\n    return a\n"}
    left = {"a.py": "def run(begin):\n    a = 1\n    b = 2\n    c = 3\n    return a\n"}
    right = {"a.py": "def run(first):\n    a = 1\n    b = 2\n    c = 3\n    return a + first\n"}
    assert [kind for kind, _ in alarms(base, left, right)] == ["renamed"]


@pytest.mark.parametrize(
    ("new", "call"),
    [
        ("def open_store(path, user, mode='r'):", "open_store(1)"),
        ("def open_store(path):", "open_store(1, 'w')"),
        ("def open_store(path, *, mode='r'):", "open_store(1, 'w')"),
        ("def open_store(path, flags='r'):", "open_store(1, mode='w')"),
        ("def open_store(mode, path='r'):", "open_store(1, 'w')"),
        ("async def open_store(path, mode='r'):", "open_store(1).strip()"),
    ],
    ids=["needs more", "takes less", "by name only", "another name", "another order", "async"],
)
def test_a_signature_that_a_new_call_does_not_fit(new: str, call: str) -> None:
    changed = edited("shop/store.py", ('def open_store(path, mode="r"):', new))
    late = {"shop/late.py": f"from shop.store import open_store\n\nfound = {call}\n"}
    assert alarms(SHOP, changed, late) == [("signature", "open_store")]


@pytest.mark.parametrize(
    ("new", "call"),
    [
        ("def open_store(path, mode='r', user=None):", "open_store(1)"),
        ("def open_store(place, mode='r'):", "open_store(1)"),
        ("def open_store(*args, **kwargs):", "open_store(1, mode='w')"),
        ("def open_store(path, mode='r', *, user):", "open_store(**{})"),
        ("async def open_store(path, mode='r'):", "len([open_store])"),
    ],
    ids=["may be left out", "by position", "anything", "given as it comes", "not called"],
)
def test_a_signature_that_a_new_call_fits(new: str, call: str) -> None:
    changed = edited("shop/store.py", ('def open_store(path, mode="r"):', new))
    late = {"shop/late.py": f"from shop.store import open_store\n\nfound = {call}\n"}
    assert alarms(SHOP, changed, late) == []


def test_a_class_that_is_made_with_more() -> None:
    changed = edited("shop/store.py", ("def __init__(self, path):", "def __init__(self, path, user):"))
    late = {"shop/late.py": "from shop.store import Store\n\n\nclass More(Store):\n    pass\n\n\nMore('a')\n"}
    assert alarms(SHOP, changed, late) == [("signature", "More")]


def test_a_dataclass_that_gets_a_field_which_has_to_be_given() -> None:
    base = {
        "a.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass Point:\n    x: int\n    y: int = 0\n"
    }
    more = {
        "a.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass Point:\n    x: int\n    z: int\n    y: int = 0\n"
    }
    assert alarms(base, more, {"b.py": "from a import Point\n\nPoint(1)\n"}) == [("signature", "Point")]


def test_a_method_that_becomes_a_property_is_not_called_any_more() -> None:
    changed = edited(
        "shop/store.py",
        (
            "    def total_price(self, account):\n        return len(account)",
            "    @property\n    def total_price(self):\n        return 1",
        ),
    )
    late = {"shop/late.py": "from shop.store import Store\n\nStore('a').total_price([])\n"}
    assert alarms(SHOP, changed, late) == [("signature", "Store.total_price")]


def test_a_fixture_renamed_that_a_new_test_asks_for() -> None:
    base = {
        "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef shop_client():\n    a = 1\n    return a\n"
    }
    renamed = {"tests/conftest.py": base["tests/conftest.py"].replace("shop_client", "client_of_shop")}
    late = {"tests/unit/test_late.py": "def test_late(shop_client, tmp_path):\n    assert shop_client\n"}
    assert alarms(base, renamed, late) == [("renamed", "shop_client")]
