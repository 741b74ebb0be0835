"""Python source → :class:`.index.FileIndex`, by ``ast``. Pure. Not for: what does not parse (:mod:`.python_repair`).

One walk with a handler for each kind of node that matters. A file of 300 lines takes about 3 ms, half of that in
``ast.parse``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from headway.conflicts.symbols import python_facts
from headway.conflicts.symbols.index import (
    CALLED,
    DOTTED,
    FIXTURE,
    INDEXED,
    SUPER,
    Binding,
    BindingKind,
    Chain,
    Fact,
    FileIndex,
    Scope,
    Shape,
    Signature,
    Use,
)

#: Calls whose first argument, a string, names something to be looked up.
_TAKES_DOTTED = frozenset({"patch", "setattr", "delattr", "import_module", "import_string"})

#: Calls that make names in ways that cannot be seen.
_MAKES_NAMES = frozenset({"exec", "globals", "vars", "locals", "execfile"})


def index_python(text: str, gaps: frozenset[int] = frozenset()) -> FileIndex:
    """What a module says. ``gaps``: lines that were blanked because they could not be read. Raises SyntaxError."""
    tree = ast.parse(text)
    walker = Walker()
    walker.block(tree.body)
    return FileIndex(
        language="python",
        text=text,
        scopes=walker.scopes,
        uses=list(walker.uses.values()),
        facts=walker.facts,
        exported=walker.exported,
        gaps=gaps,
    )


class Walker:
    """One walk over one module."""

    def __init__(self) -> None:
        self.scopes = [Scope("module", (), -1)]
        self.uses: dict[tuple[object, ...], Use] = {}
        self.facts: list[Fact] = []
        self.exported: tuple[str, ...] | None = None
        #: Name of the function whose parameters are being read.
        self.defining = ""
        #: Index of the scope that the walk is in, and the scope.
        self.at = 0
        self.scope = self.scopes[0]
        self._branch: tuple[int, ...] = ()
        self._branches = 0

    # -- statements ----------------------------------------------------------------------------------------------

    def block(self, body: Iterable[ast.stmt]) -> None:
        """Statements, one after the other."""
        for statement in body:
            self.visit(statement)

    def visit(self, node: ast.AST) -> None:
        """Any node."""
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node)
            return
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for each in value:
                    if isinstance(each, ast.AST):
                        self.visit(each)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def _nothing(self, node: ast.AST) -> None:
        pass

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = []
        for each in node.decorator_list:
            chain = self.expression(each)
            decorators.append(chain)
            if isinstance(each, ast.Call):
                python_facts.of_decorator(self, each, chain, node)
        arguments = node.args
        self.defining = node.name
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        returns: Chain | None = None
        if node.returns is not None:
            returns = self._annotation(node.returns)
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        types = [self._annotation(each.annotation) if each.annotation is not None else None for each in every]
        for extra in (arguments.vararg, arguments.kwarg):
            if extra is not None and extra.annotation is not None:
                self._annotation(extra.annotation)
        self.defining = ""
        names = {decorator_name(chain) for chain in decorators}
        binding = Binding(
            node.name,
            BindingKind.FUNCTION,
            node.lineno,
            node.end_lineno or node.lineno,
            self._branch,
            chain=returns,
            is_type=True,
            signature=_signature(arguments),
            decorators=tuple(decorators),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_abstract=bool(names & {"abstractmethod", "abstractproperty"}),
            is_stub=_is_stub(node.body),
        )
        in_class = self.scope.kind == "class"
        self.bind(binding)
        opened = self._open("function", node.name)
        binding.scope = len(self.scopes) - 1
        self.scope.binding = binding
        if in_class and every and "staticmethod" not in names:
            self.scope.receiver = every[0].arg
        for parameter, annotated in zip(every, types, strict=True):
            self._parameter(parameter, annotated)
        for extra in (arguments.vararg, arguments.kwarg):
            if extra is not None:
                self._parameter(extra, None)
        if node.name.startswith("test") or "fixture" in names:
            self._fixtures(node, in_class)
        branch, self._branch = self._branch, ()
        self.block(node.body)
        self._branch = branch
        self._close(opened)

    def _fixtures(self, node: ast.FunctionDef | ast.AsyncFunctionDef, in_class: bool) -> None:
        arguments = node.args
        names = [each.arg for each in arguments.args]
        names = names[: len(names) - len(arguments.defaults)] + [each.arg for each in arguments.kwonlyargs]
        for name in names[1 if in_class and self.scope.receiver else 0 :]:
            self.use((FIXTURE, name), node.lineno)

    def _class(self, node: ast.ClassDef) -> None:
        decorators = tuple(self.expression(each) for each in node.decorator_list)
        bases = tuple(self.expression(each) for each in node.bases)
        keywords = []
        for keyword in node.keywords:
            keywords.append(f"{keyword.arg}={'.'.join(self.expression(keyword.value))}")
        binding = Binding(
            node.name,
            BindingKind.CLASS,
            node.lineno,
            node.end_lineno or node.lineno,
            self._branch,
            decorators=decorators,
            bases=bases,
            keywords=tuple(keywords),
        )
        self.bind(binding)
        opened = self._open("class", node.name)
        binding.scope = len(self.scopes) - 1
        self.scope.binding = binding
        branch, self._branch = self._branch, ()
        self.block(node.body)
        self._branch = branch
        self._close(opened)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            module = alias.name if alias.asname else name
            self.bind(self._simple(name, BindingKind.IMPORT, node, module=module, whole=alias.name))
            self.use((name,) if alias.asname else tuple(alias.name.split(".")), node.lineno, how="import")

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            if alias.name == "*":
                star = self._simple("*", BindingKind.IMPORT, node, module=module, level=node.level)
                self.scope.stars.append(star)
            else:
                name = alias.asname or alias.name
                binding = self._simple(
                    name, BindingKind.IMPORT, alias, module=module, level=node.level, member=alias.name
                )
                self.bind(binding)
                self.use((name,), alias.lineno, how="import")

    def _assign(self, node: ast.Assign) -> None:
        chain, keywords = self._value(node.value)
        for target in node.targets:
            self._target(target, node, chain, keywords=keywords)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self._named_value(node.targets[0].id, node.value, node)

    def _named_value(self, name: str, value: ast.expr, node: ast.stmt) -> None:
        python_facts.of_value(self, name, value, node.lineno)
        if name == "__all__" and self.at == 0:
            self.exported = _strings(value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        chain = self._annotation(node.annotation)
        keywords: tuple[str, ...] = ()
        if node.value is not None:
            made, keywords = self._value(node.value)
            if made is None or decorator_name(made) not in ("field", "Field"):
                keywords = ()
        self._target(node.target, node, chain, is_type=True, is_stub=node.value is None, keywords=keywords)
        if isinstance(node.target, ast.Name) and node.value is not None:
            self._named_value(node.target.id, node.value, node)

    def _augmented(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.use((node.target.id,), node.lineno)
            if node.target.id == "__all__" and self.exported is not None:
                more = _strings(node.value)
                self.exported = (*self.exported, *more) if more is not None else None
        else:
            self.visit(node.target)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._target(node.target, node, None)
        self.block(node.body)
        self.block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._target(item.optional_vars, node, None)
        self.block(node.body)

    def _if(self, node: ast.If) -> None:
        self.visit(node.test)
        self._alternatives(node.body, node.orelse)

    def _try(self, node: Any) -> None:
        # A handler's names stand beside the body's: `try: import a … except ImportError: a = None`.
        self._alternatives([*node.body, *node.orelse], *([handler] for handler in node.handlers))
        self.block(node.finalbody)

    def _alternatives(self, *bodies: list[Any]) -> None:
        branch = self._branch
        for body in bodies:
            self._branches += 1
            self._branch = (*branch, self._branches)
            self.block(body)
        self._branch = branch

    def _handler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self.bind(self._simple(node.name, BindingKind.VARIABLE, node))
        self.block(node.body)

    def _match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        self._alternatives(*([case] for case in node.cases))

    def _match_name(self, node: Any) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self.bind(self._simple(name, BindingKind.VARIABLE, node))
        for each in ast.iter_child_nodes(node):
            self.visit(each)

    def _elsewhere(self, node: ast.Global | ast.Nonlocal) -> None:
        self.scope.elsewhere.update(node.names)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name):
                self.visit(target)

    def _statement(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Call, ast.Await, ast.Attribute, ast.Name)):
            self.expression(node.value, how="alone")
        elif not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    # -- expressions ---------------------------------------------------------------------------------------------

    def expression(self, node: ast.expr, how: str = "") -> Chain:
        """Visits an expression and answers the chain that it is; an empty root where it is none."""
        if isinstance(node, ast.Await):
            return self.expression(node.value, "await")
        parts: list[str] = []
        found: list[tuple[int, ast.Call]] = []
        at: Any = node
        while True:
            if isinstance(at, ast.Name):
                root = at.id
                break
            if isinstance(at, ast.Attribute):
                parts.append(at.attr)
                at = at.value
            elif isinstance(at, ast.Call):
                if isinstance(at.func, ast.Name) and at.func.id == "super":
                    root = SUPER
                    break
                found.append((len(parts), at))
                parts.append(CALLED)
                at = at.func
            elif isinstance(at, ast.Subscript):
                self.visit(at.slice)
                parts.append(INDEXED)
                at = at.value
            else:
                root = ""
                self.visit(at)
                break
        parts.append(root)
        parts.reverse()
        chain = tuple(parts)
        calls = tuple((len(parts) - 1 - place, _shape(call)) for place, call in reversed(found))
        if root or len(chain) > 1:
            top: Any = node.func if isinstance(node, ast.Call) else node
            line = node.lineno if isinstance(node, ast.Subscript) else top.end_lineno
            self.use(chain, line, calls, how)
        for place, call in found:
            self._arguments(call, chain[: len(parts) - 1 - place])
        return chain

    def _arguments(self, call: ast.Call, function: Chain) -> None:
        """``function``: the chain that is called."""
        name = function[-1]
        if call.args and name in _TAKES_DOTTED:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and "." in first.value:
                words = first.value.split(".")
                if all(word.isidentifier() for word in words):
                    self.use((DOTTED, *words), first.lineno)
        if len(function) == 1 and name in _MAKES_NAMES:
            for scope in (self.scope, self.scopes[0]):
                scope.is_dynamic = scope.is_dynamic or name in ("exec", "execfile", "globals")
        if name == "setattr" and len(function) == 1:
            self._sets_attribute(call)
        python_facts.of_call(self, call, function)
        for each in (*call.args, *(keyword.value for keyword in call.keywords)):
            if type(each) is ast.Call:
                self.expression(each, how="passed")
            else:
                self.visit(each)

    def _sets_attribute(self, call: ast.Call) -> None:
        """``setattr(self, …)``: whatever attributes it makes, none of that class can be said to be missing."""
        if call.args and isinstance(call.args[0], ast.Name):
            owner = self._class_of(call.args[0].id)
            if owner is not None:
                owner.sets_anything = True

    def _chained(self, node: ast.expr) -> None:
        self.expression(node)

    def _lambda(self, node: ast.Lambda) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        opened = self._open("block", None)
        arguments = node.args
        for each in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ):
            if each is not None:
                self._parameter(each, None)
        self.visit(node.body)
        self._close(opened)

    def _comprehension(self, node: Any) -> None:
        opened = self._open("block", None)
        for each in node.generators:
            self._target(each.target, each.target, None)
        for each in node.generators:
            self.visit(each.iter)
            for condition in each.ifs:
                self.visit(condition)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self._close(opened)

    def _walrus(self, node: ast.NamedExpr) -> None:
        chain, _ = self._value(node.value)
        at, scope = self.at, self.scope
        while self.scope.kind == "block" and self.scope.parent >= 0:
            self._move(self.scope.parent)
        self._target(node.target, node, chain)
        self.at, self.scope = at, scope

    def _value(self, node: ast.expr) -> tuple[Chain | None, tuple[str, ...]]:
        """The chain of a value that is assigned, and the keywords of the call that makes it."""
        if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Await)):
            chain = self.expression(node)
            keywords: tuple[str, ...] = ()
            if isinstance(node, ast.Call):
                keywords = tuple(
                    f"{k.arg}={k.value.value!r}" if isinstance(k.value, ast.Constant) else k.arg
                    for k in node.keywords
                    if k.arg
                )
            return (chain if chain[0] else None), keywords
        self.visit(node)
        return None, ()

    def _annotation(self, node: ast.expr) -> Chain | None:
        """Visits a type and answers the class that it says, without ``Optional`` and ``| None``."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                words = node.value.strip().removesuffix("| None").strip().split(".")
                return tuple(words) if all(word.isidentifier() for word in words) else None
            return None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            left, right = self._annotation(node.left), self._annotation(node.right)
            return (
                left
                if isinstance(node.right, ast.Constant) and node.right.value is None
                else right
                if (isinstance(node.left, ast.Constant) and node.left.value is None)
                else None
            )
        if isinstance(node, ast.Subscript):
            outer = self.expression(node.value)
            inner = self._annotation(node.slice)
            if outer[-1] in ("Optional", "Annotated"):
                return inner
            return outer if outer[-1] == "ClassVar" else None
        if isinstance(node, ast.Tuple):
            chains = [self._annotation(each) for each in node.elts]
            return chains[0] if chains else None
        if isinstance(node, (ast.Name, ast.Attribute)):
            chain = self.expression(node)
            return chain if chain[0] else None
        self.visit(node)
        return None

    # -- bindings ------------------------------------------------------------------------------------------------

    def _target(
        self,
        target: ast.expr,
        node: Any,
        chain: Chain | None,
        *,
        is_type: bool = False,
        is_stub: bool = False,
        keywords: tuple[str, ...] = (),
    ) -> None:
        if isinstance(target, ast.Name):
            self.bind(
                self._simple(
                    target.id,
                    BindingKind.VARIABLE,
                    node,
                    chain=chain,
                    is_type=is_type,
                    is_stub=is_stub,
                    keywords=keywords,
                )
            )
        elif isinstance(target, ast.Attribute):
            if isinstance(target.value, ast.Name):
                owner = self._class_of(target.value.id)
                if owner is not None:
                    binding = self._simple(
                        target.attr, BindingKind.VARIABLE, node, chain=chain, is_type=is_type
                    )
                    if chain is not None and not is_type:
                        # The value is read where it is assigned, so its names are looked up in that scope.
                        binding.scope = self.at
                    owner.attributes.setdefault(target.attr, []).append(binding)
                    self.use((target.value.id,), target.lineno)
                    return
            self.visit(target.value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for each in target.elts:
                self._target(each, node, None)
        elif isinstance(target, ast.Starred):
            self._target(target.value, node, None)
        else:
            self.visit(target)

    def _class_of(self, name: str) -> Scope | None:
        """The class whose instance (or itself) a name stands for here."""
        scope = self.scope
        while scope.kind != "module":
            if scope.receiver == name:
                return self.scopes[scope.parent]
            if name in scope.bindings or scope.kind == "class":
                return None
            scope = self.scopes[scope.parent]
        return None

    def _simple(self, name: str, kind: BindingKind, node: Any, **more: Any) -> Binding:
        return Binding(name, kind, node.lineno, node.end_lineno or node.lineno, self._branch, **more)

    def _parameter(self, node: ast.arg, annotation: Chain | None) -> None:
        self.bind(
            Binding(
                node.arg,
                BindingKind.PARAMETER,
                node.lineno,
                node.end_lineno or node.lineno,
                chain=annotation,
                is_type=True,
            )
        )

    def bind(self, binding: Binding) -> None:
        """A name is made here."""
        scope = self.scope
        if binding.name in scope.elsewhere:
            scope = self.scopes[0]
        if binding.name in ("__getattr__", "__getattribute__"):
            scope.is_dynamic = True
        known = scope.bindings.get(binding.name)
        if known is None:
            scope.bindings[binding.name] = [binding]
        else:
            known.append(binding)

    def use(self, chain: Chain, line: int, calls: tuple[tuple[int, Shape], ...] = (), how: str = "") -> None:
        """A chain is used here."""
        key = (self.at, chain, how, tuple((place, shape.key) for place, shape in calls) if calls else ())
        known = self.uses.get(key)
        if known is None:
            self.uses[key] = Use(chain, self.at, [line], calls, how)
        else:
            known.lines.append(line)

    def _open(self, kind: str, name: str | None) -> int:
        qualname = self.scope.qualname if name is None else (*self.scope.qualname, name)
        opened = self.at
        self.scopes.append(Scope(kind, qualname, self.at))
        self._move(len(self.scopes) - 1)
        return opened

    def _close(self, opened: int) -> None:
        self._move(opened)

    def _move(self, at: int) -> None:
        self.at = at
        self.scope = self.scopes[at]


def decorator_name(chain: Chain) -> str:
    """The last name of a decorator: ``fixture`` for ``@pytest.fixture(scope="module")``."""
    return next((part for part in reversed(chain) if part not in (CALLED, INDEXED)), "")


def _signature(arguments: ast.arguments) -> Signature:
    positional = tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args))
    keyword_only = tuple(each.arg for each in arguments.kwonlyargs)
    return Signature(
        positional=positional,
        positional_only=len(arguments.posonlyargs),
        required=len(positional) - len(arguments.defaults),
        star=arguments.vararg is not None,
        keyword_only=keyword_only,
        required_keywords=tuple(
            n for n, d in zip(keyword_only, arguments.kw_defaults, strict=True) if d is None
        ),
        double_star=arguments.kwarg is not None,
    )


def _strings(node: ast.expr) -> tuple[str, ...] | None:
    """The strings of a plain list; None where it is none."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    found = [e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
    return tuple(found) if len(found) == len(node.elts) else None


def _shape(call: ast.Call) -> Shape:
    star = any(isinstance(each, ast.Starred) for each in call.args)
    return Shape(
        positional=sum(1 for each in call.args if not isinstance(each, ast.Starred)),
        keywords=tuple(k.arg for k in call.keywords if k.arg),
        star=star,
        double_star=any(k.arg is None for k in call.keywords),
    )


def _is_stub(body: list[ast.stmt]) -> bool:
    """Whether a function only raises NotImplementedError."""
    statements = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(statements) != 1 or not isinstance(statements[0], ast.Raise):
        return False
    raised = statements[0].exc
    if isinstance(raised, ast.Call):
        raised = raised.func
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


_HANDLERS: dict[type[ast.AST], Callable[[Walker, Any], Any]] = {
    ast.FunctionDef: Walker._function,
    ast.AsyncFunctionDef: Walker._function,
    ast.ClassDef: Walker._class,
    ast.Import: Walker._import,
    ast.ImportFrom: Walker._import_from,
    ast.Assign: Walker._assign,
    ast.AnnAssign: Walker._annotated,
    ast.AugAssign: Walker._augmented,
    ast.For: Walker._for,
    ast.AsyncFor: Walker._for,
    ast.With: Walker._with,
    ast.AsyncWith: Walker._with,
    ast.If: Walker._if,
    ast.Try: Walker._try,
    ast.TryStar: Walker._try,
    ast.ExceptHandler: Walker._handler,
    ast.Match: Walker._match,
    ast.MatchAs: Walker._match_name,
    ast.MatchStar: Walker._match_name,
    ast.MatchMapping: Walker._match_name,
    ast.Global: Walker._elsewhere,
    ast.Nonlocal: Walker._elsewhere,
    ast.Delete: Walker._delete,
    ast.Expr: Walker._statement,
    ast.Name: Walker._chained,
    ast.Attribute: Walker._chained,
    ast.Call: Walker._chained,
    ast.Subscript: Walker._chained,
    ast.Await: Walker._chained,
    ast.Lambda: Walker._lambda,
    ast.ListComp: Walker._comprehension,
    ast.SetComp: Walker._comprehension,
    ast.GeneratorExp: Walker._comprehension,
    ast.DictComp: Walker._comprehension,
    ast.NamedExpr: Walker._walrus,
    ast.Constant: Walker._nothing,
    ast.Pass: Walker._nothing,
    ast.Load: Walker._nothing,
    ast.Store: Walker._nothing,
}
