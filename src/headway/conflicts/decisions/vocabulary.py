"""The words that turn a choice into its opposite, set two decisions apart, or say what kind of topic it is. Data.

English only: what is written in another language is understood as far as the catalogue's names go.
"""

from __future__ import annotations

import re

from headway.conflicts.decisions.words import root, word_set

#: Words after which the opposite is meant, until the clause ends or one of TURNS_BACK comes.
NOT = word_set(
    "not no never without avoid avoids dont doesnt cannot cant neither nor wont forbid forbidden ban "
    "banned disallow refuse stop unlike zero"
)
#: The same, for what is taken away; with "by", "with", "to" or "in favour of" comes what takes its place.
AWAY = word_set(
    "drop drops dropping dropped remove removes removing removed replace replaces replacing replaced "
    "retire retiring deprecate deprecated eliminate rid ditch abandon abandoning reject rejected from off "
    "kill delete uninstall away leave leaving"
)
TURNS_BACK = word_set("by with to use using favour favor adopt keep but into prefer")
TURNS_BACK_ALWAYS = frozenset(["but", "keep"])
#: After these a name is an example, a comparison or a companion, and no choice.
ASIDE = (
    ("considered",), ("considering",), ("evaluated",), ("compared",), ("looked", "at"),
    ("works", "with"), ("work", "with"), ("compatible", "with"), ("like",), ("similar", "to"), ("below",),
    ("underneath",), ("on", "top", "of"),
    ("as", "in"), ("wraps",), ("until",), ("tried",), ("needs",), ("plugin", "for"), ("used", "by"), ("unless",),
)  # fmt: skip
INSTEAD = (("instead", "of"), ("rather", "than"), ("in", "place", "of"), ("no", "longer"))
OVER = word_set("prefer prefers preferred choose chose chosen favour favor pick picked")
#: After a name and "is": it is refused.
REFUSED = word_set(
    "out banned forbidden removed gone deprecated dropped rejected not retired off disallowed overkill too dead"
    " unmaintained slow heavy"
)

NOTHING = frozenset(["none", "no", "nothing", "never", "off", "without"])
YES = word_set("on yes true enabled enable required mandatory allowed allow always enforced active require")
NO = word_set("off no false disabled disable forbidden never optional disallowed disallow inactive")
WITHDRAWN = re.compile(
    r"^\W*(withdrawn|revoked|retracted|no longer decided|undecided|cancelled|taken back|obsolete)\b", re.I
)

#: What facts of edits ask (:mod:`.facts`): about one name, which is compared as a whole.
EXACT = re.compile(r"^(interface|endpoint of|columns of|environment variable of) `([^`\n]{1,200})`$")

#: Pairs of words of which only one can hold for a topic.
OPPOSITES = tuple(
    (frozenset(one.split("|")), frozenset(other.split("|")))
    for one, other in (
        (
            "allow|allowed|permit|permitted",
            "deny|denied|forbid|forbidden|refuse|refused|reject|rejected"
            "|disallow|disallowed|block|blocked",
        ),
        ("required|mandatory", "optional"),
        ("eager|eagerly", "lazy|lazily|lazyload"),
        ("push", "pull"),
        ("strict", "lenient|loose|relaxed|tolerant"),
        ("public", "private"),
        ("ascending|asc|oldest", "descending|desc|newest"),
        ("before", "after"),
        ("single", "multiple|several|many"),
        ("mutable", "immutable|frozen"),
        ("blocking", "nonblocking"),
        ("sync|synchronous|synchronously", "async|asynchronous|asynchronously"),
        ("unique", "duplicate|duplicates|nonunique"),
        ("sensitive", "insensitive"),
        ("inclusive", "exclusive"),
        ("per-request", "shared"),
        ("keep|kept", "discard|discarded|drop|dropped|delete|deleted"),
        ("fail|abort", "continue|ignore|skip|warn"),
        ("cascade", "restrict"),
        ("plural", "singular"),
        ("manual|manually|hand", "automatic|automatically|automated"),
        ("stateless", "stateful"),
        ("client", "server"),
        ("centralised|centralized|central", "decentralised|decentralized|distributed"),
        ("generated", "handwritten"),
        ("encrypted", "plaintext|unencrypted"),
        ("committed", "gitignored|ignored|uncommitted"),
        ("vertical", "horizontal"),
        ("relative", "absolute"),
        ("first", "last"),
        ("lowercase|lower", "uppercase|upper"),
        ("light", "dark"),
        ("left", "right"),
        ("top", "bottom"),
        ("online", "offline"),
        ("inline", "separate|separately|extracted"),
        ("nullable|null|optional", "notnull|required|mandatory"),
    )
)  # fmt: skip

#: Groups of words that set two decisions apart, each group's sets against each other.
APART = tuple(
    tuple(frozenset(each.split("|")) for each in group.split())
    for group in (
        "production|prod|live test|testing dev|development ci staging",
        "frontend|browser|ui|web backend|api mobile|ios|android",
        "public|external|outside internal|inside",
        "python|py|django|fastapi|flask javascript|js|typescript|ts|node|react|jsx|tsx go|golang rust"
        " java|kotlin|jvm ruby|rail dotnet php c",
        "access refresh",
        "stored|storage|database|db|column display|shown|ui|screen",
        "read write",
        "request response",
        "column|table|database|sql json|api|url class function|method|variable file|module branch constant",
        "unit integration e2e|end load|performance",
    )
)  # fmt: skip

#: Topics about what something is called: two short answers are two different names.
NAMING = word_set(
    "name named called variable endpoint route path url header table branch folder file prefix suffix "
    "bucket host hostname domain command envvar filename"
)
VERSION_WORDS = frozenset(
    root(each)
    for each in [
        "version",
        "minimum",
        "pin",
        "pinned",
        "support",
        "supported",
        "requires",
        "release",
        "toolchain",
        "tested",
    ]
)
LOWEST = word_set("minimum min least lowest oldest support supported supports requires requirement")
