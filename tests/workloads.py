"""The workloads from real history, for tests: a repository from a bundle, run as a user types it, then checked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import processes, proofs
from benchmarks.coordinator import Coordinator, read_log, run_argv
from benchmarks.records import read_attempts
from benchmarks.workloads import Workload

from tests.shared import shared


def workload(name: str) -> Workload:
    """The workload; skips the test where the shared material is absent, fails it under CI."""
    return Workload(name=name, directory=shared(f"workloads/{name}.json").parent)


@contextmanager
def stage(tmp_path: Path) -> Iterator[Path]:
    """A folder for one run, under a name that no other process mentions; nothing is left running in it.

    It goes when the test passed: 42 worktrees are 100,000 files.
    """
    folder = Path(tempfile.mkdtemp(prefix="headway-stage-", dir=tmp_path))
    try:
        yield folder
    finally:
        processes.end_all(folder)
    shutil.rmtree(folder)


def run_and_prove(chosen: Workload, folder: Path, agent: str, *, patience: float) -> list[str]:
    """``headway run`` on a new repository; what does not hold afterwards of all that must."""
    read = chosen.read()
    repository = chosen.make_repository(folder / "repository")
    coordinator = Coordinator(folder, run_argv(chosen, repository, agent))
    hangs = not coordinator.wait(patience)
    if hangs:
        coordinator.abort()
    ended = coordinator.end()
    if hangs:
        return [f"it hangs after {patience:g} s: {ended.errors[-6000:]}"]
    attempts = read_attempts(repository)
    return [
        *proofs.right_end(ended, len(read["tickets"])),
        *proofs.right_answer(chosen.check(repository)),
        *proofs.nothing_left(folder),
        *proofs.never_two_at_once(attempts),
        *proofs.each_ran_once(attempts),
        *proofs.no_finished_work_again(attempts, read_log(folder, repository)),
        *proofs.all_finished(attempts),
        *proofs.sound_repository(repository, read["base"], (t["id"] for t in read["tickets"])),
    ]
