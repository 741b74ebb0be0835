"""Where a chain leads in one version of the program. Not for: comparing versions.

Names are looked up as the language does: scopes outwards, modules by the imports, attributes along the classes'
inheritance. What cannot be followed (a call without a declared result, a class from outside) is
:class:`.entities.Unknown`, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headway.conflicts.symbols import known
from headway.conflicts.symbols.entities import (
    UNKNOWN,
    ClassValue,
    DottedValue,
    ExternalValue,
    Found,
    FunctionValue,
    InstanceValue,
    Missing,
    ModuleValue,
    Step,
    SuperValue,
    Unknown,
    Value,
)
from headway.conflicts.symbols.imports import Importer
from headway.conflicts.symbols.index import (
    CALLED,
    DOTTED,
    FIXTURE,
    INDEXED,
    SUPER,
    Binding,
    BindingKind,
    Chain,
    FileIndex,
    Scope,
)
from headway.conflicts.symbols.languages import shares_names
from headway.conflicts.symbols.program import Program

#: Longest way of aliases and imports that is followed.
DEPTH = 24

_PROPERTIES = frozenset(
    {"property", "cached_property", "abstractproperty", "getter", "setter", "deleter", "hybrid_property"}
)
#: Decorators that leave a function what it is, for who calls it.
TRANSPARENT = known.words(
    """
        staticmethod classmethod abstractmethod override final overload wraps lru_cache cache
        contextmanager asynccontextmanager deprecated no_type_check typechecked profile route get
        post put delete patch head options errorhandler before_request after_request
        teardown_request app_errorhandler context_processor template_filter template_global register
        setupmethod skip skipif parametrize mark xfail given settings example unique
    """
)


class Resolver:
    """Follows chains in one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.importer = Importer(program)
        #: What names lead to, by their bindings. The program keeps these, so that no other gets their address.
        self._steps: dict[int, Step] = {}
        self._lineages: dict[int, tuple[list[ClassValue], list[tuple[str, ...]], bool]] = {}

    # -- chains --------------------------------------------------------------------------------------------------

    def follow(self, path: str, index: FileIndex, scope: int, chain: Chain, depth: int = 0) -> list[Step]:
        """A step for each part of a chain as far as it can be followed; the last may be Missing or Unknown."""
        root = chain[0]
        steps: list[Step] = [self._root(path, index, scope, chain, depth)]
        at = 1
        if root == DOTTED and len(chain) > 1:
            at = 1
        while at < len(chain):
            last = steps[-1]
            if not isinstance(last, Found) or last.value is None:
                break
            part = chain[at]
            if part == CALLED:
                steps.append(self._called(last, depth))
            elif part == INDEXED:
                steps.append(UNKNOWN)
            else:
                steps.append(self.attribute(last.value, part, depth))
            at += 1
        return steps

    def value_of(self, path: str, index: FileIndex, scope: int, chain: Chain, depth: int = 0) -> Value:
        """What a whole chain leads to; an ExternalValue where it leaves the program, None where it is not known."""
        steps = self.follow(path, index, scope, chain, depth)
        last = steps[-1]
        if isinstance(last, Unknown) and last.value is not None:
            rest = tuple(part for part in chain[len(steps) :] if part not in (CALLED, INDEXED))
            return ExternalValue((*last.value.dotted, *rest))
        if len(steps) < len(chain) or not isinstance(last, Found):
            return None
        return last.value

    def _root(self, path: str, index: FileIndex, scope: int, chain: Chain, depth: int) -> Step:
        root = chain[0]
        if root == "":
            return UNKNOWN
        if root == SUPER:
            holder = _class_around(index, scope)
            if holder is None or holder.binding is None:
                return UNKNOWN
            cls = ClassValue(path, index, holder.binding)
            return Found(path, index, holder.qualname[:-1], (holder.binding,), SuperValue(cls))
        if root == DOTTED:
            return Found(path, None, (), (), DottedValue((), path))
        if root == FIXTURE:
            return UNKNOWN if len(chain) < 2 else self._fixture(path, index, scope, chain[1])
        return self.name(path, index, scope, root, depth)

    def name(self, path: str, index: FileIndex, scope: int, name: str, depth: int = 0) -> Step:
        """A bare name in a scope."""
        at = scope
        passed_function = False
        while True:
            here = index.scopes[at]
            bindings = here.bindings.get(name)
            if bindings and not (here.kind == "class" and passed_function):
                return self._found(path, index, here, bindings, depth)
            if here.kind == "function":
                passed_function = True
            if here.parent < 0:
                break
            at = here.parent
        return self._global(path, index, name, depth)

    def _global(self, path: str, index: FileIndex, name: str, depth: int) -> Step:
        for other_path, other in self.importer.siblings(path, index):
            bindings = other.scopes[0].bindings.get(name)
            if bindings:
                return self._found(other_path, other, other.scopes[0], bindings, depth)
        if index.language == "python" and (name in known.BUILTINS or (name[:2] == "__" == name[-2:])):
            return Unknown(ExternalValue(("builtins", name)))
        starred = self._starred(path, index, name, depth)
        if starred is not None:
            return starred
        if name in index.gap_words:
            return UNKNOWN
        return Missing(name, "name", is_sure=not index.scopes[0].is_dynamic)

    def _starred(self, path: str, index: FileIndex, name: str, depth: int) -> Step | None:
        """A name that ``from x import *`` may bring; None where it certainly does not."""
        unknown: Step | None = None
        for scope in index.scopes:
            for star in scope.stars:
                target = self.importer.module(path, index, star)
                if not isinstance(target, ModuleValue) or depth > DEPTH:
                    unknown = Missing(name, "member" if depth else "name", is_sure=False)
                    continue
                other = self.program.index(target.path)
                if other is not None and _is_passed_on(other, name):
                    step = self.attribute(target, name, depth + 1, submodules=False)
                    if not isinstance(step, Missing):
                        return step
                    unknown = unknown or (None if step.is_sure else step)
                elif other is None:
                    unknown = UNKNOWN
        return unknown

    # -- what a binding leads to ---------------------------------------------------------------------------------

    def _found(
        self,
        path: str,
        index: FileIndex,
        scope: Scope,
        bindings: list[Binding],
        depth: int,
        owner: ClassValue | None = None,
    ) -> Step:
        """A name with what it leads to; Missing where all that make it are imports of what is not there."""
        if depth > DEPTH:
            return UNKNOWN
        # Kept, because a name that is made of itself again and again (`node = node.next`, ten times in a function)
        # has as many ways as ten to the depth. What is asked for while it is being looked up is only known to be there.
        key = id(bindings)
        known_step = self._steps.get(key)
        if known_step is None:
            self._steps[key] = Found(path, index, scope.qualname, tuple(bindings))
            known_step = self._steps[key] = self._look_up(path, index, scope, bindings, depth, owner)
        return known_step

    def _look_up(
        self,
        path: str,
        index: FileIndex,
        scope: Scope,
        bindings: list[Binding],
        depth: int,
        owner: ClassValue | None,
    ) -> Step:
        values: list[Value] = []
        missing: Missing | None = None
        functions = [b for b in bindings if b.kind is BindingKind.FUNCTION]
        if len(functions) == len(bindings):
            return Found(
                path, index, scope.qualname, tuple(bindings), self._function(path, index, bindings, owner)
            )
        for binding in bindings:
            if binding.kind is BindingKind.IMPORT:
                step = self.imported(path, index, binding, depth + 1)
                if isinstance(step, Missing):
                    missing = step
                    continue
                if len(bindings) == 1 and isinstance(step, Found):
                    return step  # where it is made, not where it is imported
                value: Value = step.value
            else:
                value = self._bound(path, index, scope, binding, depth)
            values.append(value)
        if not values and missing is not None:
            return missing
        value = values[0] if len(values) == 1 else _agreed(values)
        return Found(path, index, scope.qualname, tuple(bindings), value)

    def _function(
        self, path: str, index: FileIndex, bindings: Iterable[Binding], owner: ClassValue | None
    ) -> FunctionValue:
        return FunctionValue(path, index, tuple(bindings), owner)

    def _bound(self, path: str, index: FileIndex, scope: Scope, binding: Binding, depth: int) -> Value:
        if binding.kind is BindingKind.CLASS:
            return ClassValue(path, index, binding)
        if binding.kind is BindingKind.FUNCTION:
            return FunctionValue(path, index, (binding,))
        if binding.kind is BindingKind.PARAMETER and scope.receiver == binding.name:
            holder = index.scopes[scope.parent]
            if holder.binding is not None:
                cls = ClassValue(path, index, holder.binding)
                if index.language != "python":
                    return InstanceValue(cls)
                is_class = scope.binding is not None and _decorated(scope.binding, ("classmethod",))
                return cls if is_class or binding.name == "cls" else InstanceValue(cls)
        if binding.chain is None:
            return None
        where = binding.scope if binding.scope >= 0 else _number(index, scope)
        value = self.value_of(path, index, where, binding.chain, depth + 1)
        if binding.is_type:
            return InstanceValue(value) if isinstance(value, ClassValue) else None
        return value

    def imported(
        self, path: str, index: FileIndex, binding: Binding, depth: int = 0
    ) -> Found | Missing | Unknown:
        """What an import leads to."""
        module = self.importer.module(path, index, binding)
        if not isinstance(module, ModuleValue):
            return module if isinstance(module, Missing) else Unknown(module)
        if binding.member is None:
            return self._whole(module, depth) or Found(path, index, (), (binding,), module)
        if module.path == path:  # `from . import json` in a package itself
            below = self.importer.submodule(module, binding.member)
            return Found(below.path, None, (), (), below) if below is not None else UNKNOWN
        return self.attribute(module, binding.member, depth + 1)

    def _whole(self, module: ModuleValue, depth: int) -> Found | None:
        """What a module is that offers one thing as a whole (``module.exports = Store``)."""
        other = self.program.index(module.path)
        bindings = (other.exports or {}).get("=") if other is not None else None
        if other is None or not bindings:
            return None
        step = self._found(module.path, other, other.scopes[0], bindings, depth + 1)
        return step if isinstance(step, Found) else None

    # -- attributes ----------------------------------------------------------------------------------------------

    def attribute(self, value: Value, name: str, depth: int = 0, *, submodules: bool = True) -> Step:
        """An attribute of what a chain led to so far."""
        if depth > DEPTH:
            return UNKNOWN
        if isinstance(value, ModuleValue):
            return self._member(value, name, depth, submodules=submodules)
        if isinstance(value, ClassValue):
            return self.class_attribute(value, name, depth)
        if isinstance(value, InstanceValue):
            return self.class_attribute(value.cls, name, depth, on_instance=True)
        if isinstance(value, SuperValue):
            return self.class_attribute(value.cls, name, depth, on_instance=True, after_itself=True)
        if isinstance(value, DottedValue):
            words = (*value.words, name)
            target = self.importer.absolute(value.seen_from, words)
            if isinstance(target, ModuleValue):
                return Found(target.path, None, (), (), target)
            return (
                Found(value.seen_from, None, (), (), DottedValue(words, value.seen_from))
                if len(words) < 2
                else UNKNOWN
            )
        if isinstance(value, ExternalValue):
            return Unknown(ExternalValue((*value.dotted, name)))
        return UNKNOWN

    def _member(self, module: ModuleValue, name: str, depth: int, *, submodules: bool) -> Step:
        members = self.importer.members(module)
        unsure = False
        if members is not None:
            for path, index in members:
                table = index.exports if index.exports is not None else index.scopes[0].bindings
                bindings = table.get(name) or (table.get("=") if name == "default" else None)
                if bindings:
                    return self._found(path, index, index.scopes[0], bindings, depth + 1)
        if submodules:
            below = self.importer.submodule(module, name)
            if below is not None:
                return Found(below.path, None, (), (), below)
        for path, index in members or ():
            starred = self._starred(path, index, name, depth + 1)
            if starred is not None and not isinstance(starred, Missing):
                return starred
            unsure = unsure or starred is not None or index.scopes[0].is_dynamic
        if members is None or any(name in index.gap_words for _, index in members):
            return UNKNOWN
        if name[:2] == "__" == name[-2:]:
            return UNKNOWN
        return Missing(name, "member", is_sure=not unsure, path=module.path)

    def class_attribute(
        self,
        cls: ClassValue,
        name: str,
        depth: int = 0,
        *,
        on_instance: bool = False,
        after_itself: bool = False,
    ) -> Step:
        """An attribute of a class or its instance, along its inheritance."""
        lineage, outside, is_dynamic = self.lineage(cls, depth)
        for each in lineage[1 if after_itself else 0 :]:
            holder = next(
                (h for h in self._parts(each) if name in h[2].bindings or name in h[2].attributes), None
            )
            if holder is None:
                continue
            path, index, where = holder
            bindings = where.bindings.get(name) or where.attributes[name]
            functions = [b for b in bindings if b.kind is BindingKind.FUNCTION]
            if len(functions) == len(bindings):
                return self._method(each, holder, bindings, depth, on_instance=on_instance)
            return self._found(path, index, where, bindings, depth + 1)
        if name[:2] == "__" == name[-2:]:
            return UNKNOWN
        if any(name in each.index.gap_words for each in lineage):
            return UNKNOWN
        answers = [known.outside_has(dotted, name) for dotted in outside]
        if True in answers:
            return UNKNOWN
        is_sure = None not in answers and not is_dynamic
        sets_anything = any(each.index.scopes[each.binding.scope].sets_anything for each in lineage)
        what = "super" if after_itself else "attribute"
        return Missing(name, what, is_sure=is_sure and not sets_anything, only_data=is_sure and sets_anything)

    def _parts(self, cls: ClassValue) -> Iterator[tuple[str, FileIndex, Scope]]:
        """The scopes that hold what a class has: its own, and in some languages others of the package."""
        scope = cls.index.scopes[cls.binding.scope]
        yield cls.path, cls.index, scope
        if not shares_names(cls.index.language):
            return
        for path, index in ((cls.path, cls.index), *self.importer.siblings(cls.path, cls.index)):
            for number in index.by_qualname.get(scope.qualname, ()):
                if index.scopes[number].kind == "class" and index.scopes[number] is not scope:
                    yield path, index, index.scopes[number]

    def _method(
        self,
        cls: ClassValue,
        holder: tuple[str, FileIndex, Scope],
        bindings: list[Binding],
        depth: int,
        *,
        on_instance: bool,
    ) -> Found:
        path, index, scope = holder
        first = bindings[0]
        if any(_decorated(b, _PROPERTIES) for b in bindings):
            value: Value = None
            if first.chain is not None:
                result = self.value_of(path, index, _number(index, scope), first.chain, depth + 1)
                value = InstanceValue(result) if isinstance(result, ClassValue) else None
            return Found(path, index, scope.qualname, tuple(bindings), value)
        is_static = _decorated(first, ("staticmethod",))
        is_bound = not is_static and (on_instance or _decorated(first, ("classmethod",)))
        # Only Python's methods name their instance among the parameters.
        is_bound = is_bound and index.language == "python"
        value = FunctionValue(path, index, tuple(bindings), cls, is_bound)
        return Found(path, index, scope.qualname, tuple(bindings), value)

    def lineage(
        self, cls: ClassValue, depth: int = 0
    ) -> tuple[list[ClassValue], list[tuple[str, ...]], bool]:
        """A class and all it inherits from in the program; classes outside; whether attributes may come unseen.

        A base that cannot be followed is outside under an empty name.
        """
        known_lineage = self._lineages.get(id(cls.binding))
        if known_lineage is not None:
            return known_lineage
        found = [cls]
        outside: list[tuple[str, ...]] = []
        scope = cls.index.scopes[cls.binding.scope]
        is_dynamic = scope.is_dynamic
        if any(
            each.startswith("metaclass=") and each != "metaclass=ABCMeta" and not each.endswith(".ABCMeta")
            for each in cls.binding.keywords
        ):
            outside.append(("",))
        if any(
            known_decorator not in ("dataclass", "total_ordering", "final", "unique", "runtime_checkable")
            for known_decorator in map(last_name, cls.binding.decorators)
        ):
            outside.append(("",))
        self._lineages[id(cls.binding)] = (
            found,
            outside,
            is_dynamic,
        )  # a class that inherits from itself ends here
        for chain in cls.binding.bases:
            plain = tuple(part for part in chain if part != INDEXED)
            value = (
                self.value_of(cls.path, cls.index, scope.parent, plain, depth + 1) if depth < DEPTH else None
            )
            if isinstance(value, ClassValue):
                more, more_outside, more_dynamic = self.lineage(value, depth + 1)
                taken = {each.identity for each in found}
                found.extend(each for each in more if each.identity not in taken)
                outside.extend(each for each in more_outside if each not in outside)
                is_dynamic = is_dynamic or more_dynamic
            else:
                outside.append(value.dotted if isinstance(value, ExternalValue) else ("",))
        self._lineages[id(cls.binding)] = (found, outside, is_dynamic)
        return self._lineages[id(cls.binding)]

    def _called(self, last: Found, depth: int) -> Step:
        value = last.value
        if isinstance(value, ClassValue):
            return Found(last.path, last.index, last.holder, last.bindings, InstanceValue(value))
        if isinstance(value, FunctionValue) and len(value.bindings) == 1:
            binding = value.bindings[0]
            if (
                binding.chain is not None
                and all(last_name(d) in TRANSPARENT for d in binding.decorators)
                and not _decorated(binding, ("contextmanager", "asynccontextmanager"))
            ):
                scope = binding.scope if binding.scope >= 0 else 0
                around = value.index.scopes[scope].parent if scope else 0
                result = self.value_of(value.path, value.index, max(around, 0), binding.chain, depth + 1)
                if binding.chain == ("Self",) and value.owner is not None:
                    result = value.owner
                if isinstance(result, ClassValue):
                    return Found(last.path, last.index, last.holder, last.bindings, InstanceValue(result))
        return UNKNOWN

    # -- fixtures ------------------------------------------------------------------------------------------------

    def _fixture(self, path: str, index: FileIndex, scope: int, name: str) -> Step:
        """A fixture as pytest finds it: in the class, the module, then ``conftest.py`` upwards."""
        holder = _class_around(index, scope)
        if holder is not None and name in holder.bindings:
            return Found(path, index, holder.qualname, tuple(holder.bindings[name]))
        is_unknown = False
        for other_path in (path, *_conftests(path)):
            other = index if other_path == path else self.program.index(other_path)
            if other is None:
                is_unknown = is_unknown or self.program.has(other_path)
                continue
            bindings = other.scopes[0].bindings.get(name)
            if bindings and (bindings[0].kind is BindingKind.IMPORT or _decorated(bindings[0], ("fixture",))):
                step = self._found(other_path, other, other.scopes[0], bindings, 0)
                return step if isinstance(step, Missing) else Found(other_path, other, (), tuple(bindings))
            named = _named_fixture(other, name)
            if named is not None:
                return Found(other_path, other, (), (named,))
            is_unknown = is_unknown or bool(other.scopes[0].stars) or name in other.gap_words
        return UNKNOWN if is_unknown else Missing(name, "fixture")


def _is_passed_on(index: FileIndex, name: str) -> bool:
    """Whether ``import *`` brings a name."""
    if index.exports is not None:
        return name in index.exports and name != "default"
    return name in index.exported if index.exported is not None else not name.startswith("_")


def last_name(chain: Chain) -> str:
    """The last name of a chain, calls left out."""
    return next((part for part in reversed(chain) if part not in (CALLED, INDEXED)), "")


def _decorated(binding: Binding, names: Iterable[str]) -> bool:
    return any(last_name(chain) in names for chain in binding.decorators)


def is_property(binding: Binding) -> bool:
    """Whether a method is read like an attribute."""
    return _decorated(binding, _PROPERTIES)


def _named_fixture(index: FileIndex, name: str) -> Binding | None:
    """A fixture of another function's name: ``@pytest.fixture(name="client")`` hides it, so the text is searched."""
    for bindings in index.scopes[0].bindings.values():
        for binding in bindings:
            if binding.decorators and _decorated(binding, ("fixture",)):
                above = index.lines[max(binding.line - 4, 0) : binding.line - 1]
                if any(f'name="{name}"' in line or f"name='{name}'" in line for line in above):
                    return binding
    return None


def _conftests(path: str) -> list[str]:
    found = []
    directory = path
    while directory:
        directory = directory.rpartition("/")[0]
        found.append(f"{directory}/conftest.py" if directory else "conftest.py")
    return [each for each in found if each != path]


def _class_around(index: FileIndex, scope: int) -> Scope | None:
    at = scope
    while at >= 0:
        if index.scopes[at].kind == "class":
            return index.scopes[at]
        at = index.scopes[at].parent
    return None


def _number(index: FileIndex, scope: Scope) -> int:
    return next((n for n, each in enumerate(index.scopes) if each is scope), 0)


def _agreed(values: list[Value]) -> Value:
    """What several bindings of one name lead to, if they agree."""
    first = values[0]
    if isinstance(first, ClassValue):
        same = all(isinstance(v, ClassValue) and v.identity == first.identity for v in values)
    elif isinstance(first, InstanceValue):
        same = all(isinstance(v, InstanceValue) and v.cls.identity == first.cls.identity for v in values)
    elif isinstance(first, ModuleValue):
        same = all(v == first for v in values)
    else:
        same = False
    return first if same else None
