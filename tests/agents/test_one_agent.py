"""One agent at a time under its launcher: called as its profile says, told by the template, read by its format."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from headway.agents.environment import build_environment
from headway.agents.output import OutputReader
from headway.agents.process import LaunchSpec, launch, wait
from headway.agents.profiles import BUILT_IN, build_argv
from headway.agents.prompt import load_template, render_prompt
from headway.agents.streams import StreamReader
from headway.config import AgentsSettings, Settings
from headway.nouns import Exit, Ticket, Usage

pytestmark = [pytest.mark.agents, pytest.mark.timeout(1200)]

AGENTS = sorted(BUILT_IN)


@dataclass(frozen=True)
class Ended:
    """An attempt that has ended."""

    exit: Exit
    events: StreamReader
    errors: str

    def __str__(self) -> str:
        return f"{self.exit}\nlast: {self.events.last}\n{self.events.messages}\n{self.errors}"


class Bench:
    """Runs attempts of one ticket."""

    def __init__(self, directory: Path, repository: Path, user: dict[str, str]) -> None:
        self.directory, self.repository, self.user = directory, repository, user
        self.attempts = 0

    def worktree(self, name: str) -> Path:
        """A worktree of the repository."""
        path = self.directory / name
        subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", path], cwd=self.repository, env=self.user, check=True
        )
        return path

    async def run(
        self,
        agent: str,
        worktree: Path,
        script: list[dict[str, object]],
        session: str | None = None,
        counted: dict[str, Usage] | None = None,
    ) -> Ended:
        """An attempt from its prompt to its end."""
        self.attempts += 1
        profile, directory = BUILT_IN[agent], self.directory / f"attempt-{self.attempts}"
        ticket = Ticket(id="T-1", title="A ticket", description=f"Do this.\n\nSCRIPT: {json.dumps(script)}\n")
        prompt = render_prompt(
            load_template(Settings(), self.repository),
            ticket=ticket,
            worktree=str(worktree),
            verify="true",
            attempt=self.attempts,
            earlier=None,
        )
        prompt_file = self.directory / f"prompt-{self.attempts}.md"
        prompt_file.write_text(prompt)
        environment = build_environment(AgentsSettings(), profile, self.user, {"HEADWAY_TICKET": "T-1"})
        argv = build_argv(
            profile,
            id=ticket.id,
            title=ticket.title,
            prompt=prompt,
            prompt_file=str(prompt_file),
            worktree=str(worktree),
            repo=str(self.repository),
            attempt=self.attempts,
            session=session,
            environment=environment,
        )
        spec = LaunchSpec(
            argv=argv, cwd=worktree, env=environment, stdin=prompt_file, timeout=120, log_cap=2**24
        )
        launch(directory, spec)
        exit_ = await wait(directory)
        events = StreamReader(profile.events, worktree, counted)
        for data in iter(OutputReader(directory).read, b""):
            events.feed(data)
        errors = b"".join(iter(OutputReader(directory, "err").read, b"")).decode(errors="replace")
        return Ended(exit_, events, errors)


@pytest.fixture
def bench(tmp_path, repository, user):
    return Bench(tmp_path, repository, user)


def edit(agent, path, line):
    """A step that adds a file with the agent's own tool; Codex's is a command that it knows."""
    if agent != "codex":
        return {"write": path, "content": f"{line}\n"}
    patch = f"*** Begin Patch\n*** Add File: {path}\n+{line}\n*** End Patch"
    return {"run": f"apply_patch <<'PATCH'\n{patch}\nPATCH"}


@pytest.mark.parametrize("agent", AGENTS)
async def test_it_does_what_its_prompt_says_and_tells_what_it_did(agent, bench):
    tree = bench.worktree("tree")
    script = [{"run": "echo hi > a.txt"}, edit(agent, "src/b.py", "y = 1"), {"say": "all done"}]
    ended = await bench.run(agent, tree, script)
    assert (ended.exit.how, ended.exit.status) == ("exited", 0), ended
    assert (tree / "a.txt").read_text() == "hi\n"
    assert (tree / "src" / "b.py").read_text() == "y = 1\n"
    assert ended.events.edited == {"src/b.py"}
    assert (ended.events.usage.input_tokens, ended.events.usage.output_tokens) == (3000, 150)
    assert ended.events.session
    assert not ended.events.is_error, ended
    assert "all done" in ended.events.last


@pytest.mark.parametrize("agent", AGENTS)
async def test_a_session_goes_on_in_another_worktree_and_only_there(agent, bench, model):
    one, other = bench.worktree("one"), bench.worktree("other")
    first = await bench.run(agent, one, [edit(agent, "first.py", "y = 1"), {"say": "done"}])
    session = first.events.session
    asked = model.requests()
    script = [{"run": "pwd > where.txt"}, edit(agent, "second.py", "z = 1"), {"say": "done again"}]
    second = await bench.run(agent, other, script, session, {session: first.events.usage})
    assert (second.exit.status, second.events.session) == (0, session), second
    # The model was sent the first conversation too.
    assert model.requests()[len(asked)]["n"] > asked[-1]["n"]
    assert (other / "where.txt").read_text().strip() == str(other)
    assert (other / "second.py").exists()
    assert not (one / "second.py").exists()
    assert not (one / "where.txt").exists()
    assert second.events.edited == {"second.py"}
    assert second.events.usage.input_tokens == 3000


@pytest.mark.parametrize("agent", ["claude", "codex"])
async def test_a_session_that_is_gone_is_an_error_without_a_session(agent, bench):
    gone = "01a2103a-af9b-79e0-9ea1-000000000000"
    ended = await bench.run(agent, bench.worktree("tree"), [{"say": "done"}], session=gone)
    assert ended.exit.status == 1, ended
    assert ended.events.session is None


async def test_opencode_begins_anew_where_its_session_is_gone(bench):
    tree = bench.worktree("tree")
    ended = await bench.run("opencode", tree, [{"run": "touch a"}, {"say": "done"}], session="ses_gone")
    assert ended.exit.status == 0, ended
    assert ended.events.session != "ses_gone"
    assert (tree / "a").exists()


async def test_opencode_is_not_ended_by_a_look_outside_its_worktree(bench, tmp_path):
    outside = {"write": str(tmp_path / "outside.txt"), "content": "x"}
    script = [outside, {"write": "after.txt", "content": "x"}, {"say": "done"}]
    tree = bench.worktree("tree")
    ended = await bench.run("opencode", tree, script)
    assert (tree / "after.txt").exists(), ended
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize("agent", AGENTS)
async def test_it_gets_none_of_the_users_other_variables(agent, bench):
    tree = bench.worktree("tree")
    ended = await bench.run(agent, tree, [{"run": "env > env.txt"}, {"say": "done"}])
    environment = (tree / "env.txt").read_text()
    assert "HEADWAY_TICKET=T-1" in environment, ended
    assert "SECRET_OF_THE_USER" not in environment
