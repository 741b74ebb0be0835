"""What the reader takes as an id, git takes in a ref's name and the file system as a file's."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path

from headway.tickets.rules import MOST_ID, why_not_id


def test_every_id_can_be_part_of_a_ref_and_a_file_s_name(tmp_path: Path) -> None:
    parts = ["a", "-", ".", "..", "_", ".lock", "@", "@{", "/", "~", "HEAD", "0"]
    ids = [
        text for n in (1, 2, 3) for text in map("".join, product(parts, repeat=n)) if why_not_id(text) is None
    ]
    ids.append("x" * MOST_ID)
    assert len(ids) > 100
    repository = tmp_path / "r"
    subprocess.run(["git", "init", "-q", repository], check=True)
    empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    subprocess.run(
        ["git", "-C", repository, "hash-object", "-w", "-t", "tree", "/dev/null"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    # One transaction: git refuses all of it if it refuses one name.
    lines = "".join(f"create refs/headway/r1/{id_}/1 {empty}\n" for id_ in ids)
    subprocess.run(["git", "-C", repository, "update-ref", "--stdin"], input=lines, text=True, check=True)
    for id_ in ids:
        (tmp_path / id_).write_text(id_)
    assert all((tmp_path / id_).read_text() == id_ for id_ in ids)
