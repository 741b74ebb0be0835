"""What agents may do: nothing of it ends the run, reaches beyond their own ticket, or costs work."""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import headway
from headway.nouns import Event, Outcome, Ticket, TicketState
from tests.integration.coordination.conftest import Place, Typed, make_place

HANG = "trap '' TERM; echo half > half.txt; sleep 1000"

#: Ticket → what its agent does. One run does them all, beside each other.
NAUGHTY = {
    "floods": "yes flood | head -c 100000000; yes errors | head -c 20000000 >&2; echo 1 > floods.txt",
    "garbles": r"""
        printf '\xff\xfe\0{"event"\n{"event":"edit","path":7}\n{"event":"edit","path":"../../x"}\nnull\n[]\n'
        printf '{"event":"edit","path":"'; head -c 3000000 /dev/zero | tr '\0' x; echo 1 > garbles.txt""",
    "hangs": HANG,
    "daemon": """setsid bash -c 'sleep 0.5; echo late > late.txt; exec sleep 1000' </dev/null >/dev/null 2>&1 &
        disown; echo 1 > daemon.txt""",
    "amends": "echo 1 > amends.txt; git add .; git commit -q --amend -m rewritten",
    "orphan": "git checkout -q --orphan fresh; echo 1 > orphan.txt; git add .; git commit -qm fresh",
    "deletes": 'rm -rf -- * .git .gitignore; cd ..; rm -rf -- "$OLDPWD"',
    "commits-and-deletes": """echo 1 > committed.txt; git add .; git commit -qm mine;
        cd ..; rm -rf -- "$OLDPWD" """,
    "unlinks": "rm .git; echo 1 > unlinks.txt",
    "own-git": "rm .git; git init -q; echo 1 > own-git.txt; git add .; git commit -qm own",
    "big": "truncate -s 200M big.bin",
    "link": "ln -s /etc/passwd link",
    "nested": "git init -q nested; cd nested; echo 1 > file.txt; git add .; git commit -qm nested",
    "fifo": "mkfifo pipe; echo 1 > fifo.txt",
}


@pytest.fixture(scope="module")
def naughty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A run in which every agent is naughty, once it is over."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        place = make_place(tmp_path_factory.mktemp("naughty"), monkeypatch)
        place.git("config", "--global", "user.name", "An Agent")
        place.git("config", "--global", "user.email", "agent@example.org")
        (place.root / "headway.toml").write_text('[run]\nattempts = 1\n[agents]\nlog_cap = "1MB"\n')
        place.git("add", ".")
        place.git("commit", "-qm", "settings")
        tickets = [Ticket(id=id_, title=id_, timeout=1.0 if id_ == "hangs" else None) for id_ in NAUGHTY]
        asyncio.run(place.run(NAUGHTY, tickets=tickets, agents=len(NAUGHTY)))
        yield place


def collected(place: Place, ticket: str) -> Event:
    (event,) = place.told("attempt.collected", ticket)
    return event


@pytest.mark.parametrize(
    ("ticket", "path"),
    [
        ("floods", "floods.txt"),
        ("garbles", "garbles.txt"),
        ("daemon", "daemon.txt"),
        ("amends", "amends.txt"),
        ("orphan", "orphan.txt"),
        ("commits-and-deletes", "committed.txt"),
        ("unlinks", "unlinks.txt"),
        ("own-git", "own-git.txt"),
        ("nested", "nested/file.txt"),
        ("fifo", "fifo.txt"),
    ],
)
def test_whatever_it_did_beside_its_work_its_work_lands(naughty: Place, ticket: str, path: str) -> None:
    assert naughty.progress(ticket).state is TicketState.LANDED
    assert naughty.show(path) == "1\n"


def test_a_flood_of_output_is_cut_to_its_cap(naughty: Place) -> None:
    logs = (naughty.root / ".git/headway/attempts/r1/floods/1").glob("*.log")
    assert 1_000_000 < sum(log.stat().st_size for log in logs) < 4_000_000


def test_an_agent_that_hangs_and_hears_no_signal_is_ended_and_its_work_kept(naughty: Place) -> None:
    found = naughty.progress("hangs")
    assert found.state is TicketState.NEEDS_HUMAN
    assert found.reason.startswith("the agent was ended at its time limit after")
    assert naughty.show("half.txt", "refs/headway/r1/hangs/1") == "half\n"


def test_nothing_that_agents_started_outlives_them(naughty: Place) -> None:
    naughty.assert_nobody_left()
    assert "late.txt" not in naughty.git("ls-tree", "--name-only", "main")


def test_history_that_an_agent_rewrote_is_not_the_targets(naughty: Place) -> None:
    with naughty.store() as store:
        run = store.run("r1")
    assert run is not None
    naughty.git("merge-base", "--is-ancestor", run.base, "main")
    assert naughty.git("rev-list", "--max-parents=0", "--count", "main") == "1"


def test_an_agent_that_removes_everything_has_done_nothing(naughty: Place) -> None:
    found = naughty.progress("deletes")
    assert found.state is TicketState.FAILED
    assert "changed nothing" in found.reason
    assert "the worktree was deleted" in collected(naughty, "deletes").data["notes"][0]
    assert naughty.show("list.txt").startswith("line 1\n")


def test_a_file_too_large_is_shown_to_a_person_and_kept(naughty: Place) -> None:
    found = naughty.progress("big")
    assert found.state is TicketState.NEEDS_HUMAN
    assert "big.bin" in found.reason
    assert "landing.max_file_size" in found.reason
    assert naughty.git("cat-file", "-s", "refs/headway/r1/big/1:big.bin") == str(200 * 2**20)


def test_a_link_that_leads_outside_is_shown_to_a_person(naughty: Place) -> None:
    found = naughty.progress("link")
    assert found.state is TicketState.NEEDS_HUMAN
    assert "link" in found.reason
    assert "landing.outside_links" in found.reason


def test_a_nested_repository_lands_as_files_and_its_own_git_is_kept(naughty: Place) -> None:
    assert naughty.git("ls-tree", "main", "nested").startswith("040000 tree")
    assert "their .git is kept in" in collected(naughty, "nested").data["notes"][0]
    assert list((naughty.root / ".git/headway/attempts/r1/nested/1/kept").rglob("HEAD"))


def test_what_git_cannot_hold_is_told(naughty: Place) -> None:
    assert any("fifos" in note and "pipe" in note for note in collected(naughty, "fifo").data["notes"])


def test_what_was_printed_of_edits_outside_is_data(naughty: Place) -> None:
    with naughty.store() as store:
        attempt = store.attempt("r1", "garbles", 1)
    assert attempt is not None
    assert attempt.outcome is Outcome.WORK
    assert attempt.files == ("garbles.txt",)


def test_the_repository_is_sound_after_all_of_it(naughty: Place) -> None:
    naughty.assert_sound()
    assert naughty.git("symbolic-ref", "HEAD") == "refs/heads/main"


PLANT = r"""
common=$(git rev-parse --git-common-dir)
mkdir -p "$common/hooks" "$common/info"
for hook in applypatch-msg pre-applypatch post-applypatch pre-commit prepare-commit-msg commit-msg post-commit \
    pre-rebase post-checkout post-merge pre-push pre-receive update post-receive post-update reference-transaction \
    pre-auto-gc post-rewrite post-index-change fsmonitor-watchman sendemail-validate; do
    printf '#!/bin/sh\ntouch CANARY\n' > "$common/hooks/$hook"; chmod +x "$common/hooks/$hook"
done
cp -r "$common/hooks" "$PWD.hooks"
for key in core.fsmonitor core.pager core.editor core.sshCommand core.askPass core.gitProxy diff.external \
    gpg.program sequence.editor credential.helper filter.evil.clean filter.evil.smudge filter.evil.process \
    merge.evil.driver diff.evil.command diff.evil.textconv uploadpack.packObjectsHook alias.read-tree \
    alias.merge-tree alias.update-ref include.path core.alternateRefsCommand; do
    git config "$key" 'touch CANARY; false'
done
git config commit.gpgSign true
git config core.hooksPath "$PWD.hooks"
git config extensions.worktreeConfig true
git config --worktree core.fsmonitor 'touch CANARY'
printf '* filter=evil merge=evil diff=evil\n' > .gitattributes
cp .gitattributes "$common/info/attributes"
echo mine > planted.txt
rm -f CANARY
"""


async def test_nothing_that_an_agent_plants_runs_in_the_coordinator(place: Place) -> None:
    canary = place.folder / "canary"
    plan = {"plants": PLANT.replace("CANARY", str(canary)), "follows": "sed -i 's/^line 9$/nine/' list.txt"}
    tickets = [Ticket(id="plants", title="x"), Ticket(id="follows", title="x", depends_on=("plants",))]
    result = await place.run(plan, tickets=tickets, verify="test -f planted.txt")
    assert not canary.exists()
    assert result.landed == 2
    assert (place.root / "planted.txt").read_text() == "mine\n"
    assert "nine\n" in (place.root / "list.txt").read_text()
    subprocess.run(["git", "status"], cwd=place.root, capture_output=True)
    assert canary.exists(), "what was planted runs in any git that is not careful"


async def test_a_configuration_that_an_agent_breaks_is_told_and_waited_for(place: Place) -> None:
    config = place.root / ".git/config"
    before = config.read_text()
    handle = place.start({"A": f"echo a > a.txt; echo '[nonsense' >> {config}"})
    waits = await place.until(handle, "landing.waits")
    assert "bad config line" in waits.data["reason"]
    config.write_text(before)
    assert (await place.watch(handle)).landed == 1
    place.assert_sound()


async def test_an_agent_that_floods_holds_up_no_other(place: Place) -> None:
    gate = place.gate("flood")
    gate_open = f"[ -e {gate.go} ]"
    flood = f"touch {gate.here}; yes {{'\"event\"': 1}} & until {gate_open}; do sleep 0.05; done; kill %1; echo 1 > A"
    tickets = [Ticket(id="A", title="a"), Ticket(id="B", title="b")]
    handle = place.start(
        {"A": flood, "B": f"until [ -e {gate.here} ]; do sleep 0.05; done; echo 1 > B"}, tickets=tickets
    )
    await place.until(handle, "ticket.landed", "B")
    gate.open()
    assert (await place.watch(handle)).landed == 2


def test_a_command_that_is_not_executable_is_refused_with_what_mends_it(
    place: Place, typed: Callable[..., Typed], tmp_path: Path
) -> None:
    script = tmp_path / "agent.sh"
    script.write_text("#!/bin/sh\n")
    (tmp_path / "tickets.json").write_text(json.dumps([{"id": "A", "title": "x"}]))
    ran = typed("run", str(tmp_path / "tickets.json"), "--agent-command", f"{script} {{id}}")
    assert (ran.status, ran.out) == (2, "")
    assert "is not executable" in ran.err
    assert f"→ chmod +x {script}" in ran.err
    assert not (place.root / ".git/headway/attempts").exists()


async def test_a_command_that_vanishes_on_the_way_costs_its_ticket_and_no_other(place: Place) -> None:
    agent = place.folder / "once.sh"
    agent.write_text('#!/bin/sh\necho $1 > $1.txt\n[ $1 = A ] && rm "$0"\nexit 0\n')
    agent.chmod(0o755)
    tickets = [Ticket(id="A", title="a"), Ticket(id="B", title="b", depends_on=("A",))]
    result = await headway.start_run(tickets, repo=place.root, agent_command=f"{agent} {{id}}")
    assert (result.landed, result.failed, result.exit_status) == (1, 1, 1)
    reason = place.progress("B").reason
    assert "the agent could not be started" in reason
    assert str(agent) in reason
