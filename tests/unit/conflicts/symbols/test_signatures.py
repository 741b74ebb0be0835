"""Whether a call fits: held against what Python itself says."""

from __future__ import annotations

import inspect

from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.symbols.cache import read_index
from headway.conflicts.symbols.index import Shape
from headway.conflicts.symbols.signatures import narrower, objection, swapped, without_first

NAMES = ("a", "b", "c")
parameters = st.sampled_from(
    [
        *(
            "",
            "a",
            "a, b",
            "a, b=1",
            "a=1, b=2",
            "*a",
            "**a",
            "a, *b",
            "a, *, b",
            "a, *, b=1",
            "a, /",
            "a, /, b",
        ),
        *(
            "a, b, c",
            "a, b, c=1",
            "a, b=1, *, c",
            "*, a, b=2",
            "a, *b, c, **d",
            "a, b=1, **c",
            "a, /, *, b",
            "*a, **b",
        ),
    ]
)
shapes = st.builds(
    Shape,
    positional=st.integers(0, 4),
    keywords=st.lists(st.sampled_from([*NAMES, "d"]), unique=True, max_size=3).map(tuple),
)


def signature_of(text: str):
    index = read_index("python", f"def f({text}): pass\n".encode())
    assert index is not None
    return index.scopes[0].bindings["f"][0].signature


@given(parameters, shapes)
def test_a_call_fits_exactly_where_python_takes_it(text: str, shape: Shape) -> None:
    scope: dict[str, object] = {}
    exec(f"def f({text}): pass", scope)
    try:
        inspect.signature(scope["f"]).bind(*[0] * shape.positional, **dict.fromkeys(shape.keywords, 0))  # type: ignore[arg-type]
        fits = True
    except TypeError:
        fits = False
    assert (objection(shape, signature_of(text)) is None) == fits


@given(parameters, shapes)
def test_a_call_that_gives_whatever_comes_never_lacks_anything(text: str, shape: Shape) -> None:
    given_all = Shape(positional=0, keywords=(), star=True, double_star=True)
    assert objection(given_all, signature_of(text)) is None


@given(parameters, parameters, shapes)
def test_an_override_that_is_not_narrower_takes_every_call_of_its_base(
    one: str, other: str, shape: Shape
) -> None:
    override, base = signature_of(one), signature_of(other)
    by_position = Shape(positional=shape.positional)
    if not base.star and narrower(override, base) is None and objection(by_position, base) is None:
        assert objection(by_position, override) is None


def test_arguments_that_fill_another_parameter_are_named() -> None:
    before, after = signature_of("path, mode, user"), signature_of("mode, path, user")
    assert swapped(Shape(positional=1), before, after) == "path"
    assert swapped(Shape(positional=0, keywords=("path",)), before, after) is None
    assert swapped(Shape(positional=2), before, signature_of("place, mode, user")) is None


def test_a_method_is_called_without_its_instance() -> None:
    assert without_first(signature_of("self, a")) == signature_of("a")
