"""Source → :class:`.index.FileIndex` by a tree-sitter grammar and a file of queries. Pure. Knows no language.

What the captures of a query mean (``X.of`` marks the node that X belongs to, where it is not in the same match):

=====================  ==============================================================================================
``root``               a name that is used, if no other capture says that it is made there
``member``             a part of a chain: ``object`` and ``property``; ``index`` and ``indexed`` the same for ``[…]``
``call``               ``callee`` and ``arguments``; ``outer``/``inner``: brackets around an expression
``making``             an expression that makes an instance of ``made``
``awaited``, ``alone`` an expression that is awaited; that is a statement of its own
``scope``, ``lambda``  a scope, a function without a name; ``lambda.node`` with ``lambda.params``
``function``           with ``function.name`` and ``params``; ``result``: the type that it gives back
``method``             with ``method.name``, ``params`` and, where it is written outside its class, ``receiver``
``class``              with ``class.name``; ``class.base`` what it inherits from, ``class.embedded`` likewise
``class.interface``    it cannot be made; ``class.abstract`` the same; ``class.outside``: it has names not seen here
``abstract``           a method or field that others have to have
``variable``           with ``variable.name`` and ``variable.value``; ``typed.name`` and ``typed.type``
``field``              a part of a class, with ``field.name`` and ``field.type``; ``attribute`` one set in a method
``bound``              a name that is made in a way that says nothing of its value; ``not_used`` one that is no use
``import``             with ``import.module`` and: ``member`` (and ``name`` for it here), ``default`` or ``whole``
``export.name``        offered, ``as`` another name, from ``module``; ``default``, ``star``, ``whole``, ``own``
``package``            the name that files of one package share
=====================  ==============================================================================================
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from headway.conflicts.symbols import grammars, tree_facts
from headway.conflicts.symbols.index import (
    CALLED,
    INDEXED,
    SUPER,
    Binding,
    BindingKind,
    Chain,
    FileIndex,
    Scope,
    Shape,
    Signature,
    Use,
)
from headway.conflicts.symbols.languages import LANGUAGES, OPTIONAL, REQUIRED, REST, Language

Match = dict[str, list[Any]]

_REQUIRED = re.compile(r"""require\(\s*['"]([^'"]+)['"]\s*\)""")
#: Line of a query file after which captures do not belong together.
_EACH_BY_ITSELF = "; == each by itself =="
_TYPE_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")


@cache
def _query(name: str) -> tuple[Any, Any] | None:
    """The compiled queries of a language: those whose captures belong together, and those that stand by themselves.

    None where its grammar is missing or of another version. Two, because a match costs five times a capture, and
    most of what is captured are single names.
    """
    language = LANGUAGES[name]
    grammar = grammars.grammar(language.grammar, language.function)
    if grammar is None:
        return None
    folder = files("headway.conflicts.symbols") / "queries"
    together, single = zip(
        *((folder / name).read_text("utf-8").partition(_EACH_BY_ITSELF)[::2] for name in language.queries),
        strict=True,
    )
    tree_sitter = import_module("tree_sitter")
    try:
        return (
            tree_sitter.Query(grammar, "\n".join(together)),
            tree_sitter.Query(grammar, "\n".join(single)),
        )
    except (tree_sitter.QueryError, ValueError):
        return None


def is_readable(language: str) -> bool:
    """Whether files of a language can be read here."""
    entry = LANGUAGES[language]
    return not entry.grammar or _query(language) is not None


def missing_grammars() -> tuple[str, ...]:
    """A sentence for each language of the table that cannot be read here, or only while it parses (Python)."""
    missing = [
        grammars.why_missing(name, entry.grammar)
        for name, entry in LANGUAGES.items()
        if entry.grammar and _query(name) is None
    ]
    if grammars.grammar("tree_sitter_python") is None:
        missing.append(
            f"python: no grammar (tree-sitter-python), so Python 2 is read in part only; {grammars.EXTRA}"
        )
    return tuple(sorted(missing))


def index_tree(language: str, text: str) -> FileIndex | None:
    """What a file says; None where the grammar is missing."""
    entry = LANGUAGES[language]
    query = _query(language)
    parser = grammars.parser(entry.grammar, entry.function)
    if query is None or parser is None:
        return None
    source = text.encode("utf-8", "replace")
    root = parser.parse(source).root_node
    cursor = import_module("tree_sitter").QueryCursor
    matches: list[Match] = [captures for _, captures in cursor(query[0]).matches(root)]
    return _Reader(entry, text, source, root, matches, cursor(query[1]).captures(root)).read()


class _Reader:
    """One reading of one file."""

    def __init__(
        self, language: Language, text: str, source: bytes, root: Any, matches: list[Match], single: Match
    ) -> None:
        self.language = language
        self.text = text
        self.source = source
        self.root = root
        self.matches = matches
        self._single = single
        self.scopes: list[Scope] = [Scope("module", (), -1)]
        self._spans: list[tuple[int, int]] = [(0, len(source) + 1)]
        self._starts: list[int] = [0]
        self._of_node: dict[int, int] = {}
        #: Nodes that make a name, so that they are no uses of it.
        self._names: set[int] = set()
        self._bindings: dict[int, Binding] = {}
        self.members: dict[int, tuple[Any, str]] = {}
        self.calls: dict[int, tuple[Any, Any]] = {}
        self._outer: dict[int, Any] = {}
        self._how: dict[int, str] = {}
        self.imports: list[tuple[Binding, int]] = []

    def read(self) -> FileIndex:
        """All of it."""
        self._open_scopes()
        self._tables()
        for captures in self.matches:
            self._define(captures)
        for node in self._single.get("bound", ()):
            if node.id not in self._names:
                self._bind(self.scope_at(node), self._binding(node, node, BindingKind.VARIABLE))
        self._names.update(
            node.id for capture in ("bound", "not_used") for node in self._single.get(capture, ())
        )
        self._complete()
        uses = self._uses()
        exports = self._exports() if self.language.has_exports else None
        index = FileIndex(
            language=self.language.name,
            text=self.text,
            scopes=self.scopes,
            uses=uses,
            facts=tree_facts.facts(self),
            exports=exports,
            gaps=self._gaps(),
        )
        package = next((captures["package"][0] for captures in self.matches if "package" in captures), None)
        index.package = self.string(package) if package is not None else ""
        return index

    # -- nodes ---------------------------------------------------------------------------------------------------

    def string(self, node: Any) -> str:
        """The text of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def scope_at(self, node: Any) -> int:
        """The innermost scope around a node; a node that opens one is in that."""
        start, end = node.start_byte, node.end_byte
        # Scopes nest: what holds the node is the last that began before it, or around that one.
        at = bisect_right(self._starts, start) - 1
        while at > 0 and self._spans[at][1] < end:
            at = self.scopes[at].parent
        return max(at, 0)

    # -- scopes --------------------------------------------------------------------------------------------------

    def _open_scopes(self) -> None:
        opened: dict[int, tuple[Any, str, str]] = {}
        for captures in self.matches:
            for capture, kind in (("function", "function"), ("method", "function"), ("class", "class")):
                if capture in captures and f"{capture}.name" in captures:
                    node = captures[capture][0]
                    opened[node.id] = (node, kind, self.string(captures[f"{capture}.name"][0]).strip("\"'"))
        for capture in ("scope", "lambda"):
            for node in self._single.get(capture, ()):
                opened.setdefault(node.id, (node, "block", ""))
        stack = [0]
        for node, kind, name in sorted(
            opened.values(), key=lambda each: (each[0].start_byte, -each[0].end_byte)
        ):
            while stack[-1] and self._spans[stack[-1]][1] < node.end_byte:
                stack.pop()
            parent = stack[-1]
            above = self.scopes[parent].qualname
            receiver = (
                self.language.instance if kind == "function" and self.scopes[parent].kind == "class" else ""
            )
            scope = Scope(kind, (*above, name) if name else above, parent, receiver=receiver)
            if receiver:
                line = node.start_point[0] + 1
                scope.bindings[receiver] = [Binding(receiver, BindingKind.PARAMETER, line, line)]
            self.scopes.append(scope)
            self._spans.append((node.start_byte, node.end_byte))
            self._starts.append(node.start_byte)
            self._of_node[node.id] = len(self.scopes) - 1
            stack.append(len(self.scopes) - 1)

    def _tables(self) -> None:
        """What hangs on what, so that chains can be followed without asking the tree."""
        for captures in self.matches:
            if "member" in captures:
                name = self.string(captures["property"][0])
                self.members[captures["object"][0].id] = (captures["member"][0], name)
            elif "index" in captures:
                self.members[captures["indexed"][0].id] = (captures["index"][0], INDEXED)
            elif "call" in captures:
                arguments = captures.get("arguments", [None])[0]
                self.calls[captures["callee"][0].id] = (captures["call"][0], arguments)
            elif "making" in captures:
                self.calls.setdefault(captures["made"][0].id, (captures["making"][0], None))
            elif "outer" in captures:
                self._outer[captures["inner"][0].id] = captures["outer"][0]
        self._how.update((node.id, "alone") for node in self._single.get("alone", ()))
        self._how.update((node.id, "await") for node in self._single.get("awaited", ()))

    # -- definitions ---------------------------------------------------------------------------------------------

    def _define(self, captures: Match) -> None:
        if "import" in captures:
            self._import(captures)
        elif "function" in captures:
            self._function(captures, "function")
        elif "method" in captures:
            self._function(captures, "method")
        elif "lambda.node" in captures:
            number = self._of_node.get(captures["lambda.node"][0].id)
            if number is not None and self.scopes[number].kind == "block":
                self._signature(captures["lambda.params"][0], number)
        elif "class" in captures and "class.name" in captures:
            self._class(captures)
        elif "variable" in captures and "variable.name" in captures:
            for name in captures["variable.name"]:
                self._variable(name, captures)
        elif "field" in captures:
            node = captures["field"][0]
            name = captures["field.name"][0]
            self._names.add(name.id)
            binding = self._binding(name, node, BindingKind.VARIABLE)
            if "field.type" in captures:
                binding.chain, binding.is_type = self._type(captures["field.type"][0]), True
            binding.is_abstract = "abstract" in captures and "?" not in self.string(node).partition(":")[0]
            self._bind(self._class_at(node), binding)
        elif "attribute" in captures:
            node = captures["attribute"][0]
            number = self._class_at(node)
            if self.scopes[number].kind == "class":
                binding = self._binding(captures["attribute.name"][0], node, BindingKind.VARIABLE)
                self.scopes[number].attributes.setdefault(binding.name, []).append(binding)

    def _binding(self, name: Any, node: Any, kind: BindingKind) -> Binding:
        text = self.string(name).strip("\"'")
        return Binding(text, kind, node.start_point[0] + 1, node.end_point[0] + 1)

    def _bind(self, scope: int, binding: Binding) -> None:
        known = self.scopes[scope].bindings.setdefault(binding.name, [])
        if not (known and known[-1].kind is BindingKind.IMPORT and known[-1].line == binding.line):
            known.append(binding)  # `const { a } = require("./a")` is an import and a pattern

    def _around(self, node: Any) -> int:
        """The scope that holds a node which opens one itself."""
        number = self._of_node.get(node.id)
        return self.scopes[number].parent if number is not None else self.scope_at(node)

    def _class_at(self, node: Any) -> int:
        number = self._around(node)
        while number > 0 and self.scopes[number].kind != "class":
            number = self.scopes[number].parent
        return number

    def _function(self, captures: Match, capture: str) -> None:
        node, name = captures[capture][0], captures[f"{capture}.name"][0]
        self._names.add(name.id)
        number = self._of_node[node.id]
        binding = self._binding(name, node, BindingKind.FUNCTION)
        binding.line = name.start_point[0] + 1
        binding.is_abstract = "abstract" in captures
        head = self.source[node.start_byte : name.start_byte + 1]
        binding.is_async = (
            head.startswith(b"async") or b" async " in head or head.lstrip().startswith(b"async")
        )
        binding.scope = number
        binding.signature = self._signature(captures["params"][0], number)
        self.scopes[number].binding = binding
        self._bindings[node.id] = binding
        if "receiver" in captures:
            receiver = captures["receiver"][0]
            self._signature(receiver, number)
            words = re.findall(r"\w+", re.sub(r"\[.*\]", "", self.string(receiver)))
            holder = self._class_named(words[-1] if words else "")
            self.scopes[number].qualname = (*self.scopes[holder].qualname, binding.name)
            self._bind(holder, binding)
        else:
            holder = self._around(node)
            if capture == "function" and self.scopes[holder].kind == "class":
                holder = self._class_at(node)
            self._bind(holder, binding)
        if capture == "method" and re.search(rb"(^|\s)[gs]et\s+$", head):
            binding.decorators = (("property",),)

    def _class_named(self, name: str) -> int:
        """The scope of a class that may be written in another file of the package."""
        for number, scope in enumerate(self.scopes):
            if scope.kind == "class" and scope.qualname == (name,):
                return number
        self.scopes.append(Scope("class", (name,), 0))
        self._spans.append((-1, -1))
        self._starts.append(len(self.source) + 2)
        return len(self.scopes) - 1

    def _class(self, captures: Match) -> None:
        node, name = captures["class"][0], captures["class.name"][0]
        self._names.add(name.id)
        number = self._of_node[node.id]
        binding = self._binding(name, node, BindingKind.CLASS)
        binding.scope = number
        keywords = [word for word in ("interface", "abstract", "outside") if f"class.{word}" in captures]
        binding.keywords = tuple(keywords)
        self.scopes[number].is_dynamic = "outside" in keywords
        self.scopes[number].binding = binding
        self._bindings[node.id] = binding
        self._bind(self._around(node), binding)

    def _variable(self, name: Any, captures: Match) -> None:
        if name.id in self._names:
            return  # a function, a class or an import already
        value = captures.get("variable.value", [None])[0]
        opened = self._of_node.get(value.id) if value is not None else None
        if (
            opened is not None and self.scopes[opened].kind != "block"
        ):  # a function or class, told by its own match
            return
        self._names.add(name.id)
        binding = self._binding(name, captures["variable"][0], BindingKind.VARIABLE)
        if value is not None:
            binding.chain = self._value(value)
        self._bind(self.scope_at(name), binding)

    def _import(self, captures: Match) -> None:
        node = captures["import"][0]
        module = self.string(captures["import.module"][0])
        local = captures.get("import.name") or captures.get("import.member") or captures.get("import.default")
        local = local or captures.get("import.whole")
        member: str | None = None
        if "import.member" in captures:
            member = self.string(captures["import.member"][0])
        elif "import.default" in captures:
            member = "default"
        if local is None:  # Go: the package's own name
            last = re.sub(r"(/v\d+|\.v\d+)$", "", module).rpartition("/")[2]
            name, spot = re.sub(r"^go-|-go$|\.go$", "", last), node
        else:
            name, spot = self.string(local[0]), local[0]
            for capture in ("import.name", "import.member", "import.default", "import.whole"):
                self._names.update(each.id for each in captures.get(capture, ()))
        line = spot.start_point[0] + 1
        binding = Binding(name, BindingKind.IMPORT, line, line, module=module, member=member)
        scope = self.scope_at(spot)
        self.scopes[scope].bindings[name] = [binding]
        self.imports.append((binding, scope))

    def _complete(self) -> None:
        """What belongs to definitions and stands in matches of its own."""
        typed: dict[tuple[int, str], Chain | None] = {}
        for captures in self.matches:
            if "class.base" in captures and "class.of" in captures:
                owner = self._bindings.get(captures["class.of"][0].id)
                if owner is not None:
                    bases = [self._type(each) or ("",) for each in captures["class.base"]]
                    owner.bases = (*owner.bases, *(b for b in bases if b not in owner.bases))
            elif "class.embedded" in captures:
                for each in captures["class.embedded"]:
                    owner = self.scopes[self._class_at(each)].binding
                    if owner is not None:
                        owner.bases = (*owner.bases, self._type(each) or ("",))
            elif "result" in captures and "result.of" in captures:
                owner = self._bindings.get(captures["result.of"][0].id)
                if owner is not None:
                    owner.chain, owner.is_type = self._type(captures["result"][0]), True
            elif "typed.name" in captures:
                for name in captures["typed.name"]:
                    typed[(self.scope_at(name), self.string(name))] = self._type(captures["typed.type"][0])
        for (scope, name), chain in typed.items():
            for binding in self.scopes[scope].bindings.get(name, ()):
                if binding.kind is BindingKind.VARIABLE and chain is not None:
                    binding.chain, binding.is_type = chain, True

    # -- parameters and types ------------------------------------------------------------------------------------

    def _signature(self, node: Any, scope: int) -> Signature:
        names: list[str] = []
        required = 0
        star = False
        parts = [node] if node.type == "identifier" else node.named_children
        for part in parts:
            role = self.language.parameters.get(part.type)
            if role is None:
                continue
            pattern = part.child_by_field_name("pattern") or part.child_by_field_name("left") or part
            if pattern.type == "rest_pattern":
                role = REST
            if pattern.type == "this":
                continue
            own = part.children_by_field_name("name") or [pattern]
            if role is REQUIRED and part.child_by_field_name("value") is not None:
                role = OPTIONAL
            if role is REST:
                star = True
            annotation = part.child_by_field_name("type")
            chain = self._type(annotation) if annotation is not None else None
            for each in own:
                name = self.string(each) if each.type in ("identifier", "field_identifier") else ""
                if each is part and part.type.endswith("declaration"):
                    name = ""  # a type without a name
                if role is not REST:
                    names.append(name or f"<{len(names)}>")
                    required = len(names) if role is REQUIRED else required
                if name:
                    self._names.add(each.id)
                    line = each.start_point[0] + 1
                    self._bind(
                        scope, Binding(name, BindingKind.PARAMETER, line, line, chain=chain, is_type=True)
                    )
                elif each.type == "rest_pattern":
                    for inner in each.named_children:
                        self._names.add(inner.id)
                        self._bind(scope, self._binding(inner, inner, BindingKind.PARAMETER))
        return Signature(
            positional=tuple(names),
            positional_only=len(names),
            required=required,
            star=star,
            double_star=False,
        )

    def _type(self, node: Any) -> Chain | None:
        """The class that a type names; None for unions, lists and the like."""
        text = re.sub(
            r"<.*>$", "", self.string(node).strip().lstrip(":").strip().lstrip("*&"), flags=re.DOTALL
        )
        return tuple(text.split(".")) if _TYPE_NAME.fullmatch(text) else None

    def _value(self, node: Any) -> Chain | None:
        """The chain of a value that is assigned."""
        text = self.string(node)
        if len(text) > 300:
            text = text[:300]
        text = re.sub(r"^(await|new|&)\s*", "", text)
        match = _TYPE_NAME.match(text)
        if match is None:
            return None
        rest = text[match.end() :].lstrip()
        chain = tuple(match[0].split("."))
        if not rest:
            return chain
        if rest[0] in "({<" and self._is_one_call(node):
            return (*chain, CALLED)
        return None

    def _is_one_call(self, node: Any) -> bool:
        while (
            node.type in ("await_expression", "unary_expression", "parenthesized_expression")
            and node.named_children
        ):
            node = node.named_children[-1]
        if node.type not in ("call_expression", "new_expression", "composite_literal"):
            return False
        callee = node.named_children[0]
        return _TYPE_NAME.fullmatch(re.sub(r"<.*>$|\[.*\]$", "", self.string(callee))) is not None

    # -- uses ----------------------------------------------------------------------------------------------------

    def _uses(self) -> list[Use]:
        found: dict[tuple[object, ...], Use] = {}
        for node in self._single.get("root", ()):
            if node.id not in self._names:
                self._use(node, found)
        for binding, scope in self.imports:
            key = (scope, (binding.name,), "import")
            found[key] = Use((binding.name,), scope, [binding.line], (), "import")
        return list(found.values())

    def _use(self, node: Any, found: dict[tuple[object, ...], Use]) -> None:
        chain, calls, last = self.chain(node)
        if not chain[0]:
            return
        scope = self.scope_at(node)
        how = self._how.get(last.id, "")
        key = (scope, chain, how, tuple((place, shape.key) for place, shape in calls))
        line = last.end_point[0] + 1 if len(chain) > 1 and chain[-1] != CALLED else node.start_point[0] + 1
        known = found.get(key)
        if known is None:
            found[key] = Use(chain, scope, [line], calls, how)
        else:
            known.lines.append(line)

    def chain(self, node: Any) -> tuple[Chain, tuple[tuple[int, Shape], ...], Any]:
        """The chain that begins with a node, the calls in it, and its last node."""
        root = self.string(node)
        parts = [SUPER if root == "super" else root]
        calls: list[tuple[int, Shape]] = []
        at = node
        while True:
            if at.id in self._outer:
                at = self._outer[at.id]
            elif at.id in self.members:
                at, name = self.members[at.id]
                parts.append(name)
            elif at.id in self.calls:
                at, arguments = self.calls[at.id]
                if arguments is not None:
                    calls.append((len(parts), self._shape(arguments)))
                parts.append(CALLED)
            else:
                return tuple(parts), tuple(calls), at

    def _shape(self, arguments: Any) -> Shape:
        given = [each for each in arguments.named_children if each.type != "comment"]
        star = any(each.type in ("spread_element", "variadic_argument") for each in given)
        # f(g()) may pass on several values (Go).
        if len(given) == 1 and given[0].type == "call_expression" and self.language.shares_names:
            star = True
        return Shape(positional=0 if star else len(given), star=star)

    # -- exports -------------------------------------------------------------------------------------------------

    def _exports(self) -> dict[str, list[Binding]]:
        table = self.scopes[0].bindings
        exports: dict[str, list[Binding]] = {}
        for captures in self.matches:
            nodes = captures.get("export.node")
            line = nodes[0].start_point[0] + 1 if nodes else 1
            module = self.string(captures["export.module"][0]) if "export.module" in captures else None
            if "export.star" in captures:
                self._star(self.string(captures["export.star"][0]), line)
            elif "export.namespace" in captures:
                name = self.string(captures["export.namespace"][0])
                exports[name] = [Binding(name, BindingKind.IMPORT, line, line, module=module or "")]
            elif "export.whole" in captures:
                self._whole(captures["export.whole"][0], exports, line)
            elif "export.own" in captures:
                name = self.string(captures["export.own"][0])
                own = table.get(name) or [Binding(name, BindingKind.VARIABLE, line, line)]
                exports.setdefault(name, own)
            elif "export.name" in captures:
                spot = captures["export.name"][0]
                name = self.string(spot)
                outer = self.string(captures["export.as"][0]) if "export.as" in captures else name
                outer = "default" if "export.default" in captures else outer
                here = spot.start_point[0] + 1
                if module is not None:
                    exports[outer] = [
                        Binding(outer, BindingKind.IMPORT, here, here, module=module, member=name)
                    ]
                else:
                    exports[outer] = table.get(name) or [Binding(name, BindingKind.VARIABLE, here, here)]
            elif "export.default" in captures:
                exports.setdefault("default", [Binding("default", BindingKind.VARIABLE, line, line)])
        return exports

    def _whole(self, value: Any, exports: dict[str, list[Binding]], line: int) -> None:
        """``module.exports = …``."""
        table = self.scopes[0].bindings
        passed_on = _REQUIRED.fullmatch(self.string(value))
        if passed_on is not None:
            self._star(passed_on[1], line)
            exports["="] = [Binding("=", BindingKind.IMPORT, line, line, module=passed_on[1])]
        elif value.type != "object":
            name = self.string(value)
            exports["="] = table.get(name) or [Binding("=", BindingKind.VARIABLE, line, line)]
            self.scopes[0].is_dynamic = True
        for part in value.named_children if value.type == "object" else ():
            here = part.start_point[0] + 1
            if part.type == "shorthand_property_identifier":
                name = self.string(part)
                exports[name] = table.get(name) or [Binding(name, BindingKind.VARIABLE, here, here)]
            elif part.type == "pair":
                key, own = part.child_by_field_name("key"), part.child_by_field_name("value")
                name = self.string(key).strip("\"'")
                exports[name] = table.get(self.string(own)) or [
                    Binding(name, BindingKind.VARIABLE, here, here)
                ]
            elif part.type == "method_definition":
                name = self.string(part.child_by_field_name("name"))
                exports[name] = [Binding(name, BindingKind.VARIABLE, here, here)]
            else:  # ...others
                spread = _REQUIRED.fullmatch(self.string(part).removeprefix("..."))
                if spread is not None:
                    self._star(spread[1], here)
                else:
                    self.scopes[0].is_dynamic = True

    def _star(self, module: str, line: int) -> None:
        """All of another module is offered too."""
        if all(each.module != module for each in self.scopes[0].stars):
            self.scopes[0].stars.append(Binding("*", BindingKind.IMPORT, line, line, module=module))

    # -- what could not be read ----------------------------------------------------------------------------------

    def _gaps(self) -> frozenset[int]:
        """The lines that the grammar calls an error."""
        if not self.root.has_error:
            return frozenset()
        gaps: set[int] = set()
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if node.is_error or node.is_missing:
                gaps.update(range(node.start_point[0] + 1, node.end_point[0] + 2))
            elif node.has_error:
                waiting.extend(node.children)
        return frozenset(gaps)
