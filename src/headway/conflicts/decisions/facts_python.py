"""What a Python file decides for others: whether an interface is awaited, a model's table, an operation's path."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from headway.conflicts.decisions.fact import Fact
from headway.conflicts.decisions.facts_sql import table_fact
from headway.conflicts.decisions.words import word_set

_METHODS = word_set("get post put patch delete head options route api_route websocket")
_COLUMNS = frozenset(["Column", "mapped_column", "relationship"])


def python_facts(path: str, text: str) -> Iterator[Fact]:
    """The facts of one file; none where it does not parse (yet)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _function(path, node, "")
        elif isinstance(node, ast.ClassDef):
            yield from _model(path, node)
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _function(path, each, f"{node.name}.")


def _function(path: str, node: ast.FunctionDef | ast.AsyncFunctionDef, holder: str) -> Iterator[Fact]:
    if node.name.startswith("_"):
        return
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    yield Fact(f"interface `{holder}{node.name}`", kind, path, node.lineno, changes=True)
    if "_" not in node.name:
        return  # "index" and "create" are what many operations are called
    for each in node.decorator_list:
        route = _route(each)
        if route:
            yield Fact(f"endpoint of `{node.name.lower()}`", route, line=node.lineno)


def _route(node: ast.expr) -> str:
    """``POST /orders`` of a decorator; empty where it is none."""
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or node.func.attr not in _METHODS
    ):
        return ""
    if not node.args or not isinstance(node.args[0], ast.Constant) or not isinstance(node.args[0].value, str):
        return ""
    path = node.args[0].value
    if node.func.attr in ("route", "api_route"):
        listed = next((k.value for k in node.keywords if k.arg == "methods"), None)
        names = [e.value for e in getattr(listed, "elts", ()) if isinstance(e, ast.Constant)] or ["GET"]
        return (
            f"{'|'.join(sorted(str(each).upper() for each in names))} {path}" if path.startswith("/") else ""
        )
    return f"{node.func.attr.upper()} {path}" if path.startswith("/") else ""


def _model(path: str, node: ast.ClassDef) -> Iterator[Fact]:
    """The columns of a SQLAlchemy or Django model."""
    table, columns, is_django = "", [], False
    for each in node.body:
        if isinstance(each, ast.ClassDef) and each.name == "Meta":
            table = next((v for k, v in _texts(each.body) if k == "db_table"), table)
        target, value, kind = _assigned(each)
        if target == "__tablename__" and isinstance(value, ast.Constant) and isinstance(value.value, str):
            table = value.value
        called = _called(value)
        if called in _COLUMNS or kind == "Mapped":
            columns += [target] if called != "relationship" else []
        elif called.endswith("Field") or called in ("ForeignKey", "OneToOneField"):
            columns.append(target)
            is_django = True
    if is_django and not table and any("Model" in ast.unparse(base) for base in node.bases):
        parts = path.removesuffix(".py").split("/")
        app = parts[parts.index("models") - 1] if "models" in parts[1:] else parts[0]
        table = f"{app}_{node.name}"
    if table and columns:
        yield table_fact(table, columns, node.lineno)


def _texts(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for each in body:
        target, value, _ = _assigned(each)
        if target and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield target, value.value


def _assigned(node: ast.stmt) -> tuple[str, ast.expr | None, str]:
    """Name, value and the type's name of an assignment."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value, ""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        kind = node.annotation.value if isinstance(node.annotation, ast.Subscript) else node.annotation
        return node.target.id, node.value, ast.unparse(kind).rpartition(".")[2]
    return "", None, ""


def _called(value: ast.expr | None) -> str:
    if not isinstance(value, ast.Call):
        return ""
    return value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
