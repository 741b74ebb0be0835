"""What is taken off a cart's price."""

from till.cart import Cart


def percentage(cart: Cart, percent: int) -> int:
    """Cents off for a discount of so many percent, rounded down."""
    return cart.total() * percent // 100


def none(cart: Cart) -> int:
    """Nothing off."""
    return 0
