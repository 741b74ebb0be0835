"""Free text as words that can be compared: case, punctuation, plurals and spelling do not count. Pure."""

from __future__ import annotations

import re
import unicodedata

#: So much of a text is looked at, in characters; what comes after has never been a choice.
MOST = 4000

Words = tuple[str, ...]

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
#: ``strictNullChecks`` is three words, ``GitHub`` is one.
_HUMPED = re.compile(r"\b[a-z]{2,}(?:[A-Z][a-z]+)+\b")
_HUMP = re.compile(r"(?=[A-Z])")
_NOT_NULL = re.compile(r"\b(?:not|non)[ -]?null(?:able)?\b")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=[a-z])")
_TOKEN = re.compile(r"([^\W_]+[+#]*)|([,;!?()\[\]\n→]|[.:](?=\s|$)|\s[-–—]\s)")


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for lists of them that can be read."""
    return frozenset(text.split())


#: Words that say nothing about what a topic is.
NOISE = word_set(
    "a an the of for in on to and or with our we i it its is are be been was were will shall should must "
    "at by as from that this these those which what how where when who all any each every use used using "
    "uses choice choose chosen default defaults library lib package framework tool tooling approach "
    "strategy policy setup handling kind type style way method general standard project repo repository "
    "code whole new feature name named called value setting option do does happen happens there here per "
    "only please always"
)

#: Different words for the same thing, in topics.
_SAME = {
    "db": "database",
    "configuration": "config",
    "settings": "config",
    "authentication": "auth",
    "environment": "env",
    "var": "variable",
    "license": "licence",
    "directory": "folder",
    "dir": "folder",
    "uri": "url",
    "param": "parameter",
    "doc": "documentation",
    "docs": "documentation",
    "max": "maximum",
    "limit": "maximum",
    "min": "minimum",
    "colour": "color",
    "golang": "go",
    "js": "javascript",
    "ts": "typescript",
    "py": "python",
    "pg": "postgresql",
    "postgres": "postgresql",
    "e2e": "end-to-end",
    "add": "create",
    "adding": "create",
    "remove": "delete",
    "removing": "delete",
    "removal": "delete",
    "route": "endpoint",
}


def clean(text: str) -> str:
    """The text without what cannot be seen, cut to what is looked at."""
    text = unicodedata.normalize("NFKC", text[: 2 * MOST])[:MOST]
    return _INVISIBLE.sub("", text)


def clauses(text: str) -> list[Words]:
    """The words of a text in lower case, clause by clause; ``camelCase`` is two words, as ``snake_case`` is."""
    text = _HUMPED.sub(lambda match: _HUMP.sub(" ", match[0]), clean(text))
    text = _NOT_NULL.sub("notnull", _APOSTROPHE.sub("", text).casefold())
    found: list[list[str]] = [[]]
    for match in _TOKEN.finditer(text):
        if match[1]:
            found[-1].append(match[1])
        elif found[-1]:
            found.append([])
    return [tuple(each) for each in found if each]


def words(text: str) -> Words:
    """All words of a text, in lower case."""
    return tuple(word for clause in clauses(text) for word in clause)


def singular(word: str) -> str:
    """A word without its plural ending; not always a word, always the same for the same."""
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1]


def named(word: str) -> str:
    """A word of a topic in the singular, and in the one spelling of its synonyms."""
    word = singular(_SAME.get(word, word))
    return _SAME.get(word, word)


def root(word: str) -> str:
    """A word of a topic without its ending: ``creating``, ``creation`` and ``create`` are one."""
    word = named(word)
    for ending in ("ation", "ing", "ion", "ed", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def content(of: Words) -> frozenset[str]:
    """The roots of the words that say something."""
    return frozenset(root(each) for each in of if each not in NOISE)
