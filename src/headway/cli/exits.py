"""Exit statuses of the command line: 0 all landed, 1 some did not, 2 wrong use or input, 3 only people can go on,
130 interrupted. A :class:`~headway.errors.HeadwayError` carries its own."""

from __future__ import annotations

#: Wrong use, or input that cannot be used.
WRONG_INPUT = 2

#: Something that a person or a signal cut short.
INTERRUPTED = 130

#: ``headway check`` found conflicts.
CONFLICTS = 1
