"""Runs the command line in this process and samples where its CPU time goes: ``sampler.py OUT.json ARGUMENT…``.

The kernel interrupts the process every few milliseconds of CPU time; each thread's own CPU clock says how much of
it that thread used, so a coordinator that waits costs nothing and is not sampled. Deterministic profilers multiply
the cost of small functions, and the coordinator is made of such. Children are counted by name with what the kernel
says that they used.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures.thread import _WorkItem
from pathlib import Path
from types import FrameType
from typing import Any

#: CPU seconds between two samples.
EVERY = 0.004

OURS = "headway"

#: How many frames of a stack are kept.
DEEP = 6

#: The frame below everything that runs in the event loop.
LOOP = "asyncio.base_events:BaseEventLoop._run_once"


class Sampler:
    """CPU seconds by the place that used them."""

    def __init__(self) -> None:
        #: Innermost function of ours on the stack, or the library where there is none.
        self.by_owner: defaultdict[str, float] = defaultdict(float)
        #: Package of the innermost function.
        self.by_package: defaultdict[str, float] = defaultdict(float)
        #: Innermost function, with its line.
        self.by_function: defaultdict[str, float] = defaultdict(float)
        #: The innermost frames, ``<`` between each and its caller.
        self.by_stack: defaultdict[str, float] = defaultdict(float)
        self.by_thread: defaultdict[str, float] = defaultdict(float)
        self._seen: dict[int, float] = {}

    def start(self) -> None:
        """Sample from now on; in the main thread."""
        self._seen[threading.get_ident()] = 0.0  # the interpreter's start counts too
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def stop(self) -> None:
        """Sample no more."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)

    def _sample(self, number: int, frame: FrameType | None) -> None:
        names = {t.ident: t.name for t in threading.enumerate()}
        own = threading.get_ident()
        for ident, top in sys._current_frames().items():
            # A thread that has its frame here cannot end meanwhile: it would need the interpreter's lock for it.
            now = time.clock_gettime(time.pthread_getcpuclockid(ident))
            used = now - self._seen.get(ident, 0.0)
            self._seen[ident] = now
            at = frame if ident == own else top
            if used > 0 and at is not None:
                self._add(at, used, str(names.get(ident, "?")).rstrip("0123456789"))

    def _add(self, frame: FrameType, used: float, thread: str) -> None:
        names = _names(frame)
        package = (
            "imports" if any(n.startswith("importlib._bootstrap") for n in names) else _package(names[0])
        )
        self.by_thread[thread] += used
        self.by_package[package] += used
        self.by_function[names[0]] += used
        self.by_stack[" < ".join(names[:DEEP])] += used
        if package == "imports":
            self.by_owner[package] += used
            return
        # What called the event loop is not who asked for what runs in it.
        within = itertools.takewhile(lambda n: not n.startswith(LOOP), names)
        owner = next((n for n in within if _package(n) == OURS), package)
        self.by_owner[owner.rpartition(":")[0] or owner] += used


class Workers:
    """CPU seconds of what was given to threads, by function: too short for samples to meet it."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self._run = _WorkItem.run

    def watch(self) -> None:
        """Stand between the executor and its work."""
        run, workers = self._run, self

        def timed(item: Any) -> None:
            # asyncio.to_thread wraps it into a context's run.
            called = item.fn.args[0] if isinstance(item.fn, functools.partial) and item.fn.args else item.fn
            name = f"{getattr(called, '__module__', '?')}:{getattr(called, '__qualname__', '?')}"
            began = time.thread_time()
            try:
                run(item)
            finally:
                workers.count[name] += 1
                workers.cpu[name] += time.thread_time() - began

        _WorkItem.run = timed  # type: ignore[method-assign,assignment]


class Children:
    """What our children used, by name: ``git SUBCOMMAND`` or ``launcher``."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self.wall: defaultdict[str, float] = defaultdict(float)
        self._began: dict[int, tuple[str, float]] = {}
        self._spawn = os.posix_spawn

    def watch(self) -> None:
        """Stand between this process and its children."""
        os.posix_spawn = self._posix_spawn  # type: ignore[assignment]
        os.waitpid = self._waitpid

    def _posix_spawn(self, path: str, argv: list[str], *rest: Any, **named: Any) -> int:
        began = time.monotonic()
        pid = self._spawn(path, argv, *rest, **named)
        self._began[pid] = (_label(argv), began)
        return pid

    def _waitpid(self, pid: int, options: int) -> tuple[int, int]:
        pid, status, used = os.wait4(pid, options)
        label, began = self._began.pop(pid, (None, 0.0))
        if label is not None:
            self.count[label] += 1
            self.cpu[label] += used.ru_utime + used.ru_stime
            self.wall[label] += time.monotonic() - began
        return pid, status


def main() -> None:
    """Run ``headway ARGUMENT…`` and write down where its time went."""
    out, *arguments = sys.argv[1:]
    sampler, children, workers = Sampler(), Children(), Workers()
    children.watch()
    workers.watch()
    sampler.start()
    try:
        from headway.cli.main import main as headway

        sys.argv = [OURS, *arguments]
        headway()
    finally:
        sampler.stop()
        told = {
            "cpu": time.process_time(),
            "owners": sampler.by_owner,
            "packages": sampler.by_package,
            "functions": sampler.by_function,
            "stacks": sampler.by_stack,
            "threads": sampler.by_thread,
            "workers": {name: {"count": n, "cpu": workers.cpu[name]} for name, n in workers.count.items()},
            "children": {
                name: {"count": n, "cpu": children.cpu[name], "wall": children.wall[name]}
                for name, n in children.count.items()
            },
        }
        Path(out).write_text(json.dumps(told), encoding="utf-8")


def _names(frame: FrameType) -> list[str]:
    """``module:function:line`` of each frame, the innermost first."""
    names = []
    at: FrameType | None = frame
    while at is not None:
        module = at.f_globals.get("__name__") or "?"
        names.append(f"{module}:{at.f_code.co_qualname}:{at.f_lineno}")
        at = at.f_back
    return names


def _package(name: str) -> str:
    return name.partition(":")[0].partition(".")[0]


def _label(argv: list[str]) -> str:
    if argv[-1:] and any(word.endswith("launcher.py") for word in argv):
        return "launcher"
    words = iter(argv[1:])
    for word in words:
        if word in ("-C", "-c"):
            next(words, None)
        elif not word.startswith("-"):
            return f"git {word}"
    return Path(argv[0]).name


if __name__ == "__main__":
    main()
