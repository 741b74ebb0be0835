"""A user's repository, as landing's tests have it."""

from tests.integration.landing.conftest import git, home, make_repo, repo

__all__ = ["git", "home", "make_repo", "repo"]
