"""Pairs about definitions: renamed, removed, moved, changed in signature, and the near misses of each."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Sequence

from benchmarks.symbol_pairs.pair import Maker, Pair, Sides, arguments
from benchmarks.symbol_pairs.projects import Project, Target
from benchmarks.symbol_pairs.uses import new_path, use_function, use_method, use_unseen
from headway.conflicts.symbols import Kind


def pick(
    rng: random.Random, targets: Sequence[Target], fits: Callable[[Target], bool] = lambda _: True
) -> Target | None:
    """One of the definitions that fit."""
    fitting = [each for each in targets if fits(each)]
    return rng.choice(fitting) if fitting else None


def fresh(name: str, rng: random.Random) -> str:
    """Another name."""
    ending = rng.choice(["anew", "entry", "value", "again"])
    return (
        f"{name.rstrip('_')}_{ending}"
        if not name[0].isupper() or name.isupper()
        else f"{name}{ending.title()}"
    )


def single(project: Project, target: Target) -> bool:
    """Whether a definition is mentioned nowhere but where it is made, so that it can simply be removed."""
    paths = project.mentions(target.name)
    return paths == [target.path] and project.files[target.path].count(target.name) == 1


# -- renamed ---------------------------------------------------------------------------------------------------------


def renamed_function(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.functions)
    return _renamed(rng, project, target)


def renamed_class(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.classes)
    return _renamed(rng, project, target)


def renamed_constant(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.constants)
    return _renamed(rng, project, target)


def _renamed(rng: random.Random, project: Project, target: Target | None) -> Pair | None:
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    use_function(sides, rng, target)
    return sides.pair("renamed", Kind.RENAMED, name=target.name)


def renamed_method(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.methods)
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    if not use_method(sides, rng, target):
        return None
    return sides.pair("renamed", Kind.RENAMED, Kind.OVERRIDE, name=target.name)


def renamed_unseen_method(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.methods, lambda t: len(t.name) >= 8 or "_" in t.name.strip("_"))
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    use_unseen(sides, rng, target)
    return sides.pair("renamed (object not known)", Kind.RENAMED, name=target.name)


def renamed_parameter(rng: random.Random, project: Project) -> Pair | None:
    def fits(target: Target) -> bool:
        node = target.node
        assert isinstance(node, ast.FunctionDef)
        return not node.args.kwarg and any(
            project.defined[a.arg] == 1 and len(a.arg) > 3 for a in node.args.args
        )

    target = pick(rng, project.functions, fits)
    if target is None:
        return None
    assert isinstance(target.node, ast.FunctionDef)
    name = rng.choice(
        [a.arg for a in target.node.args.args if project.defined[a.arg] == 1 and len(a.arg) > 3]
    )
    sides = Sides(project)
    sides.rename(name, fresh(name, rng))
    names = [a.arg for a in target.node.args.args]
    needed = names[: len(names) - len(target.node.args.defaults)]
    given = [f"{n}=None" for n in dict.fromkeys([*needed, name])]
    given += [
        f"{a.arg}=None"
        for a, d in zip(target.node.args.kwonlyargs, target.node.args.kw_defaults, strict=True)
        if d is None
    ]
    use_function(sides, rng, target, f"({', '.join(given)})")
    return sides.pair("renamed parameter", Kind.SIGNATURE, name=target.name)


def renamed_but_alias_kept(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, [*project.functions, *project.classes])
    if target is None:
        return None
    sides = Sides(project)
    new = fresh(target.name, rng)
    sides.rename(target.name, new)
    sides.append(target.path, f"\n\n#: The old name.\n{target.name} = {new}\n", sides.left)
    use_function(sides, rng, target)
    return sides.pair("near: renamed, the old name kept as an alias")


def renamed_and_another_used(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.functions)
    other = pick(rng, project.functions, lambda t: target is None or t.name != target.name)
    if target is None or other is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    use_function(sides, rng, other)
    return sides.pair("near: renamed, another one used")


def renamed_and_own_of_same_name(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, [*project.functions, *project.constants])
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    ways = [
        f"def {target.name}(given):\n    return given\n\n\ndef run():\n    return {target.name}(1)\n",
        f"def run(things):\n    {target.name} = list(things)\n    return {target.name}\n",
        f"def run({target.name}):\n    return {target.name}()\n",
        f"class Own:\n    def {target.name}(self):\n        return 1\n\n    def run(self):\n        return self.{target.name}()\n",
        f"def run(things):\n    return [{target.name} for {target.name} in things]\n",
    ]
    sides.append(new_path(sides, rng), rng.choice(ways))
    return sides.pair("near: renamed, the same name in another scope")


def renamed_method_and_other_class(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.methods)
    if target is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    sides.append(
        new_path(sides, rng),
        f"class Own:\n    def {target.name}(self):\n        return 1\n\n\ndef run():\n    return Own().{target.name}()\n\n\n"
        f"def more(own):\n    return own.{target.name}()\n",
    )
    return sides.pair("near: renamed method, another class has its own")


# -- removed ---------------------------------------------------------------------------------------------------------


def removed(rng: random.Random, project: Project) -> Pair | None:
    target = pick(
        rng, [*project.functions, *project.classes, *project.constants], lambda t: single(project, t)
    )
    if target is None:
        return None
    sides = Sides(project)
    sides.remove(target)
    use_function(sides, rng, target)
    return sides.pair("removed", Kind.REMOVED, name=target.name)


def removed_method(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.whole_methods, lambda t: single(project, t))
    if target is None:
        return None
    sides = Sides(project)
    sides.remove(target, keep=["    pass"])
    if not use_method(sides, rng, target):
        return None
    return sides.pair("removed", Kind.REMOVED, Kind.OVERRIDE, name=target.name)


def removed_but_inherited(rng: random.Random, project: Project) -> Pair | None:
    """A method that goes up into a new base class is still there."""
    target = pick(rng, project.methods, lambda t: project.trees[t.path] is not None)
    if target is None:
        return None
    node = next(c for c in project.classes if c.name == target.holder and c.path == target.path).node
    assert isinstance(node, ast.ClassDef)
    sides = Sides(project)
    first, last = target.lines
    lines = sides.text(target.path, sides.left).splitlines()
    body = lines[first:last]
    start = node.lineno - 1 - 0
    header = lines[start]
    if node.bases or node.keywords or not header.rstrip().endswith(":"):
        return None
    lines[first:last] = ["    pass"]
    lines[start] = header.replace(
        f"class {target.holder}", f"class {target.holder}(Above{target.holder})"
    ).replace("()", "")
    lines[start:start] = [f"class Above{target.holder}:", *body, "", ""]
    sides.left[target.path] = "\n".join(lines) + "\n"
    if not use_method(sides, rng, target):
        return None
    return sides.pair("near: method moved up into a base class")


# -- moved -----------------------------------------------------------------------------------------------------------


def _move(sides: Sides, rng: random.Random, target: Target) -> str:
    """Moves a definition into a new module beside its own; the new module's dotted name."""
    project = sides.project
    first, last = target.lines
    body = sides.text(target.path, sides.left).splitlines()[first:last]
    sides.replace_lines(target.path, first, last, [], sides.left)
    folder = target.path.rpartition("/")[0]
    path = f"{folder}/moved_{rng.randrange(10**6)}.py"
    imports = [
        line
        for line in project.files[target.path].splitlines()
        if line.startswith("import ") and "(" not in line
    ]
    sides.left[path] = "\n".join([*imports, "", "", *body]) + "\n"
    return project.dotted(path)


def moved(rng: random.Random, project: Project) -> Pair | None:
    target = pick(
        rng,
        [*project.functions, *project.classes],
        lambda t: single(project, t) and (t.node.end_lineno or 0) - t.node.lineno > 2,
    )
    if target is None:
        return None
    sides = Sides(project)
    _move(sides, rng, target)
    use_function(sides, rng, target)
    return sides.pair("moved", Kind.MOVED, name=target.name)


def moved_and_reexported(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, [*project.functions, *project.classes], lambda t: single(project, t))
    if target is None:
        return None
    sides = Sides(project)
    dotted = _move(sides, rng, target)
    sides.append(
        target.path,
        rng.choice([f"\nfrom {dotted} import {target.name}\n", f"\nfrom {dotted} import *\n"]),
        sides.left,
    )
    if target.name.startswith("_"):
        return None
    use_function(sides, rng, target)
    return sides.pair("near: moved, still there by an import")


def moved_module(rng: random.Random, project: Project) -> Pair | None:
    made = _move_module(rng, project, keep=None)
    return made.pair("moved module", Kind.MOVED, Kind.IMPORT, name="") if made else None


def removed_module(rng: random.Random, project: Project) -> Pair | None:
    made = _move_module(rng, project, keep=None, gone=True)
    return made.pair("removed module", Kind.IMPORT, Kind.MOVED, name="") if made else None


def moved_module_with_shim(rng: random.Random, project: Project) -> Pair | None:
    made = _move_module(rng, project, keep="from {new} import *  # noqa\n")
    return made.pair("near: moved module, the old one passes on") if made else None


def _move_module(
    rng: random.Random, project: Project, keep: str | None, *, gone: bool = False
) -> Sides | None:
    stems = {path: path.rpartition("/")[2].removesuffix(".py") for path in project.importable}
    fitting = [
        path
        for path, stem in stems.items()
        if not stem.startswith("__")
        and list(stems.values()).count(stem) == 1
        and len(stem) > 3
        and project.defined[stem] == 0
        and (not gone or not [p for p in project.mentions(stem) if p != path])
        and any(t.path == path and not t.name.startswith("_") for t in project.functions + project.classes)
    ]
    if not fitting:
        return None
    path = rng.choice(fitting)
    stem, new = stems[path], f"{stems[path]}_place"
    target = rng.choice(
        [t for t in project.functions + project.classes if t.path == path and not t.name.startswith("_")]
    )
    if keep is not None and "__all__" in project.files[path]:
        return None  # the old module would pass on only some
    sides = Sides(project)
    if not gone:
        sides.rename(stem, new)
        sides.left[f"{path.removesuffix(stem + '.py')}{new}.py"] = sides.text(path, sides.left)
    sides.left[path] = (
        None if keep is None else keep.format(new=project.dotted(path).removesuffix(stem) + new)
    )
    dotted = project.dotted(path)
    text = rng.choice(
        [
            f"from {dotted} import {target.name}\n\n\ndef run():\n    return {target.name}\n",
            f"import {dotted} as where\n\n\ndef run():\n    return where.{target.name}\n",
            f"def run():\n    import {dotted}\n\n    return {dotted}.{target.name}\n",
        ]
    )
    sides.append(new_path(sides, rng), text)
    return sides


# -- signature -------------------------------------------------------------------------------------------------------


def _header(sides: Sides, target: Target, change: Callable[[ast.arguments], bool]) -> bool:
    """Writes a function's first lines anew with other parameters; whether that could be done."""
    node = target.node
    assert isinstance(node, ast.FunctionDef)
    tree = ast.parse(sides.project.files[target.path])
    same = next(
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.FunctionDef) and (n.lineno, n.name) == (node.lineno, node.name)
    )
    if not change(same.args):
        return False
    text = sides.text(target.path, sides.left).splitlines()
    last = same.body[0].lineno - 1
    if last <= same.lineno - 1 or (same.returns is not None):
        return False
    while not text[last - 1].rstrip().endswith(":"):  # comments between the header and the body
        last -= 1
    indent = " " * same.col_offset
    sides.replace_lines(
        target.path,
        same.lineno - 1,
        last,
        [f"{indent}def {same.name}({ast.unparse(same.args)}):"],
        sides.left,
    )
    return True


def _changed(
    rng: random.Random, project: Project, change: Callable[[ast.arguments], bool]
) -> tuple[Sides, Target] | None:
    target = pick(
        rng,
        [*project.functions, *project.methods],
        lambda t: isinstance(t.node, ast.FunctionDef) and single(project, t),
    )
    if target is None:
        return None
    sides = Sides(project)
    return (sides, target) if _header(sides, target, change) else None


def _use_either(sides: Sides, rng: random.Random, target: Target, call: str | None = None) -> bool:
    if target.holder:
        return use_method(sides, rng, target, call)
    use_function(sides, rng, target, call)
    return True


def needs_more(rng: random.Random, project: Project) -> Pair | None:
    def change(args: ast.arguments) -> bool:
        if args.vararg or args.kwarg:
            return False
        place = len(args.args) - len(args.defaults)
        args.args.insert(place, ast.arg("needed"))
        return True

    made = _changed(rng, project, change)
    if made is None or not _use_either(made[0], rng, made[1]):
        return None
    return made[0].pair("signature: one more needed", Kind.SIGNATURE, name=made[1].name)


def takes_less(rng: random.Random, project: Project) -> Pair | None:
    def change(args: ast.arguments) -> bool:
        place = len(args.args) - len(args.defaults)
        if args.vararg or args.kwarg or args.posonlyargs or place < 2:
            return False
        del args.args[place - 1]
        return True

    made = _changed(rng, project, change)
    if made is None or not _use_either(made[0], rng, made[1]):
        return None
    return made[0].pair("signature: one less", Kind.SIGNATURE, name=made[1].name)


def swapped(rng: random.Random, project: Project) -> Pair | None:
    def change(args: ast.arguments) -> bool:
        place = len(args.args) - len(args.defaults)
        if args.posonlyargs or place < 3:
            return False
        args.args[place - 1], args.args[place - 2] = args.args[place - 2], args.args[place - 1]
        return True

    made = _changed(rng, project, change)
    if made is None or not _use_either(made[0], rng, made[1]):
        return None
    return made[0].pair("signature: in another order", Kind.SIGNATURE, name=made[1].name)


def made_async(rng: random.Random, project: Project) -> Pair | None:
    target = pick(rng, project.functions, lambda t: single(project, t))
    if target is None:
        return None
    sides = Sides(project)
    line = target.node.lineno - 1
    text = sides.text(target.path, sides.left).splitlines()[line]
    sides.replace_lines(target.path, line, line + 1, [text.replace("def ", "async def ", 1)], sides.left)
    use_function(sides, rng, target)
    return sides.pair("signature: made async", Kind.SIGNATURE, name=target.name)


def takes_more(rng: random.Random, project: Project) -> Pair | None:
    def change(args: ast.arguments) -> bool:
        if rng.random() < 0.5 and not args.vararg and not args.kwonlyargs:
            args.args.append(ast.arg("extra_given"))
            args.defaults.append(ast.Constant(None))
        else:
            args.kwonlyargs.append(ast.arg("extra_given"))
            args.kw_defaults.append(ast.Constant(None))
        return True

    made = _changed(rng, project, change)
    if made is None or not _use_either(made[0], rng, made[1]):
        return None
    return made[0].pair("near: signature, one more that may be left out")


def other_name_by_position(rng: random.Random, project: Project) -> Pair | None:
    def change(args: ast.arguments) -> bool:
        place = len(args.args) - len(args.defaults)
        if args.posonlyargs or place < 2:
            return False
        args.args[place - 1].arg = "renamed_here"
        return True

    made = _changed(rng, project, change)
    if made is None or not _use_either(made[0], rng, made[1]):
        return None
    return made[0].pair("near: signature, a parameter renamed that is given by position")


def takes_anything(rng: random.Random, project: Project) -> Pair | None:
    def change(args: ast.arguments) -> bool:
        if args.vararg or args.kwarg:
            return False
        args.vararg, args.kwarg = ast.arg("args"), ast.arg("kwargs")
        return True

    made = _changed(rng, project, change)
    if made is None or not _use_either(made[0], rng, made[1]):
        return None
    return made[0].pair("near: signature, takes anything")


def needs_more_and_starred_call(rng: random.Random, project: Project) -> Pair | None:
    def change(args: ast.arguments) -> bool:
        place = len(args.args) - len(args.defaults)
        args.args.insert(place, ast.arg("needed"))
        return not args.vararg

    made = _changed(rng, project, change)
    if made is None or not _use_either(made[0], rng, made[1], "(**{})"):
        return None
    return made[0].pair("near: signature, called with whatever is given")


def fixed_itself(rng: random.Random, project: Project) -> Pair | None:
    """The breaker's own use, in the same file, was changed with it; the other side only works beside it."""
    target = pick(rng, project.functions)
    other = pick(
        rng,
        project.functions,
        lambda t: target is not None and t.path == target.path and t.name != target.name,
    )
    if target is None or other is None:
        return None
    sides = Sides(project)
    sides.rename(target.name, fresh(target.name, rng))
    assert isinstance(other.node, ast.FunctionDef)
    sides.append(target.path, f"\n\ndef beside():\n    return {other.name}({arguments(other.node)})\n")
    return sides.pair("near: both work in one file on different things")


BREAKS: Sequence[Maker] = (
    renamed_function,
    renamed_class,
    renamed_constant,
    renamed_method,
    renamed_unseen_method,
    renamed_parameter,
    removed,
    removed_method,
    moved,
    moved_module,
    removed_module,
    needs_more,
    takes_less,
    swapped,
    made_async,
)
NEAR: Sequence[Maker] = (
    renamed_but_alias_kept,
    renamed_and_another_used,
    renamed_and_own_of_same_name,
    renamed_method_and_other_class,
    removed_but_inherited,
    moved_and_reexported,
    moved_module_with_shim,
    takes_more,
    other_name_by_position,
    takes_anything,
    needs_more_and_starred_call,
    fixed_itself,
)
