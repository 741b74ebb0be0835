"""Who has which worktree of the pool. The store's rows say it; :mod:`headway.landing.pool` moves the files.

Not for: what happens inside a worktree.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from headway.coordination.context import RunContext
from headway.landing.pool import WorktreePool
from headway.nouns import Slot, SlotState

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

    async def take(self, holder: tuple[str, str, int], base: str) -> Slot:
        """A worktree that stands at ``base``, recorded as ``holder``'s before anything in it changes."""
        slot = self._held_by(holder) or await self._reserve(holder, base)
        try:
            async with self._filling:
                await self._fill(slot, base)
        except BaseException:
            # What is in it is not known any more; filling brings it to a known state from any other.
            self._save(replace(slot, state=SlotState.FREE, holder=None, base=None))
            raise
        slot = replace(slot, state=SlotState.BUSY, base=base)
        self._save(slot)
        return slot

    def __getitem__(self, slot: int) -> Slot:
        return self._slots[slot]

    async def give_back(self, slot: int) -> None:
        """Everything in it is a commit by now; the next who takes it moves it to another base."""
        self._save(replace(self._slots[slot], state=SlotState.FREE, holder=None))
        async with self._freed:
            self._freed.notify_all()

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

    async def prepare_spare(self, base: str) -> None:
        """Fill one more worktree ahead of need, if the pool may have it."""
        if len(self._slots) >= self._most or any(s.state is SlotState.FREE for s in self._slots.values()):
            return
        slot = self._new(None)
        async with self._filling:
            await self._fill(slot, base)
        self._save(replace(slot, state=SlotState.FREE, base=base))
        async with self._freed:
            self._freed.notify_all()

    async def _reserve(self, holder: tuple[str, str, int], base: str) -> Slot:
        async with self._freed:
            while True:
                free = [s for s in self._slots.values() if s.state is SlotState.FREE]
                if free:
                    # One that stands at the base already costs nothing to move.
                    slot = min(free, key=lambda s: (s.base != base, s.base is None, s.id))
                    slot = replace(slot, state=SlotState.PREPARING, holder=holder)
                    self._save(slot)
                    return slot
                if len([s for s in self._slots.values() if s.state is not SlotState.KEPT]) < self._most:
                    return self._new(holder)
                await self._freed.wait()

    def _new(self, holder: tuple[str, str, int] | None) -> Slot:
        number = max(self._slots, default=0) + 1
        slot = Slot(
            id=number, path=str(self._directory / str(number)), state=SlotState.PREPARING, holder=holder
        )
        self._save(slot)
        return slot

    async def _fill(self, slot: Slot, base: str) -> None:
        clean = self._context.settings.worktrees.ignored == "clean"
        await self._pool.fill(slot.id, Path(slot.path), base, clean_ignored=clean)

    def _held_by(self, holder: tuple[str, str, int]) -> Slot | None:
        return next((s for s in self._slots.values() if s.holder == holder), None)

    def _save(self, slot: Slot) -> None:
        with self._context.write() as writer:
            writer.save_slot(slot)
        self._slots[slot.id] = slot
