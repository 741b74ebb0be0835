"""How hard pressed this machine is, as its kernel says it. The only I/O of this package: about twenty small files.

Every figure may be missing (a kernel without PSI, no control group, no limit); what is missing is None and named in
``absent``. Where this process is in a control group with a limit of its own, what counts is what is left under the
tightest one of it and its parents, because that is where the kernel stops it. Not for: what follows from the figures
(:mod:`.compute`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: A limit at or above this many bytes means none: version 1 writes 2^63 less a page.
_NO_LIMIT = 2**60

_Numbers = dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stall:
    """Pressure stall information: the share of time, in percent, in which tasks stood still for want of it.

    ``some``: at least one of them; ``full``: all that had anything to do. Over the last 10 and 60 seconds.
    """

    some10: float = 0.0
    some60: float = 0.0
    full10: float = 0.0
    full60: float = 0.0

    def worst(self, other: Stall) -> Stall:
        """The greater of each figure."""
        return Stall(
            some10=max(self.some10, other.some10),
            some60=max(self.some60, other.some60),
            full10=max(self.full10, other.full10),
            full60=max(self.full60, other.full60),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Disk:
    """A file system, by the name of what lies on it (``worktrees``, ``repository``). Bytes; inodes 0 where it has no
    fixed number of them."""

    name: str
    path: str
    total: int
    #: What an ordinary user may still write.
    free: int
    inodes: int = 0
    inodes_free: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressure:
    """One look at the machine. Sizes in bytes."""

    at: float
    #: CPUs that this process may use, less where a control group has a quota.
    cores: float = 1.0
    memory_stall: Stall | None = None
    cpu_stall: Stall | None = None
    io_stall: Stall | None = None
    memory_total: int | None = None
    #: What can be taken before something is swapped out or killed, by the kernel's own estimate.
    memory_available: int | None = None
    swap_total: int | None = None
    swap_free: int | None = None
    #: Whether ``memory_total`` and ``memory_available`` are those of a control group.
    is_limited: bool = False
    #: Tasks that ran or wanted to, over the last minute.
    load: float | None = None
    disks: tuple[Disk, ...] = ()
    #: Most inotify watches of one user.
    watches: int | None = None
    #: Most processes of the control group, and how many there are.
    processes_most: int | None = None
    processes: int | None = None
    #: What could not be read, a sentence each.
    absent: tuple[str, ...] = ()


class PressureReader:
    """Reads the figures again and again; where they lie is found once.

    ``disks``: what lies on it → a path on it. ``root``: where ``/proc`` and ``/sys`` are, for figures that were
    recorded elsewhere.
    """

    def __init__(self, disks: Mapping[str, str | Path] | None = None, *, root: str = "") -> None:
        self._disks = {name: os.fspath(path) for name, path in (disks or {}).items()}
        self._root = root.rstrip("/")
        groups = self._groups()
        self._memory = groups.get("memory", [])
        self._cpu = groups.get("cpu", [])
        self._pids = groups.get("pids", [])

    def read(self, at: float) -> Pressure:
        """One look. ``at``: now. Raises nothing: what cannot be read is absent."""
        absent: list[str] = []
        stalls = {name: self._stall(f"{self._root}/proc/pressure/{name}") for name in ("memory", "cpu", "io")}
        if missing := [name for name, stall in stalls.items() if stall is None]:
            absent.append(f"no pressure stall information for {', '.join(missing)} (/proc/pressure)")
        memory = _colons(_read(f"{self._root}/proc/meminfo"))
        if "MemAvailable" not in memory:
            absent.append("no figures of the memory (/proc/meminfo)")
        total, available = memory.get("MemTotal"), memory.get("MemAvailable")
        is_limited = False
        for group in self._memory:
            limited = _limited_memory(group)
            if limited is None or (total is not None and limited[0] >= total):
                continue
            is_limited, total = True, limited[0]
            available = limited[1] if available is None else min(available, limited[1])
            own = self._stall(f"{group}/memory.pressure")
            if own is not None:
                whole = stalls["memory"]
                stalls["memory"] = own if whole is None else own.worst(whole)
        load = _first(_read(f"{self._root}/proc/loadavg"))
        if load is None:
            absent.append("no load (/proc/loadavg)")
        disks = [self._disk(name, path, absent) for name, path in self._disks.items()]
        watches = _first(_read(f"{self._root}/proc/sys/fs/inotify/max_user_watches"))
        if watches is None:
            absent.append("no number of inotify watches (/proc/sys/fs/inotify)")
        processes_most, processes = self._processes()
        return Pressure(
            at=at,
            cores=self._cores(),
            memory_stall=stalls["memory"],
            cpu_stall=stalls["cpu"],
            io_stall=stalls["io"],
            memory_total=total,
            memory_available=available,
            swap_total=memory.get("SwapTotal"),
            swap_free=memory.get("SwapFree"),
            is_limited=is_limited,
            load=load,
            disks=tuple(disk for disk in disks if disk is not None),
            watches=None if watches is None else int(watches),
            processes_most=processes_most,
            processes=processes,
            absent=tuple(absent),
        )

    # Control groups

    def _groups(self) -> dict[str, list[str]]:
        """Controller → the folders of this process's control group and its parents, the innermost first."""
        mounts: dict[str, tuple[str, str]] = {}
        for line in _read(f"{self._root}/proc/self/mountinfo").splitlines():
            fields, _, behind = line.partition(" - ")
            kind = behind.split(" ")
            parts = fields.split(" ")
            if len(parts) < 5 or not kind[0].startswith("cgroup"):
                continue
            place = (f"{self._root}{parts[4]}", parts[3])
            if kind[0] == "cgroup2":
                mounts[""] = place
            else:
                for name in kind[-1].split(","):
                    mounts[name] = place
        chains: dict[str, list[str]] = {}
        for line in _read(f"{self._root}/proc/self/cgroup").splitlines():
            _, _, rest = line.partition(":")
            names, _, path = rest.partition(":")
            chains |= {name: _chain(*mounts[name], path) for name in names.split(",") if name in mounts}
        # In a mixed hierarchy the older version has the controllers.
        both = chains.get("", [])
        return {name: chains.get(name, both) for name in ("memory", "cpu", "pids")}

    def _cores(self) -> float:
        # Not what was recorded: the scheduler answers for this process alone.
        cores = float(len(os.sched_getaffinity(0)))
        for group in self._cpu:
            words = _read(f"{group}/cpu.max").split() or [
                *_read(f"{group}/cpu.cfs_quota_us").split(),
                *_read(f"{group}/cpu.cfs_period_us").split(),
            ]
            if len(words) == 2 and all(word.isdecimal() for word in words) and int(words[1]) > 0:
                cores = min(cores, int(words[0]) / int(words[1]))  # without a quota the first is max, or -1
        return max(cores, 0.01)

    def _processes(self) -> tuple[int | None, int | None]:
        for group in self._pids:
            most = _first(_read(f"{group}/pids.max"))
            if most is not None:
                current = _first(_read(f"{group}/pids.current"))
                return int(most), None if current is None else int(current)
        return None, None

    def _stall(self, path: str) -> Stall | None:
        figures: dict[str, float] = {}
        for line in _read(path).splitlines():
            share, *fields = line.split()
            for each in fields:
                name, _, value = each.partition("=")
                if name in ("avg10", "avg60"):
                    figures[f"{share}{name[3:]}"] = _number(value) or 0.0
        if "some10" not in figures:
            return None
        known = ("some10", "some60", "full10", "full60")
        return Stall(**{name: figures.get(name, 0.0) for name in known})

    def _disk(self, name: str, path: str, absent: list[str]) -> Disk | None:
        try:
            found = os.statvfs(path)
        except OSError as error:
            absent.append(f"no figures of the disk of {name}: {path}: {error.strerror}")
            return None
        return Disk(
            name=name,
            path=path,
            total=found.f_blocks * found.f_frsize,
            free=found.f_bavail * found.f_frsize,
            inodes=found.f_files,
            inodes_free=found.f_favail,
        )


def _chain(mount: str, root: str, path: str) -> list[str]:
    # Inside a container the path may be told as seen from outside, and its folder is not there: then the mount is it.
    inside = path.removeprefix(root.rstrip("/")) if root != "/" else path
    parts = [part for part in inside.split("/") if part not in ("", "..")]
    chain = ["/".join([mount, *parts[:count]]) for count in range(len(parts), -1, -1)]
    return [folder for folder in chain if Path(folder).is_dir()]


def _limited_memory(group: str) -> tuple[int, int] | None:
    """Limit of a control group and what is left under it; None where it has none."""
    limit = _first(_read(f"{group}/memory.max") or _read(f"{group}/memory.limit_in_bytes"))
    if limit is None or limit >= _NO_LIMIT:
        return None
    used = _first(_read(f"{group}/memory.current") or _read(f"{group}/memory.usage_in_bytes")) or 0.0
    stat = _spaces(_read(f"{group}/memory.stat"))
    # Cached files are given back before anybody is killed. Version 1 counts with the children under total_.
    prefix = "total_" if "total_inactive_file" in stat else ""
    cached = sum(stat.get(f"{prefix}{name}", 0) for name in ("inactive_file", "active_file"))
    cached += stat.get("slab_reclaimable", 0)
    return int(limit), max(0, int(limit) - max(0, int(used) - cached))


def _read(path: str) -> str:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        data = os.read(fd, 1 << 16)
    except OSError:
        return ""  # PSI that is switched off opens and does not read
    finally:
        os.close(fd)
    return data.decode("ascii", "replace")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _first(text: str) -> float | None:
    words = text.split()
    return _number(words[0]) if words else None


def _colons(text: str) -> _Numbers:
    """``MemTotal: 12 kB`` → bytes."""
    found: _Numbers = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdecimal():
            found[name] = int(words[0]) * (1024 if words[-1] == "kB" else 1)
    return found


def _spaces(text: str) -> _Numbers:
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}
