"""The landing queue: one attempt's work after the other onto the target branch.

    queued → merged with the target as it is → verified on exactly that tree → moving → landed
                 ↘ conflict      ↘ unverified, refused          ↖ queued again when the target moved meanwhile

Everything before *moving* has no effect on the target, and *moving* names the two commits between which the branch
goes, so a coordinator that starts again finishes it or finds it done. Not for: how git merges or moves a branch
(:mod:`headway.landing`), what becomes of the ticket (:mod:`.decide`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from headway.coordination.context import RunContext
from headway.coordination.decide import after_landing, held_back, next_to_land
from headway.coordination.messages import commit_message, told_with_mend
from headway.errors import AgentError, GitError, TargetMissing
from headway.landing.merge import make_commit, merge
from headway.landing.objections import objections
from headway.landing.target import Moved
from headway.nouns import Attempt, Event, Landing, LandingState, Ticket, TicketState

if TYPE_CHECKING:
    from headway.coordination.verification import Verifier
    from headway.store.store import Writer

#: How long a landing that something of the user's is in the way of waits before it is looked at again, in seconds.
LOOK_AGAIN = 2.0

#: How often a landing is taken up anew after git, the disk or the process table failed it, before it is shown to a
#: person.
TROUBLES = 3


@dataclass(frozen=True, slots=True)
class _Wait:
    """Why a landing is not taken up now."""

    #: By the event loop's clock.
    until: float
    reason: str
    #: Whether its user has to do something first.
    for_user: bool


@dataclass
class LandingQueue:
    """Lands what is queued, the highest priority first, one at a time."""

    context: RunContext
    verifier: Verifier
    #: Ticket → its landing that is not over. The store is the authority; the lease makes this process its only
    #: writer, so the copy cannot differ.
    _open: dict[str, Landing] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _over: dict[tuple[str, int], asyncio.Future[Landing]] = field(default_factory=dict)
    #: Ticket → why its landing waits, told once.
    _waiting: dict[str, _Wait] = field(default_factory=dict)
    _troubles: dict[str, int] = field(default_factory=dict)
    #: The ticket whose landing is under way, and whether a person cancelled it meanwhile.
    _at: str | None = None
    _is_cancelled: bool = False
    #: Why a copy of the user's is behind, as told last.
    _told_behind: str = ""

    def __post_init__(self) -> None:
        for landing in self.context.store.landings(self.context.run.id):
            if not landing.state.is_over:
                self._open[landing.ticket] = landing
        self.context.listeners.append(self._hear)

    def _hear(self, event: Event) -> None:
        """One that others land after may be over."""
        if event.kind.startswith("ticket."):
            self._woken.set()

    def enqueue(self, writer: Writer, attempt: Attempt) -> Landing:
        """Queue an attempt's work within a transaction of the context; :meth:`take_up` once it is committed."""
        landing = Landing(
            run=attempt.run,
            ticket=attempt.ticket,
            attempt=attempt.number,
            state=LandingState.QUEUED,
            queued_at=self.context.clock(),
        )
        writer.save_landing(landing)
        self.context.record(writer, "landing.queued", attempt.ticket, attempt.number)
        return landing

    def take_up(self, landing: Landing) -> None:
        """Begin to work on a landing that is in the store."""
        self._open[landing.ticket] = landing
        self._woken.set()

    async def result(self, ticket: str, attempt: int) -> Landing:
        """Wait until a landing is over."""
        landing = self.context.store.landing(self.context.run.id, ticket, attempt)
        if landing is not None and landing.state.is_over:
            return landing
        future = self._over.setdefault((ticket, attempt), asyncio.get_running_loop().create_future())
        return await asyncio.shield(future)

    async def serve(self) -> None:
        """Land until cancelled."""
        while True:
            self._woken.clear()
            landing = self._next()
            if landing is None:
                await self._idle()
                continue
            self._at, self._is_cancelled = landing.ticket, False
            try:
                await self._land(landing)
            except TargetMissing as error:
                self._wait(landing, f"{error}; {error.mend}", for_user=True)
            except (GitError, AgentError, OSError) as error:
                self._failed(landing, error)
            finally:
                self._at = None

    def hindered(self) -> frozenset[str]:
        """Tickets whose landing waits until its user has cleared something away."""
        return frozenset(ticket for ticket, wait in self._waiting.items() if wait.for_user)

    def withdraw(self, ticket: str) -> bool:
        """Take a ticket out of the queue because a person cancelled it; False where that is not done yet, or cannot
        be any more because its branch is being moved."""
        landing = self._open.get(ticket)
        if landing is None or landing.state is LandingState.MOVING:
            return False
        if ticket != self._at:
            self._cancel(landing)
        elif not self._is_cancelled:
            self._is_cancelled = True  # seen before anything of it has an effect
            self.verifier.stop()
        return ticket != self._at

    async def _idle(self) -> None:
        loop = asyncio.get_running_loop()
        waits = [wait.until - loop.time() for wait in self._waiting.values()]
        timeout = max(0.05, min(waits)) if waits else None
        try:
            await asyncio.wait_for(self._woken.wait(), timeout)
        except TimeoutError:
            return

    def _next(self) -> Landing | None:
        now = asyncio.get_running_loop().time()
        queued = list(self._open.values())
        moving = next((x for x in queued if x.state is LandingState.MOVING), None)
        if moving is not None:
            return moving  # it has begun to have an effect: to its end before anything else
        due = [x for x in queued if x.ticket not in self._waiting or self._waiting[x.ticket].until <= now]
        board = self.context.board
        held = held_back(board.orders, board.all()) if board.orders else frozenset()
        return next_to_land([(x, board[x.ticket]) for x in due], held)

    async def _land(self, landing: Landing) -> None:
        if landing.state is LandingState.MOVING:
            await self._move(landing)
            return
        context = self.context
        ticket = context.board[landing.ticket].ticket
        attempt = context.store.attempt(context.run.id, landing.ticket, landing.attempt)
        assert attempt is not None, f"{landing.ticket} is queued without an attempt"
        assert attempt.work is not None, f"{landing.ticket} is queued without work"
        onto = await context.target.read_tip(context.git)
        merged = await merge(context.git, onto, attempt.work, base=attempt.base)
        if merged.tree is None:
            names = ", ".join(merged.conflicts[:5]) + (", …" if len(merged.conflicts) > 5 else "")
            reason = f"git cannot merge it with {onto[:10]}: {names}"
            self._end(landing, LandingState.CONFLICT, reason=reason, onto=onto, paths=merged.conflicts)
            return
        objection = objections(context.git, onto, merged.tree, context.settings.landing, work=attempt.work)
        if objection:
            self._end(landing, LandingState.REFUSED, reason=objection, onto=onto)
            return
        commit = await make_commit(
            context.git,
            context.settings.landing.style,
            onto=onto,
            work=attempt.work,
            base=attempt.base,
            tree=merged.tree,
            message=commit_message(ticket, context.run.id),
        )
        if await self._is_hindered(landing, onto, commit):
            return
        self._waiting.pop(landing.ticket, None)
        landing = replace(landing, onto=onto, commit=commit)
        verified = await self._verified(landing, ticket, merged.tree)
        if self._is_cancelled:
            self._cancel(landing)
        elif verified is not None:
            await self._move(self._save(replace(verified, state=LandingState.MOVING)))

    async def _verified(self, landing: Landing, ticket: Ticket, tree: str) -> Landing | None:
        """The landing with what verification took; None where it did not pass, or has to be done again."""
        command = ticket.verify or self.context.verify
        if command is None:
            return landing
        onto, commit = landing.onto, landing.commit
        assert onto is not None
        assert commit is not None
        found = await self.verifier.verify(ticket, landing, command, tree)
        landing = replace(landing, verify_seconds=found.seconds)
        if self._is_cancelled:
            return None
        if not found.passed:
            self._end(landing, LandingState.UNVERIFIED, reason=found.reason, onto=onto)
            return None
        if await self.context.target.read_tip(self.context.git) != onto:
            return None  # the user moved the target meanwhile: what was verified is not what would land
        return None if await self._is_hindered(landing, onto, commit) else landing

    async def _is_hindered(self, landing: Landing, onto: str, commit: str) -> bool:
        """Whether something of the user's is in the way; then the landing waits."""
        obstacle = await self.context.target.obstacle(self.context.git, onto, commit)
        if obstacle:
            self._wait(landing, obstacle, for_user=True)
        return bool(obstacle)

    async def _move(self, landing: Landing) -> None:
        context = self.context
        assert landing.onto is not None
        assert landing.commit is not None
        message = f"headway: {landing.ticket}"
        moved = await context.target.move(context.git, landing.onto, landing.commit, message)
        if moved is not Moved.MOVED:
            self._save(replace(landing, state=LandingState.QUEUED, onto=None, commit=None))
            return
        problems = await context.target.sync_copies(context.git, landing.onto, landing.commit)
        self._end(landing, LandingState.LANDED, onto=landing.onto)
        self._tell_behind(problems, landing)

    async def catch_up(self) -> None:
        """Bring copies of the user's that were left behind to the target's tip, where nothing is in the way."""
        if any(landing.state is LandingState.MOVING for landing in self._open.values()):
            return  # its copies have not moved yet, which nobody but that landing knows
        tip = await self.context.target.read_tip(self.context.git)
        self._tell_behind(await self.context.target.sync_copies(self.context.git, tip, tip), None)

    def _tell_behind(self, problems: list[str], landing: Landing | None) -> None:
        reason = "; ".join(problems)
        if reason and reason != self._told_behind:
            with self.context.write() as writer:
                ticket, number = (landing.ticket, landing.attempt) if landing else (None, None)
                self.context.record(writer, "copy.behind", ticket, number, reason=reason)
        self._told_behind = reason

    def _cancel(self, landing: Landing) -> None:
        self._end(landing, LandingState.REFUSED, reason="cancelled", ticket_state=TicketState.CANCELLED)

    def _end(
        self,
        landing: Landing,
        state: LandingState,
        *,
        reason: str = "",
        onto: str | None = None,
        paths: tuple[str, ...] = (),
        ticket_state: TicketState | None = None,
    ) -> None:
        context = self.context
        ended = replace(landing, state=state, ended_at=context.clock(), reason=reason, onto=onto, paths=paths)
        next_ = after_landing(context.board[landing.ticket], ended, context.limits)
        if ticket_state is not None:
            next_ = replace(next_, state=ticket_state, reason=reason)
        with context.write() as writer:
            writer.save_landing(ended)
            context.record(
                writer,
                f"landing.{state.value}",
                landing.ticket,
                landing.attempt,
                reason=reason,
                paths=list(paths),
                onto=onto,
                commit=ended.commit,
                verify_seconds=round(ended.verify_seconds, 3),
            )
            landed = {"landed": ended.commit} if state is LandingState.LANDED else {}
            context.follow(writer, landing.ticket, next_, **landed)
        self._open.pop(landing.ticket, None)
        self._waiting.pop(landing.ticket, None)
        self._troubles.pop(landing.ticket, None)
        future = self._over.pop((landing.ticket, landing.attempt), None)
        if future is not None and not future.done():
            future.set_result(ended)

    def _save(self, landing: Landing) -> Landing:
        with self.context.write() as writer:
            writer.save_landing(landing)
        self._open[landing.ticket] = landing
        return landing

    def _wait(self, landing: Landing, reason: str, *, for_user: bool) -> None:
        """Leave it for a moment, because something of the user's is in the way, which is never touched, or git
        failed. Told once."""
        loop = asyncio.get_running_loop()
        told = self._waiting.get(landing.ticket)
        self._waiting[landing.ticket] = _Wait(loop.time() + LOOK_AGAIN, reason, for_user)
        if told is not None and told.reason == reason:
            return
        with self.context.write() as writer:
            self.context.save(writer, landing.ticket, TicketState.LANDING, f"waits: {reason}")
            self.context.record(writer, "landing.waits", landing.ticket, landing.attempt, reason=reason)

    def _failed(self, landing: Landing, error: Exception) -> None:
        """A lock or a disk may be free again in a moment; what stays is for a person."""
        troubles = self._troubles[landing.ticket] = self._troubles.get(landing.ticket, 0) + 1
        reason = told_with_mend(error)
        if troubles <= TROUBLES or landing.state is LandingState.MOVING:
            self._wait(landing, reason, for_user=troubles > TROUBLES)
        else:
            self._end(
                landing, LandingState.REFUSED, reason=f"{reason}; tried {troubles} times, its work is kept"
            )
