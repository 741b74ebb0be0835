"""Where sides are held against each other, in one thread: trees, edits, which pairs, what is known of each.

Every method is called by the worker's thread alone and may take milliseconds. Not for: events, waiting, asking git
(:mod:`.watch` does that in between), telling (:mod:`.pairs_told`).
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pygit2

from headway.conflicts import trees
from headway.conflicts.edit_index import EditIndex
from headway.conflicts.edits import BOTH_ADD, CLOSE, EditConflict, EditJudge, Verdict
from headway.conflicts.pairs import LARGEST_SOURCE, Sources
from headway.conflicts.symbols import IndexCache, SymbolConflict, find_symbol_conflicts
from headway.conflicts.tree_writing import with_changes
from headway.conflicts.trees import Change, Edits, Entry
from headway.conflicts.watching.conversion import Conversion, conversion, has_say
from headway.conflicts.watching.nouns import TARGET, Tools
from headway.conflicts.watching.pauses import Pauses
from headway.conflicts.watching.reach import Reach, moved, reach_of, union
from headway.conflicts.watching.taking import Taken, Taker

#: A side that changed more files than this is not looked into for symbols.
MOST_FILES = 2000

#: Most files whose reach is kept.
_MOST_REACHES = 8192

#: Most answers of git about the contents of one file that are kept.
_MOST_ANSWERS = 4096


@dataclass(slots=True)
class Sheet:
    """One side as the desk has it."""

    name: str
    #: Commit of the target that it began from.
    base: str
    base_tree: str
    #: What it holds now, as a tree in hex.
    tree: str
    #: Top of its worktree; empty for finished work and for the target.
    top: str = ""
    #: Path → what stands there, where that is not what the base has.
    known: dict[str, Entry | None] = field(default_factory=dict)
    #: Paths whose blob is known by its id alone.
    unwritten: set[str] = field(default_factory=set)
    edits: Edits | None = None
    reach: Reach | None = None


@dataclass(slots=True)
class Outcome:
    """What is known of one pair."""

    left: Sheet
    right: Sheet
    #: The commit that both are compared over, and its tree.
    base: str
    base_tree: str
    trees: tuple[str, str]
    conflicts: list[EditConflict] = field(default_factory=list)
    #: Paths that only git can decide; ``whole`` where it must decide everything.
    undecided: dict[str, str] = field(default_factory=dict)
    whole: str = ""
    #: What paths that both changed merge to, where git was asked.
    merged: dict[str, Entry | None] = field(default_factory=dict)
    tree: str | None = None

    @property
    def wants_git(self) -> bool:
        """Whether it is not decided yet."""
        return bool(self.undecided or self.whole)


_AnswerKey = tuple[str, Entry | None, Entry | None, Entry | None, str]


class Desk:
    """All sides, and what is between them."""

    def __init__(self, tools: Tools, *, symbols: bool) -> None:
        self._tools = tools
        self._symbols = symbols
        self.judge: EditJudge = tools.open_judge()
        self._sources = Sources(self.judge.repository, self.judge, is_large=self._is_large)
        self._index = EditIndex()
        self._indices = IndexCache()
        self._pauses = Pauses()
        self._made = 0
        self.sheets: dict[str, Sheet] = {}
        self.target: Sheet | None = None
        self._commons: dict[tuple[str, str], str | None] = {}
        self._directories: dict[bytes, tuple[tuple[str, bytes], ...]] = {}
        self._listed: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._file_reaches: OrderedDict[tuple[str, Entry | None, Entry | None], Reach] = OrderedDict()
        self._answers: OrderedDict[_AnswerKey, tuple[tuple[EditConflict, ...], Entry | None]] = OrderedDict()
        config = tools.config
        self._autocrlf = config.get("core.autocrlf", "false").lower() not in ("false", "0", "no", "off", "")
        self._trusts_modes = config.get("core.filemode", "true").lower() not in ("false", "0", "no", "off")
        self._attributes = [each for each in tools.attributes if has_say(each)]

    @property
    def repository(self) -> pygit2.Repository:
        """All objects."""
        return self.judge.repository

    # Sides

    def begin(self, name: str, base: str, *, top: str = "", commit: str | None = None) -> Sheet:
        """A side that is at ``commit``, by default at its base. Raises pygit2.GitError, KeyError."""
        base_tree = trees.tree_of(self.repository, base)
        tree = trees.tree_of(self.repository, commit) if commit is not None else base_tree
        sheet = Sheet(name=name, base=base, base_tree=base_tree, tree=tree, top=top)
        if name == TARGET:
            self.target = sheet
        else:
            self._put(sheet)
        return sheet

    def end(self, name: str) -> None:
        """Forget a side."""
        self.sheets.pop(name, None)
        self._index.discard(name)

    def directories(self, tree: str) -> tuple[str, ...]:
        """All directories of a tree, the top (the empty text) first."""
        if tree not in self._listed:
            found = [""]
            open_ = [("", bytes.fromhex(tree))]
            while open_:
                prefix, id_ = open_.pop()
                for name, below in self._below(id_):
                    found.append(prefix + name)
                    open_.append((f"{prefix}{name}/", below))
            self._listed[tree] = tuple(found)
            if len(self._listed) > 8:
                self._listed.popitem(last=False)
        return self._listed[tree]

    def _below(self, tree: bytes) -> tuple[tuple[str, bytes], ...]:
        if tree not in self._directories:
            if len(self._directories) > 100_000:
                self._directories.clear()
            here = trees.entries(self.repository, tree)
            self._directories[tree] = tuple(
                (os.fsdecode(name), entry.id) for name, entry in here.items() if entry.mode == trees.TREE
            )
        return self._directories[tree]

    def is_tracked(self, sheet: Sheet, path: str) -> bool:
        """Whether the base has something at a path, or it was taken already."""
        return sheet.known.get(path) is not None or (
            trees.entry_at(self.repository, sheet.base_tree, path) is not None
        )

    def untracked(self, sheet: Sheet, paths: Iterable[str]) -> list[str]:
        """Those of the paths that only an ignore rule can tell from work."""
        return [path for path in paths if not self.is_tracked(sheet, path)]

    # Files

    def take(self, sheet: Sheet, paths: Iterable[str]) -> Taken:
        """What stands at these paths of a worktree now."""
        attributes: dict[str, list[bytes]] = {}

        def what(path: str) -> Conversion:
            directory = path.rpartition("/")[0]
            if directory not in attributes:
                attributes[directory] = self._attributes_of(sheet, directory)
            return conversion(path, attributes[directory], autocrlf=self._autocrlf)

        taker = Taker(self.repository, sheet.top, conversion=what, trusts_modes=self._trusts_modes)
        taken = taker.take(paths, lambda path: self._at(sheet, path))
        below = {
            path
            for directory in taken.directories
            if (entry := self._at(sheet, directory)) is not None
            for path in self._files_below(entry.id, directory)
        }
        return taker.take(sorted(below - taken.entries.keys()), lambda path: self._at(sheet, path), taken)

    def apply(self, sheet: Sheet, taken: Taken, by_git: Mapping[str, Entry]) -> bool:
        """Take in what stands there; whether the side is another now. Raises pygit2.GitError, KeyError."""
        found = {**dict.fromkeys(taken.by_git), **taken.entries, **by_git}
        delta: dict[str, Entry | None] = {}
        for path, entry in found.items():
            before = trees.entry_at(self.repository, sheet.tree, path)
            if before is not None and before.mode == trees.TREE:
                # A directory stood here: now a file does, or nothing.
                for below in self._files_below(before.id, path):
                    delta[below] = found.get(below)
                if entry is not None:
                    delta[path] = entry
            elif entry != before:
                delta[path] = entry
        for path, entry in delta.items():
            if trees.entry_at(self.repository, sheet.base_tree, path) == entry:
                sheet.known.pop(path, None)
            else:
                sheet.known[path] = entry
            sheet.unwritten.discard(path)
        sheet.unwritten |= taken.unwritten & delta.keys()
        if not delta:
            return False
        sheet.tree = with_changes(self.repository, sheet.tree, delta)
        self._put(sheet)
        return True

    def forget_changes(self, sheet: Sheet) -> bool:
        """The worktree is gone: nothing in it counts. Whether that makes it another."""
        was, sheet.tree = sheet.tree, sheet.base_tree
        sheet.known.clear()
        sheet.unwritten.clear()
        self._put(sheet)
        return was != sheet.tree

    def _put(self, sheet: Sheet) -> None:
        self.sheets[sheet.name] = sheet
        sheet.edits = self.judge.edits(sheet.base_tree, sheet.tree)
        sheet.reach = None
        self._index.put(sheet.name, sheet.edits)

    def _at(self, sheet: Sheet, path: str) -> Entry | None:
        return trees.entry_at(self.repository, sheet.tree, path)

    def _files_below(self, tree: bytes, prefix: str) -> list[str]:
        return [f"{prefix}/{path}" for path, _ in trees.files(self.repository, tree.hex())]

    def _attributes_of(self, sheet: Sheet, directory: str) -> list[bytes]:
        found = list(self._attributes)
        for above in (directory, *trees.directories(directory)):
            path = f"{above}/.gitattributes" if above else ".gitattributes"
            entry = trees.entry_at(self.repository, sheet.tree, path)
            if entry is not None and entry.mode in (trees.FILE, trees.EXECUTABLE):
                content = trees.content(self.repository, entry)
                if has_say(content):
                    found.append(content)
        return found

    # Pairs

    def near(self, name: str) -> list[str]:
        """The sides that could be in an edit conflict with this one."""
        sheet = self.sheets[name]
        found = self._index.near(name)
        for other in self.sheets.values():
            if other.base_tree == sheet.base_tree or other.name in found:
                continue
            if self._is_moved_between(sheet, other) or self._is_moved_between(other, sheet):
                found.add(other.name)
        return sorted(found)

    def _is_moved_between(self, older: Sheet, newer: Sheet) -> bool:
        """Whether the target moved files, between the bases of two sides, that the older one changed."""
        common = self.common(older.base, newer.base)
        if common != older.base or older.edits is None:
            return False
        between = self.judge.edits(older.base_tree, newer.base_tree)
        return between.may_rename and not (
            between.removed.isdisjoint(older.edits.changes) and between.gone.isdisjoint(older.edits.filled)
        )

    def common(self, a: str, b: str) -> str | None:
        """The commit that two commits of the target are compared over."""
        if a == b:
            return a
        key = (a, b) if a < b else (b, a)
        if key not in self._commons:
            try:
                found = self.repository.merge_base(*key)
            except pygit2.GitError:
                found = None
            self._commons[key] = str(found) if found is not None else None
        return self._commons[key]

    def survey_side(self, name: str) -> list[Outcome]:
        """What is known in process of a side and those that it could meet. Raises pygit2.GitError, KeyError."""
        sheet = self.sheets.get(name)
        if sheet is None:
            return []
        pairs = [pair_of(name, other) for other in self.near(name)]
        if self.target is not None and self.target.base != sheet.base:
            pairs.append((name, TARGET))
        return [outcome for pair in pairs if (outcome := self.survey_pair(pair)) is not None]

    def survey_pair(self, pair: tuple[str, str]) -> Outcome | None:
        """The same of one pair; None where one of them is not known any more, or there is nothing to compare."""
        left = self.sheets.get(pair[0])
        right = self.target if pair[1] == TARGET else self.sheets.get(pair[1])
        return self.survey(left, right) if left is not None and right is not None else None

    def survey(self, left: Sheet, right: Sheet) -> Outcome | None:
        """What is known of a pair in process; None where the two have nothing in common, or nothing to compare.

        Raises pygit2.GitError, KeyError.
        """
        base = self.common(left.base, right.base)
        if base is None:
            return None
        base_tree = trees.tree_of(self.repository, base)
        outcome = Outcome(left, right, base, base_tree, (left.tree, right.tree))
        if base_tree in outcome.trees or left.tree == right.tree:
            return outcome
        found = self.judge.survey(base_tree, left.tree, right.tree)
        outcome.whole = found.entangled
        outcome.conflicts = list(found.conflicts)
        for path, why in found.undecided.items():
            known = self._answers.get(self._answer_key(outcome, path, why))
            if known is None:
                outcome.undecided[path] = why
            else:
                outcome.conflicts += known[0]
                if not known[0]:
                    outcome.merged[path] = known[1]
        return outcome

    def unwritten(self, outcome: Outcome) -> list[tuple[Sheet, list[str]]]:
        """The blobs that git would look for in vain."""
        return [(s, sorted(s.unwritten)) for s in (outcome.left, outcome.right) if s.unwritten]

    def big(self, name: str) -> list[tuple[Sheet, list[str]]]:
        """The blobs that even a look in process wants, because this side and another have changed them."""
        sheet = self.sheets.get(name)
        if sheet is None or not any(each.unwritten for each in self.sheets.values()):
            return []
        others = [self.sheets[other] for other in self.near(name)]
        mine = sheet.unwritten & set().union(
            *(self._changes(each) for each in (*others, *self._target_over(sheet)))
        )
        found = [(each, sorted(each.unwritten & self._changes(sheet))) for each in others]
        return [(each, paths) for each, paths in ((sheet, sorted(mine)), *found) if paths]

    @staticmethod
    def _changes(sheet: Sheet) -> set[str]:
        return set(sheet.edits.changes) if sheet.edits is not None else set()

    def written(self, sheet: Sheet, entries: Mapping[str, Entry]) -> None:
        """Git has written these blobs."""
        for path, entry in entries.items():
            if self._at(sheet, path) == entry:
                sheet.unwritten.discard(path)

    def answer(self, outcome: Outcome, verdict: Verdict) -> None:
        """Take in what git said of a pair."""
        if outcome.whole:
            outcome.conflicts = list(verdict.conflicts)
            outcome.tree = verdict.tree
        else:
            for path, why in outcome.undecided.items():
                found = tuple(each for each in verdict.conflicts if each.path == path)
                entry = self._merged_entry(verdict, path) if not found else None
                if found or verdict.tree is not None:
                    key = self._answer_key(outcome, path, why)
                    self._answers[key] = (found, entry)
                    if len(self._answers) > _MOST_ANSWERS:
                        self._answers.popitem(last=False)
                outcome.conflicts += found
                if not found and verdict.tree is not None:
                    outcome.merged[path] = entry
        outcome.whole, outcome.undecided = "", {}

    def _merged_entry(self, verdict: Verdict, path: str) -> Entry | None:
        return trees.entry_at(self.repository, verdict.tree, path) if verdict.tree is not None else None

    def _answer_key(self, outcome: Outcome, path: str, why: str) -> _AnswerKey:
        ours = self.judge.edits(outcome.base_tree, outcome.trees[0]).changes[path]
        theirs = self.judge.edits(outcome.base_tree, outcome.trees[1]).changes[path]
        # All other reasons hang on attributes, which are the left side's.
        tree = "" if why in (CLOSE, BOTH_ADD) else outcome.trees[0]
        return path, ours.old, ours.new, theirs.new, tree

    def own_of_all(self, outcomes: Iterable[Outcome]) -> list[tuple[Outcome, list[EditConflict]]]:
        """Pairs with their own conflicts."""
        return [(outcome, self.own(outcome)) for outcome in outcomes]

    def own(self, outcome: Outcome) -> list[EditConflict]:
        """The conflicts of a pair without those that a side has with the target alone: those are told once."""
        conflicts = sorted(outcome.conflicts, key=lambda each: (each.path, each.type))
        if outcome.left.base == outcome.right.base or TARGET in (outcome.left.name, outcome.right.name):
            return conflicts
        newer = [each for each in (outcome.left, outcome.right) if each.base != outcome.base]
        return [
            conflict for conflict in conflicts if all(_concerns(each.edits, conflict.path) for each in newer)
        ]

    # Symbols

    def met_by(self, name: str) -> list[tuple[str, str]]:
        """The pairs of this side, that with the target among them, whose symbols could be in each other's way."""
        sheet = self.sheets.get(name)
        if not self._symbols or sheet is None or not self._changes(sheet):
            return []
        reach = self._reach(sheet)
        others = [*self.sheets.values(), *self._target_over(sheet)]
        met = [each for each in others if each is not sheet and self._reach(each).meets(reach)]
        return [pair_of(name, each.name) for each in met]

    def _target_over(self, sheet: Sheet) -> list[Sheet]:
        """The target as a side of the same base, if it has moved since."""
        target = self.target
        if target is None or target.base == sheet.base:
            return []
        common = self.common(sheet.base, target.base)
        if common is None:
            return []
        tree = trees.tree_of(self.repository, common)
        edits = self.judge.edits(tree, target.tree)
        return [Sheet(name=TARGET, base=common, base_tree=tree, tree=target.tree, edits=edits)]

    def _reach(self, sheet: Sheet) -> Reach:
        if sheet.reach is None:
            sheet.reach = union(self._reaches(sheet.edits)) if sheet.edits is not None else union(())
        return sheet.reach

    def unread(self, name: str) -> list[tuple[str, Change]]:
        """The changes of a side, and of the target since, that were not read for their names yet."""
        sheet = self.sheets.get(name)
        if not self._symbols or sheet is None:
            return []
        found = []
        for each in (sheet, *self._target_over(sheet)):
            changes = each.edits.changes if each.edits is not None else {}
            if len(changes) <= MOST_FILES:
                found += [(p, c) for p, c in changes.items() if (p, c.old, c.new) not in self._file_reaches]
        return found

    def read_reach(self, path: str, change: Change) -> Reach:
        """The names of one change, read once. A large program takes 100 ms."""
        key = (path, change.old, change.new)
        if key not in self._file_reaches:
            versions = self._source(change.old), self._source(change.new)
            self._file_reaches[key] = reach_of(path, *versions, self._indices)
            self._spare_pauses()
            if len(self._file_reaches) > _MOST_REACHES:
                self._file_reaches.popitem(last=False)
        return self._file_reaches[key]

    def _reaches(self, edits: Edits) -> Iterator[Reach]:
        moves = _moves(edits)
        if len(edits.changes) - 2 * len(moves) > MOST_FILES:
            return
        for path, change in edits.changes.items():
            is_moved = (change.old is None or change.new is None) and _id(change.new or change.old) in moves
            yield moved(path) if is_moved else self.read_reach(path, change)

    def _source(self, entry: Entry | None) -> bytes | None:
        """The content of a file that could be a program."""
        if entry is None or entry.mode not in (trees.FILE, trees.EXECUTABLE):
            return None
        return b"" if self._is_large(entry) else trees.content(self.repository, entry)

    def _is_large(self, entry: Entry) -> bool:
        try:
            return trees.size(self.repository, entry) > LARGEST_SOURCE
        except KeyError:  # a big file whose blob nobody has written
            return True

    def symbols(self, outcome: Outcome) -> list[SymbolConflict]:
        """What merges as text and breaks as a program. Raises pygit2.GitError, KeyError."""
        verdict = Verdict(conflicts=tuple(outcome.conflicts), tree=outcome.tree, clean=not outcome.conflicts)
        if any(len(self._changes(each)) > MOST_FILES for each in (outcome.left, outcome.right)):
            return []
        two = self._sources.two_sided(outcome.base_tree, *outcome.trees, verdict, outcome.merged)
        found = find_symbol_conflicts(two, self._indices) if two is not None else []
        self._spare_pauses()
        if outcome.left.base == outcome.right.base or TARGET in (outcome.left.name, outcome.right.name):
            return found
        ours, theirs = self._changes(outcome.left), self._changes(outcome.right)
        return [each for each in found if each.path in ours and each.other_path in theirs]

    def _spare_pauses(self) -> None:
        self._pauses.read(self._indices.made - self._made)
        self._made = self._indices.made

    def close(self) -> None:
        """Nothing more is asked."""
        self._pauses.end()

    # Objects

    def renew(self) -> None:
        """Go over to the place for objects that :meth:`Tools.renew` began, with all sides as they are."""
        old, self.judge = self.repository, self._tools.open_judge()
        self._sources = Sources(self.judge.repository, self.judge, is_large=self._is_large)
        self._answers.clear()
        for sheet in self.sheets.values():
            if not sheet.top:
                continue
            for path, entry in sheet.known.items():
                if entry is not None and entry.mode != trees.GITLINK and path not in sheet.unwritten:
                    self.repository.write(pygit2.enums.ObjectType.BLOB, trees.content(old, entry))
            sheet.tree = with_changes(self.repository, sheet.base_tree, sheet.known)
            self._put(sheet)


def pair_of(one: str, other: str) -> tuple[str, str]:
    """Two sides by name, the left one first; the target is the right one of any."""
    if TARGET in (one, other):
        return (other if one == TARGET else one, TARGET)
    return (one, other) if one < other else (other, one)


def _concerns(edits: Edits | None, path: str) -> bool:
    """Whether a conflict at a path, as git names it, could be about what a side changed itself."""
    if edits is None:
        return False
    # Where two things want one place git puts one of them beside it, with the side's name.
    names = {path, path.rpartition("~")[0] or path}
    return any(
        name in edits.changes
        or name in edits.above
        or not edits.changes.keys().isdisjoint(trees.directories(name))
        for name in names
    )


def _id(entry: Entry | None) -> bytes:
    return entry.id if entry is not None else b""


def _moves(edits: Edits) -> frozenset[bytes]:
    """The ids of what a side took away in one place and put in another."""
    gone = {change.old.id for path in edits.removed if (change := edits.changes[path]).old is not None}
    return frozenset(
        change.new.id
        for path in edits.added
        if (change := edits.changes[path]).new is not None and change.new.id in gone
    )
