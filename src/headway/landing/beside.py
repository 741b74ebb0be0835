"""Small pieces of work at once, big ones beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

#: From so many things on a thread is worth its cost: 0.4 ms of CPU for two wake-ups and for handing over the
#: interpreter's lock. A snapshot of three files had seven of them.
MANY = 100


async def beside(
    count: int, function: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs
) -> _Result:
    """Call a function that takes some microseconds for each of ``count`` things and waits for nobody."""
    if count < MANY:
        return function(*given, **named)
    return await asyncio.to_thread(function, *given, **named)
