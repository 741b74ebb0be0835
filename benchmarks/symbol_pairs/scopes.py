"""Pairs about scopes and classes: duplicates, lost overrides, lost imports, abstract methods, and their near misses."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Sequence

from benchmarks.symbol_pairs.definitions import fresh, pick
from benchmarks.symbol_pairs.pair import Maker, Pair, Sides
from benchmarks.symbol_pairs.projects import Project, Target
from benchmarks.symbol_pairs.uses import new_path
from headway.conflicts.symbols import Kind


def _after(sides: Sides, target: Target, text: str, side: dict[str, str | None]) -> None:
    """Puts text on its own lines right after a module-level definition."""
    _, last = target.lines
    sides.replace_lines(target.path, last, last, ["", "", *text.splitlines()], side)


def _two_places(rng: random.Random, project: Project) -> tuple[Target, Target] | None:
    """Two module-level functions of one module that do not stand side by side."""
    by_path: dict[str, list[Target]] = {}
    for target in [*project.functions, *project.classes]:
        by_path.setdefault(target.path, []).append(target)
    fitting = [
        (a, b)
        for targets in by_path.values()
        for a in targets
        for b in targets
        if b.node.lineno - (a.node.end_lineno or 0) > 6
    ]
    return rng.choice(fitting) if fitting else None


# -- duplicates ------------------------------------------------------------------------------------------------------


def duplicate(rng: random.Random, project: Project) -> Pair | None:
    places = _two_places(rng, project)
    if places is None:
        return None
    name = f"resolve_{rng.randrange(10**6)}"
    ways = [
        (
            f"def {name}(given):\n    return [given]",
            f"def {name}(given, more=None):\n    return given or more",
            name,
        ),
        (f"class Made{name}:\n    first = 1", f"class Made{name}(Exception):\n    pass", f"Made{name}"),
        (f"{name.upper()} = 10", f"{name.upper()} = 'twenty'", name.upper()),
        (
            f"def test_{name}():\n    assert 1 + 1 == 2",
            f"def test_{name}():\n    assert 2 + 2 == 4",
            f"test_{name}",
        ),
        (
            f"@pytest.fixture\ndef {name}():\n    return 1",
            f"@pytest.fixture\ndef {name}(tmp_path):\n    return tmp_path",
            name,
        ),
        (f"async def {name}():\n    return 1", f"class {name}:\n    pass", name),
    ]
    one, other, told = rng.choice(ways)
    sides = Sides(project)
    _after(sides, places[0], one, sides.left)
    _after(sides, places[1], other, sides.right)
    return sides.pair("duplicate", Kind.DUPLICATE, name=told)


def duplicate_method(rng: random.Random, project: Project) -> Pair | None:
    fitting = [
        c for c in project.classes if len([n for n in c.node.body if isinstance(n, ast.FunctionDef)]) > 3
    ]  # type: ignore[union-attr]
    target = pick(rng, fitting)
    if target is None:
        return None
    name = f"resolve_{rng.randrange(10**6)}"
    first = next(n for n in target.node.body if isinstance(n, ast.FunctionDef))  # type: ignore[union-attr]
    indent = " " * first.col_offset
    sides = Sides(project)
    if rng.random() < 0.7:
        one, other = f"def {name}(self):\n    return 1", f"def {name}(self, given):\n    return given"
    else:
        one, other = f"{name} = 1", f"{name} = None"
    lines = ["", *(indent + line for line in one.splitlines())]
    at = first.end_lineno or first.lineno
    sides.replace_lines(target.path, at, at, lines, sides.left)
    if not sides.insert_into_class(target.path, target.name, other):
        return None
    return sides.pair("duplicate in a class", Kind.DUPLICATE, name=name)


def same_name_elsewhere(rng: random.Random, project: Project) -> Pair | None:
    places = _two_places(rng, project)
    if places is None:
        return None
    name = f"resolve_{rng.randrange(10**6)}"
    text = f"def {name}(given):\n    return given"
    inside = f"class Own{name}:\n    def {name}(self):\n        return 1"
    nested = f"def outer_{name}():\n    def {name}():\n        return 1\n\n    return {name}"
    overloads = f"class Own{name}:\n    @property\n    def {name}(self):\n        return 1\n\n    @{name}.setter\n    def {name}(self, given):\n        pass"
    sides = Sides(project)
    way = rng.randrange(4)
    if way == 3:
        _after(sides, places[0], text, sides.left)
        sides.append(new_path(sides, rng), text + "\n")
    else:
        _after(sides, places[0], text, sides.left)
        _after(sides, places[1], [inside, nested, overloads][way], sides.right)
    return sides.pair("near: the same name in different scopes")


def same_text_added(rng: random.Random, project: Project) -> Pair | None:
    places = _two_places(rng, project)
    if places is None:
        return None
    text = f"def resolve_{rng.randrange(10**6)}(given):\n    return given"
    sides = Sides(project)
    _after(sides, places[0], text, sides.left)
    _after(sides, places[0], text, sides.right)
    _after(sides, places[1], "LATER = 1", sides.right)
    return sides.pair("near: both add the very same lines")


def local_names(rng: random.Random, project: Project) -> Pair | None:
    places = _two_places(rng, project)
    if places is None:
        return None
    number = rng.randrange(10**6)
    sides = Sides(project)
    _after(sides, places[0], f"def one_{number}():\n    found = 1\n    return found", sides.left)
    _after(sides, places[1], f"def other_{number}():\n    found = 2\n    return found", sides.right)
    return sides.pair("near: the same local name in two functions")


# -- overrides -------------------------------------------------------------------------------------------------------


def _subclass(sides: Sides, rng: random.Random, target: Target, body: str) -> None:
    dotted = sides.project.dotted(target.path)
    cls = target.holder
    if rng.random() < 0.5:
        text = f"from {dotted} import {cls}\n\n\nclass Narrow({cls}):\n{body}"
    else:
        text = f"import {dotted} as where\n\n\nclass Narrow(where.{cls}):\n{body}"
    sides.append(new_path(sides, rng), text)


def lost_override(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.whole_methods)
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    assert isinstance(target.node, ast.FunctionDef)
    signature = ast.unparse(target.node.args)
    _subclass(sides, rng, target, f"    def {target.name}({signature}):\n        return None\n")
    return sides.pair("override loses its base", Kind.OVERRIDE, name=target.name)


def lost_super(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.whole_methods)
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    assert isinstance(target.node, ast.FunctionDef)
    names = ", ".join(a.arg for a in target.node.args.args[1:])
    signature = ast.unparse(target.node.args)
    body = f"    def {target.name}({signature}):\n        return super().{target.name}({names})\n"
    _subclass(sides, rng, target, body)
    return sides.pair("override calls super", Kind.OVERRIDE, name=target.name)


def narrow_override(rng: random.Random, project: Project) -> Pair | None:
    def fits(target: Target) -> bool:
        node = target.node
        assert isinstance(node, ast.FunctionDef)
        return (
            not node.args.vararg
            and not node.args.kwarg
            and node.body[0].lineno > node.lineno
            and node.returns is None
        )

    target = pick(rng, project.whole_methods, fits)
    if target is None:
        return None
    node = target.node
    assert isinstance(node, ast.FunctionDef)
    sides = Sides(project)
    signature = ast.unparse(node.args)
    wider = ast.parse(f"def f({signature}): pass").body[0]
    assert isinstance(wider, ast.FunctionDef)
    wider.args.args.insert(len(wider.args.args) - len(wider.args.defaults), ast.arg("context"))
    lines = sides.text(target.path, sides.left).splitlines()
    last = node.body[0].lineno - 1
    while last > node.lineno and not lines[last - 1].rstrip().endswith(":"):
        last -= 1
    header = f"{' ' * node.col_offset}def {node.name}({ast.unparse(wider.args)}):"
    sides.replace_lines(target.path, node.lineno - 1, last, [header], sides.left)
    _subclass(sides, rng, target, f"    def {target.name}({signature}):\n        return None\n")
    return sides.pair("override does not fit any more", Kind.SIGNATURE, Kind.OVERRIDE, name=target.name)


def another_override(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.methods)
    other = pick(rng, project.methods, lambda t: target is not None and t.name != target.name)
    if target is None or other is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    _subclass(
        sides,
        rng,
        other,
        f"    def {other.name}(self, *args, **kwargs):\n        return super().{other.name}(*args, **kwargs)\n",
    )
    return sides.pair("near: another method overridden")


def same_method_of_another_class(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.methods)
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    text = f"class Own:\n    def {target.name}(self):\n        return 1\n\n\nclass Narrow(Own):\n"
    text += f"    def {target.name}(self):\n        return super().{target.name}()\n"
    sides.append(new_path(sides, rng), text)
    return sides.pair("near: a method of the same name in another class overridden")


# -- imports ---------------------------------------------------------------------------------------------------------


def _with_new_import(rng: random.Random, project: Project) -> tuple[Sides, str, str] | None:
    """A base in which a module imports something that it does not use."""
    fitting = [path for path in project.importable if len(project.trees[path].body) > 4]
    if not fitting:
        return None
    path = rng.choice(fitting)
    module = rng.choice(["fractions", "sched", "colorsys", "quopri", "netrc", "chunk"])
    is_own = any(each.endswith(f"/{module}.py") for each in project.files)
    if is_own or re.search(rf"\b{module}\b", project.files[path]):
        return None
    body = project.trees[path].body
    first = next((n for n in body if isinstance(n, ast.Import) and n.col_offset == 0), None)
    if first is None:
        return None
    lines = project.files[path].splitlines(keepends=True)
    form = rng.choice([f"import {module}\n", f"from {module} import something as {module}\n"])
    lines.insert(first.lineno - 1, form)
    return Sides(project, {path: "".join(lines)}), path, module


def lost_import(rng: random.Random, project: Project) -> Pair | None:
    made = _with_new_import(rng, project)
    if made is None:
        return None
    sides, path, module = made
    kept = [
        line
        for line in sides.base[path].splitlines(keepends=True)
        if not re.match(rf"(import|from) {module}\b", line)
    ]
    sides.left[path] = "".join(kept)
    sides.append(path, f"\n\ndef late_{rng.randrange(10**6)}(given):\n    return {module}.run(given)\n")
    return sides.pair("import removed that is needed", Kind.IMPORT, name=module)


def own_import(rng: random.Random, project: Project) -> Pair | None:
    made = _with_new_import(rng, project)
    if made is None:
        return None
    sides, path, module = made
    kept = [
        line
        for line in sides.base[path].splitlines(keepends=True)
        if not re.match(rf"(import|from) {module}\b", line)
    ]
    sides.left[path] = "".join(kept)
    sides.append(
        path,
        f"\n\ndef late_{rng.randrange(10**6)}(given):\n    import {module}\n\n    return {module}.run(given)\n",
    )
    return sides.pair("near: import removed, the new use has its own")


# -- abstract --------------------------------------------------------------------------------------------------------

_ABSTRACT = '''\
import abc


class Shape{n}(abc.ABC):
    @abc.abstractmethod
    def area(self):
        """How much it covers."""

    def name(self):
        return type(self).__name__


class Square{n}(Shape{n}):
    def area(self):
        return 1
'''


def _abstract(rng: random.Random, project: Project, text: str) -> tuple[Sides, str, int]:
    number = rng.randrange(10**6)
    path = new_path(Sides(project), rng, "shapes")
    sides = Sides(project, {path: _ABSTRACT.format(n=number)})
    sides.insert_into_class(
        path, f"Shape{number}", '@abc.abstractmethod\ndef outline(self):\n    """Its border."""', sides.left
    )
    sides.insert_into_class(path, f"Square{number}", "def outline(self):\n    return 4", sides.left)
    dotted = project.dotted(path)
    sides.append(new_path(sides, rng), text.format(dotted=dotted, n=number))
    return sides, path, number


def lacks_abstract(rng: random.Random, project: Project) -> Pair | None:
    text = (
        "from {dotted} import Shape{n}\n\n\nclass Round(Shape{n}):\n    def area(self):\n        return 3\n"
    )
    sides, _, _ = _abstract(rng, project, text)
    return sides.pair("abstract method that a new class lacks", Kind.ABSTRACT, name="outline")


def has_abstract(rng: random.Random, project: Project) -> Pair | None:
    text = (
        "from {dotted} import Shape{n}\n\n\nclass Round(Shape{n}):\n    def area(self):\n        return 3\n\n"
    )
    text += "    def outline(self):\n        return 6\n"
    sides, _, _ = _abstract(rng, project, text)
    return sides.pair("near: the new class has what became abstract")


def abstract_itself(rng: random.Random, project: Project) -> Pair | None:
    text = "import abc\n\nfrom {dotted} import Shape{n}\n\n\nclass Flat(Shape{n}):\n    @abc.abstractmethod\n"
    text += "    def corners(self):\n        ...\n"
    sides, _, _ = _abstract(rng, project, text)
    return sides.pair("near: the new class is abstract itself")


def inherits_from_concrete(rng: random.Random, project: Project) -> Pair | None:
    text = (
        "from {dotted} import Square{n}\n\n\nclass Small(Square{n}):\n    def area(self):\n        return 0\n"
    )
    sides, _, _ = _abstract(rng, project, text)
    return sides.pair("near: the new class inherits what became abstract")


BREAKS: Sequence[Maker] = (
    duplicate,
    duplicate_method,
    lost_override,
    lost_super,
    narrow_override,
    lost_import,
    lacks_abstract,
)
NEAR: Sequence[Maker] = (
    same_name_elsewhere,
    same_text_added,
    local_names,
    another_override,
    same_method_of_another_class,
    own_import,
    has_abstract,
    abstract_itself,
    inherits_from_concrete,
)
