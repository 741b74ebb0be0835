"""The private git directory: the repository's objects and refs under a configuration that is ours alone.

Whatever runs in a worktree can write into the repository's git directory: its ``config``, its hooks, the
worktree's own metadata. So git is called with another directory, ``<common_dir>/headway/git``, whose
configuration is made here, from an allow-list, when a repository is opened. Its ``objects``, ``refs``,
``packed-refs`` and ``shallow`` are links to the real ones, so that git and libgit2 both find all of it there.

Not for: calling git (:mod:`.git`). Refs are read here but moved with the real git directory: links would be
replaced by files.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

#: Keys that say how files are written and who commits; taken from wherever the user has them.
_HARMLESS = frozenset(
    {
        "core.autocrlf",
        "core.bigfilethreshold",
        "core.checkroundtripencoding",
        "core.compression",
        "core.eol",
        "core.filemode",
        "core.ignorecase",
        "core.longpaths",
        "core.loosecompression",
        "core.precomposeunicode",
        "core.repositoryformatversion",
        "core.safecrlf",
        "core.sharedrepository",
        "core.symlinks",
        "extensions.objectformat",
        "user.email",
        "user.name",
    }
)

#: Keys that name files of the user's. Not from the repository's own configuration, which agents can write.
_PATHS = frozenset({"core.attributesfile", "core.excludesfile"})

#: Where a filter's command may come from: not from the repository's own configuration, for the same reason.
_TRUSTED = frozenset({"system", "global"})

#: What holds in any repository. No remotes and no credentials are in it, so nothing can be fetched on demand.
_OURS: tuple[tuple[str, str], ...] = (
    ("core.bare", "true"),
    ("core.hookspath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.logallrefupdates", "false"),
    ("core.splitindex", "false"),
    # With 42 agents there is no idle core for a second thread: of 13,000 files a look at all of them costs 26 ms
    # of CPU in one thread and 28 ms in two, filling a new worktree 270 ms in one and 590 ms in two.
    ("core.preloadindex", "false"),
    ("index.threads", "1"),
    ("checkout.workers", "1"),
    ("commit.gpgsign", "false"),
    ("gc.auto", "0"),
    ("log.showsignature", "false"),
    ("maintenance.auto", "false"),
    ("protocol.allow", "never"),
    ("submodule.recurse", "false"),
)

_LINKS = ("objects", "refs", "packed-refs", "shallow", "lfs")

#: Who commits where the user said nothing.
NOBODY = ("Headway", "headway@localhost")


def parse_listing(listing: bytes) -> list[tuple[str, str, str]]:
    """(scope, key, value) of ``git config --list -z --show-scope``, in git's order: the last one wins."""
    fields = listing.decode("utf-8", "surrogateescape").split("\0")
    entries = []
    for scope, entry in zip(fields[0::2], fields[1::2], strict=False):
        key, separator, value = entry.partition("\n")
        entries.append((scope, key, value if separator else "true"))
    return entries


def choose(entries: Iterable[tuple[str, str, str]], filters: Iterable[str]) -> dict[str, str]:
    """The keys of the user's configuration that the private one takes over."""
    names = set(filters)
    chosen: dict[str, str] = {}
    for scope, key, value in entries:
        if key in _HARMLESS and scope != "worktree":
            chosen[key] = value
        elif scope not in _TRUSTED:
            continue
        elif key in _PATHS:
            chosen[key] = os.path.expanduser(value)  # noqa: PTH111 (Path() would change an empty value)
        elif (found := re.fullmatch(r"filter\.(.+)\.(clean|smudge|process|required)", key, re.S)) and (
            found[1] in names
        ):
            chosen[key] = value
    return chosen


def render_config(keys: Mapping[str, str]) -> str:
    """A configuration file with these keys."""
    lines = []
    for key, value in keys.items():
        section, _, rest = key.partition(".")
        subsection, _, name = rest.rpartition(".")
        title = f'{section} "{_escape(subsection)}"' if subsection else section
        lines.append(f'[{title}]\n\t{name} = "{_escape(value)}"\n')
    return "".join(lines)


def make_private(
    common_dir: Path, entries: Iterable[tuple[str, str, str]], filters: Iterable[str]
) -> tuple[Path, dict[str, str]]:
    """Make or renew the private git directory; (its path, its configuration). Safe while others use it.

    Raises OSError.
    """
    private = common_dir / "headway" / "git"
    (private / "info").mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _LINKS:
        _link(private / name, f"../../{name}")
    keys = choose(entries, filters)
    name, email = keys.get("user.name") or NOBODY[0], keys.get("user.email") or NOBODY[1]
    keys |= {"user.name": name, "user.email": email, **dict(_OURS)}
    write_if_other(private / "config", render_config(keys).encode("utf-8", "surrogateescape"))
    # Git takes a directory for a repository only if it has one; it names nothing.
    write_if_other(private / "HEAD", b"ref: refs/headway/nothing\n")
    for name in ("exclude", "attributes"):
        _copy(common_dir / "info" / name, private / "info" / name)
    return private, keys


def write_if_other(path: Path, content: bytes) -> None:
    """Give a file this content at once, and leave it alone where it has it. Raises OSError."""
    try:
        if path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _link(path: Path, target: str) -> None:
    try:
        if path.readlink() == Path(target):
            return
    except OSError:  # not there, or something else than a link
        pass
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)


def _copy(source: Path, target: Path) -> None:
    # Not what is no plain file: reading a fifo that somebody put there would never end.
    if source.is_file() and source.stat().st_size < 2**20:
        write_if_other(target, source.read_bytes())
    else:
        target.unlink(missing_ok=True)


def _escape(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\b", "\\b")):
        text = text.replace(plain, escaped)
    return text
