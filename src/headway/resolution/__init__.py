"""How each kind of conflict is settled, from the cheapest way to the dearest, and the audit that nothing was dropped.

    audit.py        what either side added is still there; a result that fails is not a result
    hunks.py        the places of a file that git could not merge
    mechanical/     files whose conflicts have one right answer: lists, changelogs, imports, versions, …
    effects.py      what a ruling changes, as values, and the Protocol that a coordinator implements
    strategies/     the nine of the specification and those for edits: a conflict and facts in, a ruling out
    costs.py        what is cheapest for two tickets at work
    mediation.py    what a neutral agent is told, and what becomes of its answer
    escalation.py   the three levels, what a person is told, what an answer means
    resolver.py     runs strategies in order, each kept before and after

Nothing here starts a process or touches git: what is needed of them comes in. Not for: seeing conflicts
(:mod:`headway.conflicts`), landing (:mod:`headway.landing`).
"""
