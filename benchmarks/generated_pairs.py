"""Pairs of changes made from a seed: what two people could do to one small base, and much that they would not.

Renames of files and directories, deletions, modes, binary files, links, submodules, line ends, names in Unicode and
names that are hostile, ``.gitattributes``; and texts of few different lines, on which algorithms disagree.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pygit2

FILE, EXECUTABLE, LINK, GITLINK, TREE = 0o100644, 0o100755, 0o120000, 0o160000, 0o040000

#: Path → (mode, content).
Files = dict[bytes, tuple[int, bytes]]

NAMES = (
    b"a.txt",
    b"b.txt",
    b"c.py",
    b"-rf",
    b"--help",
    b"with space",
    b"CHANGES",
    b"\xc3\xa9t\xc3\xa9.txt",
    b"e\xcc\x81te\xcc\x81.txt",
    b"caf\xe9",
    b"tab\there",
    b"new\nline",
    b'quote"s',
    b"\xe2\x80\xae.txt",
    b"a~b",
    b"A.txt",
    b"*.txt",
    b"[x]",
    b"back\\slash",
)
DIRECTORIES = (b"", b"d", b"d/e", b"src", b"src/d", b"\xc3\xbc")

ATTRIBUTES = (
    b"CHANGES merge=union\n",
    b"*.txt -merge\n",
    b"*.txt text eol=crlf\n",
    b"* text=auto\n",
    b"*.py binary\nCHANGES merge\n",
    b"/d/* merge=union\n",
    b"[attr]ours -merge\n*.txt ours\n",
    b"a.txt merge=ours\nb.txt merge=binary\n",
    b"d/b.txt merge=union\r\n# merge\n",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A base and what two sides made of it."""

    base: Files
    left: Files
    right: Files


def make_pair(rng: random.Random) -> Pair:
    """The pair of this seed."""
    base: Files = {}
    for _ in range(rng.randint(1, 8)):
        base[_new_path(rng, base)] = _new_file(rng)
    if rng.random() < 0.2:
        base[rng.choice((b"", b"d/")) + b".gitattributes"] = (FILE, rng.choice(ATTRIBUTES))
    base = _possible(base)
    hot = rng.sample(sorted(base), k=min(len(base), 3))  # what both are likely to touch
    left, right = _side(rng, base, hot), _side(rng, base, hot)
    if rng.random() < 0.15:  # both do some of the same
        for path in hot[:1]:
            right.pop(path, None)
            if path in left:
                right[path] = left[path]
    return Pair(base, left, _possible(right))


def side_of(rng: random.Random, base: Files) -> Files:
    """What one more side makes of a base."""
    return _side(rng, base, rng.sample(sorted(base), k=min(len(base), 3)))


def write_tree(repository: pygit2.Repository, files: Mapping[bytes, tuple[int, bytes]]) -> str:
    """Write these files as a tree; its id."""
    below: dict[bytes, dict[bytes, tuple[int, bytes]]] = {}
    lines: list[tuple[bytes, bytes]] = []
    for path, (mode, content) in files.items():
        first, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(first, {})[rest] = (mode, content)
        elif mode == GITLINK:
            lines.append((first, b"%o %s\0%s" % (mode, first, content)))
        else:
            lines.append(
                (first, b"%o %s\0%s" % (mode, first, repository.write(pygit2.GIT_OBJECT_BLOB, content).raw))
            )
    for name, inside in below.items():
        tree = bytes.fromhex(write_tree(repository, inside))
        lines.append((name + b"/", b"%o %s\0%s" % (TREE, name, tree)))
    return str(repository.write(pygit2.GIT_OBJECT_TREE, b"".join(line for _, line in sorted(lines))))


def write_commit(repository: pygit2.Repository, tree: str, *parents: str) -> str:
    """Write a commit that is always the same; its id."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += ["author A <a@example.org> 1 +0000", "committer A <a@example.org> 1 +0000", "", "x\n"]
    return str(repository.write(pygit2.GIT_OBJECT_COMMIT, "\n".join(lines).encode()))


def _side(rng: random.Random, base: Files, hot: list[bytes]) -> Files:
    files = dict(base)
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        _change(rng, files, hot)
    return _possible(files)


def _change(rng: random.Random, files: Files, hot: list[bytes]) -> None:
    path = rng.choice(hot) if hot and rng.random() < 0.7 else None
    if path not in files:
        path = rng.choice(sorted(files)) if files else None
    what = rng.choices(
        ("edit", "add", "delete", "rename", "move directory", "mode", "kind", "replace"),
        (10, 3, 2, 2, 1, 1, 0.5, 1),
    )[0]
    if path is None or what == "add":
        files[_new_path(rng, files)] = _new_file(rng)
    elif what == "edit":
        mode, content = files[path]
        files[path] = (mode, _edited(rng, content) if mode != GITLINK else rng.randbytes(20))
    elif what == "delete":
        del files[path]
    elif what == "rename":
        mode, content = files.pop(path)
        if rng.random() < 0.4 and mode != GITLINK:
            content = _edited(rng, content)
        files[_new_path(rng, files)] = (mode, content)
    elif what == "move directory":
        old, new = rng.choice(DIRECTORIES[1:]), rng.choice((*DIRECTORIES[1:], b"moved"))
        for each in [p for p in files if p.startswith(old + b"/")]:
            files[new + each[len(old) :]] = files.pop(each)
    elif what == "mode":
        mode, content = files[path]
        files[path] = ({FILE: EXECUTABLE, EXECUTABLE: FILE}.get(mode, mode), content)
    elif what == "kind":
        files[path] = rng.choice([(LINK, b"a.txt"), (GITLINK, rng.randbytes(20)), _new_file(rng)])
    else:
        files[path] = (
            (files[path][0], _text(rng)) if files[path][0] != GITLINK else (GITLINK, rng.randbytes(20))
        )


def _new_path(rng: random.Random, files: Files) -> bytes:
    directory = rng.choice(DIRECTORIES)
    if rng.random() < 0.05 and files:
        directory = rng.choice(sorted(files))  # a directory where a file was
    return (directory + b"/" if directory else b"") + rng.choice(NAMES[:7] if rng.random() < 0.7 else NAMES)


def _new_file(rng: random.Random) -> tuple[int, bytes]:
    chance = rng.random()
    if chance < 0.05:
        return LINK, rng.choice((b"a.txt", b"../d", b"/etc/passwd"))
    if chance < 0.1:
        return FILE, rng.randbytes(rng.randint(1, 200)) + b"\0"
    if chance < 0.12:
        return GITLINK, rng.randbytes(20)
    return (EXECUTABLE if chance > 0.95 else FILE), _text(rng)


def _text(rng: random.Random) -> bytes:
    kinds: tuple[Callable[[random.Random, int], bytes], ...] = (
        lambda rng, n: rng.choice((b"a", b"b", b"", b"}")),
        lambda rng, n: b"%d" % n if rng.random() < 0.7 else rng.choice((b"", b"}", b"  return")),
        lambda rng, n: b"line %d" % n,
    )
    kind = rng.choice(kinds)
    count = rng.choice((0, 1, 3, 8, 20, 20, 60, 300))
    lines = [kind(rng, n) for n in range(count)]
    end = b"\r\n" if rng.random() < 0.1 else b"\n"
    return end.join(lines) + (end if lines and rng.random() < 0.9 else b"")


def _edited(rng: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    if rng.random() < 0.03:
        return content.replace(b"\n", b"\r\n")
    if rng.random() < 0.03:
        return content.replace(b"\r", b"") + b"\0"
    for _ in range(rng.choice((1, 1, 1, 2, 4, 9))):
        at = rng.randint(0, len(lines))
        length = rng.choice((1, 1, 2, 5, 15))
        what = rng.random()
        if what < 0.35:
            lines[at:at] = [rng.choice((b"a", b"b", b"", b"}", b"new %d" % rng.randint(0, 9)))] * rng.choice(
                (1, 1, 2)
            )
        elif what < 0.55:
            del lines[at : at + length]
        elif what < 0.75:
            lines[at : at + length] = [b"other %d" % rng.randint(0, 9) for _ in range(length)]
        elif what < 0.9:
            to = rng.randint(0, len(lines))
            lines[to:to] = lines[at : at + length]  # said twice
        else:
            moved = lines[at : at + length]
            del lines[at : at + length]
            to = rng.randint(0, len(lines))
            lines[to:to] = moved
    return b"\n".join(lines)


def _possible(files: Files) -> Files:
    """Without files that stand where a directory has to be."""
    above = {path[:at] for path in files for at, char in enumerate(path) if char == ord("/")}
    return {path: each for path, each in files.items() if path not in above}
