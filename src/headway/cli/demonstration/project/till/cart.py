"""What a customer buys."""

from dataclasses import dataclass, field


@dataclass
class Line:
    """One article, some of it."""

    name: str
    price: int
    quantity: int = 1

    def amount(self) -> int:
        return self.price * self.quantity


@dataclass
class Cart:
    """All lines of one purchase."""

    lines: list[Line] = field(default_factory=list)

    def add(self, name: str, price: int, quantity: int = 1) -> None:
        """Put something into the cart."""
        self.lines.append(Line(name, price, quantity))

    def total(self) -> int:
        """What all of it costs, in cents."""
        return sum(line.amount() for line in self.lines)
