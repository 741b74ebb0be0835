"""Whether a call fits a signature, and what its arguments fill. Pure."""

from __future__ import annotations

from headway.conflicts.symbols.index import Shape, Signature


def without_first(signature: Signature) -> Signature:
    """The signature as it is for who calls a method on an instance."""
    if not signature.positional:
        return signature
    return Signature(
        positional=signature.positional[1:],
        positional_only=max(signature.positional_only - 1, 0),
        required=max(signature.required - 1, 0),
        star=signature.star,
        keyword_only=signature.keyword_only,
        required_keywords=signature.required_keywords,
        double_star=signature.double_star,
    )


def objection(shape: Shape, signature: Signature) -> str | None:
    """Why a call does not fit, for a person; None where it does, or may."""
    names = signature.positional
    if shape.positional > len(names) and not signature.star:
        return (
            f"takes {len(names)} positional argument{'s' if len(names) != 1 else ''}, not {shape.positional}"
        )
    by_name = {*names[signature.positional_only :], *signature.keyword_only}
    for keyword in shape.keywords:
        if keyword not in by_name and not signature.double_star:
            return f"has no parameter {keyword!r}"
        if keyword in names[: shape.positional] and keyword in by_name:
            return f"gets {keyword!r} twice"
    if not shape.star and not shape.double_star:
        missing = [n for n in names[shape.positional : signature.required] if n not in shape.keywords]
        if missing:
            return f"needs {', '.join(repr(n) for n in missing)}"
    if not shape.double_star:
        missing = [n for n in signature.required_keywords if n not in shape.keywords]
        if missing:
            return f"needs {', '.join(repr(n) for n in missing)}"
    return None


def swapped(shape: Shape, before: Signature, after: Signature) -> str | None:
    """A parameter that a positional argument filled before, and that another one fills now; None where none is.

    A parameter that only has a new name at its old place is none of them.
    """
    everything = {*after.positional, *after.keyword_only}
    for place in range(min(shape.positional, len(before.positional))):
        was = before.positional[place]
        now = after.positional[place] if place < len(after.positional) else None
        if was != now and (was in everything or now in before.positional):
            return was
    return None


def narrower(override: Signature, base: Signature) -> str | None:
    """Why an override cannot be called as what it overrides, for a person; None where it can. Both without ``self``.

    A base that takes ``*args`` leaves it to its overrides what they take.
    """
    if len(override.positional) < len(base.positional) and not override.star:
        return f"takes {len(override.positional)} arguments where {len(base.positional)} may come"
    if override.required > len(base.positional) and not base.star:
        return f"needs {override.positional[len(base.positional)]!r}, which nobody gives"
    if override.required > base.required and not base.star:
        return f"needs {override.positional[base.required]!r}, which may be left out"
    if not override.double_star:
        lost = [
            n for n in base.keyword_only if n not in override.keyword_only and n not in override.positional
        ]
        if lost:
            return f"has no parameter {lost[0]!r}"
    new = [n for n in override.required_keywords if n not in base.required_keywords]
    return f"needs {new[0]!r}, which nobody gives" if new else None
