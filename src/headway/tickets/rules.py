"""What may stand in a ticket: the rules that the reader holds and the schema publishes, in one place.

Patterns are written so that Python and ECMAScript (JSON Schema) read them alike: anchored, the end as
``(?![\\s\\S])``, because Python's ``$`` also fits before a last line break.
"""

from __future__ import annotations

import re

MOST_ID = 100
MOST_TITLE = 500
MOST_NAME = 100
MOST_PATH = 4096

PRIORITIES = ("critical", "high", "medium", "low")

END = r"(?![\s\S])"

#: An id becomes a file name and a part of a ref's name (git-check-ref-format), and is typed in commands: no leading
#: dash or dot, no ``..``, no trailing dot, no ``.lock`` at the end, nothing but these characters.
ID = rf"^(?!.*\.\.)(?!.*\.[Ll][Oo][Cc][Kk]{END})[A-Za-z0-9](?:[A-Za-z0-9._-]{{0,98}}[A-Za-z0-9_-])?{END}"

#: Characters that nobody sees, or that make what is seen another text than what is there: controls, soft hyphen,
#: joiners and fillers without a shape, direction marks and overrides, line and paragraph separators, lone surrogates,
#: tags. The two zero-width joiners are left: emoji and Persian need them.
INVISIBLE = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb" + "\U000e0000-\U000e0fff"
)
#: The same without line breaks, tabs and other controls: what is worth a word in a description.
HIDDEN = INVISIBLE.removeprefix(r"\u0000-\u001f\u007f-\u009f")

TITLE = rf"^\s*(?:(?![{INVISIBLE}])\S[^{INVISIBLE}]{{0,{MOST_TITLE - 1}}})?\s*{END}"
NAME = rf"^\s*(?:(?![{INVISIBLE}])\S[^{INVISIBLE}]{{0,{MOST_NAME - 1}}})?\s*{END}"
LABEL = NAME.replace(")?", ")", 1)
#: A relative path that stays inside.
PATH = rf"^(?!/)(?!(?:[\s\S]*/)?\.\.(?:/|{END}))[^{INVISIBLE}]{{1,{MOST_PATH}}}{END}"
#: Something that can be stored and handed to a process: no NUL, no half of a surrogate pair.
STORABLE = rf"^[^\u0000\ud800-\udfff]*{END}"
DURATION = (
    r"^\s*(?:(?=[^1-9]*[1-9])(?:(?:[0-9]+(?:\.[0-9]+)?\s*(?:[mM][sS]|[sSmMhHdD])\s*)+|[0-9]+(?:\.[0-9]+)?))?"
    rf"\s*{END}"
)

_ID = re.compile(ID)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_HIDDEN = re.compile(f"[{HIDDEN}]")
_UNSTORABLE = re.compile(r"[\u0000\ud800-\udfff]")


def why_not_id(text: str) -> str | None:
    """What is wrong with an id; None where nothing is."""
    if _ID.match(text):
        return None
    if len(text) > MOST_ID:
        return f"is {len(text)} characters long, {MOST_ID} at most"
    return (
        "cannot be an id: letters, digits, . _ - only, the first a letter or digit, "
        "no .. in it, no . or .lock at its end"
    )


def why_not_line(text: str, most: int) -> str | None:
    """What is wrong with a title or a name, stripped; None where nothing is."""
    if bad := _INVISIBLE.search(text):
        if bad[0] in "\n\r\u2028\u2029":
            return "has a line break in it: one line, please"
        return f"has an invisible character in it ({_code(bad[0])}): take it out"
    if len(text) > most:
        return f"is {len(text)} characters long, {most} at most"
    return None


def why_not_storable(text: str) -> str | None:
    """What is wrong with any other text; None where nothing is."""
    if bad := _UNSTORABLE.search(text):
        return f"has the character {_code(bad[0])} in it, which no program takes: take it out"
    return None


def why_not_path(text: str) -> str | None:
    """What is wrong with a glob of paths; None where nothing is."""
    if not text.strip():
        return "is empty"
    if text.startswith("/"):
        return "is absolute: write it from the repository's root, without the slash in front"
    if ".." in text.split("/"):
        return "leads out of the repository"
    return why_not_line(text, MOST_PATH)


def hidden_characters(text: str) -> list[str]:
    """The invisible characters of a text, as ``U+202E``, each once."""
    return [_code(c) for c in dict.fromkeys(_HIDDEN.findall(text))]


def without_invisible(text: str) -> str:
    """The text as it is seen."""
    return _INVISIBLE.sub("", text)


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
