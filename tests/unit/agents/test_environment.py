import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.agents.environment import GIT_PLACES, build_environment, check_environment
from headway.agents.profiles import BUILT_IN, Profile
from headway.config import AgentsSettings
from headway.errors import AgentError

COORDINATOR = {
    "PATH": "/usr/bin",
    "HOME": "/home/dev",
    "LC_ALL": "C",
    "LC_TIME": "de",
    "SECRET": "s",
    "ANTHROPIC_API_KEY": "a",
    "OPENAI_API_KEY": "o",
    "GIT_DIR": "/elsewhere/.git",
    "GIT_AUTHOR_NAME": "dev",
    "HEADWAY_TICKET": "outer",
    "CLAUDE_CONFIG_DIR": "/c",
    "CLAUDE_CODE_SSE_PORT": "1",
}


def build(names=("PATH",), environment=None, environ=COORDINATOR, **extra):
    profile = Profile(name="x", argv=("x",), environment=environment or {})
    return build_environment(AgentsSettings(environment=tuple(names)), profile, environ, extra)


def test_nothing_is_taken_that_is_not_named():
    assert build(["PATH", "HOME"]) == {"PATH": "/usr/bin", "HOME": "/home/dev"}


def test_a_pattern_takes_what_it_matches():
    assert build(["LC_*"]) == {"LC_ALL": "C", "LC_TIME": "de"}


def test_patterns_tell_capitals_from_small_letters():
    assert build(["lc_*"]) == {}


def test_not_even_a_star_takes_what_belongs_to_git_to_headway_or_to_an_outer_agent():
    taken = build(["*"])
    assert not [
        name for name in taken if name.startswith(("GIT_", "HEADWAY_")) or name == "CLAUDE_CODE_SSE_PORT"
    ]
    assert taken["SECRET"] == "s"


def test_a_name_of_git_that_is_written_out_is_taken():
    assert build(["GIT_AUTHOR_NAME"]) == {"GIT_AUTHOR_NAME": "dev"}


def test_where_git_looks_is_never_taken():
    assert build(["GIT_DIR"]) == {}


def test_the_profiles_own_value_wins_over_the_coordinators():
    assert build(["HOME"], {"HOME": "/other"}) == {"HOME": "/other"}


def test_a_dollar_takes_the_coordinators_variable_of_that_name():
    assert build([], {"API_KEY": "$SECRET", "URL": "http://${SECRET}/$HOME"}) == {
        "API_KEY": "s",
        "URL": "http://s//home/dev",
    }


def test_two_dollars_are_one():
    assert build([], {"PRICE": "$$SECRET $", "TWO": "$$"}) == {"PRICE": "$SECRET $", "TWO": "$"}


def test_a_reference_to_what_is_not_set_sets_nothing():
    assert build([], {"API_KEY": "$NOPE"}) == {}


def test_within_a_text_what_is_not_set_is_empty():
    assert build([], {"PATH": "/bin:$NOPE"}) == {"PATH": "/bin:"}


def test_a_profile_takes_variables_by_pattern():
    assert build([], {"ANTHROPIC_*": "$ANTHROPIC_*"}) == {"ANTHROPIC_API_KEY": "a"}


def test_a_name_written_out_wins_over_a_pattern():
    environment = {"ANTHROPIC_API_KEY": "mine", "ANTHROPIC_*": "$ANTHROPIC_*"}
    assert build([], environment) == {"ANTHROPIC_API_KEY": "mine"}


def test_what_the_coordinator_adds_wins_over_everything():
    assert build(["HOME"], {"HEADWAY_TICKET": "no"}, HEADWAY_TICKET="T-1", HOME="/w") == {
        "HEADWAY_TICKET": "T-1",
        "HOME": "/w",
    }


@pytest.mark.parametrize(
    ("name", "own", "others"),
    [
        ("claude", {"ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"}, {"OPENAI_API_KEY"}),
        ("codex", {"OPENAI_API_KEY"}, {"ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"}),
        ("opencode", {"OPENAI_API_KEY", "ANTHROPIC_API_KEY"}, {"CLAUDE_CONFIG_DIR"}),
    ],
)
def test_a_built_in_agent_gets_its_own_keys_and_no_others(name, own, others):
    environment = build_environment(AgentsSettings(), BUILT_IN[name], COORDINATOR, {})
    assert own <= environment.keys()
    assert not (others | {"SECRET", "GIT_DIR", "HEADWAY_TICKET", "CLAUDE_CODE_SSE_PORT"}) & environment.keys()


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda p: p.name)
def test_what_is_built_in_passes_the_check(profile):
    check_environment("profiles.x", profile.environment)


@pytest.mark.parametrize("name", sorted(GIT_PLACES))
def test_a_profile_that_sets_where_git_looks_is_refused(name):
    with pytest.raises(AgentError, match=name):
        check_environment("profiles.x", {name: "/x"})


@pytest.mark.parametrize("environment", [{"A_*": "x"}, {"A_*": "$B_*"}, {"": "x"}, {"A=B": "x"}, {"A": "\0"}])
def test_an_environment_that_cannot_be_is_refused_with_its_place(environment):
    with pytest.raises(AgentError, match=r"^profiles\.x\.environment: "):
        check_environment("profiles.x", environment)


@given(
    st.lists(st.sampled_from(["*", "G*", "GIT*", "?IT_*", "[A-Z]*", "PATH"])),
    st.dictionaries(
        st.sampled_from([*sorted(GIT_PLACES), "GIT_X", "PATH", "GITHUB_TOKEN"]), st.text(max_size=3)
    ),
)
def test_no_list_of_patterns_lets_anything_of_git_through(names, environ):
    assert not [name for name in build(names, environ=environ) if name.startswith("GIT_")]
