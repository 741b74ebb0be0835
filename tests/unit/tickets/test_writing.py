"""A tickets file that was written reads back as the same tickets."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from headway.nouns import Priority, Ticket
from headway.tickets.reading import read_document
from headway.tickets.writing import tickets_as_yaml

line = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=20
)
word = line.map(str.strip).filter(lambda text: text and text.isprintable())
texts = st.lists(
    st.sampled_from(["a", "", "  b: c", "- d", "#e", "\ttab", "'q\"", "trailing  "]), max_size=5
).map("\n".join)
surprising = st.sampled_from(
    ["010", "no", "1e3", "null", "~", "2024-01-01", "true", "<<", "- x", "a: b", "{", "&a", "*a"]
)


@st.composite
def tickets(draw: st.DrawFn) -> list[Ticket]:
    ids = draw(
        st.lists(
            st.sampled_from(["010", "no", "1e3", "null", "T-1", "x.y", "12", "2024-01-01"]),
            unique=True,
            min_size=1,
        )
    )
    return [
        Ticket(
            id=id_,
            title=draw(word | surprising),
            description=draw(texts).lstrip("\n").rstrip(),
            priority=draw(st.sampled_from(Priority)),
            depends_on=tuple(ids[: draw(st.integers(0, number))]),
            paths=tuple(draw(st.lists(st.sampled_from(["src/**", "no", "*.py", "[ab]"]), unique=True))),
            agent=draw(st.none() | word | surprising.filter(bool)),
            verify=draw(st.none() | st.just("make\nmake test")),
            timeout=draw(st.none() | st.sampled_from([0.25, 90.0, 5400.0])),
            labels=tuple(draw(st.lists(word, max_size=2, unique=True))),
            extra=draw(
                st.dictionaries(
                    word | surprising, st.none() | st.booleans() | st.integers(-9, 9) | word, max_size=3
                )
            ),
        )
        for number, id_ in enumerate(ids)
    ]


@given(tickets())
def test_written_tickets_read_back_as_they_were(written: list[Ticket]) -> None:
    read = read_document(tickets_as_yaml(written), "f", json=False).tickets
    assert [dataclasses.replace(ticket, source="") for ticket in read] == written


def test_a_text_of_several_lines_is_written_as_a_person_would() -> None:
    text = tickets_as_yaml([Ticket(id="A", title="a", description="one\n\ntwo")])
    assert text == "- id: A\n  title: a\n  description: |-\n    one\n\n    two\n"
