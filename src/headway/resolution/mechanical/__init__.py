"""Conflicts that have one right answer because of what kind of file it is: settled without a model, and audited.

A *rule* takes one hunk and gives the lines for it, or None where it does not know; :mod:`.classes` says which rules
hold for which files, by globs that ``[resolution.mechanical]`` changes or empties. :func:`settle` does one file. What
concerns several files at once stands apart: :mod:`.migrations` (numbers taken twice) and :mod:`.regenerate` (files
that a command makes anew).
"""

from __future__ import annotations

from headway.resolution.mechanical.classes import CLASSES, classes_of
from headway.resolution.mechanical.settling import Settled, settle

__all__ = ["CLASSES", "Settled", "classes_of", "settle"]
