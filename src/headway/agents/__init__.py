"""Who does the work: profiles of command-line agents, running one, and reading what it prints.

Not for: which ticket is done next, where its work goes (:mod:`headway.coordination`, :mod:`headway.landing`).
"""
