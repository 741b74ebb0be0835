"""Makes the agent's process. It runs inside the launcher, so it imports little.

Not for: what becomes of it (:mod:`.supervisor`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource

from headway.agents.records import ATTEMPT_DIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import Any, NoReturn
else:
    from headway.agents.procfs import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

#: How much more readily than its launcher the kernel ends an agent when memory is out (of 1000).
OOM_SCORE_STEP = 200

#: Where commands are looked for when the environment has no PATH, as in POSIX's confstr.
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"

_libc = ctypes.CDLL(None, use_errno=True)


class Unstartable(Exception):
    """The command could not be started; the text names the path and the reason."""


def become_subreaper() -> None:
    """From now on every descendant whose parent ends becomes our child. Raises OSError."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def draw_mark() -> int | None:
    """A number that marks what an agent starts, whatever it does to its environment.

    It is set as the limit of RLIMIT_RTTIME, in microseconds: more than 70,000 years, and it counts for real-time
    threads only, so it limits nothing. But every descendant inherits it, through ``env -i``, ``setsid`` and a
    second fork, ``/proc/PID/limits`` shows it even of a process that hides its environment (ssh-agent does), and
    only root can raise it. None where there is no room below the limit that we have ourselves.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_RTTIME)
    ceiling = 2**62 if hard == resource.RLIM_INFINITY else hard  # an attempt within an attempt draws below
    if ceiling < 2**61:
        return None
    return ceiling - 1 - int.from_bytes(os.urandom(6), "big")


def spawn(spec: dict[str, Any], directory: str, mark: int | None) -> tuple[int, tuple[int, int]]:
    """Start the agent: its pid, and the ends to read its output and its errors from.

    ``spec`` is spec.json. Raises Unstartable, and OSError where there is no room for another process. The agent
    leads a session of its own and is killed when we end.
    """
    out, agents_out = os.pipe2(os.O_CLOEXEC)
    err, agents_err = os.pipe2(os.O_CLOEXEC)
    failure, agents_failure = os.pipe2(os.O_CLOEXEC)
    launcher = os.getpid()
    # No signal for the launcher may be taken by its copy before that is the agent.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            _become_agent(spec, directory, mark, launcher, (agents_out, agents_err, agents_failure))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    for fd in (agents_out, agents_err, agents_failure):
        os.close(fd)
    # Ends when the agent's program has begun, which closes the other end.
    why = b"".join(iter(lambda: os.read(failure, 4096), b""))
    os.close(failure)
    if why:
        os.waitpid(pid, 0)
        os.close(out)
        os.close(err)
        raise Unstartable(why.decode("utf-8", "replace"))
    return pid, (out, err)


def _become_agent(
    spec: dict[str, Any], directory: str, mark: int | None, launcher: int, fds: tuple[int, int, int]
) -> NoReturn:
    out, err, failure = fds
    try:
        os.setsid()
        _die_with(launcher)
        _reset_signals()
        _limit(mark)
        _connect(spec["stdin"], out, err)
        _enter(spec["cwd"])
        _execute(spec["argv"], {**spec["env"], ATTEMPT_DIR: directory})
    except BaseException as error:  # this is the launcher's copy: it must not go on as one
        what = str(error) if isinstance(error, Unstartable) else f"cannot start {spec['argv']!r}: {error!r}"
        os.write(failure, what.encode("utf-8", "backslashreplace")[:4000])
    finally:
        os._exit(127)


def _die_with(launcher: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != launcher:
        os._exit(127)  # it died before we could ask to be told


def _reset_signals() -> None:
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _limit(mark: int | None) -> None:
    # Wishes, not promises: some containers permit none of them, and there is a second mark in the environment.
    _set_limit(resource.RLIMIT_CORE, 0)
    if mark is not None:
        _set_limit(resource.RLIMIT_RTTIME, mark)
    try:
        fd = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
        score = min(1000, int(os.read(fd, 16)) + OOM_SCORE_STEP)
        os.pwrite(fd, str(score).encode(), 0)
        os.close(fd)
    except OSError:
        return


def _set_limit(which: int, limit: int) -> None:
    try:
        resource.setrlimit(which, (limit, limit))
    except (OSError, ValueError):
        return


def _connect(stdin: str | None, out: int, err: int) -> None:
    path = stdin or os.devnull
    try:
        given = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Unstartable(f"cannot read {path}: {error.strerror}") from None
    # Every other descriptor of the launcher is closed by the exec.
    for fd, number in ((given, 0), (out, 1), (err, 2)):
        os.dup2(fd, number)


def _enter(cwd: str) -> None:
    try:
        os.chdir(cwd)
    except OSError as error:
        raise Unstartable(f"cannot enter {cwd}: {error.strerror}") from None


def _execute(argv: list[str], environment: dict[str, str]) -> NoReturn:
    if not argv or not argv[0]:
        raise Unstartable("cannot start an empty command")
    name = argv[0]
    search = environment.get("PATH", DEFAULT_PATH)
    if "/" in name:
        paths = [os.path.join(os.getcwd(), name)]
    else:
        # Without the empty entries: to a shell they mean the current directory, and what lies there agents wrote.
        paths = [f"{directory}/{name}" for directory in search.split(":") if directory]
    refused: tuple[str, Exception] | None = None
    for path in paths:
        try:
            os.execve(path, argv, environment)  # noqa: S606
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            if refused is None and os.path.lexists(path):
                refused = (path, error)
        except (OSError, ValueError) as error:
            refused = (path, error)
            break
    if refused is None and "/" not in name:
        raise Unstartable(f"cannot start {name}: not found in PATH ({search})")
    raise Unstartable(_describe(*(refused or (paths[0], FileNotFoundError(2, os.strerror(2))))))


def _describe(path: str, error: Exception) -> str:
    why = getattr(error, "strerror", None) or str(error)
    if os.path.isdir(path):
        why = "it is a directory"
    elif isinstance(error, FileNotFoundError) and os.path.exists(path):
        why += " (the interpreter that its first line names)"
    elif getattr(error, "errno", None) == errno.ENOEXEC:
        why += " (a script begins with a line like #!/bin/sh)"
    return f"cannot start {path}: {why}"


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")
