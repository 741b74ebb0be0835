"""What launchers wrote, as types: a file that is cut short or that others wrote is never taken for more than it is."""

import json

import pytest

from headway.agents import records
from headway.agents.claims import NOBODY, read_claim, read_exit, read_started
from headway.nouns import Exit, ProcessId

CLAIM = {"boot_id": "b", "pid": 7, "start_time": 9, "mark": 2**62 - 1}
STARTED = {"boot_id": "b", "pid": 8, "start_time": 10, "started_at": 1.5}
EXIT = {
    "status": 3,
    "how": "exited",
    "seconds": 1.5,
    "cpu_seconds": 0.5,
    "peak_memory": 4096,
    "swept": 2,
    "message": "m",
    "ended_at": 2.5,
}

#: What stands in a file that no launcher wrote.
NOT_OURS = ["", "null", "7", '"text"', "[]", "{}", "[[[", "\xff", "1e999", '{"pid": 1e999}']


def put(directory, name, value):
    (directory / name).write_text(json.dumps(value))


def test_a_claim_is_read(tmp_path):
    put(tmp_path, records.CLAIM, CLAIM)
    claim = read_claim(tmp_path)
    assert claim is not None
    assert (claim.launcher, claim.mark) == (ProcessId(boot_id="b", pid=7, start_time=9), 2**62 - 1)


def test_a_claim_without_a_mark_is_read(tmp_path):
    put(tmp_path, records.CLAIM, CLAIM | {"mark": None})
    claim = read_claim(tmp_path)
    assert claim is not None
    assert claim.mark is None


@pytest.mark.parametrize(
    "text", [*NOT_OURS, json.dumps(CLAIM | {"pid": float("inf")}), json.dumps(CLAIM)[:40]]
)
def test_a_claim_that_cannot_be_understood_is_nobodys(tmp_path, text):
    (tmp_path / records.CLAIM).write_text(text, encoding="latin-1")
    claim = read_claim(tmp_path)
    assert claim is not None
    assert claim.launcher == NOBODY


def test_the_agents_process_is_read(tmp_path):
    put(tmp_path, records.STARTED, STARTED)
    started = read_started(tmp_path)
    assert started is not None
    assert (started.agent, started.started_at) == (ProcessId(boot_id="b", pid=8, start_time=10), 1.5)


@pytest.mark.parametrize("text", [*NOT_OURS, json.dumps(STARTED | {"started_at": float("nan")})])
def test_an_agents_process_that_cannot_be_understood_is_none(tmp_path, text):
    (tmp_path / records.STARTED).write_text(text, encoding="latin-1")
    assert read_started(tmp_path) is None


def test_an_end_is_read(tmp_path):
    put(tmp_path, records.EXIT, EXIT)
    assert read_exit(tmp_path) == Exit(
        status=3, how="exited", seconds=1.5, cpu_seconds=0.5, peak_memory=4096, swept=2, message="m"
    )


@pytest.mark.parametrize(
    "text",
    [
        *NOT_OURS,
        json.dumps(EXIT | {"how": "won"}),
        json.dumps(EXIT | {"how": []}),
        json.dumps(EXIT | {"seconds": float("inf")}),
        json.dumps(EXIT | {"swept": "many"}),
    ],
)
def test_an_end_that_cannot_be_understood_is_lost_and_says_so(tmp_path, text):
    (tmp_path / records.EXIT).write_text(text, encoding="latin-1")
    exit_ = read_exit(tmp_path)
    assert exit_ is not None
    assert (exit_.status, exit_.how) == (None, "lost")
    assert str(tmp_path / records.EXIT) in exit_.message


@pytest.mark.parametrize("read", [read_claim, read_started, read_exit])
def test_before_a_file_is_there_nothing_is_known(tmp_path, read):
    assert read(tmp_path) is None
