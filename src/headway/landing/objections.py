"""Why a merged tree must not land as it is, seen from what it adds to the target.

A landing that git can merge may still be one that nobody wants: a database dump, a link out of the repository, a
name that becomes ``.git`` on a colleague's laptop, the markers of a conflict that an agent gave up on. A person
decides on those; what says so here names the path and what to do. Only paths that differ are looked at, and
large files are never read. Not for: whether the code is right (that is what verification is for).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import pygit2

from headway.config import LandingSettings
from headway.landing import objects
from headway.landing.git import Git
from headway.landing.objects import Change, Entry

#: Most objections that are told; the first ones of a long list say enough.
MOST_TOLD = 5

#: Largest file that is searched for conflict markers, in bytes. Nobody merges a larger one by hand.
MOST_SEARCHED = 5_000_000

#: Most links that are followed on the way to where one leads, as in Linux.
MOST_LINKS = 40

_KNOWN_MODES = frozenset({objects.FILE, objects.EXECUTABLE, objects.LINK, objects.GITLINK, 0o100664})
_FILES = frozenset({objects.FILE, objects.EXECUTABLE, 0o100664})

#: What macOS leaves out when it compares names (git's ``is_hfs_dotgit``).
_IGNORED_BY_HFS = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]
)

_MARKER = re.compile(rb"^(?:(<{7}) [^\n]*|(={7})\r?|(>{7}) [^\n]*)$", re.M)


def objections(
    git: Git, onto: str, tree: str, settings: LandingSettings, *, work: str | None = None
) -> str | None:
    """Why ``tree`` must not replace ``onto`` (a commit or tree), for a person; None where nothing is wrong.

    ``work``: the commit of the agent, where its history lands with it (styles ``merge`` and ``rebase``). Then
    what its commits brought in and took out again is looked at too: it would be in the repository for good.
    Raises GitError.
    """
    repository = git.repository
    before, after = objects.tree_of(repository, onto), objects.tree_of(repository, tree)
    changed = objects.changes(repository, before, after)
    found = list(
        chain(
            _bad_names(changed),
            _large_files(repository, changed, settings.max_file_size),
            _bad_links(repository, after, changed, allow_outside=settings.outside_links == "allow"),
            _unknown_gitlinks(repository, after, changed),
            _markers(repository, changed) if settings.conflict_markers == "refuse" else (),
            _twins(repository, after, changed) if git.config.get("core.ignorecase") == "true" else (),
        )
    )
    if not found and work is not None and settings.style != "squash":
        found = _in_history(repository, onto, work, settings.max_file_size)
    if not found:
        return None
    more = len(found) - MOST_TOLD
    return "; ".join(found[:MOST_TOLD]) + (f"; and {more} more like these" if more > 0 else "")


def is_git_name(name: str) -> bool:
    """Whether a file system would take this name of a file or folder for ``.git``.

    Any case; with the invisible characters that macOS ignores; Windows' short name ``git~1``, its dots and spaces
    at the end, and its streams (``.git::$INDEX_ALLOCATION``). A backslash separates on Windows.
    """
    for part in name.translate(_IGNORED_BY_HFS).split("\\"):
        plain = part.partition(":")[0].rstrip(". ").lower()
        if plain in (".git", "git~1"):
            return True
    return False


def leads_to(link: str, read: Callable[[str], str | None]) -> str | None:
    """Where a symbolic link of a tree leads, as a path of the tree; None where it leads out of it.

    ``link`` is the path of the link, ``read`` gives the target of the link at a path, or None where there is none.
    Links on the way are followed as the kernel does, because ``..`` means the folder where the last one led. One
    that leads round in a circle leads nowhere: to itself.
    """
    here: list[str] = []
    ahead = link.split("/")[::-1]
    followed = 0
    while ahead:
        name = ahead.pop()
        if name in ("", "."):
            continue
        if name == "..":
            if not here:
                return None
            here.pop()
            continue
        target = read("/".join([*here, name]))
        if target is None:
            here.append(name)
            continue
        followed += 1
        if target.startswith("/"):
            return None
        if followed > MOST_LINKS:
            return link
        ahead += target.split("/")[::-1]
    return "/".join(here)


def new_markers(old: bytes, new: bytes) -> int | None:
    """Line of the first conflict marker that ``new`` has and ``old`` has not; None where there is none.

    A conflict is what git writes: ``<<<<<<< NAME``, ``=======``, ``>>>>>>> NAME``, each at the start of a line, in
    this order. A single line of these is text, and so is a conflict that was there before.
    """
    if b"<<<<<<< " not in new:
        return None
    known = {found[0] for found in _MARKER.finditer(old) if found[1]}
    begin: re.Match[bytes] | None = None
    middle = False
    for found in _MARKER.finditer(new):
        if found[1]:
            begin, middle = (None if found[0] in known else found), False
        elif found[2]:
            middle = begin is not None
        elif begin is not None and middle:
            return new.count(b"\n", 0, begin.start()) + 1
    return None


def _bad_names(changed: Sequence[Change]) -> Iterator[str]:
    for change in changed:
        if change.new is None:
            continue
        names = change.path.split("/")
        if any(is_git_name(name) or name in ("", ".", "..") for name in names):
            yield f"{_shown(change.path)}: a name that some systems take for .git: have it renamed"
        elif change.new.mode not in _KNOWN_MODES:
            yield f"{_shown(change.path)}: mode {change.new.mode:o}, which is none of git's: have it removed"
        elif change.new.mode == objects.LINK and change.path == ".gitmodules":
            yield ".gitmodules: a symbolic link, which git refuses to follow: have it removed"


def _large_files(repository: pygit2.Repository, changed: Sequence[Change], most: int) -> Iterator[str]:
    known = {change.old.id for change in changed if change.old is not None}
    for change in changed:
        if change.new is None or change.new.mode not in _FILES or change.new.id in known:
            continue
        size = objects.size(repository, change.new)
        if size > most:
            yield (
                f"{_shown(change.path)}: {size / 1e6:.1f} MB, more than landing.max_file_size ({most / 1e6:.1f} MB): "
                "have it removed, or raise the limit"
            )


def _bad_links(
    repository: pygit2.Repository, tree: pygit2.Oid, changed: Sequence[Change], *, allow_outside: bool
) -> Iterator[str]:
    def read(path: str) -> str | None:
        entry = objects.entry_at(repository, tree, path)
        if entry is None or entry.mode != objects.LINK:
            return None
        return objects.content(repository, entry).decode("utf-8", "surrogateescape")

    for change in changed:
        if change.new is None or change.new.mode != objects.LINK:
            continue
        target = leads_to(change.path, read)
        if target is None and not allow_outside:
            yield (
                f"{_shown(change.path)}: a symbolic link to {_shown(read(change.path) or '')}, outside the repository: "
                'have it removed, or set landing.outside_links = "allow"'
            )
        elif target is not None and any(map(is_git_name, target.split("/"))):
            yield f"{_shown(change.path)}: a symbolic link into git's own directory: have it removed"


def _unknown_gitlinks(
    repository: pygit2.Repository, tree: pygit2.Oid, changed: Sequence[Change]
) -> Iterator[str]:
    new = [
        change.path
        for change in changed
        if change.new is not None
        and change.new.mode == objects.GITLINK
        and (change.old is None or change.old.mode != objects.GITLINK)
    ]
    if not new:
        return
    modules = objects.entry_at(repository, tree, ".gitmodules")
    known = (
        _submodule_paths(objects.content(repository, modules))
        if modules and modules.mode in _FILES
        else set()
    )
    for path in new:
        if path not in known:
            yield (
                f"{_shown(path)}: another repository inside this one, which .gitmodules does not know, so its files "
                "are in no commit: have its .git removed, or have it added as a submodule"
            )


def _submodule_paths(modules: bytes) -> set[str]:
    text = modules.decode("utf-8", "surrogateescape")
    found = re.findall(r"^[ \t]*path[ \t]*=[ \t]*(.*?)[ \t\r]*$", text, re.M | re.I)
    return {re.sub(r"\\(.)", r"\1", path.strip('"')) for path in found}


def _markers(repository: pygit2.Repository, changed: Sequence[Change]) -> Iterator[str]:
    def read(entry: Entry | None) -> bytes:
        if entry is None or entry.mode not in _FILES or objects.size(repository, entry) > MOST_SEARCHED:
            return b""
        return objects.content(repository, entry)

    suspects = []
    for change in changed:
        new = read(change.new)
        if b"\0" not in new[:8000] and new_markers(b"", new) is not None:
            suspects.append((change.path, new))
    if not suspects:
        return
    # A file that was moved, and edited on the way, had its markers before. Rare: so everything old is read.
    old = b"\n".join(read(change.old) for change in changed)
    for path, new in suspects:
        line = new_markers(old, new)
        if line is not None:
            yield (
                f"{_shown(path)}:{line}: the markers of a conflict that nobody settled: have it settled, or set "
                'landing.conflict_markers = "allow" where they are meant'
            )


def _twins(repository: pygit2.Repository, tree: pygit2.Oid, changed: Sequence[Change]) -> Iterator[str]:
    """Names that differ only by case from another one beside them, where the user's file system keeps one."""
    folders: dict[str, dict[str, Entry]] = {}
    told = set()
    for change in changed:
        if change.new is None or change.old is not None:
            continue
        names = change.path.split("/")
        for depth, name in enumerate(names):
            folder = "/".join(names[:depth])
            if folder not in folders:
                entry = objects.entry_at(repository, tree, folder) if folder else Entry(objects.TREE, tree)
                folders[folder] = objects.children(repository, entry.id) if entry else {}
            for other in folders[folder]:
                if other != name and other.casefold() == name.casefold() and (folder, name) not in told:
                    told.update({(folder, name), (folder, other)})
                    path = "/".join(names[: depth + 1])
                    yield f"{_shown(path)}: differs only by case from {_shown(other)} beside it: have one renamed"


def _in_history(repository: pygit2.Repository, onto: str, work: str, most: int) -> list[str]:
    """The first of the agent's commits with something that must not be in the repository for good."""
    try:
        commits = _commits(repository, onto, work)
    except (pygit2.GitError, ValueError):
        return []  # malformed commits do not become history
    for commit in commits:
        changed = objects.changes(repository, commit.parents[0].tree_id, commit.tree_id)
        found = [*_bad_names(changed), *_large_files(repository, changed, most)]
        if found:
            return [
                f"in the agent's commit {str(commit.id)[:10]}, {what}; it would stay in the history: "
                'set landing.style = "squash", or have the commits made again'
                for what in found[:1]
            ]
    return []


def _commits(repository: pygit2.Repository, onto: str, work: str) -> list[pygit2.Commit]:
    """Those of ``work`` that are not in ``onto`` yet, without merges."""
    base = objects.written_on(work)
    if base is not None and onto != work and objects.is_known_part(onto, base):
        return [
            repository[work].peel(pygit2.Commit)
        ]  # of what an agent left without commits of its own we made one
    walk = repository.walk(None, pygit2.enums.SortMode.TOPOLOGICAL)
    walk.push(work)
    walk.hide(onto)
    return [commit for commit in walk if len(commit.parents) == 1]


def _shown(path: str) -> str:
    """A path that cannot break a line or a terminal."""
    return path if path.isprintable() else ascii(path)
