"""Who has which worktree of the pool. The store's rows say it; :mod:`headway.landing.pool` moves the files.

Not for: what happens inside a worktree.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from headway.coordination.context import RunContext
from headway.errors import GitError
from headway.landing.pool import WorktreePool
from headway.nouns import Slot, SlotState

#: A disk with less room than this is full, in bytes.
LEAST_ROOM = 2**20

#: How many worktrees are filled at once. The work is CPU and file creation, and it competes with the agents that
#: run already; more at once than cores finishes none of them sooner.
AT_ONCE = 2


class Slots:
    """Takes worktrees out of the pool and puts them back."""

    def __init__(self, context: RunContext, pool: WorktreePool, *, most: int) -> None:
        self._context = context
        self._pool = pool
        self._most = most
        self._filling = asyncio.Semaphore(AT_ONCE)
        self._freed = asyncio.Condition()
        self._slots = {slot.id: slot for slot in context.store.slots()}
        self._directory = context.home.worktrees(context.settings.worktrees.directory)

    def __getitem__(self, slot: int) -> Slot:
        return self._slots[slot]

    def held_by(self, holder: tuple[str, str, int]) -> Slot | None:
        """The slot of one attempt (run, ticket, number)."""
        return next((s for s in self._slots.values() if s.holder == holder), None)

    def where(self, slot: int) -> Path:
        """The folder of a worktree that somebody has. Raises OSError where that of all worktrees is gone: a disk that
        is not mounted must not be taken for an agent that removed its worktree."""
        path = Path(self._slots[slot].path)
        if not path.parent.is_dir():
            what = "the folder of the worktrees is gone; bring it back (is its disk mounted?)"
            raise FileNotFoundError(errno.ENOENT, what, str(path.parent))
        return path

    async def take(self, holder: tuple[str, str, int], base: str) -> Slot:
        """A worktree that stands at ``base``, recorded as ``holder``'s before anything in it changes."""
        slot = self.held_by(holder) or await self._reserve(holder, base)
        if slot.base != base:
            slot = self._unknown(slot)
            try:
                await self._fill(slot, base)
            except BaseException:
                await self._free(slot)
                raise
        slot = replace(slot, state=SlotState.BUSY, base=base)
        self._save(slot)
        return slot

    async def give_back(self, slot: int) -> None:
        """Everything in it is a commit by now; the next who takes it moves it to another base."""
        await self._free(replace(self._slots[slot], base=None))

    def keep(self, slot: int) -> None:
        """What is in it could not be made a commit: it stays as it is, for a person to look at."""
        self._save(replace(self._slots[slot], state=SlotState.KEPT))

    def release_stale(self, still_held: set[tuple[str, str, int]]) -> None:
        """After a crash: slots whose holder is none of these are free again, their content to be moved."""
        for slot in list(self._slots.values()):
            if slot.state is SlotState.KEPT or slot.holder in still_held:
                continue
            if slot.state is not SlotState.FREE or slot.holder is not None:
                self._save(replace(slot, state=SlotState.FREE, holder=None, base=None))

    async def warm(self, base: str, count: int) -> None:
        """Have ``count`` worktrees at ``base`` ready for whoever comes, as far as the pool may have so many."""
        free = [s for s in self._slots.values() if s.state is SlotState.FREE]
        ready = sum(1 for s in free if s.base == base)
        stale = [s for s in free if s.base != base]
        wanted = min(count - ready, len(stale) + self._most - len(self._slots))
        # Recorded before anything is awaited: an agent that comes meanwhile must not take the same one.
        chosen = [self._reserved(self._unknown(s), None) for s in stale[: max(0, wanted)]]
        chosen += [self._new(None) for _ in range(wanted - len(chosen))]

        async def fill_some() -> None:
            # Few at the door at once: who needs a worktree now goes before those that are filled ahead of need.
            while chosen:
                slot = chosen.pop(0)
                filled = None
                try:
                    await self._fill(slot, base)
                    filled = base
                finally:
                    await self._free(replace(slot, base=filled))

        for failed in await asyncio.gather(*(fill_some() for _ in range(AT_ONCE)), return_exceptions=True):
            if isinstance(failed, BaseException):
                for slot in chosen:
                    await self._free(slot)
                raise failed

    async def _reserve(self, holder: tuple[str, str, int], base: str) -> Slot:
        async with self._freed:
            while True:
                free = [s for s in self._slots.values() if s.state is SlotState.FREE]
                if free:
                    return self._reserved(min(free, key=lambda s: (s.base != base, s.id)), holder)
                if not any(self._is_being_warmed(s) for s in self._slots.values()) and self._has_room():
                    return self._new(holder)
                await self._freed.wait()

    def _has_room(self) -> bool:
        return sum(1 for s in self._slots.values() if s.state is not SlotState.KEPT) < self._most

    @staticmethod
    def _is_being_warmed(slot: Slot) -> bool:
        return slot.state is SlotState.PREPARING and slot.holder is None

    def _reserved(self, slot: Slot, holder: tuple[str, str, int] | None) -> Slot:
        slot = replace(slot, state=SlotState.PREPARING, holder=holder)
        self._save(slot)
        return slot

    def _unknown_folders(self) -> Iterator[int]:
        """Worktrees that the store knows nothing of: it was lost, and what lies in them may be all there is of
        somebody's work."""
        with suppress(FileNotFoundError):
            for entry in self._directory.iterdir():
                if entry.name.isdecimal():
                    yield int(entry.name)

    def _unknown(self, slot: Slot) -> Slot:
        """From here on nobody knows what is in it; filling brings it to a known state from any other."""
        slot = replace(slot, base=None)
        self._save(slot)
        return slot

    def _new(self, holder: tuple[str, str, int] | None) -> Slot:
        number = 1 + max([*self._slots, *self._unknown_folders()], default=0)
        path = str(self._directory / str(number))
        slot = Slot(id=number, path=path, state=SlotState.PREPARING, holder=holder)
        self._save(slot)
        return slot

    async def _fill(self, slot: Slot, base: str) -> None:
        clean = self._context.settings.worktrees.ignored == "clean"
        async with self._filling:
            try:
                await self._pool.fill(slot.id, Path(slot.path), base, clean_ignored=clean)
            except (GitError, OSError) as error:
                if _is_full(self._directory):  # git says only that it cannot write
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), slot.path) from error
                raise

    async def _free(self, slot: Slot) -> None:
        self._save(replace(slot, state=SlotState.FREE, holder=None))
        async with self._freed:
            self._freed.notify_all()

    def _save(self, slot: Slot) -> None:
        with self._context.write() as writer:
            writer.save_slot(slot)
        self._slots[slot.id] = slot


def _is_full(directory: Path) -> bool:
    try:
        found = os.statvfs(directory)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < LEAST_ROOM or (found.f_files > 0 and found.f_favail == 0)
