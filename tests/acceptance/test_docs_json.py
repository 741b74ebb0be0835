"""The JSON that the page on the command line shows is what the commands print, key by key."""

from pathlib import Path

import pytest

from tests.tools.documents import blocks
from tests.tools.examples import PAGE, collect, events, is_shown
from tests.tools.source import keys_of

NAMES = [mark.removeprefix("json: ") for b in blocks(PAGE) if (mark := b.mark).startswith("json: ")]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    return collect(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("name", NAMES)
def test_the_keys_that_are_shown_are_those_that_are_printed(
    name: str, printed: dict[str, list[object]]
) -> None:
    shown = next(block for block in blocks(PAGE) if block.mark == f"json: {name}")
    assert is_shown(shown.text, printed[name]), printed[name]


def test_every_example_has_its_place_in_the_page(printed: dict[str, list[object]]) -> None:
    assert sorted(printed) == sorted(NAMES)


def test_events_carry_the_data_that_the_page_on_them_names(tmp_path: Path) -> None:
    lines = events(tmp_path)
    assert {line["event"] for line in lines} >= {
        "run.started",
        "attempt.collected",
        "landing.landed",
        "run.ended",
    }
    form = {"event", "at", "run", "ticket", "attempt", "seq"}
    assert [
        (line["event"], sorted(line)) for line in lines if {*line} - form != {*keys_of(line["event"])} - form
    ] == []
