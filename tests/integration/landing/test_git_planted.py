"""What an agent plants to be run by the coordinator's git is not run: opening, filling, taking, showing, removing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headway.config import GitSettings
from headway.landing.git import Git
from headway.landing.pool import WorktreePool
from headway.landing.snapshot import diff, take_snapshot
from tests.integration.landing.conftest import Canary, Repo

Plant = Callable[[Repo, Repo, Canary], None]

#: Keys of git's configuration that run something.
KEYS = [
    "core.fsmonitor", "core.hooksPath", "core.pager", "core.editor", "core.sshCommand", "core.askPass",
    "core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.evil.command", "diff.evil.textconv",
    "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "filter.lfs.clean", "filter.lfs.smudge",
    "filter.lfs.process", "merge.evil.driver", "gpg.program", "credential.helper", "pager.log", "pager.diff",
    "uploadpack.packObjectsHook", "interactive.diffFilter", "sequence.editor", "init.templateDir",
    "remote.origin.uploadpack", "remote.origin.vcs",
]  # fmt: skip

HOOKS = [
    "post-checkout", "post-index-change", "reference-transaction", "pre-commit", "post-commit", "pre-auto-gc",
    "commit-msg", "prepare-commit-msg", "post-merge", "pre-merge-commit", "post-rewrite", "fsmonitor-watchman",
    "query-watchman", "pre-push", "proc-receive", "update", "sendemail-validate", "p4-changelist",
]  # fmt: skip


def _evil_keys(path: Path, canary: Canary) -> None:
    hooks = path.parent / "evil-hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        shutil.copy(canary.script, hooks / name)
    for key in KEYS:
        value = str(hooks) if key == "core.hooksPath" else str(canary.script)
        Repo(path.parent).git("config", "--file", str(path), key, value)
    Repo(path.parent).git("config", "--file", str(path), "commit.gpgSign", "true")
    Repo(path.parent).git("config", "--file", str(path), "log.showSignature", "true")
    Repo(path.parent).git("config", "--file", str(path), "gc.auto", "1")


def _attributes(agent: Repo) -> None:
    agent.write({".gitattributes": "* filter=evil diff=evil merge=evil\n*.bin filter=lfs\n", "x.bin": "x\n"})


def config(repo: Repo, agent: Repo, canary: Canary) -> None:
    _evil_keys(repo.path / ".git" / "config", canary)
    _attributes(agent)


def hooks(repo: Repo, agent: Repo, canary: Canary) -> None:
    for name in HOOKS:
        shutil.copy(canary.script, repo.path / ".git" / "hooks" / name)


def included_config(repo: Repo, agent: Repo, canary: Canary) -> None:
    _evil_keys(repo.path / ".git" / "more", canary)
    repo.git("config", "include.path", "more")
    _attributes(agent)


def config_worktree(repo: Repo, agent: Repo, canary: Canary) -> None:
    repo.git("config", "extensions.worktreeConfig", "true")
    metadata = Path(agent.git("rev-parse", "--absolute-git-dir"))
    _evil_keys(metadata / "config.worktree", canary)
    _evil_keys(repo.path / ".git" / "config.worktree", canary)
    _attributes(agent)


def git_directory(repo: Repo, agent: Repo, canary: Canary) -> None:
    (agent.path / ".git").unlink()
    agent.git("init", "-q")
    agent.commit({"x": "x\n"})
    _evil_keys(agent.path / ".git" / "config", canary)
    shutil.copy(canary.script, agent.path / ".git" / "hooks" / "post-index-change")
    _attributes(agent)


def git_file_elsewhere(repo: Repo, agent: Repo, canary: Canary) -> None:
    elsewhere = Repo(agent.path.parent / "evil")
    elsewhere.path.mkdir()
    elsewhere.git("init", "-q")
    _evil_keys(elsewhere.path / ".git" / "config", canary)
    (agent.path / ".git").write_text(f"gitdir: {elsewhere.path}/.git\n")
    _attributes(agent)


def commondir(repo: Repo, agent: Repo, canary: Canary) -> None:
    metadata = Path(agent.git("rev-parse", "--absolute-git-dir"))
    elsewhere = Repo(agent.path.parent / "evil")
    elsewhere.path.mkdir()
    elsewhere.git("init", "-q")
    _evil_keys(elsewhere.path / ".git" / "config", canary)
    (metadata / "commondir").write_text(f"{elsewhere.path}/.git\n")
    _attributes(agent)


def nested_gitlink(repo: Repo, agent: Repo, canary: Canary) -> None:
    nested = Repo(agent.path / "nested")
    nested.path.mkdir()
    nested.git("init", "-q")
    nested.commit({"f": "f\n"})
    agent.git("add", "nested")
    agent.commit({}, "gitlink")
    _evil_keys(nested.path / ".git" / "config", canary)
    for name in HOOKS:
        shutil.copy(canary.script, nested.path / ".git" / "hooks" / name)
    nested.write({"f": "changed\n", "new": "x"})


def submodule(repo: Repo, agent: Repo, canary: Canary) -> None:
    agent.write(
        {".gitmodules": f'[submodule "s"]\n\tpath = nested\n\turl = ext::{canary.script}\n\tupdate = !x\n'}
    )
    nested_gitlink(repo, agent, canary)


def promisor(repo: Repo, agent: Repo, canary: Canary) -> None:
    repo.git("config", "remote.evil.url", f"ext::{canary.script}")
    repo.git("config", "remote.evil.promisor", "true")
    repo.git("config", "remote.evil.partialCloneFilter", "blob:none")
    repo.git("config", "extensions.partialClone", "evil")
    repo.git("config", "core.repositoryFormatVersion", "1")
    agent.write({"a.txt": "a missing object\n"})


def alternates(repo: Repo, agent: Repo, canary: Canary) -> None:
    (repo.path / ".git" / "objects" / "info" / "alternates").write_text("/nowhere\n")


def aliases(repo: Repo, agent: Repo, canary: Canary) -> None:
    for name in ("status", "restore", "read-tree", "update-index", "clean", "rev-parse", "log", "version"):
        repo.git("config", f"alias.{name}", f"!{canary.script}")


def no_worktree(repo: Repo, agent: Repo, canary: Canary) -> None:
    repo.git("config", "core.worktree", "nowhere")


PLANTS: list[Plant] = [
    config, hooks, included_config, config_worktree, git_directory, git_file_elsewhere, commondir,
    nested_gitlink, submodule, promisor, alternates, aliases, no_worktree,
]  # fmt: skip


async def _all_that_we_do(git: Git, slot: int, agent: Repo, base: str, keep: Path) -> None:
    ref = f"refs/headway/r1/T-1/{slot}"
    snapshot = await take_snapshot(git, slot, agent.path, base=base, ref=ref, message="m", keep=keep)
    assert snapshot.commit
    assert "a.txt" in snapshot.files
    await diff(git, base, snapshot.commit, limit=10_000)
    await git.log_between(base, snapshot.commit, ())
    await git.refs("for-each-ref")
    await git.refs("update-ref", f"refs/headway/moved/{slot}", snapshot.commit)
    pool = WorktreePool(git)
    for commit in (base, snapshot.commit, base):
        await pool.fill(slot, agent.path, commit, clean_ignored=True)
    await pool.fill(slot + 100, agent.path.with_name(str(slot + 100)), snapshot.commit, clean_ignored=False)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
async def test_what_is_planted_does_not_run(
    repo: Repo, git: Git, tmp_path: Path, canary: Canary, plant: Plant
) -> None:
    base = repo.git("rev-parse", "HEAD")
    agent = Repo(tmp_path / "worktrees" / "1")
    await WorktreePool(git).fill(1, agent.path, base, clean_ignored=False)
    agent.write({"a.txt": "work\n"})
    plant(repo, agent, canary)
    agent.write({"a.txt": "more work\n", "dir/new": "x\n"})
    canary.path.unlink(missing_ok=True)
    await _all_that_we_do(git, 1, agent, base, tmp_path / "kept")
    assert not canary.sang
    # And for a coordinator that starts while it is there already.
    repo.git(
        "config",
        "--file",
        str(repo.path / ".git/config"),
        "--unset",
        "core.worktree",
        check=False,
        cwd=repo.path.parent,
    )
    git = await Git.open(repo.path, GitSettings())
    await WorktreePool(git).fill(1, agent.path, base, clean_ignored=False)
    agent.write({"a.txt": "work\n"})
    plant_again = plant in (git_directory, nested_gitlink, submodule)
    if plant_again:
        plant(repo, agent, canary)
        canary.path.unlink(missing_ok=True)
    await _all_that_we_do(git, 1, agent, base, tmp_path / "kept")
    assert not canary.sang


async def test_the_canary_sings_where_git_is_called_as_anybody_calls_it(
    repo: Repo, git: Git, tmp_path: Path, canary: Canary
) -> None:
    agent = Repo(tmp_path / "worktrees" / "1")
    await WorktreePool(git).fill(1, agent.path, repo.git("rev-parse", "HEAD"), clean_ignored=False)
    config(repo, agent, canary)
    agent.git("status", check=False)
    assert canary.sang
