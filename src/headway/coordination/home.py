"""Where Headway keeps its own files. Nothing of ours ever lies in a user's tree."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The places of one repository; ``common_dir`` is its git directory, shared by all its worktrees."""

    common_dir: Path

    @property
    def root(self) -> Path:
        """Everything of ours but the worktrees."""
        return self.common_dir / "headway"

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the default store."""
        return f"sqlite:///{self.root / 'store.db'}"

    @property
    def coordinator_log(self) -> Path:
        """What a detached coordinator prints."""
        return self.root / "coordinator.log"

    def attempts(self) -> Path:
        """Directory of all attempts."""
        return self.root / "attempts"

    def attempt(self, run: str, ticket: str, number: int) -> Path:
        """Directory of one attempt: the launcher's files, the prompt, the logs."""
        return self.attempts() / run / ticket / str(number)

    def signs(self, run: str) -> Path:
        """What the agents at work do just now, for viewers; may be lost without harm."""
        return self.root / f"signs-{run}.json"

    def verification(self, run: str, ticket: str, number: int, onto: str) -> Path:
        """Directory of one verification: the same, for the command that verifies."""
        return self.root / "verifications" / run / ticket / f"{number}-{onto[:12]}"

    def verifications(self) -> Path:
        """Directory of all verifications."""
        return self.root / "verifications"

    def worktrees(self, configured: str | None) -> Path:
        """Directory of the pool, by default under the user's state directory: never inside the repository,
        where tools that look upwards would find the wrong ``pyproject.toml`` or ``node_modules``."""
        import platformdirs

        name = self.common_dir.parent.name if self.common_dir.name == ".git" else self.common_dir.name
        known_as = hashlib.sha256(str(self.common_dir).encode()).hexdigest()[:10]
        base = (
            Path(configured).expanduser()
            if configured
            else Path(platformdirs.user_state_dir("headway")) / "worktrees"
        )
        return base / f"{name}-{known_as}"
