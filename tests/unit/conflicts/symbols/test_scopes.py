"""The same name in one scope, and inheritance across the sides (Python)."""

from __future__ import annotations

import pytest

from tests.unit.conflicts.symbols.sides import alarms, conflicts

LINES = "".join(f"\n\ndef keep_{n}():\n    return {n}\n" for n in range(4))
BASE = {"a.py": f"import abc\n{LINES}"}


def both(one: str, other: str) -> list[tuple[str, str]]:
    """What is told when one side adds at the beginning and the other at the end of a module."""
    head, tail = f"import abc\n\n\n{one}\n{LINES}", f"import abc\n{LINES}\n\n{other}\n"
    return alarms(BASE, {"a.py": head}, {"a.py": tail})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def wanted():\n    return 1", "def wanted(x):\n    return x"),
        ("class wanted:\n    pass", "class wanted(Exception):\n    pass"),
        ("WANTED = 1", "WANTED = 2"),
        ("from this import wanted", "from that import wanted"),
        ("from this import wanted", "def wanted():\n    return 1"),
        ("def test_wanted():\n    assert 1", "def test_wanted():\n    assert 2"),
    ],
)
def test_both_sides_add_one_name(one: str, other: str) -> None:
    assert [kind for kind, _ in both(one, other)] == ["duplicate"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def wanted():\n    return 1", "class Own:\n    def wanted(self):\n        return 1"),
        (
            "def wanted():\n    return 1",
            "def outer():\n    def wanted():\n        return 1\n    return wanted",
        ),
        ("from this import wanted", "from this import wanted"),
        ("try:\n    import wanted\nexcept ImportError:\n    wanted = None", "def other():\n    return 1"),
        ("def wanted():\n    return 1", "def wanted():\n    return 1"),
    ],
    ids=["of a class", "of a function", "the same import", "one side alone", "the same text"],
)
def test_names_that_do_not_meet(one: str, other: str) -> None:
    assert both(one, other) == []


def test_both_sides_add_one_method() -> None:
    base = {
        "a.py": "class A:\n    def one(self):\n        return 1\n\n    def two(self):\n        return 2\n"
    }
    left = {"a.py": base["a.py"].replace("class A:\n", "class A:\n    def late(self):\n        return 1\n\n")}
    right = {"a.py": base["a.py"] + "\n    def late(self, x):\n        return x\n"}
    assert alarms(base, left, right) == [("duplicate", "A.late")]


def test_a_property_and_its_setter_belong_together() -> None:
    base = {
        "a.py": "class A:\n    def one(self):\n        return 1\n\n    def two(self):\n        return 2\n"
    }
    left = {
        "a.py": base["a.py"].replace(
            "class A:\n", "class A:\n    @property\n    def late(self):\n        return 1\n\n"
        )
    }
    right = {"a.py": base["a.py"] + "\n    @late.setter\n    def late(self, x):\n        pass\n"}
    assert alarms(base, left, right) == []


SHAPES = {
    "shapes.py": """\
        import abc


        class Shape(abc.ABC):
            @abc.abstractmethod
            def area(self):
                ...

            def describe(self, digits):
                text = str(self.area())
                return text[:digits]


        class Square(Shape):
            def area(self):
                return 1
        """
}


def changed(*edits: tuple[str, str]) -> dict[str, str | None]:
    """The shapes with texts replaced."""
    from textwrap import dedent

    text = dedent(SHAPES["shapes.py"])
    for old, new in edits:
        text = text.replace(old, new)
    return {"shapes.py": text}


def late(body: str, bases: str = "Shape") -> dict[str, str | None]:
    """A new class of the other side."""
    return {"late.py": f"import abc\nfrom shapes import Shape, Square\n\n\nclass Late({bases}):\n{body}"}


AREA = "    def area(self):\n        return 2\n"
DESCRIBE = "    def describe(self, digits):\n        return 'late'\n"
SUPER = "    def describe(self, digits):\n        return super().describe(digits)\n"


def test_an_override_that_overrides_nothing_any_more() -> None:
    assert alarms(SHAPES, changed(("describe", "explain")), late(AREA + DESCRIBE)) == [
        ("override", "Shape.describe")
    ]


def test_a_super_call_that_finds_nothing_any_more() -> None:
    assert alarms(SHAPES, changed(("describe", "explain")), late(AREA + SUPER)) == [
        ("override", "Shape.describe")
    ]


def test_an_override_that_does_not_take_what_the_base_takes_now() -> None:
    wider = changed(("(self, digits)", "(self, digits, unit)"))
    assert alarms(SHAPES, wider, late(AREA + DESCRIBE)) == [("signature", "Shape.describe")]


def test_an_override_that_still_fits() -> None:
    wider = changed(("(self, digits)", "(self, digits, unit)"))
    assert alarms(SHAPES, wider, late(AREA + DESCRIBE.replace("digits)", "*given)"))) == []


NEEDS_MORE = changed(
    ("    def describe", "    @abc.abstractmethod\n    def outline(self):\n        ...\n\n    def describe"),
    ("        return 1\n", "        return 1\n\n    def outline(self):\n        return 4\n"),
)


def test_a_new_class_that_lacks_what_became_abstract() -> None:
    assert alarms(SHAPES, NEEDS_MORE, late(AREA)) == [("abstract", "Shape.outline")]


@pytest.mark.parametrize(
    ("body", "bases"),
    [
        (AREA + "\n    def outline(self):\n        return 6\n", "Shape"),
        ("    def other(self):\n        return 1\n", "Shape"),
        (AREA, "Square"),
        (AREA, "Shape, abc.ABC"),
    ],
    ids=["has it", "is not finished", "inherits it", "is abstract itself"],
)
def test_a_new_class_that_does_not_lack_it(body: str, bases: str) -> None:
    assert alarms(SHAPES, NEEDS_MORE, late(body, bases)) == []


def test_a_method_that_others_shall_write_is_wanted_when_the_others_have_it() -> None:
    base = {"a.py": "class Base:\n    def one(self):\n        return 1\n\n\nclass First(Base):\n    pass\n"}
    stub = "    def late(self):\n        raise NotImplementedError\n"
    alone = {"a.py": base["a.py"].replace("class Base:\n", f"class Base:\n{stub}\n")}
    with_others = {
        "a.py": (alone["a.py"] or "").replace("    pass\n", "    def late(self):\n        return 1\n")
    }
    other = {"b.py": "from a import Base\n\n\nclass Second(Base):\n    pass\n"}
    assert alarms(base, with_others, other) == [("abstract", "Base.late")]
    assert [c.score for c in conflicts(base, alone, other)] == [0.6]
