"""What the kernel's figures mean for agents: too much promised, or too hard pressed. Pure.

Each finding has two thresholds: one at which it begins and a lower one at which it ends, so that a figure that goes up
and down around the first is told once. Which ones stand is handed in, nothing is remembered here.

Where the figures come from: systemd-oomd ends a control group at 60 % *full* memory pressure over 30 s (oomd.conf(5),
``DefaultMemoryPressureLimit``); by then agents have stood still for half a minute, so this speaks much earlier, at
10 %. All others are assumptions, stated at :class:`ComputeLimits`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from headway.conflicts.waiting.pressure import Disk, Pressure
from headway.nouns import Conflict, Slot, SlotState, conflict_id

_GIB = 2**30


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """What was promised to a running agent, and what it has of it already. Sizes in bytes."""

    ticket: str
    #: Command-line agents were seen to use 0.4 to 2 GB.
    memory: int = int(1.5 * _GIB)
    memory_used: int = 0
    #: CPUs. An agent waits for its model most of the time; not measured.
    cpu: float = 0.25
    disk: int = 0
    disk_used: int = 0
    #: Inotify watches for its worktree.
    watches: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ComputeLimits:
    """From where on it is a conflict. Shares from 0 to 1 of what there is, percent for pressure, bytes for sizes."""

    #: Memory still owed to agents, of what is available.
    memory: float = 1.0
    #: Percent of ten seconds in which all tasks, or at least one, stood still for memory.
    memory_full: float = 10.0
    memory_some: float = 25.0
    #: Least memory available: this share of all, or so many bytes, whichever is less.
    memory_least_share: float = 0.05
    memory_least: int = _GIB
    #: CPU promised, of the cores.
    cpu: float = 4.0
    #: Percent of a minute in which somebody waited for a CPU, and tasks that wanted to run for each core: both.
    cpu_some: float = 80.0
    cpu_load: float = 4.0
    #: Percent of ten seconds in which all tasks stood still for a disk.
    io_full: float = 50.0
    #: Least room on a disk, in bytes and in inodes (share of all).
    disk_least: int = 2 * _GIB
    inodes_least: float = 0.02
    #: Disk still owed to agents, of what is free above the least.
    disk: float = 1.0
    #: Inotify watches wanted, of one user's most; other programs of the user need some too.
    watches: float = 0.9
    #: Processes, of the control group's most.
    processes: float = 0.9
    #: Most worktrees that are taken, those kept for a person too; None for no limit.
    worktrees: int | None = None
    #: A conflict that stands ends below this share of where it begins.
    ends_at: float = 0.7


@dataclass(frozen=True, kw_only=True, slots=True)
class _Finding:
    resource: str
    #: ``pressure`` or ``overcommitment``.
    kind: str
    #: How far along it is to where it begins: at 1 it is there.
    ratio: float
    detail: str
    severity: str
    mend: str
    figures: dict[str, float] = field(default_factory=dict)


def compute_conflicts(
    pressure: Pressure,
    demands: Sequence[Demand],
    limits: ComputeLimits | None = None,
    *,
    standing: Collection[str] = (),
    slots: Sequence[Slot] = (),
) -> list[Conflict]:
    """Conflicts of kind ``compute``, the most severe first.

    ``demands``: of the agents that run or were admitted. ``standing``: ids of compute conflicts that stand; one of
    these is told as long as it has not gone back below ``limits.ends_at`` of its threshold, so who keeps what comes
    back as the next ``standing`` tells each one once.

    ``context``: ``type`` (``pressure``, ``overcommitment``), ``resource``, ``detail``, ``mend``, ``ratio`` (1 where it
    begins), ``score``, ``figures``.
    """
    limits = limits or ComputeLimits()
    who = tuple(d.ticket for d in sorted(demands, key=lambda d: (-d.memory_used, -d.memory, d.ticket)))
    told = []
    for finding in _findings(pressure, demands, limits, slots):
        id_ = conflict_id("compute", [finding.resource], [finding.kind], ())
        if finding.ratio >= (limits.ends_at if id_ in standing else 1.0):
            told.append(_conflict(id_, finding, who, pressure.at))
    order = ("critical", "high", "medium", "low")
    return sorted(told, key=lambda c: (order.index(c.severity), -c.context["ratio"], c.conflict_id))


def room_for(
    pressure: Pressure, demands: Sequence[Demand], one: Demand, limits: ComputeLimits | None = None
) -> int | None:
    """How many more agents with the demand of ``one`` there is room for; None where no figure says anything.

    None fits while memory is under pressure.
    """
    limits = limits or ComputeLimits()
    rooms: list[int] = []
    if pressure.memory_available is not None and one.memory > 0:
        spare = (
            pressure.memory_available * limits.memory
            - _owed_memory(demands)
            - _least_memory(pressure, limits)
        )
        rooms.append(int(spare // one.memory))
    for disk in pressure.disks:
        if disk.name == "worktrees" and one.disk > 0:
            spare = (disk.free - limits.disk_least) * limits.disk - _owed_disk(demands)
            rooms.append(int(spare // one.disk))
    if pressure.watches is not None and one.watches > 0:
        spare = pressure.watches * limits.watches - sum(d.watches for d in demands)
        rooms.append(int(spare // one.watches))
    if any(f.ratio >= 1.0 for f in _memory_pressure(pressure, limits)):
        rooms.append(0)
    return max(0, min(rooms)) if rooms else None


def _findings(
    pressure: Pressure, demands: Sequence[Demand], limits: ComputeLimits, slots: Sequence[Slot]
) -> Iterator[_Finding]:
    yield from _memory_promised(pressure, demands, limits)
    yield from _memory_pressure(pressure, limits)
    yield from _cpu_promised(pressure, demands, limits)
    yield from _cpu_pressure(pressure, limits)
    yield from _io_pressure(pressure, limits)
    for disk in pressure.disks:
        yield _disk_pressure(disk, limits)
        if disk.name == "worktrees":
            yield from _disk_promised(disk, demands, limits)
    yield from _watches(pressure, demands, limits)
    yield from _processes(pressure, limits)
    yield from _worktrees(slots, limits)


def _memory_promised(
    pressure: Pressure, demands: Sequence[Demand], limits: ComputeLimits
) -> Iterator[_Finding]:
    available, owed = pressure.memory_available, _owed_memory(demands)
    if available is None or not owed:
        return
    ratio = owed / max(1.0, available * limits.memory)
    yield _Finding(
        resource="memory",
        kind="overcommitment",
        ratio=ratio,
        detail=f"{len(demands)} agents may still take {_size(owed)} of memory, and {_size(available)} are available",
        severity="high" if ratio >= 2.0 else "medium",
        mend="run fewer agents at once (--agents), or give this machine more memory",
        figures={"owed": owed, "available": available},
    )


def _memory_pressure(pressure: Pressure, limits: ComputeLimits) -> Iterator[_Finding]:
    stall, available, total = pressure.memory_stall, pressure.memory_available, pressure.memory_total
    ratios: list[float] = []
    told: list[str] = []
    figures: dict[str, float] = {}
    if stall is not None:
        ratios += [stall.full10 / limits.memory_full, stall.some10 / limits.memory_some]
        told.append(
            f"tasks stood still for memory {stall.some10:.0f} % of the last ten seconds, all of them "
            f"{stall.full10:.0f} %"
        )
        figures |= {"some10": stall.some10, "full10": stall.full10}
    if available is not None and total:
        ratios.append(_least_memory(pressure, limits) / max(1, available))
        told.append(f"{_size(available)} of {_size(total)} are available")
        figures |= {"available": available, "total": total}
    if not ratios:
        return
    full = stall.full10 if stall is not None else 0.0
    scarce = available is not None and available < _least_memory(pressure, limits) / 2
    yield _Finding(
        resource="memory",
        kind="pressure",
        ratio=max(ratios),
        detail="memory is short: " + "; ".join(told),
        severity="critical" if scarce or full >= 4 * limits.memory_full else "high",
        mend="let agents end before new ones start; run fewer at once (--agents)",
        figures=figures,
    )


def _cpu_promised(pressure: Pressure, demands: Sequence[Demand], limits: ComputeLimits) -> Iterator[_Finding]:
    promised = sum(d.cpu for d in demands)
    if promised > 0:
        yield _Finding(
            resource="cpu",
            kind="overcommitment",
            ratio=promised / (pressure.cores * limits.cpu),
            detail=f"{len(demands)} agents were promised {promised:.1f} CPUs, and there are {pressure.cores:.1f}",
            severity="low",
            mend="run fewer agents at once (--agents): the CPUs are shared, everything gets slower",
            figures={"promised": promised, "cores": pressure.cores},
        )


def _cpu_pressure(pressure: Pressure, limits: ComputeLimits) -> Iterator[_Finding]:
    ratios = []
    told = []
    if pressure.cpu_stall is not None:
        ratios.append(pressure.cpu_stall.some60 / limits.cpu_some)
        told.append(f"somebody waited for a CPU {pressure.cpu_stall.some60:.0f} % of the last minute")
    if pressure.load is not None:
        ratios.append(pressure.load / (pressure.cores * limits.cpu_load))
        told.append(f"{pressure.load:.1f} tasks wanted to run on {pressure.cores:.1f} CPUs")
    if ratios:
        yield _Finding(
            resource="cpu",
            kind="pressure",
            # Both: one that computes beside an idle fleet makes others wait, and does no harm.
            ratio=min(ratios),
            detail="the CPUs are busy: " + "; ".join(told),
            severity="low",
            mend="run fewer agents at once (--agents), or a cheaper `verify`",
            figures={"load": pressure.load or 0.0, "cores": pressure.cores},
        )


def _io_pressure(pressure: Pressure, limits: ComputeLimits) -> Iterator[_Finding]:
    if pressure.io_stall is not None:
        full = pressure.io_stall.full10
        yield _Finding(
            resource="io",
            kind="pressure",
            ratio=full / limits.io_full,
            detail=f"everybody stood still for a disk {full:.0f} % of the last ten seconds",
            severity="low",
            mend="put the worktrees on a faster disk (worktrees.directory)",
            figures={"full10": full},
        )


def _disk_pressure(disk: Disk, limits: ComputeLimits) -> _Finding:
    least = min(limits.disk_least, disk.total // 10) if disk.total else limits.disk_least
    ratios = [least / max(1, disk.free)]
    told = f"{_size(disk.free)} of {_size(disk.total)} are free"
    if disk.inodes:
        ratios.append(limits.inodes_least / max(1e-9, disk.inodes_free / disk.inodes))
        told += f", and {disk.inodes_free} of {disk.inodes} inodes"
    return _Finding(
        resource=f"disk:{disk.name}",
        kind="pressure",
        ratio=max(ratios),
        detail=f"the disk of the {disk.name} ({disk.path}) is nearly full: {told}",
        severity="critical" if max(ratios) >= 4.0 else "high",
        mend="headway clean, or name another folder: worktrees.directory",
        figures={"free": disk.free, "total": disk.total, "inodes_free": disk.inodes_free},
    )


def _disk_promised(disk: Disk, demands: Sequence[Demand], limits: ComputeLimits) -> Iterator[_Finding]:
    owed = _owed_disk(demands)
    if owed:
        yield _Finding(
            resource=f"disk:{disk.name}",
            kind="overcommitment",
            ratio=owed / max(1.0, (disk.free - limits.disk_least) * limits.disk),
            detail=f"{len(demands)} agents may still write {_size(owed)}, and {_size(disk.free)} are free in "
            f"{disk.path}",
            severity="medium",
            mend="run fewer agents at once (--agents), or name a larger disk: worktrees.directory",
            figures={"owed": owed, "free": disk.free},
        )


def _watches(pressure: Pressure, demands: Sequence[Demand], limits: ComputeLimits) -> Iterator[_Finding]:
    wanted = sum(d.watches for d in demands)
    if pressure.watches is not None and wanted:
        more = 1 << (int(wanted / limits.watches) - 1).bit_length()
        yield _Finding(
            resource="watches",
            kind="overcommitment",
            ratio=wanted / max(1.0, pressure.watches * limits.watches),
            detail=f"{len(demands)} worktrees want {wanted} file watches, and one user may have {pressure.watches}",
            severity="medium",
            mend=f"sysctl -w fs.inotify.max_user_watches={more}",
            figures={"wanted": wanted, "most": pressure.watches},
        )


def _processes(pressure: Pressure, limits: ComputeLimits) -> Iterator[_Finding]:
    if pressure.processes_most and pressure.processes is not None:
        yield _Finding(
            resource="processes",
            kind="pressure",
            ratio=pressure.processes / (pressure.processes_most * limits.processes),
            detail=f"{pressure.processes} processes run, and this control group may have {pressure.processes_most}",
            severity="high",
            mend="start the container with a higher --pids-limit",
            figures={"processes": pressure.processes, "most": pressure.processes_most},
        )


def _worktrees(slots: Sequence[Slot], limits: ComputeLimits) -> Iterator[_Finding]:
    taken = sum(1 for slot in slots if slot.state is not SlotState.FREE)
    kept = sum(1 for slot in slots if slot.state is SlotState.KEPT)
    if limits.worktrees and taken:
        yield _Finding(
            resource="worktrees",
            kind="overcommitment",
            # All of them taken is what they are for; more of them, or most of them lying idle, is not.
            ratio=max(taken / (limits.worktrees + 1), 2 * kept / limits.worktrees),
            detail=f"{taken} worktrees are taken, {kept} of them kept for a person to look at; "
            f"there should be {limits.worktrees}",
            severity="medium",
            mend="look at the kept ones (headway status), then: headway clean",
            figures={"taken": taken, "kept": kept, "most": limits.worktrees},
        )


def _owed_memory(demands: Sequence[Demand]) -> int:
    return sum(max(0, d.memory - d.memory_used) for d in demands)


def _owed_disk(demands: Sequence[Demand]) -> int:
    return sum(max(0, d.disk - d.disk_used) for d in demands)


def _least_memory(pressure: Pressure, limits: ComputeLimits) -> float:
    return min(limits.memory_least, (pressure.memory_total or 0) * limits.memory_least_share)


def _conflict(id_: str, finding: _Finding, who: tuple[str, ...], at: float) -> Conflict:
    return Conflict(
        conflict_id=id_,
        conflict_type="compute",
        involved_agents=who,
        severity=finding.severity,
        context={
            "type": finding.kind,
            "resource": finding.resource,
            "detail": finding.detail,
            "mend": finding.mend,
            "ratio": round(finding.ratio, 3),
            "score": 1.0,
            "figures": finding.figures,
        },
        timestamp=datetime.fromtimestamp(at, UTC),
    )


def _size(count: float) -> str:
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    index = 0
    while count >= 1023.5 and index < len(units) - 1:
        count, index = count / 1024, index + 1
    return f"{count:.0f} {units[index]}" if index == 0 or count >= 9.95 else f"{count:.1f} {units[index]}"
