"""An agent's own proof that it ran once and alone: ``witness.py DIRECTORY AGENT.py ARGUMENT…``.

It holds a lock for its ticket as long as it lives, which the kernel releases whatever ends it, and writes down
that it began. A second agent of the same ticket finds the lock held and writes that down instead of working.
Standard library only: it runs with the agent's interpreter, in the agent's process.
"""

import fcntl
import json
import os
import pathlib
import runpy
import sys
import time


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    ticket, attempt = os.environ["HEADWAY_TICKET"], int(os.environ["HEADWAY_ATTEMPT"])
    # Never closed: it ends with the process. Python makes it non-inheritable, so the agent's children do not hold it.
    lock = os.open(directory / f"{ticket}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alone = True
    except BlockingIOError:
        alone = False
    told = {"ticket": ticket, "attempt": attempt, "pid": os.getpid(), "at": time.time(), "alone": alone}
    log = os.open(directory / "agents.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(log, json.dumps(told).encode() + b"\n")  # one write, appended whole
    os.close(log)
    if not alone:
        sys.exit(f"another agent of {ticket} is alive")
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
