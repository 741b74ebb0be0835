"""``headway``: the door. Standard streams, errors and the exit status (:mod:`.exits`).

Not for: which commands there are (:mod:`.app`).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from headway.cli import quick
from headway.cli.text import safe
from headway.errors import HeadwayError, TicketsError

#: What writing to a pipe without a reader, to a full disk or to a terminal that was closed comes to.
_CANNOT_WRITE = (errno.EPIPE, errno.ENOSPC, errno.EIO)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; its exit status."""
    _open_standard_streams()
    try:
        _run(list(sys.argv[1:] if arguments is None else arguments))
        status = 0
    except HeadwayError as error:
        print_error(error)
        status = error.exit_status
        _tell_starter(error)
    except OSError as error:
        ours = error.errno in _CANNOT_WRITE and error.filename is None
        status = _cannot_write(error) if ours else _defect()
    except Exception:
        status = _defect()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    flushed = _flush()
    return status or flushed


def _run(arguments: list[str]) -> None:
    if not quick.answer(arguments):
        from headway.cli.app import app

        app(args=arguments, prog_name="headway")


def print_error(error: HeadwayError) -> None:
    """Say on standard error what went wrong and what to do about it."""
    told = [safe(line) for line in str(error).splitlines()] or [type(error).__name__]
    if isinstance(error, TicketsError) and len(error.problems) > 1:
        # Each line begins with file:line, so that an editor or a terminal leads there.
        told.append(f"headway: {len(error.problems)} problems")
    elif len(told) == 1:
        told[0] = f"headway: {told[0]}"
    told += [f"  → {safe(line)}" for line in error.mend.splitlines()]
    try:
        print("\n".join(told), file=sys.stderr, flush=True)
    except OSError:
        _lead_nowhere(2)  # nobody is there to be told; the exit status says it


def _defect() -> int:
    """Something that we did not think of: all of it is told, and what to do about it."""
    import traceback

    traceback.print_exc()
    what = "this is a defect of Headway; nothing of your agents' work is lost"
    error = HeadwayError(what, mend="please report it with the lines above; to go on: headway resume")
    print_error(error)
    _tell_starter(error)
    return 1


def _tell_starter(error: HeadwayError) -> None:
    """Tell the command that started this coordinator in the background, where there is one."""
    from headway.cli import detached

    detached.tell_failed(str(error), error.mend, error.exit_status)


def _open_standard_streams() -> None:
    """Give a process that was started with a closed stream one that leads nowhere: the next file that is opened
    would be it, and everything printed would go into that file. And no text ends us for want of a character."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _flush() -> int:
    """Write what is not written yet; 1 where that fails, told unless a reader such as ``head`` had enough."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return _cannot_write(error)
    return 0


def _cannot_write(error: OSError) -> int:
    _lead_nowhere(1)
    if error.errno == errno.ENOSPC:
        print_error(HeadwayError(f"cannot write the output: {error.strerror}"))
    return 1


def _lead_nowhere(stream: int) -> None:
    """What is left in a stream's buffer would be tried again when Python ends, which then leaves with 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


if __name__ == "__main__":
    sys.exit(main())
