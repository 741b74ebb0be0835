"""Agents, a model and a home for them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agents.packages import install
from tests.shared import shared

#: How long the model's server may take to listen, in seconds.
PATIENCE = 30


@dataclass(frozen=True)
class Model:
    """A server that plays the script found in a prompt."""

    url: str
    log: Path

    def requests(self) -> list[dict[str, object]]:
        """What it was asked so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture(scope="session")
def agents_bin() -> Path:
    """Where the agents' executables are."""
    return install()


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Model]:
    """A scripted model of the test's own."""
    script = shared("scripted_model/scripted_model.py")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "model.log"
    server = subprocess.Popen([sys.executable, script, str(port), log], stderr=subprocess.DEVNULL)
    try:
        _await(server, port)
        yield Model(f"http://127.0.0.1:{port}", log)
    finally:
        server.kill()
        server.wait()


def _await(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert server.poll() is None, "the scripted model ended at once"
            assert time.monotonic() < until, "the scripted model does not listen"
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def user(tmp_path: Path, agents_bin: Path, model: Model) -> dict[str, str]:
    """The environment of a user who has the three agents, set up for the model."""
    home = tmp_path / "home"
    (home / ".codex").mkdir(parents=True)
    (home / ".codex" / "config.toml").write_text(
        'model = "scripted"\nmodel_provider = "scripted"\n\n[model_providers.scripted]\nname = "scripted"\n'
        f'base_url = "{model.url}/v1"\nwire_api = "responses"\nenv_key = "OPENAI_API_KEY"\n'
    )
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "scripted",
        "options": {"baseURL": f"{model.url}/v1", "apiKey": "dummy"},
        "models": {"scripted": {"name": "scripted"}},
    }
    (home / ".config" / "opencode").mkdir(parents=True)
    (home / ".config" / "opencode" / "opencode.json").write_text(
        json.dumps({"model": "scripted/scripted", "provider": {"scripted": provider}})
    )
    (home / ".gitconfig").write_text("[user]\nname = A User\nemail = user@example.org\n")
    return {
        "PATH": f"{agents_bin}:{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ANTHROPIC_BASE_URL": model.url,
        "ANTHROPIC_API_KEY": "dummy",
        "OPENAI_API_KEY": "dummy",
        "SECRET_OF_THE_USER": "must not be seen",
    }


@pytest.fixture
def repository(tmp_path: Path, user: dict[str, str]) -> Path:
    """A small repository."""
    path = tmp_path / "repository"
    (path / "src").mkdir(parents=True)
    (path / "src" / "app.py").write_text("x = 1\n")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=path, env=user, check=True)
    return path
