import datetime
import json
import math

from hypothesis import given

from headway.store.codec import decode_json, decode_text, encode_json, encode_text
from tests.unit.store.strategies import hostile, values


@given(hostile)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert decode_text(encode_text(text)) == text


@given(hostile)
def test_what_is_stored_is_utf8_without_nul(text: str) -> None:
    assert "\0" not in encode_text(text).encode("utf-8").decode("utf-8")


def test_ordinary_text_is_stored_as_it_is() -> None:
    text = 'Zeile 1\n\t"é" \\u0000 🚂'
    assert encode_text(text) == text


@given(values)
def test_any_json_comes_back_as_it_was(value: object) -> None:
    assert decode_json(encode_json(value)) == value


def test_what_json_does_not_know_is_kept_as_its_text() -> None:
    kept = decode_json(encode_json({"due": datetime.date(2025, 1, 2), "cost": math.nan, ("a", 1): {1}}))
    assert kept == {"due": "2025-01-02", "cost": "nan", "('a', 1)": [1]}


def test_a_value_within_itself_has_an_end() -> None:
    value: list[object] = []
    value.append(value)
    assert isinstance(decode_json(encode_json(value)), list)


def test_an_integer_too_long_for_decimal_is_kept_in_hexadecimal() -> None:
    assert decode_json(encode_json([16**5000])) == ["0x1" + "0" * 5000]


@given(values)
def test_stored_json_is_what_every_other_reader_takes_too(value: object) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(encode_json({"value": value, "nan": math.nan, "inf": math.inf}), parse_constant=refuse)
