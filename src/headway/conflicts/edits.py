"""Whether two changes of one base merge, and where not: the same verdict as ``git merge-tree --write-tree`` gives.

Decided in process from what the two sides changed, without a look at the rest of the repository: that they changed
different files, or one file in places that are surely apart; deletions against edits, modes, binary files, links, the
usual ``.gitattributes``. Handed to git, through what the caller gives: edits of one file that are close to each other,
a file that both add, renames and directory renames that the other side has a part in, a directory against a file, a
file against a link, submodules, attributes with wildcards, very large files. So the verdict is exact always, and cheap
in the common case: most pairs of many sides have no file in common.

Not for: which pairs are worth a look (:mod:`.edit_index`), finding the base, starting git.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pygit2

from headway.conflicts import attributes, lines, trees
from headway.conflicts.lines import Reach, Undecided
from headway.conflicts.trees import Change, Edits, Entry

#: Reasons that are about the contents of one file and nothing else.
CLOSE, BOTH_ADD = "edits close to each other", "both add a file"

#: A larger file is git's: Python would hold up everything else meanwhile. In bytes.
LARGEST = 2 * 2**20

#: How far git looks for a NUL byte to call a file binary.
_LOOKED_AT = 8000

_V = TypeVar("_V")


@dataclass(frozen=True, kw_only=True, slots=True)
class EditConflict:
    """A path that two sides cannot both have as they changed it."""

    path: str
    #: As git calls it: ``content``, ``add/add``, ``modify/delete``, ``binary``, ``mode``, ``rename/delete``, …
    type: str
    #: One sentence for a person.
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a merge of two sides comes to. It is clean where there are no conflicts."""

    conflicts: tuple[EditConflict, ...] = ()
    #: Why git was asked; empty where it was decided in process.
    asked: str = ""
    #: The merged tree, where git made one.
    tree: str | None = None
    #: False where git said that it cannot merge and named no path.
    clean: bool = True

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths in conflict, by name: what git lists."""
        return tuple(sorted({conflict.path for conflict in self.conflicts}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """As much of a verdict as is known in process."""

    conflicts: tuple[EditConflict, ...] = ()
    #: Path → why only git knows what comes of it. All other paths are decided.
    undecided: Mapping[str, str] = field(default_factory=dict)
    #: Why only git knows anything: names that hang together; empty where each path can be decided by itself.
    entangled: str = ""


#: Asks git for the verdict on the same two sides.
Ask = Callable[[], Awaitable[Verdict]]


class _Kept(Generic[_V]):
    """Values that are dear to come by; the least used go."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, _V] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _V]) -> _V:
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = make()
        if len(self._values) > self._most:
            self._values.popitem(last=False)
        return value


class EditJudge:
    """Decides pairs of trees of one repository, and keeps what it read. Not for several threads at once."""

    def __init__(
        self,
        repository: pygit2.Repository,
        *,
        weak_attributes: Sequence[bytes] = (),
        strong_attributes: bytes = b"",
        ignores_case: bool = False,
    ) -> None:
        """``weak_attributes``, ``strong_attributes``: what of the user's attributes files counts less and more than
        those in the trees. ``ignores_case``: ``core.ignoreCase``, with which patterns match more."""
        self.repository = repository
        #: How often: ``here``, or the reason why git was asked.
        self.ways: Counter[str] = Counter()
        self._weak, self._strong = [c for c in weak_attributes if attributes.has_say(c)], strong_attributes
        self._ignores_case = ignores_case
        self._edits: _Kept[Edits] = _Kept(1024)
        self._lines: _Kept[list[bytes] | None] = _Kept(256)
        self._reaches: _Kept[Reach | None] = _Kept(8192)
        self._attributes: _Kept[bytes] = _Kept(8192)

    async def judge(self, base: str | None, left: str, right: str, ask: Ask) -> Verdict:
        """The verdict on two trees (hex) of the tree ``base``; None where there is no single merge base.

        ``.gitattributes`` are those of ``left``. Raises what ``ask`` raises; pygit2.GitError and KeyError where
        objects are missing.
        """
        try:
            if base is None:
                raise Undecided("several merge bases")
            verdict = self.decide(base, left, right)
        except Undecided as why:
            self.ways[str(why)] += 1
            asked = await ask()
            return Verdict(conflicts=asked.conflicts, asked=str(why), tree=asked.tree, clean=asked.clean)
        self.ways["here"] += 1
        return verdict

    def edits(self, base: str, tree: str) -> Edits:
        """What a tree changes of its base (both hex)."""
        return self._edits.get((base, tree), lambda: trees.read_edits(self.repository, base, tree))

    def decide(self, base: str, left: str, right: str) -> Verdict:
        """The verdict in process. Raises Undecided with the reason, pygit2.GitError, KeyError."""
        survey = self.survey(base, left, right)
        for why in (survey.entangled, *survey.undecided.values()):
            if why:
                raise Undecided(why)
        return Verdict(conflicts=survey.conflicts, clean=not survey.conflicts)

    def survey(self, base: str, left: str, right: str) -> Survey:
        """What is known in process, and of which paths nothing. Raises pygit2.GitError, KeyError."""
        ours, theirs = self.edits(base, left), self.edits(base, right)
        if why := entangled(ours, theirs):
            return Survey(entangled=why)
        found: list[EditConflict] = []
        undecided: dict[str, str] = {}
        for path in sorted(ours.changes.keys() & theirs.changes.keys()):
            try:
                conflict = self._conflict(path, ours.changes[path], theirs.changes[path], left)
            except Undecided as why_not:
                undecided[path] = str(why_not)
                continue
            if conflict is not None:
                found.append(conflict)
        return Survey(conflicts=tuple(found), undecided=undecided)

    def merged(self, base: str, left: str, right: str, path: str) -> bytes | None:
        """What a path that both sides changed merges to; None where it is gone. Raises Undecided where that is not
        known here, or in conflict."""
        ours, theirs = self.edits(base, left).changes[path], self.edits(base, right).changes[path]
        if ours.new == theirs.new:
            return None if ours.new is None else trees.content(self.repository, ours.new)
        if ours.new is None or theirs.new is None or self._conflict(path, ours, theirs, left):
            raise Undecided("in conflict")
        old, new, other = ours.old, ours.new, theirs.new
        if old is not None and old.id in (new.id, other.id):
            return trees.content(self.repository, other if old.id == new.id else new)
        if new.id == other.id:
            return trees.content(self.repository, new)
        if self._driver(path, left) != attributes.TEXT:
            raise Undecided("not merged as text")
        return b"".join(
            self._merged_lines(old if old is not None and old.kind == new.kind else None, new, other)
        )

    def _conflict(self, path: str, ours: Change, theirs: Change, left: str) -> EditConflict | None:
        old, new, other = ours.old, ours.new, theirs.new
        if new == other:
            return None
        if new is None or other is None:
            gone, kept = ("left", "right") if new is None else ("right", "left")
            told = f"the {gone} side deletes {path}, the {kept} side changes it"
            return EditConflict(path=path, type="modify/delete", detail=told)
        if new.kind != other.kind:
            raise Undecided("a file against a link")
        if new.mode == trees.GITLINK:
            raise Undecided("submodules")
        if type_ := self._clash(path, old, new, other, left):
            return EditConflict(path=path, type=type_, detail=_TOLD[type_].format(path=path))
        # As git: the mode of the side that changed it; two that were added with different modes clash.
        old_mode = old.mode if old is not None else 0
        if old_mode not in (new.mode, other.mode) and new.mode != other.mode:
            return EditConflict(path=path, type="mode", detail=_TOLD["mode"].format(path=path))
        return None

    def _clash(self, path: str, old: Entry | None, new: Entry, other: Entry, left: str) -> str:
        """What kind of conflict the contents are in; empty where in none."""
        if new.id == other.id or (old is not None and old.id in (new.id, other.id)):
            return ""
        if new.mode == trees.LINK:
            return "link"
        base = old if old is not None and old.kind == new.kind else None
        sides = [new, other] if base is None else [base, new, other]
        if any(trees.size(self.repository, each) > LARGEST for each in sides):
            raise Undecided("a large file")
        driver = self._driver(path, left)
        if driver == attributes.BINARY or any(self._text(each) is None for each in sides):
            return "binary"
        if driver != attributes.UNION:
            self._merged_lines(base, new, other)
        return ""

    def _merged_lines(self, base: Entry | None, new: Entry, other: Entry) -> list[bytes]:
        """The merged lines, where the two sides are surely apart. Raises Undecided."""
        if base is None:
            raise Undecided(BOTH_ADD)
        return lines.merge(self._text(base) or [], self._reach(base, new), self._reach(base, other))

    def _reach(self, base: Entry, new: Entry) -> Reach | None:
        def measure() -> Reach | None:
            return lines.reach(self._text(base) or [], self._text(new) or [])

        return self._reaches.get((base.id, new.id), measure)

    def _text(self, entry: Entry) -> list[bytes] | None:
        """The lines of a file; None where git takes it for binary."""

        def read() -> list[bytes] | None:
            data = trees.content(self.repository, entry)
            return None if b"\0" in data[:_LOOKED_AT] else lines.split(data)

        return self._lines.get(entry.id, read)

    def _driver(self, path: str, tree: str) -> str:
        """How ``.gitattributes`` have the path merged. Raises Undecided."""
        told = [("", content) for content in self._weak]
        told += [(d, self._attributes_in(tree, d)) for d in reversed(list(trees.directories(path)))]
        told.append(("", self._strong))
        with_say = [(directory, content) for directory, content in told if attributes.has_say(content)]
        if with_say and self._ignores_case:
            raise Undecided("attributes that ignore case")
        return attributes.merge_driver(path, with_say)

    def _attributes_in(self, tree: str, directory: str) -> bytes:
        def read() -> bytes:
            path = f"{directory}/.gitattributes" if directory else ".gitattributes"
            entry = trees.entry_at(self.repository, tree, path)
            if entry is None or entry.kind != 0o100000:
                return b""
            if trees.size(self.repository, entry) > LARGEST:
                raise Undecided("large attributes")
            return trees.content(self.repository, entry)

        return self._attributes.get((tree, directory), read)


_TOLD = {
    "binary": "both sides change {path}, which cannot be merged line by line",
    "link": "both sides change where the link {path} leads",
    "mode": "both sides give {path} different modes",
}


def entangled(left: Edits, right: Edits) -> str:
    """Why only git can say how two sides merge as to names; empty where each path can be merged by itself."""
    if not left.above.isdisjoint(right.changes) or not right.above.isdisjoint(left.changes):
        return "a directory against a file"
    for side, other in ((left, right), (right, left)):
        if not side.may_rename:
            continue
        if not side.removed.isdisjoint(other.changes) or not side.added.isdisjoint(other.added):
            return "renames"
        if not side.gone.isdisjoint(other.filled):
            return "directory renames"
    return ""
