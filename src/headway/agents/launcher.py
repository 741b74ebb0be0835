"""Keeps one agent: ``python -I -S launcher.py DIRECTORY``, in a session of its own.

It outlives the coordinator that started it. It claims the attempt in DIRECTORY (:mod:`.records` lists the files), so
that of any number of launchers for one attempt exactly one ever runs the agent, whatever is killed when; a claim is
never given back. It runs the agent (:mod:`.supervisor`) and writes how that ended to exit.json, last of all: when
the launcher is gone and there is no exit.json, it was killed.

Exit status: 0, or 17 when another launcher has the attempt. Not for: what an exit means, any decision.

42 of them run at once. Standard library only, and little of it: 15 ms of CPU and 3.5 MiB of its own each. What it
imports is loaded before the agent starts, so an upgrade of Headway while it runs does not meet it.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: How long an exit.json that cannot be written is tried again, in seconds: a disk that is full may be cleaned.
WRITE_PATIENCE = 600.0


def main(directory: str) -> int:
    """Keep the agent of the attempt in ``directory``, an absolute path. The exit status."""
    from headway.agents import procfs, records, spawn
    from headway.agents.supervisor import Supervisor

    os.chdir(directory)
    _close_inherited()
    supervisor = Supervisor(directory)  # hears signals from here on
    me = procfs.stat(os.getpid())
    assert me is not None
    mark = spawn.draw_mark()
    claim = {"boot_id": procfs.boot_id(), "pid": me.pid, "start_time": me.start_time, "mark": mark}
    spec = records.read(records.SPEC)
    if spec is None:
        raise FileNotFoundError(f"{directory}/{records.SPEC}: not there, so there is nothing to claim")
    if not records.create(records.CLAIM, claim):
        return records.CLAIMED_BY_ANOTHER
    try:
        _take_reserve(directory)
        spawn.become_subreaper()
        exit_ = supervisor.run(spec, mark)
    except BaseException as error:
        sys.excepthook(*sys.exc_info())
        exit_ = supervisor.abandon(f"its launcher failed: {error!r}")
    _finish(directory, claim, exit_)
    return 0


def _close_inherited() -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                continue  # the one that listed them


def _take_reserve(directory: str) -> None:
    from headway.agents import records
    from headway.agents.supervisor import tell

    try:
        records.reserve(directory)
    except OSError as error:
        tell(f"{records.RESERVE}: {error}")


def _finish(directory: str, claim: dict[str, Any], exit_: dict[str, Any]) -> None:
    from headway.agents import records
    from headway.agents.supervisor import tell

    until = time.monotonic() + WRITE_PATIENCE
    told = ""
    while True:
        try:
            if not os.path.lexists(f"{directory}/{records.CLAIM}"):
                os.makedirs(directory, mode=0o700, exist_ok=True)  # the agent removed it
                records.create(f"{directory}/{records.CLAIM}", claim)
            records.finish(directory, exit_)
            return
        except OSError as error:
            what = f"{records.EXIT}: {error}"
            if what != told:
                tell(what)
            told = what
            if time.monotonic() > until:
                raise
            time.sleep(1.0)


def _stand_alone() -> None:
    """Let ``headway.agents`` be imported from beside this file without what its packages import."""
    here = os.path.dirname(os.path.abspath(__file__))
    for name, path in (("headway", os.path.dirname(here)), ("headway.agents", here)):
        package = type(sys)(name)
        package.__path__ = [path]
        sys.modules[name] = package


if __name__ == "__main__":
    _stand_alone()
    os._exit(main(sys.argv[1]))  # nothing is left to be tidied up, and somebody waits for our end
