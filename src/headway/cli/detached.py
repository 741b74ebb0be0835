"""A coordinator in the background: a process of its own session, whose output is a log.

The command that starts it waits until it says through a pipe that the run has begun, or why not, and prints that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headway.cli.places import Place

#: A log above this many bytes is put aside before the next coordinator writes.
MOST_LOG = 2**20

#: Through which we tell the command that started us; None in a coordinator that a person sees.
_report: int | None = None


def start(place: Place, *, as_json: bool) -> None:
    """Do what our own command line says in the background, without its ``--detach``; print the run's id once it has
    begun. Leaves with the error's exit status where it did not."""
    from headway.cli.render import print_json
    from headway.errors import HeadwayError

    arguments = [a for a in sys.argv[1:] if a not in ("--detach", "--json")]
    told = _start(place, arguments)
    log = place.home.coordinator_log
    if "run" in told:
        if as_json:
            print_json({"run": told["run"], "pid": told["pid"], "log": str(log)})
        else:
            print(told["run"])
            print(
                f"in the background (pid {told['pid']}); headway watch looks on, headway stop stops it",
                file=sys.stderr,
            )
        return
    error = HeadwayError(str(told["what"]), mend=str(told["mend"]))
    error.exit_status = int(told["status"])
    raise error


def child(report: int) -> int:
    """What the process in the background does; the exit status."""
    global _report  # noqa: PLW0603 (one process, one coordinator)
    _report = report
    os.set_inheritable(report, False)
    from headway.cli.main import main

    return main()


def tell_started(run: str) -> None:
    """The run has begun."""
    _tell({"run": run, "pid": os.getpid()})


def tell_failed(what: str, mend: str, status: int) -> None:
    """It could not begin."""
    _tell({"what": what, "mend": mend, "status": status})


def _start(place: Place, arguments: list[str]) -> dict[str, Any]:
    log = place.home.coordinator_log
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MOST_LOG:
        log.replace(log.with_name(log.name + ".old"))
    ours, its = os.pipe()
    with log.open("ab") as output:
        process = subprocess.Popen(
            # -P: a folder named headway where the user happens to be is not us.
            [sys.executable, "-P", "-c", _CHILD, str(its), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=(its,),
        )
    os.close(its)
    with os.fdopen(ours, "rb") as pipe:
        text = pipe.readline()
    if text:
        told: dict[str, Any] = json.loads(text)
        return told
    ending = process.wait()
    return {
        "what": f"the coordinator ended before its run began (exit status {ending})",
        "mend": f"see the end of {log}",
        "status": 1,
    }


def _tell(told: dict[str, Any]) -> None:
    global _report
    if _report is None:
        return
    report, _report = _report, None
    try:
        os.write(report, json.dumps(told).encode() + b"\n")
    except BrokenPipeError:
        return  # whoever started us did not wait: the run goes on all the same
    finally:
        os.close(report)


_CHILD = """
import sys
from headway.cli.detached import child
report = int(sys.argv.pop(1))
sys.exit(child(report))
"""
