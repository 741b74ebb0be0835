"""The table of languages: which files are whose, which grammar reads them, and what their trees mean.

A further language is one more entry and one more file of queries; :mod:`.tree_index` does not know one from another.
Python has an entry for its name only: it is read by ``ast`` (:mod:`.python_index`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

#: Ways to say which parameters a call must give: node type → what it is.
REQUIRED, OPTIONAL, REST = "required", "optional", "rest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One entry."""

    name: str
    extensions: tuple[str, ...]
    #: Package of its grammar, and the function of it that gives the grammar.
    grammar: str = ""
    function: str = "language"
    #: Files of ``queries/`` that say what its nodes are, one after the other.
    queries: tuple[str, ...] = ()
    #: What a parameter's node type says.
    parameters: Mapping[str, str] = field(default_factory=dict)
    #: Whether a call with too few or too many arguments goes through unseen.
    takes_any_call: bool = False
    #: Whether the files of one directory share their global names.
    shares_names: bool = False
    #: Name of an instance inside its methods, where the language has one; and of the method that makes instances.
    instance: str = ""
    constructor: str = ""
    #: Whether a module offers only what it says it does.
    has_exports: bool = False
    #: How imports are written: "python", "path" (``./store``) or "go" (``example.org/shop/store``).
    imports: str = "python"
    #: Names of what makes an object that takes routes; methods that add one, with the request's method they mean.
    routers: frozenset[str] = frozenset()
    route_methods: Mapping[str, str] = field(default_factory=dict)
    #: Methods that add a command-line flag, and the name that they must be called on; empty for any.
    flag_methods: frozenset[str] = frozenset()
    flag_owner: str = ""
    #: Functions that begin to listen on a port.
    listeners: frozenset[str] = frozenset()


_METHODS = {
    name: name.upper() for name in ("get", "post", "put", "delete", "patch", "head", "options", "all")
}
_ECMASCRIPT = {
    "identifier": REQUIRED,
    "object_pattern": REQUIRED,
    "array_pattern": REQUIRED,
    "assignment_pattern": OPTIONAL,
    "rest_pattern": REST,
    "required_parameter": REQUIRED,
    "optional_parameter": OPTIONAL,
}
_ROUTERS = frozenset(
    {"express", "Router", "fastify", "Fastify", "Hono", "Koa", "restify", "createServer", "polka"}
)
_GO_ROUTES = {
    **{name: name for name in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")},
    **{name: name.upper() for name in ("Get", "Post", "Put", "Delete", "Patch")},
    "HandleFunc": "ALL",
    "Handle": "ALL",
}
_GO_FLAGS = ("Bool", "Int", "Int64", "Uint", "Uint64", "Float64", "String", "Duration")

PYTHON = Language(name="python", extensions=("py", "pyi", "pyw"))
JAVASCRIPT = Language(
    name="javascript",
    extensions=("js", "jsx", "mjs", "cjs"),
    grammar="tree_sitter_javascript",
    queries=("ecmascript.scm", "javascript.scm"),
    parameters=_ECMASCRIPT,
    takes_any_call=True,
    instance="this",
    constructor="constructor",
    has_exports=True,
    imports="path",
    routers=_ROUTERS,
    route_methods=_METHODS,
    flag_methods=frozenset({"option", "requiredOption"}),
    listeners=frozenset({"listen"}),
)
_TYPESCRIPT = {
    "extensions": ("ts", "mts", "cts"),
    "grammar": "tree_sitter_typescript",
    "queries": ("ecmascript.scm", "typescript.scm"),
    "parameters": _ECMASCRIPT,
    "instance": "this",
    "constructor": "constructor",
    "has_exports": True,
    "imports": "path",
    "routers": _ROUTERS,
    "route_methods": _METHODS,
    "flag_methods": frozenset({"option", "requiredOption"}),
    "listeners": frozenset({"listen"}),
}
TYPESCRIPT = Language(name="typescript", function="language_typescript", **_TYPESCRIPT)  # type: ignore[arg-type]
TSX = Language(
    name="tsx",
    function="language_tsx",
    **{**_TYPESCRIPT, "extensions": ("tsx",)},  # type: ignore[arg-type]
)
GO = Language(
    name="go",
    extensions=("go",),
    grammar="tree_sitter_go",
    queries=("go.scm",),
    parameters={"parameter_declaration": REQUIRED, "variadic_parameter_declaration": REST},
    shares_names=True,
    imports="go",
    routers=frozenset({"NewServeMux", "New", "Default", "NewRouter", "http"}),
    route_methods=_GO_ROUTES,
    flag_methods=frozenset({*_GO_FLAGS, *(f"{name}Var" for name in _GO_FLAGS)}),
    flag_owner="flag",
    listeners=frozenset({"ListenAndServe", "Listen"}),
)

LANGUAGES: Mapping[str, Language] = {each.name: each for each in (PYTHON, JAVASCRIPT, TYPESCRIPT, TSX, GO)}
_BY_EXTENSION = {extension: each.name for each in LANGUAGES.values() for extension in each.extensions}


def language_of(path: str) -> str | None:
    """The language of a file, by its name; None where it is none of the table."""
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    return _BY_EXTENSION.get(extension) if dot else None


def shares_names(language: str | None) -> bool:
    """Whether the files of one directory share their global names."""
    return language is not None and LANGUAGES[language].shares_names


@cache
def extensions_of(imports: str) -> tuple[str, ...]:
    """The extensions of the languages that import in one way, in the order in which they are tried."""
    found = [each for each in LANGUAGES.values() if each.imports == imports]
    return tuple(extension for each in reversed(found) for extension in each.extensions)
