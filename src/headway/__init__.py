"""Headway: many coding agents, one repository, no collision."""

from headway.version import __version__

__all__ = ["__version__"]
