"""What this machine is called where pids are compared. Light: ``headway status`` asks it too."""

from __future__ import annotations

import os
import socket

#: Inode of the pid namespace that the kernel boots with (PROC_PID_INIT_INO in its proc_ns.h).
INITIAL_PID_NAMESPACE = 0xEFFFFFFC


def host_name() -> str:
    """Names the pids that we see: containers of one machine may share its name, but not its processes."""
    name = socket.gethostname()
    try:
        inside = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 (the link, not what a path would make of it)
    except OSError:
        return name
    return name if inside == INITIAL_PID_NAMESPACE else f"{name}/pid:{inside}"
