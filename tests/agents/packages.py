"""The agents' programs, installed by npm into the user's cache once."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import platformdirs
import pytest

#: The versions that the built-in profiles and the readers of event streams were measured with.
PACKAGES = {
    "claude": "@anthropic-ai/claude-code@2.1.197",
    "codex": "@openai/codex@0.169.0",
    "opencode": "opencode-ai@1.18.33",
}

#: Longest time that their download may take, in seconds: a gigabyte.
PATIENCE = 900


def install() -> Path:
    """The directory of their executables; skips the test where they are not to be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm (Node.js 18 or newer) to install the agents")
    versions = "_".join(package.rpartition("@")[2] for package in PACKAGES.values())
    directory = Path(platformdirs.user_cache_dir("headway-tests")) / f"agents-{versions}"
    directory.mkdir(parents=True, exist_ok=True)
    bin_ = directory / "node_modules" / ".bin"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes come here at once
        if not (directory / "installed").exists():
            command = [
                npm,
                "install",
                "--prefix",
                str(directory),
                "--no-audit",
                "--no-fund",
                *PACKAGES.values(),
            ]
            try:
                ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                pytest.skip(f"npm did not install the agents within {PATIENCE} s")
            if ran.returncode != 0:
                pytest.skip(f"npm cannot install the agents: {ran.stderr.strip()[-500:]}")
            (directory / "installed").touch()
    for name in PACKAGES:
        ran = subprocess.run([bin_ / name, "--version"], capture_output=True, text=True, timeout=60)
        if ran.returncode != 0:
            pytest.skip(f"{name} does not start here: {(ran.stderr or ran.stdout).strip()[-500:]}")
    return bin_
