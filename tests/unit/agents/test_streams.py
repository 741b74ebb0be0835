import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.agents.streams import FORMATS, MOST_EVENTS, StreamReader
from headway.agents.streams.facts import LONGEST_LAST, MOST_EDITED, MOST_MESSAGES
from headway.agents.streams.lines import LONGEST_LINE, ObjectLines
from headway.errors import AgentError
from headway.nouns import Usage

RECORDED = Path(__file__).with_name("streams")
TREE = "/home/dev/tree"


def read(format, *events, **how):
    reader = StreamReader(format, **how)
    for event in events:
        reader.feed(json.dumps(event).encode() + b"\n")
    return reader


def recorded(name, **how):
    reader = StreamReader(name.split("-")[0], TREE, **how)
    reader.feed((RECORDED / f"{name}.jsonl").read_bytes())
    return reader


def facts(reader):
    return (reader.session, reader.usage, reader.edited, reader.is_error, reader.last, reader.messages)


# What the real agents printed


def test_claude_code():
    reader = recorded("claude")
    assert reader.session == "08f294cd-2b79-4ee7-8612-2991b9e6b3c5"
    assert reader.usage == Usage(input_tokens=7000, output_tokens=350, cost=0.04375, turns=7)
    # Not the edit that failed; and a file outside the worktree by its whole name.
    assert reader.edited == {"src/app.py", "/home/dev/outside.txt"}
    assert (reader.is_error, reader.last, reader.messages) == (False, "done: done all", [])


def test_claude_code_that_waits_for_its_rate_limit():
    reader = recorded("claude-rate-limit")
    assert reader.last == "waits: rate_limit (429), retry 6 of 10"
    assert reader.messages == ["rate_limit (429)"]


def test_claude_code_that_cannot_resume_its_session():
    reader = recorded("claude-no-session")
    assert reader.is_error
    assert reader.session is None
    assert reader.messages == ["No conversation found with session ID: 3ed6f558-5f4b-4f02-8b39-000000000000"]


def test_codex():
    reader = recorded("codex")
    assert reader.session == "01a21047-c7e3-7f92-b1a2-a02ead01aba9"
    assert reader.usage == Usage(input_tokens=3000, output_tokens=150, turns=1)
    assert reader.edited == {"src/app.py", "src/new.py"}
    assert (reader.is_error, reader.last) == (False, "says: done all")


def test_codex_that_was_refused_by_its_model():
    reader = recorded("codex-rate-limit")
    assert reader.is_error
    assert reader.last == "failed: exceeded retry limit, last status: 429 Too Many Requests"
    assert reader.messages[1:] == ["exceeded retry limit, last status: 429 Too Many Requests"]


def test_codex_tells_a_resumed_sessions_whole_usage_and_only_the_new_part_counts():
    session = "01a2103a-af9b-79e0-9ea1-8376a91c36dc"
    before = {session: Usage(input_tokens=3000, output_tokens=150, turns=1)}
    assert recorded("codex-resumed").usage == Usage(input_tokens=6000, output_tokens=300, turns=1)
    assert recorded("codex-resumed", counted=before).usage == Usage(
        input_tokens=3000, output_tokens=150, turns=1
    )


def test_opencode():
    reader = recorded("opencode")
    assert reader.session == "ses_defb49aceffe1n5jbQzGFBuzCS"
    assert reader.usage == Usage(input_tokens=6000, output_tokens=300, turns=6)
    assert reader.edited == {"src/app.py"}
    assert (reader.is_error, reader.last, reader.messages) == (False, "says: done all", [])


def test_opencode_that_was_refused_by_its_model():
    reader = recorded("opencode-rate-limit")
    assert reader.is_error
    assert reader.messages == ["This request would exceed your account's rate limit. (429)"]


def test_json_lines_of_any_program():
    reader = recorded("json")
    assert reader.usage == Usage(input_tokens=2000, output_tokens=200)
    assert reader.edited == {"src/app.py", "docs/app.md"}
    assert (reader.session, reader.is_error, reader.last) == (None, False, "result")


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.jsonl")), ids=lambda p: p.stem)
def test_the_facts_are_the_same_however_the_output_is_cut(path):
    whole = recorded(path.stem)
    for size in (1, 7, 64, 1000):
        reader, data = StreamReader(path.stem.split("-")[0], TREE), path.read_bytes()
        for start in range(0, len(data), size):
            reader.feed(data[start : start + size])
        assert facts(reader) == facts(whole)


# What it does now


@pytest.mark.parametrize(
    ("format", "event", "last"),
    [
        ("claude", {"name": "Edit", "input": {"file_path": f"{TREE}/src/a.py"}}, "edit src/a.py"),
        ("claude", {"name": "Bash", "input": {"command": "pytest -q"}}, "run pytest -q"),
        ("claude", {"name": "Read", "input": {"file_path": f"{TREE}/src/a.py"}}, "read src/a.py"),
        ("claude", {"name": "Grep", "input": {"pattern": "def x"}}, "grep def x"),
        ("codex", {"type": "command_execution", "command": "/bin/bash -lc 'pytest -q'"}, "run pytest -q"),
        ("codex", {"type": "command_execution", "command": "pytest"}, "run pytest"),
        ("codex", {"type": "file_change", "changes": [{"path": f"{TREE}/a.py"}]}, "edit a.py"),
        ("codex", {"type": "web_search", "query": "x"}, "search x"),
        ("opencode", {"tool": "write", "state": {"input": {"filePath": f"{TREE}/a.py"}}}, "edit a.py"),
        ("opencode", {"tool": "bash", "state": {"input": {"command": "pytest -q"}}}, "run pytest -q"),
        ("opencode", {"tool": "glob", "state": {"input": {"pattern": "*.py"}}}, "glob *.py"),
        ("json", {"event": "edit", "path": f"{TREE}/a.py"}, "edit a.py"),
        ("json", {"type": "step", "message": "thinks hard"}, "step thinks hard"),
    ],
)
def test_what_it_does_is_told_on_one_line(format, event, last):
    match format:
        case "claude":
            event = {"type": "assistant", "message": {"content": [{"type": "tool_use", **event}]}}
        case "codex":
            event = {"type": "item.started", "item": event}
        case "opencode":
            event = {"type": "tool_use", "part": event}
    assert read(format, event, worktree=TREE).last == last


@given(st.text())
def test_what_it_does_is_short_and_safe_to_print(text):
    last = read("json", {"event": "step", "message": text}).last
    assert len(last) <= LONGEST_LAST
    assert "\n" not in last
    assert "\x1b" not in last
    assert "\u202e" not in last


# Numbers and names


def test_claude_codes_cache_is_part_of_what_was_sent():
    usage = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "output_tokens": 4,
    }
    reader = read("claude", {"type": "result", "subtype": "success", "usage": usage})
    assert reader.usage == Usage(input_tokens=321, cached_tokens=300, output_tokens=4)


def test_opencodes_cache_and_thoughts_are_counted():
    tokens = {"input": 1, "output": 4, "reasoning": 5, "cache": {"read": 300, "write": 20}}
    reader = read("opencode", {"type": "step_finish", "part": {"tokens": tokens, "cost": 0.5}})
    assert reader.usage == Usage(input_tokens=321, cached_tokens=300, output_tokens=9, cost=0.5, turns=1)


def test_claude_code_that_was_killed_is_counted_by_its_messages():
    messages = [
        {"type": "assistant", "message": {"id": id_, "usage": {"input_tokens": 10, "output_tokens": out}}}
        for id_, out in [("a", 1), ("a", 5), ("b", 5), ("a", 5), ("c", 5)]
    ]
    assert read("claude", *messages).usage == Usage(input_tokens=30, output_tokens=15, turns=3)


def test_messages_are_counted_however_many_there_are():
    messages = [
        {"type": "assistant", "message": {"id": str(i), "usage": {"input_tokens": 1}}} for i in range(1000)
    ]
    assert read("claude", *messages).usage.input_tokens == 1000


def test_the_result_of_any_program_has_the_last_word_on_its_tokens():
    step = {"event": "step", "usage": {"input_tokens": 5, "output_tokens": 1}}
    assert read("json", step, step).usage == Usage(input_tokens=10, output_tokens=2)
    result = {"event": "result", "input_tokens": 12, "output_tokens": 2, "cost": 0.1}
    assert read("json", step, step, result).usage == Usage(input_tokens=12, output_tokens=2, cost=0.1)


def test_a_result_without_tokens_leaves_what_was_counted():
    step = {"event": "step", "input_tokens": 5}
    assert read("json", step, {"event": "result"}).usage.input_tokens == 5


def test_any_program_can_say_that_it_failed():
    reader = read("json", {"event": "result", "is_error": True, "message": "no idea"})
    assert (reader.is_error, reader.messages) == (True, ["no idea"])


def test_any_program_can_name_its_session():
    assert read("json", {"event": "start", "session": "s-1"}).session == "s-1"


@pytest.mark.parametrize("session", ["--all", "", "a b", "a\n", "x" * 201, 5, None, {"a": 1}])
def test_what_could_be_an_option_or_no_argument_names_no_session(session):
    assert read("json", {"event": "start", "session": session}).session is None


@pytest.mark.parametrize("value", [-5, True, "7", None, float("nan"), float("inf"), [1], {}])
def test_a_number_of_tokens_that_is_none_counts_nothing(value):
    reader = read("json", {"event": "step", "input_tokens": value, "cost": value})
    assert reader.usage == Usage()


def test_a_number_of_tokens_fits_the_store_whatever_an_agent_says():
    assert read("json", {"event": "step", "input_tokens": 10**30}).usage.input_tokens < 2**63


def test_a_path_is_told_relative_to_the_worktree_by_either_of_its_names(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    paths = [f"{tmp_path}/link/a.py", f"{tmp_path}/real/b.py", "c/../d.py", f"{tmp_path}/link/../e.py"]
    reader = read("json", *({"event": "edit", "path": p} for p in paths), worktree=tmp_path / "link")
    assert reader.edited == {"a.py", "b.py", "d.py", f"{tmp_path}/e.py"}


def test_claude_code_tells_its_worktree_itself():
    reader = StreamReader("claude")
    reader.feed((RECORDED / "claude.jsonl").read_bytes())
    assert "src/app.py" in reader.edited


def test_a_patch_of_opencode_edits_all_its_files():
    patch = "*** Begin Patch\n*** Add File: a.py\n+x\n*** Update File: b.py\n*** Move to: c.py\n*** End Patch"
    part = {"tool": "apply_patch", "state": {"status": "completed", "input": {"patchText": patch}}}
    assert read("opencode", {"type": "tool_use", "part": part}).edited == {"a.py", "b.py", "c.py"}


# What would hurt


GOOD = b'{"event": "edit", "path": "good.py"}\n'


@pytest.mark.parametrize(
    "bad",
    [
        b"{\n",
        b'{"event": "edit", "path": \n',
        b"\xff\xfe\xfd\n",
        b"\0\0\0\n",
        b"[1, 2]\n",
        b"null\n",
        b'"text"\n',
        b"{" * 5000 + b"\n",
        b'{"a":' * 100_000 + b"\n",
        b'{"event": "step", "input_tokens": ' + b"9" * 5000 + b"}\n",
        b'{"event": "edit", "path": "' + b"x" * (LONGEST_LINE + 1) + b'"}\n',
        b"x" * (3 * LONGEST_LINE) + b"\n",
        b'{"event": "edit", "path": "a\\u0000b"}\n',
        b"\r\n\r\n",
    ],
    ids=range(14),
)
@pytest.mark.parametrize("size", [10_000, 10**9])
def test_what_cannot_be_read_costs_its_own_facts_and_nothing_else(bad, size):
    reader, data = StreamReader("json"), bad + GOOD
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    assert reader.edited == {"good.py"}


def test_bytes_that_are_no_text_within_a_text_are_replaced():
    reader = StreamReader("json")
    reader.feed(b'{"event": "step", "message": "a\xffb"}\n')
    assert reader.last == "step a\ufffdb"


@pytest.mark.parametrize("first", [b"", b"{", b"  {", b"x"])
def test_a_line_of_a_hundred_megabytes_is_not_held(first):
    lines, piece = ObjectLines(), b"x" * 65536
    assert list(lines.find(first)) == []
    for _ in range(1600):
        assert list(lines.find(piece)) == []
        assert lines.held <= LONGEST_LINE + 1
    assert list(lines.find(b"\n{after}\n")) == [b"{after}"]


@pytest.mark.parametrize("size", [1000, 10**9])
def test_the_longest_line_is_taken(size):
    line = b"{" + b"x" * (LONGEST_LINE - 1)

    def found(data):
        lines = ObjectLines()
        return [x for i in range(0, len(data), size) for x in lines.find(data[i : i + size])]

    assert found(line + b"\n") == [line]
    assert found(line + b"y\n") == []


@given(st.lists(st.text(" \r\t{}x\0", max_size=8).map(str.encode)), st.integers(1, 12))
def test_exactly_the_lines_that_begin_with_a_brace_are_found_however_they_are_cut(lines, size):
    data, finder = b"".join(line + b"\n" for line in lines), ObjectLines()
    found = [x for i in range(0, len(data), size) for x in finder.find(data[i : i + size])]
    assert found == [x for line in lines if (x := line.lstrip(b" \t\r")).startswith(b"{")]


def test_a_flood_of_events_is_not_read_to_its_end():
    reader, flood = StreamReader("json"), b"{}\n" * 100_000
    for _ in range(MOST_EVENTS // 100_000):
        reader.feed(flood)
    reader.feed(GOOD)
    assert reader.edited == set()


def test_what_is_kept_is_bounded():
    reader = StreamReader("json")
    for i in range(MOST_EDITED + 10):
        reader.feed(b'{"event": "edit", "path": "%d"}\n{"event": "error", "message": "%d"}\n' % (i, i))
    assert len(reader.edited) == MOST_EDITED
    assert len(reader.messages) == MOST_MESSAGES


def vocabulary():
    """Every key and every short text of what was recorded."""
    keys, words, todo = set(), set(), []
    for path in RECORDED.glob("*.jsonl"):
        todo += [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            keys.update(value)
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, str) and len(value) < 30:
            words.add(value)
    return sorted(keys), sorted(words)


KEYS, WORDS = map(st.sampled_from, vocabulary())
EVENTS = st.dictionaries(
    KEYS,
    st.recursive(
        WORDS | st.text(max_size=3) | st.none() | st.booleans() | st.floats() | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=10,
    ),
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(FORMATS)), st.lists(EVENTS, max_size=4))
def test_no_event_of_any_shape_raises(format, events):
    reader = read(format, *events, worktree="/w")
    assert isinstance(reader.usage.input_tokens, int)
    assert all(isinstance(path, str) for path in reader.edited)
    assert isinstance(reader.last, str)


@given(st.sampled_from(sorted(FORMATS)), st.binary())
def test_no_bytes_raise(format, data):
    StreamReader(format).feed(data + b"\n")


def test_an_unknown_format_is_told_with_all_that_there_are():
    with pytest.raises(AgentError, match="'xml'; there are: claude, codex, opencode, json, none"):
        StreamReader("xml")


def test_output_of_no_format_tells_nothing():
    reader = StreamReader("none")
    reader.feed(GOOD)
    assert facts(reader) == (None, Usage(), set(), False, "", [])
