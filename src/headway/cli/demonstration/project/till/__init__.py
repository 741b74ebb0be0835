"""A shop's till: carts, discounts, receipts."""
