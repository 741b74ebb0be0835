import os
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.agents.profiles import (
    BUILT_IN,
    MOST_ARGUMENT,
    Profile,
    build_argv,
    build_profiles,
    find_agents,
    session_to_resume,
    usage_by_session,
)
from headway.agents.streams import FORMATS
from headway.config import ProfileSettings, Settings
from headway.errors import AgentError
from headway.nouns import Attempt, AttemptState, Cause, Outcome, Usage

VALUES = {
    "id": "T-1",
    "title": "a title",
    "prompt": "do it",
    "prompt_file": "/a/prompt.md",
    "worktree": "/w",
    "repo": "/r",
    "attempt": 2,
    "session": None,
    "environment": {},
}


NOTHING = Usage()


def settings(**profiles):
    return Settings(profiles={name: ProfileSettings(**told) for name, told in profiles.items()})


def argv_of(*argv, resume=None, **values):
    profile = Profile(name="x", argv=argv, resume_argv=resume)
    return build_argv(profile, **{**VALUES, **values})


def attempt(number, outcome=Outcome.WORK, session=None, profile="x", usage=NOTHING):
    return Attempt(
        run="r1",
        ticket="T-1",
        number=number,
        state=AttemptState.COLLECTED,
        cause=Cause.FIRST,
        profile=profile,
        slot=None,
        base="0" * 40,
        directory="/a",
        started_at=0.0,
        outcome=outcome,
        session=session,
        usage=usage,
    )


# Which profiles there are


def test_three_agents_are_built_in():
    assert list(build_profiles(Settings())) == ["claude", "codex", "opencode"]


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda p: p.name)
def test_a_built_in_agent_reads_its_prompt_from_standard_input(profile):
    assert not any("{prompt" in argument for argument in profile.argv)


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda p: p.name)
def test_a_built_in_agent_has_a_format_that_can_be_read(profile):
    assert profile.events in FORMATS


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda p: p.name)
def test_a_built_in_agents_resumed_session_is_one_argument(profile):
    argv = build_argv(profile, **{**VALUES, "session": "s 1;$(x)"})
    assert "s 1;$(x)" in argv


def test_a_command_is_split_as_a_shell_splits_words():
    profile = build_profiles(settings(mine={"command": "my-agent --say 'two words' \"{title}\" a\\ b"}))[
        "mine"
    ]
    assert profile.argv == ("my-agent", "--say", "two words", "{title}", "a b")


def test_a_list_is_not_split():
    assert build_profiles(settings(mine={"command": ("a b", "c d")}))["mine"].argv == ("a b", "c d")


def test_a_profile_of_ones_own_prints_json_lines_unless_told_otherwise():
    profiles = build_profiles(settings(mine={"command": "a"}, other={"command": "a", "events": "claude"}))
    assert (profiles["mine"].events, profiles["other"].events) == ("json", "claude")


def test_what_is_unsaid_is_as_in_the_built_in_agent_of_that_name():
    profile = build_profiles(settings(claude={"timeout": 60}))["claude"]
    built_in = BUILT_IN["claude"]
    assert profile.timeout == 60
    assert (profile.argv, profile.resume_argv, profile.events) == (
        built_in.argv,
        built_in.resume_argv,
        built_in.events,
    )


def test_a_built_in_agents_environment_is_added_to():
    profile = build_profiles(settings(claude={"environment": {"IS_SANDBOX": "0", "X": "y"}}))["claude"]
    assert dict(profile.environment) == {**BUILT_IN["claude"].environment, "IS_SANDBOX": "0", "X": "y"}


def test_a_command_of_ones_own_is_not_resumed_by_the_built_in_one():
    profiles = build_profiles(settings(claude={"command": "my-claude"}))
    assert profiles["claude"].resume_argv is None


def test_the_command_lines_agent_is_named_command():
    profile = build_profiles(Settings(), agent_command="python3 x.py {id} --seconds 2")["command"]
    assert profile.argv == ("python3", "x.py", "{id}", "--seconds", "2")
    assert profile.events == "json"
    assert profile.resume_argv is None


def test_the_command_lines_agent_takes_the_rest_from_the_profile_of_its_name():
    told = settings(command={"command": "not this {nope}", "environment": {"X": "y"}, "timeout": 5})
    profile = build_profiles(told, agent_command="this")["command"]
    assert (profile.argv, dict(profile.environment), profile.timeout) == (("this",), {"X": "y"}, 5)


# What is refused


def test_an_unknown_placeholder_is_refused_with_all_that_there_are():
    with pytest.raises(AgentError, match=r"profiles\.mine\.command: unknown placeholder \{nope\}") as caught:
        build_profiles(settings(mine={"command": "a {nope}"}))
    assert "{id} {title} {prompt} {prompt_file} {worktree} {repo} {attempt}" in str(caught.value)
    assert "{{nope}}" in caught.value.mend


def test_only_the_command_that_resumes_knows_the_session():
    build_profiles(settings(mine={"command": "a", "resume_command": "a {session}"}))
    with pytest.raises(AgentError, match="session"):
        build_profiles(settings(mine={"command": "a {session}"}))


@pytest.mark.parametrize("command", ["", "   ", "''", (), ("",)])
def test_an_empty_command_is_refused(command):
    with pytest.raises(AgentError, match="it is empty"):
        build_profiles(settings(mine={"command": command}))


def test_an_open_quote_is_refused():
    with pytest.raises(AgentError, match="--agent-command: No closing quotation"):
        build_profiles(Settings(), agent_command="a 'b")


def test_a_nul_is_refused():
    with pytest.raises(AgentError, match="NUL"):
        build_profiles(settings(mine={"command": ("a", "b\0")}))


def test_a_profile_without_a_command_that_is_not_built_in_is_refused():
    with pytest.raises(AgentError, match=r"profiles\.mine: it has no command"):
        build_profiles(settings(mine={"timeout": 60}))


# One attempt's command


def test_every_placeholder_is_filled():
    argv = argv_of("a", "{id}", "{title}", "{prompt}", "{prompt_file}", "{worktree}", "{repo}", "{attempt}")
    assert argv == ["a", "T-1", "a title", "do it", "/a/prompt.md", "/w", "/r", "2"]


def test_json_in_an_argument_needs_no_care():
    assert argv_of("a", '{"task": {"id": "{id}"}}') == ["a", '{"task": {"id": "T-1"}}']


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_title_is_part_of_one_argument_whatever_it_says(title):
    assert argv_of("a", "--title", "{title}", "x={title}", title=title) == [
        "a",
        "--title",
        title,
        f"x={title}",
    ]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0{}"), min_size=1), min_size=1))
def test_a_command_without_placeholders_is_run_as_it_is_written(words):
    profile = build_profiles(Settings(), agent_command=shlex.join(words))["command"]
    assert build_argv(profile, **VALUES) == words


def test_text_that_no_argument_can_hold_is_replaced():
    argv = argv_of("a", "{title}", "{prompt}", title="x\0y", prompt="\ud800")
    assert argv == ["a", "x�y", "�"]
    assert all(os.fsencode(argument) for argument in argv)


def test_a_path_that_is_no_utf8_goes_through():
    assert os.fsencode(argv_of("a", "{worktree}", worktree=os.fsdecode(b"/w\xff"))[1]) == b"/w\xff"


def test_a_prompt_too_long_for_an_argument_is_refused_with_the_way_out():
    with pytest.raises(AgentError, match="131072") as caught:
        argv_of("a", "{prompt}", prompt="x" * MOST_ARGUMENT)
    assert "{prompt_file}" in caught.value.mend


def test_the_longest_argument_is_the_kernels():
    argv = argv_of("a", "{prompt}", prompt="x" * (MOST_ARGUMENT - 1))
    assert len(argv[1]) == MOST_ARGUMENT - 1


def test_more_than_the_kernel_takes_in_all_is_refused():
    size = os.sysconf("SC_ARG_MAX") // 10
    with pytest.raises(AgentError, match="together"):
        argv_of("a", environment={f"X{i}": "x" * size for i in range(11)})


# Going on with a session


def test_a_session_is_resumed_where_the_agent_can():
    assert argv_of("a", resume=("a", "--resume", "{session}"), session="s1") == ["a", "--resume", "s1"]


def test_without_a_session_a_new_one_begins():
    assert argv_of("a", resume=("a", "--resume", "{session}")) == ["a"]


def test_an_agent_that_cannot_resume_begins_anew():
    assert argv_of("a", session="s1") == ["a"]


def test_a_sessions_name_cannot_become_an_option():
    assert argv_of("a", resume=("a", "{session}"), session="--all") == ["a"]


PROFILE = Profile(name="x", argv=("x",), resume_argv=("x", "{session}"))


def test_the_latest_session_of_the_same_agent_is_resumed():
    earlier = [attempt(1, session="s1"), attempt(2, session="s2"), attempt(3, session="o", profile="other")]
    assert session_to_resume(PROFILE, earlier) == "s2"


def test_an_attempt_that_was_ended_before_it_named_a_session_is_passed_over():
    assert session_to_resume(PROFILE, [attempt(1, session="s1"), attempt(2, Outcome.LOST)]) == "s1"


def test_a_session_that_could_not_be_resumed_is_left():
    assert session_to_resume(PROFILE, [attempt(1, session="s1"), attempt(2, Outcome.ERROR)]) is None


def test_a_session_that_failed_once_is_resumed():
    assert session_to_resume(PROFILE, [attempt(1, Outcome.ERROR, session="s1")]) == "s1"


def test_a_session_that_failed_twice_in_a_row_is_left():
    earlier = [attempt(1, Outcome.ERROR, session="s1"), attempt(2, Outcome.ERROR, session="s1")]
    assert session_to_resume(PROFILE, earlier) is None


def test_the_first_attempt_begins_anew():
    assert session_to_resume(PROFILE, []) is None


def test_the_usage_of_a_session_is_that_of_all_its_attempts():
    earlier = [
        attempt(1, session="s1", usage=Usage(input_tokens=5)),
        attempt(2, session="s1", usage=Usage(input_tokens=2)),
        attempt(3, usage=Usage(input_tokens=9)),
    ]
    assert usage_by_session(earlier) == {"s1": Usage(input_tokens=7)}


def test_agents_are_found_in_the_order_of_preference(tmp_path):
    for name in ("opencode", "claude", "vim"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert find_agents(str(tmp_path)) == {
        "claude": str(tmp_path / "claude"),
        "opencode": str(tmp_path / "opencode"),
    }
