"""What an agent is told and how it is run: the prompt and the launcher's specification of one attempt.

Not for: starting it (:mod:`.steps`), the words of the prompt (:mod:`headway.agents.prompt`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from headway.agents.environment import build_environment
from headway.agents.process import LaunchSpec
from headway.agents.profiles import build_argv, session_to_resume
from headway.agents.prompt import Earlier, render_prompt
from headway.coordination.context import RunContext
from headway.coordination.verification import Verifier
from headway.errors import AgentError
from headway.landing.snapshot import diff
from headway.nouns import Attempt, Cause, Landing, LandingState, Ticket

#: Most bytes of an earlier attempt's diff that a prompt carries: some 10,000 tokens.
MOST_DIFF = 40_000

PROMPT_FILE = "prompt.md"


def timeout_of(context: RunContext, ticket: Ticket) -> float:
    """Longest time of one attempt, in seconds: the ticket's word, then the run's, the profile's, the default."""
    profile = context.profiles.get(ticket.agent or context.profile)
    its = profile.timeout if profile else None
    return ticket.timeout or context.timeout or its or context.settings.run.timeout


async def write_prompt(
    context: RunContext,
    verifier: Verifier,
    ticket: Ticket,
    attempt: Attempt,
    worktree: str,
    earlier: Sequence[Attempt],
    landings: Sequence[Landing],
) -> str:
    """The prompt of an attempt, with what its ticket's earlier ones did and why it goes again; into its file too."""
    told = None
    if earlier and attempt.cause is not Cause.FIRST:
        told = await _earlier(context, verifier, ticket, attempt, earlier, landings)
    prompt = render_prompt(
        context.template,
        ticket=ticket,
        worktree=worktree,
        verify=ticket.verify or context.verify,
        attempt=attempt.number,
        earlier=told,
    )
    directory = Path(attempt.directory)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / PROMPT_FILE).write_text(prompt, encoding="utf-8", errors="replace")
    return prompt


def launch_spec(
    context: RunContext,
    ticket: Ticket,
    attempt: Attempt,
    worktree: str,
    prompt: str,
    earlier: Sequence[Attempt],
) -> LaunchSpec:
    """What the launcher is to do for an attempt. Raises AgentError where the profile's command cannot be."""
    profile = context.profiles.get(attempt.profile)
    if profile is None:
        raise AgentError(
            f"there is no agent profile {attempt.profile!r} any more",
            mend=f"add [profiles.{attempt.profile}] to headway.toml, then: headway resume",
        )
    prompt_file = Path(attempt.directory) / PROMPT_FILE
    environment = build_environment(
        context.settings.agents,
        profile,
        os.environ,
        {
            "HEADWAY_TICKET": ticket.id,
            "HEADWAY_ATTEMPT": str(attempt.number),
            "HEADWAY_RUN": context.run.id,
            "TRACEPARENT": _traceparent(context.run.trace_id, attempt),
        },
    )
    argv = build_argv(
        profile,
        id=ticket.id,
        title=ticket.title,
        prompt=prompt,
        prompt_file=str(prompt_file),
        worktree=worktree,
        repo=str(context.git.root),
        attempt=attempt.number,
        session=session_to_resume(profile, earlier),
        environment=environment,
    )
    return LaunchSpec(
        argv=argv,
        cwd=worktree,
        env=environment,
        stdin=str(prompt_file),
        timeout=timeout_of(context, ticket),
        log_cap=context.settings.agents.log_cap,
    )


async def _earlier(
    context: RunContext,
    verifier: Verifier,
    ticket: Ticket,
    attempt: Attempt,
    earlier: Sequence[Attempt],
    landings: Sequence[Landing],
) -> Earlier:
    worked = next((a for a in reversed(earlier) if a.work), None)
    landing = landings[-1] if landings and worked and landings[-1].attempt == worked.number else None
    work_diff = landed = output = ""
    if worked and worked.work:
        work_diff = await diff(context.git, worked.base, worked.work, limit=MOST_DIFF)
    if worked and landing:
        landed = await context.git.log_between(worked.base, attempt.base, landing.paths)
    if landing and landing.state is LandingState.UNVERIFIED:
        output = verifier.output(landing)
    return Earlier(
        cause=attempt.cause,
        reason=context.board[ticket.id].reason,
        diff=work_diff,
        paths=landing.paths if landing else (),
        landed=landed,
        verify_output=output,
    )


def _traceparent(trace_id: str, attempt: Attempt) -> str:
    """W3C trace context; the span's id is made of the attempt's name: the same after a restart."""
    span = hashlib.sha256(f"{attempt.run}/{attempt.ticket}/{attempt.number}".encode()).hexdigest()[:16]
    return f"00-{trace_id}-{span}-01"
