"""The kinds of events that a run records, each with what it says. ``docs/reference/events.md`` describes them all."""

from __future__ import annotations

EVENT_KINDS: dict[str, str] = {
    "run.started": "A run began.",
    "run.note": "Something about the repository that the user should know before the first agent starts.",
    "run.resumed": "A coordinator took the run up again.",
    "run.stopped": "The run was stopped by a person; tickets are open and `headway resume` goes on.",
    "run.ended": "No ticket is left that the run could carry further by itself.",
    "ticket.waiting": "The ticket goes again, or is open again.",
    "ticket.blocked": "A dependency will not land in this run.",
    "ticket.landed": "The ticket's work is on the target branch, verified there.",
    "ticket.failed": "Attempts are used up without work.",
    "ticket.needs_human": "There is work, kept, and only a person can say how to go on.",
    "ticket.cancelled": "A person cancelled it.",
    "ticket.trouble": "Git, the disk or the process table failed a step; it is tried again.",
    "attempt.started": "An agent was started.",
    "attempt.silent": "An agent gave no sign of life for `agents.silent_after`; it is not ended.",
    "attempt.ended": "An agent has ended.",
    "attempt.collected": "Everything that it wrote is a commit.",
    "landing.queued": "Work is in the landing queue.",
    "landing.waits": "Something in the user's working copy is in the way of a landing; nothing of it is touched.",
    "landing.landed": "The target branch was moved to the landing's commit.",
    "landing.conflict": "Git cannot merge the work with what landed meanwhile.",
    "landing.unverified": "The merged tree did not pass verification.",
    "landing.refused": "The work must not land as it is.",
    "copy.behind": "The target moved and a working copy that has it checked out could not be moved along.",
    "request.cancel": "A person asked for a ticket's cancellation.",
    "request.retry": "A person asked for another try of a ticket.",
    "request.drain": "A person asked that nothing new starts.",
    "request.leave": "A person asked the coordinator to go and leave the agents.",
    "request.kill": "A person asked that the agents end.",
}
