"""What Python code claims: routes (Flask, FastAPI), flags (argparse, click, typer), ports, migrations' places. Pure."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from headway.conflicts.symbols.claims_text import is_port_name, port_key, route_key
from headway.conflicts.symbols.index import Chain, Fact, FactKind

if TYPE_CHECKING:
    from headway.conflicts.symbols.python_index import Walker

#: Owner of a flag that a decorator or a parameter's default gives a function, followed by the function's name.
COMMAND = "<command>"

METHODS = frozenset({"get", "post", "put", "delete", "patch", "head", "options", "trace", "websocket"})
_ADDS_ROUTE = frozenset({"add_url_rule", "add_api_route", "add_route", "add_websocket_route"})
_SERVES = frozenset(
    {
        "run",
        "serve",
        "listen",
        "start_server",
        "create_server",
        "run_app",
        "run_simple",
        "start_http_server",
        "serve_forever",
    }
)
_SERVERS = frozenset(
    {
        "HTTPServer",
        "ThreadingHTTPServer",
        "TCPServer",
        "ThreadingTCPServer",
        "UDPServer",
        "bind",
        "make_server",
    }
)
_REVISION_NAMES = frozenset({"revision", "down_revision", "depends_on"})


def of_decorator(
    walker: Walker, call: ast.Call, chain: Chain, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> None:
    """A decorator that is a call, on a function; ``chain`` ends with the call."""
    if len(chain) < 2:
        return
    name, owner = chain[-2], chain[:-2]
    first = _text(call.args[0]) if call.args else None
    if name == "option" and len(owner) <= 1:
        _flags(walker, call, (COMMAND, function.name))
    elif not owner:
        return
    elif name in METHODS and first is not None and first.startswith("/"):
        _route(walker, call, owner, first, (name.upper(),))
    elif name in ("route", "api_route") and first is not None:
        _route(walker, call, owner, first, _methods(call))
        if name == "route":
            endpoint = _keyword_text(call, "endpoint") or function.name
            walker.facts.append(
                Fact(FactKind.ENDPOINT, endpoint, owner, walker.at, call.lineno, label=f"endpoint {endpoint}")
            )
    elif name in ("command", "group") and (first is not None or not call.args):
        told = first or _keyword_text(call, "name") or function.name.replace("_", "-")
        walker.facts.append(
            Fact(FactKind.FLAG, f"command {told}", owner, walker.at, call.lineno, label=f"command {told}")
        )


def of_call(walker: Walker, call: ast.Call, function: Chain) -> None:
    """Any call; ``function`` is the chain that is called."""
    name = function[-1]
    if name == "add_argument" and len(function) > 1:
        _flags(walker, call, function[:-1])
        default = _keyword(call, "default")
        if default is not None and any(is_port_name(t.lstrip("-")) for t in map(_text, call.args) if t):
            _port(walker, default, next(t for t in map(_text, call.args) if t), call.lineno)
    elif name == "Option" and walker.defining:
        _flags(walker, call, (COMMAND, walker.defining))
    elif name == "add_parser" and len(function) > 1 and call.args:
        told = _text(call.args[0])
        if told is not None:
            fact = Fact(FactKind.FLAG, f"command {told}", function[:-1], walker.at, call.lineno)
            fact.label = f"command {told}"
            walker.facts.append(fact)
    elif name in _ADDS_ROUTE and len(function) > 1 and call.args:
        path = _text(call.args[0])
        if path is not None:
            _route(walker, call, function[:-1], path, _methods(call))
    elif name in ("get", "getenv") and len(call.args) == 2:
        setting = _text(call.args[0])
        if setting is not None and is_port_name(setting):
            _port(walker, call.args[1], setting, call.lineno)
    elif name in _SERVES:
        port = _keyword(call, "port")
        if port is not None:
            _port(walker, port, "", call.lineno)
    elif name in _SERVERS and call.args:
        address = call.args[0]
        if isinstance(address, ast.Tuple) and len(address.elts) == 2:
            _port(walker, address.elts[1], "", call.lineno)


def of_value(walker: Walker, name: str, value: ast.expr, line: int) -> None:
    """A plain name that gets a value."""
    if is_port_name(name) and walker.scope.kind != "function":
        _port(walker, value, name, line)
    elif name in _REVISION_NAMES and walker.at == 0:
        walker.facts.append(Fact(FactKind.REVISION, name, (), 0, line, tuple(_texts(value))))
    elif name in ("dependencies", "replaces") and walker.scope.qualname == ("Migration",):
        pairs = [_texts(each) for each in getattr(value, "elts", ())]
        detail = tuple("/".join(pair) for pair in pairs if len(pair) == 2)
        walker.facts.append(Fact(FactKind.REVISION, name, (), walker.at, line, detail))


def _flags(walker: Walker, call: ast.Call, owner: Chain) -> None:
    for each in call.args:
        text = _text(each)
        if text is None or not text.startswith("-"):
            continue
        for flag in text.split("/"):  # click: --shout/--no-shout
            key = flag.strip()
            if key.startswith("-"):
                walker.facts.append(Fact(FactKind.FLAG, key, owner, walker.at, call.lineno, label=key))


def _route(walker: Walker, call: ast.Call, owner: Chain, path: str, methods: tuple[str, ...]) -> None:
    label = f"{'|'.join(methods)} {path}"
    walker.facts.append(
        Fact(FactKind.ROUTE, route_key(path), owner, walker.at, call.lineno, tuple(methods), label)
    )


def _port(walker: Walker, value: ast.expr, setting: str, line: int) -> None:
    key = port_key(value.value) if isinstance(value, ast.Constant) else None
    if key is not None:
        walker.facts.append(Fact(FactKind.PORT, key, (), walker.at, line, (setting,), f"port {key}"))


def _methods(call: ast.Call) -> tuple[str, ...]:
    value = _keyword(call, "methods")
    found = tuple(sorted(text.upper() for text in _texts(value))) if value is not None else ()
    return found or ("GET",)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _keyword_text(call: ast.Call, name: str) -> str | None:
    value = _keyword(call, name)
    return _text(value) if value is not None else None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _texts(node: ast.expr) -> list[str]:
    """The strings of a literal: itself, or the elements of a list, tuple or set."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [text for each in getattr(node, "elts", ()) if (text := _text(each)) is not None]
