"""A repository for generated pairs, and a home of nobody's configuration."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from headway.config import GitSettings
from headway.landing.git import Git


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder without configuration, for git and for us."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.setenv("HOME", str(path))
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield path


@pytest.fixture(scope="module")
def git(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Git:
    """A bare repository as Headway opens it."""
    path = tmp_path_factory.mktemp("repository")
    pygit2.init_repository(str(path), bare=True)
    return asyncio.run(Git.open(path, GitSettings()))
