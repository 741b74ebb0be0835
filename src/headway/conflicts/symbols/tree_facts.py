"""What code of other languages claims: routes, flags, ports, by the names in the language's entry. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from headway.conflicts.symbols.claims_text import is_port_name, port_key, route_key
from headway.conflicts.symbols.index import CALLED, Chain, Fact, FactKind

if TYPE_CHECKING:
    from headway.conflicts.symbols.tree_index import _Reader as Reader

_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
_ADDRESS = re.compile(r"^[\w.\-\[\]:]*:(\d{2,5})$")
#: Most links of a fluent chain (``program.option(…).option(…)``) that lead back to its beginning.
_FLUENT = frozenset({"option", "requiredOption", "description", "version", "name", "usage", "argument"})


def facts(reader: Reader) -> list[Fact]:
    """The claims of a file."""
    found: list[Fact] = []
    for captures in reader.matches:
        if "call" in captures and "arguments" in captures:
            found += _of_call(reader, captures["callee"][0], captures["arguments"][0])
        elif "variable.name" in captures and "variable.value" in captures:
            name = reader.string(captures["variable.name"][0])
            if is_port_name(name):
                found += _port(reader, captures["variable.value"][0], name)
    return found


def _of_call(reader: Reader, callee: Any, arguments: Any) -> list[Fact]:
    language = reader.language
    chain = _chain(reader, callee)
    if not chain:
        return []
    name, owner = chain[-1], chain[:-1]
    given = [each for each in arguments.named_children if each.type != "comment"]
    first = _text(reader, given[0]) if given else None
    scope, line = reader.scope_at(callee), callee.end_point[0] + 1
    if name in language.route_methods and owner and first is not None and len(given) > 1:
        method, path = language.route_methods[name], first
        if language.name == "go" and " " in first:  # "GET /users" of Go 1.22
            method, _, path = first.partition(" ")
        if path.startswith("/"):
            return [Fact(FactKind.ROUTE, route_key(path), owner, scope, line, (method,), f"{method} {path}")]
    if name in language.flag_methods and owner:
        return _flags(reader, owner, given, scope, line)
    if name in language.listeners and given:
        return _port(reader, given[0], "")
    return []


def _flags(reader: Reader, owner: Chain, given: list[Any], scope: int, line: int) -> list[Fact]:
    language = reader.language
    if language.flag_owner:
        if owner != (language.flag_owner,):
            return []
        named = [text for each in given[:2] if (text := _text(reader, each)) is not None]
        return [Fact(FactKind.FLAG, f"-{n}", owner, scope, line, label=f"-{n}") for n in named[:1]]
    rest = [part for part in owner[1:] if part != CALLED]
    if any(part not in _FLUENT for part in rest):
        return []
    text = _text(reader, given[0]) if given else None
    return [
        Fact(FactKind.FLAG, flag, owner[:1], scope, line, label=flag) for flag in _FLAG.findall(text or "")
    ]


def _port(reader: Reader, node: Any, setting: str) -> list[Fact]:
    text = reader.string(node)
    address = _ADDRESS.match(text.strip("\"'`"))
    value = address[1] if address is not None else text
    number = re.search(r"(?:\|\||\?\?)\s*(\d{2,5})\s*$", value)  # process.env.PORT || 3000
    key = port_key(number[1] if number is not None else value)
    if key is None:
        return []
    line = node.start_point[0] + 1
    return [Fact(FactKind.PORT, key, (), reader.scope_at(node), line, (setting,), f"port {key}")]


def _chain(reader: Reader, callee: Any) -> Chain:
    """The chain of what is called; empty where it begins with something that has no name."""
    text = reader.string(callee)
    if len(text) > 2000:
        return ()
    node = callee
    while node.named_children and node.type not in ("identifier", "this", "package_identifier"):
        node = node.named_children[0]
    if node.type not in ("identifier", "this", "package_identifier"):
        return ()
    chain: list[str] = [reader.string(node)]
    at = node
    while at.id != callee.id:
        if at.id in reader.members:
            at, name = reader.members[at.id]
            chain.append(name)
        elif at.id in reader.calls:
            at, _ = reader.calls[at.id]
            chain.append(CALLED)
        else:
            return ()
    return tuple(chain)


def _text(reader: Reader, node: Any) -> str | None:
    """The text of a plain string."""
    if "string" not in node.type or any(
        child.type == "template_substitution" for child in node.named_children
    ):
        return None
    return reader.string(node).strip("\"'`")
