"""The machine that figures were measured on: what it is, and whether others use it.

Names neither the machine nor its paths.
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")

#: A machine whose cores others use less than this counts as quiet.
QUIET = 0.05

#: How long a quiet moment is waited for, in seconds.
PATIENCE = 20.0


def facts(python: str) -> list[str]:
    """Cores, memory, kernel, versions: one line of Markdown each."""
    version = subprocess.run([python, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    root = Path(__file__).resolve().parents[1]
    revision = subprocess.run(
        ["git", "-C", str(root), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"- Machine: {os.cpu_count()} cores, {memory:.0f} GiB of memory, Linux {platform.release()}.",
        f"- Coordinator: Python {platform.python_version()}; agents and baseline: {version}; {git}.",
        f"- Headway: {revision or 'unknown revision'}, measured on {time.strftime('%Y-%m-%d', time.gmtime())}.",
    ]


def busy_seconds() -> float:
    """CPU seconds that the whole machine was busy since its start."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    user, nice, system, _idle, _iowait, irq, softirq = map(int, words[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def settle() -> None:
    """Let what was written reach the disk, and wait for a quiet moment, if there is one."""
    os.sync()
    cores = os.cpu_count() or 1
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        before, began = busy_seconds(), time.monotonic()
        time.sleep(1.0)
        if (busy_seconds() - before) / (time.monotonic() - began) / cores < QUIET:
            return
