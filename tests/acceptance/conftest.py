"""A user's place of work."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.commandline import Desk, Terminal


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A repository with one commit; all of the user's folders are the test's own."""
    root, home = tmp_path / "repo", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "LANG": "C.UTF-8",
    }
    found = Desk(root, tmp_path, environment)
    found.git("init", "-q", "-b", "main")
    found.git("config", "user.name", "A. User")
    found.git("config", "user.email", "user@example.org")
    (root / "list.txt").write_text("".join(f"line {n}\n" for n in range(1, 21)))
    found.git("add", "-A")
    found.git("commit", "-q", "-m", "first")
    yield found
    found.close()


@pytest.fixture
def terminal(desk: Desk) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals with ``headway`` in them."""
    opened: list[Terminal] = []

    def open_terminal(*args: str, **options: object) -> Terminal:
        opened.append(Terminal(desk, *args, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()
