"""The files of an attempt's directory: their names, and how each is written so that no reader sees half of it.

    spec.json      what to run; written by the coordinator, without the environment's values once the agent runs
    claim.json     which launcher has the attempt; made once, never changed
    started.json   the agent's process
    stop           why it is to be ended; written by the coordinator
    out.NNN.log    what the agent prints (:mod:`.segments`)
    err.NNN.log    its errors, likewise
    exit.json      how it ended; final
    exit.reserve   room for exit.json on a disk that is full by then
    launcher.log   what went wrong inside the launcher; empty as a rule

An agent that runs as the same user can write here too, so nothing that lies here is trusted to be a file, short,
or well formed. The launcher imports this, so it imports little: ``json`` alone, by way of ``re`` and ``enum``,
costs each launcher 7 ms and 1 MiB, which its C half does not. Not for: what the values mean.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SPEC = "spec.json"
CLAIM = "claim.json"
STARTED = "started.json"
STOP = "stop"
EXIT = "exit.json"
RESERVE = "exit.reserve"
LAUNCHER_LOG = "launcher.log"

#: Environment variable by which a process that an agent started can be found again.
ATTEMPT_DIR = "HEADWAY_ATTEMPT_DIR"

#: Exit status of a launcher that found the attempt claimed, and did nothing.
CLAIMED_BY_ANOTHER = 17

#: Bytes held for exit.json. Its longest text is cut to fit (:func:`shorten`).
RESERVE_SIZE = 8192

#: A larger file is none of ours.
LARGEST = 64 * 2**20

_GREATEST = 1.7976931348623157e308


def encode(value: Any) -> str:
    """JSON of None, bool, int, finite float, str, list, tuple and dict with str keys.

    Raises TypeError for anything else, ValueError for a float that is not finite.
    """
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and not -_GREATEST <= value <= _GREATEST:
        raise ValueError(f"{value} is not written as JSON")
    if isinstance(value, str):
        return _encode_text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join([encode(each) for each in value]) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join([f"{_encode_text(k)}: {encode(v)}" for k, v in value.items()]) + "}"
    raise TypeError(f"{type(value).__name__} is not written as JSON")


def decode(text: str) -> Any:
    """The value of a JSON text. Raises ValueError."""
    try:
        return _decode_text(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read(path: str) -> Any:
    """The value in a file; None where there is no file.

    Raises ValueError for what is not a file of ours (not JSON, a pipe, too large), OSError.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a planted pipe must not hold us
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise ValueError(f"not a regular file of at most {LARGEST} bytes")
        data = b"".join(iter(lambda: os.read(fd, found.st_size + 1), b""))
    finally:
        os.close(fd)
    value = decode(data.decode("utf-8"))
    if value is None:
        raise ValueError("null, which nobody writes")
    return value


def write(path: str, value: Any) -> None:
    """Put ``value`` into a file that others may read at the same time. Raises OSError; the old file stays then."""
    os.rename(_write_beside(path, encode(value).encode() + b"\n"), path)


def create(path: str, value: Any) -> bool:
    """Make a file with ``value`` in it unless it is there already; whether we made it. Raises OSError.

    ``link`` is the only call that both refuses an existing name and shows the file whole: of any number of
    processes one wins, and wherever one is killed there is a whole file or none.
    """
    beside = _write_beside(path, encode(value).encode() + b"\n")
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(beside)
    return True


def reserve(directory: str) -> None:
    """Take the room for exit.json while there is some. Raises OSError."""
    _fill(os.path.join(directory, RESERVE), b" " * RESERVE_SIZE, sync=False)


def finish(directory: str, value: Any) -> None:
    """Write exit.json, durable before it is seen, into the reserve where there is one. Raises OSError."""
    text = encode(value).encode().ljust(RESERVE_SIZE - 1) + b"\n"
    room, path = os.path.join(directory, RESERVE), os.path.join(directory, EXIT)
    try:
        _fill(room, text, sync=True)
    except OSError:
        room = _write_beside(path, text, sync=True)  # the agent made something else of the reserve
    try:
        os.rename(room, path)
    except IsADirectoryError:
        os.rename(path, _beside(path))
        os.rename(room, path)


def shorten(message: str, most: int = 500) -> str:
    """A message cut in its middle to ``most`` characters: twelve bytes each at the worst, so it fits."""
    if len(message) <= most:
        return message
    return message[: most // 2] + " … " + message[-(most // 2 - 3) :]


def _beside(path: str) -> str:
    """A name that nobody else uses, another thread of ours and a process in another pid namespace included."""
    return f"{path}.{os.urandom(6).hex()}.tmp"


def _write_beside(path: str, data: bytes, *, sync: bool = False) -> str:
    beside = _beside(path)
    try:
        _fill(beside, data, sync=sync)
    except OSError:
        if os.path.lexists(beside):
            os.unlink(beside)
        raise
    return beside


def _fill(path: str, data: bytes, *, sync: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    fd = os.open(path, flags, 0o600)
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(fd, data[done:], done)
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)


def _lean_json() -> tuple[Callable[[str], str], Callable[[str], Any]]:
    """CPython's JSON in C. Raises ImportError, AttributeError or TypeError where there is no such."""
    import _json

    class Options:
        strict = False
        object_hook = object_pairs_hook = array_hook = None
        parse_float, parse_int, parse_constant = float, int, float

    scan = _json.make_scanner(Options)  # type: ignore[arg-type]

    def decode_text(text: str) -> Any:
        text = text.strip()
        try:
            value, end = scan(text, 0)
        except (StopIteration, SystemError):
            # SystemError, because before Python 3.12 it has no other where json.decoder was never imported.
            raise ValueError("not JSON") from None
        if end != len(text):
            raise ValueError(f"more than one JSON value at character {end}")
        return value

    if decode_text('{"a": [1, null]}') != {"a": [1, None]}:
        raise TypeError("another scanner than ours")
    return _json.encode_basestring_ascii, decode_text


try:
    _encode_text, _decode_text = _lean_json()
except (ImportError, AttributeError, TypeError):
    import json

    _encode_text, _decode_text = json.dumps, json.loads
