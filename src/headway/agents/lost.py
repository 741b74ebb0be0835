"""What becomes of an attempt whose launcher was killed: nothing of it lives on, and its end is written down.

Not for: finding its processes (:mod:`.sweep`), whether the work is done again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path

from headway.agents import records
from headway.agents.claims import Claim, boot_id, read_exit, read_started
from headway.agents.sweep import sweep
from headway.errors import AgentError
from headway.nouns import Exit, ProcessId


def declare_lost(directory: Path, claim: Claim, seen: float | None) -> Exit:
    """End what is left of an attempt whose launcher has gone, write that down for good, and return it.

    ``seen`` is when the launcher was seen to end, in seconds since the epoch; None where nobody saw it. Of several
    who find out, the first one's word counts. Blocks for some milliseconds, 10 s at the worst. Raises AgentError.
    """
    reason = reason_to_stop(directory)
    message = reason if reason is not None else _what_happened_to(claim.launcher)
    swept = 0
    try:
        swept = sweep(directory)
    except AgentError as error:
        message += f"; {error}"
    started = read_started(directory)
    lost = {
        "status": None,
        "how": "lost" if reason is None else "stopped",
        # Of wall time, which may have been set meanwhile: there is no other that a restart survives.
        "seconds": max(0.0, (seen or _last_sign(directory)) - started.started_at) if started else 0.0,
        "cpu_seconds": 0.0,
        "peak_memory": 0,
        "swept": swept,
        "message": records.shorten(message),
        "ended_at": time.time(),
    }
    try:
        _write_lost(directory, lost)
    except OSError as error:
        raise AgentError(
            f"{directory}: cannot write down its end: {error.strerror}",
            mend="free some space, then: headway resume",
        ) from error
    exit_ = read_exit(directory)
    assert exit_ is not None, "it was just written"
    return exit_


def reason_to_stop(directory: Path) -> str | None:
    """Why somebody asked for the agent's end; None where nobody did."""
    try:
        asked = records.read(str(directory / records.STOP))
        return None if asked is None else str(asked["reason"])
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not a request of ours


def _what_happened_to(launcher: ProcessId) -> str:
    if launcher.boot_id not in ("", boot_id()):
        return "the machine was restarted"
    return f"its launcher (pid {launcher.pid}) was killed"


def _last_sign(directory: Path) -> float:
    """When the launcher last wrote something of the agent down, in seconds since the epoch; 0 if it never did."""
    wrote = (f for pattern in (records.STARTED, "out.*.log", "err.*.log") for f in directory.glob(pattern))
    return max((file.lstat().st_mtime for file in wrote), default=0.0)


def _write_lost(directory: Path, lost: Mapping[str, object]) -> None:
    try:
        records.create(str(directory / records.EXIT), lost)  # the first of several who find out is the one
    except OSError:
        records.finish(str(directory), lost)  # a full disk: into the room that the launcher held for it
    with contextlib.suppress(OSError):
        (directory / records.RESERVE).unlink()
