"""Where the shared material (workloads, tickets, scripted model) lies, if it is there."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("HEADWAY_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def shared(relative: str) -> Path:
    """A path of the shared material; skips the test where it is absent, fails it under CI."""
    path = SHARED / relative
    if not path.exists():
        reason = f"needs {relative} of the shared material (set HEADWAY_SHARED)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
