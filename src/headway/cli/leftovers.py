"""What ``headway clean`` may remove: worktrees that nobody has, and files of runs that have ended.

Never anything that is in no commit: a worktree is free only once its content is a commit under ``refs/headway``, and
an attempt's folder stays where it holds a nested repository that an agent made.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headway.errors import HeadwayError, RunError, StoreMissing
from headway.nouns import AttemptState, RunState, Slot, SlotState

if TYPE_CHECKING:
    from headway.cli.places import Place

#: Folder of an attempt in which the histories of nested repositories are kept.
KEPT = "kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftovers:
    """What can go, and what was left out and why."""

    slots: tuple[Slot, ...] = ()
    folders: tuple[Path, ...] = ()
    bytes: int = 0
    kept: tuple[str, ...] = ()


def find(place: Place) -> Leftovers:
    """What can go. Raises RunError while anything runs, StoreError."""
    try:
        with place.reader() as reader:
            runs = reader.runs()
            for run in runs:
                _refuse_while_running(place.view(reader, run).is_kept_going, run.id, run.state)
            slots = reader.slots()
            unfinished = {
                run.id
                for run in runs
                if run.state is not RunState.ENDED
                or any(a.state is not AttemptState.COLLECTED for a in reader.attempts(run.id))
            }
    except StoreMissing:
        return Leftovers()
    kept = [
        f"{s.path} holds work that is in no commit: look at it" for s in slots if s.state is SlotState.KEPT
    ]
    kept += [f"run {id_} is not over: headway resume goes on with it" for id_ in sorted(unfinished)]
    free = tuple(s for s in slots if s.state is SlotState.FREE)
    folders: list[Path] = []
    for run in runs:
        if run.id in unfinished:
            continue
        for folder in (place.home.root / "attempts" / run.id, place.home.verifications() / run.id):
            nested = [p for p in folder.glob(f"*/*/{KEPT}") if any(p.iterdir())]
            if nested:
                kept.append(f"{folder} holds {len(nested)} nested repositories of agents")
            elif folder.exists():
                folders.append(folder)
        if place.home.signs(run.id).exists():
            folders.append(place.home.signs(run.id))
    size = _size([*(Path(s.path) for s in free), *folders])
    return Leftovers(slots=free, folders=tuple(folders), bytes=size, kept=tuple(kept))


async def remove(place: Place, leftovers: Leftovers) -> None:
    """Remove it, as the repository's only coordinator meanwhile. Raises LeaseHeld, HeadwayError."""
    from headway.coordination.coordinator import LEASE_PATIENCE
    from headway.coordination.opening import hold_lease, open_repository
    from headway.landing.pool import WorktreePool
    from headway.store.store import Store

    if not leftovers.slots and not leftovers.folders:
        return
    repository = await open_repository(place.root)
    pool = WorktreePool(repository.git)
    store = Store.open(repository.store_url)
    try:
        with hold_lease(store, LEASE_PATIENCE) as fence:
            free = {slot.id for slot in store.slots() if slot.state is SlotState.FREE}
            for slot in leftovers.slots:
                if slot.id in free:  # else somebody took it since we looked
                    await pool.remove(slot.id, Path(slot.path))
                    with store.write(fence) as writer:
                        writer.delete_slot(slot.id)
            for path in leftovers.folders:
                _remove(path)
    finally:
        store.close()


def _refuse_while_running(kept_going: bool, run: str, state: RunState) -> None:
    if kept_going:
        raise RunError(
            f"run {run} goes on", mend="wait for its end (headway watch), or stop it: headway stop"
        )
    if state is RunState.RUNNING:
        raise RunError(
            f"run {run} is not over, and its agents may be at work",
            mend="go on with it: headway resume; or end it and keep what was done: headway stop --kill",
        )


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise HeadwayError(
            f"{error.filename}: {error.strerror}", mend="mend its rights, then again"
        ) from error


def _size(paths: Sequence[Path]) -> int:
    total = 0
    for path in paths:
        if path.is_file():
            total += path.stat().st_size
        for folder, _, names in os.walk(path):
            for name in names:
                try:
                    total += os.lstat(f"{folder}/{name}").st_size
                except OSError:
                    continue
    return total
