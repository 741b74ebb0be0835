"""Ten tickets at once through ``headway run``, by each of the three agents."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from headway.agents.profiles import BUILT_IN
from headway.agents.streams import StreamReader

pytestmark = [pytest.mark.agents, pytest.mark.timeout(1200)]

HEADWAY = Path(sys.executable).with_name("headway")

#: Tickets that change the same line: whichever lands second has to be done again.
RIVALS = ("T-9", "T-10")

#: Each first waits for the other (a minute at most), so that both begin before one lands.
MEET = (
    'at=$(git rev-parse --git-common-dir); : >"$at/{id}-is-here"; for _ in $(seq 600); do '
    '[ -e "$at/{other}-is-here" ] && break; sleep 0.1; done; '
)


@pytest.fixture
def run(repository, user, tmp_path):
    """Runs Headway in the repository as its user, and gives what it printed."""

    def run(*args, status=0):
        state = {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "dumb"}
        ran = subprocess.run(
            [HEADWAY, *args], cwd=repository, env={**user, **state}, capture_output=True, text=True
        )
        assert ran.returncode == status, f"{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}"
        return ran.stdout

    return run


@pytest.fixture
def tickets(tmp_path):
    """Eight tickets with a file each, and two rivals."""

    def ticket(id, command):
        script = json.dumps([{"run": command}, {"say": "done"}])
        return {"id": id, "title": f"Ticket {id}", "description": f"Do this.\n\nSCRIPT: {script}\n"}

    alone = [ticket(f"T-{n}", f"echo {n} > {n}.txt") for n in range(1, 9)]
    rivals = [
        ticket(id, MEET.format(id=id, other=other) + f"echo 'x = \"{id}\"' > src/app.py")
        for id, other in zip(RIVALS, reversed(RIVALS), strict=True)
    ]
    path = tmp_path / "tickets.json"
    path.write_text(json.dumps(alone + rivals))
    return path


def session_of(directory, agent):
    events = StreamReader(BUILT_IN[agent].events)
    events.feed(b"".join(path.read_bytes() for path in sorted(Path(directory).glob("out.*"))))
    return events.session


AGENTS = sorted(BUILT_IN)


@pytest.mark.parametrize("agent", AGENTS)
def test_ten_at_once_land_are_counted_and_go_on_with_their_sessions(agent, run, tickets, repository):
    run("run", str(tickets), "--agent", agent, "--agents", "10", "--verify", "test -f src/app.py")
    status = json.loads(run("status", "--json"))
    rows = {row["ticket"]: row for row in status["rows"]}

    assert status["landed"] == 10
    for n in range(1, 9):
        assert (repository / f"{n}.txt").read_text() == f"{n}\n"

    # The one that came second was done again, on top of the other, in the session that it had begun.
    (again,) = [row for row in rows.values() if row["attempts"] == 2]
    assert again["ticket"] in RIVALS
    assert (repository / "src" / "app.py").read_text() == f'x = "{again["ticket"]}"\n'
    first = Path(again["directory"]).with_name("1")
    assert again["session"] == session_of(first, agent)

    # Each attempt asked its model twice.
    tokens = {id: (row["usage"]["input_tokens"], row["usage"]["output_tokens"]) for id, row in rows.items()}
    assert tokens == {id: (4000, 200) if id == again["ticket"] else (2000, 100) for id in rows}
    assert status["usage"]["input_tokens"] == 22000
