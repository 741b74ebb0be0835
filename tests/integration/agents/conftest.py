"""Attempts whose processes never outlive their test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.agents.launching import end_all


@dataclass
class Gate:
    """A pipe that agents can wait at: ``read line <PATH``."""

    path: Path

    def open(self) -> None:
        """Let the one who waits, or comes, pass."""
        self.path.write_text("go\n")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Where an agent waits until the test lets it pass."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return Gate(path)


@pytest.fixture
def attempt(attempts: Path) -> Path:
    """The directory of an attempt, not made yet."""
    return attempts / "T-1"


@pytest.fixture
def attempts(tmp_path: Path) -> Iterator[Path]:
    """Where a test makes the directories of its attempts; whatever still lives of them in the end is killed."""
    yield tmp_path
    end_all(tmp_path)
