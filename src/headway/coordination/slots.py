"""Who has which worktree of the pool. The store's rows say it; :mod:`headway.landing.pool` moves the files.

Not for: what happens inside a worktree.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from headway.coordination.context import RunContext
from headway.coordination.growing import ANOTHER, PoolNow, next_worktree
from headway.errors import GitError
from headway.landing.pool import WorktreePool
from headway.landing.scan import Seen
from headway.nouns import Slot, SlotState

#: A disk with less room than this is full, in bytes.
LEAST_ROOM = 2**20

#: How many worktrees are filled at once. The work is CPU and file creation, and it competes with the agents that
#: run already; more at once than cores finishes none of them sooner.
AT_ONCE = max(2, len(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Somebody who needs a worktree."""

    holder: tuple[str, str, int]
    base: str
    given: asyncio.Future[Slot]


class Slots:
    """Takes worktrees out of the pool and puts them back."""

    def __init__(self, context: RunContext, pool: WorktreePool, *, most: int) -> None:
        self._context = context
        self._pool = pool
        self._most = most
        self._filling = asyncio.Semaphore(AT_ONCE)
        self._waiting: deque[_Waiting] = deque()
        #: Slots that are being filled, moved or collected.
        self._in_hands: set[int] = set()
        #: Whether anybody ever needed one.
        self._is_asked = False
        #: What was found in slots that were given back, for whoever moves them.
        self._seen: dict[int, Seen] = {}
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
                self._free(slot)
                raise
        slot = replace(slot, state=SlotState.BUSY, base=base)
        self._save(slot)
        self._let_go(slot.id)
        return slot

    async def give_back(self, slot: int, *, seen: Seen | None = None) -> None:
        """Everything in it is a commit by now; the next who takes it moves it to another base.

        ``seen``: what was found when the commit was made, where nothing can have been written since.
        """
        if seen is not None:
            self._seen[slot] = seen
        self._free(replace(self._slots[slot], base=None))

    @contextmanager
    def in_hand(self, slot: int) -> Iterator[None]:
        """Something of ours is at work in a slot: while it is, the pool may not grow."""
        self._in_hands.add(slot)
        try:
            yield
        finally:
            self._let_go(slot)

    def keep(self, slot: int) -> None:
        """What is in it could not be made a commit: it stays as it is, for a person to look at."""
        self._save(replace(self._slots[slot], state=SlotState.KEPT))
        self._serve()

    def release_stale(self, still_held: set[tuple[str, str, int]]) -> None:
        """After a crash: slots whose holder is none of these are free again, their content to be moved."""
        for slot in list(self._slots.values()):
            if slot.state is SlotState.KEPT or slot.holder in still_held:
                continue
            if slot.state is not SlotState.FREE or slot.holder is not None:
                self._save(replace(slot, state=SlotState.FREE, holder=None, base=None))

    async def warm(self, base: str, count: int) -> None:
        """Fill worktrees, up to ``count`` at ``base``, until somebody comes who needs one.

        From then on they are filled for those who wait, see :func:`.next_worktree`.
        """

        async def fill_some() -> None:
            while (slot := self._next_to_warm(base, count)) is not None:
                filled = None
                try:
                    await self._fill(slot, base)
                    filled = base
                finally:
                    self._free(replace(slot, base=filled))

        for failed in await asyncio.gather(*(fill_some() for _ in range(AT_ONCE)), return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed

    def _next_to_warm(self, base: str, count: int) -> Slot | None:
        free = [slot for slot in self._slots.values() if slot.state is SlotState.FREE]
        stale = [slot for slot in free if slot.base != base]
        if self._is_asked or len(free) - len(stale) + len(self._in_hands) >= count:
            return None
        if stale:
            return self._reserved(self._unknown(stale[0]), None)
        return self._new(None) if self._count() < self._most else None

    async def _reserve(self, holder: tuple[str, str, int], base: str) -> Slot:
        """The next free one or one more, first come, first served."""
        self._is_asked = True
        given: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(holder, base, given))
        self._serve()
        try:
            return await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled() and given.exception() is None:
                self._free(given.result())
            raise

    def _serve(self) -> None:
        """Give out what there is."""
        while self._waiting:
            first = self._waiting[0]
            if not first.given.done():  # else it was cancelled
                number = next_worktree(self._now(), first.base)
                if number is None:
                    return
                slot = (
                    self._new(first.holder)
                    if number == ANOTHER
                    else self._reserved(self._slots[number], first.holder)
                )
                first.given.set_result(slot)
            self._waiting.popleft()

    def _now(self) -> PoolNow:
        return PoolNow(
            free={slot.id: slot.base for slot in self._slots.values() if slot.state is SlotState.FREE},
            count=self._count(),
            most=self._most,
            in_hands=len(self._in_hands),
            coming=sum(1 for number in self._in_hands if self._is_for_anybody(self._slots[number])),
            waiting=sum(1 for one in self._waiting if not one.given.done()),
            at_once=AT_ONCE,
        )

    def _count(self) -> int:
        return sum(1 for slot in self._slots.values() if slot.state is not SlotState.KEPT)

    @staticmethod
    def _is_for_anybody(slot: Slot) -> bool:
        return slot.state is SlotState.PREPARING and slot.holder is None

    def _let_go(self, slot: int) -> None:
        self._in_hands.discard(slot)
        self._serve()

    def _reserved(self, slot: Slot, holder: tuple[str, str, int] | None) -> Slot:
        slot = replace(slot, state=SlotState.PREPARING, holder=holder)
        self._save(slot)
        self._in_hands.add(slot.id)
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
        self._in_hands.add(slot.id)
        return slot

    async def _fill(self, slot: Slot, base: str) -> None:
        clean = self._context.settings.worktrees.ignored == "clean"
        path, seen = Path(slot.path), self._seen.pop(slot.id, None)
        with self.in_hand(slot.id):
            async with self._filling:
                try:
                    await self._pool.fill(slot.id, path, base, clean_ignored=clean, seen=seen)
                except (GitError, OSError) as error:
                    if _is_full(self._directory):  # git says only that it cannot write
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), slot.path) from error
                    raise
        await self._pool.age(slot.id, path)

    def _free(self, slot: Slot) -> None:
        self._save(replace(slot, state=SlotState.FREE, holder=None))
        self._let_go(slot.id)

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
