"""What there is to tell of pairs, and when: the newest look at each, once, and again when what moved is still.

Not for: finding out what is between two sides (:mod:`.desk`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from headway.conflicts.watching.nouns import Look
from headway.conflicts.watching.pair_state import PairState
from headway.conflicts.watching.side import ALWAYS
from headway.nouns import Conflict

Pair = tuple[str, str]


class News:
    """Pairs that have, or had, something to tell."""

    def __init__(self, still_at: Callable[[Conflict], float], clock: Callable[[], float]) -> None:
        """``still_at``: when a conflict will stand, by the monotonic clock. ``clock``: seconds since the epoch."""
        self._still_at = still_at
        self._clock = clock
        self._pairs: dict[Pair, PairState] = {}
        self._looks: dict[Pair, Look] = {}
        self._has_looks = asyncio.Event()
        self._timers: dict[Pair, asyncio.TimerHandle] = {}
        self._is_closed = False

    def of(self, side: str) -> list[PairState]:
        """What is known of a side's pairs."""
        return [state for pair, state in self._pairs.items() if side in pair]

    def set(
        self,
        pair: Pair,
        *,
        edits: tuple[Conflict, ...] | None = None,
        symbols: tuple[Conflict, ...] | None = None,
        is_searching: bool | None = None,
    ) -> None:
        """Take in what is between two sides now, as far as it is given, and tell it if it is new."""
        state = self._pairs.get(pair) or PairState(pair)
        state.edits = state.edits if edits is None else edits
        state.symbols = state.symbols if symbols is None else symbols
        state.is_searching = state.is_searching if is_searching is None else is_searching
        self._pairs[pair] = state
        self.say(state)

    def say(self, state: PairState) -> None:
        """Tell what is new of a pair, and come back when what moves may be still."""
        pair, now = state.sides, time.monotonic()
        look = state.look(lambda conflict: self._still_at(conflict) > now, self._clock())
        if look is not None:
            self._looks.pop(pair, None)
            self._looks[pair] = look
            self._has_looks.set()
        timer = self._timers.pop(pair, None)
        if timer is not None:
            timer.cancel()
        if state.is_moving:
            waits = [at - now for each in state.conflicts if now < (at := self._still_at(each)) < ALWAYS]
            if waits:  # what is being looked at is told once that is done
                self._timers[pair] = asyncio.get_running_loop().call_later(min(waits), self.say, state)
        elif state.is_blank:
            self._pairs.pop(pair, None)

    async def looks(self) -> AsyncIterator[Look]:
        """The newest look at each pair, in the order in which they changed."""
        while True:
            while self._looks:
                yield self._looks.pop(next(iter(self._looks)))
            if self._is_closed:
                return
            self._has_looks.clear()
            await self._has_looks.wait()

    def close(self) -> None:
        """Tell what there is, and then no more."""
        self._is_closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._has_looks.set()
