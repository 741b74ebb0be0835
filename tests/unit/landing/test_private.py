"""Which keys of the user's configuration the private one takes over."""

from hypothesis import given
from hypothesis import strategies as st

from headway.landing.private import choose, parse_listing

SCOPES = st.sampled_from(["system", "global", "local", "worktree", "command"])
KEYS = st.sampled_from(
    ["core.fsmonitor", "core.hookspath", "core.sshcommand", "filter.evil.clean", "filter.lfs.clean", "user.name",
     "core.autocrlf", "core.excludesfile", "include.path", "alias.status", "diff.external", "filter.lfs.x",
     "extensions.partialclone", "remote.origin.url", "core.worktree", "core.bare", "filter.a.b.clean"]
)  # fmt: skip


@given(st.lists(st.tuples(SCOPES, KEYS, st.text())))
def test_nothing_that_runs_comes_from_where_agents_write(entries: list[tuple[str, str, str]]) -> None:
    chosen = choose(entries, ["lfs"])
    assert chosen.keys() <= {"user.name", "core.autocrlf", "core.excludesfile", "filter.lfs.clean"}
    trusted = [key for scope, key, _ in entries if scope in ("system", "global")]
    assert all(key in trusted for key in chosen if key.startswith("filter.") or key.endswith("file"))


def test_the_last_value_wins() -> None:
    entries = [("global", "user.name", "A"), ("local", "user.name", "B")]
    assert choose(entries, []) == {"user.name": "B"}


def test_the_filters_that_are_allowed_are_taken_whole() -> None:
    keys = {
        f"filter.{name}.{key}"
        for name in ("lfs", "my.own")
        for key in ("clean", "smudge", "process", "required")
    }
    entries = [("global", key, "x") for key in keys]
    assert choose(entries, ["lfs", "my.own"]).keys() == keys
    assert choose(entries, []) == {}


def test_a_home_is_expanded() -> None:
    assert not choose([("global", "core.excludesfile", "~/ignore")], [])["core.excludesfile"].startswith("~")


def test_a_listing_is_read() -> None:
    listing = b"global\0user.name\nA\nB\0local\0core.bare\0system\0x.y\n\0"
    assert parse_listing(listing) == [
        ("global", "user.name", "A\nB"),
        ("local", "core.bare", "true"),
        ("system", "x.y", ""),
    ]
