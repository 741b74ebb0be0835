"""The receipt that the customer gets."""

from till.cart import Cart
from till.money import format_price

WIDTH = 32


def render(cart: Cart, off: int = 0) -> str:
    """The receipt as text."""
    lines = ["till".center(WIDTH)]
    for line in cart.lines:
        lines.append(row(f"{line.quantity} x {line.name}", format_price(line.amount())))
    paid = cart.total() - off
    lines.append("-" * WIDTH)
    lines.append(row("total", format_price(paid)))
    return "\n".join(lines)


def row(left: str, right: str) -> str:
    """A line with something at both ends."""
    return left + right.rjust(WIDTH - len(left))
