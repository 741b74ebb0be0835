"""The kernel's figures: read from recorded files of machines that differ, and from this one."""

import os
import time
from pathlib import Path

import pytest

from headway.conflicts.waiting import PressureReader, compute_conflicts

MEMINFO = """MemTotal:       24684084 kB
MemFree:         7122244 kB
MemAvailable:   23033928 kB
SwapTotal:       2097148 kB
SwapFree:        1048574 kB
HugePages_Total:       0
"""
PSI = """some avg10=12.50 avg60=1.08 avg300=6.58 total=6749313327
full avg10=3.25 avg60=0.50 avg300=0.00 total=12
"""
VERSION_2 = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
VERSION_1 = """31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
MIB = 2**20


def machine(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return str(root)


def plain(**more: str) -> dict[str, str]:
    return {
        "proc/meminfo": MEMINFO,
        "proc/loadavg": "3.14 0.60 1.19 1/91 7293\n",
        "proc/pressure/memory": PSI,
        "proc/pressure/cpu": PSI,
        "proc/pressure/io": PSI,
        "proc/sys/fs/inotify/max_user_watches": "192536\n",
        **more,
    }


def test_figures_of_a_plain_machine(tmp_path):
    found = PressureReader(root=machine(tmp_path, plain())).read(7.0)
    assert found.at == 7.0
    assert (found.memory_total, found.memory_available) == (24684084 * 1024, 23033928 * 1024)
    assert (found.swap_total, found.swap_free) == (2097148 * 1024, 1048574 * 1024)
    assert found.load == 3.14
    assert found.watches == 192536
    stall = found.memory_stall
    assert (stall.some10, stall.some60, stall.full10, stall.full60) == (12.5, 1.08, 3.25, 0.5)
    assert not found.is_limited
    assert found.absent == ()


def test_what_is_not_there_is_said_and_is_no_error(tmp_path):
    found = PressureReader({"worktrees": tmp_path / "gone"}, root=machine(tmp_path, {})).read(0.0)
    assert (found.memory_available, found.memory_stall, found.load, found.watches) == (None, None, None, None)
    assert found.disks == ()
    for what in ("memory, cpu, io", "/proc/meminfo", "/proc/loadavg", "inotify", "worktrees"):
        assert any(what in sentence for sentence in found.absent), what
    assert compute_conflicts(found, ()) == []


@pytest.mark.parametrize("broken", ["", "some\n", "some avg10=x\n", "\x00\n", "full avg10=1.0\n"])
def test_files_that_nobody_understands_are_absent_figures(tmp_path, broken):
    files = dict.fromkeys(plain(), broken)
    found = PressureReader(root=machine(tmp_path, files)).read(0.0)
    assert found.memory_available is None
    assert found.load is None


def group(limit: str, current: int, cached: int) -> dict[str, str]:
    return {
        "memory.max": limit,
        "memory.current": str(current),
        "memory.stat": f"anon 1\ninactive_file {cached}\nactive_file 0\nslab_reclaimable 0\n",
    }


def test_the_tightest_control_group_of_version_2_counts(tmp_path):
    files = plain(**{"proc/self/mountinfo": VERSION_2, "proc/self/cgroup": "0::/a/b\n"})
    for folder, text in {
        "sys/fs/cgroup/a/b": group("max\n", 1, 0),
        "sys/fs/cgroup/a": {**group(f"{1000 * MIB}\n", 900 * MIB, 300 * MIB), "cpu.max": "50000 100000\n"},
    }.items():
        files |= {f"{folder}/{name}": each for name, each in text.items()}
    files["sys/fs/cgroup/a/memory.pressure"] = PSI.replace("12.50", "77.00")
    files["sys/fs/cgroup/a/pids.max"] = "100\n"
    files["sys/fs/cgroup/a/pids.current"] = "95\n"
    files["sys/fs/cgroup/a/b/pids.max"] = "max\n"
    found = PressureReader(root=machine(tmp_path, files)).read(0.0)
    assert found.is_limited
    assert found.memory_total == 1000 * MIB
    assert found.memory_available == 400 * MIB
    assert found.memory_stall.some10 == 77.0
    assert found.cores == 0.5
    assert (found.processes_most, found.processes) == (100, 95)


def test_a_control_group_of_version_1_counts_in_a_mixed_hierarchy(tmp_path):
    files = plain(**{"proc/self/mountinfo": VERSION_1})
    files["proc/self/cgroup"] = "4:memory:/job\n1:cpu,cpuacct:/job\n0::/\n"
    memory = "sys/fs/cgroup/memory/job"
    files |= {
        f"{memory}/memory.limit_in_bytes": str(2000 * MIB),
        f"{memory}/memory.usage_in_bytes": str(1900 * MIB),
        f"{memory}/memory.stat": f"inactive_file 0\ntotal_inactive_file {MIB}\ntotal_active_file {9 * MIB}\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "25000\n",
        "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/unified/cgroup.procs": "",
    }
    found = PressureReader(root=machine(tmp_path, files)).read(0.0)
    assert found.memory_available == 110 * MIB
    assert found.cores == 0.25


def test_a_limit_above_the_memory_there_is_limits_nothing(tmp_path):
    files = plain(**{"proc/self/mountinfo": VERSION_2, "proc/self/cgroup": "0::/a\n"})
    files |= {f"sys/fs/cgroup/a/{name}": each for name, each in group(str(2**50), 5, 0).items()}
    found = PressureReader(root=machine(tmp_path, files)).read(0.0)
    assert not found.is_limited
    assert found.memory_available == 23033928 * 1024


def test_a_path_that_is_told_as_seen_from_outside_is_the_mount_itself(tmp_path):
    files = plain(**{"proc/self/mountinfo": VERSION_2, "proc/self/cgroup": "0::/docker/abc\n"})
    files |= {f"sys/fs/cgroup/{name}": each for name, each in group(f"{512 * MIB}\n", 12 * MIB, 0).items()}
    assert PressureReader(root=machine(tmp_path, files)).read(0.0).memory_available == 500 * MIB


def test_this_machine_can_be_read(tmp_path):
    found = PressureReader({"worktrees": tmp_path}).read(time.time())
    assert found.cores > 0
    [disk] = found.disks
    assert disk.total >= disk.free > 0
    if Path("/proc/meminfo").exists():
        assert 0 < found.memory_available <= found.memory_total
    assert (found.memory_stall is None) == (not os.access("/proc/pressure/memory", os.R_OK))
