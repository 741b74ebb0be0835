"""What is missing, and what is back, in one file's text: by counting lines, then by their order. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property

from headway.conflicts.lines import split
from headway.resolution.aligning import Change, align, changes
from headway.resolution.blobs import count as counted
from headway.resolution.content import reader
from headway.resolution.faults import Fault, Objection
from headway.resolution.moved import Moved

_WORD = re.compile(rb"[\w.+-]*\w")


class Texts:
    """The four texts of one path. What is dear to know is found out only where something seems to be missing."""

    def __init__(
        self, path: str, base: bytes, left: bytes, right: bytes, result: bytes, *, moved: Moved
    ) -> None:
        self.path, self.moved = path, moved
        self.raw = {"base": base, "left": left, "right": right, "result": result}
        self.lines = {name: [line.strip() for line in split(text)] for name, text in self.raw.items()}
        self.counts = {name: counted(lines) for name, lines in self.lines.items()}

    def objections(self, removers: Collection[str] = ("left", "right")) -> Iterator[Objection]:
        """All of them. ``removers``: sides that removed lines, and not the whole file, which is another question."""
        found = [each for side in ("left", "right") for each in self.dropped(side)]
        found += [each for side in removers for each in self.returned(side)]
        found += self.gone()
        if found and self._same_content():
            return
        yield from found

    def dropped(self, side: str, told: str = "") -> Iterator[Objection]:
        """Lines that a side added and that are not there. ``told``: what the side is called."""
        base, result = self.counts["base"], self.counts["result"]
        other = _other(side)
        mine, theirs = self.counts[side], self.counts[other]
        for line, count in mine.items():
            if count <= base[line] and not self._inserted(side)[line]:
                continue
            wanted = self._least(line, base, mine, theirs)
            if result[line] >= wanted and not self._lacks_twin(side, line):
                continue
            if self._is_there(side, line) or self.moved.take(self.path, line):
                continue
            if self._is_combined(side, line):
                continue
            number = self._number(side, line)
            text = split(self.raw[side])[number - 1].strip()
            yield Objection(
                path=self.path,
                fault=Fault.DROPPED,
                side=told or side,
                line=shown(text),
                number=number,
                contested=self._is_contested(side, number - 1),
            )

    def gone(self) -> Iterator[Objection]:
        """Lines that neither side touched, and that are gone."""
        for line, count in self.counts["base"].items():
            result = self.counts["result"][line]
            left, right = self.counts["left"][line], self.counts["right"][line]
            if result >= count or left < count or right < count:
                continue
            removed = max(self._removed("left")[line], self._removed("right")[line])
            if result + removed >= count or self.moved.take(self.path, line):
                continue
            if self._is_combined("left", line) or self._is_combined("right", line):
                continue
            number = self._number("base", line)
            yield Objection(
                path=self.path,
                fault=Fault.GONE,
                line=shown(line),
                number=number,
                contested=self._is_contested("base", number - 1),
            )

    def returned(self, side: str) -> Iterator[Objection]:
        """Lines that a side removed and that are back."""
        base, result = self.counts["base"], self.counts["result"]
        mine, theirs = self.counts[side], self.counts[_other(side)]
        for line, count in base.items():
            if count <= mine[line]:
                continue
            added = max(0, theirs[line] - count)
            if result[line] <= count + added - max(count - mine[line], count - theirs[line], 0):
                continue
            other = _other(side)
            most = (
                count
                + self._inserted(side)[line]
                + self._inserted(other)[line]
                - max(self._removed(side)[line], self._removed(other)[line])
            )
            if result[line] <= most or self._without(side)[line] <= self._inserted(other)[line]:
                continue
            number = self._number("base", line)
            text = split(self.raw["base"])[number - 1].strip()
            yield Objection(
                path=self.path,
                fault=Fault.RETURNED,
                side=side,
                line=shown(text),
                number=number,
                contested=self._is_contested("base", number - 1),
            )

    @staticmethod
    def _least(line: bytes, base: Counter[bytes], mine: Counter[bytes], theirs: Counter[bytes]) -> int:
        """How often it must be there, by counting alone: what both added may be one and the same addition."""
        old, left, right = base[line], mine[line], theirs[line]
        return old + max(left - old, right - old, 0) - max(old - left, 0) - max(old - right, 0)

    def _lacks_twin(self, side: str, line: bytes) -> bool:
        """Whether both sides added it in different places, and the result has it too seldom for both."""
        other = _other(side)
        mine, theirs = self._inserted(side)[line], self._inserted(other)[line]
        if not mine or not theirs:
            return False
        shared = sum(
            min(self._within(side, a)[line], self._within(other, b)[line])
            for a in self._changes(side)
            for b in self._changes(other)
            if a.touches(b)
        )
        removed = self._removed(side)[line] + self._removed(other)[line]
        wanted = self.counts["base"][line] + mine + theirs - shared - removed
        return self.counts["result"][line] < wanted

    def _is_there(self, side: str, line: bytes) -> bool:
        """The second opinion, by order: all of the side's lines but those that the other removed stand there."""
        other = _other(side)
        wanted = (
            self.counts["base"][line]
            + max(self._inserted(side)[line], self._inserted(other)[line])
            - self._removed(side)[line]
            - self._removed(other)[line]
        )
        if self.counts["result"][line] >= wanted and not self._lacks_twin(side, line):
            return True
        return self._missing(side)[line] <= self._removed(other)[line]

    def _is_combined(self, side: str, line: bytes) -> bool:
        """Whether both sides rewrote the same lines of the base, and new lines there hold all that it brought."""
        other = _other(side)
        for mine in self._changes(side):
            if not self._within(side, mine)[line] or mine.start == mine.end:
                continue
            if not any(mine.touches(theirs) for theirs in self._changes(other) if theirs.start < theirs.end):
                continue
            known = self.counts["base"].keys() | self.counts["left"].keys() | self.counts["right"].keys()
            combined: Counter[bytes] = Counter()
            for became in self._changes("result"):
                if became.touches(mine):
                    for new in self.lines["result"][became.new_start : became.new_end]:
                        if new not in known:
                            combined.update(_WORD.findall(new))
            before: Counter[bytes] = Counter()
            for old in self.lines["base"][mine.start : mine.end]:
                before.update(_WORD.findall(old))
            brought = Counter(_WORD.findall(line)) - before
            if combined and brought <= combined:
                return True
        return False

    def _is_contested(self, name: str, at: int) -> bool:
        """Whether the line of a side, or of the base, is where both sides rewrote lines of the base."""
        for mine in self._changes("left"):
            for theirs in self._changes("right"):
                if not mine.touches(theirs) or mine.start == mine.end or theirs.start == theirs.end:
                    continue
                if name == "base":
                    if min(mine.start, theirs.start) <= at < max(mine.end, theirs.end):
                        return True
                else:
                    change = mine if name == "left" else theirs
                    if change.new_start <= at < change.new_end:
                        return True
        return False

    def _same_content(self) -> bool:
        """Whether it is data, and all that either side put in is there, whatever its layout."""
        read = reader(self.path)
        if read is None:
            return False
        try:
            base, left, right, result = (
                read(text) if text.strip() else Counter() for text in self.raw.values()
            )
        except (ValueError, RecursionError):
            return False
        for leaf in left.keys() | right.keys():
            if result[leaf] < self._least(leaf, base, left, right):
                return False
        return all(
            result[leaf] <= max(left[leaf], right[leaf], base[leaf]) or leaf not in base for leaf in result
        )

    def _number(self, name: str, line: bytes) -> int:
        """Where the line stands that is meant: one that the side added, before any equal one."""
        if name != "base":
            for change in self._changes(name):
                for at in range(change.new_start, change.new_end):
                    if self.lines[name][at] == line:
                        return at + 1
        return self.lines[name].index(line) + 1

    def _changes(self, name: str) -> list[Change]:
        return self._of_all[name]

    def _within(self, name: str, change: Change) -> Counter[bytes]:
        return counted(self.lines[name][change.new_start : change.new_end])

    @cached_property
    def _of_all(self) -> dict[str, list[Change]]:
        base = self.lines["base"]
        return {name: changes(base, self.lines[name]) for name in ("left", "right", "result")}

    @cached_property
    def _ins(self) -> dict[str, Counter[bytes]]:
        return {
            name: sum((self._within(name, each) for each in self._of_all[name]), Counter())
            for name in ("left", "right")
        }

    @cached_property
    def _del(self) -> dict[str, Counter[bytes]]:
        base = self.lines["base"]
        return {
            name: sum((counted(base[each.start : each.end]) for each in self._of_all[name]), Counter())
            for name in ("left", "right")
        }

    @cached_property
    def _unmatched(self) -> dict[str, Counter[bytes]]:
        result = self.lines["result"]
        found = {}
        for name in ("left", "right"):
            lines = self.lines[name]
            places = align(lines, result)
            found[name] = counted([line for line, place in zip(lines, places, strict=True) if place is None])
            there = {place for place in places if place is not None}
            found[f"not {name}"] = counted([line for at, line in enumerate(result) if at not in there])
        return found

    def _inserted(self, side: str) -> Counter[bytes]:
        return self._ins[side]

    def _removed(self, side: str) -> Counter[bytes]:
        return self._del[side]

    def _missing(self, side: str) -> Counter[bytes]:
        """Lines of a side that are not in the result, in order."""
        return self._unmatched[side]

    def _without(self, side: str) -> Counter[bytes]:
        """Lines of the result that are not in a side, in order."""
        return self._unmatched[f"not {side}"]


def _other(side: str) -> str:
    return "right" if side == "left" else "left"


def shown(line: bytes) -> str:
    """A line as it is told; ``surrogateescape`` brings its bytes back."""
    return line.strip().decode("utf-8", "surrogateescape")
