import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.agents.prompt import (
    MOST_PATHS,
    MOST_QUOTED,
    NAMES,
    Earlier,
    check_template,
    load_template,
    render_prompt,
)
from headway.config import AgentsSettings, Settings
from headway.errors import SettingsError
from headway.nouns import Cause, Priority, Ticket

BUILT_IN = load_template(Settings(), Path())


def render(template=BUILT_IN, *, verify=None, attempt=1, earlier=None, **ticket):
    told = Ticket(**{"id": "T-1", "title": "Count to ten", "description": "In app.py.", **ticket})
    return render_prompt(
        template, ticket=told, worktree="/pool/w3", verify=verify, attempt=attempt, earlier=earlier
    )


def again(cause=Cause.CONFLICT, **told):
    return render(attempt=2, earlier=Earlier(cause=cause, **told))


# What an agent is told


def test_the_ticket_is_told():
    prompt = render()
    assert "# T-1: Count to ten\n\nIn app.py.\n" in prompt


def test_the_agent_is_told_where_it_works():
    assert "`/pool/w3`" in render()


def test_it_is_told_that_it_may_commit_and_must_not_push_or_switch_branches():
    prompt = render()
    assert "You may commit, and need not" in prompt
    assert "Do not push, do not switch to another branch" in prompt


def test_the_command_that_must_succeed_is_told():
    assert "```sh\nmake test\n```" in render(verify="make test")


def test_without_such_a_command_none_is_spoken_of():
    assert "succeeds" not in render()


def test_the_expected_paths_are_told():
    assert "Expected to change: `src/**`, `a.md`." in render(paths=("src/**", "a.md"))


def test_a_first_attempt_hears_of_nothing_before_it():
    assert "What came before" not in render()


def test_after_a_conflict_it_hears_why_where_what_landed_and_what_it_had_changed():
    prompt = again(
        reason="conflict in a.py", diff="+one\n", paths=("a.py", "b c.py"), landed="abc Other work"
    )
    assert "this is attempt 2" in prompt
    assert "Why it goes again: conflict in a.py" in prompt
    assert "could not be merged" in prompt
    assert "- `a.py`\n- `b c.py`" in prompt
    assert "```\nabc Other work\n```" in prompt
    assert "```diff\n+one\n```" in prompt


def test_after_a_failed_verification_it_hears_what_that_printed():
    prompt = again(Cause.VERIFY, reason="it failed", verify_output="E   assert 1 == 2\n")
    assert "did not pass verification" in prompt
    assert "```\nE   assert 1 == 2\n```" in prompt


@pytest.mark.parametrize(
    ("cause", "words"),
    [(Cause.FAILED, "ended without work"), (Cause.LOST, "from outside"), (Cause.RETRY, "A person asked")],
)
def test_each_other_cause_has_words_of_its_own(cause, words):
    assert words in again(cause, reason="why")


@pytest.mark.parametrize("cause", sorted(set(Cause) - {Cause.FIRST}))
def test_no_cause_leaves_a_gap_of_blank_lines_or_a_placeholder(cause):
    prompt = again(cause, reason="why", diff="+a", paths=("a",), landed="l", verify_output="o")
    assert "\n\n\n" not in prompt
    assert not re.search(r"\{\w+\}", prompt)


def test_a_long_diff_is_cut_at_its_end():
    prompt = again(diff="first\n" + "x" * MOST_QUOTED)
    assert "first" in prompt
    assert "6 more characters are left out here" in prompt


def test_a_long_output_is_cut_at_its_beginning():
    prompt = again(Cause.VERIFY, verify_output="x" * MOST_QUOTED + "\nlast")
    assert "last" in prompt
    assert "5 characters before this are left out" in prompt


def test_many_paths_are_counted():
    prompt = again(paths=[f"{i}.py" for i in range(MOST_PATHS + 3)])
    assert "- and 3 more" in prompt


# Text is data


TEXT = st.text() | st.sampled_from(
    ["{id}", "{{id}}", "{end}", "{if verify}", "$id", "%s", "\\1", "```", "{nope}"]
)


@given(description=TEXT, diff=TEXT, output=TEXT)
def test_what_others_wrote_is_put_in_as_it_is(description, diff, output):
    earlier = Earlier(cause=Cause.VERIFY, diff=f"<{diff}>", verify_output=f"<{output}>")
    prompt = render(description=f"<{description}>", attempt=2, earlier=earlier)
    assert all(f"<{text}>".replace("\0", "�") in prompt for text in (description, diff, output))


def test_a_title_is_one_line():
    assert "# T-1: a # b c" in render(title="a\n# b\r\n\tc")


@given(st.text("`\na ", min_size=1))
def test_a_quoted_text_cannot_close_its_fence(text):
    prompt = render("{verify}\n", verify=f"x{text}x")
    fence, *inside, closing = prompt.rstrip("\n").split("\n")
    assert closing == fence.removesuffix("sh")
    assert not [line for line in inside if line.startswith(closing)]


def test_what_no_file_can_hold_is_replaced():
    assert "a�b�c" in render(description="a\0b\ud800c")


def test_any_prompt_is_utf8():
    render(description="\udfff", title="\udfff").encode("utf-8")


# Templates of one's own


def test_every_name_can_be_used():
    template = "".join(f"{name}=<{{{name}}}>\n" for name in NAMES)
    prompt = render(
        template,
        priority=Priority.HIGH,
        labels=("a", "b"),
        paths=("p",),
        verify="v",
        attempt=2,
        earlier=Earlier(
            cause=Cause.CONFLICT, reason="r", diff="d", paths=("c",), landed="l", verify_output="o"
        ),
    )
    empty = {name for name in NAMES if f"{name}=<>" in prompt}
    assert empty == {"unverified", "failed", "lost", "retry"}
    assert "priority=<high>" in prompt
    assert "labels=<a, b>" in prompt


def test_a_part_is_kept_where_its_value_is_not_empty():
    template = "{if verify}\nA {verify}\n{end}\n{if not verify}\nB\n{end}\nC\n"
    assert render(template) == "B\nC\n"
    assert render(template, verify="v") == "A ```sh\nv\n```\nC\n"


def test_parts_nest():
    template = "{if again}\n  {if diff}\nD\n  {end}\n{if not diff}\nN\n{end}\nA\n{end}\n"
    assert render(template) == ""
    assert render(template, attempt=2, earlier=Earlier(cause=Cause.RETRY)) == "N\nA\n"


def test_braces_can_be_written():
    assert render('{{id}} ${HOME:-x} {"a": {}}\n') == '{id} ${HOME:-x} {"a": {}}\n'


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("a\n{nope}\n", r"mine\.md:2: unknown placeholder \{nope\}"),
        ("{if nope}\n{end}\n", r"mine\.md:1: unknown placeholder \{nope\}"),
        ("{if id}\nx\n", r"mine\.md:1: \{if …\} without an \{end\}"),
        ("x\n{end}\n", r"mine\.md:2: \{end\} without an \{if …\}"),
        ("{if id} x {end}\n", r"unknown placeholder \{end\}"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path, template, told):
    (tmp_path / "mine.md").write_text(template)
    with pytest.raises(SettingsError, match=told):
        load_template(Settings(agents=AgentsSettings(prompt="mine.md")), tmp_path)


def test_an_unknown_name_is_told_with_all_that_there_are(tmp_path):
    with pytest.raises(SettingsError) as caught:
        check_template("{nope}", "x")
    assert all(f"{{{name}}}" in str(caught.value) for name in NAMES)


def test_the_template_is_found_relative_to_the_repository(tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "mine.md").write_text("{id}")
    assert load_template(Settings(agents=AgentsSettings(prompt="prompts/mine.md")), tmp_path) == "{id}"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_template_that_cannot_be_read_is_told(tmp_path, content):
    if content is not None:
        (tmp_path / "mine.md").write_bytes(content)
    with pytest.raises(SettingsError, match=r"agents\.prompt: .*mine\.md: "):
        load_template(Settings(agents=AgentsSettings(prompt="mine.md")), tmp_path)


def test_the_built_in_template_has_no_mistake():
    check_template(BUILT_IN, "prompt.md")


@given(st.text(st.sampled_from("{}ifend \nv"), max_size=40))
def test_what_the_check_lets_pass_can_be_rendered(template):
    try:
        check_template(template, "x")
    except SettingsError:
        return
    render(template)
