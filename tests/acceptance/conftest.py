"""A user's place of work."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.commandline import Desk, Terminal

#: What T-1 of the finished run prints, as printf reads it.
ESCAPES = r"\033]0;owned\007\033[2Jafter\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A repository with one commit; all of the user's folders are the test's own."""
    found = make_desk(tmp_path)
    yield found
    found.close()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One whose run has ended, to be looked at and left as it is.

    T-1 prints escape sequences and trouble, and lands; T-2 lands at its second attempt; T-3 fails.
    """
    found = make_desk(tmp_path_factory.mktemp("finished"))
    (found.root / "headway.toml").write_text("[run]\nattempts = 2\n")
    plan = {
        "T-1": rf"printf '{ESCAPES}'; echo trouble >&2; echo changed >> list.txt; printf 'caf\351\n' > latin.txt",
        "T-2": ["echo one; exit 1", "echo two; echo b > b.txt"],
        "T-3": "exit 1",
    }
    found.run(*found.plan(plan, **{"T-1": {"title": "x" * 500}}), status=1)
    yield found
    found.close()


def make_desk(folder: Path) -> Desk:
    """A repository, a home and a place for Headway's state in ``folder``."""
    root, home = folder / "repo", folder / "home"
    root.mkdir()
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": str(folder / "state"),
        "LANG": "C.UTF-8",
    }
    found = Desk(root, folder, environment)
    found.git("init", "-q", "-b", "main")
    found.git("config", "user.name", "A. User")
    found.git("config", "user.email", "user@example.org")
    (root / "list.txt").write_text("".join(f"line {n}\n" for n in range(1, 21)))
    found.git("add", "-A")
    found.git("commit", "-q", "-m", "first")
    return found


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Opens terminals with ``headway`` in them."""
    opened: list[Terminal] = []

    def open_terminal(desk: Desk, *args: str, **options: object) -> Terminal:
        opened.append(Terminal(desk, *args, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()
