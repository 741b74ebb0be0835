"""Amounts of money, as whole cents."""


def parse_price(text: str) -> int:
    """Cents of ``2.80`` or ``3``."""
    whole, _, cents = text.strip().partition(".")
    if len(cents) > 2:
        raise ValueError(f"{text!r} has more than two decimals")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def format_price(cents: int) -> str:
    """``2.80`` of 280."""
    return f"{cents // 100}.{cents % 100:02d}"
