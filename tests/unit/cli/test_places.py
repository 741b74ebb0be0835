"""Where a repository is found, without git."""

from pathlib import Path

import pytest

from headway.cli.places import find_place
from headway.errors import RepositoryError, SettingsError


def make_git_directory(path: Path) -> Path:
    (path / "objects").mkdir(parents=True)
    (path / "refs").mkdir()
    (path / "HEAD").write_text("ref: refs/heads/main\n")
    return path


def test_a_repository_is_found_from_a_folder_of_it(tmp_path: Path) -> None:
    git = make_git_directory(tmp_path / "r" / ".git")
    (tmp_path / "r" / "a" / "b").mkdir(parents=True)
    place = find_place(tmp_path / "r" / "a" / "b")
    assert (place.root, place.common_dir) == (tmp_path / "r", git)


def test_a_linked_worktree_leads_to_the_shared_git_directory(tmp_path: Path) -> None:
    git = make_git_directory(tmp_path / "r" / ".git")
    linked = git / "worktrees" / "w"
    linked.mkdir(parents=True)
    (linked / "commondir").write_text("../..\n")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / ".git").write_text(f"gitdir: {linked}\n")
    place = find_place(tmp_path / "w")
    assert (place.root, place.common_dir) == (tmp_path / "w", git)


def test_a_bare_repository_is_its_own_git_directory(tmp_path: Path) -> None:
    git = make_git_directory(tmp_path / "r.git")
    place = find_place(git)
    assert (place.root, place.common_dir) == (git, git)


def test_a_repository_behind_a_link_is_known_by_its_real_name(tmp_path: Path) -> None:
    git = make_git_directory(tmp_path / "r" / ".git")
    (tmp_path / "link").symlink_to("r")
    assert find_place(tmp_path / "link").common_dir == git


def test_no_repository_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError) as caught:
        find_place(tmp_path)
    assert "git init" in caught.value.mend


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="no such folder"):
        find_place(tmp_path / "missing")


@pytest.mark.parametrize("text", ["", "gitdir: ../nowhere", "gitdir: \0", "\xff"])
def test_a_git_file_that_leads_nowhere_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / ".git").write_text(text, encoding="latin-1")
    with pytest.raises(RepositoryError):
        find_place(tmp_path)


def test_the_store_is_beside_the_repository_or_where_the_settings_say(tmp_path: Path) -> None:
    git = make_git_directory(tmp_path / ".git")
    place = find_place(tmp_path)
    assert place.store_url() == f"sqlite:///{git / 'headway' / 'store.db'}"
    (tmp_path / "headway.toml").write_text('[store]\nurl = "postgresql://h/x"\n')
    assert place.store_url() == "postgresql://h/x"


@pytest.mark.parametrize("text", ["[store", "store = 5"])
def test_settings_that_cannot_be_read_are_told(tmp_path: Path, text: str) -> None:
    make_git_directory(tmp_path / ".git")
    (tmp_path / "headway.toml").write_text(text)
    with pytest.raises(SettingsError):
        find_place(tmp_path).store_url()
