"""What a call of something must look like: functions, methods, classes. Reads the program, compares nothing."""

from __future__ import annotations

from headway.conflicts.symbols.entities import ClassValue, Found, FunctionValue, Missing, Value
from headway.conflicts.symbols.index import BindingKind, Signature
from headway.conflicts.symbols.languages import LANGUAGES
from headway.conflicts.symbols.resolve import TRANSPARENT, Resolver, last_name
from headway.conflicts.symbols.signatures import without_first

#: Classes outside whose instances are made without arguments of their own, or as the class's own ``__init__`` says.
_PLAIN = frozenset({("builtins", "object"), ("abc", "ABC"), ("typing", "Generic"), ("typing", "Protocol")})


def signatures(resolver: Resolver, value: Value) -> tuple[list[Signature], bool] | None:
    """The signatures that a call of a value may fit, any of them, and whether they are as written.

    None where that is not known. Not as written: a decorator stands between that nobody here knows.
    """
    if isinstance(value, FunctionValue):
        bindings = value.bindings
        if any(last_name(d) == "overload" for b in bindings for d in b.decorators):
            bindings = tuple(b for b in bindings if any(last_name(d) == "overload" for d in b.decorators))
        found = [b.signature for b in bindings if b.signature is not None]
        if not found or len(found) != len(bindings):
            return None
        as_written = all(last_name(d) in TRANSPARENT for b in bindings for d in b.decorators)
        return [without_first(s) for s in found] if value.is_bound else found, as_written
    if isinstance(value, ClassValue):
        return _of_class(resolver, value)
    return None


def _of_class(resolver: Resolver, cls: ClassValue) -> tuple[list[Signature], bool] | None:
    lineage, outside, _ = resolver.lineage(cls)
    constructor = LANGUAGES[cls.index.language].constructor
    if constructor:
        made = resolver.class_attribute(cls, constructor, on_instance=True)
        return signatures(resolver, made.value) if isinstance(made, Found) else None
    if cls.index.language != "python":
        return None
    fields = _fields(lineage, outside)
    if fields is not None:
        return [fields], True
    if "" in {dotted[0] for dotted in outside}:
        return None  # a metaclass, a decorator or a base that is not known may make it in any way
    step = resolver.class_attribute(cls, "__init__", on_instance=True)
    made = resolver.class_attribute(cls, "__new__", on_instance=True)
    if isinstance(made, Found) or not isinstance(step, Found) or not isinstance(step.value, FunctionValue):
        return None
    return signatures(resolver, step.value)


def _fields(lineage: list[ClassValue], outside: list[tuple[str, ...]]) -> Signature | None:
    """The signature that a dataclass or a NamedTuple gets by its fields; None where it is neither."""
    is_tuple = ("typing", "NamedTuple") in outside
    first = lineage[0]
    if not is_tuple and "dataclass" not in {last_name(d) for d in first.binding.decorators}:
        return None
    own = first.index.scopes[first.binding.scope].bindings
    if "__init__" in own or any(
        dotted not in _PLAIN and dotted != ("typing", "NamedTuple") for dotted in outside
    ):
        return None
    names: dict[str, bool] = {}
    keyword_only: dict[str, bool] = {}
    for cls in reversed(lineage):
        if not is_tuple and "dataclass" not in {last_name(d) for d in cls.binding.decorators}:
            if "__init__" in cls.index.scopes[cls.binding.scope].bindings:
                return None
            continue
        only = _is_keyword_only(cls)
        for name, bindings in cls.index.scopes[cls.binding.scope].bindings.items():
            binding = bindings[-1]
            if binding.kind is not BindingKind.VARIABLE or not binding.is_type:
                continue
            chain = binding.chain or ()
            if chain[-1:] == ("ClassVar",) or "init=False" in binding.keywords:
                continue
            if chain[-1:] == ("KW_ONLY",):
                only = True
                continue
            has_default = not binding.is_stub and (
                not binding.keywords
                or any(k.partition("=")[0] in ("default", "default_factory") for k in binding.keywords)
            )
            table = keyword_only if only or "kw_only=True" in binding.keywords else names
            table[name] = not has_default
    required = 0
    for n, needed in enumerate(names.values(), 1):
        required = n if needed else required
    return Signature(
        positional=tuple(names),
        required=required,
        keyword_only=tuple(keyword_only),
        required_keywords=tuple(name for name, needed in keyword_only.items() if needed),
    )


def _is_keyword_only(cls: ClassValue) -> bool:
    lines = cls.index.lines[max(cls.binding.line - 6, 0) : cls.binding.line - 1]
    return any("kw_only=True" in line for line in lines[-3:])


def is_missing(step: object) -> bool:
    """Whether a name is nowhere."""
    return isinstance(step, Missing)
