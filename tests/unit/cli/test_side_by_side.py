"""Two sides' changes next to each other, laid out line by line of what both began from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headway.cli.side_by_side import Cell, Change, Gap, Row, one_by_one, side_by_side

lines = st.lists(st.sampled_from("abcd"), max_size=12)


@st.composite
def changed(draw: st.DrawFn) -> tuple[list[str], list[Change], list[Change]]:
    """A base, and two sides' changes of it."""
    base = draw(lines)

    def changes() -> list[Change]:
        cuts = sorted(draw(st.sets(st.integers(0, len(base)), max_size=6)))
        return [
            Change(start, end, tuple(draw(lines))) for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        ]

    return base, changes(), changes()


def applied(base: list[str], changes: list[Change]) -> list[str]:
    """What a side made of the base."""
    made, at = [], 0
    for change in changes:
        made += [*base[at : change.start], *change.lines]
        at = change.end
    return made + base[at:]


def told(rows: list[Row | Gap]) -> list[str]:
    """Rows as one would see them."""

    def cell(each: Cell | None) -> str:
        return f"{each.mark}{each.text}" if each else ""

    return [f"@{r.line}" if isinstance(r, Gap) else f"{cell(r.left)}|{cell(r.right)}" for r in rows]


@given(changed())
def test_each_column_holds_what_its_side_began_from_and_what_it_made_of_it(
    drawn: tuple[list[str], list[Change], list[Change]],
) -> None:
    base, *both = drawn
    rows = side_by_side(base, *both, context=len(base) + 100)
    if not any(isinstance(row, Row) and row.is_changed for row in rows):
        return
    for side, changes in zip(("left", "right"), both, strict=True):
        cells = [getattr(row, side) for row in rows if isinstance(row, Row)]
        assert [c.text for c in cells if c and c.mark != "+"] == base
        assert [c.text for c in cells if c and c.mark != "-"] == applied(base, changes)


@given(changed(), st.integers(0, 3))
def test_every_change_is_shown_whatever_is_left_out(
    drawn: tuple[list[str], list[Change], list[Change]], context: int
) -> None:
    base, left, right = drawn
    near = side_by_side(base, left, right, context=context)
    whole = side_by_side(base, left, right, context=1000)
    assert [r for r in near if isinstance(r, Row) and r.is_changed] == [
        r for r in whole if isinstance(r, Row) and r.is_changed
    ]


def test_what_both_sides_do_at_one_place_stands_side_by_side() -> None:
    base = ["a", "b", "c"]
    rows = side_by_side(base, [Change(1, 2, ("x", "y"))], [Change(1, 2, ("z",))])
    assert told(rows) == [" a| a", "-b|-b", "+x|+z", "+y|", " c| c"]


def test_a_side_that_leaves_a_place_alone_shows_it_as_it_was() -> None:
    assert told(side_by_side(["a", "b"], [Change(0, 1)], [Change(2, 2, ("n",))])) == [
        "-a| a",
        " b| b",
        "|+n",
    ]


def test_lines_far_from_any_change_are_left_out_and_the_next_ones_place_is_told() -> None:
    base = [str(n) for n in range(20)]
    rows = side_by_side(base, [Change(0, 1, ("x",))], [Change(15, 16)], context=1)
    assert told(rows) == ["-0| 0", "+x|", " 1| 1", "@15", " 14| 14", " 15|-15", " 16| 16"]


def test_two_bases_stand_one_below_the_other_in_each_column() -> None:
    left = side_by_side(["a"], [Change(1, 1, ("x",))], ())
    right = side_by_side(["q", "r"], (), [Change(0, 1)])
    assert told(one_by_one(left, right)) == [" a|-q", "+x| r"]


def test_where_nobody_changes_anything_nothing_is_shown() -> None:
    assert side_by_side(["a"], (), ()) == []
