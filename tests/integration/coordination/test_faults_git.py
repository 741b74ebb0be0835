"""What may be wrong with a repository, before a run and while it goes: told with what to do, and nothing is lost."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import headway
from headway.nouns import RunState, Ticket
from tests.integration.coordination.conftest import Place, Typed

Types = Callable[..., Typed]


class TestRefused:
    """Such a run is refused before it starts, and leaves nothing behind."""

    @staticmethod
    def assert_refused(place: Place, ran: Typed, what: str, mend: str) -> None:
        assert ran.status == 2
        assert ran.out == ""
        assert what in ran.err
        assert f"→ {mend}" in ran.err
        assert not (place.root / ".git/headway/attempts").exists()

    def test_a_folder_that_is_no_repository(
        self, place: Place, typed: Types, one_ticket: list[str], tmp_path: Path
    ) -> None:
        plain = tmp_path / "plain"
        plain.mkdir()
        ran = typed(*one_ticket, repo=plain)
        assert ran.status == 2
        assert "is in no git repository" in ran.err
        assert "git init" in ran.err
        assert list(plain.iterdir()) == []

    def test_a_repository_without_a_commit(
        self, place: Place, typed: Types, one_ticket: list[str], tmp_path: Path
    ) -> None:
        subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True)
        ran = typed(*one_ticket, repo=tmp_path / "empty")
        self.assert_refused(
            place, ran, "has no commit yet", "make the first commit: git add -A && git commit"
        )

    def test_a_detached_head(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        place.git("checkout", "-q", "--detach")
        ran = typed(*one_ticket)
        self.assert_refused(place, ran, "HEAD is detached", "name the branch: --into BRANCH")

    def test_a_branch_that_is_not_there(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        ran = typed(*one_ticket, "--into", "mian")
        self.assert_refused(
            place, ran, "there is no branch mian", "make the branch: git branch mian; or name one"
        )
        assert "main" in ran.err

    def test_a_protected_branch(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        (place.root / "headway.toml").write_text('[landing]\nprotected = ["main", "release/*"]\n')
        ran = typed(*one_ticket)
        self.assert_refused(place, ran, "main is protected", "land on another branch, --into BRANCH")

    def test_a_merge_in_progress(self, place: Place, typed: Types, one_ticket: list[str]) -> None:
        place.git("checkout", "-qb", "other")
        place.commit("list.txt", "theirs\n")
        place.git("checkout", "-q", "main")
        place.commit("list.txt", "ours\n")
        subprocess.run(["git", "merge", "-q", "other"], cwd=place.root, capture_output=True)
        ran = typed(*one_ticket)
        self.assert_refused(
            place, ran, "a merge is in progress", f"finish it, or: git -C {place.root} merge --abort"
        )
        assert "<<<<<<<" in (place.root / "list.txt").read_text()


class TestTaken:
    """Unusual, and as good as any."""

    async def test_a_bare_repository(self, place: Place, tmp_path: Path) -> None:
        bare = tmp_path / "bare.git"
        place.git("clone", "-q", "--bare", ".", str(bare))
        place.root = bare
        assert (await place.run({"A": "echo a > a.txt"})).landed == 1
        assert place.show("a.txt") == "a\n"

    async def test_a_shallow_clone_with_a_word_on_it(self, place: Place, tmp_path: Path) -> None:
        place.commit("second.txt", "2\n")
        subprocess.run(
            ["git", "clone", "-q", "--depth=1", place.root.as_uri(), str(tmp_path / "shallow")], check=True
        )
        place.root = tmp_path / "shallow"
        assert (await place.run({"A": "echo a > a.txt"})).landed == 1
        assert place.show("a.txt") == "a\n"
        with place.store() as store:
            (note,) = store.events(kinds=["run.note"])
        assert "git fetch --unshallow" in note.data["reason"]

    async def test_submodules_stay_where_they_are(self, place: Place, tmp_path: Path) -> None:
        inner = tmp_path / "inner"
        subprocess.run(["git", "clone", "-q", str(place.root), str(inner)], check=True)
        place.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "lib")
        place.git("commit", "-qm", "a submodule")
        before = place.git("ls-tree", "main", "lib")
        assert (await place.run({"A": "echo a > a.txt"})).landed == 1
        assert place.git("ls-tree", "main", "lib") == before
        assert (place.root / "lib" / "list.txt").exists(), "what the user has in it stays"
        with place.store() as store:
            assert "submodules are empty" in store.events(kinds=["run.note"])[0].data["reason"]

    async def test_an_allowed_filter_is_run_and_another_is_not(self, place: Place) -> None:
        """As Git LFS does it: what is committed is what ``clean`` makes of a file, what one sees what ``smudge``
        makes of that."""
        canary = place.folder / "canary"
        place.git("config", "--global", "filter.lfs.clean", "tr a-z A-Z")
        place.git("config", "--global", "filter.lfs.smudge", "tr A-Z a-z")
        place.git("config", "--global", "filter.other.clean", f"touch {canary}; cat")
        place.git("config", "--global", "filter.other.smudge", f"touch {canary}; cat")
        place.commit(".gitattributes", "*.big filter=lfs\n*.odd filter=other\n")
        place.commit("old.big", "old\n")
        canary.unlink(missing_ok=True)
        plan = {"A": "grep -q old old.big; echo data > new.big; echo data > new.odd"}
        assert (await place.run(plan)).landed == 1
        assert place.show("new.big") == "DATA\n"
        assert (place.root / "new.big").read_text() == "data\n"
        assert place.show("new.odd") == "data\n"
        assert not canary.exists()
        with place.store() as store:
            assert "the filter other is not run" in store.events(kinds=["run.note"])[0].data["reason"]

    async def test_a_dirty_checkout_keeps_all_that_is_in_nobodys_way(self, place: Place) -> None:
        (place.root / "list.txt").write_text("edited\n")
        (place.root / "staged.txt").write_text("staged\n")
        place.git("add", "staged.txt")
        (place.root / "untracked.txt").write_text("untracked\n")
        before = place.git("status", "--porcelain")
        assert (await place.run({"A": "echo a > a.txt"})).landed == 1
        assert place.git("status", "--porcelain") == before
        assert (place.root / "a.txt").read_text() == "a\n"
        assert (place.root / "list.txt").read_text() == "edited\n"
        assert place.show("a.txt") == "a\n"
        place.git("fsck", "--strict")


class TestOnTheWay:
    """What a user does to the repository while a run goes."""

    async def test_a_target_that_was_rewound_stays_rewound_and_work_lands_on_it(self, place: Place) -> None:
        place.commit("taken-back.txt", "1\n")
        gate = place.gate("A")
        handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
        await gate.reached()
        place.git("reset", "-q", "--hard", "HEAD~1")
        gate.open()
        assert (await place.watch(handle)).landed == 1
        assert place.show("a.txt") == "a\n"
        assert "taken-back.txt" not in place.git("ls-tree", "--name-only", "main").split()
        assert place.git("log", "--format=%s", "main", "--", "taken-back.txt") == ""
        place.assert_sound()

    async def test_a_target_that_was_removed_is_waited_for(self, place: Place) -> None:
        tickets = [Ticket(id="A", title="a"), Ticket(id="B", title="b", depends_on=("A",))]
        gate = place.gate("A")
        handle = place.start({"A": f"{gate.script}; echo a > a.txt", "B": "echo b > b.txt"}, tickets=tickets)
        await gate.reached()
        tip = place.git("rev-parse", "main")
        place.git("checkout", "-q", "--detach")
        place.git("branch", "-q", "-D", "main")
        gate.open()
        waits = await place.until(handle, "landing.waits", "A")
        assert "the branch is gone" in waits.data["reason"]
        assert "git branch main" in waits.data["reason"]
        place.git("branch", "main", tip)
        assert (await place.watch(handle)).landed == 2
        assert (place.show("a.txt"), place.show("b.txt")) == ("a\n", "b\n")

    async def test_a_ticket_that_would_begin_on_a_target_that_was_removed_waits_too(
        self, place: Place
    ) -> None:
        gates = {name: place.gate(name) for name in ("A", "B")}
        plan = {name: f"{gate.script}; echo x > {name}" for name, gate in gates.items()}
        handle = place.start(plan, agents=1)
        await gates["A"].reached()
        place.git("branch", "-q", "-m", "main", "renamed")
        gates["A"].open()
        trouble = await place.until(handle, "ticket.trouble", "B")
        assert "git branch main COMMIT" in trouble.data["reason"]
        place.git("branch", "-q", "-m", "renamed", "main")
        gates["B"].open()
        assert (await place.watch(handle)).landed == 2

    async def test_a_run_whose_target_was_removed_is_not_resumed_on_another(
        self, place: Place, typed: Types
    ) -> None:
        gate = place.gate("A")
        handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
        await gate.reached()
        handle.leave()
        await handle
        place.git("branch", "-q", "-m", "main", "renamed")
        with pytest.raises(headway.errors.GitError, match="the branch is gone") as told:
            await headway.resume_run(place.root)
        assert "git branch main COMMIT" in told.value.mend
        place.git("branch", "-q", "-m", "renamed", "main")
        gate.open()
        assert (await headway.resume_run(place.root)).landed == 1

    async def test_a_leftover_index_lock_is_told_and_waited_for(self, place: Place) -> None:
        lock = place.root / ".git/index.lock"
        lock.touch()
        handle = place.start({"A": "echo a > a.txt"})
        waits = await place.until(handle, "landing.waits")
        assert f"rm {lock}" in waits.data["reason"]
        assert lock.exists()
        lock.unlink()
        assert (await place.watch(handle)).landed == 1
        place.assert_sound()

    async def test_a_merge_that_the_user_begins_is_waited_for(self, place: Place) -> None:
        place.git("checkout", "-qb", "other")
        place.commit("list.txt", "theirs\n")
        place.git("checkout", "-q", "main")
        place.commit("list.txt", "ours\n")
        gate = place.gate("A")
        handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
        await gate.reached()
        subprocess.run(["git", "merge", "-q", "other"], cwd=place.root, capture_output=True)
        gate.open()
        waits = await place.until(handle, "landing.waits")
        assert "a merge is in progress" in waits.data["reason"]
        assert "<<<<<<<" in (place.root / "list.txt").read_text()
        place.git("merge", "--abort")
        assert (await place.watch(handle)).landed == 1
        place.assert_sound()

    async def test_a_run_that_is_stopped_does_not_wait_for_its_user(self, place: Place) -> None:
        handle = place.start({"A": "echo theirs > list.txt"})
        await place.until(handle, "attempt.started")
        (place.root / "list.txt").write_text("the user's own\n")
        await place.until(handle, "landing.waits")
        handle.drain()
        result = await place.watch(handle)
        assert (result.state, result.open) == (RunState.STOPPED, 1)
        assert (place.root / "list.txt").read_text() == "the user's own\n"
        place.git("checkout", "-q", "--", "list.txt")
        assert (await headway.resume_run(place.root)).landed == 1
        assert place.show("list.txt") == "theirs\n"

    async def test_a_copy_that_went_to_another_branch_is_left_alone(self, place: Place) -> None:
        gate = place.gate("A")
        handle = place.start({"A": f"{gate.script}; echo a > a.txt"})
        await gate.reached()
        place.git("checkout", "-qb", "elsewhere")
        gate.open()
        assert (await place.watch(handle)).landed == 1
        assert place.show("a.txt") == "a\n"
        assert not (place.root / "a.txt").exists()
        place.assert_sound()
