"""The one thread that everything heavy is done in, in order. Not for: what is done there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Worker:
    """A thread that an event loop gives work to."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="headway-conflicts")

    async def do(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Do it in the thread, after what it was given before. Raises what ``work`` raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for what is being done, and leave out the rest."""
        self._thread.shutdown(wait=True, cancel_futures=True)
