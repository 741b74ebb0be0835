"""The things that Headway speaks of: frozen, typed, without I/O.

One word for one thing, here and in the tables, the flags and the documents:

* a **ticket** is a piece of work that somebody wrote down;
* a **run** takes a set of tickets and lands them on one target branch;
* an **attempt** is one agent at work on one ticket, once, in one **slot** (a worktree of the pool);
* the **work** of an attempt is a commit that holds everything the agent wrote;
* a **landing** carries one attempt's work onto the target branch;
* an **event** is a fact about a run, written once and never changed;
* a **request** is what a person asks of a running coordinator;
* a **conflict** is what two sides cannot both have as they did it;
* a **decision** is what somebody chose, as the ledger has it;
* a **resolution** is one strategy's try to settle a conflict;
* an **order** says which of two tickets goes first, though neither depends on the other;
* an **escalation** is a question that only a person can answer;
* a **resource lease** is a ticket's right to something that only one may have at a time;
* a **lease** says which coordinator may act, with a **fence** that the store checks at every write.

Times are seconds since the epoch (UTC, float); durations are seconds; commits and trees are 40-digit hex.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Priority(IntEnum):
    """How much a ticket matters; the greater one starts first."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A piece of work, as somebody wrote it down. ``id`` is safe as a file name and inside a ref name."""

    id: str
    title: str
    description: str = ""
    priority: Priority = Priority.MEDIUM
    #: Ids of tickets that must have landed before this one starts.
    depends_on: tuple[str, ...] = ()
    #: Globs of the paths that the ticket expects to touch, relative to the repository's root.
    paths: tuple[str, ...] = ()
    #: Name of the agent profile that does it; None for the run's default.
    agent: str | None = None
    role: str | None = None
    #: Command that must succeed on the merged tree before the ticket lands; None for the run's default.
    verify: str | None = None
    #: Longest time that one attempt may take, in seconds; None for the run's default.
    timeout: float | None = None
    labels: tuple[str, ...] = ()
    #: Where it was read: ``file:line``.
    source: str = ""
    #: Keys of the file that the schema does not know. Kept, never interpreted.
    extra: Mapping[str, Any] = field(default_factory=dict)


class TicketState(StrEnum):
    """Where a ticket stands in a run."""

    #: Not started yet: a dependency is open, or no agent is free.
    WAITING = "waiting"
    #: A worktree is being moved to the ticket's base.
    PREPARING = "preparing"
    #: An agent is at work.
    RUNNING = "running"
    #: The agent has ended; what it wrote is being made a commit.
    COLLECTING = "collecting"
    #: In the landing queue: merge, verify, move the branch.
    LANDING = "landing"
    #: On the target branch, verified there. Final.
    LANDED = "landed"
    #: Attempts are used up without work that could land.
    FAILED = "failed"
    #: There is work, kept, and only a person can say how to go on.
    NEEDS_HUMAN = "needs_human"
    #: A dependency will not land in this run.
    BLOCKED = "blocked"
    #: A person cancelled it; its work is kept.
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether the run does nothing more with it unless a person asks."""
        return self in OVER

    @property
    def is_active(self) -> bool:
        """Whether a step of it is under way."""
        return self in ACTIVE


OVER = frozenset(
    {
        TicketState.LANDED,
        TicketState.FAILED,
        TicketState.NEEDS_HUMAN,
        TicketState.BLOCKED,
        TicketState.CANCELLED,
    }
)
ACTIVE = frozenset({TicketState.PREPARING, TicketState.RUNNING, TicketState.COLLECTING, TicketState.LANDING})


class RunState(StrEnum):
    """Where a run stands."""

    #: A coordinator works on it, or died doing so; then ``headway resume`` goes on.
    RUNNING = "running"
    #: A person stopped it; ``headway resume`` goes on.
    STOPPED = "stopped"
    #: Nothing is left that it could do by itself.
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One set of tickets on its way to one target branch."""

    #: ``r1``, ``r2``, … in the order of their start.
    id: str
    #: The branch to land on, as a full ref (``refs/heads/main``).
    target: str
    #: Commit of the target when the run began.
    base: str
    state: RunState
    started_at: float
    ended_at: float | None = None
    #: What the run was started with (a JSON object: tickets file, agents at once, profile, …).
    options: Mapping[str, Any] = field(default_factory=dict)
    #: W3C trace id of the run, 32 hex digits.
    trace_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where one ticket of a run stands. The store's row is the authority on it."""

    run: str
    ticket: Ticket
    state: TicketState
    #: Why it is in this state, for a person ("waits for T-3", "conflict in a.py").
    reason: str = ""
    #: Since when it is in this state.
    since: float = 0.0
    #: Number of the latest attempt, 0 before the first.
    attempt: int = 0
    #: How many attempts ended without usable work, since the last that had some or a person's retry.
    failures: int = 0
    #: How often its work had to be done again because of a conflict or a failed verification.
    redos: int = 0
    #: Commit on the target that landed it.
    landed: str | None = None
    #: Place in the tickets file; the last rule of order.
    position: int = 0


class AttemptState(StrEnum):
    """Where an attempt stands."""

    #: Recorded; its launcher may or may not have been started.
    STARTING = "starting"
    #: Its launcher runs.
    RUNNING = "running"
    #: The agent has ended; its work is not collected yet.
    ENDED = "ended"
    #: Everything it wrote is a commit under ``refs/headway``.
    COLLECTED = "collected"


class Cause(StrEnum):
    """Why an attempt was started."""

    #: Nobody has begun with the ticket yet.
    FIRST = "first"
    #: The attempt before ended without usable work.
    FAILED = "failed"
    #: The work could not be merged with what landed meanwhile.
    CONFLICT = "conflict"
    #: The merged tree did not pass verification.
    VERIFY = "verify"
    #: The agent was ended by something outside: its launcher died, the machine restarted.
    LOST = "lost"
    #: A person asked.
    RETRY = "retry"


class Outcome(StrEnum):
    """How an attempt ended."""

    #: Exit status 0 and something was written.
    WORK = "work"
    #: Exit status 0 and nothing was written.
    NOTHING = "nothing"
    #: Exit status other than 0.
    ERROR = "error"
    #: Ended by its time limit.
    TIMEOUT = "timeout"
    #: Ended because a person asked.
    CANCELLED = "cancelled"
    #: Ended so that it goes again from the work of another ticket that it was in conflict with.
    YIELDED = "yielded"
    #: Ended by something outside: nobody knows its exit status.
    LOST = "lost"
    #: The command could not be started.
    UNSTARTABLE = "unstartable"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessId:
    """A process, never mistaken for another: pids are used again, (boot id, pid, start time) is not."""

    boot_id: str
    pid: int
    #: Field 22 of ``/proc/PID/stat``: clock ticks after boot.
    start_time: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Exit:
    """How an agent's process ended, as its launcher wrote it down."""

    #: Exit status, or minus the signal's number; None where nobody knows.
    status: int | None
    #: ``exited``, ``timeout``, ``stopped`` (somebody asked the launcher), ``unstartable`` or ``lost``.
    how: str
    seconds: float = 0.0
    #: CPU seconds of the agent and everything that it started and waited for.
    cpu_seconds: float = 0.0
    #: Greatest resident size of one process of it, in bytes.
    peak_memory: int = 0
    #: How many processes it left behind and the launcher ended.
    swept: int = 0
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What an agent used of its model, as its event stream tells; zero where it tells nothing."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    #: US dollars, as the agent computed them.
    cost: float = 0.0
    turns: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cost=self.cost + other.cost,
            turns=self.turns + other.turns,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One agent at work on one ticket, once."""

    run: str
    ticket: str
    #: 1, 2, … within the ticket.
    number: int
    state: AttemptState
    cause: Cause
    #: Name of the agent profile.
    profile: str
    #: Id of the slot (worktree) that it has; None once that was given back.
    slot: int | None
    #: Commit that the worktree was at when the agent began.
    base: str
    #: Directory of the launcher's files and the logs.
    directory: str
    started_at: float
    ended_at: float | None = None
    outcome: Outcome | None = None
    exit: Exit | None = None
    #: The commit that holds everything the agent wrote; None before collection or where it wrote nothing.
    work: str | None = None
    #: Paths that the work changes.
    files: tuple[str, ...] = ()
    session: str | None = None
    usage: Usage = Usage()


class LandingState(StrEnum):
    """Where a landing stands."""

    #: Waits for its turn, or for something of the user's that is in the way.
    QUEUED = "queued"
    #: Merged and verified; the branch is being moved from ``onto`` to ``commit``.
    MOVING = "moving"
    #: The branch is at ``commit``, or past it.
    LANDED = "landed"
    #: Git could not merge it.
    CONFLICT = "conflict"
    #: The merged tree did not pass verification.
    UNVERIFIED = "unverified"
    #: It must not land as it is (a file too large, a link that leads outside, …).
    REFUSED = "refused"

    @property
    def is_over(self) -> bool:
        """Whether the landing queue is done with it."""
        return self not in (LandingState.QUEUED, LandingState.MOVING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """One attempt's work on its way to the target branch."""

    run: str
    ticket: str
    attempt: int
    state: LandingState
    queued_at: float
    #: Tip of the target that it was merged with.
    onto: str | None = None
    #: The commit that lands it.
    commit: str | None = None
    ended_at: float | None = None
    #: Why it did not land, for a person.
    reason: str = ""
    #: Conflicted paths.
    paths: tuple[str, ...] = ()
    #: Seconds that verification took.
    verify_seconds: float = 0.0


class SlotState(StrEnum):
    """Where a slot stands."""

    #: Being made, or being moved to another base.
    PREPARING = "preparing"
    #: Stands at ``base`` and nobody has it.
    FREE = "free"
    #: An attempt has it.
    BUSY = "busy"
    #: Holds something that could not be made a commit; kept until a person looks at it.
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A worktree of the pool, moved from ticket to ticket."""

    id: int
    path: str
    state: SlotState
    #: Commit that it stands at.
    base: str | None = None
    #: Run, ticket and number of the attempt that has it.
    holder: tuple[str, str, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A fact about a run: written once, never changed. ``kind`` is one of ``docs/reference/events.md``."""

    kind: str
    at: float
    run: str
    ticket: str | None = None
    attempt: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    #: Place in the log; 0 before it is written.
    seq: int = 0


class RequestKind(StrEnum):
    """What a person can ask of a running coordinator."""

    #: A ticket's agent ends, its work is kept, and the run does no more about it.
    CANCEL = "cancel"
    #: A ticket that failed, needs a human or was cancelled is tried again.
    RETRY = "retry"
    #: Nothing new starts; what runs may finish.
    DRAIN = "drain"
    #: The coordinator goes; agents stay.
    LEAVE = "leave"
    #: Agents end with everything that they started; then the coordinator goes.
    KILL = "kill"
    #: An escalation is answered.
    ANSWER = "answer"
    #: What settled a conflict is taken back.
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a person asked of the coordinator through another process."""

    id: int
    kind: RequestKind
    at: float
    ticket: str | None = None
    #: What belongs to it: the escalation's id and the answer, the conflict's id.
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who holds the coordinator's lease."""

    host: str
    process: ProcessId
    command: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fence:
    """Proof of holding the lease: the store refuses a write whose token is not the newest."""

    token: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """One coordinator's right to act, and how long it was heard of."""

    #: Greater for each lease; the newest one's is the fence.
    token: int
    holder: Holder
    acquired_at: float
    #: When its holder last said that it is at work.
    renewed_at: float
    #: When its holder gave it back; None while it holds it, or when it died.
    released_at: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """What two sides cannot both have as they did it."""

    #: See :func:`conflict_id`.
    conflict_id: str
    #: ``edit``, ``symbol``, ``decision``, ``priority``, ``deadlock``, ``compute``.
    conflict_type: str
    #: The two sides: agents, tickets, branches or commits, as they were named.
    involved_agents: tuple[str, ...]
    #: ``critical``, ``high``, ``medium`` or ``low``.
    severity: str
    #: What is known of it; for an edit ``path``, ``type``, ``detail`` and ``score``.
    context: Mapping[str, Any] = field(default_factory=dict)
    #: When it was seen first; with a time zone. (The only datetime here: the specification has it so.)
    timestamp: datetime


#: At or over this score it is a conflict, below it a suspicion that is only shown; ``conflicts.threshold`` overrides.
CONFLICT_THRESHOLD = 0.8


class ConflictState(StrEnum):
    """Where a conflict stands. Only a standing one causes anything."""

    #: Seen in a file that is still being written.
    FORMING = "forming"
    #: The files have been still for a moment, or the agent's tool call has ended.
    STANDING = "standing"
    #: A strategy is at work on it.
    RESOLVING = "resolving"
    #: A strategy settled it, and its result passed the audit.
    RESOLVED = "resolved"
    #: Only a person can say how to go on.
    ESCALATED = "escalated"
    #: It went by itself: a side took its change back, or was cancelled.
    GONE = "gone"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done about it."""
        return self in (ConflictState.RESOLVED, ConflictState.GONE)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConflictRecord:
    """One conflict of a run, and its life. The store's row is the authority on it."""

    run: str
    conflict: Conflict
    state: ConflictState
    #: When it was seen first.
    formed_at: float
    #: Since when it is in this state.
    since: float
    #: When it stood for the first time; None where it never did.
    stood_at: float | None = None
    ended_at: float | None = None
    #: Why it is in this state, for a person ("T-7 goes again from T-3's work").
    reason: str = ""
    #: How often it came back after it had been over.
    returns: int = 0

    @property
    def id(self) -> str:
        """See :func:`conflict_id`."""
        return self.conflict.conflict_id


class DecisionSource(StrEnum):
    """Who says that a decision was made."""

    #: An agent said so.
    AGENT = "agent"
    #: A person said so.
    PERSON = "person"
    #: A hook of an agent said so.
    HOOK = "hook"
    #: Read from what an agent wrote: a new dependency, a table, an endpoint.
    EDIT = "edit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What somebody decided, as the ledger has it: written once, never changed; a later one may replace it."""

    #: What is decided ("http client", "where sessions are kept").
    topic: str
    #: What was chosen ("httpx").
    choice: str
    #: For which part it holds: a path, a glob, a component's name; empty for the whole repository.
    scope: str = ""
    reason: str = ""
    agent: str = ""
    ticket: str | None = None
    source: DecisionSource = DecisionSource.AGENT
    run: str | None = None
    at: float = 0.0
    #: Place in the ledger; 0 before it is written.
    id: int = 0


class ResolutionState(StrEnum):
    """How one try to settle a conflict stands."""

    #: It is at work.
    TRYING = "trying"
    #: It changed what it says, and the result passed the audit.
    SUCCEEDED = "succeeded"
    #: It was not the way; the next strategy is tried.
    FAILED = "failed"
    #: A person took it back.
    UNDONE = "undone"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """One strategy's try at one conflict, with what it was given, so that it can be looked at and undone."""

    run: str
    #: Id of the conflict.
    conflict: str
    #: 1, 2, … within the conflict.
    number: int
    strategy: str
    state: ResolutionState
    started_at: float
    ended_at: float | None = None
    message: str = ""
    #: What it worked on: commits of both sides, paths, priorities, costs.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: What it changed: orders, rulings, a commit.
    result: Mapping[str, Any] = field(default_factory=dict)


class OrderOf(StrEnum):
    """What an order is about."""

    #: ``then`` starts only when ``first`` has landed.
    START = "start"
    #: ``then`` may work, and lands only when ``first`` has landed or will not.
    LAND = "land"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One ticket goes before another, though neither depends on it. Gone when ``first`` is over."""

    run: str
    first: str
    then: str
    of: OrderOf
    at: float
    #: Why, for a person.
    reason: str = ""
    #: Id of the conflict that it settles; None where it was foreseen, or a person said so.
    conflict: str | None = None


class LeaseState(StrEnum):
    """Whether a resource lease is had or waited for."""

    #: The ticket has it.
    HELD = "held"
    #: The ticket waits for it, behind those that asked before.
    WAITING = "waiting"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceLease:
    """A ticket's right to something that only one may have at a time, or its place in the queue for it."""

    run: str
    #: ``path:src/a.py``, ``slot``, ``landing``, ``port:8080``, or any name.
    resource: str
    ticket: str
    state: LeaseState
    since: float


class EscalationState(StrEnum):
    """Where an escalation stands."""

    #: It waits for a person.
    OPEN = "open"
    #: A person answered.
    ANSWERED = "answered"
    #: What it asked about is over without an answer.
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalation:
    """A question that only a person can answer, with all that is needed to answer it."""

    #: ``E-1``, ``E-2``, … over all runs.
    id: str
    run: str
    state: EscalationState
    #: One sentence.
    question: str
    opened_at: float
    #: Id of the conflict; None where it is about a ticket alone.
    conflict: str | None = None
    tickets: tuple[str, ...] = ()
    severity: str = "medium"
    #: When it was told last, and how often.
    told_at: float = 0.0
    times_told: int = 0
    #: ``summary``, ``sides``, ``tried``, ``recommendations``, ``impact``.
    package: Mapping[str, Any] = field(default_factory=dict)
    #: ``text``, ``keep`` (``left``, ``right``, ``both``), ``order`` (two tickets), ``by``.
    answer: Mapping[str, Any] = field(default_factory=dict)
    ended_at: float | None = None


def conflict_id(kind: str, paths: Iterable[str], symbols: Iterable[str], sides: Iterable[str]) -> str:
    """The same for the same conflict in any process, on any machine, whichever side is named first."""
    parts = (kind, *(sorted(each) for each in (paths, symbols, sides)))
    told = repr(parts).encode("utf-8", "surrogateescape")
    return f"c-{hashlib.sha256(told).hexdigest()[:12]}"
