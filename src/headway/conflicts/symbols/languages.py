"""The table of languages: which files are whose, and which grammar reads them. A further language is one more entry."""

from __future__ import annotations

from functools import cache


@cache
def _by_extension() -> dict[str, str]:
    return {"py": "python", "pyi": "python", "pyw": "python"}


def language_of(path: str) -> str | None:
    """The language of a file, by its name; None where it is none of the table."""
    name = path.rpartition("/")[2]
    _, dot, extension = name.rpartition(".")
    return _by_extension().get(extension) if dot else None


def shares_names(language: str) -> bool:
    """Whether the files of one directory share their global names."""
    return language == "go"
