"""Works through tickets by their launchers alone: ``python small_coordinator.py FOLDER LOG TICKET…``.

It keeps nothing in memory that matters, so it may be killed at any moment and started again.
"""

import asyncio
import sys
from pathlib import Path

from headway.agents import process
from headway.agents.process import LaunchSpec, LaunchState

#: Takes the ticket's lock, which its daemon holds for as long as it lives: whoever comes while anything of an earlier
#: attempt lives tells of it.
AGENT = """
import fcntl, os, sys, time
lock, log, seconds = sys.argv[1:]

def tell(what):
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, f"{what} {os.environ['HEADWAY_ATTEMPT_DIR']}\\n".encode())
    os.close(fd)

held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
try:
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    tell("overlap")
tell("began")
if os.fork() == 0:
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    os.set_inheritable(held, True)
    os.execve("/bin/sleep", ["sleep", "1000"], {})
os.wait()
time.sleep(float(seconds))
"""


def agent(lock: Path, log: Path, seconds: float) -> LaunchSpec:
    """What works on one ticket."""
    return LaunchSpec(
        argv=[sys.executable, "-I", "-S", "-c", AGENT, str(lock), str(log), str(seconds)],
        cwd="/",
        env={},
        timeout=60.0,
        log_cap=1 << 20,
    )


def attempts_of(folder: Path, ticket: str) -> list[Path]:
    """The directories of a ticket's attempts in their order."""
    return sorted((folder / ticket).glob("[0-9]*"), key=lambda path: int(path.name))


async def work(folder: Path, log: Path, ticket: str) -> None:
    """Start attempts, one after the other, until one ends with status 0."""
    number = max(1, len(attempts_of(folder, ticket)))
    while True:
        directory = folder / ticket / str(number)
        process.prepare(directory, agent(folder / f"{ticket}.lock", log, 0.3))
        if process.state_of(directory) is LaunchState.UNCLAIMED:
            process.relaunch(directory)
        exit_ = await process.wait(directory)
        if exit_.how == "exited" and exit_.status == 0:
            return
        number += 1


async def main() -> None:
    folder, log, *tickets = sys.argv[1:]
    await asyncio.gather(*(work(Path(folder), Path(log), ticket) for ticket in tickets))


if __name__ == "__main__":
    asyncio.run(main())
