"""A repository of throw-away objects beside the real one: what is written there can be removed at any time.

Worktrees are looked at as trees while they are written; what each keystroke makes must not fill the user's
repository. So these objects go to a directory of their own, with the real objects as its alternate. Not for: work
that is kept (:mod:`.snapshot`).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from headway.landing.files import remove
from headway.landing.git import Git
from headway.landing.private import write_if_other


def open_scratch(git: Git, name: str) -> Git:
    """The same repository, with what is written going to ``<common_dir>/headway/NAME``, which begins empty.

    For objects only: it has no refs. Raises OSError.
    """
    directory = git.common_dir / "headway" / name
    remove(directory)
    objects = directory / "objects"
    (objects / "info").mkdir(mode=0o700, parents=True)
    (directory / "refs").mkdir()
    (directory / "info").mkdir()
    (directory / "HEAD").write_bytes(b"ref: refs/headway/nothing\n")
    config = (git.private_dir / "config").read_bytes()
    # They live for minutes: nothing is gained by making them small.
    (directory / "config").write_bytes(config + b"[core]\n\tcompression = 0\n\tlooseCompression = 0\n")
    for each in ("exclude", "attributes"):
        source = git.private_dir / "info" / each
        if source.is_file():
            write_if_other(directory / "info" / each, source.read_bytes())
    shallow = git.common_dir / "shallow"
    if shallow.exists():
        (directory / "shallow").symlink_to(shallow)
    lfs = git.common_dir / "lfs"
    if lfs.is_dir():
        (directory / "lfs").symlink_to(lfs)
    alternates = os.fsencode(git.common_dir / "objects")
    if b"\n" in alternates or alternates.startswith((b"#", b'"')):
        raise OSError(f"git has no alternate by the name {alternates!r}")
    (objects / "info" / "alternates").write_bytes(alternates + b"\n")
    return replace(git, private_dir=directory, objects=objects)


def reopened(git: Git) -> Git:
    """The same, with a libgit2 repository of its own: one is not for two threads."""
    return replace(git)


def size_of(git: Git) -> int:
    """Bytes that the objects of a scratch repository take."""
    total = 0
    for directory, _, names in os.walk(git.private_dir / "objects"):
        for name in names:
            try:
                total += Path(directory, name).stat().st_size
            except OSError:  # a temporary file of git's
                continue
    return total
