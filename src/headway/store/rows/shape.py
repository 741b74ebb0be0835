"""What a noun's row is, and the statements that move it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from headway.store.codec import decode_json, decode_text, encode_text

Row = tuple[Any, ...]
Noun = TypeVar("Noun")


def quoted(columns: Iterable[str], prefix: str = "") -> str:
    """A list of column names, as SQL has it."""
    return ", ".join(f'{prefix}"{column}"' for column in columns)


@dataclass(frozen=True, kw_only=True)
class Shape(Generic[Noun]):
    """How one noun lies in its table."""

    table: str
    #: Columns that make a row unique.
    key: tuple[str, ...]
    #: All columns, in the order of ``to_row`` and ``from_row``.
    columns: tuple[str, ...]
    to_row: Callable[[Noun], Row]
    from_row: Callable[[Row], Noun]

    @cached_property
    def select(self) -> str:
        """``SELECT`` all columns, without conditions."""
        return f'SELECT {quoted(self.columns)} FROM "{self.table}"'

    @cached_property
    def insert(self) -> str:
        """``INSERT`` of a whole row."""
        places = ", ".join("?" for _ in self.columns)
        return f'INSERT INTO "{self.table}" ({quoted(self.columns)}) VALUES ({places})'

    @cached_property
    def append(self) -> str:
        """``INSERT`` of a row without its first column, a number that the database gives and returns."""
        columns = self.columns[1:]
        places = ", ".join("?" for _ in columns)
        return (
            f'INSERT INTO "{self.table}" ({quoted(columns)}) VALUES ({places}) RETURNING "{self.columns[0]}"'
        )

    @cached_property
    def upsert(self) -> str:
        """``INSERT`` of a whole row, which takes the place of the one with the same key."""
        changes = ", ".join(f'"{c}" = excluded."{c}"' for c in self.columns if c not in self.key)
        return f"{self.insert} ON CONFLICT ({quoted(self.key)}) DO UPDATE SET {changes}"


def text_or_none(text: str | None) -> str | None:
    """A text for a column that may be NULL."""
    return None if text is None else encode_text(text)


def maybe(text: str | None) -> str | None:
    """The text of a column that may be NULL."""
    return None if text is None else decode_text(text)


def mapping(text: str) -> Mapping[str, Any]:
    """The mapping that a column has as JSON."""
    value: dict[str, Any] = {} if text == "{}" else decode_json(text)
    return value


def texts(text: str) -> tuple[str, ...]:
    """The texts that a column has as JSON."""
    return () if text == "[]" else tuple(decode_json(text))
