"""Attempts whose processes never outlive their test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.agents.launching import end_all


@pytest.fixture
def attempt(attempts: Path) -> Path:
    """The directory of an attempt, not made yet."""
    return attempts / "T-1"


@pytest.fixture
def attempts(tmp_path: Path) -> Iterator[Path]:
    """Where a test makes the directories of its attempts; whatever still lives of them in the end is killed."""
    yield tmp_path
    end_all(tmp_path)
