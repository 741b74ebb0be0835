"""The files of a folder, each by itself → one set of tickets that can be worked on together.

A file with a tracker's history is not held to what a tickets file is held to: what cannot be taken is left out with
its reason, and so is what waits for it, while the rest can be worked on.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from headway.errors import Problem
from headway.nouns import Ticket
from headway.tickets.drafts import Draft, Link
from headway.tickets.graph import TicketGraph
from headway.tickets.imported import Reason, Rejected
from headway.tickets.linking import circle, ends
from headway.tickets.tree import shown

#: Reasons for which a file's ``blocks`` hold nobody up: its work is done, or there is none in it.
_HOLDS_NOBODY = frozenset({Reason.OVER, Reason.PLACEHOLDER, Reason.PULL_REQUEST})


@dataclass(slots=True)
class TicketFile:
    """What one file is, as far as it can be said without the others."""

    #: As the user gave the folder, and the file's way in it.
    name: str
    #: None where the file could not be taken apart so far.
    draft: Draft | None = None
    #: Why it is no ticket to work on; None where it is one.
    rejected: Rejected | None = None
    #: The id of the ticket that it is a part of, where it says so.
    parent: str | None = None
    notes: list[Problem] = field(default_factory=list)

    def reject(self, line: int, reason: Reason, what: str) -> None:
        """Leave it out; the first reason stays."""
        if self.rejected is None:
            self.rejected = Rejected(f"{self.name}:{line}", what, reason)


def link_folder(files: Sequence[TicketFile]) -> tuple[list[Ticket], list[Rejected], list[Problem]]:
    """Tickets, files that are none, notes. Each file is in exactly one of the first two, in the order given."""
    folder = _Folder(files)
    folder.follow_links()
    folder.break_cycles()
    tickets = [folder.ticket(file.draft) for file in files if file.draft and not file.rejected]
    rejected = [file.rejected for file in files if file.rejected]
    return tickets, rejected, [*folder.notes, *folder.parents()]


class _Folder:
    def __init__(self, files: Sequence[TicketFile]) -> None:
        self.notes: list[Problem] = []
        #: Id → the file that is a ticket to work on. The first one has the id where several could.
        self.taken: dict[str, TicketFile] = {}
        #: Id → files that are none.
        self.others: dict[str, list[TicketFile]] = defaultdict(list)
        #: Id → what it waits for, in the order in which it was said.
        self.waits: dict[str, dict[str, None]] = {}
        self.waited_for_by: dict[str, list[str]] = defaultdict(list)
        folded: dict[str, Draft] = {}
        for file in files:
            draft = file.draft
            if draft is None:
                continue
            if file.rejected is None:
                first = folded.setdefault(draft.id.casefold(), draft)
                if first is draft:
                    self.taken[draft.id] = file
                    self.waits[draft.id] = {}
                    continue
                case = "" if first.id == draft.id else f", which differs only by case from {shown(first.id)},"
                what = (
                    f"the id {shown(draft.id)}{case} is taken by {first.place}: one of them needs another id"
                )
                file.reject(draft.id_line, Reason.DUPLICATE, what)
            self.others[draft.id].append(file)

    def follow_links(self) -> None:
        """Make the graph of the tickets that are taken, and leave out those that wait in vain."""
        not_taken = [file for files in self.others.values() for file in files]
        for id_, file in list(self.taken.items()):
            for said in file.draft.links if file.draft else ():
                if id_ in self.taken:
                    self._follow(id_, file, said)
        for file in not_taken:
            if file.rejected and file.rejected.reason not in _HOLDS_NOBODY:
                for held_up in self._held_up_by(file):
                    self._leave_out(*held_up)

    def break_cycles(self) -> None:
        """Leave out tickets that wait for each other."""
        while cycles := TicketGraph(self.waits).cycles():
            for cycle in cycles:
                for id_, needed in pairwise(cycle):
                    if id_ in self.taken and needed in self.waits[id_]:
                        self.taken[id_].reject(self._line(id_, needed), Reason.WAITS_IN_VAIN, circle(cycle))
                self._leave_out(cycle[0], self._line(cycle[0], ""), circle(cycle))

    def ticket(self, draft: Draft) -> Ticket:
        """A ticket of the folder."""
        return draft.ticket(tuple(self.waits[draft.id]))

    def parents(self) -> list[Problem]:
        """Tickets that are taken as well as parts of them: the same work may be done twice."""
        parts: dict[str, list[str]] = defaultdict(list)
        for id_, file in self.taken.items():
            if file.parent in self.taken and file.parent != id_:
                parts[file.parent].append(id_)
        return [
            Problem(
                self.taken[id_].name,
                f"{id_} is a ticket, and so is what belongs to it ({', '.join(ids)}): the same work may be done twice",
            )
            for id_, ids in parts.items()
        ]

    def _follow(self, id_: str, file: TicketFile, said: Link) -> None:
        if said.id == id_:
            self._leave_out(id_, said.line, f"it waits for itself ({said.kind})")
        elif said.id in self.taken:
            waiting, needed = ends(id_, said)
            self.waits[waiting].setdefault(needed)
            self.waited_for_by[needed].append(waiting)
            if said.id in self.others:
                other = self.others[said.id][0].name
                what = f"{shown(said.id)} is the id of {self.taken[said.id].name} and of {other}: meant is the first"
                self.notes.append(Problem(f"{file.name}:{said.line}", what))
        elif said.kind == "blocks":
            if said.id not in self.others:
                self.notes.append(
                    Problem(f"{file.name}:{said.line}", f"blocks {shown(said.id)}, which is no file's id")
                )
        elif said.id not in self.others:
            self._leave_out(id_, said.line, f"it waits for {shown(said.id)}, which is no file's id")
        else:
            for candidate in self.others[said.id]:
                if candidate.rejected and candidate.rejected.reason is not Reason.OVER:
                    why = f"it waits for {shown(said.id)}, which is not taken (see {candidate.name})"
                    self._leave_out(id_, said.line, why)

    def _leave_out(self, id_: str, line: int, why: str) -> None:
        """Leave a ticket out, and all that wait for it."""
        todo = deque([(id_, line, why)])
        while todo:
            id_, line, why = todo.popleft()
            file = self.taken.pop(id_, None)
            if file is None:
                continue
            file.reject(line, Reason.WAITS_IN_VAIN, why)
            self.others[id_].append(file)
            del self.waits[id_]
            todo += self._held_up_by(file)
            for waiting in self.waited_for_by.pop(id_, ()):
                if waiting in self.taken:
                    what = f"it waits for {shown(id_)}, which is not taken (see {file.name})"
                    todo.append((waiting, self._line(waiting, id_), what))

    def _held_up_by(self, file: TicketFile) -> list[tuple[str, int, str]]:
        """Tickets that a file which is not taken says it blocks, as :meth:`_leave_out` takes them."""
        return [
            (said.id, self._line(said.id, ""), f"{file.name}:{said.line} blocks it, and is not taken")
            for said in (file.draft.links if file.draft else ())
            if said.kind == "blocks" and said.id in self.taken
        ]

    def _line(self, id_: str, needed: str) -> int:
        """Where a ticket says what it waits for; where its id stands, if another file says so."""
        file = self.taken.get(id_)
        if file is None or file.draft is None:
            return 1
        return next(
            (s.line for s in file.draft.links if s.id == needed and s.kind != "blocks"), file.draft.id_line
        )
